#include "service/api/answer_cache.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

// What an entry and a key take beside their bytes, nearly.
constexpr size_t kEntryBytes = 256;
constexpr size_t kKeyBytes = 96;

}  // namespace

bool AnswerCache::IsOf(
    const std::shared_ptr<const query::Snapshot>& snapshot) const {
  return !snapshot_.owner_before(snapshot) && !snapshot.owner_before(snapshot_);
}

AnswerCache::Answer AnswerCache::FindKey(absl::string_view key) {
  const auto found = at_.find(key);
  if (found == at_.end()) return nullptr;
  if (options_.may_repeat && !options_.may_repeat(*found->second->answer)) {
    Remove(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

AnswerCache::Answer AnswerCache::Find(
    const std::shared_ptr<const query::Snapshot>& snapshot,
    absl::string_view key) {
  const std::lock_guard lock(mutex_);
  return IsOf(snapshot) ? FindKey(key) : nullptr;
}

void AnswerCache::AddKey(Entries::iterator entry, const std::string& key) {
  if (entry->keys.size() >= kMostKeys || !at_.emplace(key, entry).second) {
    return;
  }
  entry->keys.push_back(key);
  entry->bytes += 2 * key.size() + kKeyBytes;
  bytes_ += 2 * key.size() + kKeyBytes;
}

void AnswerCache::Remove(Entries::iterator entry) {
  for (const std::string& key : entry->keys) at_.erase(key);
  bytes_ -= entry->bytes;
  entries_.erase(entry);
}

void AnswerCache::Trim() {
  while (bytes_ > options_.max_bytes) Remove(std::prev(entries_.end()));
}

absl::StatusOr<AnswerCache::Answer> AnswerCache::Of(
    const std::shared_ptr<const query::Snapshot>& snapshot,
    const std::string& key, const std::string& alias, const Check& check,
    const std::function<absl::StatusOr<SentAnswer>()>& make) {
  std::unique_lock lock(mutex_);
  if (!IsOf(snapshot)) {
    at_.clear();
    entries_.clear();
    bytes_ = 0;
    snapshot_ = snapshot;
  }
  // A call that began before another snapshot became current neither finds nor
  // waits for an answer of that one.
  while (IsOf(snapshot)) {
    if (Answer found = FindKey(key)) {
      AddKey(entries_.begin(), alias);
      Trim();
      return found;
    }
    if (in_making_.insert(key).second) break;
    COLLATE_RETURN_IF_ERROR(check());
    // A caller that hangs up wakes nobody, hence the time.
    made_.wait_for(lock, std::chrono::milliseconds(20));
  }
  const bool mine = IsOf(snapshot);
  lock.unlock();
  const absl::Cleanup end = [this, mine, &key] {
    if (!mine) return;
    const std::lock_guard ended(mutex_);
    in_making_.erase(key);
    made_.notify_all();
  };
  COLLATE_ASSIGN_OR_RETURN(SentAnswer made, make());
  auto answer = std::make_shared<const SentAnswer>(std::move(made));
  const std::lock_guard keep(mutex_);
  if (answer->digest.empty() || !IsOf(snapshot) || at_.contains(key)) {
    return answer;
  }
  const size_t size = answer->bytes.size() + kEntryBytes;
  entries_.push_front({answer, {}, size});
  bytes_ += size;
  AddKey(entries_.begin(), key);
  AddKey(entries_.begin(), alias);
  Trim();
  return answer;
}

size_t AnswerCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace collate::api
