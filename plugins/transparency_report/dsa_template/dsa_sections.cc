#include "plugins/transparency_report/dsa_template/dsa_sections.h"

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/figure_text.h"

namespace collate::transparency_report {

using tabular::Error;
using tabular::OkStatus;
using tabular::Status;

Error DsaFault(const DsaPlace& place, const char* reason, std::string message,
               std::string expected, const HeldCell* cell, const HeldRow& row) {
  return {.reason = reason,
          .message = std::move(message),
          .expected = std::move(expected),
          .found = cell == nullptr ? "" : tabular::Printable(cell->text),
          .part = place.part,
          .sheet = place.sheet,
          .locator = cell == nullptr ? row.locator : cell->locator};
}

Status DsaColumnsFound::Find(const DsaPlace& place,
                             bool (*known)(DsaSection, const std::string&),
                             DsaSection section) {
  rows_header_ = &(*place.rows)[place.header];
  for (const HeldCell& cell : rows_header_->cells) {
    if (cell.IsBlank()) continue;
    const std::string name = DsaName(cell.text);
    if (!by_name_.emplace(name, &cell).second) {
      return Status(DsaFault(place, "AMBIGUOUS_COLUMN", "a column stands twice",
                             "each column once", &cell, *rows_header_));
    }
    if (!known(section, name)) {
      return Status(DsaFault(place, "UNKNOWN_COLUMN",
                             "a column that is not of the template",
                             "a column of this section", &cell, *rows_header_));
    }
  }
  return OkStatus();
}

Status StartDsaRow(const DsaPlace& place, const DsaColumnsFound& columns,
                   const HeldRow& row, sdk::Observation* start) {
  for (const HeldCell& cell : row.cells) {
    const HeldCell* header = columns.HeaderOf(cell.locator.column);
    if (!cell.IsBlank() && (header == nullptr || header->IsBlank())) {
      return Status(DsaFault(place, "CELL_WITHOUT_HEADER",
                             "a cell in a column without a name", "nothing",
                             &cell, row));
    }
  }
  const uint32_t service_column = columns.Of("service");
  const std::string service(row.Text(service_column));
  if (service.empty()) {
    return Status(DsaFault(place, "NO_SERVICE", "a row without a service",
                           "the name of the service", row.Find(service_column),
                           row));
  }
  const uint32_t period_column = columns.Of("reporting period");
  const auto period = ParseDsaPeriod(row.Text(period_column));
  if (!period.has_value()) {
    return Status(DsaFault(place, "NOT_A_PERIOD", "no reporting period",
                           "days such as 2025-07-01/2025-12-31",
                           row.Find(period_column), row));
  }
  start->reporter = place.reporter.empty() ? service : place.reporter;
  start->period = *period;
  start->dimensions = {{"platform", service}};
  return OkStatus();
}

Status SetDsaFigure(const DsaPlace& place, const DsaMeasure& measure,
                    const HeldCell* cell, const HeldRow& row,
                    sdk::Observation* out) {
  if (cell == nullptr || cell->IsBlank()) {
    // A blank is not zero, and not said to be anything else.
    out->state = sdk::State::kNotShown;
    out->reason = "blank";
    return OkStatus();
  }
  out->raw = cell->text;
  Figure figure;
  const Status parsed = ParseFigure(cell->Number(), &figure);
  int64_t whole = 0;
  if (parsed.ok() && figure.form == FigureForm::kNotApplicable) {
    out->state = sdk::State::kNotApplicable;
    out->reason = "'" + std::string(cell->Trimmed()) + "': not applicable";
    return OkStatus();
  }
  const bool counted = measure.aggregation != sdk::Aggregation::kNone;
  if (!parsed.ok() || figure.form != FigureForm::kNumber ||
      figure.approximate || figure.lower.mantissa < 0 ||
      (counted && (figure.percent || !IsWhole(figure.lower, &whole)))) {
    return Status(DsaFault(
        place, "NOT_A_FIGURE", "no figure stands where one should",
        counted ? "a whole number, or nothing" : "a number, or nothing", cell,
        row));
  }
  out->state = sdk::State::kReported;
  out->value = figure.lower;
  if (figure.percent) out->notes.push_back("printed with a percent sign");
  return OkStatus();
}

}  // namespace collate::transparency_report
