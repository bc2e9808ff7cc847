// Claims about an order: the greatest, the least or the first of some periods,
// and a place among members.

#ifndef COLLATE_SERVICE_QUERY_CLAIM_ORDERS_H_
#define COLLATE_SERVICE_QUERY_CLAIM_ORDERS_H_

#include "absl/status/status.h"
#include "service/query/claim_inquiry.h"

namespace collate::query {

// Every period of the answer that the claim is about. INVALID_CLAIM.
absl::Status CompareExtreme(ClaimInquiry& inquiry, const ClaimAnswer& answer);

// Every member of the answer. INVALID_CLAIM.
absl::Status CompareRank(ClaimInquiry& inquiry, const ClaimAnswer& answer);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLAIM_ORDERS_H_
