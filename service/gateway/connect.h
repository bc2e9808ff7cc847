// The words of the Connect protocol (connectrpc.com/docs/protocol), as far as
// the gateway speaks it: unary calls and answers in many messages, in JSON or
// protobuf.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_GATEWAY_CONNECT_H_
#define COLLATE_SERVICE_GATEWAY_CONNECT_H_

#include <google/protobuf/message.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::gateway {

enum class Encoding { kJson, kProto };

// How a body is written, by its content-type.
struct ContentType {
  Encoding encoding = Encoding::kJson;
  bool streaming =
      false;  // application/connect+json, application/connect+proto
};

// nullopt for any other type. Parameters are ignored, but for a charset that is
// not UTF-8, which is another type.
std::optional<ContentType> ReadContentType(absl::string_view header);
absl::string_view NameOf(const ContentType& type);

// Of `connect-timeout-ms`; infinite for an empty one. INVALID_ARGUMENT (reason
// INVALID_TIMEOUT) for what is no number of at most ten digits.
absl::StatusOr<absl::Duration> ReadTimeout(absl::string_view header);

// "invalid_argument", and the status of HTTP that goes with it.
absl::string_view CodeName(absl::StatusCode code);
int HttpStatusOf(absl::StatusCode code);

// The object of an error: code, message, details (google.rpc's, in base64, and
// readable under "debug"). `status` must not be OK.
std::string ErrorJson(const absl::Status& status);

// INVALID_ARGUMENT (reason INVALID_JSON or INVALID_MESSAGE).
absl::Status Decode(absl::string_view body, Encoding encoding,
                    google::protobuf::Message* message);
absl::StatusOr<std::string> Encode(const google::protobuf::Message& message,
                                   Encoding encoding);

// The one message of a streaming request. INVALID_ARGUMENT (reason
// INVALID_ENVELOPE) when it is not one; UNIMPLEMENTED (reason
// COMPRESSED_REQUEST) when it is compressed.
absl::StatusOr<absl::string_view> ReadEnvelope(absl::string_view body);
// A message of a streaming answer, and its last one, which tells the outcome.
std::string Envelope(absl::string_view message);
std::string EndOfStream(const absl::Status& outcome);

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_CONNECT_H_
