#include "service/store/sqlite_rows.h"

#include <cstring>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"
#include "service/store/document_blocks.h"
#include "service/store/release_codec.h"
#include "service/store/slice_codec.h"
#include "service/store/sqlite_documents.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

absl::StatusOr<int64_t> WriteRelease(const Connection& connection,
                                     const Release& release,
                                     int64_t chunk_count) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare(
          "INSERT INTO release (name, source, publish_time, load_time, "
          "edition, adapter_id, adapter_version, adapter_sha256, "
          "vocabulary_sha256, manifest, synthetic, state, withdrawn_reason, "
          "report, observation_count, chunk_count, crc32c) VALUES "
          "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "RETURNING id"));
  insert.Bind(release.name).Bind(release.source);
  if (release.publish_time.has_value()) {
    insert.Bind(absl::ToUnixMicros(*release.publish_time));
  } else {
    insert.BindNull();
  }
  insert.Bind(absl::ToUnixMicros(release.load_time))
      .Bind(release.edition)
      .Bind(release.adapter_id)
      .Bind(release.adapter_version)
      .Bind(release.adapter_sha256)
      .Bind(release.vocabulary_sha256)
      .BindBlob(release.manifest)
      .Bind(int64_t{release.synthetic})
      .Bind(static_cast<int64_t>(release.state))
      .Bind(release.withdrawn_reason)
      .BindBlob(release.report)
      .Bind(release.observation_count)
      .Bind(chunk_count)
      .Bind(int64_t{ReleaseCrc(release)});
  return insert.RunReturningId();
}

absl::Status ReadDocuments(const Connection& connection, ReleaseRow& row) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare(
          "SELECT r.name, r.media_type, d.id, d.sha256, d.byte_count, "
          "d.retained FROM release_document AS r JOIN document AS d ON d.id = "
          "r.document WHERE r.release = ? ORDER BY r.seq"));
  query.Bind(row.id);
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    const DocumentRow stored = {query.Int64(2), std::string(query.Text(3)),
                                query.Int64(4), query.Int64(5) != 0};
    Document& document = row.release.documents.emplace_back();
    document.name = std::string(query.Text(0));
    document.media_type = std::string(query.Text(1));
    document.sha256 = stored.sha256;
    document.byte_count = stored.byte_count;
    document.retained = stored.retained;
    COLLATE_RETURN_IF_ERROR(query.status());
    COLLATE_RETURN_IF_ERROR(CheckBlockCount(connection, stored));
  }
}

absl::Status ReadExtents(const Connection& connection, ReleaseRow& row) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare("SELECT body FROM extent WHERE release = ? "
                         "ORDER BY seq"));
  query.Bind(row.id);
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    COLLATE_ASSIGN_OR_RETURN(Extent extent, DecodeExtent(query.Blob(0)));
    row.release.extents.push_back(std::move(extent));
  }
}

}  // namespace

absl::StatusOr<std::vector<EncodedChunk>> EncodeAll(const ReleaseDraft& draft) {
  const Release& release = draft.release;
  Known known;
  known.from =
      absl::ToUnixMicros(release.publish_time.value_or(release.load_time));
  std::vector<EncodedChunk> chunks;
  for (const Observations& observations : draft.observations) {
    COLLATE_ASSIGN_OR_RETURN(const std::vector<Observations> pieces,
                             SortAndSplit(observations));
    for (const Observations& piece : pieces) {
      EncodedChunk& chunk = chunks.emplace_back();
      chunk.measure = piece.slice.measure;
      chunk.row_count = static_cast<int64_t>(piece.row_count());
      COLLATE_ASSIGN_OR_RETURN(chunk.bytes, EncodeChunk(piece, known));
    }
  }
  return chunks;
}

absl::Status WriteAll(const Connection& connection, const ReleaseDraft& draft,
                      const std::vector<EncodedChunk>& chunks) {
  Release release = draft.release;
  release.observation_count = 0;
  for (const EncodedChunk& chunk : chunks) {
    release.observation_count += chunk.row_count;
  }
  COLLATE_ASSIGN_OR_RETURN(const std::optional<ReleaseRow> taken,
                           FindRelease(connection, release.name));
  if (taken.has_value()) return ReleaseExists(release.name);
  COLLATE_ASSIGN_OR_RETURN(
      const int64_t id,
      WriteRelease(connection, release, static_cast<int64_t>(chunks.size())));
  COLLATE_ASSIGN_OR_RETURN(
      Statement document,
      connection.Prepare("INSERT INTO release_document (release, seq, "
                         "document, name, media_type) VALUES "
                         "(?, ?, ?, ?, ?)"));
  for (size_t i = 0; i < release.documents.size(); ++i) {
    COLLATE_ASSIGN_OR_RETURN(
        const int64_t document_id,
        WriteDocument(connection, release.documents[i], draft.contents[i]));
    COLLATE_RETURN_IF_ERROR(document.Bind(id)
                                .Bind(static_cast<int64_t>(i))
                                .Bind(document_id)
                                .Bind(release.documents[i].name)
                                .Bind(release.documents[i].media_type)
                                .Run());
  }
  COLLATE_ASSIGN_OR_RETURN(
      Statement extent,
      connection.Prepare("INSERT INTO extent (release, seq, measure, body) "
                         "VALUES (?, ?, ?, ?)"));
  for (size_t i = 0; i < release.extents.size(); ++i) {
    const std::string body = EncodeExtent(release.extents[i]);
    COLLATE_RETURN_IF_ERROR(extent.Bind(id)
                                .Bind(static_cast<int64_t>(i))
                                .Bind(release.extents[i].slice.measure)
                                .BindBlob(body)
                                .Run());
  }
  COLLATE_ASSIGN_OR_RETURN(
      Statement chunk,
      connection.Prepare("INSERT INTO chunk (release, seq, measure, "
                         "row_count, bytes) VALUES (?, ?, ?, ?, ?)"));
  for (size_t i = 0; i < chunks.size(); ++i) {
    COLLATE_RETURN_IF_ERROR(chunk.Bind(id)
                                .Bind(static_cast<int64_t>(i))
                                .Bind(chunks[i].measure)
                                .Bind(chunks[i].row_count)
                                .BindBlob(chunks[i].bytes)
                                .Run());
  }
  return draft.admit ? draft.admit() : absl::OkStatus();
}

ReleaseRow ReadReleaseRow(Statement& row) {
  ReleaseRow read;
  Release& release = read.release;
  read.id = row.Int64(0);
  release.name = std::string(row.Text(1));
  release.source = std::string(row.Text(2));
  if (!row.IsNull(3)) {
    release.publish_time = absl::FromUnixMicros(row.Int64(3));
  }
  release.load_time = absl::FromUnixMicros(row.Int64(4));
  release.edition = std::string(row.Text(5));
  release.adapter_id = std::string(row.Text(6));
  release.adapter_version = std::string(row.Text(7));
  release.adapter_sha256 = std::string(row.Text(8));
  release.vocabulary_sha256 = std::string(row.Text(9));
  release.manifest = std::string(row.Blob(10));
  release.synthetic = row.Int64(11) != 0;
  release.state = static_cast<ReleaseState>(row.Int64(12));
  release.withdrawn_reason = std::string(row.Text(13));
  release.report = std::string(row.Blob(14));
  release.observation_count = row.Int64(15);
  read.crc = static_cast<uint32_t>(row.Int64(16));
  return read;
}

absl::StatusOr<std::optional<ReleaseRow>> FindRelease(
    const Connection& connection, absl::string_view name) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(absl::StrCat(kSelectRelease, "WHERE name = ?")));
  COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(name).Step());
  if (!found) {
    COLLATE_ASSIGN_OR_RETURN(
        Statement scan,
        connection.Prepare("SELECT 1 FROM release NOT INDEXED WHERE name = ?"));
    COLLATE_ASSIGN_OR_RETURN(const bool there, scan.Bind(name).Step());
    if (!there) return std::nullopt;
    return CorruptStore(absl::StrCat(connection.path(), ": release ", name,
                                     ": the index does not know it"));
  }
  ReleaseRow row = ReadReleaseRow(find);
  COLLATE_RETURN_IF_ERROR(find.status());
  COLLATE_RETURN_IF_ERROR(CompleteRelease(connection, row));
  return row;
}

absl::Status CheckReleaseCount(const Connection& connection, int64_t rows) {
  for (const char* index : {"sqlite_autoindex_release_1", "release_source"}) {
    COLLATE_ASSIGN_OR_RETURN(
        const int64_t indexed,
        connection.QueryInt64(
            absl::StrCat("SELECT count(*) FROM release INDEXED BY ", index)));
    if (indexed == rows) continue;
    return CorruptStore(absl::StrCat(connection.path(), ": there are ", rows,
                                     " releases, but ", indexed, " in index ",
                                     index));
  }
  return absl::OkStatus();
}

absl::Status CompleteRelease(const Connection& connection, ReleaseRow& row) {
  COLLATE_RETURN_IF_ERROR(ReadDocuments(connection, row));
  COLLATE_RETURN_IF_ERROR(ReadExtents(connection, row));
  if (ReleaseCrc(row.release) == row.crc) return absl::OkStatus();
  return CorruptStore(absl::StrCat(connection.path(), ": release ",
                                   row.release.name,
                                   ": its checksum does not hold"));
}

namespace {

// What is known of a release's chunks before they are read.
struct ChunkCounts {
  int64_t id = 0;
  int64_t chunks = 0;
  int64_t observations = 0;
  size_t documents = 0;
};

absl::StatusOr<ChunkCounts> CountChunks(const Connection& connection,
                                        absl::string_view name) {
  COLLATE_ASSIGN_OR_RETURN(const std::optional<ReleaseRow> row,
                           FindRelease(connection, name));
  if (!row.has_value()) return ReleaseNotFound(name);
  COLLATE_ASSIGN_OR_RETURN(
      Statement count,
      connection.Prepare("SELECT chunk_count, (SELECT count(*) FROM chunk "
                         "WHERE release = ?1) FROM release WHERE id = ?1"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, count.Bind(row->id).Step());
  if (!found || count.Int64(0) != count.Int64(1)) {
    return CorruptStore(absl::StrCat(connection.path(), ": release ", name,
                                     " has ", found ? count.Int64(1) : 0,
                                     " chunks, expected ",
                                     found ? count.Int64(0) : 0));
  }
  const ChunkCounts counts{row->id, count.Int64(0),
                           row->release.observation_count,
                           row->release.documents.size()};
  COLLATE_RETURN_IF_ERROR(count.status());
  return counts;
}

absl::StatusOr<Observations> ChunkOf(const Connection& connection,
                                     absl::string_view name,
                                     const ChunkCounts& counts,
                                     int64_t number) {
  const std::string where =
      absl::StrCat(connection.path(), ": release ", name, ", chunk ", number);
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(
          "SELECT rowid FROM chunk WHERE release = ? AND seq = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool known,
                           find.Bind(counts.id).Bind(number).Step());
  if (!known) return CorruptStore(absl::StrCat(where, ": missing"));
  // The index says only where to look: the row has to say itself what it is.
  COLLATE_ASSIGN_OR_RETURN(
      Statement read,
      connection.Prepare("SELECT release, seq, measure, row_count, bytes FROM "
                         "chunk WHERE rowid = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, read.Bind(find.Int64(0)).Step());
  if (!found || read.Int64(0) != counts.id || read.Int64(1) != number) {
    return CorruptStore(
        absl::StrCat(where, ": the index leads to another row"));
  }
  absl::StatusOr<Observations> chunk = DecodeChunk(read.Blob(4));
  if (!chunk.ok()) return base::Annotate(chunk.status(), where);
  if (read.Text(2) != chunk->slice.measure ||
      read.Int64(3) != static_cast<int64_t>(chunk->row_count())) {
    return CorruptStore(
        absl::StrCat(where, ": the row and its bytes do not agree"));
  }
  COLLATE_RETURN_IF_ERROR(read.status());
  for (const Locator& locator : chunk->locator) {
    if (locator.document < counts.documents) continue;
    return CorruptStore(absl::StrCat(where, ": cites document ",
                                     locator.document, " of ",
                                     counts.documents));
  }
  return chunk;
}

// Hands over every chunk in turn; the number of their observations.
absl::StatusOr<int64_t> VisitChunks(
    const Connection& connection, absl::string_view name,
    absl::FunctionRef<void(Observations)> visit) {
  COLLATE_ASSIGN_OR_RETURN(const ChunkCounts counts,
                           CountChunks(connection, name));
  int64_t rows = 0;
  for (int64_t number = 0; number < counts.chunks; ++number) {
    COLLATE_ASSIGN_OR_RETURN(Observations chunk,
                             ChunkOf(connection, name, counts, number));
    rows += static_cast<int64_t>(chunk.row_count());
    visit(std::move(chunk));
  }
  if (rows == counts.observations) return rows;
  return CorruptStore(absl::StrCat(connection.path(), ": release ", name,
                                   " has ", rows, " observations, expected ",
                                   counts.observations));
}

}  // namespace

absl::StatusOr<std::vector<Observations>> ReadChunks(
    const Connection& connection, absl::string_view name) {
  std::vector<Observations> chunks;
  COLLATE_RETURN_IF_ERROR(
      VisitChunks(connection, name, [&chunks](Observations chunk) {
        chunks.push_back(std::move(chunk));
      }).status());
  return chunks;
}

absl::StatusOr<std::string> FingerprintOf(const Connection& connection,
                                          absl::string_view name) {
  COLLATE_ASSIGN_OR_RETURN(const std::optional<ReleaseRow> row,
                           FindRelease(connection, name));
  if (!row.has_value()) return ReleaseNotFound(name);
  COLLATE_ASSIGN_OR_RETURN(
      Statement chunks,
      connection.Prepare(
          "SELECT rowid FROM chunk WHERE release = ? ORDER BY seq"));
  chunks.Bind(row->id);
  std::vector<uint32_t> crcs;
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, chunks.Step());
    if (!more) break;
    COLLATE_ASSIGN_OR_RETURN(
        const std::string begin,
        connection.ReadBlob("chunk", "bytes", chunks.Int64(0), kChunkPrefix));
    uint32_t& crc = crcs.emplace_back();
    std::memcpy(&crc, begin.data() + kChunkCrcOffset, sizeof(crc));
  }
  return FingerprintOf(row->release, crcs);
}

absl::StatusOr<int64_t> CheckChunks(const Connection& connection,
                                    absl::string_view name) {
  return VisitChunks(connection, name, [](const Observations&) {});
}

absl::StatusOr<Observations> ReadChunk(const Connection& connection,
                                       absl::string_view name, uint32_t chunk) {
  COLLATE_ASSIGN_OR_RETURN(const ChunkCounts counts,
                           CountChunks(connection, name));
  if (chunk >= counts.chunks) return ChunkNotFound(name, counts.chunks, chunk);
  return ChunkOf(connection, name, counts, chunk);
}

}  // namespace collate::store
