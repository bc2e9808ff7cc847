// Messages of the API as JSON: camelCase names, enum names, and numbers of 64
// bits as strings, as protobuf's JSON mapping says. Zeros are written; what is
// absent stays absent, so that a missing number never reads as 0.
//
// INTERNAL when the service sent something that JSON cannot hold, such as a
// time out of range.

#ifndef COLLATE_CLIENT_JSON_H_
#define COLLATE_CLIENT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/message.h"
#include "service/base/status_macros.h"

namespace collate::client {

// Indented, ends with a line feed.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// On one line, ends with a line feed.
absl::StatusOr<std::string> ToJsonLine(
    const google::protobuf::Message& message);

// One line for each message of a range.
template <typename Messages>
absl::StatusOr<std::string> ToJsonLines(const Messages& messages) {
  std::string out;
  for (const auto& message : messages) {
    COLLATE_ASSIGN_OR_RETURN(const std::string line, ToJsonLine(message));
    out += line;
  }
  return out;
}

// An array of the messages of a range.
template <typename Messages>
absl::StatusOr<std::string> ToJsonArray(const Messages& messages) {
  std::string out = "[";
  const char* separator = "\n";
  for (const auto& message : messages) {
    COLLATE_ASSIGN_OR_RETURN(const std::string line, ToJsonLine(message));
    absl::StrAppend(&out, separator, absl::StripSuffix(line, "\n"));
    separator = ",\n";
  }
  return out + "\n]\n";
}

}  // namespace collate::client

#endif  // COLLATE_CLIENT_JSON_H_
