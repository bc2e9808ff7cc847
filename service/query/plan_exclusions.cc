#include "service/query/plan_exclusions.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/plan_checks.h"
#include "service/query/selection.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::MemberId;

constexpr size_t kMaxExclusions = 100;
constexpr size_t kMaxReasonBytes = 1000;
// Of all exclusions together: every figure is held against every period, and
constexpr size_t kMaxAllReasonBytes = 10'000;
constexpr size_t kMaxRoleBytes = 64;

absl::Status InvalidExclusion(absl::string_view message,
                              absl::string_view path) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_EXCLUSION",
                     message)
      .Field(path, message);
}

absl::Status CheckWords(const Exclusion& exclusion, const std::string& path) {
  if (exclusion.reason.empty()) {
    return InvalidExclusion("an exclusion says why", path + ".reason");
  }
  if (exclusion.reason.size() > kMaxReasonBytes) {
    return InvalidExclusion(
        absl::StrCat("a reason has at most ", kMaxReasonBytes, " bytes"),
        path + ".reason");
  }
  if (!vocabulary::ParseDay(exclusion.date).ok()) {
    return InvalidExclusion(
        absl::StrCat("'", exclusion.date,
                     "' is not the day on which it was decided, as YYYY-MM-DD"),
        path + ".date");
  }
  if (exclusion.decided_by.size() > kMaxRoleBytes) {
    return InvalidExclusion(
        absl::StrCat("who decided it is a role or initials, of at most ",
                     kMaxRoleBytes, " bytes"),
        path + ".decided_by");
  }
  return absl::OkStatus();
}

absl::StatusOr<PlannedExclusion> PlanOne(
    const Exclusion& exclusion, const Snapshot& snapshot,
    const std::vector<const Measure*>& measures, const std::string& path) {
  const Dimension& reporters = snapshot.vocabulary().reporters();
  COLLATE_RETURN_IF_ERROR(CheckWords(exclusion, path));
  PlannedExclusion planned;
  const auto reporter = reporters.Find(exclusion.reporter);
  if (!reporter.has_value()) {
    return UnknownWord("UNKNOWN_MEMBER", "reporter", exclusion.reporter,
                       path + ".reporter",
                       reporters.NearMatches(exclusion.reporter));
  }
  planned.reporter = *reporter;
  for (size_t i = 0; i < exclusion.periods.size(); ++i) {
    COLLATE_ASSIGN_OR_RETURN(
        const vocabulary::Period period,
        ParsePeriodAt(exclusion.periods[i],
                      absl::StrCat(path, ".periods[", i, "]")));
    planned.periods.push_back(period.days);
  }
  std::sort(planned.periods.begin(), planned.periods.end());
  planned.measures = measures;
  if (!exclusion.measure.empty()) {
    COLLATE_ASSIGN_OR_RETURN(
        const Measure* measure,
        FindMeasureAt(snapshot.vocabulary(), exclusion.measure,
                      path + ".measure"));
    if (!std::count(measures.begin(), measures.end(), measure)) {
      return InvalidExclusion(absl::StrCat("measure '", exclusion.measure,
                                           "' is none of the query's"),
                              path + ".measure");
    }
    planned.measures = {measure};
  }
  if (!exclusion.source.empty()) {
    COLLATE_RETURN_IF_ERROR(
        CheckSourceAt(snapshot, exclusion.source, path + ".source"));
    planned.source = exclusion.source;
  }
  planned.reason =
      absl::StrCat("left out on ", exclusion.date, ": ", exclusion.reason);
  if (!exclusion.decided_by.empty()) {
    absl::StrAppend(&planned.reason, " (by ", exclusion.decided_by, ")");
  }
  return planned;
}

// "Title of p, 2017/18, of source first".
std::string WhatIsLeftOut(const PlannedExclusion& exclusion,
                          const Dimension& reporters) {
  std::vector<std::string> parts = {reporters.member(exclusion.reporter).title};
  for (const DayInterval& days : exclusion.periods) {
    parts.push_back(vocabulary::FormatPeriod(vocabulary::PeriodOf(days)));
  }
  if (!exclusion.source.empty()) {
    parts.push_back(absl::StrCat("of source ", exclusion.source));
  }
  return absl::StrJoin(parts, ", ");
}

}  // namespace

bool PlannedExclusion::Touches(const Measure& measure, MemberId one,
                               const DayInterval& days) const {
  return one == reporter &&
         std::count(measures.begin(), measures.end(), &measure) > 0 &&
         (periods.empty() || std::any_of(periods.begin(), periods.end(),
                                         [&](const DayInterval& period) {
                                           return period.Overlaps(days);
                                         }));
}

absl::StatusOr<std::vector<PlannedExclusion>> PlanExclusions(
    const Query& query, const Snapshot& snapshot,
    const std::vector<const Measure*>& measures) {
  if (query.exclusions.size() > kMaxExclusions) {
    return InvalidExclusion(
        absl::StrCat("at most ", kMaxExclusions, " exclusions can be made"),
        "query.exclusions");
  }
  size_t periods = 0;
  size_t bytes = 0;
  for (const Exclusion& one : query.exclusions) {
    periods += one.periods.size();
    bytes += one.reason.size();
  }
  if (periods > kMaxPeriods) {
    return InvalidExclusion(absl::StrCat("exclusions have at most ",
                                         kMaxPeriods, " periods in all"),
                            "query.exclusions");
  }
  if (bytes > kMaxAllReasonBytes) {
    return InvalidExclusion(
        absl::StrCat("the reasons of all exclusions have at most ",
                     kMaxAllReasonBytes, " bytes together"),
        "query.exclusions");
  }
  std::vector<PlannedExclusion> planned;
  for (size_t i = 0; i < query.exclusions.size(); ++i) {
    COLLATE_ASSIGN_OR_RETURN(
        planned.emplace_back(),
        PlanOne(query.exclusions[i], snapshot, measures,
                absl::StrCat("query.exclusions[", i, "]")));
  }
  // The same exclusions in another order are the same question.
  const auto order = [](const PlannedExclusion& one) {
    return std::tie(one.reporter, one.periods, one.source, one.reason);
  };
  std::stable_sort(
      planned.begin(), planned.end(),
      [&order](const auto& a, const auto& b) { return order(a) < order(b); });
  return planned;
}

std::vector<Caveat> ExclusionCaveats(const Plan& plan,
                                     const Dimension& reporters,
                                     const std::set<int>& touched, bool whole) {
  std::vector<Caveat> caveats;
  for (size_t i = 0; i < plan.exclusions.size(); ++i) {
    const PlannedExclusion& exclusion = plan.exclusions[i];
    const std::string words = absl::StrCat(WhatIsLeftOut(exclusion, reporters),
                                           ": ", exclusion.reason);
    if (touched.contains(static_cast<int>(i))) {
      caveats.push_back({"ANALYST_EXCLUDED", words});
    } else if (whole) {
      caveats.push_back(
          {"EXCLUSION_WITHOUT_EFFECT",
           absl::StrCat("No figure of the answer is touched by it. ", words)});
    }
  }
  return caveats;
}

}  // namespace collate::query
