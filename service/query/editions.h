// What the editions of one source say of one key, one after the other.
//
// Pure function.

#ifndef COLLATE_SERVICE_QUERY_EDITIONS_H_
#define COLLATE_SERVICE_QUERY_EDITIONS_H_

#include <cstdint>
#include <optional>

#include "service/query/snapshot.h"

namespace collate::query {

struct EditionRow {
  const SliceTable* table = nullptr;
  uint32_t row = 0;
};

// The latest earlier statement of the row's key that does not fit the row, if
// neither the row nor the first edition that printed its number is flagged as
// revised. Looks at releases that stand and were known at `as_of`; nullopt
// where a key is made of several rows that are added.
std::optional<EditionRow> SilentlyReplaced(const Snapshot& snapshot,
                                           const SliceTable& table,
                                           uint32_t row, KnownTime as_of);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_EDITIONS_H_
