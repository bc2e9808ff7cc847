// Plans of rates, changes and shares; every mistake of the caller with the path
// of its field. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_PLAN_DERIVATIONS_H_
#define COLLATE_SERVICE_QUERY_PLAN_DERIVATIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// `plan` has measures, dimensions, periods and panels; `path` is the
// derivation's field. UNKNOWN_MEASURE, UNKNOWN_MEMBER, INVALID_PERIOD,
// INVALID_QUERY, NON_ADDITIVE_DIMENSION.
absl::StatusOr<PlannedRate> PlanRate(const RateQuery& asked,
                                     const vocabulary::Vocabulary& vocabulary,
                                     const Plan& plan, const std::string& path);

// Without panels; `periods` are those asked for. INVALID_PERIOD, INVALID_QUERY;
// FAILED_PRECONDITION: PERIODS_UNEQUAL, PERIODS_OVERLAP.
absl::StatusOr<PlannedChange> PlanChange(
    const ChangeQuery& asked, const std::vector<vocabulary::Period>& periods,
    const std::string& path);

// INVALID_QUERY, UNKNOWN_DIMENSION; FAILED_PRECONDITION: UNIT_MISMATCH when a
// measure counts neither offences nor what offences name,
// NON_ADDITIVE_DIMENSION when several members stand in one share of offences.
absl::StatusOr<PlannedShare> PlanShare(const ShareQuery& asked,
                                       const vocabulary::Vocabulary& vocabulary,
                                       const Plan& plan,
                                       const std::string& path);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAN_DERIVATIONS_H_
