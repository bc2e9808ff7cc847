#include "service/query/claims.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/claim_bases.h"
#include "service/query/claim_inquiry.h"
#include "service/query/claim_membership.h"
#include "service/query/claim_orders.h"

namespace collate::query {
namespace {

// Unit of the number that a claim of this kind states.
std::string UnitOf(const StatedClaim& claim, const ClaimAnswer& answer) {
  return claim.kind == ClaimKind::kChange || claim.kind == ClaimKind::kShare
             ? absl::StrCat(kPerCent)
             : answer.measure().unit;
}

absl::Status Compare(ClaimInquiry& inquiry, const ClaimAnswer& answer) {
  switch (inquiry.claim().kind) {
    case ClaimKind::kValue:
      CompareValue(inquiry, answer);
      break;
    case ClaimKind::kChange:
      return CompareChange(inquiry, answer);
    case ClaimKind::kShare:
      CompareShare(inquiry, answer);
      break;
    case ClaimKind::kCoverage:
      CompareCoverage(inquiry, answer);
      break;
    case ClaimKind::kExtreme:
      return CompareExtreme(inquiry, answer);
    case ClaimKind::kRank:
      return CompareRank(inquiry, answer);
    case ClaimKind::kMembership:
      break;  // asks no question
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InvalidClaim(absl::string_view claim, absl::string_view path,
                          absl::string_view what,
                          const std::vector<std::string>& near) {
  std::string description(what);
  if (!near.empty()) {
    absl::StrAppend(&description, "; did you mean ", absl::StrJoin(near, ", "),
                    "?");
  }
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_CLAIM",
                     claim.empty()
                         ? description
                         : absl::StrCat("claim '", claim, "': ", description))
      .With("claim", claim)
      .With("near_matches", absl::StrJoin(near, ", "))
      .Field(path, description);
}

absl::StatusOr<CheckedClaim> CheckClaim(const StatedClaim& claim,
                                        const Snapshot& snapshot,
                                        const ClaimOptions& options) {
  ClaimInquiry inquiry(claim, snapshot, options);
  if (claim.kind == ClaimKind::kMembership) {
    COLLATE_RETURN_IF_ERROR(CompareMembership(inquiry));
  }
  std::optional<int64_t> cells = 1;
  if (claim.kind == ClaimKind::kExtreme || claim.kind == ClaimKind::kRank) {
    cells.reset();
  }
  for (size_t q = 0; q < claim.questions.size(); ++q) {
    COLLATE_ASSIGN_OR_RETURN(const ClaimAnswer answer,
                             inquiry.Ask(claim.questions[q], q, cells));
    const std::string unit = UnitOf(claim, answer);
    if (!claim.unit.empty() && claim.unit != unit &&
        claim.kind != ClaimKind::kCoverage) {
      return CheckedClaim{
          .reason = absl::StrCat("it counts ", claim.unit, ", and '",
                                 answer.measure().code, "' is in ", unit,
                                 "; the two are never compared")};
    }
    if (!answer.refusal.empty()) {
      inquiry.Add(BasisFinding{.words = answer.refusal});
      continue;
    }
    COLLATE_RETURN_IF_ERROR(Compare(inquiry, answer));
  }
  return std::move(inquiry).Finish();
}

}  // namespace collate::query
