// A store without a disk: keeps drafts as they were handed in. For tests of
// rooms above the store. Thread-safe.

#ifndef COLLATE_TESTS_TESTING_MEMORY_STORE_H_
#define COLLATE_TESTS_TESTING_MEMORY_STORE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/query/snapshot.h"
#include "service/store/store.h"

namespace collate::testing {

class MemoryStore final : public store::Store {
 public:
  absl::Status Publish(const store::ReleaseDraft& draft) override {
    const std::lock_guard lock(mutex_);
    for (const store::ReleaseDraft& other : drafts_) {
      if (other.release.name == draft.release.name) {
        return absl::AlreadyExistsError(draft.release.name);
      }
    }
    if (draft.admit) {
      const absl::Status admitted = draft.admit();
      if (!admitted.ok()) return admitted;
    }
    drafts_.push_back(draft);
    drafts_.back().admit = nullptr;
    int64_t rows = 0;
    for (const auto& chunk : draft.observations) {
      rows += static_cast<int64_t>(chunk.row_count());
    }
    drafts_.back().release.observation_count = rows;
    return absl::OkStatus();
  }

  absl::Status Withdraw(absl::string_view release,
                        absl::string_view reason) override {
    const std::lock_guard lock(mutex_);
    for (store::ReleaseDraft& draft : drafts_) {
      if (absl::string_view(draft.release.name) != release) continue;
      if (draft.release.state == store::ReleaseState::kPublished) {
        draft.release.state = store::ReleaseState::kWithdrawn;
        draft.release.withdrawn_reason = std::string(reason);
      }
      return absl::OkStatus();
    }
    return absl::NotFoundError(release);
  }

  absl::StatusOr<std::vector<store::Release>> ListReleases() const override {
    const std::lock_guard lock(mutex_);
    std::vector<store::Release> releases;
    for (const auto& draft : drafts_) releases.push_back(draft.release);
    std::sort(releases.begin(), releases.end(),
              [](const store::Release& a, const store::Release& b) {
                if (a.source != b.source) return a.source < b.source;
                return store::Precedes(a, b);
              });
    return releases;
  }

  absl::StatusOr<store::Release> GetRelease(
      absl::string_view name) const override {
    const std::lock_guard lock(mutex_);
    for (const auto& draft : drafts_) {
      if (absl::string_view(draft.release.name) == name) return draft.release;
    }
    return absl::NotFoundError(name);
  }

  absl::StatusOr<std::vector<store::Observations>> ReadObservations(
      absl::string_view release) const override {
    const std::lock_guard lock(mutex_);
    for (const auto& draft : drafts_) {
      if (absl::string_view(draft.release.name) != release) continue;
      const auto damaged = damaged_.find(draft.release.name);
      if (damaged != damaged_.end()) return damaged->second;
      return draft.observations;
    }
    return absl::NotFoundError(release);
  }

  absl::StatusOr<std::string> Fingerprint(
      absl::string_view release) const override {
    const auto observations = ReadObservations(release);
    if (!observations.ok()) return observations.status();
    std::string chunks;
    for (const store::Observations& chunk : *observations) {
      absl::StrAppend(&chunks, chunk.row_count(), ",");
    }
    return absl::StrCat(release, " ", chunks);
  }

  absl::StatusOr<store::Observations> ReadChunk(absl::string_view release,
                                                uint32_t chunk) const override {
    auto observations = ReadObservations(release);
    if (!observations.ok()) return observations.status();
    return (*observations)[chunk];
  }

  // From now on the document of that digest has these bytes.
  void Keep(const std::string& sha256, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    kept_[sha256] = bytes;
  }

  absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                           int64_t offset,
                                           int64_t max_bytes) const override {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(std::string(sha256));
    if (found == kept_.end()) {
      return base::Error(absl::StatusCode::kFailedPrecondition,
                         "DOCUMENT_NOT_RETAINED", "only the digest is kept");
    }
    return found->second.substr(static_cast<size_t>(offset),
                                static_cast<size_t>(max_bytes));
  }

  absl::StatusOr<std::vector<std::string>> ListSourceIds() const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& draft : drafts_) ids.push_back(draft.release.source);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  }

  absl::Status Check(const store::CheckProgress& progress,
                     store::CheckReport& report) const override {
    const std::lock_guard lock(mutex_);
    report.releases += static_cast<int64_t>(drafts_.size());
    for (const auto& [release, why] : damaged_) report.AddProblem(release);
    return progress ? progress(report) : absl::OkStatus();
  }

  // From now on the figures of a release cannot be read.
  void Damage(const std::string& release,
              const absl::Status& why =
                  absl::DataLossError("a checksum does not hold")) {
    const std::lock_guard lock(mutex_);
    damaged_[release] = why;
  }
  // And from now on they can.
  void Repair(const std::string& release) {
    const std::lock_guard lock(mutex_);
    damaged_.erase(release);
  }

 private:
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex mutex_;  // guards the rest
  std::vector<store::ReleaseDraft> drafts_;
  std::map<std::string, absl::Status> damaged_;
  std::map<std::string, std::string> kept_;
};

// The drafts that would publish what `snapshot` holds.
inline std::vector<store::ReleaseDraft> DraftsOf(
    const query::Snapshot& snapshot) {
  std::vector<store::ReleaseDraft> drafts;
  for (const auto& loaded : snapshot.releases()) {
    store::ReleaseDraft& draft = drafts.emplace_back();
    draft.release = loaded->release;
    draft.contents.resize(loaded->release.documents.size());
    for (uint32_t chunk = 0; chunk < loaded->chunks->size(); ++chunk) {
      draft.observations.push_back(**loaded->chunks->Read(chunk));
    }
  }
  return drafts;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_MEMORY_STORE_H_
