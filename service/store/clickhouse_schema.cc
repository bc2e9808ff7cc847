#include "service/store/clickhouse_schema.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::store {
namespace {

// "DB." stands for the database.
constexpr char kMeta[] = R"sql(
CREATE TABLE IF NOT EXISTS DB.meta (
  key String,
  value Int64
) ENGINE = MergeTree() ORDER BY key)sql";

constexpr char kPublished[] = R"sql(
CREATE TABLE IF NOT EXISTS DB.published (
  term UInt64,
  attempt UInt64,
  name String,
  source String,
  has_publish_time UInt8,
  publish_time Int64,
  load_time Int64,
  edition String,
  adapter_id String,
  adapter_version String,
  adapter_sha256 String,
  vocabulary_sha256 String,
  manifest String,
  synthetic UInt8,
  report String,
  document_name Array(String),
  document_media_type Array(String),
  document_sha256 Array(String),
  document_byte_count Array(Int64),
  extent Array(String),
  release_crc32c UInt32,
  observation_count Int64,
  document_content Array(UInt64),
  document_shard Array(UInt32),
  chunk_slice Array(String),
  chunk_rows Array(UInt32),
  chunk_scale Array(Int32),
  chunk_stated Array(UInt8),
  chunk_shard Array(UInt32),
  chunk_batch Array(UInt64),
  chunk_crc32c Array(UInt32),
  directory_crc32c UInt32
) ENGINE = MergeTree() ORDER BY (name, term, attempt)
SETTINGS index_granularity = 1)sql";

constexpr char kWithdrawn[] = R"sql(
CREATE TABLE IF NOT EXISTS DB.withdrawn (
  release String,
  term UInt64,
  reason String,
  crc32c UInt32
) ENGINE = MergeTree() ORDER BY (release, term, reason))sql";

// A row is 1 MiB: a granule of more would be read as a whole.
constexpr char kDocumentBlock[] = R"sql(
CREATE TABLE IF NOT EXISTS DB.document_block (
  content UInt64,
  seq UInt32,
  crc32c UInt32,
  bytes String
) ENGINE = MergeTree() ORDER BY (content, seq)
SETTINGS index_granularity = 1)sql";

constexpr char kObservation[] = R"sql(
CREATE TABLE IF NOT EXISTS DB.observation (
  slice UInt64,
  release UInt64,
  chunk UInt32,
  batch UInt64,
  measure String,
  scale Int32,
  row UInt32,
  reporter String,
  reporter_label String,
  period_begin Int32,
  period_end Int32,
  period_kind UInt8,
  period_text String,
  state UInt8,
  flags UInt32,
  has UInt8,
  value Int64,
  lower Int64,
  upper Int64,
  raw String,
  reason String,
  records UInt64,
  document UInt32,
  part String,
  sheet String,
  locator_row UInt32,
  locator_column UInt32,
  locator_row_end UInt32,
  locator_column_end UInt32,
  line UInt64,
  stated_reporters UInt32,
  stated_coverage String,
  printed_by String,
  member Array(String),
  label Array(String),
  KEY
) ENGINE = MergeTree() ORDER BY (slice, release, chunk, batch, row))sql";

// ClickHouse works it out, for rows that were stored without it as well.
constexpr char kKey[] =
    "key UInt64 DEFAULT sipHash64(arrayStringConcat(member, '\\n')) + "
    "sipHash64(concat(reporter, '\\n', toString(period_begin), '\\n', "
    "toString(period_end)))";

absl::Status Create(const ClickHouseClient& server, const std::string& database,
                    absl::string_view sql) {
  return server
      .Query(absl::StrReplaceAll(
          sql, {{"DB.", absl::StrCat(database, ".")}, {"KEY", kKey}}))
      .status();
}

absl::Status CreateDatabase(const ClickHouseClient& server,
                            const std::string& database) {
  return server.Query(absl::StrCat("CREATE DATABASE IF NOT EXISTS ", database))
      .status();
}

// Tables that were made before there was a key.
absl::Status AddKey(const ClickHouseClient& server,
                    const std::string& database) {
  const std::string count = absl::StrCat(
      "SELECT count() FROM system.columns WHERE database = ", Quoted(database),
      " AND table = 'observation' AND name = 'key'");
  COLLATE_ASSIGN_OR_RETURN(std::string found, server.Query(count));
  if (found != "0\n") return absl::OkStatus();
  const absl::Status added =
      server
          .Once(absl::StrCat("ALTER TABLE ", database,
                             ".observation ADD COLUMN ", kKey))
          .status();
  if (added.ok()) return absl::OkStatus();
  // Another process may have been first.
  COLLATE_ASSIGN_OR_RETURN(found, server.Query(count));
  return found == "0\n" ? added : absl::OkStatus();
}

}  // namespace

absl::Status PrepareShard(const ClickHouseClient& server,
                          const std::string& database) {
  COLLATE_RETURN_IF_ERROR(CreateDatabase(server, database));
  for (const char* table : {kDocumentBlock, kObservation}) {
    COLLATE_RETURN_IF_ERROR(Create(server, database, table));
  }
  return AddKey(server, database);
}

absl::Status PrepareCatalogue(const ClickHouseClient& server,
                              const std::string& database) {
  COLLATE_RETURN_IF_ERROR(CreateDatabase(server, database));
  COLLATE_RETURN_IF_ERROR(Create(server, database, kMeta));
  COLLATE_ASSIGN_OR_RETURN(
      const std::string answer,
      server.Query(absl::StrCat("SELECT max(value) FROM ", database,
                                ".meta WHERE key = 'version'")));
  int64_t version = 0;
  if (!absl::SimpleAtoi(answer, &version)) {
    return base::Error(absl::StatusCode::kInternal, "STORE_INTERNAL",
                       absl::StrCat(server.host(), ": version '", answer,
                                    "' of ", database, " is no number"));
  }
  if (version > kClickHouseVersion) {
    return base::Error(
               absl::StatusCode::kFailedPrecondition, "STORE_NEWER",
               absl::StrCat(server.host(), ": database ", database,
                            " has tables of version ", version,
                            "; this program knows ", kClickHouseVersion))
        .With("host", server.host())
        .With("version", absl::StrCat(version));
  }
  for (const char* table : {kPublished, kWithdrawn}) {
    COLLATE_RETURN_IF_ERROR(Create(server, database, table));
  }
  if (version == kClickHouseVersion) return absl::OkStatus();
  return server
      .Query(absl::StrCat("INSERT INTO ", database, ".meta VALUES ('version', ",
                          kClickHouseVersion, ")"))
      .status();
}

}  // namespace collate::store
