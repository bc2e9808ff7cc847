// Changes: how far a cell's figure is above that of a base period, twice. As
// published, whoever answered in each period is in its side, so that a
// reporter that came or went reads as a rise or a fall. Over the matched panel
// it does not: both sides hold exactly the reporters whose every figure is
// printed, and printed by one source, in each period compared; the others are
// named. A published total has no reporters to match.
//
// A ChangeMaker serves one change of one plan and measure, for one thread at a
// time.

#ifndef COLLATE_SERVICE_QUERY_CHANGES_H_
#define COLLATE_SERVICE_QUERY_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/cell_scope.h"
#include "service/query/contradictions.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/resolve.h"
#include "service/query/side.h"
#include "service/query/snapshot.h"

namespace collate::query {

// A base below this makes percentages jump: flag kSmallBase.
inline constexpr int64_t kSmallBaseBelow = 50;

class ChangeMaker {
 public:
  // `with_leaves` fills Comparison::figures. All references must outlive the
  // ChangeMaker. `cancelled` is polled.
  ChangeMaker(const Plan& plan, const Snapshot& snapshot,
              const vocabulary::Measure& measure, const PlannedChange& change,
              bool with_leaves, const std::function<bool()>& cancelled);

  // Of `cell`, whose leaves `current` are, with `sums` beside them; cells of
  // one coordinate come one after the other. FAILED_PRECONDITION: NOT_A_COUNT;
  // NON_ADDITIVE_DIMENSION, INCOMPLETE and CONFLICT, as of a cell of the base
  // period.
  absl::StatusOr<Change> Make(const Coordinates& at, int period,
                              const Cell& cell,
                              const std::vector<ReporterLeaves>& current,
                              const CellSums& sums);

  // Releases that have rows of the base of the change that was made last:
  // indexes into Snapshot::releases(). Its cell may list none.
  const std::set<uint32_t>& base_releases() const { return base_releases_; }

 private:
  // What is known of one period: an index into PlannedChange::periods.
  struct PeriodFigures {
    std::vector<ReporterLeaves> reporters;  // panel order
    std::vector<SumFigure> sums;            // beside them
    absl::flat_hash_map<vocabulary::MemberId, size_t> place_of;

    void FindPlaces();
    // Reporters of whom something is in the printed sum.
    std::set<vocabulary::MemberId> Printed() const;
  };

  absl::StatusOr<const PeriodFigures*> FiguresOf(int period);
  absl::StatusOr<std::shared_ptr<const Cell>> BaseCell(int period);
  void NoteBaseReleases(const PeriodFigures& figures);
  void Compare(const PlannedChange::Pair& pair, Comparison& result) const;
  absl::StatusOr<Comparison> AsPublished(int period,
                                         const PlannedChange::Pair& pair,
                                         const Cell& cell, const Cell& base);
  absl::StatusOr<Comparison> Matched(int period,
                                     const PlannedChange::Pair& pair);
  // Why a reporter is in no side; nullopt when it is in both.
  absl::StatusOr<std::optional<LeftOut>> WhyLeftOut(
      vocabulary::MemberId reporter, const std::vector<int>& periods);
  // Empty sides of `period` and of the base, to be filled.
  QuotientFigures EmptyFigures(int period, int base) const;
  std::string NameOf(int period) const;

  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const PlannedChange& change_;
  const bool with_leaves_;
  const std::function<bool()>& cancelled_;
  const Plan plan_;  // of all periods that take part
  const CellScope scope_;
  const Resolver resolver_;
  int cell_measure_ = 0;           // index into Plan::measures
  Contradictions contradictions_;  // with the figures of a base
  // Of the coordinates last asked for, by period.
  Coordinates at_;
  std::vector<std::optional<PeriodFigures>> figures_;
  std::vector<std::shared_ptr<const Cell>> base_cells_;
  std::set<uint32_t> base_releases_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CHANGES_H_
