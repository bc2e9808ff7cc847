#include "service/gateway/connect.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "nlohmann/json.hpp"
#include "service/api/paging.h"
#include "service/api/status.h"
#include "service/base/error.h"

namespace collate::gateway {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kEnvelopeHeader = 5;
constexpr uint8_t kCompressed = 1;
constexpr uint8_t kEndStream = 2;

std::string Enveloped(uint8_t flags, absl::string_view message) {
  std::string out;
  out.reserve(kEnvelopeHeader + message.size());
  out.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) {
    out.push_back(static_cast<char>(message.size() >> shift & 0xFF));
  }
  out.append(message.data(), message.size());
  return out;
}

absl::string_view View(const std::string& text) { return text; }

Json DetailOf(const google::protobuf::Any& any) {
  Json detail;
  const absl::string_view url(any.type_url());
  detail["type"] = std::string(url.substr(url.rfind('/') + 1));
  std::string value;
  absl::Base64Escape(any.value(), &value);
  detail["value"] =
      std::string(absl::StripSuffix(absl::StripSuffix(View(value), "="), "="));
  std::string readable;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  for (google::protobuf::Message* known :
       {static_cast<google::protobuf::Message*>(&info),
        static_cast<google::protobuf::Message*>(&bad_request),
        static_cast<google::protobuf::Message*>(&retry)}) {
    if (known->GetDescriptor()->full_name() == detail["type"] &&
        known->ParseFromString(any.value()) &&
        google::protobuf::util::MessageToJsonString(*known, &readable).ok()) {
      detail["debug"] = Json::parse(readable, nullptr, false);
    }
  }
  return detail;
}

Json ErrorOf(const absl::Status& status) {
  const google::rpc::Status rpc = api::ToRpcStatus(status);
  Json error;
  error["code"] = std::string(CodeName(status.code()));
  error["message"] = rpc.message();
  for (const google::protobuf::Any& any : rpc.details()) {
    error["details"].push_back(DetailOf(any));
  }
  return error;
}

}  // namespace

std::optional<ContentType> ReadContentType(absl::string_view header) {
  const std::vector<absl::string_view> parts = absl::StrSplit(header, ';');
  for (size_t i = 1; i < parts.size(); ++i) {
    absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
    if (!absl::StartsWithIgnoreCase(parameter, "charset=")) continue;
    parameter.remove_prefix(8);
    if (!absl::EqualsIgnoreCase(
            absl::StripPrefix(absl::StripSuffix(parameter, "\""), "\""),
            "utf-8")) {
      return std::nullopt;
    }
  }
  const absl::string_view name = absl::StripAsciiWhitespace(parts[0]);
  for (const Encoding encoding : {Encoding::kJson, Encoding::kProto}) {
    for (const bool streaming : {false, true}) {
      const ContentType type{encoding, streaming};
      if (absl::EqualsIgnoreCase(name, NameOf(type))) return type;
    }
  }
  return std::nullopt;
}

absl::string_view NameOf(const ContentType& type) {
  if (type.streaming) {
    return type.encoding == Encoding::kJson ? "application/connect+json"
                                            : "application/connect+proto";
  }
  return type.encoding == Encoding::kJson ? "application/json"
                                          : "application/proto";
}

absl::StatusOr<absl::Duration> ReadTimeout(absl::string_view header) {
  if (header.empty()) return absl::InfiniteDuration();
  int64_t milliseconds = 0;
  if (header.size() > 10 || !absl::SimpleAtoi(header, &milliseconds) ||
      milliseconds < 0) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_TIMEOUT",
                       absl::StrCat("connect-timeout-ms is '",
                                    absl::CHexEscape(header.substr(0, 40)),
                                    "'; expected at most ten digits"));
  }
  return absl::Milliseconds(milliseconds);
}

absl::string_view CodeName(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return "ok";
    case absl::StatusCode::kCancelled:
      return "canceled";
    case absl::StatusCode::kInvalidArgument:
      return "invalid_argument";
    case absl::StatusCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case absl::StatusCode::kNotFound:
      return "not_found";
    case absl::StatusCode::kAlreadyExists:
      return "already_exists";
    case absl::StatusCode::kPermissionDenied:
      return "permission_denied";
    case absl::StatusCode::kResourceExhausted:
      return "resource_exhausted";
    case absl::StatusCode::kFailedPrecondition:
      return "failed_precondition";
    case absl::StatusCode::kAborted:
      return "aborted";
    case absl::StatusCode::kOutOfRange:
      return "out_of_range";
    case absl::StatusCode::kUnimplemented:
      return "unimplemented";
    case absl::StatusCode::kInternal:
      return "internal";
    case absl::StatusCode::kUnavailable:
      return "unavailable";
    case absl::StatusCode::kDataLoss:
      return "data_loss";
    case absl::StatusCode::kUnauthenticated:
      return "unauthenticated";
    default:
      return "unknown";
  }
}

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

std::string ErrorJson(const absl::Status& status) {
  return ErrorOf(status).dump();
}

absl::Status Decode(absl::string_view body, Encoding encoding,
                    google::protobuf::Message* message) {
  if (encoding == Encoding::kProto) {
    if (body.size() <= INT32_MAX &&
        message->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return absl::OkStatus();
    }
    return base::Error(
        absl::StatusCode::kInvalidArgument, "INVALID_MESSAGE",
        absl::StrCat("the body is no ", message->GetDescriptor()->full_name()));
  }
  // A call without a body asks with nothing said.
  if (absl::StripAsciiWhitespace(body).empty()) body = "{}";
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(body.data(), body.size()), message);
  if (parsed.ok()) return absl::OkStatus();
  return base::Error(
      absl::StatusCode::kInvalidArgument, "INVALID_JSON",
      absl::StrCat(
          "the body is no ", message->GetDescriptor()->full_name(),
          " in JSON: ",
          absl::string_view(parsed.message().data(), parsed.message().size())));
}

absl::StatusOr<std::string> Encode(const google::protobuf::Message& message,
                                   Encoding encoding) {
  if (encoding == Encoding::kProto) return api::Serialise(message);
  std::string json;
  const auto written =
      google::protobuf::util::MessageToJsonString(message, &json);
  if (written.ok()) return json;
  return base::Error(absl::StatusCode::kInternal, "NOT_WRITTEN_AS_JSON",
                     absl::StrCat("the answer cannot be written as JSON: ",
                                  absl::string_view(written.message().data(),
                                                    written.message().size())));
}

absl::StatusOr<absl::string_view> ReadEnvelope(absl::string_view body) {
  const auto byte = [body](size_t i) { return static_cast<uint8_t>(body[i]); };
  if (body.size() >= kEnvelopeHeader && (byte(0) & kCompressed) != 0) {
    return base::Error(absl::StatusCode::kUnimplemented, "COMPRESSED_REQUEST",
                       "requests are taken uncompressed");
  }
  if (body.size() >= kEnvelopeHeader && byte(0) == 0) {
    const size_t length = size_t{byte(1)} << 24 | size_t{byte(2)} << 16 |
                          size_t{byte(3)} << 8 | size_t{byte(4)};
    if (length == body.size() - kEnvelopeHeader) {
      return body.substr(kEnvelopeHeader);
    }
  }
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_ENVELOPE",
                     "the body is not one message in Connect's envelope: a "
                     "byte of flags, four of length, and the message");
}

std::string Envelope(absl::string_view message) {
  return Enveloped(0, message);
}

std::string EndOfStream(const absl::Status& outcome) {
  Json end = Json::object();
  if (!outcome.ok()) end["error"] = ErrorOf(outcome);
  return Enveloped(kEndStream, end.dump());
}

}  // namespace collate::gateway
