// Releases and chunks as rows of the tables of FORMAT.md. Indexes are trusted
// as little as in sqlite_documents.h.
//
// Everything here happens inside a transaction of the caller, who owns the
// connection. For the files of this folder only.

#ifndef COLLATE_SERVICE_STORE_SQLITE_ROWS_H_
#define COLLATE_SERVICE_STORE_SQLITE_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"
#include "service/store/sqlite_statement.h"
#include "service/store/store.h"

namespace collate::store {

struct EncodedChunk {
  std::string measure;
  int64_t row_count = 0;
  std::string bytes;
};

absl::StatusOr<std::vector<EncodedChunk>> EncodeAll(const ReleaseDraft& draft);

// `chunks` are those of the draft, which is valid.
absl::Status WriteAll(const Connection& connection, const ReleaseDraft& draft,
                      const std::vector<EncodedChunk>& chunks);

struct ReleaseRow {
  int64_t id = 0;
  uint32_t crc = 0;
  Release release;
};

// Rows of this query, with whatever follows it, are read by ReadReleaseRow;
// the statement's status() says whether that went well.
inline constexpr char kSelectRelease[] =
    "SELECT id, name, source, publish_time, load_time, edition, adapter_id, "
    "adapter_version, adapter_sha256, vocabulary_sha256, manifest, synthetic, "
    "state, withdrawn_reason, report, observation_count, crc32c FROM release ";

ReleaseRow ReadReleaseRow(Statement& row);

// The release of that name, complete; nullopt when there is none.
absl::StatusOr<std::optional<ReleaseRow>> FindRelease(
    const Connection& connection, absl::string_view name);

// DATA_LOSS unless the indexes of releases have as many as were read: a row
// that the table has lost leaves no other trace.
absl::Status CheckReleaseCount(const Connection& connection, int64_t rows);

// Adds what stands in other tables and proves that all of it is there.
absl::Status CompleteRelease(const Connection& connection, ReleaseRow& row);

absl::StatusOr<std::vector<Observations>> ReadChunks(
    const Connection& connection, absl::string_view name);
// See Store::Fingerprint.
absl::StatusOr<std::string> FingerprintOf(const Connection& connection,
                                          absl::string_view name);
// The number of their observations, reading one chunk at a time.
absl::StatusOr<int64_t> CheckChunks(const Connection& connection,
                                    absl::string_view name);
// The chunk of that number.
absl::StatusOr<Observations> ReadChunk(const Connection& connection,
                                       absl::string_view name, uint32_t chunk);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SQLITE_ROWS_H_
