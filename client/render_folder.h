// Writes what became of a folder of answers, and of the skeletons that were
// written beside its files. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_FOLDER_H_
#define COLLATE_CLIENT_RENDER_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/answer_folder.h"
#include "client/format.h"
#include "collate/v1/ingestion.pb.h"

namespace collate::client {

// What became of one answer, or of a file that is none.
struct FolderEntry {
  std::string name;
  // Of the report, or why there is none.
  absl::StatusOr<v1::IngestionReport> report;
};

// A row for each entry, and under a table the findings that are more than
// worth knowing, and how many were published, there already and refused.
absl::StatusOr<std::string> RenderFolder(
    const std::vector<FolderEntry>& entries, Format format);

// "3 published, 1 there already, 2 refused".
std::string FolderSummary(const std::vector<FolderEntry>& entries);

size_t CountRefused(const std::vector<FolderEntry>& entries);

// True when a finding is a warning or an error: what `--strict` turns into a
// failure.
bool AnyWarning(const std::vector<FolderEntry>& entries);

absl::StatusOr<std::string> RenderSkeletons(
    const std::vector<Skeleton>& skeletons, Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_FOLDER_H_
