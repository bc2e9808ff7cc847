// From a question in codes and text to members, periods and a panel; every
// mistake of the caller is found here, with the path of the field.

#ifndef COLLATE_SERVICE_QUERY_PLAN_H_
#define COLLATE_SERVICE_QUERY_PLAN_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct PlanOptions {
  // More cells than this are refused, never truncated.
  int64_t max_cells = 100000;
  // Decides whether a number that is not yet published is due.
  vocabulary::Day today = 0;
  // Every figure names all its rows; else it may have no more than how many
  // they are, and one of each release.
  bool list_rows = true;
};

// A dimension that the query names, other than `reporter`.
struct AskedDimension {
  const vocabulary::Dimension* dimension = nullptr;
  // The members asked for, in vocabulary order.
  std::vector<vocabulary::MemberId> members;
  bool grouped = false;
};

// The reporters that ought to be there in one period.
struct PeriodPanel {
  std::vector<vocabulary::MemberId> reporters;  // panel order
};

// A rate that the query asks for; the plan's measures are its numerators.
struct PlannedRate {
  const vocabulary::Measure* denominator = nullptr;
  vocabulary::Period period;
  int64_t per = 1000;
  std::vector<vocabulary::MemberId> numerator_only;  // sorted
};

// A change that the query asks for.
struct PlannedChange {
  MatchMethod match = MatchMethod::kAllPeriods;
  // All periods that take part: Plan::periods, then the base if it is none of
  // them; and the panel of each.
  std::vector<vocabulary::Period> periods;
  std::vector<PeriodPanel> panels;
  // For each of Plan::periods, the period that it is compared with, and what
  // is to be said of the two; itself where it is the base.
  struct Pair {
    int base = 0;  // index into `periods`
    bool unequal = false;
    bool overlapping = false;
  };
  std::vector<Pair> pairs;
};

// A share that the query asks for.
struct PlannedShare {
  // Index into Plan::dimensions of the dimension whose members have shares.
  size_t dimension = 0;
  std::string dimension_code;
  ShareBase base = ShareBase::kUnspecified;
  // For each of Plan::measures, the measure of its base.
  std::vector<const vocabulary::Measure*> base_measures;
  std::string base_universe;
};

// Figures that the query leaves out.
struct PlannedExclusion {
  vocabulary::MemberId reporter = vocabulary::kUnmapped;
  std::vector<vocabulary::DayInterval> periods;  // empty = every period
  std::vector<const vocabulary::Measure*> measures;
  std::string source;  // empty = all
  std::string reason;  // "left out on 2024-11-05: a typing error (by AB)"

  // Whether it is about a figure, of whatever source.
  bool Touches(const vocabulary::Measure& measure,
               vocabulary::MemberId reporter,
               const vocabulary::DayInterval& days) const;
  bool IsOf(const std::string& one) const {
    return source.empty() || source == one;
  }
};

using PlannedDerivation =
    std::variant<PlannedRate, PlannedChange, PlannedShare>;

// A plain struct, complete in itself: an engine needs it and a snapshot, or
// compiles it to SQL. Pointers live as long as the snapshot's vocabulary.
struct Plan {
  std::vector<const vocabulary::Measure*> measures;
  std::vector<AskedDimension> dimensions;              // sorted by code
  std::vector<const vocabulary::Dimension*> group_by;  // as asked
  std::vector<vocabulary::Period> periods;
  std::vector<PeriodPanel> panels;  // one per period
  std::string panel_code;           // empty for an ad-hoc panel
  std::string panel_title;
  bool grouped_by_reporter = false;
  // Reporters of any period, in panel order; the rows of a reporter axis.
  std::vector<vocabulary::MemberId> reporters;
  std::string universe;
  std::vector<std::string> sources;  // all, in the order in which they answer
  KnownTime as_of = kToday;
  // Only what is printed of the asked members themselves, in the asked
  // dimensions and universe, answers: no parts are added up, none is a bound.
  bool printed_only = false;
  std::vector<PlannedDerivation> derivations;
  MissingPolicy missing_policy = MissingPolicy::kReportAndBound;
  ConflictPolicy conflict_policy = ConflictPolicy::kReport;
  std::vector<PlannedExclusion> exclusions;  // in an order of their own
  // Releases that could take part and cannot be read: indexes into
  // Snapshot::releases().
  std::vector<uint32_t> unreadable;
  std::vector<Caveat> caveats;
  PlanOptions options;

  // Cells in the whole answer.
  int64_t cell_count = 0;
};

// A plan as far as it can be made, and what stands in its way.
struct CheckedPlan {
  // Complete when there are no problems. Otherwise it has what is sound of
  // measures and periods, and `cell_count` is 0 where it cannot be told.
  Plan plan;
  // As many as can be told at once, in the order in which they were found.
  std::vector<absl::Status> problems;
};

// Every problem is one that MakePlan refuses the query for.
CheckedPlan CheckPlan(const Query& query, const Snapshot& snapshot,
                      const PlanOptions& options);

// Refuses for the first problem.
// INVALID_ARGUMENT: UNKNOWN_MEASURE, UNKNOWN_DIMENSION, UNKNOWN_MEMBER,
// UNKNOWN_PANEL, UNKNOWN_SOURCE, INVALID_PERIOD, INVALID_QUERY, each with
// field path, value and near matches. FAILED_PRECONDITION:
// NON_ADDITIVE_DIMENSION, OVERLAPPING_MEMBERS, PUBLISHED_TOTAL_NOT_ADDED, and
// of derivations PERIODS_UNEQUAL, PERIODS_OVERLAP, UNIT_MISMATCH. UNAVAILABLE:
// SOURCE_UNREADABLE. RESOURCE_EXHAUSTED: CELL_LIMIT.
absl::StatusOr<Plan> MakePlan(const Query& query, const Snapshot& snapshot,
                              const PlanOptions& options);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAN_H_
