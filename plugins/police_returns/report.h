// What the families tell the host alike: faults, what was stepped over, what a
// mark means.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_REPORT_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_REPORT_H_

#include <string>
#include <string_view>

#include "plugins/police_returns/count_cell.h"
#include "plugins/police_returns/survey.h"
#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/workbook.h"

namespace collate::police_returns {

// Diagnoses the faults, of which there are some; gives the Status to return.
sdk::Status RefuseFaults(sdk::Host& host, const Faults& faults);

// NOTHING_TO_READ for a grid without a row that holds something.
sdk::Status RefuseEmpty(sdk::Host& host, const ReadOptions& options,
                        const GridSurvey& grid);

// Columns, rows above the header, hidden cells and formulas.
sdk::Status ReportGrid(sdk::Host& host, const GridSurvey& grid);

// What the workbook's reader set aside.
sdk::Status ReportFindings(sdk::Host& host, const tabular::Workbook& workbook);

sdk::Status AccountFor(sdk::Host& host, const GridSurvey& grid,
                       uint64_t observed);

void SetCount(const Count& count, sdk::Observation* out);

// One field of an attached CSV file.
std::string Quoted(std::string_view text);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_REPORT_H_
