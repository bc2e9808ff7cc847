// Family `meta_cser`: Meta's Community Standards Enforcement Report, one
// cumulative CSV file a quarter. Every edition prints all quarters anew, some
// of them with other figures: a table claims all quarters of the file, so that
// an edition takes the place of the one before and what it no longer prints is
// known to have gone.
//
// Read twice: the first time checks every cell, the second delivers the rows.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"
#include "plugins/transparency_report/figure_text.h"
#include "plugins/transparency_report/long_table.h"
#include "plugins/transparency_report/month_span.h"
#include "plugins/transparency_report/value_cell.h"

namespace collate::transparency_report {
namespace {

using tabular::OkStatus;
using tabular::Status;

enum Role { kApp, kPolicyArea, kMetric, kPeriod, kValue };

tabular::HeaderSpec MetaHeader() {
  return {.roles = {{"app", {"app"}},
                    {"policy_area", {"policy_area"}},
                    {"metric", {"metric"}},
                    {"period", {"period"}},
                    {"value", {"value"}}},
          .search_rows = 1};
}

enum class Kind {
  kRoundedCount,
  kPercent,
  kPrevalence,
  kUpperBound,  // "under 0.05%", printed as 0.05%
};

struct Metric {
  const char* metric;       // normalised
  const char* policy_area;  // normalised; null = any
  const char* table;
  const char* measure;
  const char* unit;
  Kind kind;
};

// The first that fits.
constexpr Metric kMetrics[] = {
    // What is actioned there are accounts.
    {"content actioned", "fake accounts", "fake_accounts_actioned",
     "Meta: fake accounts actioned", "accounts", Kind::kRoundedCount},
    {"content actioned", nullptr, "content_actioned", "Meta: content actioned",
     "content items", Kind::kRoundedCount},
    {"content appealed", nullptr, "content_appealed", "Meta: content appealed",
     "content items", Kind::kRoundedCount},
    {"content restored with appeal", nullptr, "content_restored_with_appeal",
     "Meta: content restored with appeal", "content items",
     Kind::kRoundedCount},
    {"content restored without appeal", nullptr,
     "content_restored_without_appeal", "Meta: content restored without appeal",
     "content items", Kind::kRoundedCount},
    {"proactive rate", nullptr, "proactive_rate", "Meta: proactive rate",
     "per cent", Kind::kPercent},
    {"prevalence", nullptr, "prevalence", "Meta: prevalence", "per cent",
     Kind::kPrevalence},
    {"ubp", nullptr, "prevalence", "Meta: prevalence", "per cent",
     Kind::kUpperBound},
    {"lowerbound prevalence", nullptr, "prevalence_lower_bound",
     "Meta: lower bound of prevalence", "per cent", Kind::kPercent},
    {"upperbound prevalence", nullptr, "prevalence_upper_bound",
     "Meta: upper bound of prevalence", "per cent", Kind::kPercent},
};

const Metric* FindMetric(const LongRow& row) {
  const std::string metric = tabular::NormaliseName(row.Text(kMetric));
  const std::string area = tabular::NormaliseName(row.Text(kPolicyArea));
  const auto* const found = std::find_if(
      std::begin(kMetrics), std::end(kMetrics), [&](const Metric& known) {
        return metric == known.metric &&
               (known.policy_area == nullptr || area == known.policy_area);
      });
  return found == std::end(kMetrics) ? nullptr : found;
}

// Counts are rounded to 100,000 from a million, to 100 below, and to 10 below a
// hundred.
int64_t StepOf(int64_t count) {
  return count >= 1'000'000 ? 100'000 : count >= 100 ? 100 : 10;
}

bool SetRoundedCount(const Figure& figure, sdk::Observation* row) {
  int64_t count = 0;
  if (figure.form != FigureForm::kNumber || figure.percent ||
      !IsWhole(figure.lower, &count) || count < 0) {
    return false;
  }
  const int64_t half = StepOf(count) / 2;
  int64_t upper = 0;
  if (__builtin_add_overflow(count, half, &upper)) return false;
  row->state = sdk::State::kRounded;
  row->value = sdk::Decimal{count, 0};
  row->lower = sdk::Decimal{std::max<int64_t>(count - half, 0), 0};
  row->upper = sdk::Decimal{upper, 0};
  if (figure.approximate) row->flags |= COLLATE_FLAG_ESTIMATED;
  return true;
}

// False where the figure is not of the metric's kind.
bool SetFigure(Kind kind, Figure figure, sdk::Observation* row) {
  if (SetNotShown(figure, row)) return true;
  switch (kind) {
    case Kind::kRoundedCount:
      return SetRoundedCount(figure, row);
    case Kind::kPercent:
      return figure.form == FigureForm::kNumber && SetPercent(figure, row);
    case Kind::kPrevalence:
      return SetPercent(figure, row);
    case Kind::kUpperBound:
      if (figure.form == FigureForm::kNumber) {
        figure.form = FigureForm::kBelow;
        figure.lower = {};
      }
      return figure.form == FigureForm::kBelow && SetPercent(figure, row);
  }
  return false;
}

const char* Expected(Kind kind) {
  switch (kind) {
    case Kind::kRoundedCount:
      return "a whole number or N/A";
    case Kind::kPercent:
      return "a percentage such as 94.40%, or N/A";
    case Kind::kPrevalence:
      return "a percentage or a range such as 4%-5%, or N/A";
    case Kind::kUpperBound:
      return "the percentage that it is below, or N/A";
  }
  return "";
}

class Reader {
 public:
  Reader(sdk::Host& host, tabular::ByteSource& source,
         const ReadOptions& options)
      : host_(host), source_(source), options_(options) {}

  sdk::Status Ingest() {
    LongTable table;
    Status read =
        ReadLongTable(source_, options_, MetaHeader(), &table,
                      [this](const LongRow& row) { return Survey(row); });
    if (read.ok() && table.rows == 0) {
      read = Status(tabular::Error{.reason = "NOTHING_TO_READ",
                                   .message = "a header without a record",
                                   .locator = table.header.locator});
    }
    if (read.ok()) {
      COLLATE_SDK_RETURN_IF_ERROR(BeginTables(table));
      LongTable again;
      read = ReadLongTable(source_, options_, MetaHeader(), &again,
                           [this](const LongRow& row) { return Emit(row); });
      COLLATE_SDK_RETURN_IF_ERROR(stopped_);
    }
    if (!read.ok()) {
      read.error().part = options_.part;
      return tabular::Refuse(host_, read.error());
    }
    COLLATE_SDK_RETURN_IF_ERROR(aside_.Tell(host_));
    COLLATE_SDK_RETURN_IF_ERROR(TellFinerCounts());
    return AccountFor(host_, table, aside_.rows());
  }

 private:
  // The observation of a row, all but its table; `metric` is not null.
  Status Read(const LongRow& row, const Metric* metric, MonthSpan* quarter,
              sdk::Observation* out) const {
    if (!ParseQuarter(row.Text(kPeriod), quarter)) {
      const std::string found =
          tabular::Printable(std::string(row.Text(kPeriod)));
      return Status(
          tabular::Error{.reason = "INVALID_PERIOD",
                         .message = "a period that is no quarter: " + found,
                         .expected = "a quarter such as 2023Q3",
                         .found = found,
                         .locator = row.CellOf(kPeriod).locator});
    }
    for (const Role role : {kApp, kPolicyArea}) {
      if (!row.Text(role).empty()) continue;
      return Status(
          tabular::Error{.reason = "EMPTY_LABEL",
                         .message = "a figure of nothing that is named",
                         .expected = "an app and a policy area",
                         .locator = row.CellOf(role).locator});
    }
    *out = row.Observe(kValue);
    out->reporter = "Meta Platforms, Inc.";
    out->period = PeriodOf(*quarter, row.Text(kPeriod));
    out->dimensions = {{"geography", "Global"},
                       {"harm", std::string(row.Text(kPolicyArea))},
                       {"platform", std::string(row.Text(kApp))}};
    Figure figure;
    COLLATE_TABULAR_RETURN_IF_ERROR(FigureOf(row.CellOf(kValue), &figure));
    return SetFigure(metric->kind, figure, out)
               ? OkStatus()
               : RefuseFigure(row.CellOf(kValue), Expected(metric->kind));
  }

  Status Survey(const LongRow& row) {
    const Metric* metric = FindMetric(row);
    if (metric == nullptr) {
      aside_.Add("UNKNOWN_METRIC", std::string(row.Text(kMetric)),
                 row.CellOf(kMetric).locator);
      return OkStatus();
    }
    MonthSpan quarter;
    sdk::Observation out;
    COLLATE_TABULAR_RETURN_IF_ERROR(Read(row, metric, &quarter, &out));
    quarters_.insert(quarter);
    tables_.emplace(metric->table, 0);
    if (out.state == sdk::State::kRounded &&
        out.value->mantissa % StepOf(out.value->mantissa) != 0 &&
        finer_counts_++ == 0) {
      first_finer_count_ = out;
    }
    return OkStatus();
  }

  // In the order of the metrics, each once.
  sdk::Status BeginTables(const LongTable& read) {
    std::set<std::string> begun;
    for (const Metric& metric : kMetrics) {
      if (tables_.count(metric.table) == 0 ||
          !begun.insert(metric.table).second) {
        continue;
      }
      sdk::Table table;
      table.id = metric.table;
      table.title = std::string("Community Standards Enforcement Report, ") +
                    metric.measure;
      table.measure = metric.measure;
      table.unit = metric.unit;
      table.aggregation = metric.kind == Kind::kRoundedCount
                              ? sdk::Aggregation::kSum
                              : sdk::Aggregation::kNone;
      table.repeats = sdk::Repeats::kConflict;
      // Whether one item can be in two policy areas is not said.
      table.partition = sdk::Partition::kIncomplete;
      table.floor = sdk::Floor::kZero;
      table.extent = ExtentOf(quarters_);
      table.locator = tabular::ToSdk(read.header.locator);
      COLLATE_SDK_RETURN_IF_ERROR(
          host_.BeginTable(std::move(table), &tables_[metric.table]));
    }
    return sdk::OkStatus();
  }

  Status Emit(const LongRow& row) {
    const Metric* metric = FindMetric(row);
    if (metric == nullptr) return OkStatus();
    MonthSpan quarter;
    sdk::Observation out;
    COLLATE_TABULAR_RETURN_IF_ERROR(Read(row, metric, &quarter, &out));
    out.table = tables_.at(metric->table);
    stopped_ = host_.Emit(std::move(out));
    return stopped_.ok() ? OkStatus() : Status::Stop();
  }

  // Bounds by the rule hold for a figure that is printed more finely, too.
  sdk::Status TellFinerCounts() {
    if (finer_counts_ == 0) return sdk::OkStatus();
    return host_.Diagnose(
        {.severity = sdk::Severity::kWarning,
         .reason = "ROUNDED_OTHERWISE",
         .message = "counts that are not rounded as the rest are; they keep "
                    "the bounds of the rule",
         .expected = "a multiple of 100,000 from a million, of 100 below, of "
                     "10 below a hundred",
         .found = first_finer_count_.raw,
         .locator = first_finer_count_.locator,
         .repeats = finer_counts_});
  }

  sdk::Host& host_;
  tabular::ByteSource& source_;
  const ReadOptions& options_;
  std::set<MonthSpan> quarters_;
  std::map<std::string, uint64_t> tables_;  // id -> handle
  RowsAside aside_;
  uint64_t finer_counts_ = 0;
  sdk::Observation first_finer_count_;
  sdk::Status stopped_;
};

}  // namespace

bool NamesMetaCser(const Names& row) {
  return row.count("policy area") > 0 && row.count("metric") > 0 &&
         row.count("period") > 0;
}

sdk::Status IngestMetaCser(sdk::Host& host, const sdk::Document&,
                           tabular::ByteSource& source,
                           const ReadOptions& options) {
  return Reader(host, source, options).Ingest();
}

}  // namespace collate::transparency_report
