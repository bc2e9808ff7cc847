// Claims about whose part something is, by the vocabulary.

#ifndef COLLATE_SERVICE_QUERY_CLAIM_MEMBERSHIP_H_
#define COLLATE_SERVICE_QUERY_CLAIM_MEMBERSHIP_H_

#include "absl/status/status.h"
#include "service/query/claim_inquiry.h"

namespace collate::query {

// INVALID_CLAIM for a word that the vocabulary does not know.
absl::Status CompareMembership(ClaimInquiry& inquiry);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLAIM_MEMBERSHIP_H_
