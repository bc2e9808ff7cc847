// What is kept: releases, their documents, their observations and reports.
//
// Embedded (sqlite_store.h) or shared (clickhouse_store.h), with one test for
// both (tests/service/store/store_conformance.h). A release becomes visible
// as a whole or not at all; an acknowledged one survives a crash. All
// methods may be called from any thread; writers are serialised inside,
// readers see the last committed state.
//
// Times are kept to the microsecond, rounded down.
//
// Errors: DATA_LOSS (reason CORRUPT_STORE) when a checksum does not hold,
// NOT_FOUND (reasons RELEASE_NOT_FOUND, DOCUMENT_NOT_FOUND) for an unknown
// name, RESOURCE_EXHAUSTED (reason DISK_FULL), UNAVAILABLE (reason STORE_IO)
// for other failures of file system or network, or STORE_BUSY when another
// program writes, FAILED_PRECONDITION (reason STORE_NEWER) for what is of a
// later format. UNAVAILABLE with reason COMMIT_OUTCOME_UNKNOWN: the change may
// or may not have been kept; making it again is safe.

#ifndef COLLATE_SERVICE_STORE_STORE_H_
#define COLLATE_SERVICE_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/store/backup.h"
#include "service/store/check_report.h"
#include "service/store/observation_index.h"
#include "service/store/observations.h"

namespace collate::store {

struct Document {
  std::string name;        // file name as handed in
  std::string media_type;  // may be empty
  std::string sha256;      // 64 hex digits
  int64_t byte_count = 0;
  // The bytes can be read with ReadDocument, because this release or another
  // one of the same content kept them. Set by the store.
  bool retained = false;
};

enum class ReleaseState { kPublished = 1, kWithdrawn = 2 };

// Everything about a release except its observations and document bytes.
struct Release {
  std::string name;    // sources/{source}/releases/{yyyymmdd}-{12 hex}
  std::string source;  // source id
  // The publisher's clock; nullopt = unknown; load_time bounds it.
  std::optional<absl::Time> publish_time;
  absl::Time load_time;  // ours
  std::string edition;
  std::vector<Document> documents;
  std::string adapter_id;
  std::string adapter_version;
  std::string adapter_sha256;
  std::string vocabulary_sha256;
  std::string manifest;  // canonical serialisation; part of the identity
  bool synthetic = false;
  ReleaseState state = ReleaseState::kPublished;
  std::string withdrawn_reason;
  std::vector<Extent> extents;
  std::string report;  // serialised ingestion report, kept as handed in
  int64_t observation_count = 0;
};

// Whether `a` is earlier than `b` among releases of one source:
// (publish_time, edition, sha256 in the name); never by load order. A release
// of unknown publish_time is earlier than every dated one.
bool Precedes(const Release& a, const Release& b);

// Bytes of a document on their way in: called with increasing offsets.
using DocumentReader = std::function<absl::StatusOr<std::string>(
    int64_t offset, int64_t max_bytes)>;

struct ReleaseDraft {
  Release release;
  // Parallel to release.documents; an empty function keeps only the digest.
  std::vector<DocumentReader> contents;
  std::vector<Observations> observations;  // any row count; split into chunks
  // Asked when all else is done and only visibility is wanting: an error is
  // that of the publication, which then leaves nothing. Empty = no question.
  std::function<absl::Status()> admit;
};

class Store {
 public:
  virtual ~Store() = default;

  // Makes the draft visible in one transaction. ALREADY_EXISTS (reason
  // RELEASE_EXISTS) when the name is taken (by a withdrawn release too);
  // INVALID_ARGUMENT for a draft whose parts do not fit each other (reasons
  // INVALID_RELEASE, INVALID_SLICE, INVALID_OBSERVATIONS) or whose documents
  // have other bytes than they say (DOCUMENT_MISMATCH). Errors of the readers
  // come back as they are. The store counts the observations itself; a count
  // in the draft must be 0 or right. Readers must not call the store.
  virtual absl::Status Publish(const ReleaseDraft& draft) = 0;

  // Marks a release as withdrawn; its observations stay for as-of answers.
  // Withdrawing twice changes nothing.
  virtual absl::Status Withdraw(absl::string_view release,
                                absl::string_view reason) = 0;

  // All releases, ordered by (source, Precedes).
  virtual absl::StatusOr<std::vector<Release>> ListReleases() const = 0;
  virtual absl::StatusOr<Release> GetRelease(absl::string_view name) const = 0;

  // Observations of a release, one per stored chunk, in stored order.
  virtual absl::StatusOr<std::vector<Observations>> ReadObservations(
      absl::string_view release) const = 0;

  // Differs when what the store holds of a release does, but for its state:
  // made of checksums, so that nothing of the observations is read. Errors of
  // ReadObservations.
  virtual absl::StatusOr<std::string> Fingerprint(
      absl::string_view release) const = 0;

  // One of them, numbered from 0. OUT_OF_RANGE (reason CHUNK_NOT_FOUND) when
  // the release has fewer.
  virtual absl::StatusOr<Observations> ReadChunk(absl::string_view release,
                                                 uint32_t chunk) const = 0;

  // Bytes of a retained document; FAILED_PRECONDITION (reason
  // DOCUMENT_NOT_RETAINED) when only its digest was kept.
  virtual absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                                   int64_t offset,
                                                   int64_t max_bytes) const = 0;

  // Sources that were created by an ingestion rather than by the vocabulary:
  // the ids of all sources that have a release.
  virtual absl::StatusOr<std::vector<std::string>> ListSourceIds() const = 0;

  // Verifies every checksum of the store and adds to `report` what it looked
  // at and what is damaged; fails only when it cannot go on. Beside it
  // everything else goes on. `progress` may be empty.
  virtual absl::Status Check(const CheckProgress& progress,
                             CheckReport& report) const = 0;

  // Writes a state of one moment into `directory`, which exists and from which
  // OpenDataDirectory can read it; everything else goes on. `progress` may be
  // empty. FAILED_PRECONDITION (reason STORE_NOT_EMBEDDED) for a store that is
  // not in the data directory; UNAVAILABLE, RESOURCE_EXHAUSTED as to the files.
  virtual absl::Status BackUp(const std::string& directory,
                              const CopyProgress& progress) const;

  // Null where the store cannot look for rows by itself. Valid as long as the
  // store is.
  virtual const ObservationIndex* index() const { return nullptr; }
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_STORE_H_
