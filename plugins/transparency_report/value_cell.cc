#include "plugins/transparency_report/value_cell.h"

#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::transparency_report {
namespace {

using tabular::OkStatus;
using tabular::Status;

// A hundred, at the scale of a number of at most 18 digits.
bool IsAtMost100(const sdk::Decimal& number) {
  __int128 hundred = 100;
  for (int64_t i = 0; i < number.scale; ++i) hundred *= 10;
  return number.mantissa >= 0 && number.mantissa <= hundred;
}

}  // namespace

Status FigureOf(const tabular::Cell& cell, Figure* figure) {
  Status status = ParseFigure(cell.text, figure);
  if (!status.ok()) status.error().locator = cell.locator;
  return status;
}

Status RefuseFigure(const tabular::Cell& cell, std::string expected) {
  const std::string found = tabular::Printable(std::string(cell.text));
  return Status(tabular::Error{
      .reason = "UNREADABLE_FIGURE",
      .message = "a cell that is not what its metric counts: " + found,
      .expected = std::move(expected),
      .found = found,
      .locator = cell.locator});
}

bool SetNotShown(const Figure& figure, sdk::Observation* row) {
  const bool blank = figure.form == FigureForm::kBlank;
  if (!blank && figure.form != FigureForm::kNotApplicable) return false;
  row->state = sdk::State::kNotShown;
  row->reason = blank ? "left blank"
                      : "'" + std::string(tabular::Trim(row->raw)) +
                            "': not applicable or not available, the file "
                            "does not say which";
  return true;
}

bool SetPercent(const Figure& figure, sdk::Observation* row) {
  if (!figure.percent || !IsAtMost100(figure.lower) ||
      !IsAtMost100(figure.upper)) {
    return false;
  }
  if (figure.approximate) row->flags |= COLLATE_FLAG_ESTIMATED;
  switch (figure.form) {
    case FigureForm::kNumber:
      row->state = sdk::State::kReported;
      row->value = figure.lower;
      return true;
    case FigureForm::kRange:
    case FigureForm::kBelow:
      row->state = sdk::State::kSuppressed;
      row->reason = "published between bounds only";
      row->lower = figure.lower;
      row->upper = figure.upper;
      return true;
    default:
      return false;
  }
}

void RowsAside::Add(const char* reason, std::string what,
                    const tabular::Locator& locator) {
  Kind& kind = kinds_[{reason, std::move(what)}];
  if (kind.rows++ == 0) kind.first = locator;
  ++rows_;
}

sdk::Status RowsAside::Tell(sdk::Host& host) const {
  for (const auto& [name, kind] : kinds_) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        {.severity = sdk::Severity::kWarning,
         .reason = name.first,
         .message = "rows of a kind that this family does not know are left "
                    "out: " +
                    name.second,
         .found = name.second,
         .locator = tabular::ToSdk(kind.first),
         .repeats = kind.rows}));
  }
  return sdk::OkStatus();
}

}  // namespace collate::transparency_report
