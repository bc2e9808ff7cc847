// absl::Status to google.rpc.Status: ErrorInfo from base::Error's reason and
// metadata, BadRequest from its fields. The only place that knows both.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_STATUS_H_
#define COLLATE_SERVICE_API_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace collate::api {

inline constexpr absl::string_view kErrorDomain = "collate";

// Errors travel in headers, which clients accept up to 8 KiB in all. A longer
// message is cut and says so; metadata and fields that do not fit are left
// out and counted in the metadata entry `left_out`.
inline constexpr size_t kMaxMessageBytes = 1200;
inline constexpr size_t kMaxDetailBytes = 4000;

// Every error has an ErrorInfo; a status that base::Error did not make gets
// the name of its code as reason. `status` must not be OK.
google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_STATUS_H_
