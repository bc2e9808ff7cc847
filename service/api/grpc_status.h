// google.rpc.Status on gRPC's wire: code and message as usual, the whole of
// it in the trailer `grpc-status-details-bin`.

#ifndef COLLATE_SERVICE_API_GRPC_STATUS_H_
#define COLLATE_SERVICE_API_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace collate::api {

grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_GRPC_STATUS_H_
