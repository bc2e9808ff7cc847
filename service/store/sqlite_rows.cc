#include "service/store/sqlite_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"
#include "service/store/crc32c.h"
#include "service/store/document_blocks.h"
#include "service/store/release_codec.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

// The id that an INSERT ... RETURNING gives.
absl::StatusOr<int64_t> InsertReturningId(Statement& insert) {
  COLLATE_ASSIGN_OR_RETURN(const bool row, insert.Step());
  const int64_t id = row ? insert.Int64(0) : 0;
  COLLATE_RETURN_IF_ERROR(insert.status());
  // The row is inserted for good only when the statement has ended.
  COLLATE_RETURN_IF_ERROR(insert.Step().status());
  insert.Reset();
  return id;
}

absl::Status WriteBlocks(const Connection& connection, int64_t id,
                         const Document& document,
                         const DocumentReader& contents) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO document_block (document, seq, crc32c, "
                         "bytes) VALUES (?, ?, ?, ?)"));
  return ForEachBlock(document, contents,
                      [&](int64_t seq, absl::string_view block) {
                        return insert.Bind(id)
                            .Bind(seq)
                            .Bind(int64_t{Crc32c(block)})
                            .BindBlob(block)
                            .Run();
                      });
}

// The document's row, made and filled when it is new.
absl::StatusOr<int64_t> WriteDocument(const Connection& connection,
                                      const Document& document,
                                      const DocumentReader& contents) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(
          "SELECT id, byte_count, retained FROM document WHERE sha256 = ?"));
  find.Bind(document.sha256);
  COLLATE_ASSIGN_OR_RETURN(const bool found, find.Step());
  int64_t id = 0;
  bool retained = false;
  if (found) {
    id = find.Int64(0);
    const int64_t byte_count = find.Int64(1);
    retained = find.Int64(2) != 0;
    COLLATE_RETURN_IF_ERROR(find.status());
    if (byte_count != document.byte_count) {
      return DocumentMismatch(
          document, absl::StrCat(document.byte_count,
                                 " bytes are announced, the stored one has ",
                                 byte_count));
    }
  }
  find.Reset();
  if (!found) {
    COLLATE_ASSIGN_OR_RETURN(
        Statement insert,
        connection.Prepare("INSERT INTO document (sha256, byte_count, "
                           "retained) VALUES (?, ?, 0) RETURNING id"));
    insert.Bind(document.sha256).Bind(document.byte_count);
    COLLATE_ASSIGN_OR_RETURN(id, InsertReturningId(insert));
  }
  if (!retained && contents != nullptr) {
    COLLATE_RETURN_IF_ERROR(WriteBlocks(connection, id, document, contents));
    COLLATE_ASSIGN_OR_RETURN(
        Statement update,
        connection.Prepare("UPDATE document SET retained = 1 WHERE id = ?"));
    COLLATE_RETURN_IF_ERROR(update.Bind(id).Run());
  }
  return id;
}

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
  return InsertReturningId(insert);
}

absl::Status ReadDocuments(const Connection& connection, ReleaseRow& row) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare(
          "SELECT r.name, r.media_type, d.sha256, d.byte_count, d.retained "
          "FROM release_document AS r JOIN document AS d ON d.id = r.document "
          "WHERE r.release = ? ORDER BY r.seq"));
  query.Bind(row.id);
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    Document& document = row.release.documents.emplace_back();
    document.name = std::string(query.Text(0));
    document.media_type = std::string(query.Text(1));
    document.sha256 = std::string(query.Text(2));
    document.byte_count = query.Int64(3);
    document.retained = query.Int64(4) != 0;
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
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare("SELECT 1 FROM release WHERE name = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool taken, find.Bind(release.name).Step());
  if (taken) return ReleaseExists(release.name);
  find.Reset();
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
  return absl::OkStatus();
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
  int64_t documents = 0;
};

absl::StatusOr<ChunkCounts> CountChunks(const Connection& connection,
                                        absl::string_view name) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(
          "SELECT id, chunk_count, observation_count, (SELECT count(*) FROM "
          "release_document WHERE release = release.id) FROM release "
          "WHERE name = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(name).Step());
  if (!found) return ReleaseNotFound(name);
  const ChunkCounts counts{find.Int64(0), find.Int64(1), find.Int64(2),
                           find.Int64(3)};
  COLLATE_RETURN_IF_ERROR(find.status());
  return counts;
}

constexpr char kChunkColumns[] = "seq, measure, row_count, bytes";

// The chunk in the row that `query` stands at, which is to have that number.
absl::StatusOr<Observations> ChunkAt(const Connection& connection,
                                     absl::string_view name,
                                     const ChunkCounts& counts, int64_t number,
                                     Statement& query) {
  const std::string where = absl::StrCat(connection.path(), ": release ", name,
                                         ", chunk ", query.Int64(0));
  absl::StatusOr<Observations> chunk = DecodeChunk(query.Blob(3));
  if (!chunk.ok()) return base::Annotate(chunk.status(), where);
  if (query.Int64(0) != number || query.Text(1) != chunk->slice.measure ||
      query.Int64(2) != static_cast<int64_t>(chunk->row_count())) {
    return CorruptStore(
        absl::StrCat(where, ": the row and its bytes do not agree"));
  }
  COLLATE_RETURN_IF_ERROR(query.status());
  for (const Locator& locator : chunk->locator) {
    if (locator.document < counts.documents) continue;
    return CorruptStore(absl::StrCat(where, ": cites document ",
                                     locator.document, " of ",
                                     counts.documents));
  }
  return chunk;
}

}  // namespace

absl::StatusOr<std::vector<Observations>> ReadChunks(
    const Connection& connection, absl::string_view name) {
  COLLATE_ASSIGN_OR_RETURN(const ChunkCounts counts,
                           CountChunks(connection, name));
  COLLATE_ASSIGN_OR_RETURN(Statement query, connection.Prepare(absl::StrCat(
                                                "SELECT ", kChunkColumns,
                                                " FROM chunk WHERE release = ? "
                                                "ORDER BY seq")));
  query.Bind(counts.id);
  std::vector<Observations> chunks;
  int64_t rows = 0;
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    COLLATE_ASSIGN_OR_RETURN(
        Observations chunk,
        ChunkAt(connection, name, counts, static_cast<int64_t>(chunks.size()),
                query));
    rows += static_cast<int64_t>(chunk.row_count());
    chunks.push_back(std::move(chunk));
  }
  if (static_cast<int64_t>(chunks.size()) != counts.chunks ||
      rows != counts.observations) {
    return CorruptStore(absl::StrCat(
        connection.path(), ": release ", name, " has ", chunks.size(),
        " chunks and ", rows, " observations, expected ", counts.chunks,
        " and ", counts.observations));
  }
  return chunks;
}

absl::StatusOr<Observations> ReadChunk(const Connection& connection,
                                       absl::string_view name, uint32_t chunk) {
  COLLATE_ASSIGN_OR_RETURN(const ChunkCounts counts,
                           CountChunks(connection, name));
  if (chunk >= counts.chunks) return ChunkNotFound(name, counts.chunks, chunk);
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare(absl::StrCat("SELECT ", kChunkColumns,
                                      " FROM chunk WHERE release = ? AND "
                                      "seq = ?")));
  COLLATE_ASSIGN_OR_RETURN(const bool found,
                           query.Bind(counts.id).Bind(int64_t{chunk}).Step());
  if (!found) {
    return CorruptStore(absl::StrCat(connection.path(), ": release ", name,
                                     " lacks chunk ", chunk));
  }
  return ChunkAt(connection, name, counts, chunk, query);
}

absl::StatusOr<std::string> ReadBlocks(const Connection& connection,
                                       const DocumentRow& document,
                                       int64_t offset, int64_t size) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare("SELECT seq, crc32c, bytes FROM document_block "
                         "WHERE document = ? AND seq BETWEEN ? AND ? "
                         "ORDER BY seq"));
  const int64_t first = offset / kBlockBytes;
  const int64_t last = (offset + size - 1) / kBlockBytes;
  query.Bind(document.id).Bind(first).Bind(last);
  const auto corrupt = [&](int64_t seq, absl::string_view message) {
    return CorruptStore(absl::StrCat(connection.path(), ": document ",
                                     document.sha256, ", block ", seq, ": ",
                                     message));
  };
  std::string bytes;
  bytes.reserve(static_cast<size_t>(size));
  for (int64_t seq = first; seq <= last; ++seq) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more || query.Int64(0) != seq) return corrupt(seq, "missing");
    const int64_t begin = seq * kBlockBytes;
    const int64_t expected = std::min(kBlockBytes, document.byte_count - begin);
    absl::string_view block = query.Blob(2);
    if (static_cast<int64_t>(block.size()) != expected) {
      return corrupt(seq,
                     absl::StrCat(block.size(), " bytes, expected ", expected));
    }
    if (int64_t{Crc32c(block)} != query.Int64(1)) {
      return corrupt(seq, "its checksum does not hold");
    }
    COLLATE_RETURN_IF_ERROR(query.status());
    const int64_t from = std::max<int64_t>(0, offset - begin);
    const int64_t to = std::min(expected, offset + size - begin);
    absl::StrAppend(&bytes, block.substr(static_cast<size_t>(from),
                                         static_cast<size_t>(to - from)));
  }
  return bytes;
}

absl::Status CheckWholeDigest(const Connection& connection,
                              const DocumentRow& document,
                              absl::string_view digest) {
  if (digest == document.sha256) return absl::OkStatus();
  return CorruptStore(absl::StrCat(connection.path(), ": document ",
                                   document.sha256, ": its bytes have sha256 ",
                                   digest));
}

}  // namespace collate::store
