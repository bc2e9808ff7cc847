#include "service/query/conflicts.h"

#include "service/base/status_macros.h"
#include "service/query/bounds.h"

namespace collate::query {

absl::Status ConflictCollector::Add(const Leaf& leaf) {
  for (const OtherFigure& other : leaf.others) {
    Conflict& conflict =
        by_sources_[{leaf.source, other.source, other.statement}];
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
         .other_state = other.state,
         .other_reported = other.reported,
         .other_bounds = other.bounds,
         .rows = leaf.rows,
         .other_rows = other.rows});
  }
  return absl::OkStatus();
}

std::vector<Conflict> ConflictCollector::Finish() {
  std::vector<Conflict> conflicts;
  for (auto& [sides, conflict] : by_sources_) {
    if (conflict.differences.empty()) continue;
    conflict.source = std::get<0>(sides);
    conflict.other_source = std::get<1>(sides);
    conflicts.push_back(std::move(conflict));
  }
  by_sources_.clear();
  return conflicts;
}

}  // namespace collate::query
