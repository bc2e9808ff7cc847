// A reading to the host: tables, observations, findings, accounts, and for a
// preview what became of every cell.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_EMIT_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_EMIT_H_

#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/engine.h"
#include "plugins/sdk/adapter.hpp"

namespace collate::foi_spreadsheet {

// Tells every fault and finding; emits the tables that are as the recipe says.
// Refuses the document when the reading is not ok().
sdk::Status EmitReading(sdk::Host& host, const Recipe& recipe,
                        const std::vector<Sheet>& sheets,
                        const Reading& reading, const std::string& part);

// recipe-cells.csv (sheet, row, column, text, role, rule),
// recipe-observations.csv (table, sheet, row, column, text, state, value,
// lower, upper, reporter, period, labels, notes) and recipe-checks.csv (table,
// check, sheet, row, column, expected, found, outcome).
sdk::Status AttachReading(sdk::Host& host, const std::vector<Sheet>& sheets,
                          const Reading& reading);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_EMIT_H_
