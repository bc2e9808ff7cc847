// Rates: the figures of a cell per N of a denominator, over exactly those
// reporters that have both.
//
// A reporter without a denominator is left out of both sides and named, unless
// the query counts it in the numerator by name, as some publishers do. One
// whose published rate is INCLUDED_ELSEWHERE has no rate of its own; it counts
// in the sum of the whole that it is included in.
//
// A RateMaker serves one rate of one plan and measure, for one thread at a
// time.

#ifndef COLLATE_SERVICE_QUERY_RATES_H_
#define COLLATE_SERVICE_QUERY_RATES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/contradictions.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/resolve.h"
#include "service/query/side.h"
#include "service/query/snapshot.h"

namespace collate::query {

class RateMaker {
 public:
  // `with_leaves` fills Rate::figures. All references must outlive the
  // RateMaker.
  RateMaker(const Plan& plan, const Snapshot& snapshot,
            const vocabulary::Measure& numerator, const PlannedRate& rate,
            bool with_leaves);

  // `period` indexes Plan::periods. FAILED_PRECONDITION: NOT_A_COUNT when the
  // denominator is not made of whole numbers; HAS_DENOMINATOR when a reporter
  // that is to count in the numerator alone has one.
  absl::StatusOr<Rate> Make(const std::vector<ReporterLeaves>& reporters,
                            int period);

  // Exclusions that left out some figure so far: indexes into
  // Plan::exclusions.
  const std::set<int>& exclusions() const { return exclusions_; }

 private:
  absl::StatusOr<Side> DenominatorOf(const ReporterLeaves& reporter);
  // Why the publisher prints no rate of its own for the reporter.
  absl::StatusOr<std::optional<std::string>> IncludedElsewhere(
      const ReporterLeaves& reporter, int period) const;
  absl::Status HasDenominator(vocabulary::MemberId reporter) const;
  bool IsWholeAround(vocabulary::MemberId reporter, int period,
                     const std::vector<vocabulary::MemberId>& present) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& numerator_;
  const PlannedRate& rate_;
  const bool with_leaves_;
  Plan denominator_plan_;
  // Positions in Plan::dimensions that the denominator is broken down by, too.
  std::vector<size_t> shared_dimensions_;
  std::unique_ptr<Resolver> denominator_;
  std::unique_ptr<Contradictions> contradictions_;  // of denominators
  // Denominators found so far, by reporter and coordinates of the shared
  // dimensions: most cells of an answer have the same.
  absl::flat_hash_map<std::pair<vocabulary::MemberId, Coordinates>, Leaf>
      denominators_;
  // Of the measures that print such a rate.
  std::vector<std::unique_ptr<Resolver>> published_;
  std::set<int> exclusions_;
  // Reporters that they ever say INCLUDED_ELSEWHERE of.
  std::set<vocabulary::MemberId> elsewhere_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_RATES_H_
