// A store whose restricted releases are as a profile shows them. It stands
// between the real store and a Publisher, so that whatever is answered from
// that Publisher (sums, shares, changes, bounds, conflicts, revisions,
// findings, claims, citations, lists, exports) is made of protected rows.
//
// Releases of published sources pass through as they are. Of a restricted one
// each row is replaced: number, bounds and token are the protected ones, the
// number of records is gone, and so is what was noted of a figure; the report
// of its ingestion, which quotes cells, is an empty one; digest and size of its
// documents are not told, and their bytes are refused. Percentages, rates and
// means have no number at all.
//
// Releases are decided in the order in which they were loaded, each once; see
// suppress.h. A withdrawn release goes on being known. Where rows that complete
// breakdowns lack would give others away (a 0 that is withheld), none of a
// release is said to be complete. One that cannot be protected is there and
// cannot be read: FAILED_PRECONDITION (reason DISCLOSURE_WITHHELD), or
// RESOURCE_EXHAUSTED (reason DISCLOSURE_LIMIT).
//
// Writes nothing. Thread-safe; whoever reads first waits until all is decided.

#ifndef COLLATE_SERVICE_DISCLOSURE_PROTECTED_STORE_H_
#define COLLATE_SERVICE_DISCLOSURE_PROTECTED_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/disclosure/attack.h"
#include "service/disclosure/profile.h"
#include "service/disclosure/suppress.h"
#include "service/disclosure/tables.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::disclosure {

class ProtectedStore final : public store::Store {
 public:
  struct Options {
    std::shared_ptr<const vocabulary::Vocabulary> vocabulary;
    const store::Store* store = nullptr;  // outlives it
    const Profile* profile = nullptr;
    std::string report;  // of a restricted release, instead of its own
    AttackLimits limits;
  };

  explicit ProtectedStore(Options options);

  const Profile& profile() const { return *options_.profile; }
  const vocabulary::Vocabulary& vocabulary() const {
    return *options_.vocabulary;
  }
  // What it protects.
  const store::Store& original() const { return *options_.store; }

  bool IsRestricted(const store::Release& release) const;

  // FAILED_PRECONDITION (reason READ_ONLY).
  absl::Status Publish(const store::ReleaseDraft& draft) override;
  absl::Status Withdraw(absl::string_view release,
                        absl::string_view reason) override;

  absl::StatusOr<std::vector<store::Release>> ListReleases() const override;
  absl::StatusOr<store::Release> GetRelease(
      absl::string_view name) const override;
  absl::StatusOr<std::vector<store::Observations>> ReadObservations(
      absl::string_view release) const override;
  // Of no use to whoever holds a part of the figures.
  absl::StatusOr<std::string> Fingerprint(
      absl::string_view release) const override;
  absl::StatusOr<store::Observations> ReadChunk(absl::string_view release,
                                                uint32_t chunk) const override;
  // PERMISSION_DENIED (reason DISCLOSURE_CONTROL) of a restricted release,
  // whose digests are not known.
  absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                           int64_t offset,
                                           int64_t max_bytes) const override;
  absl::StatusOr<std::vector<std::string>> ListSourceIds() const override;
  absl::Status Check(const store::CheckProgress& progress,
                     store::CheckReport& report) const override;

 private:
  // The cells of a release, by chunk and row; or why it is not shown.
  struct Decided {
    absl::Status status;
    std::vector<std::vector<uint32_t>> cells;
    bool says_complete = true;  // which breakdowns are complete
  };

  store::Release Protected(store::Release release) const;
  // The caller holds mutex_.
  absl::StatusOr<const Decided*> Find(const store::Release& release) const;
  absl::Status DecideAll() const;
  Decided Decide(const std::string& source,
                 const std::vector<store::Observations>& release) const;
  store::Observations Protected(const store::Observations& chunk,
                                const Decided& decided, uint32_t index) const;

  const Options options_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex mutex_;  // guards the rest
  mutable Tables tables_;
  mutable Decisions decisions_;
  mutable std::map<std::string, Decided> decided_;  // by release
};

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_PROTECTED_STORE_H_
