// A folder of answers: which manifest goes with which files, and skeletons of
// manifests for the files that have none.
//
// A manifest is a file whose name ends in ".answer.textproto"; the files that
// it names stand beside it. Files whose name begins with a dot are no part of
// the folder; folders within it are not looked into.

#ifndef COLLATE_CLIENT_ANSWER_FOLDER_H_
#define COLLATE_CLIENT_ANSWER_FOLDER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/client.h"
#include "collate/v1/catalogue.pb.h"
#include "collate/v1/ingestion.pb.h"

namespace collate::client {

// Whether the name is that of a manifest's file.
bool IsAnswerManifest(absl::string_view path);

// One answer that can be handed in.
struct FolderAnswer {
  std::string name;                // of the manifest's file
  std::vector<std::string> paths;  // manifest first
};

// Something of the folder that cannot be handed in, and why.
struct FolderRefusal {
  std::string name;
  absl::Status status;
};

struct AnswerFolder {
  // By name, but a correction after what it supersedes.
  std::vector<FolderAnswer> answers;
  std::vector<FolderRefusal> refusals;  // by name
};

// Reads the manifests of a folder and no other file. Refusals: INVALID_ANSWER
// (with file, line and column), NO_MANIFEST, ANSWER_FILE_MISSING,
// FILE_NAMED_TWICE. NOT_FOUND (FOLDER_NOT_READABLE) for a folder that is none.
absl::StatusOr<AnswerFolder> ReadAnswerFolder(const std::string& folder);

// What was done for a file of a folder.
struct Skeleton {
  std::string file;
  std::string manifest;  // name of its manifest's file
  bool written = false;  // false: it had a manifest before
};

// Writes a manifest beside each file that has none. What cannot be known is
// left empty, so that no skeleton can be ingested unread. `reporters` are
// suggested in a comment where the file's name has one of their names.
// ALREADY_EXISTS is impossible: nothing is overwritten. UNAVAILABLE
// (OUTPUT_FAILED) names a file that cannot be written.
absl::StatusOr<std::vector<Skeleton>> WriteSkeletons(
    const std::string& folder, const std::vector<v1::Member>& reporters);

// The text of a skeleton, for the file of that name and digest.
std::string SkeletonText(absl::string_view file, absl::string_view sha256,
                         const std::vector<v1::Member>& reporters);

// The text of a manifest from words of the command line: `fields` are fields
// of AnswerManifest, a message in text format without its braces. Files and
// letters are added with their digests. INVALID_ARGUMENT: USAGE for a field
// that there is not, INVALID_ANSWER for what does not fit together.
absl::StatusOr<std::string> AnswerText(const std::vector<v1::KeyValue>& fields,
                                       const std::vector<std::string>& files,
                                       const std::vector<std::string>& letters);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_ANSWER_FOLDER_H_
