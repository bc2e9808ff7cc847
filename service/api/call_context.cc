#include "service/api/call_context.h"

#include "service/base/error.h"

namespace collate::api {

absl::Status CallContext::Check() const {
  if (Expired()) {
    return base::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                       "the call ran out of time; ask for less, or allow more");
  }
  if (Cancelled()) {
    return base::Error(absl::StatusCode::kCancelled, "CANCELLED",
                       "the caller cancelled the call");
  }
  return absl::OkStatus();
}

}  // namespace collate::api
