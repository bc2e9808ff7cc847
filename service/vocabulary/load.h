// Reads vocabulary text files into a Vocabulary; the only file of this room
// that knows protobuf and the file system (library collate_vocabulary_load).

#ifndef COLLATE_SERVICE_VOCABULARY_LOAD_H_
#define COLLATE_SERVICE_VOCABULARY_LOAD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::vocabulary {

// Reads every *.textproto of the directories, in name order. All findings of
// all files are reported at once, one a line, as `file:line:column: what`.
// INVALID_ARGUMENT (reason INVALID_VOCABULARY) for bad content, NOT_FOUND
// for a directory that cannot be read.
absl::StatusOr<Vocabulary> LoadVocabulary(
    const std::vector<std::string>& directories);

}  // namespace collate::vocabulary

#endif  // COLLATE_SERVICE_VOCABULARY_LOAD_H_
