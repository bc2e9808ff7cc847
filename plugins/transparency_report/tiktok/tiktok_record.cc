#include "plugins/transparency_report/tiktok/tiktok_record.h"

#include <utility>

#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/figure_text.h"
#include "plugins/transparency_report/tiktok/tiktok_tables.h"

namespace collate::transparency_report {
namespace {

using sdk::State;
using tabular::NormaliseName;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;

bool IsAll(std::string_view label) { return NormaliseName(label) == "all"; }

Status Fault(const char* reason, std::string message, std::string expected,
             const tabular::Cell& cell) {
  return Status(tabular::Error{.reason = reason,
                               .message = std::move(message),
                               .expected = std::move(expected),
                               .found = Printable(std::string(cell.text)),
                               .locator = cell.locator});
}

Status ReadPeriod(const LongRow& row, TiktokRecord* record) {
  const auto period = ParseTiktokPeriod(row.Text(kTiktokPeriod));
  if (!period.has_value()) {
    return Fault("INVALID_PERIOD", "not a quarter or half of a year",
                 "a period such as Jul-Sep 2022", row.CellOf(kTiktokPeriod));
  }
  const std::string type = NormaliseName(row.Text(kTiktokPeriodType));
  const bool is_quarter = period->kind == sdk::PeriodKind::kCalendarQuarter;
  if (type != "quarterly" && type != "half-year") {
    return Fault("INVALID_PERIOD", "a type of period that no edition had",
                 "quarterly or half-year", row.CellOf(kTiktokPeriodType));
  }
  if (is_quarter != (type == "quarterly")) {
    return Fault("PERIOD_CONFLICT",
                 "the period is not of the type that stands beside it",
                 is_quarter ? "quarterly" : "half-year",
                 row.CellOf(kTiktokPeriodType));
  }
  record->observation.period = *period;
  return OkStatus();
}

Status ReadMetric(const LongRow& row, TiktokRecord* record) {
  const std::string_view metric = row.Text(kTiktokMetric);
  const std::string_view task_type = row.Text(kTiktokTaskType);
  const std::string_view task = row.Text(kTiktokTask);
  record->metric = metric;
  if (!IsAll(task_type)) record->metric += ", " + std::string(task_type);
  if (IsAll(task_type) != IsAll(task)) {
    return Fault("ROW_CONTRADICTION",
                 "a task without a type of task, or a type without a task",
                 "All in both, or in none", row.CellOf(kTiktokTask));
  }
  const auto meaning = FindTiktokMeaning(metric, task_type);
  if (!meaning.has_value()) {
    if (!IsAll(task)) {
      record->observation.notes.push_back("task: " + std::string(task));
    }
    return OkStatus();
  }
  record->measure = meaning->measure;
  if (!meaning->task_axis.empty()) {
    record->observation.dimensions.emplace_back(meaning->task_axis, task);
  }
  return OkStatus();
}

Status ReadPolicy(const LongRow& row, TiktokRecord* record) {
  const std::string type = NormaliseName(row.Text(kTiktokPolicyType));
  const std::string issue(row.Text(kTiktokIssue));
  std::vector<sdk::Pair>& axes = record->observation.dimensions;
  if (type == "all") {
    if (IsAll(issue)) return OkStatus();
    // Of whatever level: nobody knows it, and it must not be lost.
    if (IsTiktokPlaceholder(issue)) {
      axes.emplace_back("harm", issue);
      return OkStatus();
    }
    return Fault("ROW_CONTRADICTION", "a policy without a type of policy",
                 "All, or a type of policy beside it",
                 row.CellOf(kTiktokIssue));
  }
  if (IsAll(issue)) {
    return Fault("ROW_CONTRADICTION", "a type of policy without a policy",
                 "a policy, or All beside it", row.CellOf(kTiktokIssue));
  }
  if (type == "issue" || type == "issue policy" || type == "policy") {
    axes.emplace_back("harm", issue);
    return OkStatus();
  }
  if (type == "community guidelines policy" || type == "sub-policy") {
    axes.emplace_back("harm", SubPolicyLabel(issue));
    return OkStatus();
  }
  if (type == "ban reason" || type == "ban reason - safety" ||
      type == "ban reason - security") {
    axes.emplace_back("ban_reason", issue);
    record->ban_group = row.Text(kTiktokPolicyType);
    record->ban_reason = issue;
    if (!IsPlainTiktokGroup(record->ban_group)) {
      axes.emplace_back("ban_reason_group", record->ban_group);
    }
    return OkStatus();
  }
  return Fault("UNKNOWN_POLICY_TYPE", "a type of policy that no edition had",
               "Policy, Sub-policy, Ban reason, or a name that they had before",
               row.CellOf(kTiktokPolicyType));
}

Status ReadPlace(const LongRow& row, TiktokRecord* record) {
  const std::string location = NormaliseName(row.Text(kTiktokLocation));
  const std::string_view market = row.Text(kTiktokMarket);
  if (location != "all" && location != "market" && location != "language") {
    return Fault("UNKNOWN_LOCATION", "a kind of place that no edition had",
                 "All, Market or Language", row.CellOf(kTiktokLocation));
  }
  const bool open = IsTiktokPlaceholder(market);
  if (!open && (location == "all") != IsAll(market)) {
    return Fault("ROW_CONTRADICTION",
                 "a market without a kind of place, or a kind without one",
                 "All in both, or in none", row.CellOf(kTiktokMarket));
  }
  record->observation.dimensions.emplace_back(
      location == "language" ? "language" : "geography", market);
  return OkStatus();
}

Status ReadResult(const LongRow& row, TiktokRecord* record) {
  const tabular::Cell& cell = row.CellOf(kTiktokResult);
  sdk::Observation& out = record->observation;
  out.raw = cell.text;
  out.locator = tabular::ToSdk(cell.locator);
  Figure figure;
  if (Status status = ParseFigure(cell.text, &figure); !status.ok()) {
    status.error();
    status.error().locator = cell.locator;
    return status;
  }
  if (figure.form == FigureForm::kBlank) {
    const bool market = NormaliseName(row.Text(kTiktokLocation)) == "market";
    out.state = market ? State::kSuppressed : State::kNotShown;
    out.reason = market ? "blank: withheld, as figures of small markets are"
                        : "blank, without a word why";
    return OkStatus();
  }
  if (figure.form != FigureForm::kNumber || figure.percent ||
      figure.approximate) {
    return Fault("UNPARSED_RESULT", "a result that is no plain number",
                 "a number such as 920793.0 or 0.821, or nothing", cell);
  }
  if (record->measure != nullptr) {
    Status status = CheckTiktokNumber(*record->measure, figure.lower,
                                      std::string(cell.text));
    if (!status.ok()) {
      status.error();
      status.error().locator = cell.locator;
      return status;
    }
  }
  out.state = State::kReported;
  out.value = figure.lower;
  return OkStatus();
}

}  // namespace

bool IsPlainTiktokGroup(const std::string& group) {
  return NormaliseName(group) == "ban reason";
}

tabular::HeaderSpec TiktokHeader() {
  return {.roles = {{"Metric", {"Metric"}},
                    {"Period type", {"Period type"}},
                    {"Period", {"Period"}},
                    {"Policy type", {"Policy type"}},
                    {"Issue", {"Issue", "Issue policy"}},
                    {"Task type", {"Task type"}},
                    {"Task", {"Task"}},
                    {"Location", {"Location"}},
                    {"Market", {"Market"}},
                    {"Result", {"Result"}}},
          .search_rows = 1};
}

Status ReadTiktokRecord(const LongRow& row, TiktokRecord* record) {
  *record = TiktokRecord();
  for (int role = 0; role < kTiktokResult; ++role) {
    if (row.Text(role).empty()) {
      return Fault("EMPTY_LABEL", "a figure of which a label is missing",
                   "a label in each cell before the result", row.CellOf(role));
    }
  }
  for (const int role : {kTiktokIssue, kTiktokTask, kTiktokMarket}) {
    if (!IsTiktokPlaceholder(row.Text(role))) continue;
    record->placeholders.push_back(row.CellOf(role).locator);
    record->observation.notes.push_back("the label " + std::string("'") +
                                        std::string(row.Text(role)) + "'" +
                                        " is text of a template");
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadPeriod(row, record));
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadMetric(row, record));
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadPolicy(row, record));
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadPlace(row, record));
  return ReadResult(row, record);
}

}  // namespace collate::transparency_report
