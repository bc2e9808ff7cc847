// Any bytes as a request over HTTP: a line with its content type, then the
// body. Refused with an error that is itself JSON, or a message that says the
// same when it is written and read again.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "collate/v1/ingestion_service.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "nlohmann/json.hpp"
#include "service/gateway/connect.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/service_checks.h"

namespace {

using collate::fuzz::Require;
namespace gateway = collate::gateway;
namespace v1 = collate::v1;

void RequireTold(const absl::Status& status) {
  collate::fuzz::RequireTyped(status);
  const nlohmann::json error =
      nlohmann::json::parse(gateway::ErrorJson(status), nullptr, false);
  Require(error.is_object() && error["details"].size() > 0,
          "an error is JSON with details");
  Require(gateway::HttpStatusOf(status.code()) >= 400, "and no success");
}

template <typename Request>
void Read(absl::string_view body, gateway::Encoding encoding) {
  Request request;
  const absl::Status status = gateway::Decode(body, encoding, &request);
  if (!status.ok()) {
    RequireTold(status);
    return;
  }
  for (const gateway::Encoding other :
       {gateway::Encoding::kJson, gateway::Encoding::kProto}) {
    const auto written = gateway::Encode(request, other);
    // A time beyond the year 9999 has no form in JSON.
    if (!written.ok()) continue;
    Request again;
    Require(gateway::Decode(*written, other, &again).ok(), "it is read again");
    const auto twice = gateway::Encode(again, other);
    Require(twice.ok() && *twice == *written, "and says the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t line = all.find('\n');
  if (line == absl::string_view::npos) return 0;
  const auto type = gateway::ReadContentType(all.substr(0, line));
  if (!type.has_value()) return 0;
  absl::string_view body = all.substr(line + 1);
  if (type->streaming) {
    const auto message = gateway::ReadEnvelope(body);
    if (!message.ok()) {
      RequireTold(message.status());
      return 0;
    }
    Require(gateway::Envelope(*message) == body, "an envelope is as it came");
    body = *message;
  }
  Read<v1::QueryStatisticsRequest>(body, type->encoding);
  Read<v1::IngestDocumentRequest>(body, type->encoding);
  return 0;
}
