// What the rows of the rolling-year series mean to collate.

#include <string>
#include <utility>

#include "plugins/police_returns/families.h"
#include "plugins/police_returns/report.h"
#include "plugins/police_returns/rolling_year.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::police_returns {
namespace {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Severity;
using sdk::Status;

class EmittingSink : public RollingSink {
 public:
  EmittingSink(Host& host, const RollingSurvey& survey, uint64_t table)
      : host_(host),
        table_(table),
        value_header_(tabular::ToSdk(survey.ValueHeader())),
        total_(survey.grid.data_rows - survey.grid.blank_rows) {}

  tabular::Status OnRow(const RollingRow& row) override {
    sdk::Observation out;
    out.table = table_;
    out.reporter = row.force;
    out.period = {.begin = row.window.begin(),
                  .end = row.window.end(),
                  .kind = sdk::PeriodKind::kRollingYear,
                  .text = std::string(row.date)};
    out.dimensions.emplace_back("offence", row.offence);
    out.raw = row.raw;
    SetCount(row.count, &out);
    out.locator = tabular::ToSdk(row.locator);
    out.headers.push_back(value_header_);
    stopped_ = host_.Emit(std::move(out));
    if (stopped_.ok() && ++rows_ % 4096 == 0) {
      stopped_ = host_.Progress(rows_, total_);
    }
    return stopped_.ok() ? tabular::OkStatus() : tabular::Status::Stop();
  }

  const Status& stopped() const { return stopped_; }
  uint64_t rows() const { return rows_; }

 private:
  Host& host_;
  const uint64_t table_;
  const sdk::Locator value_header_;
  const uint64_t total_;
  uint64_t rows_ = 0;
  Status stopped_;
};

sdk::Table TableOf(const RollingSurvey& survey) {
  sdk::Table table;
  table.id = "rolling_year";
  table.title = "Police recorded crime by force, 12 months ending";
  table.measure = "recorded offences";
  table.unit = "offences";
  table.aggregation = sdk::Aggregation::kSum;
  table.repeats = sdk::Repeats::kError;
  // Groups stand beside the subgroups of others: sexual offences as a whole,
  // violence and theft in parts only, fraud under the names of bodies that
  // overlap with the forces' own. Each cell holds by itself; no level of the
  // classification is complete, so that no level may be added up to a whole.
  table.partition = sdk::Partition::kIncomplete;
  // Net of records that were later moved or cancelled.
  table.floor = sdk::Floor::kNone;
  for (const Window& window : survey.windows) {
    table.extent.emplace_back("period", WindowText(window));
  }
  table.locator = tabular::ToSdk(survey.grid.header.locator);
  return table;
}

Status ReportReadings(Host& host, const RollingSurvey& survey) {
  for (const auto& [text, date] : survey.corrected) {
    Window window;
    ParseWindow(text, &window);
    COLLATE_SDK_RETURN_IF_ERROR(
        host.Diagnose(Diagnostic{.severity = Severity::kInfo,
                                 .reason = "DATE_READ_AS_QUARTER_END",
                                 .message = "a day short of its quarter's "
                                            "end, read as the " +
                                            WindowText(window),
                                 .expected = "the last day of a month",
                                 .found = text,
                                 .locator = tabular::ToSdk(date.locator),
                                 .repeats = date.rows}));
  }
  const uint64_t rows = survey.grid.data_rows - survey.grid.blank_rows;
  if (rows == 0) return sdk::OkStatus();
  return host.Diagnose(Diagnostic{
      .severity = Severity::kInfo,
      .reason = "REGION_NOT_USED",
      .message = "each force has one region throughout; where a force lies is "
                 "known by its name",
      .locator = tabular::ToSdk(survey.RegionHeader()),
      .repeats = rows});
}

}  // namespace

Status IngestRollingYear(Host& host, tabular::ByteSource& source,
                         const ReadOptions& options) {
  RollingSurvey survey;
  if (tabular::Status status = SurveyRollingYear(source, options, &survey);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  COLLATE_SDK_RETURN_IF_ERROR(ReportGrid(host, survey.grid));
  if (survey.faults.count > 0) return RefuseFaults(host, survey.faults);
  COLLATE_SDK_RETURN_IF_ERROR(RefuseEmpty(host, options, survey.grid));
  COLLATE_SDK_RETURN_IF_ERROR(ReportReadings(host, survey));

  uint64_t table = 0;
  COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(TableOf(survey), &table));
  EmittingSink sink(host, survey, table);
  if (tabular::Status status = ReadRollingYear(source, options, survey, sink);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  COLLATE_SDK_RETURN_IF_ERROR(sink.stopped());
  return AccountFor(host, survey.grid, sink.rows());
}

}  // namespace collate::police_returns
