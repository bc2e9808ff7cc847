// How a cell came to be, as a tree of collate.v1 messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_EXPLANATION_H_
#define COLLATE_SERVICE_API_CONVERT_EXPLANATION_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collate/v1/explanation.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::api {

// The tree over `cell`, which was answered with its leaves. `check_size` is
// told how many bytes the tree has so far, and ends the work by its error.
absl::StatusOr<v1::Step> DerivationOf(
    const query::Cell& cell, const query::Plan& plan,
    const query::Snapshot& snapshot,
    absl::FunctionRef<absl::Status(int64_t bytes)> check_size);

// Fills `releases` from the printed cells of `derivation`.
absl::Status AddProvenance(const query::Snapshot& snapshot,
                           v1::ExplainCellResponse* response);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_EXPLANATION_H_
