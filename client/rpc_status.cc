#include "client/rpc_status.h"

#include <map>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"
#include "service/base/error.h"

namespace collate::client {

absl::Status FromRpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status rich;
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest request;
  // Details that cannot be read leave code and message as they are.
  if (rich.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& detail : rich.details()) {
      if (detail.Is<google::rpc::ErrorInfo>()) {
        detail.UnpackTo(&info);
      } else if (detail.Is<google::rpc::BadRequest>()) {
        detail.UnpackTo(&request);
      }
    }
  }
  if (info.reason().empty() && request.field_violations().empty()) {
    return absl::Status(code, status.error_message());
  }
  base::Error error(code, info.reason(), status.error_message());
  // A protobuf map has no order, and what is printed must have one.
  const std::map<std::string, std::string> metadata(info.metadata().begin(),
                                                    info.metadata().end());
  for (const auto& [key, value] : metadata) error.With(key, value);
  for (const auto& violation : request.field_violations()) {
    error.Field(violation.field(), violation.description());
  }
  return error;
}

}  // namespace collate::client
