// Turns the outcome of a call into absl::Status: google.rpc.ErrorInfo and
// BadRequest become the detail that service/base/error.h defines, so that the
// client speaks of errors in the same terms as the service.

#ifndef COLLATE_CLIENT_RPC_STATUS_H_
#define COLLATE_CLIENT_RPC_STATUS_H_

#include "absl/status/status.h"

namespace grpc {
class Status;
}  // namespace grpc

namespace collate::client {

absl::Status FromRpc(const grpc::Status& status);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RPC_STATUS_H_
