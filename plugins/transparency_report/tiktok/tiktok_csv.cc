// Family `tiktok_csv`: the file of the Community Guidelines Enforcement Report
// since the last quarter of 2022, one figure a record:
//
//   Metric,Period type,Period,Policy type,Issue,Task type,Task,Location,Market,
//   Result
//
// Each file repeats older quarters. Counts and fractions share the column: the
// unit follows metric and task type, and a figure that does not fit it refuses
// the file at its cell (NOT_A_COUNT, NOT_A_FRACTION). A metric that no edition
// had is handed on in a table of its own whose unit is unknown, and reported
// (UNKNOWN_METRIC). Read twice, so that nothing is handed on of a file that is
// refused at its last line.

#include <map>
#include <set>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/families.h"
#include "plugins/transparency_report/long_table.h"
#include "plugins/transparency_report/tiktok/tiktok_record.h"
#include "plugins/transparency_report/tiktok/tiktok_tables.h"

namespace collate::transparency_report {
namespace {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Severity;
using sdk::State;
using tabular::NormaliseName;
using tabular::OkStatus;
using tabular::Status;

constexpr uint64_t kProgressRows = 4096;

// One finding for all records that have it.
struct Finding {
  sdk::Locator locator;  // of the first
  uint64_t repeats = 0;

  void Count(const sdk::Locator& at) {
    if (repeats++ == 0) locator = at;
  }
};

// A reason of one quarter, and the groups that it was printed in.
using ReasonKey = std::pair<int32_t, std::string>;

// What the first reading finds.
struct Survey {
  std::map<std::string, Finding> placeholders;  // by label as printed
  std::map<std::string, Finding> unknown;       // by metric as printed
  Finding blanks;
  std::map<ReasonKey, std::set<std::string>> groups;
  std::map<ReasonKey, Finding> two_groups;
};

class Surveyor {
 public:
  void Take(const TiktokRecord& record) {
    const sdk::Locator& place = record.observation.locator;
    for (size_t i = 0; i < record.placeholders.size(); ++i) {
      survey_.placeholders[record.observation.notes[i]].Count(
          tabular::ToSdk(record.placeholders[i]));
    }
    if (record.measure == nullptr) survey_.unknown[record.metric].Count(place);
    if (record.observation.state != State::kReported) {
      survey_.blanks.Count(place);
    }
    if (record.ban_group.empty()) return;
    const ReasonKey key = {record.observation.period.begin,
                           NormaliseName(record.ban_reason)};
    survey_.groups[key].insert(record.ban_group);
    if (survey_.groups[key].size() > 1) survey_.two_groups[key].Count(place);
  }

  const Survey& survey() const { return survey_; }

 private:
  Survey survey_;
};

sdk::Status Report(Host& host, const Survey& survey) {
  for (const auto& [note, finding] : survey.placeholders) {
    COLLATE_SDK_RETURN_IF_ERROR(
        host.Diagnose(Diagnostic{.severity = Severity::kWarning,
                                 .reason = "PLACEHOLDER_TEXT",
                                 .message = note + "; it is kept as written",
                                 .expected = "a label",
                                 .found = note,
                                 .locator = finding.locator,
                                 .repeats = finding.repeats}));
  }
  for (const auto& [metric, finding] : survey.unknown) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(Diagnostic{
        .severity = Severity::kWarning,
        .reason = "UNKNOWN_METRIC",
        .message = "what this metric and task type count is not known; its "
                   "records stand in a table of their own",
        .expected = "a metric and a task type of an earlier edition",
        .found = metric,
        .locator = finding.locator,
        .repeats = finding.repeats}));
  }
  if (survey.blanks.repeats > 0) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        Diagnostic{.severity = Severity::kInfo,
                   .reason = "RESULT_BLANK",
                   .message = "records without a result; none of them is zero",
                   .locator = survey.blanks.locator,
                   .repeats = survey.blanks.repeats}));
  }
  for (const auto& [key, finding] : survey.two_groups) {
    std::string groups;
    for (const std::string& group : survey.groups.at(key)) {
      groups += (groups.empty() ? "" : ", ") + group;
    }
    COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(
        Diagnostic{.severity = Severity::kWarning,
                   .reason = "REASON_IN_TWO_GROUPS",
                   .message = "one reason of one quarter stands under several "
                              "policy types, with a figure each; whether they "
                              "overlap is not said",
                   .expected = "a reason under one policy type",
                   .found = key.second + ": " + groups,
                   .locator = finding.locator,
                   .repeats = finding.repeats}));
  }
  return sdk::OkStatus();
}

// A figure without a group, of a reason that is also printed in one, is not
// of the whole reason.
void MarkPartOfReason(const Survey& survey, TiktokRecord* record) {
  const std::string& group = record->ban_group;
  if (group.empty() || !IsPlainTiktokGroup(group)) return;
  const ReasonKey key = {record->observation.period.begin,
                         NormaliseName(record->ban_reason)};
  if (survey.two_groups.count(key) == 0) return;
  record->observation.flags |= COLLATE_FLAG_DEFINITION_DIFFERS;
  record->observation.notes.push_back(
      "the same reason has another figure in a group of reasons");
}

}  // namespace

bool NamesTiktokCsv(const Names& row) {
  for (const char* name : {"metric", "period type", "policy type", "task type",
                           "market", "result"}) {
    if (row.count(name) == 0) return false;
  }
  return true;
}

sdk::Status IngestTiktokCsv(Host& host, const sdk::Document& document,
                            tabular::ByteSource& source,
                            const ReadOptions& options) {
  Surveyor surveyor;
  LongTable surveyed;
  Status status = ReadLongTable(
      source, options, TiktokHeader(), &surveyed, [&](const LongRow& row) {
        TiktokRecord record;
        COLLATE_TABULAR_RETURN_IF_ERROR(ReadTiktokRecord(row, &record));
        surveyor.Take(record);
        return OkStatus();
      });
  if (!status.ok()) return tabular::Refuse(host, status.error());
  if (surveyed.rows == 0) {
    return tabular::Refuse(host,
                           tabular::Error{.reason = "NOTHING_TO_READ",
                                          .message = "a header without records",
                                          .expected = "one record or more",
                                          .part = options.part,
                                          .locator = surveyed.header.locator});
  }
  const Survey& survey = surveyor.survey();
  COLLATE_SDK_RETURN_IF_ERROR(Report(host, survey));

  const uint32_t result = surveyed.header.column_of_role[kTiktokResult];
  const sdk::Locator header =
      tabular::ToSdk(surveyed.header.columns[result - 1].locator);
  TiktokTables tables(host);
  sdk::Status stopped;
  LongTable table;
  status = ReadLongTable(
      source, options, TiktokHeader(), &table, [&](const LongRow& row) {
        TiktokRecord record;
        COLLATE_TABULAR_RETURN_IF_ERROR(ReadTiktokRecord(row, &record));
        MarkPartOfReason(survey, &record);
        record.observation.headers = {
            header, tabular::ToSdk(row.CellOf(kTiktokMetric).locator)};
        stopped = record.measure == nullptr
                      ? tables.EmitUnknown(record.metric, header,
                                           std::move(record.observation))
                      : tables.Emit(*record.measure, header,
                                    std::move(record.observation));
        if (stopped.ok() && table.rows % kProgressRows == 0) {
          stopped = host.Progress(table.rows, surveyed.rows);
        }
        return stopped.ok() ? OkStatus() : Status::Stop();
      });
  if (!status.ok()) return tabular::Refuse(host, status.error());
  COLLATE_SDK_RETURN_IF_ERROR(stopped);
  return AccountFor(host, table);
}

}  // namespace collate::transparency_report
