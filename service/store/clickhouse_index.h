// Looking for rows of chunks in ClickHouse: statements to one shard, and what
// comes of them.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_INDEX_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/clickhouse_rows.h"
#include "service/store/observation_index.h"

namespace collate::store {

// Chunks of one slice on one shard, of which some rows are wanted.
struct ShardPart {
  struct Chunk {
    std::string release;
    uint32_t number = 0;
    ChunkPlace place;
  };
  const ObservationIndex::Wanted* wanted = nullptr;
  std::vector<Chunk> chunks;  // at least one
};

// The same chunks, in lots that have no more rows than `rows`, where a chunk
// does not have more by itself.
std::vector<std::vector<ShardPart>> Batches(const std::vector<ShardPart>& parts,
                                            int64_t rows);

// The rows that are wanted of all parts, no more than `most`.
std::string SelectFound(const std::vector<ShardPart>& parts, int64_t most);
// How many those are: one number.
std::string CountFound(const std::vector<ShardPart>& parts);
// How many rows there are of every chunk, whether they are wanted or not.
std::string CountStored(const std::vector<ShardPart>& parts);

// What SelectFound gave. DATA_LOSS (reason CORRUPT_STORE).
absl::StatusOr<std::vector<ObservationIndex::Found::Rows>> ReadFound(
    absl::string_view answer, const std::vector<ShardPart>& parts);
// DATA_LOSS (reason CORRUPT_STORE) unless CountStored gave what was stored.
absl::Status CheckStored(absl::string_view answer,
                         const std::vector<ShardPart>& parts);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_INDEX_H_
