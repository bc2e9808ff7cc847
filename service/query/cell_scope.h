// Which leaves belong to a cell: the axes of an answer, and for one cell its
// reporters and the coordinates of their leaves.
//
// Read-only after construction; refers to the plan, which must outlive it.

#ifndef COLLATE_SERVICE_QUERY_CELL_SCOPE_H_
#define COLLATE_SERVICE_QUERY_CELL_SCOPE_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "service/query/plan.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

class CellScope {
 public:
  CellScope(const Plan& plan, const vocabulary::Dimension& reporters);

  // The members along each group_by dimension.
  const std::vector<const std::vector<vocabulary::MemberId>*>& axes() const {
    return axes_;
  }

  // The members of one asked dimension within the cell.
  std::vector<vocabulary::MemberId> MembersOf(size_t dimension,
                                              const Coordinates& cell) const;

  // Every combination of ungrouped members within the cell's coordinates.
  std::vector<Coordinates> LeafCoordinates(const Coordinates& cell) const;

  // Those of the panel that the cell is about, in panel order; valid as long
  // as both arguments.
  absl::Span<const vocabulary::MemberId> ReportersOf(
      const Coordinates& cell, const PeriodPanel& panel) const;

  // Whether the axis is that of the reporters.
  bool IsReporterAxis(size_t axis) const {
    return asked_of_axis_[axis] == kReporterAxis;
  }

 private:
  static constexpr int kReporterAxis = -1;

  const Plan& plan_;
  std::vector<const std::vector<vocabulary::MemberId>*> axes_;
  std::vector<int> asked_of_axis_;  // index into plan.dimensions
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CELL_SCOPE_H_
