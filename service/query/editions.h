// What the editions of one source say of one key, one after the other.
//
// Pure functions.

#ifndef COLLATE_SERVICE_QUERY_EDITIONS_H_
#define COLLATE_SERVICE_QUERY_EDITIONS_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
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

// What a number of today stands in place of, without a word.
struct Replacement {
  uint32_t row = 0;
  TableRows::Stored before;  // the row of the same table that it replaced
  // By how much the earlier number is more; its ends where it has them.
  int64_t value = 0;
  int64_t lower = 0;
  int64_t upper = 0;
  bool lower_open = false;
  bool upper_open = false;
};

// That of a row of a table that is not split, in mantissas of 10^-scale.
// OUT_OF_RANGE (reason OVERFLOW).
absl::StatusOr<std::optional<Replacement>> ReplacementBy(
    const Snapshot& snapshot, const SliceTable& table, uint32_t row, int scale);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_EDITIONS_H_
