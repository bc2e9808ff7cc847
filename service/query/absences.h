// What was looked for in tables of which not everything is here, so that it can
// be fetched, or the question be answered in another way.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_QUERY_ABSENCES_H_
#define COLLATE_SERVICE_QUERY_ABSENCES_H_

#include <atomic>
#include <cstddef>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace collate::query {

class Absences {
 public:
  // A table, by its place in the snapshot, and the axes that are kept apart.
  using SumsOf = std::pair<size_t, std::vector<size_t>>;

  void NoteRows() { any_ = true; }
  void NoteSums(size_t table, const std::vector<size_t>& axes) {
    const std::lock_guard lock(mutex_);
    sums_.emplace(table, axes);
    any_ = true;
  }

  bool any() const { return any_; }
  std::set<SumsOf> sums() const {
    const std::lock_guard lock(mutex_);
    return sums_;
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    sums_.clear();
    any_ = false;
  }

 private:
  std::atomic<bool> any_ = false;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex mutex_;  // guards the next one
  std::set<SumsOf> sums_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ABSENCES_H_
