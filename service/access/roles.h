// What a caller may be allowed to do, and the one table of which role may
// call which method. What is not in it nobody may call.

#ifndef COLLATE_SERVICE_ACCESS_ROLES_H_
#define COLLATE_SERVICE_ACCESS_ROLES_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace collate::access {

// None includes another: who is to do two things has two roles.
enum class Role : uint8_t {
  kReader,     // asks questions; sees of restricted sources what is shown
  kAnalyst,    // asks questions of everything, and of every single row
  kOriginals,  // opens documents as they were handed in
  kIngester,   // hands in and withdraws releases
  kAdmin,      // looks after the service
};

inline constexpr Role kRoles[] = {Role::kReader, Role::kAnalyst,
                                  Role::kOriginals, Role::kIngester,
                                  Role::kAdmin};

// "reader", "analyst", "originals", "ingester", "admin".
absl::string_view NameOf(Role role);
std::optional<Role> RoleNamed(absl::string_view name);

class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) Add(role);
  }
  static constexpr RoleSet All() {
    RoleSet all;
    for (const Role role : kRoles) all.Add(role);
    return all;
  }

  constexpr void Add(Role role) {
    bits_ = static_cast<uint8_t>(bits_ | 1u << static_cast<unsigned>(role));
  }
  constexpr void AddAll(RoleSet other) {
    bits_ = static_cast<uint8_t>(bits_ | other.bits_);
  }
  constexpr bool Has(Role role) const {
    return (bits_ & 1u << static_cast<unsigned>(role)) != 0;
  }
  constexpr bool Overlaps(RoleSet other) const {
    return (bits_ & other.bits_) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }

  friend constexpr bool operator==(RoleSet, RoleSet) = default;

 private:
  uint8_t bits_ = 0;
};

// "reader, analyst"; "none".
std::string NamesOf(RoleSet roles);

struct MethodRule {
  const char* method;  // "/package.Service/Method"
  RoleSet roles;       // any of them may call it
  // Hands out what was handed in, or changes something: not without a record
  // of it (service/audit).
  bool sensitive;
};

// Every method of collate.v1, sorted by name.
absl::Span<const MethodRule> MethodRules();

// Whether who has `roles` is answered from what restricted sources state, and
// not from what a disclosure profile shows of it.
bool SeesRestricted(absl::string_view method, RoleSet roles);

// Null for a method that is not there.
const MethodRule* RuleOf(absl::string_view method);

}  // namespace collate::access

#endif  // COLLATE_SERVICE_ACCESS_ROLES_H_
