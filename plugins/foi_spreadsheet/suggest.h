// A suggestion how a document could be read: a drawing of what its cells seem
// to be, and the skeleton of a recipe. Nothing is read, and nothing is decided.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_H_

#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/foi_spreadsheet/suggest_blocks.h"
#include "plugins/sdk/adapter.hpp"

namespace collate::foi_spreadsheet {

// Attaches suggest-cells.csv (sheet, row, column, text, role), of the first
// rows and columns of each sheet, suggest-guess.csv (sheet, table, what, where,
// text), and suggested.recipe.textproto. What a person should look at is a
// diagnostic with its place. `asked` is a sheet's name; empty: all.
//
// UNKNOWN_SHEET; NO_TABLE_FOUND when no sheet has a table of figures, after the
// cells were attached.
sdk::Status Suggest(sdk::Host& host, const std::string& file,
                    const std::string& asked, const std::vector<Sheet>& sheets);

// What a person should look at in one sheet.
struct Remark {
  sdk::Severity severity = sdk::Severity::kWarning;
  std::string reason;
  std::string message;
  std::string found;
  tabular::Locator place;
  uint64_t repeats = 1;
};
std::vector<Remark> RemarksOn(const SheetGuess& guess);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_H_
