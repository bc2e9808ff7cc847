// The rules of plausibility.h that compare parts with totals of one release:
// PARTS_V_TOTAL and PART_EXCEEDS_WHOLE.

#ifndef COLLATE_SERVICE_QUERY_PLAUSIBLE_PARTS_H_
#define COLLATE_SERVICE_QUERY_PLAUSIBLE_PARTS_H_

#include "absl/status/status.h"
#include "service/query/finding_builder.h"
#include "service/query/snapshot.h"

namespace collate::query {

// A level that does not stand for parts of other rows, as "force:subtotal".
bool IsPlain(const store::Axis& axis);

// Compares the rows of `parts` with the totals that the snapshot has for them;
// adds what is found to `builder`.
absl::Status SearchParts(const SliceTable& parts, FindingBuilder& builder);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAUSIBLE_PARTS_H_
