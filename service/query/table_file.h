// The rows of a table as blocks of a kept file: columns as they lie in memory,
// so that a table is read as fast as its bytes are. FORMAT.md says which.
//
// Pure functions.

#ifndef COLLATE_SERVICE_QUERY_TABLE_FILE_H_
#define COLLATE_SERVICE_QUERY_TABLE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/query/slice_table.h"
#include "service/store/kept_files.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Raised with every change of what a table is built to from the same releases,
// and of how it is written: a file of another version is never read.
inline constexpr uint32_t kTableVersion = 1;

class TableFile {
 public:
  // Errors of KeptFileWriter.
  static absl::Status Write(const TableRows& rows,
                            store::KeptFileWriter& writer);

  // Rows of a table with these axes, of so many releases. DATA_LOSS (reason
  // CORRUPT_STORE) when it can be none.
  static absl::StatusOr<std::shared_ptr<const TableRows>> Read(
      absl::Span<const vocabulary::Dimension* const> axes,
      const vocabulary::Dimension& reporters, size_t releases,
      store::KeptFileReader& reader);

 private:
  static absl::Status Check(const TableRows& rows,
                            absl::Span<const vocabulary::Dimension* const> axes,
                            const vocabulary::Dimension& reporters,
                            size_t releases);
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_TABLE_FILE_H_
