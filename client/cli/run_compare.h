// What `compare` does: a question in a file, answered side by side.

#ifndef COLLATE_CLIENT_CLI_RUN_COMPARE_H_
#define COLLATE_CLIENT_CLI_RUN_COMPARE_H_

#include <string>

#include "absl/status/statusor.h"
#include "collate/v1/comparison.pb.h"

namespace collate::client {

// NOT_FOUND (FILE_NOT_READABLE); INVALID_ARGUMENT (INVALID_COMPARISON) with
// line and column of every mistake.
absl::StatusOr<v1::CompareMeasuresRequest> ReadComparison(
    const std::string& path);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RUN_COMPARE_H_
