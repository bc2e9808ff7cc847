// Looking for rows of chunks in ClickHouse: statements to one shard, and what
// comes of them.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_INDEX_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/clickhouse_client.h"
#include "service/store/clickhouse_rows.h"
#include "service/store/observation_index.h"
#include "service/store/wire.h"

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

  // Whether some of the chunks' rows may not be wanted.
  bool narrows() const;
};

// The same chunks, in lots that have no more rows than `rows`, where a chunk
// does not have more by itself.
std::vector<std::vector<ShardPart>> Batches(const std::vector<ShardPart>& parts,
                                            int64_t rows);

// The rows that are wanted of all parts, no more than `most`.
std::string SelectFound(const std::vector<ShardPart>& parts, int64_t most);
// How many those are: one number.
std::string CountFound(const std::vector<ShardPart>& parts);
// Answered alike as long as no part of the table was added, merged or lost.
extern const char kSelectParts[];
// How many rows there are of every chunk, whether they are wanted or not.
std::string CountStored(const std::vector<ShardPart>& parts);

// A statement and the sets that it names.
struct WithTables {
  std::string sql;
  std::vector<ClickHouseClient::Table> tables;
};
// The sums of what is wanted of a part, `by` as in SumsWanted; each row with
// one of the keys (as ReadKeys has them) by itself, with what is to be known of
// it.
WithTables SelectSums(const ShardPart& part, const std::vector<size_t>& by,
                      absl::string_view keys);
// The keys of all rows of a part's chunks.
std::string SelectKeys(const ShardPart& part);

// What SelectSums gave, added up for all parts.
class SumsReader {
 public:
  SumsReader();
  ~SumsReader();

  // How many rows that are, with those of keys. `with_keys`: there were some.
  // DATA_LOSS (reason CORRUPT_STORE).
  absl::StatusOr<uint64_t> Read(absl::string_view answer, const ShardPart& part,
                                size_t by, bool with_keys);
  // Of rows of keys.
  int64_t found() const { return found_; }
  ObservationIndex::Sums Take() &&;

 private:
  struct RowsOfRelease;

  uint32_t Number(absl::string_view text);
  // A row of a key, of which there is a sum and what follows in the answer.
  absl::Status ReadOwn(Reader& reader, const ShardPart& part, uint64_t own,
                       const ObservationIndex::Sums::Group& group);

  ObservationIndex::Sums sums_;
  int64_t found_ = 0;
  absl::flat_hash_map<std::string, uint32_t> strings_;
  absl::flat_hash_map<uint64_t, uint32_t> releases_;  // by their number
  // By release and slice.
  std::map<std::pair<uint32_t, std::string>, std::unique_ptr<RowsOfRelease>>
      rows_;
};

// Keys by release and chunk, as rows tell them.
using KeysOfChunks =
    absl::flat_hash_map<std::pair<uint64_t, uint32_t>, std::string>;
absl::StatusOr<KeysOfChunks> ReadKeys(absl::string_view answer);

// What SelectFound gave. DATA_LOSS (reason CORRUPT_STORE).
absl::StatusOr<std::vector<ObservationIndex::Found::Rows>> ReadFound(
    absl::string_view answer, const std::vector<ShardPart>& parts);
// DATA_LOSS (reason CORRUPT_STORE) unless CountStored gave what was stored.
absl::Status CheckStored(absl::string_view answer,
                         const std::vector<ShardPart>& parts);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_INDEX_H_
