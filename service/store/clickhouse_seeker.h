// Looks for rows, and has them added up, on the shards of a ClickHouse store.
//
// Every shard is asked by itself and not by way of a Distributed table, so that
// one that does not answer is known by name, with what is on it.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_SEEKER_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_SEEKER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/clickhouse_index.h"
#include "service/store/clickhouse_rows.h"
#include "service/store/clickhouse_shard.h"
#include "service/store/observation_index.h"

namespace collate::store {

using Shards = std::vector<std::unique_ptr<Shard>>;

// The shard that a row names. FAILED_PRECONDITION (reason INVALID_CONFIG).
absl::StatusOr<const Shard*> ShardAt(const Shards& shards, uint32_t number);

class ClickHouseSeeker final : public ObservationIndex {
 public:
  // Of a release that is published, where its rows are. NOT_FOUND.
  using DirectoryOf =
      std::function<absl::StatusOr<std::shared_ptr<const Directory>>(
          absl::string_view release)>;

  // `shards` must outlive it.
  ClickHouseSeeker(const Shards* shards, DirectoryOf directory_of)
      : shards_(*shards), directory_of_(std::move(directory_of)) {}

  absl::StatusOr<std::vector<std::pair<Slice, int64_t>>> CountRows(
      absl::string_view release) const override;
  absl::StatusOr<Found> Find(const std::vector<Wanted>& wanted,
                             int64_t limit) const override;
  absl::StatusOr<Sums> Sum(const SumsWanted& wanted,
                           int64_t limit) const override;

 private:
  using ByShard = std::map<uint32_t, std::vector<ShardPart>>;
  absl::StatusOr<ByShard> PlaceParts(const std::vector<Wanted>& wanted) const;
  // Runs `ask`, which looks through chunks of one shard, and makes sure that
  // nothing is missing of them: they are counted beside it, or were before, and
  // the parts of the table are still the same.
  absl::Status AskCounted(uint32_t shard, const std::vector<ShardPart>& parts,
                          const std::function<void()>& ask) const;
  // Rows of no more than `limit` on one shard.
  absl::StatusOr<std::vector<Found::Rows>> FindOn(
      uint32_t shard, const std::vector<ShardPart>& parts, int64_t limit) const;
  // The answers to SelectSums of each part, on one shard.
  absl::StatusOr<std::vector<std::string>> SumOn(
      uint32_t shard, const std::vector<ShardPart>& parts,
      const std::vector<size_t>& by, const std::string& keys) const;
  // The keys of all rows of chunks, as a set of SelectSums. Those on shards
  // that cannot be reached are added to `unreachable`.
  absl::StatusOr<std::string> KeysOf(
      const std::vector<Chunk>& chunks,
      std::vector<std::pair<Chunk, absl::Status>>* unreachable) const;
  absl::Status FetchLimit(int64_t rows, int64_t limit) const;

  const Shards& shards_;
  const DirectoryOf directory_of_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex keys_mutex_;  // guards the next one
  // What never changes: keys by release and chunk.
  mutable KeysOfChunks keys_;
  // What was counted on a shard, while its parts were these.
  struct Counted {
    std::string parts;
    absl::flat_hash_set<std::pair<uint64_t, uint32_t>> chunks;
  };
  mutable std::mutex counted_mutex_;  // guards the next one
  mutable std::map<uint32_t, Counted> counted_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_SEEKER_H_
