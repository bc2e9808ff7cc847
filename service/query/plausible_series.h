// The rules of plausibility.h that look along time at one cell of one reporter:
// LEVEL_SHIFT, REPEATED_VALUE and PART_YEAR.

#ifndef COLLATE_SERVICE_QUERY_PLAUSIBLE_SERIES_H_
#define COLLATE_SERVICE_QUERY_PLAUSIBLE_SERIES_H_

#include "absl/status/status.h"
#include "service/query/finding_builder.h"
#include "service/query/snapshot.h"

namespace collate::query {

// Adds what is found to `builder`.
absl::Status SearchSeries(const SliceTable& table, FindingBuilder& builder);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PLAUSIBLE_SERIES_H_
