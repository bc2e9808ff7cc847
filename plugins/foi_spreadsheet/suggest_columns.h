// What the columns of a part of a sheet hold: figures, percentages, flags,
// labels. `looks` is of every cell of the sheet.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_COLUMNS_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/foi_spreadsheet/suggest_blocks.h"

namespace collate::foi_spreadsheet {

// What stands in one column.
struct ColumnLook {
  size_t numbers = 0;
  size_t years = 0;
  size_t percents = 0;
  size_t marks = 0;
  size_t short_texts = 0;  // up to four bytes
  size_t texts = 0;        // short ones too
  size_t others = 0;
  std::set<std::string_view> distinct;  // of marks and texts

  size_t all() const {
    return numbers + years + percents + marks + texts + others;
  }
};

// Begin and end of the row's cells within the columns.
std::pair<size_t, size_t> CellsOfRow(const Sheet& sheet, uint32_t row,
                                     uint32_t first, uint32_t last);

// Of rows `row` to `last_row`, columns `first` to `last`.
std::map<uint32_t, ColumnLook> LookAtColumns(const Sheet& sheet,
                                             const std::vector<CellLook>& looks,
                                             uint32_t row, uint32_t last_row,
                                             uint32_t first, uint32_t last);

// Not of a column of references, whose texts are all different.
bool HoldsFigures(const ColumnLook& look);

// Fills in the block's columns of figures, of percentages, of flags and of
// other texts. Labels are what stands left of the figures, or right where
// nothing does. `columns` is of the rows from `first_row` to `last_row`; `last`
// is the last column of the part.
void ChooseColumns(const Sheet& sheet, const std::vector<CellLook>& looks,
                   const std::map<uint32_t, ColumnLook>& columns,
                   uint32_t first_row, uint32_t last_row, uint32_t last,
                   BlockGuess* block);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_COLUMNS_H_
