// The methods of collate.v1 on messages that are known by their descriptors
// alone, for a transport that has no generated code of its own.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_METHODS_H_
#define COLLATE_SERVICE_API_METHODS_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/api/call_context.h"
#include "service/api/calls.h"
#include "service/api/handlers.h"
#include "service/api/stream.h"

namespace collate::api {

using AnyMessage = std::unique_ptr<google::protobuf::Message>;

struct Method {
  std::string name;  // "/collate.v1.StatisticsService/QueryStatistics"
  Calls::Kind kind = Calls::Kind::kQuestion;
  // Its types; those of requests are `request`'s.
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const google::protobuf::Message* request = nullptr;  // the empty one

  // One of the two. Of one answer:
  std::function<absl::StatusOr<AnyMessage>(CallContext&,
                                           const google::protobuf::Message&)>
      answer;
  // Of an answer in many messages:
  std::function<absl::Status(CallContext&, const google::protobuf::Message&,
                             Writer<AnyMessage>&)>
      stream;
};

// All that take one message, sorted by name. What `handlers` points to outlives
// them.
std::vector<Method> MethodsOf(const Handlers& handlers);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_METHODS_H_
