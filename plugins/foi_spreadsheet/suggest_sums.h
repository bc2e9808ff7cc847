// Totals that are found by arithmetic: a row or column that is the sum of the
// ones before it or after it, subtotals counted once, in every figure.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_SUMS_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_SUMS_H_

#include "plugins/foi_spreadsheet/suggest_blocks.h"

namespace collate::foi_spreadsheet {

// Cells of a block beyond which no sums are looked for.
inline constexpr size_t kMaxSummedCells = 4'000'000;

// Fills in sums and failed of every block, and the roles of totals. A row or
// column that is called a total and is none is told; a coincidence of small
// numbers is not taken for a total.
void FindSums(SheetGuess* guess);

// The label of a row or column of the block: of its nearest header.
std::string RowLabel(const SheetGuess& guess, const BlockGuess& block,
                     size_t row);
std::string ColumnLabel(const SheetGuess& guess, const BlockGuess& block,
                        size_t column);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_SUMS_H_
