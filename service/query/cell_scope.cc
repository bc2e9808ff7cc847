#include "service/query/cell_scope.h"

#include <algorithm>
#include <utility>

namespace collate::query {

using vocabulary::MemberId;

CellScope::CellScope(const Plan& plan, const vocabulary::Dimension& reporters)
    : plan_(plan) {
  for (const vocabulary::Dimension* dimension : plan_.group_by) {
    if (dimension == &reporters) {
      axes_.push_back(&plan_.reporters);
      asked_of_axis_.push_back(kReporterAxis);
      continue;
    }
    for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
      if (plan_.dimensions[d].dimension != dimension) continue;
      axes_.push_back(&plan_.dimensions[d].members);
      asked_of_axis_.push_back(static_cast<int>(d));
    }
  }
}

std::vector<MemberId> CellScope::MembersOf(size_t dimension,
                                           const Coordinates& cell) const {
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    if (asked_of_axis_[axis] == static_cast<int>(dimension)) {
      return {cell[axis]};
    }
  }
  return plan_.dimensions[dimension].members;
}

std::vector<Coordinates> CellScope::LeafCoordinates(
    const Coordinates& cell) const {
  std::vector<Coordinates> result = {{}};
  for (size_t d = 0; d < plan_.dimensions.size(); ++d) {
    // Most dimensions have one member in a cell.
    const auto axis = std::find(asked_of_axis_.begin(), asked_of_axis_.end(),
                                static_cast<int>(d));
    if (axis != asked_of_axis_.end()) {
      const MemberId member =
          cell[static_cast<size_t>(axis - asked_of_axis_.begin())];
      for (auto& coordinates : result) coordinates.push_back(member);
      continue;
    }
    std::vector<Coordinates> longer;
    for (const Coordinates& prefix : result) {
      for (MemberId choice : plan_.dimensions[d].members) {
        longer.push_back(prefix);
        longer.back().push_back(choice);
      }
    }
    result = std::move(longer);
  }
  return result;
}

absl::Span<const MemberId> CellScope::ReportersOf(
    const Coordinates& cell, const PeriodPanel& panel) const {
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    if (!IsReporterAxis(axis)) continue;
    const auto& all = panel.reporters;
    if (std::find(all.begin(), all.end(), cell[axis]) == all.end()) return {};
    return absl::MakeConstSpan(&cell[axis], 1);
  }
  return panel.reporters;
}

}  // namespace collate::query
