// Which leaves belong to a cell: the axes of an answer, and for one cell its
// reporters and the coordinates of their leaves.
//
// Read-only after construction; refers to the plan, which must outlive it.

#ifndef COLLATE_SERVICE_QUERY_CELL_SCOPE_H_
#define COLLATE_SERVICE_QUERY_CELL_SCOPE_H_

#include <cstddef>
#include <vector>

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
  std::vector<vocabulary::MemberId> MembersOf(
      size_t dimension, const std::vector<vocabulary::MemberId>& cell) const;

  // Every combination of ungrouped members within the cell's coordinates.
  std::vector<std::vector<vocabulary::MemberId>> LeafCoordinates(
      const std::vector<vocabulary::MemberId>& cell) const;

  // Those of the panel that the cell is about, in panel order.
  std::vector<vocabulary::MemberId> ReportersOf(
      const std::vector<vocabulary::MemberId>& cell,
      const PeriodPanel& panel) const;

 private:
  static constexpr int kReporterAxis = -1;

  const Plan& plan_;
  std::vector<const std::vector<vocabulary::MemberId>*> axes_;
  std::vector<int> asked_of_axis_;  // index into plan.dimensions
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CELL_SCOPE_H_
