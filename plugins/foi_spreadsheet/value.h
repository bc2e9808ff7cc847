// What a cell of a box says: a figure, a mark, nothing.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_VALUE_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_VALUE_H_

#include <cstdint>
#include <vector>

#include "plugins/foi_spreadsheet/reading.h"
#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/sheet.h"

namespace collate::foi_spreadsheet {

// False after a fault: UNKNOWN_MARKER, NUMBER_AS_TEXT, NOT_A_FIGURE,
// NOT_AN_INTEGER, NOT_ROUNDED, NEGATIVE_FIGURE, FORMULA_WITHOUT_RESULT.
// `cell` is kNone for a blank one.
bool ReadFigure(const pb::Table& table, const Sheet& sheet, size_t cell,
                const tabular::Locator& place, Figure* figure,
                TableReading* reading);

// The table's `blank_where`, by the figure's labels: FIGURE_DESPITE_STATUS.
void ReadBlankWhere(const Recipe& recipe, const pb::Table& table,
                    const std::vector<const Label*>& labels,
                    const tabular::Locator& place, Figure* figure,
                    TableReading* reading);

// Adds the flag of a cell beside a figure: UNKNOWN_FLAG, FLAG_WITHOUT_FIGURE.
void ReadFlag(const pb::Table& table, const SheetCell& cell, Figure* figure,
              TableReading* reading);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_VALUE_H_
