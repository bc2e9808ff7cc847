// What is published of a measure, whatever a question asks: which sources,
// breakdowns, periods and reporters there are.
//
// Pure functions over a snapshot.

#ifndef COLLATE_SERVICE_QUERY_AVAILABILITY_H_
#define COLLATE_SERVICE_QUERY_AVAILABILITY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/query/plan.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct AvailableDimension {
  const vocabulary::Dimension* dimension = nullptr;
  std::string level;
  std::set<vocabulary::MemberId> members;
};

// Earliest first, longest first of one start.
struct PeriodOrder {
  bool operator()(const vocabulary::Period& a,
                  const vocabulary::Period& b) const {
    if (a.days.begin != b.days.begin) return a.days.begin < b.days.begin;
    return a.days.end > b.days.end;
  }
};
using Periods = std::set<vocabulary::Period, PeriodOrder>;

// What one source publishes of one measure in one breakdown.
struct Available {
  const vocabulary::Measure* measure = nullptr;
  std::string source;
  std::string universe;
  store::Partition partition = store::Partition::kIncomplete;
  std::vector<AvailableDimension> dimensions;  // sorted by code
  Periods periods;
  std::set<vocabulary::MemberId> reporters;
  int64_t rows = 0;
};

// By measure as given, then source in default order, then breakdown. Figures
// with a label that nobody knows are not among them. CANCELLED.
absl::StatusOr<std::vector<Available>> AvailabilityOf(
    const Snapshot& snapshot,
    const std::vector<const vocabulary::Measure*>& measures, KnownTime as_of,
    const std::function<bool()>& cancelled);

// Of one measure of a plan: the periods of printed figures that share days
// with another period, one of the plan, by the group_by members of the cells
// that they belong to. CANCELLED.
absl::StatusOr<std::map<Coordinates, Periods>> UnalignedPeriods(
    const Snapshot& snapshot, const Plan& plan,
    const vocabulary::Measure& measure, const std::function<bool()>& cancelled);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_AVAILABILITY_H_
