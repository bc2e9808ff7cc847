// Messages as gRPC's bytes, for calls whose handlers read or make them
// themselves; private to the server and its tests.

#ifndef COLLATE_SERVICE_API_WIRE_BYTES_H_
#define COLLATE_SERVICE_API_WIRE_BYTES_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"
#include "service/base/error.h"

namespace collate::api {

// A message that is there already, and is not copied.
using SharedBytes = std::shared_ptr<const std::string>;

inline grpc::ByteBuffer ToBuffer(SharedBytes bytes) {
  auto* held = new SharedBytes(std::move(bytes));
  grpc::Slice slice(
      const_cast<char*>((*held)->data()), (*held)->size(),
      [](void* pointer) { delete static_cast<SharedBytes*>(pointer); }, held);
  return grpc::ByteBuffer(&slice, 1);
}

inline grpc::ByteBuffer ToBuffer(std::string bytes) {
  return ToBuffer(std::make_shared<const std::string>(std::move(bytes)));
}

// A received message in one piece.
inline grpc::Slice ToSlice(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok()) {
    buffer.DumpToSingleSlice(&slice).IgnoreError();
  }
  return slice;
}

inline absl::string_view ViewOf(const grpc::Slice& slice) {
  return absl::string_view(reinterpret_cast<const char*>(slice.begin()),
                           slice.size());
}

// INVALID_ARGUMENT (reason MALFORMED_REQUEST).
inline absl::Status Parse(absl::string_view bytes,
                          google::protobuf::MessageLite* request) {
  if (request->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return base::Error(
             absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
             absl::StrCat("these bytes are no ", request->GetTypeName()))
      .With("message", request->GetTypeName());
}

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_WIRE_BYTES_H_
