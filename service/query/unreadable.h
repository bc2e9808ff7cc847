// Releases that the store holds and cannot read: which questions they could
// take part in, and how those are refused or answered without them. A release
// claims the measures, reporters and periods of its extents; one without any
// may hold everything. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_UNREADABLE_H_
#define COLLATE_SERVICE_QUERY_UNREADABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Those that stand, were known by `as_of` and claim one of the measures:
// indexes into Snapshot::releases().
std::vector<uint32_t> UnreadableReleases(
    const Snapshot& snapshot,
    const std::vector<const vocabulary::Measure*>& measures, KnownTime as_of);

// Whether one may have a figure of the reporter for some of the days.
bool MayHold(const Snapshot& snapshot, uint32_t release,
             const vocabulary::Measure& measure, vocabulary::MemberId reporter,
             const vocabulary::DayInterval& days);

// "sources/first/releases/1, sources/first/releases/2".
std::string NamesOf(const Snapshot& snapshot,
                    const std::vector<uint32_t>& releases);

// UNAVAILABLE (reason SOURCE_UNREADABLE) that names them.
absl::Status SourceUnreadable(const Snapshot& snapshot,
                              const std::vector<uint32_t>& releases,
                              absl::string_view what_to_do);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_UNREADABLE_H_
