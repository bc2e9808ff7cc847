#include "service/access/gate.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::access {
namespace {

constexpr absl::string_view kScheme = "bearer ";

}  // namespace

absl::StatusOr<Principal> Gate::OfToken(
    const std::string& authorization) const {
  if (options_.token_keys == nullptr ||
      !absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return base::Error(absl::StatusCode::kUnauthenticated, "TOKEN_REFUSED",
                       options_.token_keys == nullptr
                           ? "this service takes no tokens"
                           : "expected `authorization: Bearer TOKEN`")
        .With("why", "MALFORMED");
  }
  COLLATE_ASSIGN_OR_RETURN(const Token token,
                           VerifyToken(authorization.substr(kScheme.size()),
                                       *options_.token_keys->Current(),
                                       options_.tokens, options_.clock->Now()));
  Principal principal{.name = absl::StrCat("sub:", token.subject), .roles = {}};
  const auto granted = options_.grants.find(principal.name);
  if (granted != options_.grants.end()) principal.roles = granted->second;
  for (const std::string& name : token.roles) {
    // A provider has roles of other services, too.
    if (const std::optional<Role> role = RoleNamed(name)) {
      principal.roles.Add(*role);
    }
  }
  return principal;
}

absl::StatusOr<Principal> Gate::Identify(const Credentials& credentials) const {
  if (!credentials.authorization.empty()) {
    return OfToken(credentials.authorization);
  }
  if (credentials.certificate_names.empty()) {
    return Principal{.name = "", .roles = options_.anonymous};
  }
  Principal principal{.name = absl::StrJoin(credentials.certificate_names, ","),
                      .roles = {}};
  for (const std::string& name : credentials.certificate_names) {
    const auto granted = options_.grants.find(name);
    if (granted != options_.grants.end()) {
      principal.roles.AddAll(granted->second);
    }
  }
  return principal;
}

absl::Status Gate::Check(absl::string_view method, absl::string_view name,
                         RoleSet roles) {
  const MethodRule* const rule = RuleOf(method);
  if (rule != nullptr && rule->roles.Overlaps(roles)) return absl::OkStatus();
  const std::string needed = rule == nullptr ? "none" : NamesOf(rule->roles);
  const bool is_known = !name.empty();
  return base::Error(
             is_known ? absl::StatusCode::kPermissionDenied
                      : absl::StatusCode::kUnauthenticated,
             is_known ? "ROLE_REQUIRED" : "NOT_AUTHENTICATED",
             is_known
                 ? absl::StrCat(name, " has the roles: ", NamesOf(roles),
                                "; this needs one of: ", needed)
                 : absl::StrCat("show a certificate or a token; this needs "
                                "one of the roles: ",
                                needed))
      .With("roles", needed);
}

}  // namespace collate::access
