// Reads vocabulary text files into a Vocabulary; the only file of this room
// that knows protobuf and the file system (library collate_vocabulary_load).

#ifndef COLLATE_SERVICE_VOCABULARY_LOAD_H_
#define COLLATE_SERVICE_VOCABULARY_LOAD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::vocabulary {

// Reads every *.textproto of the directories, in name order, as the text
// format of protos/collate/vocabulary/v1. All findings of all files are
// reported at once, one a line, as `file:line:column: what`; while a file
// cannot be parsed, what the others refer to is not looked at.
// INVALID_ARGUMENT (reason INVALID_VOCABULARY) for bad content, NOT_FOUND
// (reason VOCABULARY_NOT_READABLE) for a directory or file that cannot be
// read.
absl::StatusOr<Vocabulary> LoadVocabulary(
    const std::vector<std::string>& directories);

}  // namespace collate::vocabulary

#endif  // COLLATE_SERVICE_VOCABULARY_LOAD_H_
