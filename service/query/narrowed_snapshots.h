// Snapshots of some of the releases alone, for questions that name the
// releases, or the time, that they want to be answered from.
//
// Making one may take as long as making the whole, so that the last few are
// kept for as long as what they were narrowed from is current. Thread-safe;
// they are made one at a time, lest many questions at once need much memory.

#ifndef COLLATE_SERVICE_QUERY_NARROWED_SNAPSHOTS_H_
#define COLLATE_SERVICE_QUERY_NARROWED_SNAPSHOTS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// Indexes of the releases that a question allows, sorted. INVALID_ARGUMENT
// (reason UNKNOWN_RELEASE) when it names one that there is not.
absl::StatusOr<std::vector<uint32_t>> ReleasesThatPass(
    const Query& query, const Snapshot& snapshot);

class NarrowedSnapshots {
 public:
  static constexpr size_t kMostKept = 4;

  // `whole` narrowed to the releases at `indexes`, sorted.
  std::shared_ptr<const Snapshot> Of(
      const std::shared_ptr<const Snapshot>& whole,
      const std::vector<uint32_t>& indexes);

  // From now on `current` is what is narrowed; the others are forgotten.
  void Replace(std::shared_ptr<const Snapshot> current);

 private:
  struct Kept {
    std::vector<uint32_t> indexes;
    std::shared_ptr<const Snapshot> snapshot;
  };

  std::shared_ptr<const Snapshot> Find(const Snapshot* whole,
                                       const std::vector<uint32_t>& indexes);

  std::mutex making_;  // taken before mutex_
  std::mutex mutex_;   // guards the next two
  std::shared_ptr<const Snapshot> current_;
  std::list<Kept> kept_;  // latest used first
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_NARROWED_SNAPSHOTS_H_
