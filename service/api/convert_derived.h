// What a query has computed from its cells, asked and answered, as collate.v1
// messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_DERIVED_H_
#define COLLATE_SERVICE_API_CONVERT_DERIVED_H_

#include "absl/status/statusor.h"
#include "collate/v1/derivation.pb.h"
#include "collate/v1/statistics.pb.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::api {

// A derivation that names no kind is a rate without a denominator, which the
// plan refuses.
query::DerivationQuery FromProto(const v1::Derivation& message);

// Brings it into its one form: lists sorted, defaults filled in.
void Canonicalise(v1::Derivation& derivation);

// `measure` indexes the plan's measures. With `cited` the printed cells of
// denominators and bases are named.
// Errors of query::Snapshot::Cite.
absl::StatusOr<v1::Derived> ToProto(const query::Derived& derived,
                                    const query::PlannedDerivation& planned,
                                    int measure,
                                    const query::Snapshot& snapshot,
                                    bool cited);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_DERIVED_H_
