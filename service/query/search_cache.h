// What slow searches found, kept as long as what was searched is current, so
// that a page of a list costs no search.
//
// Thread-safe. Callers that want the same thing at the same time share one
// search: one does it and the others wait, each until its own deadline. When
// the one gives up, the next takes over.

#ifndef COLLATE_SERVICE_QUERY_SEARCH_CACHE_H_
#define COLLATE_SERVICE_QUERY_SEARCH_CACHE_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/status_macros.h"
#include "service/query/snapshot.h"

namespace collate::query {

// `Found` does not keep the snapshot alive, and may point into it.
template <typename Found>
class SearchCache {
 public:
  using Check = std::function<absl::Status()>;

  // The latest used searches are kept, until there are more than
  // `most_searches` or they weigh more than `most_weight`. The latest one is
  // kept whatever it weighs.
  struct Limits {
    size_t most_searches = 8;
    size_t most_weight = 200000;
    std::function<size_t(const Found&)> weight;  // e.g. entries of a list
  };

  explicit SearchCache(Limits limits) : limits_(std::move(limits)) {}

  // What `search` finds in `snapshot`; `key` names all else that it depends
  // on. `check` is polled while another call searches, and its error returned.
  absl::StatusOr<std::shared_ptr<const Found>> Of(
      const std::shared_ptr<const Snapshot>& snapshot, const std::string& key,
      const Check& check,
      const std::function<absl::StatusOr<Found>()>& search) {
    std::unique_lock lock(mutex_);
    while (true) {
      kept_.remove_if([](const Entry& at) { return at.snapshot.expired(); });
      if (auto found = Find(snapshot, key)) return found;
      if (!IsSearched(snapshot, key)) break;
      COLLATE_RETURN_IF_ERROR(check());
      // A caller that hangs up wakes nobody, hence the time.
      ended_.wait_for(lock, std::chrono::milliseconds(20));
    }
    const auto mine = searched_.insert(searched_.end(), {snapshot, key, {}});
    lock.unlock();
    const absl::Cleanup end = [this, mine] {
      const std::lock_guard ended(mutex_);
      searched_.erase(mine);
      ended_.notify_all();
    };
    COLLATE_ASSIGN_OR_RETURN(Found found, search());
    auto result = std::make_shared<const Found>(std::move(found));
    const std::lock_guard keep(mutex_);
    kept_.push_front({snapshot, key, result});
    Trim();
    return result;
  }

 private:
  struct Entry {
    std::weak_ptr<const Snapshot> snapshot;
    std::string key;
    std::shared_ptr<const Found> found;

    bool Is(const std::shared_ptr<const Snapshot>& other,
            const std::string& other_key) const {
      return snapshot.lock() == other && key == other_key;
    }
  };

  std::shared_ptr<const Found> Find(
      const std::shared_ptr<const Snapshot>& snapshot, const std::string& key) {
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
      if (!at->Is(snapshot, key)) continue;
      kept_.splice(kept_.begin(), kept_, at);
      return at->found;
    }
    return nullptr;
  }

  bool IsSearched(const std::shared_ptr<const Snapshot>& snapshot,
                  const std::string& key) const {
    return std::any_of(
        searched_.begin(), searched_.end(),
        [&](const Entry& entry) { return entry.Is(snapshot, key); });
  }

  void Trim() {
    size_t count = 0;
    size_t weight = 0;
    for (auto at = kept_.begin(); at != kept_.end();) {
      ++count;
      weight += limits_.weight(*at->found);
      const bool fits =
          count <= limits_.most_searches && weight <= limits_.most_weight;
      at = count == 1 || fits ? std::next(at) : kept_.erase(at);
    }
  }

  const Limits limits_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  std::mutex mutex_;
  std::condition_variable ended_;
  // Guarded by mutex_. Neither keeps a snapshot alive.
  std::list<Entry> kept_;  // latest used first
  std::list<Entry> searched_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SEARCH_CACHE_H_
