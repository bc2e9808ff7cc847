// Findings of implausible figures as collate.v1 messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_FINDINGS_H_
#define COLLATE_SERVICE_API_CONVERT_FINDINGS_H_

#include "absl/status/statusor.h"
#include "collate/v1/findings.pb.h"
#include "service/query/plausibility.h"
#include "service/query/snapshot.h"

namespace collate::api {

// `finding` was found in `snapshot`.
// Errors of query::Snapshot::Cite.
absl::StatusOr<v1::Finding> ToProto(const query::Finding& finding,
                                    const query::Snapshot& snapshot);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_FINDINGS_H_
