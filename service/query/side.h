// What rates, shares and changes have in common: the figures of one reporter
// within one cell as one side of a division, and their sum.

#ifndef COLLATE_SERVICE_QUERY_SIDE_H_
#define COLLATE_SERVICE_QUERY_SIDE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/query/plain_figures.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/resolve.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/state.h"

namespace collate::query {

// What stands in for the leaves of the reporters of a cell that has one figure
// of each: a sum for each of them that has no leaves, none for the others.
struct CellSums {
  Coordinates at;  // of the figures
  std::vector<SumFigure> of;
};

// One reporter's part of a numerator or denominator.
struct Side {
  vocabulary::State state = vocabulary::State::kUnspecified;  // the worst
  std::string reason;
  int64_t reported = 0;  // sum of what is printed
  Interval bounds = Interval::Exactly(0);
  RowRefs rows;
  absl::InlinedVector<std::string, 1> sources;  // each once
  std::vector<Leaf> leaves;  // only where they are to be shown
  // Those of a base or a denominator beside which something else is printed.
  std::vector<Leaf> compared;

  bool printed() const { return vocabulary::IsPrinted(state); }
  // OUT_OF_RANGE (reason OVERFLOW).
  absl::Status Add(const Leaf& leaf);
  absl::Status Add(const SumFigure& figure);
  // Adds a leaf of a base or a denominator, to be `shown` or not.
  absl::Status AddBelow(const Leaf& leaf, bool shown);
};

absl::StatusOr<Side> SideOf(const std::vector<Leaf>& leaves);

// A sum over reporters that all printed their figures.
struct Total {
  int64_t reported = 0;
  Interval bounds = Interval::Exactly(0);

  absl::Status Add(const Side& side);
  absl::Status Add(const SumFigure& figure);  // that is printed
  Operand ToOperand() const { return {reported, bounds}; }
};

// FAILED_PRECONDITION (reason NOT_A_COUNT) unless the resolver's figures, which
// are those of `measure`, are whole numbers.
absl::Status CheckCounts(const vocabulary::Measure& measure,
                         const Resolver& resolver);

// FAILED_PRECONDITION (reason NOT_A_COUNT) when a row, which is one of
// `measure`, is published as something that does not add up, such as a
// percentage, whole or not.
absl::Status CheckCounted(const vocabulary::Measure& measure,
                          const Snapshot& snapshot,
                          absl::Span<const RowRef> rows);

// The dimensions of a plan's leaves.
std::vector<const vocabulary::Dimension*> DimensionsOf(const Plan& plan);

// The asked members of each dimension of the plan.
std::vector<std::vector<vocabulary::MemberId>> MembersOf(const Plan& plan);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SIDE_H_
