#include "service/query/conflict_cache.h"

#include <utility>

#include "service/base/status_macros.h"

namespace collate::query {

absl::StatusOr<std::shared_ptr<const std::vector<FigureConflict>>>
ConflictCache::Of(const std::shared_ptr<const Snapshot>& snapshot,
                  const std::function<absl::Status()>& check) {
  {
    const std::lock_guard lock(mutex_);
    if (snapshot_.lock() == snapshot) return conflicts_;
  }
  COLLATE_ASSIGN_OR_RETURN(std::vector<FigureConflict> found,
                           ListConflicts(*snapshot, check));
  auto conflicts =
      std::make_shared<const std::vector<FigureConflict>>(std::move(found));
  const std::lock_guard lock(mutex_);
  snapshot_ = snapshot;
  conflicts_ = conflicts;
  return conflicts;
}

}  // namespace collate::query
