// Which rows a question can touch: those that have to be fetched of tables that
// are away before it can be answered. More does no harm; without one of them an
// answer could be another.
//
// Pure functions.

#ifndef COLLATE_SERVICE_QUERY_FETCH_SCOPE_H_
#define COLLATE_SERVICE_QUERY_FETCH_SCOPE_H_

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "service/query/plan.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct FetchScope {
  // Rows of any period: whether a breakdown is complete is seen from all of
  // them.
  struct OfMeasure {
    // By dimension, the members that matter; every one where it is not named.
    std::map<std::string, std::set<vocabulary::MemberId>> members;
    std::optional<std::set<vocabulary::MemberId>> reporters;  // nullopt = all
  };

  std::map<std::string, OfMeasure> measures;  // by code; others not at all

  // Whether everything of another is in this one.
  bool Contains(const FetchScope& other) const;
};

FetchScope ScopeOf(const Plan& plan, const Snapshot& snapshot);

// All rows of all measures.
FetchScope EverythingIn(const Snapshot& snapshot);

// INTERNAL (reason ROWS_NOT_FETCHED) when the plan, or what looks at all rows,
// would miss some; all of these where sums stand for rows.
absl::Status CheckFetched(const Plan& plan, const Snapshot& snapshot);
absl::Status CheckAllFetched(const Snapshot& snapshot);
// The same when something was looked for, of which there are only sums.
absl::Status CheckNothingMissed(const Snapshot& snapshot);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_FETCH_SCOPE_H_
