// What the rows of the open data tables mean to collate.

#include <string>
#include <utility>

#include "plugins/police_returns/families.h"
#include "plugins/police_returns/prc_long.h"
#include "plugins/police_returns/report.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::police_returns {
namespace {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Severity;
using sdk::Status;

// The names that this edition prints for each code: they drift between
// editions, and the rows are keyed by the code alone.
std::string LabelList(const PrcSurvey& survey, const std::string& part) {
  std::string out =
      "offence_code,offence_description,offence_group,offence_subgroup,"
      "first_place\n";
  for (const auto& [label, place] : survey.labels) {
    const auto& [code, description, group, subgroup] = label;
    out += Quoted(code) + "," + Quoted(description) + "," + Quoted(group) +
           "," + Quoted(subgroup) + "," +
           Quoted(tabular::FormatPlace(part, place.sheet, place.locator)) +
           "\n";
  }
  return out;
}

class EmittingSink : public PrcSink {
 public:
  EmittingSink(Host& host, const PrcGrid& grid, uint64_t table, uint64_t before,
               uint64_t total)
      : host_(host),
        grid_(grid),
        table_(table),
        value_header_(tabular::ToSdk(grid.ValueHeader(), grid.sheet)),
        before_(before),
        total_(total) {}

  tabular::Status OnRow(const PrcRow& row) override {
    sdk::Observation out;
    out.table = table_;
    out.reporter = row.force;
    const Days days = QuarterDays(row.first_year, row.quarter);
    out.period = {.begin = days.begin,
                  .end = days.end,
                  .kind = sdk::PeriodKind::kFinancialQuarter,
                  .text = FinancialYearText(row.first_year) + " Q" +
                          std::to_string(row.quarter)};
    if (grid_.has_csp) out.dimensions.emplace_back("csp", row.csp);
    out.dimensions.emplace_back("offence", row.code);
    out.raw = row.raw;
    SetCount(row.count, &out);
    out.notes.assign(row.notes.begin(), row.notes.end());
    out.locator = tabular::ToSdk(row.locator, grid_.sheet);
    out.headers.push_back(value_header_);
    stopped_ = host_.Emit(std::move(out));
    if (stopped_.ok() && ++rows_ % 4096 == 0) {
      stopped_ = host_.Progress(before_ + rows_, total_);
    }
    return stopped_.ok() ? tabular::OkStatus() : tabular::Status::Stop();
  }

  const Status& stopped() const { return stopped_; }
  uint64_t rows() const { return rows_; }

 private:
  Host& host_;
  const PrcGrid& grid_;
  const uint64_t table_;
  const sdk::Locator value_header_;
  const uint64_t before_;
  const uint64_t total_;
  uint64_t rows_ = 0;
  Status stopped_;
};

sdk::Table TableOf(const PrcGrid& grid) {
  sdk::Table table;
  // Partnerships lie within forces: a table of their own, so that their rows
  // can never meet the force's own.
  table.id = grid.has_csp ? "prc_long_csp" : "prc_long_force";
  table.title = grid.has_csp
                    ? "Police recorded crime by community safety partnership"
                    : "Police recorded crime by force";
  // A table for each sheet: recorders come and go, and a year's table claims
  // the recorders of that year alone.
  if (!grid.sheet.empty()) {
    const std::string year = FinancialYearText(*grid.years.begin());
    table.id += "_" + year;
    table.title += ", " + year;
  }
  table.measure = "recorded offences";
  table.unit = "offences";
  table.aggregation = sdk::Aggregation::kSum;
  // Homicide is printed as four rows under one joint code: they add up.
  table.repeats = sdk::Repeats::kAdd;
  // Every recorded crime has exactly one code.
  table.partition = sdk::Partition::kComplete;
  // Net of records that were later moved or cancelled.
  table.floor = sdk::Floor::kNone;
  // The whole year, even of a sheet that ends with its first quarter: what
  // lacks at the end is then known to be not yet published.
  for (const int32_t year : grid.years) {
    table.extent.emplace_back("period", FinancialYearText(year));
  }
  table.locator = tabular::ToSdk(grid.header.locator, grid.sheet);
  return table;
}

Status ReportOtherSheets(Host& host, const PrcSurvey& survey) {
  for (const tabular::SheetInfo& sheet : survey.other_sheets) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        Diagnostic{.severity = Severity::kInfo,
                   .reason = "SHEET_NOT_READ",
                   .message = std::string(sheet.hidden ? "a hidden" : "a") +
                              " sheet that is not named after a financial "
                              "year and has no table of offences",
                   .locator = {.sheet = sheet.name}}));
  }
  return sdk::OkStatus();
}

template <typename ReadGrid>
Status EmitAll(Host& host, const PrcSurvey& survey, const ReadOptions& options,
               const ReadGrid& read_grid) {
  uint64_t total = 0;
  for (const PrcGrid& grid : survey.grids) {
    COLLATE_SDK_RETURN_IF_ERROR(ReportGrid(host, grid));
    total += grid.data_rows - grid.blank_rows;
  }
  if (survey.faults.count > 0) return RefuseFaults(host, survey.faults);
  for (const PrcGrid& grid : survey.grids) {
    COLLATE_SDK_RETURN_IF_ERROR(RefuseEmpty(host, options, grid));
  }
  uint64_t before = 0;
  for (const PrcGrid& grid : survey.grids) {
    uint64_t table = 0;
    COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(TableOf(grid), &table));
    EmittingSink sink(host, grid, table, before, total);
    if (tabular::Status status = read_grid(grid, sink); !status.ok()) {
      return tabular::Refuse(host, status.error());
    }
    COLLATE_SDK_RETURN_IF_ERROR(sink.stopped());
    COLLATE_SDK_RETURN_IF_ERROR(AccountFor(host, grid, sink.rows()));
    before += sink.rows();
  }
  return host.Attach("offence-labels.csv", "text/csv",
                     LabelList(survey, options.part));
}

}  // namespace

Status IngestPrcLong(Host& host, tabular::ByteSource& source,
                     const ReadOptions& options) {
  PrcSurvey survey;
  if (tabular::Status status = SurveyPrc(source, options, &survey);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  return EmitAll(host, survey, options,
                 [&](const PrcGrid& grid, PrcSink& sink) {
                   return ReadPrc(source, options, grid, sink);
                 });
}

Status IngestPrcWorkbook(Host& host, tabular::Workbook& workbook,
                         const ReadOptions& options) {
  PrcSurvey survey;
  if (tabular::Status status = SurveyPrcWorkbook(workbook, options, &survey);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  COLLATE_SDK_RETURN_IF_ERROR(ReportOtherSheets(host, survey));
  COLLATE_SDK_RETURN_IF_ERROR(ReportFindings(host, workbook));
  return EmitAll(host, survey, options,
                 [&](const PrcGrid& grid, PrcSink& sink) {
                   return ReadPrcSheet(workbook, grid, sink);
                 });
}

}  // namespace collate::police_returns
