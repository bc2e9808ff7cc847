// From the columns of a packed answer to its cells.
//
// Pure functions.

#ifndef COLLATE_CLIENT_UNPACK_H_
#define COLLATE_CLIENT_UNPACK_H_

#include "absl/status/status.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// Puts cells in place of `packed`, the same that the other form has, but for
// their handles: those of a packed answer are its own, with the index of the
// cell. DATA_LOSS (reason BROKEN_ANSWER) when the columns do not fit each
// other; then the answer is not to be used.
absl::Status Unpack(v1::QueryStatisticsResponse* answer);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_UNPACK_H_
