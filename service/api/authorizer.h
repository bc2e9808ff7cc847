// Decides whether a caller may call a method. Asked in one place, for every
// call, before anything of the request is looked at.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_AUTHORIZER_H_
#define COLLATE_SERVICE_API_AUTHORIZER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/api/call_context.h"

namespace collate::api {

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  // `method` is "/package.Service/Method". UNAUTHENTICATED when nobody is
  // known to call, PERMISSION_DENIED when the caller may not.
  virtual absl::Status Check(absl::string_view method,
                             const CallContext& context) const = 0;
};

// Roles do not exist yet: whoever reaches the address may call.
class AllowAll final : public Authorizer {
 public:
  absl::Status Check(absl::string_view method,
                     const CallContext& context) const override {
    return absl::OkStatus();
  }
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_AUTHORIZER_H_
