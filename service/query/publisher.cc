#include "service/query/publisher.h"

#include <algorithm>
#include <future>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/absences.h"
#include "service/query/cluster_sums.h"
#include "service/query/engine.h"
#include "service/query/fetching.h"
#include "service/query/plan.h"
#include "service/query/row_members.h"
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

// Whether rows of a release have to leave memory, and nobody knows yet what
// they are of.
bool LacksOutline(const LoadedRelease& loaded,
                  const std::set<FamilyKey>& away) {
  const auto& summaries = loaded.chunks->summaries();
  size_t outlined = 0;
  size_t chunks = 0;
  if (loaded.outline != nullptr) outlined = loaded.outline->chunks.size();
  for (const Chunks::Summary& chunk : summaries) {
    chunks += away.contains(FamilyOf(loaded.release.source, chunk.slice));
  }
  return outlined < chunks;
}

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
  if (!publisher->options_.tables_directory.empty() &&
      !publisher->KeepsRowsAway()) {
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
  COLLATE_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> pinned,
                           Pinned(query, whole));
  return WithRows(std::move(pinned), query);
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::ForSums(
    const Query& query, const std::shared_ptr<const Snapshot>& whole) const {
  COLLATE_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> pinned,
                           Pinned(query, whole));
  if (!pinned->whole()) {
    COLLATE_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> sums,
                             WithSums(pinned, query));
    if (sums != nullptr) return sums;
  }
  return WithRows(std::move(pinned), query);
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::WithSums(
    const std::shared_ptr<const Snapshot>& snapshot, const Query& query) const {
  const auto plan_on = [&query](const Snapshot& one) {
    return MakePlan(query, one,
                    {.max_cells = std::numeric_limits<int64_t>::max(),
                     .today = 0,
                     .list_rows = false});
  };
  absl::StatusOr<Plan> plan = plan_on(*snapshot);
  if (!plan.ok() || plan->as_of != kToday) return nullptr;
  ClusterSums sums(snapshot, *store_->index(), ScopeOf(*plan, *snapshot),
                   options_.max_fetched_observations);
  // What the engine looks for is what it needs, until it needs nothing.
  class Nowhere final : public CellSink {
    absl::Status OnCell(Cell) override { return absl::OkStatus(); }
  };
  std::set<Absences::SumsOf> made;
  while (true) {
    std::shared_ptr<const Snapshot> with = sums.snapshot();
    plan = plan_on(*with);
    if (!plan.ok()) return nullptr;
    ExecuteOptions options;
    options.cancelled = [&with] { return with->absences()->any(); };
    Nowhere nowhere;
    // What is refused will be refused for the same reason.
    static_cast<void>(Execute(*plan, *with, options, nowhere));
    if (!with->absences()->any()) return with;
    const std::set<Absences::SumsOf> missing = with->absences()->sums();
    sums.Forget();
    if (missing.empty()) return nullptr;
    for (const Absences::SumsOf& one : missing) {
      if (!made.insert(one).second) return nullptr;
      const absl::StatusOr<bool> added = sums.Add(one);
      if (absl::IsUnavailable(added.status()) && query.allow_partial) {
        return nullptr;
      }
      COLLATE_RETURN_IF_ERROR(added.status());
      if (!*added) return nullptr;
    }
  }
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::ForAll(
    const Query& query, const std::shared_ptr<const Snapshot>& whole) const {
  COLLATE_ASSIGN_OR_RETURN(std::shared_ptr<const Snapshot> pinned,
                           Pinned(query, whole));
  return WithAllRows(std::move(pinned));
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::WithRows(
    std::shared_ptr<const Snapshot> snapshot, const Query& query) const {
  if (snapshot->whole()) return snapshot;
  while (true) {
    const absl::StatusOr<Plan> plan = MakePlan(
        query, *snapshot,
        {.max_cells = std::numeric_limits<int64_t>::max(), .today = 0});
    // It will be refused for the same reason, whatever is fetched.
    if (!plan.ok()) return snapshot;
    COLLATE_ASSIGN_OR_RETURN(
        Fetched fetched,
        FetchRows(*snapshot, *store_->index(), ScopeOf(*plan, *snapshot),
                  options_.max_fetched_observations));
    if (fetched.unreachable.empty()) return std::move(fetched.snapshot);
    if (!query.allow_partial) return fetched.unreachable[0].second;
    snapshot = Without(snapshot, fetched.unreachable);
  }
}

std::shared_ptr<const Snapshot> Publisher::Without(
    const std::shared_ptr<const Snapshot>& snapshot,
    const std::vector<std::pair<uint32_t, absl::Status>>& unreadable) const {
  SnapshotBuilder builder(vocabulary_, snapshot);
  auto next = unreadable.begin();
  for (uint32_t i = 0; i < snapshot->releases().size(); ++i) {
    const std::shared_ptr<const LoadedRelease>& loaded =
        snapshot->releases()[i];
    const bool out = next != unreadable.end() && next->first == i;
    if (!out && loaded->problem.ok()) {
      builder.Keep(loaded);
      continue;
    }
    auto without = std::make_shared<LoadedRelease>(*loaded);
    if (out) without->problem = (next++)->second;
    builder.Add(std::move(without), {});
  }
  return std::move(builder).Build();
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::WithAllRows(
    std::shared_ptr<const Snapshot> snapshot) const {
  if (snapshot->whole()) return snapshot;
  COLLATE_ASSIGN_OR_RETURN(
      Fetched fetched,
      FetchRows(*snapshot, *store_->index(), EverythingIn(*snapshot),
                options_.max_fetched_observations));
  if (!fetched.unreachable.empty()) return fetched.unreachable[0].second;
  return std::move(fetched.snapshot);
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Publisher::Pinned(
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

std::set<FamilyKey> Publisher::AwayAmong(
    const std::map<FamilyKey, int64_t>& observations) const {
  std::vector<std::pair<int64_t, const FamilyKey*>> by_size;
  for (const auto& [key, count] : observations) {
    if (!away_.contains(key)) by_size.emplace_back(count, &key);
  }
  std::sort(by_size.begin(), by_size.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  });
  std::set<FamilyKey> away = away_;
  int64_t left = options_.max_resident_observations;
  for (const auto& [count, key] : by_size) {
    if (count > left) left = -1;  // nor does any larger one fit
    if (left < 0) {
      away.insert(*key);
    } else {
      left -= count;
    }
  }
  return away;
}

absl::Status Publisher::ChooseResidents(
    const std::vector<store::Release>& stored) {
  std::map<FamilyKey, int64_t> observations;
  for (const store::Release& release : stored) {
    const auto counts = store_->index()->CountRows(release.name);
    // Damage is found again when it is read.
    if (absl::IsDataLoss(counts.status())) continue;
    COLLATE_RETURN_IF_ERROR(counts.status());
    for (const auto& [slice, count] : *counts) {
      observations[FamilyOf(release.source, slice)] += count;
    }
  }
  away_ = AwayAmong(observations);
  observations_ = std::move(observations);
  return absl::OkStatus();
}

absl::Status Publisher::PutAway(std::vector<store::Observations>& observations,
                                LoadedRelease& loaded) const {
  const std::string& source = loaded.release.source;
  OutlineBuilder outline(*vocabulary_, source);
  bool any = false;
  for (uint32_t i = 0; i < observations.size(); ++i) {
    store::Observations& chunk = observations[i];
    if (!away_.contains(FamilyOf(source, chunk.slice))) continue;
    if (!any) {
      COLLATE_RETURN_IF_ERROR(
          CheckWords(loaded.release, observations, *vocabulary_));
    }
    any = true;
    outline.Add(chunk, i, loaded.chunks->summaries()[i].first_row);
    store::Observations empty;
    empty.slice = std::move(chunk.slice);
    empty.axes.resize(empty.slice.axes.size());
    chunk = std::move(empty);
  }
  if (any) {
    loaded.outline = std::make_shared<const Outline>(std::move(outline).Take());
  }
  return absl::OkStatus();
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
  std::map<FamilyKey, int64_t> observations = observations_;
  if (KeepsRowsAway()) {
    for (const store::Observations& chunk : stored.observations) {
      observations[FamilyOf(draft.release.source, chunk.slice)] +=
          static_cast<int64_t>(chunk.row_count());
    }
    // Nothing that is in memory may have to leave it.
    std::set<FamilyKey> away = AwayAmong(observations);
    for (const auto& [key, unused] : observations_) {
      if (away.contains(key) != away_.contains(key)) return std::nullopt;
    }
    away_ = std::move(away);
  }
  const auto loaded = std::make_shared<LoadedRelease>();
  loaded->release = draft.release;
  // It is ranked by what the store keeps of a time.
  if (std::optional<absl::Time>& time = loaded->release.publish_time) {
    time = absl::FromUnixMicros(absl::ToUnixMicros(*time));
  }
  loaded->reading = ReadingOf(draft.release);
  loaded->chunks = std::make_shared<const StoredChunks>(
      draft.release.name, SummariesOf(stored.observations), &cache_);
  std::vector<store::Observations> residents;
  if (KeepsRowsAway()) {
    residents = stored.observations;
    // What is wrong with its words is found again when it is read.
    if (!PutAway(residents, *loaded).ok()) return std::nullopt;
  }

  std::shared_ptr<const Snapshot> snapshot;
  const auto build = [&] {
    SnapshotBuilder builder(vocabulary_, before);
    for (const auto& release : before->releases()) builder.Keep(release);
    builder.Add(loaded, KeepsRowsAway() ? residents : stored.observations);
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
  observations_ = std::move(observations);
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
  if (KeepsRowsAway()) COLLATE_RETURN_IF_ERROR(ChooseResidents(stored));
  SnapshotBuilder builder(vocabulary_, before);
  for (store::Release& release : stored) {
    auto loaded = std::make_shared<LoadedRelease>();
    if (const auto known = kept.find(release.name); known != kept.end()) {
      // Observations never change; the state of the release may.
      loaded->chunks = known->second->chunks;
      loaded->reading = known->second->reading;
      loaded->fingerprint = known->second->fingerprint;
      loaded->outline = known->second->outline;
      loaded->release = std::move(release);
      if (LacksOutline(*loaded, away_)) {
        COLLATE_ASSIGN_OR_RETURN(
            std::vector<store::Observations> read,
            store_->ReadObservations(loaded->release.name));
        COLLATE_RETURN_IF_ERROR(PutAway(read, *loaded));
      }
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
    if (loaded->problem.ok()) loaded->problem = PutAway(*read, *loaded);
    if (!loaded->problem.ok()) read->clear();
    builder.Add(std::move(loaded), *read);
  }
  std::shared_ptr<const Snapshot> snapshot = std::move(builder).Build();
  if (limit == Limit::kHolds) COLLATE_RETURN_IF_ERROR(CheckFits(*snapshot));
  Swap(std::move(snapshot));
  KeepTables();
  return absl::OkStatus();
}

}  // namespace collate::query
