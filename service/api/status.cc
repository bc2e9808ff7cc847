#include "service/api/status.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

// Length of the well-formed UTF-8 character at the start of `text`, 0 if
// there is none.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && continues(1)) return 2;
  if (first >= 0xE0 && first <= 0xEF && continues(1) && continues(2)) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && continues(1) && continues(2) &&
      continues(3)) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool too_great = first == 0xF4 && byte(1) > 0x8F;
    return overlong || too_great ? 0 : 4;
  }
  return 0;
}

// Printable UTF-8 of at most `max_bytes`: proto3 strings must be UTF-8, and
// an error may quote bytes that are not.
std::string Readable(absl::string_view text, size_t max_bytes) {
  static constexpr absl::string_view kCut = " [cut]";
  std::string result;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    const absl::string_view piece = length == 0
                                        ? absl::string_view("\xEF\xBF\xBD")
                                        : text.substr(0, length);
    if (result.size() + piece.size() + kCut.size() > max_bytes &&
        text.size() + result.size() > max_bytes) {
      absl::StrAppend(&result, kCut);
      break;
    }
    absl::StrAppend(&result, piece);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return result;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  const base::ErrorDetail detail = base::DetailOf(status);
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(Readable(
      absl::string_view(status.message().data(), status.message().size()),
      kMaxMessageBytes));

  google::rpc::ErrorInfo info;
  info.set_reason(detail.reason.empty()
                      ? absl::StatusCodeToString(status.code())
                      : detail.reason);
  info.set_domain(std::string(kErrorDomain));
  google::rpc::BadRequest bad_request;
  size_t used = result.message().size() + info.reason().size();
  int left_out = 0;
  const auto fits = [&used](size_t bytes) {
    if (used + bytes > kMaxDetailBytes) return false;
    used += bytes;
    return true;
  };
  // Fields before metadata: without them a caller cannot find the mistake.
  for (const base::FieldViolation& field : detail.fields) {
    std::string description = Readable(field.description, kMaxMessageBytes);
    if (!fits(field.path.size() + description.size() + 8)) {
      ++left_out;
      continue;
    }
    auto* violation = bad_request.add_field_violations();
    violation->set_field(Readable(field.path, kMaxMessageBytes));
    violation->set_description(std::move(description));
  }
  for (const auto& [key, value] : detail.metadata) {
    std::string text = Readable(value, kMaxMessageBytes);
    if (!fits(key.size() + text.size() + 8)) {
      ++left_out;
      continue;
    }
    (*info.mutable_metadata())[Readable(key, kMaxMessageBytes)] =
        std::move(text);
  }
  if (left_out > 0) {
    (*info.mutable_metadata())["left_out"] = absl::StrCat(left_out);
  }
  result.add_details()->PackFrom(info);
  if (bad_request.field_violations_size() > 0) {
    result.add_details()->PackFrom(bad_request);
  }
  if (detail.retry_delay.has_value()) {
    google::rpc::RetryInfo retry;
    const absl::Duration delay = *detail.retry_delay;
    const int64_t seconds = absl::ToInt64Seconds(delay);
    retry.mutable_retry_delay()->set_seconds(seconds);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(delay - absl::Seconds(seconds))));
    result.add_details()->PackFrom(retry);
  }
  return result;
}

}  // namespace collate::api
