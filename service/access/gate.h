// Who a caller is and which roles they have, by their certificate or token.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_ACCESS_GATE_H_
#define COLLATE_SERVICE_ACCESS_GATE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/roles.h"
#include "service/access/tokens.h"
#include "service/base/clock.h"
#include "service/base/watched.h"

namespace collate::access {

// What the transport knows of a caller.
struct Credentials {
  // Subject alternative names of a certificate that was verified, with their
  // kind: "uri:spiffe://...", "dns:collector.example", "email:...".
  std::vector<std::string> certificate_names;
  // As sent in `authorization`; empty when there was none.
  std::string authorization;
};

struct Principal {
  // "uri:...", "dns:...", "email:..." or "sub:..."; empty for nobody known.
  std::string name;
  RoleSet roles;
};

class Gate {
 public:
  struct Options {
    // Roles by name, as Principal::name writes it.
    absl::flat_hash_map<std::string, RoleSet> grants;
    // Of those who show nothing.
    RoleSet anonymous;
    // Null when no tokens are taken.
    const base::Watched<std::vector<TokenKey>>* token_keys = nullptr;
    TokenRules tokens;
    const base::Clock* clock = nullptr;
  };

  explicit Gate(Options options) : options_(std::move(options)) {}

  // A token decides alone where one is shown, else all names of a certificate
  // together. Whom nobody granted anything has no roles. UNAUTHENTICATED
  // (reason TOKEN_REFUSED).
  absl::StatusOr<Principal> Identify(const Credentials& credentials) const;

  // UNAUTHENTICATED (reason NOT_AUTHENTICATED) when nobody is known to call,
  // PERMISSION_DENIED (reason ROLE_REQUIRED, with `roles`) when the caller may
  // not.
  static absl::Status Check(absl::string_view method, absl::string_view name,
                            RoleSet roles);

 private:
  absl::StatusOr<Principal> OfToken(const std::string& authorization) const;

  const Options options_;
};

}  // namespace collate::access

#endif  // COLLATE_SERVICE_ACCESS_GATE_H_
