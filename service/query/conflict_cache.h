// The list of conflicts of one snapshot, kept until there is another: a page of
// it costs no search.
//
// Thread-safe. Calls that come while nothing is kept each search for
// themselves.

#ifndef COLLATE_SERVICE_QUERY_CONFLICT_CACHE_H_
#define COLLATE_SERVICE_QUERY_CONFLICT_CACHE_H_

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/conflict_list.h"
#include "service/query/snapshot.h"

namespace collate::query {

class ConflictCache {
 public:
  // As ListConflicts.
  absl::StatusOr<std::shared_ptr<const std::vector<FigureConflict>>> Of(
      const std::shared_ptr<const Snapshot>& snapshot,
      const std::function<absl::Status()>& check);

 private:
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  std::mutex mutex_;
  // Guarded by mutex_. Keeps no snapshot alive.
  std::weak_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const std::vector<FigureConflict>> conflicts_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CONFLICT_CACHE_H_
