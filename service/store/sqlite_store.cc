#include "service/store/sqlite_store.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"
#include "service/store/crc32c.h"
#include "service/store/data_directory.h"
#include "service/store/release_codec.h"
#include "service/store/schema.h"
#include "service/store/slice_codec.h"
#include "service/store/sqlite_statement.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

constexpr int64_t kBlockBytes = 1 << 20;

absl::Status ReleaseNotFound(absl::string_view name) {
  return base::Error(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND",
                     absl::StrCat("no release ", name))
      .With("release", name);
}

absl::Status InvalidDocument(const Document& document,
                             absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "DOCUMENT_MISMATCH",
                     absl::StrCat("document '", document.name, "' (sha256 ",
                                  document.sha256, "): ", message))
      .With("document", document.name)
      .With("sha256", document.sha256);
}

struct EncodedChunk {
  std::string measure;
  int64_t row_count = 0;
  std::string bytes;
};

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

// ---- Writing. All of it happens inside one transaction.

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
  base::Sha256 sha256;
  std::string block;
  int64_t offset = 0;
  for (int64_t seq = 0; offset < document.byte_count; ++seq) {
    const int64_t size = std::min(kBlockBytes, document.byte_count - offset);
    block.clear();
    while (static_cast<int64_t>(block.size()) < size) {
      const int64_t wanted = size - static_cast<int64_t>(block.size());
      COLLATE_ASSIGN_OR_RETURN(
          const std::string bytes,
          contents(offset + static_cast<int64_t>(block.size()), wanted));
      if (bytes.empty() || static_cast<int64_t>(bytes.size()) > wanted) {
        return InvalidDocument(
            document,
            absl::StrCat("at byte ",
                         offset + static_cast<int64_t>(block.size()), " of ",
                         document.byte_count, ", ", bytes.size(),
                         " bytes came, expected 1 to ", wanted));
      }
      block += bytes;
    }
    sha256.Update(block);
    COLLATE_RETURN_IF_ERROR(insert.Bind(id)
                                .Bind(seq)
                                .Bind(int64_t{Crc32c(block)})
                                .BindBlob(block)
                                .Run());
    offset += size;
  }
  const std::string digest = sha256.FinishHex();
  if (digest != document.sha256) {
    return InvalidDocument(document,
                           absl::StrCat("its bytes have sha256 ", digest));
  }
  return absl::OkStatus();
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
      return InvalidDocument(
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
  if (taken) {
    return base::Error(absl::StatusCode::kAlreadyExists, "RELEASE_EXISTS",
                       absl::StrCat("there is a release ", release.name))
        .With("release", release.name);
  }
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

// ---- Reading.

struct ReleaseRow {
  int64_t id = 0;
  uint32_t crc = 0;
  Release release;
};

constexpr char kSelectRelease[] =
    "SELECT id, name, source, publish_time, load_time, edition, adapter_id, "
    "adapter_version, adapter_sha256, vocabulary_sha256, manifest, synthetic, "
    "state, withdrawn_reason, report, observation_count, crc32c FROM release ";

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

// Adds what stands in other tables and proves that all of it is there.
absl::Status CompleteRelease(const Connection& connection, ReleaseRow& row) {
  COLLATE_RETURN_IF_ERROR(ReadDocuments(connection, row));
  COLLATE_RETURN_IF_ERROR(ReadExtents(connection, row));
  if (ReleaseCrc(row.release) == row.crc) return absl::OkStatus();
  return CorruptStore(absl::StrCat(connection.path(), ": release ",
                                   row.release.name,
                                   ": its checksum does not hold"));
}

absl::StatusOr<std::vector<Observations>> ReadChunks(
    const Connection& connection, absl::string_view name) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement find,
      connection.Prepare(
          "SELECT id, chunk_count, observation_count, (SELECT count(*) FROM "
          "release_document WHERE release = release.id) FROM release "
          "WHERE name = ?"));
  COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(name).Step());
  if (!found) return ReleaseNotFound(name);
  const int64_t id = find.Int64(0);
  const int64_t chunk_count = find.Int64(1);
  const int64_t observation_count = find.Int64(2);
  const int64_t documents = find.Int64(3);
  COLLATE_RETURN_IF_ERROR(find.status());

  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare("SELECT seq, measure, row_count, bytes FROM chunk "
                         "WHERE release = ? ORDER BY seq"));
  query.Bind(id);
  std::vector<Observations> chunks;
  int64_t rows = 0;
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    const std::string where = absl::StrCat(connection.path(), ": release ",
                                           name, ", chunk ", query.Int64(0));
    absl::StatusOr<Observations> chunk = DecodeChunk(query.Blob(3));
    if (!chunk.ok()) return base::Annotate(chunk.status(), where);
    const int64_t row_count = static_cast<int64_t>(chunk->row_count());
    if (query.Int64(0) != static_cast<int64_t>(chunks.size()) ||
        query.Text(1) != chunk->slice.measure || query.Int64(2) != row_count) {
      return CorruptStore(
          absl::StrCat(where, ": the row and its bytes do not agree"));
    }
    COLLATE_RETURN_IF_ERROR(query.status());
    for (const Locator& locator : chunk->locator) {
      if (locator.document < documents) continue;
      return CorruptStore(absl::StrCat(where, ": cites document ",
                                       locator.document, " of ", documents));
    }
    rows += row_count;
    chunks.push_back(*std::move(chunk));
  }
  if (static_cast<int64_t>(chunks.size()) != chunk_count ||
      rows != observation_count) {
    return CorruptStore(absl::StrCat(connection.path(), ": release ", name,
                                     " has ", chunks.size(), " chunks and ",
                                     rows, " observations, expected ",
                                     chunk_count, " and ", observation_count));
  }
  return chunks;
}

struct DocumentRow {
  int64_t id = 0;
  std::string sha256;
  int64_t byte_count = 0;
  bool retained = false;
};

// `size` bytes from `offset`, which the document has.
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

// ---- Checking.

// Counts every problem and keeps the first few.
class Problems {
 public:
  // An error of reading is a problem if it is a corruption, else it ends the
  // check.
  absl::Status Add(const absl::Status& status) {
    if (status.code() != absl::StatusCode::kDataLoss) return status;
    Add(status.message());
    return absl::OkStatus();
  }
  void Add(absl::string_view message) {
    if (++count_ <= kMost) messages_.emplace_back(message);
  }
  absl::Status status() const {
    if (count_ == 0) return absl::OkStatus();
    return CorruptStore(
        absl::StrCat(count_, " problems: ", absl::StrJoin(messages_, "; "),
                     count_ > kMost ? "; ..." : ""));
  }

 private:
  static constexpr int kMost = 10;
  int count_ = 0;
  std::vector<std::string> messages_;
};

absl::Status CheckFile(const Connection& connection, Problems& problems) {
  COLLATE_ASSIGN_OR_RETURN(Statement pages,
                           connection.Prepare("PRAGMA integrity_check(20)"));
  while (true) {
    const absl::StatusOr<bool> more = pages.Step();
    if (!more.ok()) {
      COLLATE_RETURN_IF_ERROR(problems.Add(more.status()));
      break;
    }
    if (!*more) break;
    const absl::string_view found = pages.Text(0);
    if (found != "ok")
      problems.Add(absl::StrCat(connection.path(), ": ", found));
  }
  COLLATE_ASSIGN_OR_RETURN(Statement keys,
                           connection.Prepare("PRAGMA foreign_key_check"));
  while (true) {
    const absl::StatusOr<bool> more = keys.Step();
    if (!more.ok()) return problems.Add(more.status());
    if (!*more) return absl::OkStatus();
    problems.Add(absl::StrCat(connection.path(), ": a row of ", keys.Text(0),
                              " belongs to nothing"));
  }
}

absl::Status CheckDocuments(const Connection& connection, Problems& problems) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare("SELECT id, sha256, byte_count, retained, (SELECT "
                         "count(*) FROM document_block WHERE document = "
                         "document.id) FROM document ORDER BY id"));
  while (true) {
    const absl::StatusOr<bool> more = query.Step();
    if (!more.ok()) return problems.Add(more.status());
    if (!*more) return absl::OkStatus();
    DocumentRow document;
    document.id = query.Int64(0);
    document.sha256 = std::string(query.Text(1));
    document.byte_count = query.Int64(2);
    document.retained = query.Int64(3) != 0;
    const int64_t blocks =
        document.retained
            ? (document.byte_count + kBlockBytes - 1) / kBlockBytes
            : 0;
    if (query.Int64(4) != blocks) {
      problems.Add(absl::StrCat(connection.path(), ": document ",
                                document.sha256, " has ", query.Int64(4),
                                " blocks, expected ", blocks));
      continue;
    }
    if (!document.retained) continue;
    base::Sha256 sha256;
    absl::Status status;
    for (int64_t at = 0; status.ok() && at < document.byte_count;
         at += kBlockBytes) {
      const absl::StatusOr<std::string> block =
          ReadBlocks(connection, document, at,
                     std::min(kBlockBytes, document.byte_count - at));
      status = block.status();
      if (block.ok()) sha256.Update(*block);
    }
    if (status.ok()) {
      status = CheckWholeDigest(connection, document, sha256.FinishHex());
    }
    if (!status.ok()) COLLATE_RETURN_IF_ERROR(problems.Add(status));
  }
}

absl::Status CheckReleases(const Connection& connection, Problems& problems) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare(absl::StrCat(kSelectRelease, "ORDER BY id")));
  while (true) {
    const absl::StatusOr<bool> more = query.Step();
    if (!more.ok()) return problems.Add(more.status());
    if (!*more) return absl::OkStatus();
    ReleaseRow row = ReadReleaseRow(query);
    absl::Status status = CompleteRelease(connection, row);
    if (!status.ok()) COLLATE_RETURN_IF_ERROR(problems.Add(status));
    status = ReadChunks(connection, row.release.name).status();
    if (!status.ok()) COLLATE_RETURN_IF_ERROR(problems.Add(status));
  }
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<DirectoryLock> lock, std::string path,
              const SqliteStoreOptions& options)
      : lock_(std::move(lock)), path_(std::move(path)), options_(options) {}

  absl::Status Open();

  absl::Status Publish(const ReleaseDraft& draft) override;
  absl::Status Withdraw(absl::string_view release,
                        absl::string_view reason) override;
  absl::StatusOr<std::vector<Release>> ListReleases() const override;
  absl::StatusOr<Release> GetRelease(absl::string_view name) const override;
  absl::StatusOr<std::vector<Observations>> ReadObservations(
      absl::string_view release) const override;
  absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                           int64_t offset,
                                           int64_t max_bytes) const override;
  absl::StatusOr<std::vector<std::string>> ListSourceIds() const override;
  absl::Status Check() const override;

 private:
  using Body = absl::FunctionRef<absl::Status(const Connection&)>;

  absl::StatusOr<std::unique_ptr<Connection>> Connect(bool create) const;
  absl::StatusOr<std::unique_ptr<Connection>> ConnectReader() const;

  // Runs `body` in a transaction of its own: committed if it succeeds, else
  // rolled back.
  absl::Status Write(Body body);
  // Runs `body` on one committed state.
  absl::Status Read(Body body) const;

  absl::StatusOr<std::unique_ptr<Connection>> BorrowReader() const;
  void ReturnReader(std::unique_ptr<Connection> reader) const;
  // Closes every connection and opens the writer again, so that what is seen
  // from now on is what the file holds. With write_mutex_ held.
  void Reopen();

  const std::unique_ptr<DirectoryLock> lock_;  // released last
  const std::string path_;
  const SqliteStoreOptions options_;

  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  // Taken before readers_mutex_.
  std::mutex write_mutex_;  // guards the next one
  // Null when it could not be opened again; the next write tries.
  std::unique_ptr<Connection> writer_;

  mutable std::mutex readers_mutex_;  // guards the next four
  mutable std::condition_variable readers_changed_;
  mutable std::vector<std::unique_ptr<Connection>> idle_readers_;
  mutable int borrowed_readers_ = 0;
  bool reopening_ = false;
};

absl::StatusOr<std::unique_ptr<Connection>> SqliteStore::Connect(
    bool create) const {
  Connection::Options options;
  options.vfs = options_.vfs;
  options.create = create;
  options.busy_timeout_ms = absl::ToInt64Milliseconds(options_.busy_timeout);
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                           Connection::Open(path_, options));
  COLLATE_RETURN_IF_ERROR(connection->Execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864"));
  // Pragmas that do not apply are ignored silently.
  COLLATE_ASSIGN_OR_RETURN(const int64_t synchronous,
                           connection->QueryInt64("PRAGMA synchronous"));
  COLLATE_ASSIGN_OR_RETURN(const int64_t foreign_keys,
                           connection->QueryInt64("PRAGMA foreign_keys"));
  if (synchronous != 2 || foreign_keys != 1) {
    return base::Error(
        absl::StatusCode::kInternal, "STORE_INTERNAL",
        absl::StrCat(path_, ": synchronous is ", synchronous,
                     " and foreign_keys ", foreign_keys, ", expected 2 and 1"));
  }
  if (options_.max_bytes > 0) {
    COLLATE_ASSIGN_OR_RETURN(const int64_t page_size,
                             connection->QueryInt64("PRAGMA page_size"));
    COLLATE_RETURN_IF_ERROR(connection->Execute(
        absl::StrCat("PRAGMA max_page_count = ",
                     std::max<int64_t>(1, options_.max_bytes / page_size))));
  }
  return connection;
}

absl::StatusOr<std::unique_ptr<Connection>> SqliteStore::ConnectReader() const {
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader, Connect(false));
  COLLATE_RETURN_IF_ERROR(reader->Execute("PRAGMA query_only = ON"));
  return reader;
}

absl::Status SqliteStore::Open() {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  COLLATE_ASSIGN_OR_RETURN(writer_, Connect(true));
  return PrepareSchema(*writer_);
}

absl::Status SqliteStore::Write(Body body) {
  const std::lock_guard<std::mutex> lock(write_mutex_);
  if (writer_ == nullptr) {
    COLLATE_ASSIGN_OR_RETURN(writer_, Connect(false));
  }
  COLLATE_RETURN_IF_ERROR(writer_->Execute("BEGIN IMMEDIATE"));
  absl::Status status = body(*writer_);
  if (status.ok()) status = writer_->FlushCache();
  if (status.ok()) {
    const absl::Status committed = writer_->Execute("COMMIT");
    if (committed.ok()) return committed;
    // The changes may or may not be in the file, and asking the kernel to
    // write them once more can succeed without doing so.
    status =
        base::Error(absl::StatusCode::kUnavailable, "COMMIT_OUTCOME_UNKNOWN",
                    absl::StrCat("it is not known whether the change was "
                                 "kept; ask for it, or make it again: ",
                                 committed.message()))
            .With("cause", base::DetailOf(committed).reason)
            .With("file", path_);
    if (writer_->in_transaction()) writer_->Execute("ROLLBACK").IgnoreError();
    Reopen();
    return status;
  }
  // A full disk rolls back by itself.
  if (writer_->in_transaction() && !writer_->Execute("ROLLBACK").ok()) {
    Reopen();
  }
  return status;
}

void SqliteStore::Reopen() {
  {
    std::unique_lock<std::mutex> lock(readers_mutex_);
    reopening_ = true;
    readers_changed_.wait(lock, [this] { return borrowed_readers_ == 0; });
    idle_readers_.clear();
  }
  writer_.reset();
  absl::StatusOr<std::unique_ptr<Connection>> writer = Connect(false);
  if (writer.ok()) writer_ = *std::move(writer);
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  reopening_ = false;
  readers_changed_.notify_all();
}

absl::StatusOr<std::unique_ptr<Connection>> SqliteStore::BorrowReader() const {
  {
    std::unique_lock<std::mutex> lock(readers_mutex_);
    readers_changed_.wait(lock, [this] {
      return !reopening_ &&
             borrowed_readers_ < std::max(1, options_.max_readers);
    });
    ++borrowed_readers_;
    if (!idle_readers_.empty()) {
      std::unique_ptr<Connection> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  absl::StatusOr<std::unique_ptr<Connection>> reader = ConnectReader();
  if (!reader.ok()) ReturnReader(nullptr);
  return reader;
}

void SqliteStore::ReturnReader(std::unique_ptr<Connection> reader) const {
  const std::lock_guard<std::mutex> lock(readers_mutex_);
  --borrowed_readers_;
  if (reader != nullptr) idle_readers_.push_back(std::move(reader));
  // Readers and Reopen wait for different things.
  readers_changed_.notify_all();
}

absl::Status SqliteStore::Read(Body body) const {
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader, BorrowReader());
  absl::Status status = reader->Execute("BEGIN");
  if (status.ok()) status = body(*reader);
  // A reader that cannot leave its state would show it for ever.
  if (reader->in_transaction() && !reader->Execute("ROLLBACK").ok()) {
    reader.reset();
  }
  ReturnReader(std::move(reader));
  return status;
}

absl::Status SqliteStore::Publish(const ReleaseDraft& draft) {
  COLLATE_RETURN_IF_ERROR(ValidateDraft(draft));
  absl::StatusOr<std::vector<EncodedChunk>> chunks = EncodeAll(draft);
  if (!chunks.ok()) return base::Annotate(chunks.status(), draft.release.name);
  return Write([&draft, &chunks](const Connection& connection) {
    return WriteAll(connection, draft, *chunks);
  });
}

absl::Status SqliteStore::Withdraw(absl::string_view release,
                                   absl::string_view reason) {
  return Write([&](const Connection& connection) -> absl::Status {
    COLLATE_ASSIGN_OR_RETURN(
        Statement find,
        connection.Prepare(absl::StrCat(kSelectRelease, "WHERE name = ?")));
    COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(release).Step());
    if (!found) return ReleaseNotFound(release);
    ReleaseRow row = ReadReleaseRow(find);
    COLLATE_RETURN_IF_ERROR(find.status());
    find.Reset();
    COLLATE_RETURN_IF_ERROR(CompleteRelease(connection, row));
    if (row.release.state == ReleaseState::kWithdrawn) return absl::OkStatus();
    row.release.state = ReleaseState::kWithdrawn;
    row.release.withdrawn_reason = std::string(reason);
    COLLATE_ASSIGN_OR_RETURN(
        Statement update,
        connection.Prepare("UPDATE release SET state = ?, withdrawn_reason = "
                           "?, crc32c = ? WHERE id = ?"));
    return update.Bind(static_cast<int64_t>(row.release.state))
        .Bind(row.release.withdrawn_reason)
        .Bind(int64_t{ReleaseCrc(row.release)})
        .Bind(row.id)
        .Run();
  });
}

absl::StatusOr<std::vector<Release>> SqliteStore::ListReleases() const {
  std::vector<Release> releases;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(Statement query,
                                 connection.Prepare(kSelectRelease));
        while (true) {
          COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
          if (!more) return absl::OkStatus();
          ReleaseRow row = ReadReleaseRow(query);
          COLLATE_RETURN_IF_ERROR(query.status());
          COLLATE_RETURN_IF_ERROR(CompleteRelease(connection, row));
          releases.push_back(std::move(row.release));
        }
      }));
  std::sort(releases.begin(), releases.end(),
            [](const Release& a, const Release& b) {
              if (a.source != b.source) return a.source < b.source;
              return Precedes(a, b);
            });
  return releases;
}

absl::StatusOr<Release> SqliteStore::GetRelease(absl::string_view name) const {
  ReleaseRow row;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(
            Statement find,
            connection.Prepare(absl::StrCat(kSelectRelease, "WHERE name = ?")));
        COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(name).Step());
        if (!found) return ReleaseNotFound(name);
        row = ReadReleaseRow(find);
        COLLATE_RETURN_IF_ERROR(find.status());
        return CompleteRelease(connection, row);
      }));
  return std::move(row.release);
}

absl::StatusOr<std::vector<Observations>> SqliteStore::ReadObservations(
    absl::string_view release) const {
  std::vector<Observations> chunks;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(chunks, ReadChunks(connection, release));
        return absl::OkStatus();
      }));
  return chunks;
}

absl::StatusOr<std::string> SqliteStore::ReadDocument(absl::string_view sha256,
                                                      int64_t offset,
                                                      int64_t max_bytes) const {
  if (offset < 0 || max_bytes < 0) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_RANGE",
                       absl::StrCat("offset ", offset, " and max_bytes ",
                                    max_bytes, " must not be negative"));
  }
  std::string bytes;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(
            Statement find,
            connection.Prepare("SELECT id, byte_count, retained FROM document "
                               "WHERE sha256 = ?"));
        COLLATE_ASSIGN_OR_RETURN(const bool found, find.Bind(sha256).Step());
        if (!found) {
          return base::Error(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND",
                             absl::StrCat("no document with sha256 ", sha256))
              .With("sha256", sha256);
        }
        DocumentRow document;
        document.id = find.Int64(0);
        document.sha256 = std::string(sha256);
        document.byte_count = find.Int64(1);
        document.retained = find.Int64(2) != 0;
        COLLATE_RETURN_IF_ERROR(find.status());
        if (!document.retained) {
          return base::Error(absl::StatusCode::kFailedPrecondition,
                             "DOCUMENT_NOT_RETAINED",
                             absl::StrCat("of document ", sha256,
                                          " only digest and size are kept"))
              .With("sha256", sha256);
        }
        if (offset >= document.byte_count || max_bytes == 0) {
          return absl::OkStatus();
        }
        const int64_t size = std::min(max_bytes, document.byte_count - offset);
        COLLATE_ASSIGN_OR_RETURN(
            bytes, ReadBlocks(connection, document, offset, size));
        if (size < document.byte_count) return absl::OkStatus();
        return CheckWholeDigest(connection, document, base::Sha256Hex(bytes));
      }));
  return bytes;
}

absl::StatusOr<std::vector<std::string>> SqliteStore::ListSourceIds() const {
  std::vector<std::string> ids;
  COLLATE_RETURN_IF_ERROR(
      Read([&](const Connection& connection) -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(
            Statement query,
            connection.Prepare(
                "SELECT DISTINCT source FROM release ORDER BY source"));
        while (true) {
          COLLATE_ASSIGN_OR_RETURN(const bool more, query.Step());
          if (!more) return absl::OkStatus();
          ids.emplace_back(query.Text(0));
        }
      }));
  return ids;
}

absl::Status SqliteStore::Check() const {
  return Read([](const Connection& connection) -> absl::Status {
    Problems problems;
    COLLATE_RETURN_IF_ERROR(CheckFile(connection, problems));
    COLLATE_RETURN_IF_ERROR(CheckDocuments(connection, problems));
    COLLATE_RETURN_IF_ERROR(CheckReleases(connection, problems));
    return problems.status();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenDataDirectory(
    const std::string& directory, const SqliteStoreOptions& options) {
  COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<DirectoryLock> lock,
                           DirectoryLock::Acquire(directory));
  auto store = std::make_unique<SqliteStore>(
      std::move(lock), absl::StrCat(directory, "/collate.db"), options);
  COLLATE_RETURN_IF_ERROR(store->Open());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace collate::store
