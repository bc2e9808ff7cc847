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

  // Rows to be added up where they are.
  struct SumsWanted {
    // Of slices with the same dimensions; no code of them is loose.
    std::vector<Wanted> rows;
    // Numbers of the axes to keep apart, ascending; the others are added over.
    std::vector<size_t> by;
    // Chunks whose keys (codes, period) may be printed elsewhere, too: rows of
    // such a key, in whichever chunk, are found instead.
    std::vector<Chunk> shared;
  };
  struct Sums {
    // Rows that have everything down to `reason` in common.
    struct Group {
      uint32_t release = 0;   // index into `releases`
      uint32_t reporter = 0;  // its code: index into `strings`
      vocabulary::Day period_begin = 0;
      vocabulary::Day period_end = 0;
      vocabulary::State state = vocabulary::State::kUnspecified;
      uint32_t flags = 0;
      uint8_t has = 0;
      uint32_t reason = 0;  // index into `strings`
      uint64_t rows = 0;
      int64_t value = 0;
      int64_t lower = 0;  // 0 is added for one below
      int64_t upper = 0;
      // Of each row's codes along all axes one number; groups with as many rows
      // and the same sum of them have rows of the same codes.
      uint64_t places = 0;
    };
    std::vector<std::string> strings;   // the first is ""
    std::vector<std::string> releases;  // names
    std::vector<Group> groups;          // in no order, some may be of one kind
    // Of each group its codes along `by`: indexes into `strings`.
    std::vector<uint32_t> members;
    // Rows of shared keys, and of each the number that is in Group::places.
    std::vector<Found::Rows> rows;
    std::vector<std::vector<uint64_t>> places;
    // As in Found.
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

  // Numbers are added without a look at whether they fit. No more than `limit`
  // rows are found; errors of Find.
  virtual absl::StatusOr<Sums> Sum(const SumsWanted& wanted,
                                   int64_t limit) const = 0;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_OBSERVATION_INDEX_H_
