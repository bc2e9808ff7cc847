#include "service/query/conflicts.h"

#include "service/base/status_macros.h"
#include "service/query/bounds.h"

namespace collate::query {

ConflictKind KindOf(Method a, Method b) {
  return (a == Method::kParts) != (b == Method::kParts)
             ? ConflictKind::kPartsVTotal
             : ConflictKind::kSameCell;
}

absl::Status ConflictCollector::Add(const Leaf& leaf,
                                    const Interval& in_reported) {
  for (const OtherFigure& other : leaf.others) {
    const ConflictKind kind = KindOf(leaf.method, other.method);
    Conflict& conflict = by_sides_[{
        leaf.source, other.source, other.statement, kind, "", "", {}}];
    conflict.kind = kind;
    if (leaf.reported.has_value() && other.reported.has_value()) {
      ++conflict.compared;
      COLLATE_RETURN_IF_ERROR(AddTo(*leaf.reported, &conflict.reported));
      COLLATE_RETURN_IF_ERROR(AddTo(*other.reported, &conflict.other_reported));
    }
    if (!other.disjoint) continue;
    conflict.differences.push_back(
        {.reporter = leaf.reporter,
         .coordinates = leaf.coordinates,
         .state = leaf.state,
         .reported = leaf.reported,
         .bounds = other.statement == 0 ? leaf.own_bounds.value_or(leaf.bounds)
                                        : *leaf.first_bounds,
         .in_reported = in_reported,
         .in_panel = leaf.bounds,
         .other_state = other.state,
         .other_reported = other.reported,
         .other_bounds = other.bounds,
         .rows = leaf.rows,
         .other_rows = other.rows});
  }
  for (const Contradiction& other : leaf.contradictions) {
    std::vector<std::pair<std::string, vocabulary::MemberId>> members;
    for (const auto& [dimension, member] : other.members) {
      members.emplace_back(dimension->code(), member);
    }
    Conflict& conflict =
        by_sides_[{leaf.source, other.source, 0, other.kind, other.measure,
                   other.universe, std::move(members)}];
    conflict.kind = other.kind;
    conflict.other_measure = other.measure;
    conflict.other_universe = other.universe;
    conflict.other_members = other.members;
    conflict.other_scale = other.figure.scale;
    conflict.differences.push_back(
        {.reporter = leaf.reporter,
         .coordinates = leaf.coordinates,
         .state = leaf.state,
         .reported = leaf.reported,
         .bounds = leaf.own_bounds.value_or(leaf.bounds),
         .other_state = other.figure.state,
         .other_reported = other.figure.reported,
         .other_bounds = other.figure.bounds,
         .base = other.base,
         .rows = leaf.rows,
         .other_rows = other.rows});
  }
  return absl::OkStatus();
}

std::vector<Conflict> ConflictCollector::Finish() {
  std::vector<Conflict> conflicts;
  for (auto& [sides, conflict] : by_sides_) {
    if (conflict.differences.empty()) continue;
    conflict.source = std::get<0>(sides);
    conflict.other_source = std::get<1>(sides);
    conflicts.push_back(std::move(conflict));
  }
  by_sides_.clear();
  return conflicts;
}

}  // namespace collate::query
