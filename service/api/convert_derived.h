// What a query asks to have computed from its cells. How that is answered,
// CellEncoder says.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_DERIVED_H_
#define COLLATE_SERVICE_API_CONVERT_DERIVED_H_

#include "collate/v1/derivation.pb.h"
#include "service/query/query.h"

namespace collate::api {

// A derivation that names no kind is a rate without a denominator, which the
// plan refuses.
query::DerivationQuery FromProto(const v1::Derivation& message);

// Brings it into its one form: lists sorted, defaults filled in.
void Canonicalise(v1::Derivation& derivation);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_DERIVED_H_
