// The adapter around the reader: what its rows mean to collate.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/police_returns/pfa_tables_adapter.h"
#include "plugins/police_returns/prc_long.h"
#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/tabular/workbook.h"

namespace collate::police_returns {
namespace {

using sdk::Diagnostic;
using sdk::Document;
using sdk::Host;
using sdk::Severity;
using sdk::State;
using sdk::Status;

sdk::Description Describe() {
  return {.id = "police_returns",
          .version = "1.0.0",
          .title = "Police recorded crime, Home Office open data",
          .families = {
              {"prc_long",
               "Police recorded crime by quarter, force and offence code, "
               "long CSV"},
              {"row_level",
               "Street-level records, one row per offence: always refused"},
              {"rolling_year",
               "Rolling-year series by force: refused until it is read"},
              {"pfa_tables",
               "ONS police force area tables: offences, changes and rates by "
               "area, workbook"}}};
}

Status RefuseFaults(Host& host, const PrcSurvey& survey) {
  for (const tabular::Error& fault : survey.faults) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(tabular::ToSdk(fault)));
  }
  const uint64_t unlisted = survey.fault_count - survey.faults.size();
  if (unlisted > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(Diagnostic{
        .reason = "MORE_FAULTS",
        .message = std::to_string(unlisted) + " faulty rows are not listed",
        .repeats = unlisted}));
  }
  return tabular::ToStatus(
      survey.faults[0],
      std::to_string(survey.fault_count) + (survey.fault_count == 1
                                                ? " faulty row: "
                                                : " faulty rows; the first: "));
}

// A column or row that is stepped over is still reported.
Status ReportIgnored(Host& host, const PrcSurvey& survey) {
  const uint64_t rows = survey.data_rows - survey.blank_rows;
  for (const tabular::HeaderColumn& column : survey.header.columns) {
    if (column.role >= 0 || rows == 0) continue;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        Diagnostic{.severity = Severity::kInfo,
                   .reason = "COLUMN_IGNORED",
                   .message = "a column that this family does not use: " +
                              tabular::Printable(column.text),
                   .locator = tabular::ToSdk(column.locator),
                   .repeats = rows}));
  }
  if (survey.preamble_rows > 0) {
    Diagnostic preamble{.severity = Severity::kInfo,
                        .reason = "PREAMBLE_IGNORED",
                        .message = "rows above the header",
                        .repeats = survey.preamble_rows};
    preamble.locator.line = 1;
    preamble.locator.row = 1;
    preamble.locator.row_end = survey.header.locator.row - 1;
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(preamble));
  }
  return sdk::OkStatus();
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

// The names that this edition prints for each code: they drift between
// editions, and the rows are keyed by the code alone.
std::string LabelList(const PrcSurvey& survey) {
  std::string out =
      "offence_code,offence_description,offence_group,offence_subgroup,"
      "first_line\n";
  for (const auto& [label, line] : survey.labels) {
    const auto& [code, description, group, subgroup] = label;
    out += Quoted(code) + "," + Quoted(description) + "," + Quoted(group) +
           "," + Quoted(subgroup) + "," + std::to_string(line) + "\n";
  }
  return out;
}

class EmittingSink : public PrcSink {
 public:
  EmittingSink(Host& host, const PrcSurvey& survey, uint64_t table,
               const tabular::Locator& value_header, uint64_t total_rows)
      : host_(host),
        has_csp_(survey.has_csp),
        table_(table),
        value_header_(tabular::ToSdk(value_header)),
        total_rows_(total_rows) {}

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
    if (has_csp_) out.dimensions.emplace_back("csp", row.csp);
    out.dimensions.emplace_back("offence", row.code);
    out.raw = row.raw;
    SetState(row, &out);
    if (!row.force_note.empty()) out.notes.emplace_back(row.force_note);
    out.locator = tabular::ToSdk(row.locator);
    out.headers.push_back(value_header_);
    stopped_ = host_.Emit(std::move(out));
    if (stopped_.ok() && ++rows_ % 4096 == 0) {
      stopped_ = host_.Progress(rows_, total_rows_);
    }
    return stopped_.ok() ? tabular::OkStatus() : tabular::Status::Stop();
  }

  const Status& stopped() const { return stopped_; }
  uint64_t rows() const { return rows_; }

 private:
  static void SetState(const PrcRow& row, sdk::Observation* out) {
    switch (row.mark) {
      case Mark::kNumber:
        out->state = State::kReported;
        out->value = sdk::Decimal{.mantissa = row.value};
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

  Host& host_;
  const bool has_csp_;
  const uint64_t table_;
  const sdk::Locator value_header_;
  const uint64_t total_rows_;
  uint64_t rows_ = 0;
  Status stopped_;
};

sdk::Table TableOf(const PrcSurvey& survey) {
  sdk::Table table;
  // Partnerships lie within forces: a table of their own, so that their rows
  // can never meet the force's own.
  table.id = survey.has_csp ? "prc_long_csp" : "prc_long_force";
  table.title = survey.has_csp
                    ? "Police recorded crime by community safety partnership"
                    : "Police recorded crime by force";
  table.measure = "recorded offences";
  table.unit = "offences";
  table.aggregation = sdk::Aggregation::kSum;
  // Homicide is printed as four rows under one joint code: they add up.
  table.repeats = sdk::Repeats::kAdd;
  // Every recorded crime has exactly one code.
  table.partition = sdk::Partition::kComplete;
  // Net of records that were later moved or cancelled.
  table.floor = sdk::Floor::kNone;
  for (const int32_t year : survey.years) {
    table.extent.emplace_back("period", FinancialYearText(year));
  }
  table.locator = tabular::ToSdk(survey.header.locator);
  return table;
}

// Workbooks are told apart by their sheets. *read stays false for a workbook
// of no family.
Status ReadWorkbook(Host& host, const Document& document, bool* read) {
  const sdk::File file = document.file();
  tabular::FileSource source(file);
  const tabular::WorkbookKind kind = tabular::DetectWorkbook(source);
  if (kind != tabular::WorkbookKind::kXlsx &&
      kind != tabular::WorkbookKind::kOds) {
    return sdk::OkStatus();
  }
  tabular::Limits limits;
  if (document.max_cells() > 0) limits.cells = document.max_cells();
  if (document.max_inflated_bytes() > 0) {
    limits.bytes = document.max_inflated_bytes();
  }
  if (document.max_ratio() > 0) limits.ratio = document.max_ratio();
  if (document.max_entries() > 0) limits.entries = document.max_entries();
  tabular::Budget budget(limits);
  std::unique_ptr<tabular::Workbook> workbook;
  if (tabular::Status status = tabular::Workbook::Open(
          source, {.part = std::string(file.name())}, budget, &workbook);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  *read = IsPfaTables(*workbook);
  return *read ? ReadPfaTables(host, document, *workbook) : sdk::OkStatus();
}

Status Read(Host& host, const Document& document) {
  bool read = false;
  COLLATE_SDK_RETURN_IF_ERROR(ReadWorkbook(host, document, &read));
  if (read) return sdk::OkStatus();
  const sdk::File file = document.file();
  PrcOptions options;
  options.part = std::string(file.name());
  if (document.max_cells() > 0) options.limits.cells = document.max_cells();
  if (document.max_inflated_bytes() > 0) {
    options.limits.bytes = document.max_inflated_bytes();
  }
  if (tabular::Status status = tabular::ParseEncoding(
          document.Option("encoding").value_or(""), &options.encoding);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }

  tabular::FileSource source(file);
  PrcSurvey survey;
  if (tabular::Status status = SurveyPrc(source, options, &survey);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  COLLATE_SDK_RETURN_IF_ERROR(ReportIgnored(host, survey));
  if (survey.fault_count > 0) return RefuseFaults(host, survey);
  const uint64_t rows = survey.data_rows - survey.blank_rows;
  if (rows == 0) {
    return tabular::Refuse(host,
                           tabular::Error{.reason = "NOTHING_TO_READ",
                                          .message = "a header without rows",
                                          .expected = "one row or more",
                                          .part = options.part,
                                          .locator = survey.header.locator});
  }

  uint64_t table = 0;
  COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(TableOf(survey), &table));
  EmittingSink sink(host, survey, table, survey.ValueHeader(), rows);
  if (tabular::Status status = ReadPrc(source, options, survey, sink);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  COLLATE_SDK_RETURN_IF_ERROR(sink.stopped());

  const std::pair<const char*, uint64_t> accounts[] = {
      {"rows_read", survey.data_rows},
      {"rows_observed", sink.rows()},
      {"rows_ignored", survey.blank_rows},
      {"rows_above_data", survey.preamble_rows + 1},
      {"cells_read", survey.data_cells},
      {"cells_observed", survey.data_cells - survey.ignored_cells},
      {"cells_ignored", survey.ignored_cells}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return host.Attach("offence-labels.csv", "text/csv", LabelList(survey));
}

}  // namespace
}  // namespace collate::police_returns

COLLATE_ADAPTER(collate::police_returns::Describe,
                collate::police_returns::Read);
