// What becomes of a whole cell that is incomplete or in conflict, where the
// query does not want it as it stands. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_POLICIES_H_
#define COLLATE_SERVICE_QUERY_POLICIES_H_

#include "absl/status/status.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// Whether a cell anywhere in the answer may refuse the question.
bool MayRefuse(const Plan& plan);

// Takes away a sum that is not to be given, and says whether it did, once
// coverage is complete.
bool WithholdIncomplete(const Plan& plan, Cell& cell);

// FAILED_PRECONDITION: INCOMPLETE or CONFLICT, which names the cell and who is
// missing or what both sides print. The cell's place is set.
absl::Status CheckPolicies(const Plan& plan, const Snapshot& snapshot,
                           const Cell& cell);

// CONFLICT, of a figure that is in no cell: a base or denominator. Its plan has
// one measure.
absl::Status CheckFigure(const Plan& plan, const Snapshot& snapshot,
                         const Leaf& leaf);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_POLICIES_H_
