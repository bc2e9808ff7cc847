// Releases and observations <-> rows of the ClickHouse tables, as RowBinary.
// FORMAT.md is normative.
//
// Pure functions; safe to use from any thread. Bytes that are not what was
// written give DATA_LOSS (reason CORRUPT_STORE).

#ifndef COLLATE_SERVICE_STORE_CLICKHOUSE_ROWS_H_
#define COLLATE_SERVICE_STORE_CLICKHOUSE_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"
#include "service/store/store.h"

namespace collate::store {

// Where the rows of a chunk are, and what they have in common.
struct ChunkPlace {
  std::string slice;  // as AppendSlice writes it
  uint32_t rows = 0;
  int32_t scale = 0;
  bool stated = false;
  uint32_t shard = 0;
  uint64_t batch = 0;   // names one insertion; rows of another are not seen
  uint32_t crc32c = 0;  // of the rows, as kRowColumns selects them
};

// Where the bytes of a document are; `content` 0 = not kept by this release.
struct ContentPlace {
  uint64_t content = 0;
  uint32_t shard = 0;
};

// Where everything of a release is.
struct Directory {
  int64_t observation_count = 0;
  std::vector<ContentPlace> contents;  // parallel to the documents
  std::vector<ChunkPlace> chunks;
};

// One row of `published`.
struct PublishedRow {
  Release release;
  Directory directory;
  uint64_t term = 0;     // of the writer's lease
  uint64_t attempt = 0;  // names one publication
};

// Columns that AppendPublished writes.
std::string PublishedColumns();
std::string AppendPublished(const PublishedRow& row);

// Rows of `SELECT ReleaseColumns()`; a release that was withdrawn is for the
// caller to mark. `document.retained` is true where this release keeps it.
std::string ReleaseColumns();
absl::StatusOr<std::vector<Release>> ReadReleases(absl::string_view rows);

// The row of `SELECT kDirectoryColumns`.
extern const char kDirectoryColumns[];
absl::StatusOr<Directory> ReadDirectoryRow(absl::string_view row);

// What every row of a chunk has in its columns of kKeyColumns, besides what
// the chunk says.
struct RowKey {
  uint64_t release = 0;
  uint32_t chunk = 0;
  uint64_t batch = 0;
};

// Numbers by which rows name a slice and a release.
uint64_t SliceNumber(absl::string_view encoded_slice);
uint64_t ReleaseNumber(absl::string_view name);

// Columns of `observation` before those of kRowColumns.
extern const char kKeyColumns[];
extern const char kRowColumns[];

// The rows of a chunk, which SortAndSplit made. Fills in what `place` says of
// them: slice, rows, scale, stated, crc32c.
std::string AppendRows(const Observations& chunk, const RowKey& key,
                       ChunkPlace* place);

// The chunk whose rows, in order, `SELECT kRowColumns` gave.
absl::StatusOr<Observations> ReadRows(absl::string_view rows,
                                      const ChunkPlace& place);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CLICKHOUSE_ROWS_H_
