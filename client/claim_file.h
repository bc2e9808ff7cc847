// Files of claims (`*.claims.textproto`, a collate.v1.ClaimSet in text format)
// and where shipped ones stand.

#ifndef COLLATE_CLIENT_CLAIM_FILE_H_
#define COLLATE_CLIENT_CLAIM_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "collate/v1/claims.pb.h"

namespace collate::client {

inline constexpr char kClaimFileSuffix[] = ".claims.textproto";

// Where the shipped claims of the running program stand; empty when that
// cannot be told.
std::string ShippedClaimsDirectory();

// The path that is meant: `name` itself where it has a slash or a dot or is a
// file, else the shipped set of that id. NOT_FOUND (reason NO_SUCH_CLAIMS)
// names those that there are.
absl::StatusOr<std::string> FindClaimFile(const std::string& name,
                                          const std::string& directory);

// NOT_FOUND (reason FILE_NOT_READABLE); INVALID_ARGUMENT (reason
// INVALID_CLAIM_FILE) with FILE:LINE:COLUMN when it is no text format of a
// ClaimSet.
absl::StatusOr<v1::ClaimSet> ReadClaimFile(const std::string& path);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLAIM_FILE_H_
