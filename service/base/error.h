// Typed errors: a canonical code, a stable reason, the metadata that a
// program can act on, and the request fields that are at fault.
//
//   return base::Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER",
//                      "no offence '88B'; did you mean 88A?")
//       .With("dimension", "offence")
//       .With("value", "88B")
//       .Field("query.filters[0].members[0]", "unknown member '88B'");
//
// The detail travels inside absl::Status as payloads, so that no room below
// the API has to know google.rpc; service/api/status.cc turns it into
// ErrorInfo and BadRequest. Values are copied; safe to use from any thread.

#ifndef COLLATE_SERVICE_BASE_ERROR_H_
#define COLLATE_SERVICE_BASE_ERROR_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::base {

class Error {
 public:
  // `reason` is UPPER_SNAKE_CASE and at most 63 characters (AIP-193).
  Error(absl::StatusCode code, absl::string_view reason,
        absl::string_view message);

  Error& With(absl::string_view key, absl::string_view value);
  Error& Field(absl::string_view path, absl::string_view description);
  // How long to wait before the same may work.
  Error& RetryAfter(absl::Duration delay);

  // An Error is returned where an absl::Status (or a StatusOr) is expected.
  operator absl::Status() const;  // NOLINT(google-explicit-constructor)

 private:
  absl::Status status_;
};

struct FieldViolation {
  std::string path;
  std::string description;
};

struct ErrorDetail {
  std::string reason;  // empty for a status that was not made by Error
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<FieldViolation> fields;
  std::optional<absl::Duration> retry_delay;
};

ErrorDetail DetailOf(const absl::Status& status);

// Puts "context: " before the message and keeps code and detail.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

}  // namespace collate::base

#endif  // COLLATE_SERVICE_BASE_ERROR_H_
