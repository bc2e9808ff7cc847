// What names the rows and columns of a block that was guessed.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_HEADERS_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_HEADERS_H_

#include <cstdint>

#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/foi_spreadsheet/suggest_blocks.h"

namespace collate::foi_spreadsheet {

// Where to look: rows from `top`, columns `first` to `last`; figures stand in
// rows `first_row` to `last_row`.
struct HeaderArea {
  uint32_t top = 0;
  uint32_t first = 0;
  uint32_t last = 0;
  uint32_t first_row = 0;
  uint32_t last_row = 0;
};

// From the block's columns to its rows, labels and groups.
void NameBlock(const Sheet& sheet, const HeaderArea& area, BlockGuess* block);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_HEADERS_H_
