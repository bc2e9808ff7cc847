// Numbers that exist and are kept back to protect somebody.
//
// Pure functions.

#ifndef COLLATE_SERVICE_QUERY_WITHHELD_H_
#define COLLATE_SERVICE_QUERY_WITHHELD_H_

#include "absl/strings/string_view.h"
#include "service/vocabulary/state.h"

namespace collate::query {

// Whether a reason is section 12 (cost) of the Freedom of Information Act, and
// nothing else: other grounds protect somebody, and a number that may be one of
// them does, too.
bool IsCost(absl::string_view reason);

// Suppressed, or refused on a ground that protects somebody.
bool IsWithheld(vocabulary::State state, absl::string_view reason);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_WITHHELD_H_
