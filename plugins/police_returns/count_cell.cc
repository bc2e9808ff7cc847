#include "plugins/police_returns/count_cell.h"

#include <string>
#include <string_view>
#include <utility>

#include "plugins/tabular/number.h"

namespace collate::police_returns {
namespace {

using tabular::Cell;
using tabular::CellKind;
using tabular::Error;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;

Status Bad(const char* reason, const char* message, const Cell& cell) {
  const std::string found = Printable(std::string(cell.text));
  return Status(Error{.reason = reason,
                      .message = std::string(message) + ": " + found,
                      .expected = "a whole number, [c], [x], [z] or [low]",
                      .found = found,
                      .locator = cell.locator});
}

}  // namespace

Status ParseCount(const Cell& cell, Count* count) {
  *count = Count();
  // A date's text may be a bare number of days, so that the kind decides.
  if (cell.kind == CellKind::kDate || cell.kind == CellKind::kBoolean ||
      (cell.kind == CellKind::kNumber && cell.percent)) {
    return Bad("NOT_A_COUNT", "a cell that holds something else than a count",
               cell);
  }
  std::string_view token = tabular::Trim(cell.text);
  if (cell.kind == CellKind::kNumber) {
    token = cell.value;
  } else {
    // An accounting number format's zero, leaked into the text.
    if (token == "-00") return OkStatus();
    static constexpr std::pair<std::string_view, Mark> kMarks[] = {
        {"[c]", Mark::kConfidential},
        {"[x]", Mark::kUnavailable},
        {"[z]", Mark::kNotApplicable},
        {"[low]", Mark::kLow}};
    for (const auto& [text, mark] : kMarks) {
      if (token != text) continue;
      count->mark = mark;
      return OkStatus();
    }
  }
  Status status = tabular::ParseInteger(token, &count->value);
  if (status.ok()) return status;
  if (status.error().reason == "UNPARSED_NUMBER") {
    return Bad("UNDECLARED_MARKER",
               "neither a count nor a mark that this family declares", cell);
  }
  status.error().locator = cell.locator;
  return status;
}

}  // namespace collate::police_returns
