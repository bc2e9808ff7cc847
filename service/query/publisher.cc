#include "service/query/publisher.h"

#include <algorithm>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"

namespace collate::query {
namespace {

// A store of several machines says which of them it could not reach.
bool IsShardDown(const absl::Status& status) {
  if (!absl::IsUnavailable(status)) return false;
  const base::ErrorDetail detail = base::DetailOf(status);
  return std::any_of(detail.metadata.begin(), detail.metadata.end(),
                     [](const auto& pair) { return pair.first == "shard"; });
}

// Disclosure control found no way of showing it, and will find none.
bool IsNotShown(const absl::Status& status) {
  const std::string reason = base::DetailOf(status).reason;
  return reason == "DISCLOSURE_WITHHELD" || reason == "DISCLOSURE_LIMIT";
}

// With fewer observations nothing is won by storing them while they are built.
constexpr size_t kWorthAThread = 10'000;

size_t RowsOf(const store::ReleaseDraft& draft) {
  size_t rows = 0;
  for (const auto& chunk : draft.observations) rows += chunk.row_count();
  return rows;
}

// Writing tables stands back behind questions.
constexpr int kKeeperNice = 10;

}  // namespace

Publisher::Publisher(std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
                     store::Store* store, Options options)
    : vocabulary_(std::move(vocabulary)),
      store_(store),
      cache_(store),
      options_(std::move(options)),
      kept_(options_.tables_directory) {}

absl::StatusOr<std::unique_ptr<Publisher>> Publisher::Open(
    std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
    store::Store* store, Options options) {
  // Not make_unique: the constructor is private.
  std::unique_ptr<Publisher> publisher(
      new Publisher(std::move(vocabulary), store, std::move(options)));
  const std::lock_guard lock(publisher->write_mutex_);
  if (!publisher->options_.tables_directory.empty()) {
    COLLATE_ASSIGN_OR_RETURN(const std::vector<store::Release> stored,
                             store->ListReleases());
    std::shared_ptr<const Snapshot> kept = publisher->kept_.Load(
        publisher->vocabulary_, *store, stored, &publisher->cache_);
    if (kept != nullptr) COLLATE_RETURN_IF_ERROR(publisher->CheckFits(*kept));
    publisher->Swap(std::move(kept));
    publisher->keeper_.emplace(base::Executor::Options{
        .thread_count = 1, .queue_capacity = 1, .nice = kKeeperNice});
  }
  COLLATE_RETURN_IF_ERROR(publisher->Reload(Limit::kHolds));
  publisher->KeepTables();
  return publisher;
}

void Publisher::Swap(std::shared_ptr<const Snapshot> snapshot) {
  {
    const std::lock_guard lock(current_mutex_);
    narrowed_.Replace(snapshot);
    current_ = std::move(snapshot);
  }
  if (options_.changed) options_.changed();
}

void Publisher::KeepTables() {
  if (!keeper_.has_value()) return;
  // Where one waits already, it will keep what is current then.
  static_cast<void>(keeper_->TrySchedule([this] {
    const absl::Status kept = kept_.Save(*Current());
    if (!kept.ok() && options_.not_kept) options_.not_kept(kept);
  }));
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

absl::Status Publisher::CheckFits(const Snapshot& snapshot) const {
  const int64_t bytes = snapshot.byte_count();
  const int64_t limit = options_.max_snapshot_bytes;
  if (bytes <= limit) return absl::OkStatus();
  return base::Error(absl::StatusCode::kResourceExhausted, "SNAPSHOT_LIMIT",
                     absl::StrCat("everything published would take ", bytes,
                                  " bytes of memory, the limit is ", limit,
                                  " (limits.max_snapshot_bytes)"))
      .With("bytes", absl::StrCat(bytes))
      .With("limit", absl::StrCat(limit));
}

absl::Status Publisher::Publish(const store::ReleaseDraft& draft) {
  const std::lock_guard lock(write_mutex_);
  if (std::optional<absl::Status> published = PublishFromMemory(draft)) {
    return *std::move(published);
  }
  const absl::Status published = store_->Publish(draft);
  if (absl::IsAlreadyExists(published)) {
    // It may have come from another process a moment ago.
    COLLATE_RETURN_IF_ERROR(Reload(Limit::kHolds));
    return base::Error(absl::StatusCode::kAlreadyExists, "RELEASE_EXISTS",
                       published.message())
        .With("release", draft.release.name);
  }
  // Whether a failed commit took place is for the store to say: what it
  // holds is what is shown.
  const absl::Status reloaded = Reload(Limit::kIsPast);
  return published.ok() ? reloaded : published;
}

std::optional<absl::Status> Publisher::PublishFromMemory(
    const store::ReleaseDraft& draft) {
  const std::shared_ptr<const Snapshot> before = Current();
  // What could not be read is tried again at every change.
  for (const auto& loaded : before->releases()) {
    if (!loaded->problem.ok() || loaded->release.name == draft.release.name) {
      return std::nullopt;
    }
  }
  absl::StatusOr<std::vector<store::Observations>> pieces =
      store::SortAndSplitAll(draft.observations);
  // What is wrong is for the store to say.
  if (!pieces.ok()) return std::nullopt;
  store::ReleaseDraft stored;
  stored.release = draft.release;
  stored.contents = draft.contents;
  stored.observations = *std::move(pieces);
  const auto loaded = std::make_shared<LoadedRelease>();
  loaded->release = draft.release;
  // It is ranked by what the store keeps of a time.
  if (std::optional<absl::Time>& time = loaded->release.publish_time) {
    time = absl::FromUnixMicros(absl::ToUnixMicros(*time));
  }
  loaded->reading = ReadingOf(draft.release);
  loaded->chunks = std::make_shared<const StoredChunks>(
      draft.release.name, SummariesOf(stored.observations), &cache_);

  std::shared_ptr<const Snapshot> snapshot;
  const auto build = [&] {
    SnapshotBuilder builder(vocabulary_, before);
    for (const auto& release : before->releases()) builder.Keep(release);
    builder.Add(loaded, stored.observations);
    snapshot = std::move(builder).Build();
    return CheckFits(*snapshot);
  };
  // Before the store commits it asks whether there is room.
  absl::Status published;
  if (RowsOf(stored) < kWorthAThread) {
    stored.admit = [fits = build()] { return fits; };
    published = store_->Publish(stored);
  } else {
    std::promise<absl::Status> built;
    stored.admit = [&built] { return built.get_future().get(); };
    std::thread storing([&] { published = store_->Publish(stored); });
    built.set_value(build());
    storing.join();
  }

  if (!published.ok()) {
    if (base::DetailOf(published).reason == "SNAPSHOT_LIMIT") return published;
    const absl::Status reloaded = Reload(Limit::kIsPast);
    if (!absl::IsAlreadyExists(published)) return published;
    COLLATE_RETURN_IF_ERROR(reloaded);
    return base::Error(absl::StatusCode::kAlreadyExists, "RELEASE_EXISTS",
                       published.message())
        .With("release", draft.release.name);
  }
  // As the store has it: times to the microsecond, documents that are kept.
  absl::StatusOr<store::Release> release =
      store_->GetRelease(draft.release.name);
  absl::StatusOr<std::string> fingerprint =
      store_->Fingerprint(draft.release.name);
  const bool shown = std::count(snapshot->releases().begin(),
                                snapshot->releases().end(), loaded) > 0;
  if (!release.ok() || !fingerprint.ok() || !shown) {
    return Reload(Limit::kIsPast);
  }
  loaded->release = *std::move(release);
  loaded->fingerprint = *std::move(fingerprint);
  Swap(std::move(snapshot));
  KeepTables();
  return absl::OkStatus();
}

absl::Status Publisher::Withdraw(absl::string_view release,
                                 absl::string_view reason) {
  const std::lock_guard lock(write_mutex_);
  const absl::Status withdrawn = store_->Withdraw(release, reason);
  const absl::Status reloaded = Reload(Limit::kIsPast);
  return withdrawn.ok() ? reloaded : withdrawn;
}

absl::Status Publisher::Refresh() {
  const std::lock_guard lock(write_mutex_);
  return Reload(Limit::kHolds);
}

absl::Status Publisher::Reload(Limit limit) {
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
      loaded->fingerprint = known->second->fingerprint;
      loaded->release = std::move(release);
      builder.Keep(std::move(loaded));
      continue;
    }
    absl::StatusOr<std::vector<store::Observations>> read =
        store_->ReadObservations(release.name);
    // Damage to one release, or a shard that is down, leaves the others what
    // they are. It is tried again at every change, and whatever else fails may
    // pass.
    if (absl::IsDataLoss(read.status()) || IsShardDown(read.status()) ||
        IsNotShown(read.status())) {
      loaded->problem = read.status();
      read.emplace();
    }
    COLLATE_RETURN_IF_ERROR(read.status());
    loaded->chunks = std::make_shared<const StoredChunks>(
        release.name, SummariesOf(*read), &cache_);
    loaded->reading = ReadingOf(release);
    if (loaded->problem.ok()) {
      // Without one its tables are not kept.
      loaded->fingerprint = store_->Fingerprint(release.name).value_or("");
    }
    loaded->release = std::move(release);
    builder.Add(std::move(loaded), *read);
  }
  std::shared_ptr<const Snapshot> snapshot = std::move(builder).Build();
  if (limit == Limit::kHolds) COLLATE_RETURN_IF_ERROR(CheckFits(*snapshot));
  Swap(std::move(snapshot));
  KeepTables();
  return absl::OkStatus();
}

}  // namespace collate::query
