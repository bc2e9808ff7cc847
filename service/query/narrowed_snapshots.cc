#include "service/query/narrowed_snapshots.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/query/selection.h"

namespace collate::query {

absl::StatusOr<std::vector<uint32_t>> ReleasesThatPass(
    const Query& query, const Snapshot& snapshot) {
  const auto& all = snapshot.releases();
  std::vector<bool> pinned(all.size(), query.releases.empty());
  for (size_t i = 0; i < query.releases.size(); ++i) {
    const std::string& name = query.releases[i];
    const auto at = std::find_if(
        all.begin(), all.end(),
        [&name](const auto& loaded) { return loaded->release.name == name; });
    if (at == all.end()) {
      std::vector<std::string> names;
      for (const auto& loaded : all) names.push_back(loaded->release.name);
      return UnknownWord("UNKNOWN_RELEASE", "release", name,
                         absl::StrCat("query.releases[", i, "]"),
                         vocabulary::NearMatches(name, names));
    }
    pinned[static_cast<size_t>(at - all.begin())] = true;
  }
  std::vector<uint32_t> passing;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (pinned[i] && (!query.loaded_by.has_value() ||
                      all[i]->release.load_time <= *query.loaded_by)) {
      passing.push_back(i);
    }
  }
  return passing;
}

std::shared_ptr<const Snapshot> NarrowedSnapshots::Of(
    const std::shared_ptr<const Snapshot>& whole,
    const std::vector<uint32_t>& indexes) {
  if (auto kept = Find(whole.get(), indexes)) return kept;
  const std::lock_guard<std::mutex> making(making_);
  // Another question may have had it made meanwhile.
  if (auto kept = Find(whole.get(), indexes)) return kept;
  std::shared_ptr<const Snapshot> made = whole->Narrow(indexes);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (whole == current_) {
    kept_.push_front({indexes, made});
    if (kept_.size() > kMostKept) kept_.pop_back();
  }
  return made;
}

std::shared_ptr<const Snapshot> NarrowedSnapshots::Find(
    const Snapshot* whole, const std::vector<uint32_t>& indexes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (whole != current_.get()) return nullptr;
  for (auto at = kept_.begin(); at != kept_.end(); ++at) {
    if (at->indexes != indexes) continue;
    kept_.splice(kept_.begin(), kept_, at);
    return kept_.front().snapshot;
  }
  return nullptr;
}

void NarrowedSnapshots::Replace(std::shared_ptr<const Snapshot> current) {
  const std::lock_guard<std::mutex> lock(mutex_);
  current_ = std::move(current);
  kept_.clear();
}

}  // namespace collate::query
