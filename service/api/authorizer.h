// Decides who calls and whether they may. Asked in one place, for every call,
// before anything of the request is looked at.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_AUTHORIZER_H_
#define COLLATE_SERVICE_API_AUTHORIZER_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/gate.h"
#include "service/access/roles.h"
#include "service/api/call_context.h"

namespace collate::api {

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  // Fills in the principal and the roles. UNAUTHENTICATED when what the caller
  // shows does not hold.
  virtual absl::Status Identify(const access::Credentials& credentials,
                                CallContext& context) const = 0;

  // Whether the caller is answered from what restricted sources state, whatever
  // the deployment's disclosure profile. Asked once Check is content.
  virtual bool SeesRestricted(const CallContext& context) const = 0;

  // `method` is "/package.Service/Method". UNAUTHENTICATED when nobody is
  // known to call, PERMISSION_DENIED when the caller may not.
  virtual absl::Status Check(absl::string_view method,
                             const CallContext& context) const = 0;
};

// Whoever reaches the address may do everything, but see more than a disclosure
// profile shows: for an address of this machine alone, where nobody said who
// may do what.
class AllowAll : public Authorizer {
 public:
  absl::Status Identify(const access::Credentials& credentials,
                        CallContext& context) const override {
    context.roles = access::RoleSet::All();
    return absl::OkStatus();
  }
  bool SeesRestricted(const CallContext& context) const override {
    return false;
  }
  absl::Status Check(absl::string_view method,
                     const CallContext& context) const override {
    return absl::OkStatus();
  }
};

// By certificate, token and the table of roles.
class ByRole final : public Authorizer {
 public:
  explicit ByRole(access::Gate::Options options) : gate_(std::move(options)) {}

  absl::Status Identify(const access::Credentials& credentials,
                        CallContext& context) const override {
    absl::StatusOr<access::Principal> principal = gate_.Identify(credentials);
    if (!principal.ok()) return principal.status();
    context.principal = std::move(principal->name);
    context.roles = principal->roles;
    return absl::OkStatus();
  }
  bool SeesRestricted(const CallContext& context) const override {
    return access::SeesRestricted(context.method, context.roles);
  }
  absl::Status Check(absl::string_view method,
                     const CallContext& context) const override {
    return access::Gate::Check(method, context.principal, context.roles);
  }

 private:
  const access::Gate gate_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_AUTHORIZER_H_
