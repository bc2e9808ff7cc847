// What fuzzers of the service's own formats share: errors that are ours, and
// messages from text.

#ifndef COLLATE_TESTS_FUZZ_SERVICE_CHECKS_H_
#define COLLATE_TESTS_FUZZ_SERVICE_CHECKS_H_

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "tests/fuzz/require.h"

namespace collate::fuzz {

inline void RequireTyped(const absl::Status& status) {
  const std::string reason = base::DetailOf(status).reason;
  const bool typed =
      !status.ok() && !reason.empty() &&
      reason.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
          std::string::npos;
  if (!typed) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  Require(typed, "an error has a reason");
  Require(!status.message().empty(), "an error says what is wrong");
}

inline void RequireReason(const absl::Status& status, const char* reason) {
  RequireTyped(status);
  Require(base::DetailOf(status).reason == reason, "the reason that is named");
}

class NoErrors final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, int, const std::string&) override {}
  void AddWarning(int, int, const std::string&) override {}
};

// A message from its text, as the wire would bring it: nullopt when it is none,
// or has a text that is not UTF-8.
template <typename Message>
std::optional<Message> MessageFrom(const std::string& text) {
  const google::protobuf::LogSilencer silence;
  NoErrors ignored;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&ignored);
  Message parsed;
  Message message;
  if (!parser.ParseFromString(text, &parsed) ||
      !message.ParseFromString(parsed.SerializeAsString())) {
    return std::nullopt;
  }
  return message;
}

}  // namespace collate::fuzz

#endif  // COLLATE_TESTS_FUZZ_SERVICE_CHECKS_H_
