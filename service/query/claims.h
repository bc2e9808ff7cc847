// Stated figures, checked against what is published: each claim's questions are
// planned and run over one snapshot, and what comes of them is compared with
// the claim (verdicts.h). See protos/collate/v1/claims.proto for what a claim
// may say.
//
// Pure functions of a snapshot; safe to use from any thread.

#ifndef COLLATE_SERVICE_QUERY_CLAIMS_H_
#define COLLATE_SERVICE_QUERY_CLAIMS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/bounds.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/query/verdicts.h"
#include "service/vocabulary/period.h"

namespace collate::query {

// Numbers are those of collate.v1.ClaimKind.
enum class ClaimKind {
  kValue = 1,
  kChange = 2,
  kShare = 3,
  kCoverage = 4,
  kExtreme = 5,
  kRank = 6,
  kMembership = 7,
};

// That all members belong to the whole on that day.
struct MembershipClaim {
  std::string dimension;
  std::vector<std::string> members;
  std::string whole;
  vocabulary::Day day = 0;
};

// Mantissas of 10^-kStatedScale.
struct StatedNumber {
  int64_t value = 0;
  int64_t step = 0;  // the rounding that it was stated to
};

struct StatedClaim {
  std::string id;
  std::string path;  // of the claim in the request, for errors
  ClaimKind kind = ClaimKind::kValue;
  Comparator comparator = Comparator::kEqual;
  std::optional<StatedNumber> number;
  std::string unit;  // empty = what is asked about
  ClaimBasis basis = ClaimBasis::kUnspecified;
  // The same question of the panel, of the area as a whole, and of a printed
  // percentage: each of one measure.
  std::vector<Query> questions;
  // Code of the panel that the claim names, whichever question asks about it.
  std::string panel;
  Extreme extreme = Extreme::kFirst;
  std::string subject;
  int rank = 0;
  MembershipClaim membership;
  std::vector<std::string> base_without;  // reporters
};

// One computed number.
struct Evidence {
  ClaimBasis basis = ClaimBasis::kUnspecified;
  Verdict verdict = Verdict::kNotCheckable;  // by itself
  std::optional<int64_t> value;              // mantissas of 10^-scale
  Interval bounds;
  int scale = 0;
  std::string period;
  std::vector<std::string> sources;  // sorted
  // The cell that it was computed from, and its question; none of memberships.
  std::optional<Cell> cell;
  std::shared_ptr<const Plan> plan;
  size_t question = 0;             // index into StatedClaim::questions
  std::vector<RowRef> other_rows;  // printed cells beside the cell's own
  std::vector<Caveat> caveats;
};

struct CheckedClaim {
  Verdict verdict = Verdict::kNotCheckable;
  std::string reason;
  std::vector<Evidence> evidence;  // what decided comes first
  bool synthetic = false;
};

struct ClaimOptions {
  PlanOptions plan;
  // Sources that only repeat what the story states.
  std::vector<std::string> own_sources;
  // Polled in loops; true ends the check with CANCELLED.
  std::function<bool()> cancelled = [] { return false; };
};

// INVALID_ARGUMENT (reason INVALID_CLAIM) about the field at `path` of the
// claim of that id: what was expected, and what comes near.
absl::Status InvalidClaim(absl::string_view claim, absl::string_view path,
                          absl::string_view what,
                          const std::vector<std::string>& near = {});

// INVALID_CLAIM when a question has a mistake or is none for this kind of
// claim. A question that what is loaded has no answer to is no error.
absl::StatusOr<CheckedClaim> CheckClaim(const StatedClaim& claim,
                                        const Snapshot& snapshot,
                                        const ClaimOptions& options);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CLAIMS_H_
