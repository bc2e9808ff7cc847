// The one way in which what is published changes: the store first, then the
// snapshot, swapped by pointer. Readers take the current snapshot and keep
// it as long as they like; they never wait for a writer.
//
// Thread-safe; writers are serialised.

#ifndef COLLATE_SERVICE_QUERY_PUBLISHER_H_
#define COLLATE_SERVICE_QUERY_PUBLISHER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/chunk_cache.h"
#include "service/query/narrowed_snapshots.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class Publisher {
 public:
  // Reads everything that `store` holds; the store must outlive the
  // Publisher. A release that is damaged, that is on a shard which cannot be
  // reached, or that the vocabulary does not understand, is in the snapshot
  // with its problem.
  static absl::StatusOr<std::unique_ptr<Publisher>> Open(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      store::Store* store);

  std::shared_ptr<const Snapshot> Current() const;

  // What a question is answered from: what is current or, where the question
  // names releases or a load time, those releases alone. A release that was
  // withdrawn since is withdrawn there, too. INVALID_ARGUMENT (reason
  // UNKNOWN_RELEASE, with near matches).
  absl::StatusOr<std::shared_ptr<const Snapshot>> For(const Query& query) const;
  // The same of `whole`, for calls that ask several questions of one state.
  absl::StatusOr<std::shared_ptr<const Snapshot>> For(
      const Query& query, const std::shared_ptr<const Snapshot>& whole) const;

  // `whole` narrowed to the releases at `indexes`, sorted.
  std::shared_ptr<const Snapshot> Narrow(
      const std::shared_ptr<const Snapshot>& whole,
      const std::vector<uint32_t>& indexes) const;

  // Makes a release durable, then visible. ALREADY_EXISTS (reason
  // RELEASE_EXISTS) when its name is taken.
  absl::Status Publish(const store::ReleaseDraft& draft);

  // Takes a release out of all answers. NOT_FOUND if there is none.
  absl::Status Withdraw(absl::string_view release, absl::string_view reason);

  // Reads what others published or withdrew in a shared store. After an error
  // everything is as it was.
  absl::Status Refresh();

 private:
  Publisher(std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
            store::Store* store);
  // Reads what the store holds and is not in memory yet, then swaps.
  // The caller holds write_mutex_.
  absl::Status Reload();

  const std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  store::Store* const store_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  std::mutex write_mutex_;
  // What snapshots read from the store; they must not outlive it.
  ChunkCache cache_;
  mutable std::mutex current_mutex_;
  std::shared_ptr<const Snapshot> current_;  // guarded by current_mutex_
  mutable NarrowedSnapshots narrowed_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PUBLISHER_H_
