// Leaves out of rows of one table: what they add up to, in every way in which
// their source states it, and what it said before.
//
// Read-only once made; holds references to the plan, the snapshot and the
// candidates.

#ifndef COLLATE_SERVICE_QUERY_LEAF_SUMS_H_
#define COLLATE_SERVICE_QUERY_LEAF_SUMS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/query/candidates.h"
#include "service/query/covering.h"
#include "service/query/plain_figures.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// What earlier editions said instead of a figure, which has something of that.
Contradiction EarlierThan(const PlainFigure& figure,
                          const vocabulary::Measure& measure);

class LeafSums {
 public:
  // All must outlive it.
  LeafSums(const Plan& plan, const Snapshot& snapshot,
           const vocabulary::Measure& measure, const Candidates& candidates)
      : plan_(plan),
        snapshot_(snapshot),
        measure_(measure),
        candidates_(candidates) {}

  // What rows of a whole add up to, over every reading of them. One of whose
  // days some have no figure is PARTIAL_PERIOD at best, and its reason is not
  // said. OUT_OF_RANGE (reason OVERFLOW), as all.
  absl::StatusOr<Leaf> Of(const Candidate& candidate, const Covering& found,
                          Method method) const;
  // The same of what was found fast.
  absl::StatusOr<Leaf> Of(const PlainFigure& figure) const;
  // What rows that are a part of it say of a whole.
  absl::StatusOr<Leaf> LowerBound(const Candidate& candidate,
                                  const Covering& found) const;
  // The statement that a key had and no longer has, when all else fails.
  std::optional<Leaf> Former(const Candidate& candidate,
                             const std::vector<uint32_t>& rows,
                             const vocabulary::DayInterval& days) const;

 private:
  // Over one reading.
  absl::StatusOr<Leaf> Sum(const Candidate& candidate, const Covering& found,
                           Method method) const;
  // The upper end of a row that is given together with others alone: those
  // printed figures of the same release and of a longer period that take it in.
  absl::StatusOr<std::optional<int64_t>> MostOf(const Candidate& candidate,
                                                uint32_t row) const;
  // Notes that rows stand without a word in place of other numbers.
  absl::Status CompareEditions(const Candidate& candidate,
                               const Covering& found, Leaf& leaf) const;

  const Plan& plan_;
  const Snapshot& snapshot_;
  const vocabulary::Measure& measure_;
  const Candidates& candidates_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_LEAF_SUMS_H_
