// Writes one made-up sheet as XLSX and as ODS: 10 cells a row, of numbers in
// five formats, days, shared strings, rich text and strings of cells' own;
// with titles that are merged over the whole row, hidden rows and a hidden
// column. Synthetic; piece by piece, so that the size is free.

#ifndef COLLATE_TESTS_BENCH_LARGE_WORKBOOK_H_
#define COLLATE_TESTS_BENCH_LARGE_WORKBOOK_H_

#include <cstdint>
#include <string>

namespace collate::testing::bench {

// Cells of a kind: strings of cells' own (inlineStr in XLSX), percentages.
struct KindOfCell {
  uint64_t cells = 0;
  uint64_t text_bytes = 0;
  double numbers = 0;
};
KindOfCell OwnTextsOf(uint64_t rows);
KindOfCell PercentagesOf(uint64_t rows);

// False when the file cannot be written.
bool WriteLargeXlsx(const std::string& path, uint64_t rows);
bool WriteLargeOds(const std::string& path, uint64_t rows);

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_LARGE_WORKBOOK_H_
