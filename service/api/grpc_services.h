// The services of collate.v1 as gRPC serves them: which handler answers which
// method.

#ifndef COLLATE_SERVICE_API_GRPC_SERVICES_H_
#define COLLATE_SERVICE_API_GRPC_SERVICES_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/api/calls.h"
#include "service/api/handlers.h"

namespace collate::api {

// `calls` and what `handlers` points to outlive them.
std::vector<std::unique_ptr<grpc::Service>> MakeServices(
    Calls& calls, const Handlers& handlers);

// Whether the request of `method` comes to its handler as it was received: gRPC
// reads no message before it does.
bool IsReceivedInBytes(absl::string_view method);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_GRPC_SERVICES_H_
