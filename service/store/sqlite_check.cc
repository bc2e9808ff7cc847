#include "service/store/sqlite_check.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/status_macros.h"
#include "service/store/document_blocks.h"
#include "service/store/sqlite_documents.h"
#include "service/store/sqlite_rows.h"

namespace collate::store {
namespace {

// Each of the rest ends with an error only when it cannot go on.

absl::Status CheckDocuments(const Connection& connection,
                            const CheckProgress& progress,
                            CheckReport& report) {
  COLLATE_ASSIGN_OR_RETURN(
      Statement query,
      connection.Prepare("SELECT id, sha256, byte_count, retained FROM "
                         "document NOT INDEXED ORDER BY id"));
  while (true) {
    const absl::StatusOr<bool> more = query.Step();
    if (!more.ok()) return report.Add(more.status());
    if (!*more) return absl::OkStatus();
    const DocumentRow document = {query.Int64(0), std::string(query.Text(1)),
                                  query.Int64(2), query.Int64(3) != 0};
    absl::Status status = FindDocument(connection, document.sha256).status();
    base::Sha256 sha256;
    for (int64_t at = 0;
         status.ok() && document.retained && at < document.byte_count;
         at += kBlockBytes) {
      const absl::StatusOr<std::string> block =
          ReadBlocks(connection, document, at,
                     std::min(kBlockBytes, document.byte_count - at));
      status = block.status();
      if (!block.ok()) break;
      sha256.Update(*block);
      report.document_bytes += static_cast<int64_t>(block->size());
      if (progress) COLLATE_RETURN_IF_ERROR(progress(report));
    }
    if (status.ok() && document.retained) {
      status = CheckWholeDigest(connection, document, sha256.FinishHex());
    }
    ++report.documents;
    COLLATE_RETURN_IF_ERROR(report.Add(status));
  }
}

absl::Status CheckReleases(const Connection& connection,
                           const CheckProgress& progress, CheckReport& report) {
  COLLATE_ASSIGN_OR_RETURN(Statement query,
                           connection.Prepare(absl::StrCat(
                               kSelectRelease, "NOT INDEXED ORDER BY id")));
  int64_t rows = 0;
  while (true) {
    const absl::StatusOr<bool> more = query.Step();
    if (!more.ok()) return report.Add(more.status());
    if (!*more) break;
    ++rows;
    ReleaseRow row = ReadReleaseRow(query);
    COLLATE_RETURN_IF_ERROR(report.Add(CompleteRelease(connection, row)));
    const absl::StatusOr<int64_t> observations =
        CheckChunks(connection, row.release.name);
    COLLATE_RETURN_IF_ERROR(report.Add(observations.status()));
    ++report.releases;
    report.observations += observations.value_or(0);
    if (progress) COLLATE_RETURN_IF_ERROR(progress(report));
  }
  return report.Add(CheckReleaseCount(connection, rows));
}

}  // namespace

absl::Status CheckPages(const Connection& connection, CheckReport& report) {
  COLLATE_ASSIGN_OR_RETURN(Statement pages,
                           connection.Prepare("PRAGMA integrity_check(20)"));
  while (true) {
    const absl::StatusOr<bool> more = pages.Step();
    if (!more.ok()) {
      COLLATE_RETURN_IF_ERROR(report.Add(more.status()));
      break;
    }
    if (!*more) break;
    const absl::string_view found = pages.Text(0);
    if (found != "ok") {
      report.AddProblem(absl::StrCat(connection.path(), ": ", found));
    }
  }
  COLLATE_ASSIGN_OR_RETURN(Statement keys,
                           connection.Prepare("PRAGMA foreign_key_check"));
  while (true) {
    const absl::StatusOr<bool> more = keys.Step();
    if (!more.ok()) return report.Add(more.status());
    if (!*more) return absl::OkStatus();
    report.AddProblem(absl::StrCat(connection.path(), ": a row of ",
                                   keys.Text(0), " belongs to nothing"));
  }
}

absl::Status CheckDatabase(const Connection& connection,
                           const CheckProgress& progress, CheckReport& report) {
  COLLATE_RETURN_IF_ERROR(CheckPages(connection, report));
  COLLATE_RETURN_IF_ERROR(CheckDocuments(connection, progress, report));
  return CheckReleases(connection, progress, report);
}

}  // namespace collate::store
