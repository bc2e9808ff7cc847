// Chunks as citations and lists need them, read from the store when somebody
// asks and kept while there is room: what was used last stays longest.

#ifndef COLLATE_SERVICE_QUERY_CHUNK_CACHE_H_
#define COLLATE_SERVICE_QUERY_CHUNK_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "service/query/chunks.h"
#include "service/store/observations.h"
#include "service/store/store.h"

namespace collate::query {

// Thread-safe. Two callers that want a chunk that is not here both read it.
class ChunkCache {
 public:
  static constexpr size_t kMostBytes = size_t{256} << 20;

  // `store` must outlive it.
  explicit ChunkCache(const store::Store* store, size_t most_bytes = kMostBytes)
      : store_(store), most_bytes_(most_bytes) {}

  // Errors of Store::ReadChunk.
  absl::StatusOr<std::shared_ptr<const store::Observations>> Read(
      const std::string& release, uint32_t chunk);

 private:
  using Key = std::pair<std::string, uint32_t>;
  struct Kept {
    Key key;
    std::shared_ptr<const store::Observations> observations;
    size_t bytes = 0;
  };

  const store::Store* const store_;
  const size_t most_bytes_;
  std::mutex mutex_;      // guards the rest
  std::list<Kept> kept_;  // latest used first
  absl::flat_hash_map<Key, std::list<Kept>::iterator> at_;
  size_t bytes_ = 0;
};

// Those of a release that the store holds.
class StoredChunks final : public Chunks {
 public:
  // `summaries` are of what the store holds of it; `cache` must outlive it.
  StoredChunks(std::string release, std::vector<Summary> summaries,
               ChunkCache* cache)
      : Chunks(std::move(summaries)),
        release_(std::move(release)),
        cache_(cache) {}

  absl::StatusOr<std::shared_ptr<const store::Observations>> Read(
      uint32_t chunk) const override {
    return cache_->Read(release_, chunk);
  }

 private:
  const std::string release_;
  ChunkCache* const cache_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CHUNK_CACHE_H_
