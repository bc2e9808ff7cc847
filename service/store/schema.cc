#include "service/store/schema.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::store {
namespace {

constexpr char kVersion1[] = R"sql(
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES ('chunk_version', '1');

CREATE TABLE release (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  publish_time INTEGER,
  load_time INTEGER NOT NULL,
  edition TEXT NOT NULL,
  adapter_id TEXT NOT NULL,
  adapter_version TEXT NOT NULL,
  adapter_sha256 TEXT NOT NULL,
  vocabulary_sha256 TEXT NOT NULL,
  manifest BLOB NOT NULL,
  synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)),
  state INTEGER NOT NULL CHECK (state IN (1, 2)),
  withdrawn_reason TEXT NOT NULL,
  report BLOB NOT NULL,
  observation_count INTEGER NOT NULL CHECK (observation_count >= 0),
  chunk_count INTEGER NOT NULL CHECK (chunk_count >= 0),
  crc32c INTEGER NOT NULL
) STRICT;
CREATE INDEX release_source ON release (source);

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  byte_count INTEGER NOT NULL CHECK (byte_count >= 0),
  retained INTEGER NOT NULL CHECK (retained IN (0, 1))
) STRICT;

CREATE TABLE document_block (
  document INTEGER NOT NULL REFERENCES document (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  crc32c INTEGER NOT NULL,
  bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
  UNIQUE (document, seq)
) STRICT;

CREATE TABLE release_document (
  release INTEGER NOT NULL REFERENCES release (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  document INTEGER NOT NULL REFERENCES document (id),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (release, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_document_document ON release_document (document);

CREATE TABLE extent (
  release INTEGER NOT NULL REFERENCES release (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  measure TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (release, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunk (
  release INTEGER NOT NULL REFERENCES release (id),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  measure TEXT NOT NULL,
  row_count INTEGER NOT NULL CHECK (row_count > 0),
  bytes BLOB NOT NULL,
  UNIQUE (release, seq)
) STRICT;
)sql";

constexpr std::array<const char*, kSchemaVersion> kSteps = {kVersion1};
constexpr Schema kSchema = {"a store", kApplicationId, kSteps};

absl::Status Apply(const Connection& connection, const Schema& schema,
                   int64_t version) {
  const std::string script = absl::StrCat(
      "BEGIN IMMEDIATE;", schema.steps[static_cast<size_t>(version)],
      "PRAGMA application_id = ", schema.application_id,
      ";PRAGMA user_version = ", version + 1, ";COMMIT;");
  const absl::Status applied = connection.Execute(script);
  if (!applied.ok() && connection.in_transaction()) {
    // The caller closes the connection, which rolls back as well.
    connection.Execute("ROLLBACK").IgnoreError();
  }
  return applied;
}

absl::Status SetJournal(const Connection& connection, const char* mode) {
  COLLATE_ASSIGN_OR_RETURN(
      const std::string set,
      connection.QueryText(absl::StrCat("PRAGMA journal_mode = ", mode)));
  if (set == mode) return absl::OkStatus();
  return base::Error(absl::StatusCode::kUnavailable, "STORE_IO",
                     absl::StrCat(connection.path(), ": journal mode ", set,
                                  ", expected ", mode,
                                  "; is the file system a network one?"))
      .With("file", connection.path());
}

// The first version of a file that is empty, written without a log.
absl::Status MakeFirst(const Connection& connection, const Schema& schema) {
  COLLATE_ASSIGN_OR_RETURN(const int64_t synchronous,
                           connection.QueryInt64("PRAGMA synchronous"));
  COLLATE_RETURN_IF_ERROR(SetJournal(connection, "delete"));
  COLLATE_RETURN_IF_ERROR(connection.Execute("PRAGMA synchronous = EXTRA"));
  COLLATE_RETURN_IF_ERROR(Apply(connection, schema, 0));
  return connection.Execute(absl::StrCat("PRAGMA synchronous = ", synchronous));
}

constexpr char kObjects[] =
    "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ";

// Every object is the one that the steps make: SQLite believes a text that
// damage turned into another table, or another rule.
absl::Status CheckObjects(const Connection& connection, const Schema& schema) {
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> expected,
                           Connection::Open(":memory:", {.create = true}));
  for (const char* step : schema.steps) {
    COLLATE_RETURN_IF_ERROR(expected->Execute(step));
  }
  COLLATE_ASSIGN_OR_RETURN(Statement objects, expected->Prepare(kObjects));
  while (true) {
    COLLATE_ASSIGN_OR_RETURN(const bool more, objects.Step());
    if (!more) break;
    COLLATE_ASSIGN_OR_RETURN(
        Statement same, connection.Prepare(absl::StrCat(
                            kObjects,
                            "WHERE type = ? AND name = ? AND tbl_name = ? AND "
                            "coalesce(sql, '') = ?")));
    for (int column = 0; column < 4; ++column) same.Bind(objects.Text(column));
    COLLATE_ASSIGN_OR_RETURN(const bool found, same.Step());
    if (found) continue;
    return base::Error(
               absl::StatusCode::kDataLoss, "CORRUPT_STORE",
               absl::StrCat(connection.path(), ": the ", objects.Text(0), " ",
                            objects.Text(1), " is not as this program made it"))
        .With("file", connection.path());
  }
  COLLATE_ASSIGN_OR_RETURN(const std::string encoding,
                           connection.QueryText("PRAGMA encoding"));
  if (encoding == "UTF-8") return absl::OkStatus();
  return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                     absl::StrCat(connection.path(), " has texts in ", encoding,
                                  ", expected UTF-8"))
      .With("file", connection.path());
}

}  // namespace

const Schema& StoreSchema() { return kSchema; }

absl::Status PrepareSchema(const Connection& connection, const Schema& schema) {
  COLLATE_ASSIGN_OR_RETURN(const int64_t application,
                           connection.QueryInt64("PRAGMA application_id"));
  COLLATE_ASSIGN_OR_RETURN(const int64_t version,
                           connection.QueryInt64("PRAGMA user_version"));
  COLLATE_ASSIGN_OR_RETURN(
      const int64_t objects,
      connection.QueryInt64("SELECT count(*) FROM sqlite_schema"));
  const bool empty = application == 0 && version == 0 && objects == 0;
  if (!empty && application != schema.application_id) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "STORE_FOREIGN",
                       absl::StrCat(connection.path(), " is not ", schema.what,
                                    " of collate: application id ", application,
                                    ", expected ", schema.application_id))
        .With("file", connection.path());
  }
  if (version > schema.version()) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "STORE_NEWER",
                       absl::StrCat(connection.path(), " has format ", version,
                                    "; this program knows ", schema.version(),
                                    ". Start the newer program again"))
        .With("file", connection.path())
        .With("version", absl::StrCat(version));
  }
  if (!empty && version < 1) {
    return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_STORE",
                       absl::StrCat(connection.path(), " has format ", version,
                                    ", expected 1 to ", schema.version()))
        .With("file", connection.path());
  }
  // Only now is the file known to be ours to write to. A new one says whose it
  // is before it has a log, so that its log is known for ours, too.
  if (empty) COLLATE_RETURN_IF_ERROR(MakeFirst(connection, schema));
  COLLATE_RETURN_IF_ERROR(SetJournal(connection, "wal"));
  for (int64_t v = std::max<int64_t>(version, 1); v < schema.version(); ++v) {
    COLLATE_RETURN_IF_ERROR(Apply(connection, schema, v));
  }
  return CheckObjects(connection, schema);
}

}  // namespace collate::store
