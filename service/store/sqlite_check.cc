#include "service/store/sqlite_check.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/store/document_blocks.h"
#include "service/store/sqlite_rows.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

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

}  // namespace

absl::Status CheckDatabase(const Connection& connection) {
  Problems problems;
  COLLATE_RETURN_IF_ERROR(CheckFile(connection, problems));
  COLLATE_RETURN_IF_ERROR(CheckDocuments(connection, problems));
  COLLATE_RETURN_IF_ERROR(CheckReleases(connection, problems));
  return problems.status();
}

}  // namespace collate::store
