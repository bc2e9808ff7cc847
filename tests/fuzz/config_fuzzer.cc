// Any text as the configuration: it is refused with the place of each mistake,
// or is what it says: printed and read again it is the same, and complete it is
// accepted once more.

#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "service/api/config.h"
#include "tests/fuzz/service_checks.h"

namespace {

using collate::api::CompleteConfig;
using collate::api::ParseConfig;
using collate::fuzz::Require;
using collate::fuzz::RequireReason;

constexpr char kPath[] = "/etc/collate.textproto";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const google::protobuf::LogSilencer silence;
  auto config = ParseConfig(collate::fuzz::Text(data, size), kPath);
  if (!config.ok()) {
    RequireReason(config.status(), "INVALID_CONFIG");
    Require(absl::StartsWith(config.status().message(), kPath),
            "a mistake has a place");
    return 0;
  }
  const auto again = [](const collate::config::v1::Config& one) {
    std::string text;
    google::protobuf::TextFormat::PrintToString(one, &text);
    const auto read = ParseConfig(text, kPath);
    Require(read.ok(), "what was accepted is accepted again");
    Require(google::protobuf::util::MessageDifferencer::Equals(*read, one),
            "and says the same");
  };
  again(*config);
  const absl::Status completed = CompleteConfig("/usr/bin", &*config);
  if (!completed.ok()) {
    RequireReason(completed, "INVALID_CONFIG");
    return 0;
  }
  again(*config);
  return 0;
}
