#include "service/query/chunk_cache.h"

#include <utility>

#include "service/base/status_macros.h"

namespace collate::query {
namespace {

// Of memory that the columns and strings take, nearly.
size_t BytesOf(const store::Observations& chunk) {
  const size_t columns = 6 * sizeof(uint32_t) + 3 * sizeof(int64_t) +
                         sizeof(uint64_t) + sizeof(store::Locator) + 8 +
                         chunk.axes.size() * 2 * sizeof(uint32_t);
  size_t bytes = sizeof(chunk) + chunk.row_count() * columns;
  for (const std::string& text : chunk.strings) {
    bytes += sizeof(text) + text.capacity();
  }
  return bytes;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const store::Observations>> ChunkCache::Read(
    const std::string& release, uint32_t chunk) {
  const Key key(release, chunk);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = at_.find(key); found != at_.end()) {
      kept_.splice(kept_.begin(), kept_, found->second);
      return kept_.front().observations;
    }
  }
  COLLATE_ASSIGN_OR_RETURN(store::Observations read,
                           store_->ReadChunk(release, chunk));
  auto observations =
      std::make_shared<const store::Observations>(std::move(read));
  const size_t bytes = BytesOf(*observations);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (at_.contains(key)) return observations;
  kept_.push_front({key, observations, bytes});
  at_[key] = kept_.begin();
  bytes_ += bytes;
  while (bytes_ > most_bytes_ && kept_.size() > 1) {
    bytes_ -= kept_.back().bytes;
    at_.erase(kept_.back().key);
    kept_.pop_back();
  }
  return observations;
}

}  // namespace collate::query
