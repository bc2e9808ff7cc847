#include "service/base/error.h"

#include <cassert>
#include <cstdint>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace collate::base {
namespace {

// One payload holds the whole detail as records of a letter and strings,
// each string as "<length>:<bytes>", so that any bytes pass through.
constexpr char kPayloadUrl[] = "collate/error-detail";
constexpr char kReason = 'R';
constexpr char kMetadata = 'M';
constexpr char kField = 'F';
constexpr char kRetry = 'T';

void AppendString(std::string& out, absl::string_view text) {
  absl::StrAppend(&out, text.size(), ":", text);
}

bool TakeString(absl::string_view& in, std::string& out) {
  const size_t colon = in.find(':');
  uint64_t size = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(in.substr(0, colon), &size) ||
      size > in.size() - colon - 1) {
    return false;
  }
  out = std::string(in.substr(colon + 1, size));
  in.remove_prefix(colon + 1 + size);
  return true;
}

void AppendRecord(absl::Status& status, char kind, absl::string_view first,
                  absl::string_view second) {
  std::string payload;
  if (const auto old = status.GetPayload(kPayloadUrl); old.has_value()) {
    payload = std::string(*old);
  }
  payload.push_back(kind);
  AppendString(payload, first);
  AppendString(payload, second);
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
}

}  // namespace

Error::Error(absl::StatusCode code, absl::string_view reason,
             absl::string_view message)
    // An OK status would drop its payload and read as success.
    : status_(
          code == absl::StatusCode::kOk ? absl::StatusCode::kInternal : code,
          message) {
  assert(code != absl::StatusCode::kOk);
  AppendRecord(status_, kReason, reason, "");
}

Error& Error::With(absl::string_view key, absl::string_view value) {
  AppendRecord(status_, kMetadata, key, value);
  return *this;
}

Error& Error::Field(absl::string_view path, absl::string_view description) {
  AppendRecord(status_, kField, path, description);
  return *this;
}

Error& Error::RetryAfter(absl::Duration delay) {
  AppendRecord(status_, kRetry, absl::StrCat(absl::ToInt64Milliseconds(delay)),
               "");
  return *this;
}

Error::operator absl::Status() const { return status_; }

ErrorDetail DetailOf(const absl::Status& status) {
  ErrorDetail detail;
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return detail;
  const std::string bytes(*payload);
  absl::string_view in = bytes;
  while (!in.empty()) {
    const char kind = in[0];
    in.remove_prefix(1);
    std::string first;
    std::string second;
    // Only Error writes this payload, so a bad record cannot be met; stopping
    // keeps what was read.
    if (!TakeString(in, first) || !TakeString(in, second)) break;
    switch (kind) {
      case kReason:
        detail.reason = std::move(first);
        break;
      case kMetadata:
        detail.metadata.emplace_back(std::move(first), std::move(second));
        break;
      case kField:
        detail.fields.push_back({std::move(first), std::move(second)});
        break;
      case kRetry:
        if (int64_t delay = 0; absl::SimpleAtoi(first, &delay)) {
          detail.retry_delay = absl::Milliseconds(delay);
        }
        break;
    }
  }
  return detail;
}

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(),
                         absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload(
      [&annotated](absl::string_view url, const absl::Cord& payload) {
        annotated.SetPayload(url, payload);
      });
  return annotated;
}

}  // namespace collate::base
