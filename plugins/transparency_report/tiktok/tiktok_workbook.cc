// Family `tiktok_workbook`: the workbook of the Community Guidelines
// Enforcement Report up to the middle of 2022 (tiktok_sheets.h).

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"
#include "plugins/transparency_report/tiktok/tiktok_sheets.h"
#include "plugins/transparency_report/tiktok/tiktok_tables.h"

namespace collate::transparency_report {
namespace {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Severity;

class LayoutSink : public tabular::GridSink {
 public:
  explicit LayoutSink(const std::string& sheet) : sheet_(sheet) {}

  tabular::Status OnRow(const tabular::Row& row) override {
    layout = TiktokLayoutOf(sheet_, row);
    return tabular::Status::Stop();
  }

  TiktokLayout layout = TiktokLayout::kNone;

 private:
  const std::string& sheet_;
};

// Figures of sheets that name no period are those of the edition's quarter.
void GiveEditionPeriod(TiktokSheets* sheets) {
  if (!sheets->edition.has_value()) return;
  for (TiktokSheetFigure& figure : sheets->figures) {
    sdk::Observation& out = figure.observation;
    if (out.period.end != 0) continue;
    out.period = *sheets->edition;
    out.headers.push_back(sheets->edition_cell);
    out.notes.push_back("the sheet names no period; it is that of sheet '" +
                        sheets->edition_cell.sheet + "'");
  }
}

tabular::Status CheckEdition(const TiktokSheets& sheets,
                             const std::string& part) {
  if (!sheets.edition.has_value() || !sheets.last.has_value() ||
      sheets.edition->begin == sheets.last->begin) {
    return tabular::OkStatus();
  }
  return tabular::Status(tabular::Error{
      .reason = "PERIOD_CONFLICT",
      .message = "the last quarter of the workbook is not the one in the "
                 "header of its rates by policy",
      .expected = sheets.edition->text,
      .found = "the quarter that ends on " + sheets.last->text,
      .part = part,
      .sheet = sheets.last_sheet,
      .locator = sheets.last_cell});
}

sdk::Status Inform(Host& host, Severity severity, const char* reason,
                   std::string message, const std::string& sheet,
                   uint64_t repeats) {
  Diagnostic diagnostic{.severity = severity,
                        .reason = reason,
                        .message = std::move(message),
                        .repeats = repeats};
  diagnostic.locator.sheet = sheet;
  return host.Diagnose(diagnostic);
}

sdk::Status Report(Host& host, const tabular::Workbook& workbook,
                   const TiktokSheets& sheets) {
  if (sheets.country_codes > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(
        Inform(host, Severity::kInfo, "COLUMN_IGNORED",
               "codes of countries, which stand beside their names", "",
               sheets.country_codes));
  }
  if (sheets.hidden_cells > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(
        Inform(host, Severity::kWarning, "HIDDEN_CELLS_READ",
               "cells of hidden rows or columns belong to their table and "
               "were read",
               "", sheets.hidden_cells));
  }
  for (const tabular::Finding& finding : workbook.findings()) {
    COLLATE_SDK_RETURN_IF_ERROR(
        Inform(host, finding.warning ? Severity::kWarning : Severity::kInfo,
               finding.reason.c_str(), finding.message, finding.sheet,
               std::max<uint64_t>(finding.count, 1)));
  }
  return sdk::OkStatus();
}

}  // namespace

bool IsTiktokWorkbook(tabular::Workbook& workbook) {
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    LayoutSink sink(sheet.name);
    if (!workbook.ReadSheet(sheet.index, sink).ok()) return false;
    // The other layouts could be anybody's.
    if (sink.layout == TiktokLayout::kByDate ||
        sink.layout == TiktokLayout::kByPolicy) {
      return true;
    }
  }
  return false;
}

sdk::Status IngestTiktokWorkbook(Host& host, const sdk::Document& document,
                                 tabular::Workbook& workbook,
                                 const ReadOptions& options) {
  TiktokSheets sheets;
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    const uint64_t ignored = sheets.cells_ignored;
    TiktokLayout layout = TiktokLayout::kNone;
    if (tabular::Status status =
            ReadTiktokSheet(workbook, sheet, options.part, &sheets, &layout);
        !status.ok()) {
      return tabular::Refuse(host, status.error());
    }
    if (layout != TiktokLayout::kNone) continue;
    COLLATE_SDK_RETURN_IF_ERROR(Inform(
        host, Severity::kWarning, "SHEET_NOT_READ",
        "a sheet whose header no edition had: " +
            tabular::Printable(sheet.name),
        sheet.name, std::max<uint64_t>(sheets.cells_ignored - ignored, 1)));
  }
  if (tabular::Status status = CheckEdition(sheets, options.part);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  if (sheets.figures.empty()) {
    return tabular::Refuse(host,
                           tabular::Error{.reason = "NOTHING_TO_READ",
                                          .message = "headers without rows",
                                          .expected = "one row or more",
                                          .part = options.part});
  }
  GiveEditionPeriod(&sheets);
  COLLATE_SDK_RETURN_IF_ERROR(Report(host, workbook, sheets));
  TiktokTables tables(host);
  for (TiktokSheetFigure& figure : sheets.figures) {
    COLLATE_SDK_RETURN_IF_ERROR(tables.Emit(*figure.measure, figure.header,
                                            std::move(figure.observation)));
  }
  const std::pair<const char*, uint64_t> accounts[] = {
      {"rows_read", sheets.rows_read},
      {"cells_read", sheets.cells_read},
      {"cells_header", sheets.cells_header},
      {"cells_label", sheets.cells_labels},
      {"cells_observed", sheets.figures.size()},
      {"cells_ignored", sheets.cells_ignored}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return sdk::OkStatus();
}

}  // namespace collate::transparency_report
