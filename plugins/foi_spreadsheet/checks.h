// Sums that a table prints, held against their parts. No figure is changed and
// none is found out: a cell without a figure stays unknown.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_CHECKS_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_CHECKS_H_

#include "plugins/foi_spreadsheet/reading.h"
#include "plugins/foi_spreadsheet/recipe.h"

namespace collate::foi_spreadsheet {

// TOTAL_MISMATCH is a fault, SUM_MISMATCH a warning with a flag on the total;
// TOTAL_IGNORES_MARKERS, TOTAL_IGNORES_BLANKS, CHECK_NOT_PROVED and
// CHECK_NOT_MET are findings.
void RunChecks(const Recipe& recipe, TableReading* reading);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_CHECKS_H_
