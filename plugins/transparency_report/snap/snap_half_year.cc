// Family `snap_half_year`: Snap's transparency report, one CSV file a
// half-year. Read twice: the first time checks every cell, the second delivers
// the rows.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"
#include "plugins/transparency_report/figure_text.h"
#include "plugins/transparency_report/long_table.h"
#include "plugins/transparency_report/month_span.h"
#include "plugins/transparency_report/snap/snap_rows.h"
#include "plugins/transparency_report/value_cell.h"

namespace collate::transparency_report {
namespace {

using tabular::OkStatus;
using tabular::Status;

// The labels are in the order of SnapColumn.
enum Role { kSection, kCategory, kSub1, kSub2, kMetric, kPeriod, kValue };

tabular::HeaderSpec SnapHeader() {
  return {.roles = {{"section", {"section"}},
                    {"category", {"category"}},
                    {"sub_category_1", {"sub_category_1"}},
                    {"sub_category_2", {"sub_category_2"}},
                    {"metric", {"metric"}},
                    {"period", {"period"}},
                    {"value", {"value"}}},
          .search_rows = 1};
}

bool IsWholeAndPositive(const sdk::Decimal& number) {
  int64_t whole = 0;
  return IsWhole(number, &whole) && whole >= 0;
}

bool SetCount(const Figure& figure, sdk::Observation* row) {
  if (figure.percent || figure.approximate ||
      !IsWholeAndPositive(figure.lower) || !IsWholeAndPositive(figure.upper)) {
    return false;
  }
  if (figure.form == FigureForm::kNumber) {
    row->state = sdk::State::kReported;
    row->value = figure.lower;
    return true;
  }
  if (figure.form != FigureForm::kRange) return false;
  row->state = sdk::State::kSuppressed;
  row->reason = "published as a band";
  row->lower = figure.lower;
  row->upper = figure.upper;
  return true;
}

bool SetMedian(const Figure& figure, sdk::Observation* row) {
  if (figure.percent || figure.approximate || figure.lower.mantissa < 0) {
    return false;
  }
  if (figure.form == FigureForm::kNumber) {
    row->state = sdk::State::kReported;
    row->value = figure.lower;
    return true;
  }
  if (figure.form != FigureForm::kBelow) return false;
  row->state = sdk::State::kSuppressed;
  row->reason = "published as below a bound";
  row->lower = figure.lower;
  row->upper = figure.upper;
  return true;
}

// From 0 to 1: 71.10 without a sign could be either.
bool SetFraction(const Figure& figure, sdk::Observation* row) {
  if (figure.form != FigureForm::kNumber || figure.percent ||
      figure.approximate || figure.lower.mantissa < 0) {
    return false;
  }
  __int128 one = 1;
  for (int64_t i = 0; i < figure.lower.scale; ++i) one *= 10;
  if (figure.lower.mantissa > one) return false;
  row->state = sdk::State::kReported;
  row->value = figure.lower;
  return true;
}

const char* Expected(const SnapMeasure& measure) {
  switch (measure.kind) {
    case SnapUnit::kCount:
    case SnapUnit::kAccounts:
      return "a whole number, a band such as 0-249, or N/A";
    case SnapUnit::kMedian:
      return "a number, <1, or N/A";
    case SnapUnit::kPercentage:
      return measure.fraction == nullptr
                 ? "a percentage such as 71.10%, or N/A"
                 : "a percentage such as 71.10%, a fraction of 0 to 1, or N/A";
  }
  return "";
}

// Sets the measure anew where a percentage is printed as a fraction. False
// where the figure is not of the measure's kind.
bool SetFigure(const Figure& figure, const SnapMeasure** measure,
               sdk::Observation* row) {
  if (SetNotShown(figure, row)) return true;
  switch ((*measure)->kind) {
    case SnapUnit::kCount:
    case SnapUnit::kAccounts:
      return SetCount(figure, row);
    case SnapUnit::kMedian:
      return SetMedian(figure, row);
    case SnapUnit::kPercentage:
      if (figure.percent || (*measure)->fraction == nullptr) {
        return SetPercent(figure, row);
      }
      *measure = (*measure)->fraction;
      return SetFraction(figure, row);
  }
  return false;
}

sdk::Aggregation AggregationOf(SnapUnit kind) {
  switch (kind) {
    case SnapUnit::kCount:
      return sdk::Aggregation::kSum;
    case SnapUnit::kAccounts:
      return sdk::Aggregation::kUnique;
    case SnapUnit::kMedian:
    case SnapUnit::kPercentage:
      break;
  }
  return sdk::Aggregation::kNone;
}

class Reader {
 public:
  Reader(sdk::Host& host, tabular::ByteSource& source,
         const ReadOptions& options)
      : host_(host), source_(source), options_(options) {}

  sdk::Status Ingest() {
    LongTable table;
    Status read =
        ReadLongTable(source_, options_, SnapHeader(), &table,
                      [this](const LongRow& row) { return Survey(row); });
    if (read.ok() && table.rows == 0) {
      read = Status(tabular::Error{.reason = "NOTHING_TO_READ",
                                   .message = "a header without a record",
                                   .locator = table.header.locator});
    }
    if (read.ok()) {
      COLLATE_SDK_RETURN_IF_ERROR(BeginTables(table));
      LongTable again;
      read = ReadLongTable(source_, options_, SnapHeader(), &again,
                           [this](const LongRow& row) { return Emit(row); });
      COLLATE_SDK_RETURN_IF_ERROR(stopped_);
    }
    if (!read.ok()) {
      read.error().part = options_.part;
      return tabular::Refuse(host_, read.error());
    }
    COLLATE_SDK_RETURN_IF_ERROR(aside_.Tell(host_));
    return AccountFor(host_, table, aside_.rows());
  }

 private:
  // The observation of a row, all but its table. Null `measure`: the row is
  // left aside.
  Status Read(const LongRow& row, SnapMeaning* meaning,
              const SnapMeasure** measure, MonthSpan* half_year,
              sdk::Observation* out) const {
    const SnapLabels labels = {.section = row.Text(kSection),
                               .category = row.Text(kCategory),
                               .sub_category_1 = row.Text(kSub1),
                               .sub_category_2 = row.Text(kSub2),
                               .metric = row.Text(kMetric)};
    SnapColumn at = SnapColumn::kSection;
    Status status = MeaningOf(labels, meaning, &at);
    if (!status.ok()) {
      status.error().locator = row.CellOf(static_cast<int>(at)).locator;
      return status;
    }
    *measure = meaning->measure;
    if (*measure == nullptr) return OkStatus();
    if (!ParseHalfYear(row.Text(kPeriod), half_year)) {
      const std::string found =
          tabular::Printable(std::string(row.Text(kPeriod)));
      return Status(
          tabular::Error{.reason = "INVALID_PERIOD",
                         .message = "a period that is no half-year: " + found,
                         .expected = "a half-year such as 2025-H1",
                         .found = found,
                         .locator = row.CellOf(kPeriod).locator});
    }
    *out = row.Observe(kValue);
    out->reporter = "Snap Inc.";
    out->period = PeriodOf(*half_year, row.Text(kPeriod));
    out->dimensions = meaning->dimensions;
    out->dimensions.emplace_back("platform", "Snapchat");
    if (meaning->total) {
      out->level = sdk::Level::kTotal;
      out->level_axis = "harm";
    }
    Figure figure;
    COLLATE_TABULAR_RETURN_IF_ERROR(FigureOf(row.CellOf(kValue), &figure));
    return SetFigure(figure, measure, out)
               ? OkStatus()
               : RefuseFigure(row.CellOf(kValue), Expected(*meaning->measure));
  }

  Status Survey(const LongRow& row) {
    SnapMeaning meaning;
    const SnapMeasure* measure = nullptr;
    MonthSpan half_year;
    sdk::Observation out;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Read(row, &meaning, &measure, &half_year, &out));
    if (measure == nullptr) {
      LeaveAside(row, meaning);
      return OkStatus();
    }
    half_years_.insert(half_year);
    tables_.emplace(measure, 0);
    if (meaning.is_exploitation_reports && out.value.has_value()) {
      exploitation_reports_[half_year] = out.value->mantissa;
    }
    return OkStatus();
  }

  void LeaveAside(const LongRow& row, const SnapMeaning& meaning) {
    if (meaning.known == SnapMeaning::Known::kUnknownMetric) {
      aside_.Add("UNKNOWN_METRIC",
                 std::string(row.Text(kSection)) + ": " +
                     std::string(row.Text(kMetric)),
                 row.CellOf(kMetric).locator);
    } else {
      aside_.Add("UNKNOWN_SECTION",
                 std::string(row.Text(kSection)) + ", category " +
                     tabular::Printable(std::string(row.Text(kCategory))),
                 row.CellOf(kSection).locator);
    }
  }

  sdk::Status BeginTables(const LongTable& read) {
    for (const SnapMeasure* measure : SnapMeasures()) {
      const auto used = tables_.find(measure);
      if (used == tables_.end()) continue;
      sdk::Table table;
      table.id = measure->table;
      table.title = std::string("Transparency report, ") + measure->measure;
      table.measure = measure->measure;
      table.unit = measure->unit;
      table.aggregation = AggregationOf(measure->kind);
      table.repeats = sdk::Repeats::kConflict;
      table.partition = measure->violations_add_up
                            ? sdk::Partition::kComplete
                            : sdk::Partition::kIncomplete;
      table.floor = sdk::Floor::kZero;
      table.extent = ExtentOf(half_years_);
      table.locator = tabular::ToSdk(read.header.locator);
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.BeginTable(std::move(table), &used->second));
    }
    return sdk::OkStatus();
  }

  Status Emit(const LongRow& row) {
    SnapMeaning meaning;
    const SnapMeasure* measure = nullptr;
    MonthSpan half_year;
    sdk::Observation out;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Read(row, &meaning, &measure, &half_year, &out));
    if (measure == nullptr) return OkStatus();
    out.table = tables_.at(measure);
    if (meaning.is_exploitation_content) stopped_ = CheckSlip(half_year, &out);
    if (stopped_.ok()) stopped_ = host_.Emit(std::move(out));
    return stopped_.ok() ? OkStatus() : Status::Stop();
  }

  // Content enforced is printed with the number of the reports of it: which of
  // the two it is, nobody says.
  sdk::Status CheckSlip(const MonthSpan& half_year, sdk::Observation* out) {
    const auto reports = exploitation_reports_.find(half_year);
    if (reports == exploitation_reports_.end() || !out->value.has_value() ||
        out->value->mantissa != reports->second) {
      return sdk::OkStatus();
    }
    out->flags |= COLLATE_FLAG_DEFINITION_DIFFERS;
    return host_.Diagnose(
        {.severity = sdk::Severity::kWarning,
         .reason = "LIKELY_SLIP",
         .message = "the content enforced for child sexual exploitation is the "
                    "number of content and account reports of it; kept as "
                    "printed, and flagged",
         .expected = "two different figures",
         .found = out->raw,
         .locator = out->locator});
  }

  sdk::Host& host_;
  tabular::ByteSource& source_;
  const ReadOptions& options_;
  std::set<MonthSpan> half_years_;
  std::map<const SnapMeasure*, uint64_t> tables_;  // -> handle
  std::map<MonthSpan, int64_t> exploitation_reports_;
  RowsAside aside_;
  sdk::Status stopped_;
};

}  // namespace

bool NamesSnapHalfYear(const Names& row) {
  return row.count("sub category 1") > 0 && row.count("sub category 2") > 0 &&
         row.count("metric") > 0;
}

sdk::Status IngestSnapHalfYear(sdk::Host& host, const sdk::Document&,
                               tabular::ByteSource& source,
                               const ReadOptions& options) {
  return Reader(host, source, options).Ingest();
}

}  // namespace collate::transparency_report
