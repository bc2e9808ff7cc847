#include "client/json.h"

#include "google/protobuf/util/json_util.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

absl::StatusOr<std::string> Write(const google::protobuf::Message& message,
                                  bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return base::Error(
        absl::StatusCode::kInternal, "NOT_JSON",
        "the service's answer cannot be written as JSON: " + status.ToString());
  }
  if (json.empty() || json.back() != '\n') json += '\n';
  return json;
}

}  // namespace

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  return Write(message, true);
}

absl::StatusOr<std::string> ToJsonLine(
    const google::protobuf::Message& message) {
  return Write(message, false);
}

}  // namespace collate::client
