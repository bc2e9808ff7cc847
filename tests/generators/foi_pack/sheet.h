// A table as it stands on a sheet, before it is written in some format.

#ifndef COLLATE_TESTS_GENERATORS_FOI_PACK_SHEET_H_
#define COLLATE_TESTS_GENERATORS_FOI_PACK_SHEET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace collate::foi_pack {

struct Cell {
  std::string text = "";  // blank when there is no number either
  std::optional<int64_t> number = std::nullopt;
  std::string formula = "";  // whose result is `number`
  size_t span = 1;           // columns that it is merged over
};

inline Cell Text(std::string text, size_t span = 1) {
  return {.text = std::move(text), .span = span};
}
inline Cell Number(int64_t number) { return {.number = number}; }

using Row = std::vector<Cell>;

struct Sheet {
  std::string name;
  std::vector<Row> rows;
};

}  // namespace collate::foi_pack

#endif  // COLLATE_TESTS_GENERATORS_FOI_PACK_SHEET_H_
