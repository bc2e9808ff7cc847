// Microsoft's Digital Safety Content Report: a workbook of one sheet. Blocks
// stand below one another: the half-year, the titles of one or two groups of
// columns, the names of the columns, one row of figures, then notes.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_MICROSOFT_WORKBOOK_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_MICROSOFT_WORKBOOK_H_

#include <optional>
#include <string>
#include <string_view>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/held_rows.h"

namespace collate::transparency_report {

// Whole months of one year: "Jul - Dec 2020", "January - June 2021", and in a
// sentence "July to December 2020". Nothing for any other text.
std::optional<sdk::Period> ParseMonths(std::string_view text);

// A whole number, stored as one or as text with commas and marks behind it:
// "46,856*", "1,234 [1]". Marks above the line are the cell's superscript.
tabular::Status ParseMarkedCount(const HeldCell& cell, int64_t* count,
                                 std::string* marks);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_MICROSOFT_WORKBOOK_H_
