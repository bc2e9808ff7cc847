#include "service/api/grpc_status.h"

#include "service/api/paging.h"
#include "service/api/status.h"

namespace collate::api {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rpc = ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      Serialise(rpc));
}

}  // namespace collate::api
