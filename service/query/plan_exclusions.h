// The exclusions of a query, planned: members, periods and sources found, and
// the words in which an answer speaks of them. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_PLAN_EXCLUSIONS_H_
#define COLLATE_SERVICE_QUERY_PLAN_EXCLUSIONS_H_

#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// INVALID_ARGUMENT: UNKNOWN_MEMBER, UNKNOWN_MEASURE, UNKNOWN_SOURCE,
// INVALID_PERIOD, INVALID_EXCLUSION, each with field path, value and, for
// words, near matches.
absl::StatusOr<std::vector<PlannedExclusion>> PlanExclusions(
    const Query& query, const Snapshot& snapshot,
    const std::vector<const vocabulary::Measure*>& measures);

// ANALYST_EXCLUDED for each of `touched`, indexes into Plan::exclusions; and
// EXCLUSION_WITHOUT_EFFECT for the others where the `whole` answer was looked
// at.
std::vector<Caveat> ExclusionCaveats(const Plan& plan,
                                     const vocabulary::Dimension& reporters,
                                     const std::set<int>& touched, bool whole);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAN_EXCLUSIONS_H_
