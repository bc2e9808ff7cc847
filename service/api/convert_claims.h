// Claims and what became of them, as collate.v1 messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_CLAIMS_H_
#define COLLATE_SERVICE_API_CONVERT_CLAIMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collate/v1/claims.pb.h"
#include "collate/v1/statistics.pb.h"
#include "service/query/claims.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

// A claim as the service's own value, and its questions as messages, in the
// order of StatedClaim::questions, for the handles of their cells.
struct ReadClaim {
  query::StatedClaim claim;
  std::vector<v1::StatisticsQuery> questions;
};

// INVALID_ARGUMENT (reason INVALID_CLAIM) at the first field that is not as
// claims.proto has it.
absl::StatusOr<std::vector<ReadClaim>> FromProto(
    const v1::ClaimSet& set, const vocabulary::Vocabulary& vocabulary);

// What `query` asks together with what all claims of its set do; see
// ClaimSet.defaults.
v1::StatisticsQuery WithDefaults(const v1::StatisticsQuery& defaults,
                                 const v1::StatisticsQuery& query);

// Errors of query::Snapshot::Cite.
absl::StatusOr<v1::ClaimResult> ToProto(const query::CheckedClaim& checked,
                                        const ReadClaim& read,
                                        const query::Snapshot& snapshot);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_CLAIMS_H_
