// The one way in which what is published changes: the store first, then the
// snapshot, swapped by pointer. Readers take the current snapshot and keep
// it as long as they like; they never wait for a writer.
//
// Thread-safe; writers are serialised.

#ifndef COLLATE_SERVICE_QUERY_PUBLISHER_H_
#define COLLATE_SERVICE_QUERY_PUBLISHER_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "service/query/snapshot.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class Publisher {
 public:
  // Reads everything that `store` holds; the store must outlive the
  // Publisher.
  static absl::StatusOr<std::unique_ptr<Publisher>> Open(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      store::Store* store);

  std::shared_ptr<const Snapshot> Current() const;

  // Makes a release durable, then visible. ALREADY_EXISTS (reason
  // RELEASE_EXISTS) when its name is taken.
  absl::Status Publish(const store::ReleaseDraft& draft);

  // Takes a release out of all answers. NOT_FOUND if there is none.
  absl::Status Withdraw(absl::string_view release, absl::string_view reason);

 private:
  Publisher(std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
            store::Store* store);
  // Reads what the store holds and is not in memory yet, then swaps.
  absl::Status Reload() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);

  const std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  store::Store* const store_;
  absl::Mutex write_mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const LoadedRelease>> loaded_
      ABSL_GUARDED_BY(write_mutex_);
  mutable absl::Mutex current_mutex_;
  std::shared_ptr<const Snapshot> current_ ABSL_GUARDED_BY(current_mutex_);
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PUBLISHER_H_
