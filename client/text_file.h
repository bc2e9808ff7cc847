// Files that people write: protobuf's text format, read whole.

#ifndef COLLATE_CLIENT_TEXT_FILE_H_
#define COLLATE_CLIENT_TEXT_FILE_H_

#include <google/protobuf/text_format.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace collate::client {

// What a person writes is far smaller.
inline constexpr size_t kMaxTextFileBytes = size_t{1} << 20;

// Reads `path`, or standard input where it is "-". NOT_FOUND (reason
// FILE_NOT_READABLE); INVALID_ARGUMENT (reason `invalid`, with path, line and
// column) with FILE:LINE:COLUMN of the first mistake, or for a file beyond the
// limit. `places` may be null.
absl::Status ReadTextFile(
    const std::string& path, absl::string_view invalid,
    google::protobuf::Message& message,
    google::protobuf::TextFormat::ParseInfoTree* places = nullptr);

// The error for a mistake at a place, both counted from 0; -1 when unknown.
absl::Status MistakeAt(const std::string& path, int line, int column,
                       absl::string_view invalid, absl::string_view what);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_TEXT_FILE_H_
