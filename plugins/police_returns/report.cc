#include "plugins/police_returns/report.h"

#include <utility>

#include "plugins/tabular/sdk_bridge.h"

namespace collate::police_returns {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Severity;
using sdk::State;
using sdk::Status;

Status RefuseFaults(Host& host, const Faults& faults) {
  for (const tabular::Error& fault : faults.listed) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(tabular::ToSdk(fault)));
  }
  const uint64_t unlisted = faults.count - faults.listed.size();
  if (unlisted > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(Diagnostic{
        .reason = "MORE_FAULTS",
        .message = std::to_string(unlisted) + " faulty rows are not listed",
        .repeats = unlisted}));
  }
  return tabular::ToStatus(
      faults.listed[0],
      std::to_string(faults.count) +
          (faults.count == 1 ? " faulty row: " : " faulty rows; the first: "));
}

Status RefuseEmpty(Host& host, const ReadOptions& options,
                   const GridSurvey& grid) {
  if (grid.data_rows > grid.blank_rows) return sdk::OkStatus();
  return tabular::Refuse(host,
                         tabular::Error{.reason = "NOTHING_TO_READ",
                                        .message = "a header without rows",
                                        .expected = "one row or more",
                                        .part = options.part,
                                        .sheet = grid.sheet,
                                        .locator = grid.header.locator});
}

Status ReportGrid(Host& host, const GridSurvey& grid) {
  for (const auto& [number, cells] : grid.ignored_columns) {
    tabular::Locator place = grid.header.locator;
    place.column = number;
    std::string name;
    for (const tabular::HeaderColumn& column : grid.header.columns) {
      if (column.locator.column != number) continue;
      place = column.locator;
      name = column.text;
    }
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        Diagnostic{.severity = Severity::kInfo,
                   .reason = "COLUMN_IGNORED",
                   .message = "a column that this family does not use: " +
                              tabular::Printable(name),
                   .locator = tabular::ToSdk(place, grid.sheet),
                   .repeats = cells}));
  }
  if (grid.preamble_rows > 0) {
    Diagnostic preamble{.severity = Severity::kInfo,
                        .reason = "PREAMBLE_IGNORED",
                        .message = "rows above the header",
                        .repeats = grid.preamble_rows};
    preamble.locator.sheet = grid.sheet;
    preamble.locator.line = grid.sheet.empty() ? 1 : 0;
    preamble.locator.row = 1;
    preamble.locator.row_end = grid.header.locator.row - 1;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(preamble));
  }
  if (grid.hidden_cells > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(Diagnostic{
        .severity = Severity::kWarning,
        .reason = "HIDDEN_CELLS_READ",
        .message = "cells of hidden rows or columns belong to the table and "
                   "were read",
        .locator = {.sheet = grid.sheet},
        .repeats = grid.hidden_cells}));
  }
  if (grid.formula_cells > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        Diagnostic{.severity = Severity::kInfo,
                   .reason = "FORMULA_RESULTS_READ",
                   .message = "formulas were read as what they last gave",
                   .locator = {.sheet = grid.sheet},
                   .repeats = grid.formula_cells}));
  }
  return sdk::OkStatus();
}

Status ReportFindings(Host& host, const tabular::Workbook& workbook) {
  for (const tabular::Finding& finding : workbook.findings()) {
    COLLATE_SDK_RETURN_IF_ERROR(
        host.Diagnose(Diagnostic{.severity = Severity::kInfo,
                                 .reason = finding.reason,
                                 .message = finding.message,
                                 .locator = {.sheet = finding.sheet},
                                 .repeats = finding.count}));
  }
  return sdk::OkStatus();
}

Status AccountFor(Host& host, const GridSurvey& grid, uint64_t observed) {
  const std::pair<const char*, uint64_t> accounts[] = {
      {"rows_read", grid.data_rows},
      {"rows_observed", observed},
      {"rows_ignored", grid.blank_rows},
      {"rows_above_data", grid.preamble_rows + 1},
      {"cells_read", grid.data_cells},
      {"cells_observed", grid.data_cells - grid.ignored_cells},
      {"cells_ignored", grid.ignored_cells}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return sdk::OkStatus();
}

void SetCount(const Count& count, sdk::Observation* out) {
  switch (count.mark) {
    case Mark::kNumber:
      out->state = State::kReported;
      out->value = sdk::Decimal{.mantissa = count.value};
      break;
    case Mark::kConfidential:
      out->state = State::kSuppressed;
      out->reason = "[c]: confidential";
      break;
    case Mark::kUnavailable:
      out->state = State::kNotShown;
      out->reason = "[x]: not available";
      break;
    case Mark::kNotApplicable:
      out->state = State::kNotApplicable;
      out->reason = "[z]: not applicable";
      break;
    case Mark::kLow:
      // The base of the rounding is not stated, so no bounds follow.
      out->state = State::kSuppressed;
      out->reason = "[low]: rounds to nothing, but is not nothing";
      break;
  }
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace collate::police_returns
