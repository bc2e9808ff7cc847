// Rows of stored chunks by what they are of, from a store that can look for
// them where they lie: for figures that one machine cannot hold.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_STORE_OBSERVATION_INDEX_H_
#define COLLATE_SERVICE_STORE_OBSERVATION_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"

namespace collate::store {

class ObservationIndex {
 public:
  struct Chunk {
    std::string release;
    uint32_t chunk = 0;
  };
  // What a row's code along an axis, or that of its reporter, has to be for the
  // row to be wanted.
  struct Codes {
    // One of those, sorted; nullopt for any.
    std::optional<std::vector<std::string>> wanted;
    // A row with one of these is wanted whatever else it is of, and comes with
    // its labels.
    std::vector<std::string> loose;
  };
  // Rows of chunks of one slice; of other chunks there are none.
  struct Wanted {
    std::vector<Chunk> chunks;
    std::vector<Codes> axes;  // as the slice has them
    Codes reporter;
  };

  struct Found {
    // Of one release and one of the wanted. Of the columns there are only
    // members, labels (empty unless some code is loose), periods, states,
    // flags, numbers, reasons and records.
    struct Rows {
      std::string release;
      Observations observations;
      // Of each: the chunk and its number in that.
      std::vector<uint32_t> chunk;
      std::vector<uint32_t> row;
    };
    std::vector<Rows> rows;
    // Chunks on shards that cannot be reached, and why.
    std::vector<std::pair<Chunk, absl::Status>> unreachable;
  };

  virtual ~ObservationIndex() = default;

  // How many rows of each slice a release has.
  virtual absl::StatusOr<std::vector<std::pair<Slice, int64_t>>> CountRows(
      absl::string_view release) const = 0;

  // In no order. RESOURCE_EXHAUSTED (reason FETCH_LIMIT, with `observations`
  // and `limit`) when there are more than `limit`; DATA_LOSS (reason
  // CORRUPT_STORE) when a chunk has not the rows that it was stored with.
  virtual absl::StatusOr<Found> Find(const std::vector<Wanted>& wanted,
                                     int64_t limit) const = 0;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_OBSERVATION_INDEX_H_
