// What is stated beside figures that a file repeats: from how many reporters
// each is, and who printed it. It reaches the service as notes of a fixed form,
// `stated_coverage: 45` and `printed_by: example.org`.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_BESIDE_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_BESIDE_H_

#include <string>
#include <string_view>
#include <vector>

#include "plugins/foi_spreadsheet/lookup.h"
#include "plugins/foi_spreadsheet/reading.h"
#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/select.h"
#include "plugins/foi_spreadsheet/sheet.h"

namespace collate::foi_spreadsheet {

struct BesideNote {
  std::string text;  // empty: nothing is stated
  size_t cell = Sheet::kNone;
};

struct BesideNotes {
  std::string key;
  Along along = Along::kTable;
  // One for each row or column of the block, or one.
  std::vector<BesideNote> lines;

  const BesideNote& Of(size_t row, size_t column) const {
    return lines[along == Along::kTable  ? 0
                 : along == Along::kRows ? row
                                         : column];
  }
};

// A count of at least 1, then perhaps a blank and words.
bool IsStatedCoverage(std::string_view text);

// What the table takes from beside a block: STATED_COVERAGE,
// PRINTED_BY_MISSING, HEADER_MOVED.
std::vector<BesideNotes> ReadBeside(const Recipe& recipe,
                                    const pb::Table& table, const Block& block,
                                    const Anchors& anchors, const Sheet& sheet,
                                    TableReading* reading);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_BESIDE_H_
