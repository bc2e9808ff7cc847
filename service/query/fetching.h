// Puts rows that stay in the store (SliceTable::away) into a snapshot, for as
// long as a question needs them. What was fetched becomes tables as it would
// have with all other rows, so that the engine that answers is the same.
//
// Stateless; safe to use from any thread.

#ifndef COLLATE_SERVICE_QUERY_FETCHING_H_
#define COLLATE_SERVICE_QUERY_FETCHING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/fetch_scope.h"
#include "service/query/snapshot.h"
#include "service/store/observation_index.h"

namespace collate::query {

struct Fetched {
  std::shared_ptr<const Snapshot> snapshot;
  // Indexes of releases of which some rows are on a shard that cannot be
  // reached, sorted, and why; `snapshot` is null then.
  std::vector<std::pair<uint32_t, absl::Status>> unreachable;
};

// `outer` with the rows of a scope, no more of them than `limit`. Errors of
// ObservationIndex::Find.
absl::StatusOr<Fetched> FetchRows(const Snapshot& outer,
                                  const store::ObservationIndex& index,
                                  FetchScope scope, int64_t limit);

// The tables of rows that were found: of keys that are there as a whole.
std::vector<SliceTable> TablesOf(
    const Snapshot& outer,
    const std::vector<store::ObservationIndex::Found::Rows>& rows);

// Whether a release that can be read in `current` cannot in `answering`, which
// was made of it for one question: so it is no answer for the next one.
bool LacksForNow(const Snapshot& answering, const Snapshot& current);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_FETCHING_H_
