// Writes what became of stated figures: a line a claim. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_CLAIMS_H_
#define COLLATE_CLIENT_RENDER_CLAIMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/claims.pb.h"

namespace collate::client {

struct CheckedClaims {
  v1::ClaimSet set;
  v1::CheckClaimsResponse response;
};

// "REPRODUCED_SAME_SOURCE": the code of a verdict, without its enum's prefix.
std::string VerdictCode(v1::ClaimVerdict verdict);

// Of several sets, a claim is named SET/CLAIM.
absl::StatusOr<std::string> RenderClaims(
    const std::vector<CheckedClaims>& checked, Format format);

// Why, for each claim that is not simply borne out; the caveats; and how many
// claims of each set have which verdict.
std::vector<std::string> ClaimNotes(const std::vector<CheckedClaims>& checked);

bool AnyContradicted(const std::vector<CheckedClaims>& checked);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_CLAIMS_H_
