// Returning early on errors. The names carry the project's prefix because
// gRPC's and protobuf's own headers define the short ones.

#ifndef COLLATE_SERVICE_BASE_STATUS_MACROS_H_
#define COLLATE_SERVICE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define COLLATE_RETURN_IF_ERROR(expr)                                         \
  do {                                                                        \
    if (absl::Status status_macro_value = (expr); !status_macro_value.ok()) { \
      return status_macro_value;                                              \
    }                                                                         \
  } while (false)

#define COLLATE_STATUS_CONCAT_INNER(a, b) a##b
#define COLLATE_STATUS_CONCAT(a, b) COLLATE_STATUS_CONCAT_INNER(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): `result` and `lhs` are declared.
#define COLLATE_ASSIGN_OR_RETURN_IMPL(result, lhs, expr) \
  auto result = (expr);                                  \
  if (!result.ok()) return std::move(result).status();   \
  lhs = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)

// COLLATE_ASSIGN_OR_RETURN(auto x, F()): declares or assigns x from a
// StatusOr, or returns its status.
#define COLLATE_ASSIGN_OR_RETURN(lhs, expr) \
  COLLATE_ASSIGN_OR_RETURN_IMPL(            \
      COLLATE_STATUS_CONCAT(status_or_macro_value_, __LINE__), lhs, expr)

#endif  // COLLATE_SERVICE_BASE_STATUS_MACROS_H_
