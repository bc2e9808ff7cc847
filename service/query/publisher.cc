#include "service/query/publisher.h"

#include <algorithm>
#include <utility>

#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::query {
namespace {

// A store of several machines says which of them it could not reach.
bool IsShardDown(const absl::Status& status) {
  if (!absl::IsUnavailable(status)) return false;
  const base::ErrorDetail detail = base::DetailOf(status);
  return std::any_of(detail.metadata.begin(), detail.metadata.end(),
                     [](const auto& pair) { return pair.first == "shard"; });
}

}  // namespace

Publisher::Publisher(std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
                     store::Store* store)
    : vocabulary_(std::move(vocabulary)), store_(store), cache_(store) {}

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Open(
    std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
    store::Store* store) {
  // Not make_unique: the constructor is private.
  std::unique_ptr<Publisher> publisher(
      new Publisher(std::move(vocabulary), store));
  const std::lock_guard lock(publisher->write_mutex_);
  COLLATE_RETURN_IF_ERROR(publisher->Reload());
  return publisher;
}

std::shared_ptr<const Snapshot> Publisher::Current() const {
  const std::lock_guard lock(current_mutex_);
  return current_;
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::For(
    const Query& query) const {
  return For(query, Current());
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::For(
    const Query& query, const std::shared_ptr<const Snapshot>& whole) const {
  if (query.releases.empty() && !query.loaded_by.has_value()) return whole;
  COLLATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> indexes,
                           ReleasesThatPass(query, *whole));
  return Narrow(whole, indexes);
}

std::shared_ptr<const Snapshot> Publisher::Narrow(
    const std::shared_ptr<const Snapshot>& whole,
    const std::vector<uint32_t>& indexes) const {
  if (indexes.size() == whole->releases().size()) return whole;
  return narrowed_.Of(whole, indexes);
}

absl::Status Publisher::Publish(const store::ReleaseDraft& draft) {
  const std::lock_guard lock(write_mutex_);
  const absl::Status published = store_->Publish(draft);
  if (absl::IsAlreadyExists(published)) {
    // It may have come from another process a moment ago.
    COLLATE_RETURN_IF_ERROR(Reload());
    return base::Error(absl::StatusCode::kAlreadyExists, "RELEASE_EXISTS",
                       published.message())
        .With("release", draft.release.name);
  }
  // Whether a failed commit took place is for the store to say: what it
  // holds is what is shown.
  const absl::Status reloaded = Reload();
  return published.ok() ? reloaded : published;
}

absl::Status Publisher::Withdraw(absl::string_view release,
                                 absl::string_view reason) {
  const std::lock_guard lock(write_mutex_);
  const absl::Status withdrawn = store_->Withdraw(release, reason);
  const absl::Status reloaded = Reload();
  return withdrawn.ok() ? reloaded : withdrawn;
}

absl::Status Publisher::Refresh() {
  const std::lock_guard lock(write_mutex_);
  return Reload();
}

absl::Status Publisher::Reload() {
  COLLATE_ASSIGN_OR_RETURN(std::vector<store::Release> stored,
                           store_->ListReleases());
  const std::shared_ptr<const Snapshot> before = Current();
  absl::flat_hash_map<std::string, const LoadedRelease*> kept;
  if (before != nullptr) {
    for (const auto& loaded : before->releases()) {
      if (loaded->problem.ok()) kept[loaded->release.name] = loaded.get();
    }
  }
  if (before != nullptr && kept.size() == before->releases().size() &&
      kept.size() == stored.size() &&
      std::all_of(stored.begin(), stored.end(),
                  [&](const store::Release& release) {
                    const auto known = kept.find(release.name);
                    return known != kept.end() &&
                           known->second->release.state == release.state;
                  })) {
    return absl::OkStatus();
  }
  SnapshotBuilder builder(vocabulary_, before);
  for (store::Release& release : stored) {
    auto loaded = std::make_shared<LoadedRelease>();
    if (const auto known = kept.find(release.name); known != kept.end()) {
      // Observations never change; the state of the release may.
      loaded->chunks = known->second->chunks;
      loaded->reading = known->second->reading;
      loaded->release = std::move(release);
      builder.Keep(std::move(loaded));
      continue;
    }
    absl::StatusOr<std::vector<store::Observations>> read =
        store_->ReadObservations(release.name);
    // Damage to one release, or a shard that is down, leaves the others what
    // they are. It is tried again at every change, and whatever else fails may
    // pass.
    if (absl::IsDataLoss(read.status()) || IsShardDown(read.status())) {
      loaded->problem = read.status();
      read.emplace();
    }
    COLLATE_RETURN_IF_ERROR(read.status());
    loaded->chunks =
        std::make_shared<const StoredChunks>(release.name, *read, &cache_);
    loaded->reading = ReadingOf(release);
    loaded->release = std::move(release);
    builder.Add(std::move(loaded), *read);
  }
  std::shared_ptr<const Snapshot> snapshot = std::move(builder).Build();
  const std::lock_guard lock(current_mutex_);
  narrowed_.Replace(snapshot);
  current_ = std::move(snapshot);
  return absl::OkStatus();
}

}  // namespace collate::query
