#include "service/disclosure/protected_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/disclosure/protected_rows.h"

namespace collate::disclosure {
namespace {

using store::Observations;
using store::Release;

Observations Incomplete(Observations chunk) {
  if (chunk.slice.partition == store::Partition::kComplete) {
    chunk.slice.partition = store::Partition::kIncomplete;
  }
  return chunk;
}

std::vector<Observations> Incomplete(std::vector<Observations> chunks) {
  for (Observations& chunk : chunks) chunk = Incomplete(std::move(chunk));
  return chunks;
}

absl::Status ReadOnly() {
  return base::Error(absl::StatusCode::kFailedPrecondition, "READ_ONLY",
                     "what is protected is changed where it is kept");
}

}  // namespace

ProtectedStore::ProtectedStore(Options options)
    : options_(std::move(options)), tables_(options_.vocabulary.get()) {}

bool ProtectedStore::IsRestricted(const Release& release) const {
  const vocabulary::Source* source =
      options_.vocabulary->FindSource(release.source);
  return source != nullptr && source->access == vocabulary::Access::kRestricted;
}

absl::Status ProtectedStore::Publish(const store::ReleaseDraft& draft) {
  return ReadOnly();
}

absl::Status ProtectedStore::Withdraw(absl::string_view release,
                                      absl::string_view reason) {
  return ReadOnly();
}

Release ProtectedStore::Protected(Release release) const {
  if (!IsRestricted(release)) return release;
  // A small document can be found by its digest or its size.
  for (store::Document& document : release.documents) {
    document.sha256.clear();
    document.byte_count = 0;
    document.retained = false;
  }
  release.manifest.clear();
  release.report = options_.report;
  return release;
}

absl::StatusOr<std::vector<Release>> ProtectedStore::ListReleases() const {
  COLLATE_ASSIGN_OR_RETURN(std::vector<Release> releases,
                           options_.store->ListReleases());
  for (Release& release : releases) release = Protected(std::move(release));
  return releases;
}

absl::StatusOr<Release> ProtectedStore::GetRelease(
    absl::string_view name) const {
  COLLATE_ASSIGN_OR_RETURN(Release release, options_.store->GetRelease(name));
  return Protected(std::move(release));
}

ProtectedStore::Decided ProtectedStore::Decide(
    const std::string& source, const std::vector<Observations>& release) const {
  Decided decided;
  Tables tables = tables_;
  auto cells = tables.Add(source, release);
  decided.status = cells.status();
  if (!cells.ok()) return decided;
  decided.status = disclosure::Decide(*options_.profile, tables,
                                      options_.limits, &decisions_);
  if (!decided.status.ok()) return decided;
  decided.cells = *std::move(cells);
  tables_ = std::move(tables);
  return decided;
}

absl::Status ProtectedStore::DecideAll() const {
  COLLATE_ASSIGN_OR_RETURN(std::vector<Release> releases,
                           options_.store->ListReleases());
  std::erase_if(releases, [this](const Release& release) {
    return !IsRestricted(release) || decided_.contains(release.name);
  });
  std::sort(
      releases.begin(), releases.end(), [](const Release& a, const Release& b) {
        return std::tie(a.load_time, a.name) < std::tie(b.load_time, b.name);
      });
  for (const Release& release : releases) {
    const auto read = options_.store->ReadObservations(release.name);
    // What cannot be read is shown to nobody, and is tried again.
    if (!read.ok()) continue;
    Decided decided = Decide(release.source, *read);
    if (absl::IsFailedPrecondition(decided.status)) {
      // That a breakdown is complete tells that nothing is in what it lacks.
      decided = Decide(release.source, Incomplete(*read));
      decided.says_complete = false;
    }
    decided_.emplace(release.name, std::move(decided));
  }
  return absl::OkStatus();
}

absl::StatusOr<const ProtectedStore::Decided*> ProtectedStore::Find(
    const Release& release) const {
  auto found = decided_.find(release.name);
  if (found == decided_.end()) {
    COLLATE_RETURN_IF_ERROR(DecideAll());
    found = decided_.find(release.name);
  }
  if (found == decided_.end()) {
    // Whatever kept it from being read a moment ago may have passed.
    return base::Error(absl::StatusCode::kUnavailable, "DISCLOSURE_PENDING",
                       absl::StrCat("release '", release.name,
                                    "' is not protected yet"))
        .With("release", release.name);
  }
  if (!found->second.status.ok()) return found->second.status;
  return &found->second;
}

Observations ProtectedStore::Protected(const Observations& chunk,
                                       const Decided& decided,
                                       uint32_t index) const {
  const std::vector<uint32_t>& cells = decided.cells[index];
  std::vector<Stated> shown;
  shown.reserve(chunk.row_count());
  for (size_t row = 0; row < chunk.row_count(); ++row) {
    if (IsCell(cells[row])) {
      shown.push_back(decisions_.cells[cells[row]].shown);
    } else if (cells[row] == kOutsideSums) {
      shown.push_back(
          Protect(*options_.profile, StatedIn(chunk, row), chunk.slice.floor));
    } else {
      shown.push_back(Withhold(StatedIn(chunk, row)));
    }
  }
  Observations made = WithFigures(*options_.profile, chunk, shown);
  return decided.says_complete ? made : Incomplete(std::move(made));
}

absl::StatusOr<std::vector<Observations>> ProtectedStore::ReadObservations(
    absl::string_view name) const {
  COLLATE_ASSIGN_OR_RETURN(const Release release,
                           options_.store->GetRelease(name));
  COLLATE_ASSIGN_OR_RETURN(std::vector<Observations> chunks,
                           options_.store->ReadObservations(name));
  if (!IsRestricted(release)) return chunks;
  const std::lock_guard lock(mutex_);
  COLLATE_ASSIGN_OR_RETURN(const Decided* decided, Find(release));
  for (uint32_t c = 0; c < chunks.size(); ++c) {
    chunks[c] = Protected(chunks[c], *decided, c);
  }
  return chunks;
}

absl::StatusOr<Observations> ProtectedStore::ReadChunk(absl::string_view name,
                                                       uint32_t chunk) const {
  COLLATE_ASSIGN_OR_RETURN(const Release release,
                           options_.store->GetRelease(name));
  COLLATE_ASSIGN_OR_RETURN(Observations read,
                           options_.store->ReadChunk(name, chunk));
  if (!IsRestricted(release)) return read;
  const std::lock_guard lock(mutex_);
  COLLATE_ASSIGN_OR_RETURN(const Decided* decided, Find(release));
  return Protected(read, *decided, chunk);
}

absl::StatusOr<std::string> ProtectedStore::Fingerprint(
    absl::string_view name) const {
  COLLATE_ASSIGN_OR_RETURN(const Release release,
                           options_.store->GetRelease(name));
  if (!IsRestricted(release)) return options_.store->Fingerprint(name);
  return base::Sha256Hex(absl::StrCat(name, " ", options_.profile->name));
}

absl::StatusOr<std::string> ProtectedStore::ReadDocument(
    absl::string_view sha256, int64_t offset, int64_t max_bytes) const {
  if (sha256.empty()) {
    return base::Error(absl::StatusCode::kPermissionDenied,
                       "DISCLOSURE_CONTROL",
                       "documents of a restricted source are not shown under "
                       "a disclosure profile")
        .With("profile", options_.profile->name);
  }
  return options_.store->ReadDocument(sha256, offset, max_bytes);
}

absl::StatusOr<std::vector<std::string>> ProtectedStore::ListSourceIds() const {
  return options_.store->ListSourceIds();
}

absl::Status ProtectedStore::Check(const store::CheckProgress& progress,
                                   store::CheckReport& report) const {
  return options_.store->Check(progress, report);
}

}  // namespace collate::disclosure
