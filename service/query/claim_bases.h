// Claims about one number: what each basis says of it.

#ifndef COLLATE_SERVICE_QUERY_CLAIM_BASES_H_
#define COLLATE_SERVICE_QUERY_CLAIM_BASES_H_

#include "absl/status/status.h"
#include "service/query/claim_inquiry.h"

namespace collate::query {

// A panel's sum and the sum of whoever answered, or a printed total.
void CompareValue(ClaimInquiry& inquiry, const ClaimAnswer& answer);

// The matched panel and as published; of a printed total as published and, if
// the claim says so, less those that are not in the later one. OUT_OF_RANGE
// (reason OVERFLOW); INVALID_CLAIM.
absl::Status CompareChange(ClaimInquiry& inquiry, const ClaimAnswer& answer);

// A printed percentage, or the quotient of counts.
void CompareShare(ClaimInquiry& inquiry, const ClaimAnswer& answer);

// From how many reporters a total is stated to be, or how many of a panel
// printed a figure.
void CompareCoverage(ClaimInquiry& inquiry, const ClaimAnswer& answer);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLAIM_BASES_H_
