// JSON-stat 2.0: a dataset, the cross product of the members that its rows
// have. `value` is sparse, `status` has the state of every row, and
// `extension` the rest: bounds, coverage, flags, releases and where the first
// number is printed, by position as `value` has it.
//
// A pure function.

#ifndef COLLATE_CLIENT_EXPORT_JSON_STAT_H_
#define COLLATE_CLIENT_EXPORT_JSON_STAT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/export/row.h"

namespace collate::client {

// Readers make room for all positions, filled or not.
inline constexpr int64_t kMaxJsonStatPositions = 1'000'000;

// RESOURCE_EXHAUSTED (reason JSON_STAT_TOO_LARGE, with `positions` and
// `limit`) when the cross product has more; FAILED_PRECONDITION (reason
// JSON_STAT_REPEATED_KEY, with both places) when two rows stand at one
// position.
absl::StatusOr<std::string> JsonStat(const ExportMetadata& metadata,
                                     const std::vector<ExportRow>& rows);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_JSON_STAT_H_
