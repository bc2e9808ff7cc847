// The one way in which what is published changes: the store first, then the
// snapshot, swapped by pointer. Readers take the current snapshot and keep
// it as long as they like; they never wait for a writer.
//
// Thread-safe; writers are serialised.

#ifndef COLLATE_SERVICE_QUERY_PUBLISHER_H_
#define COLLATE_SERVICE_QUERY_PUBLISHER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/executor.h"
#include "service/query/chunk_cache.h"
#include "service/query/kept_tables.h"
#include "service/query/narrowed_snapshots.h"
#include "service/query/outline.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

struct PublisherOptions {
  // Snapshot::byte_count() that there may be.
  int64_t max_snapshot_bytes = std::numeric_limits<int64_t>::max();
  // Where tables are kept from one start to the next, of a data directory
  // that is locked; empty for nowhere.
  std::string tables_directory;
  // How many observations may be in memory, of a store with an index; slices
  // beyond them, the largest first, stay in the store. Tables are kept only
  // where all are in memory.
  int64_t max_resident_observations = std::numeric_limits<int64_t>::max();
  // How many of those a question may fetch.
  int64_t max_fetched_observations = 2'000'000;
  // Told what went wrong when they could not be written, which costs the
  // next start its speed and nothing else. May be called from any thread.
  std::function<void(const absl::Status&)> not_kept;
  // Called whenever something else is current, and before that is
  // acknowledged, so that whoever shows it otherwise can follow. May be empty;
  // must not call the Publisher.
  std::function<void()> changed;
};

class Publisher {
 public:
  using Options = PublisherOptions;

  // Reads everything that `store` holds; the store must outlive the
  // Publisher. RESOURCE_EXHAUSTED (reason SNAPSHOT_LIMIT, with `bytes` and
  // `limit`) when that takes too much memory. A release that is damaged, that
  // is on a shard which cannot be reached, that cannot be shown (reasons
  // DISCLOSURE_WITHHELD, DISCLOSURE_LIMIT), or that the vocabulary does not
  // understand, is in the snapshot with its problem.
  static absl::StatusOr<std::unique_ptr<Publisher>> Open(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      store::Store* store, Options options = {});

  std::shared_ptr<const Snapshot> Current() const;
  int64_t max_snapshot_bytes() const { return options_.max_snapshot_bytes; }

  // What a question is answered from: what is current or, where the question
  // names releases or a load time, those releases alone. A release that was
  // withdrawn since is withdrawn there, too. INVALID_ARGUMENT (reason
  // UNKNOWN_RELEASE, with near matches). It has what the question can touch of
  // the rows that stay in the store, and answers no other question: errors of
  // WithRows.
  absl::StatusOr<std::shared_ptr<const Snapshot>> For(const Query& query) const;
  // The same of `whole`, for calls that ask several questions of one state.
  absl::StatusOr<std::shared_ptr<const Snapshot>> For(
      const Query& query, const std::shared_ptr<const Snapshot>& whole) const;
  // The same for Execute() without leaves and lists of rows: sums may stand for
  // rows where that is enough for every cell.
  absl::StatusOr<std::shared_ptr<const Snapshot>> ForSums(
      const Query& query, const std::shared_ptr<const Snapshot>& whole) const;

  // `whole` narrowed to the releases at `indexes`, sorted.
  std::shared_ptr<const Snapshot> Narrow(
      const std::shared_ptr<const Snapshot>& whole,
      const std::vector<uint32_t>& indexes) const;

  // The same with the rows that a question can touch, or with all. UNAVAILABLE
  // (reason STORE_IO, metadata `shard`) when some are out of reach; where the
  // question allows a partial answer, the releases that they are of cannot be
  // read there. RESOURCE_EXHAUSTED (reason FETCH_LIMIT, with `observations` and
  // `limit`).
  absl::StatusOr<std::shared_ptr<const Snapshot>> WithRows(
      std::shared_ptr<const Snapshot> snapshot, const Query& query) const;
  absl::StatusOr<std::shared_ptr<const Snapshot>> WithAllRows(
      std::shared_ptr<const Snapshot> snapshot) const;
  // As For, with all rows: for a call that asks more than the query.
  absl::StatusOr<std::shared_ptr<const Snapshot>> ForAll(
      const Query& query, const std::shared_ptr<const Snapshot>& whole) const;

  // Makes a release durable and visible. ALREADY_EXISTS (reason
  // RELEASE_EXISTS) when its name is taken; RESOURCE_EXHAUSTED (reason
  // SNAPSHOT_LIMIT) when memory would not do, and nothing is kept then.
  absl::Status Publish(const store::ReleaseDraft& draft);

  // Takes a release out of all answers. NOT_FOUND if there is none.
  absl::Status Withdraw(absl::string_view release, absl::string_view reason);

  // Reads what others published or withdrew in a shared store. After an error,
  // SNAPSHOT_LIMIT among them, everything is as it was.
  absl::Status Refresh();

 private:
  Publisher(std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
            store::Store* store, Options options);
  // Reads what the store holds and is not in memory yet, then swaps. What was
  // decided before has to be shown, however much it takes.
  // The caller holds write_mutex_.
  enum class Limit { kHolds, kIsPast };
  absl::Status Reload(Limit limit);
  // The snapshot with sums that do for the question; null when none do.
  absl::StatusOr<std::shared_ptr<const Snapshot>> WithSums(
      const std::shared_ptr<const Snapshot>& snapshot,
      const Query& query) const;
  absl::StatusOr<std::shared_ptr<const Snapshot>> Pinned(
      const Query& query, const std::shared_ptr<const Snapshot>& whole) const;
  // The snapshot where those releases, sorted by index, cannot be read.
  std::shared_ptr<const Snapshot> Without(
      const std::shared_ptr<const Snapshot>& snapshot,
      const std::vector<std::pair<uint32_t, absl::Status>>& unreadable) const;
  bool KeepsRowsAway() const {
    return store_->index() != nullptr &&
           options_.max_resident_observations !=
               std::numeric_limits<int64_t>::max();
  }
  // Counts the observations of all releases and decides whose slices stay in
  // the store. The caller holds write_mutex_, as of the next ones.
  absl::Status ChooseResidents(const std::vector<store::Release>& stored);
  // Which of these, beside those in memory, would have to stay in the store.
  std::set<FamilyKey> AwayAmong(
      const std::map<FamilyKey, int64_t>& observations) const;
  // Takes the rows that stay in the store out of a release's observations, and
  // says in its outline what they are of.
  absl::Status PutAway(std::vector<store::Observations>& observations,
                       LoadedRelease& loaded) const;
  absl::Status CheckFits(const Snapshot& snapshot) const;
  // Publishes chunks that are split as the store has them, and builds the next
  // snapshot from them meanwhile; nullopt when what is in memory does not do
  // for that, and nothing was done. The caller holds write_mutex_.
  std::optional<absl::Status> PublishFromMemory(
      const store::ReleaseDraft& draft);
  void Swap(std::shared_ptr<const Snapshot> snapshot);
  // Has the tables of what is current written to their files.
  void KeepTables();

  const std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  store::Store* const store_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  std::mutex write_mutex_;
  // What snapshots read from the store; they must not outlive it.
  ChunkCache cache_;
  mutable std::mutex current_mutex_;
  std::shared_ptr<const Snapshot> current_;  // guarded by current_mutex_
  mutable NarrowedSnapshots narrowed_;
  // Guarded by write_mutex_: how many observations there are, and which of the
  // slices stay in the store; once they do, until the next start.
  std::map<FamilyKey, int64_t> observations_;
  std::set<FamilyKey> away_;
  const Options options_;
  KeptTables kept_;  // of keeper_'s only thread, once that runs
  // Of one thread; ends before everything that it uses.
  std::optional<base::Executor> keeper_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_PUBLISHER_H_
