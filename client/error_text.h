// An error as a person reads it: what, which field, what was near.
//
//   collate: no offence '88B'; did you mean 88A? [UNKNOWN_MEMBER]
//     query.filters[0].members[0]: unknown member '88B'
//     dimension: offence
//     near matches: 88A, 88C
//
// Pure function.

#ifndef COLLATE_CLIENT_ERROR_TEXT_H_
#define COLLATE_CLIENT_ERROR_TEXT_H_

#include <string>

#include "absl/status/status.h"

namespace collate::client {

// Ends with a line feed. `status` is not OK.
std::string ErrorText(const absl::Status& status);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_ERROR_TEXT_H_
