#include "service/query/conflicts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "service/base/status_macros.h"
#include "service/query/bounds.h"

namespace collate::query {

ConflictKind KindOf(Method a, Method b) {
  return (a == Method::kParts) != (b == Method::kParts)
             ? ConflictKind::kPartsVTotal
             : ConflictKind::kSameCell;
}

Conflict& ConflictCollector::Of(int statement, const Conflict& like) {
  for (Sides& one : all_) {
    const Conflict& known = one.conflict;
    if (one.statement == statement && known.kind == like.kind &&
        known.source == like.source &&
        known.other_source == like.other_source &&
        known.other_measure == like.other_measure &&
        known.other_universe == like.other_universe &&
        known.other_members == like.other_members) {
      return one.conflict;
    }
  }
  return all_.emplace_back(Sides{statement, like}).conflict;
}

absl::Status ConflictCollector::Add(const Leaf& leaf,
                                    const Interval& in_reported) {
  for (const OtherFigure& other : leaf.others) {
    Conflict& conflict =
        Of(other.statement, {.kind = KindOf(leaf.method, other.method),
                             .source = leaf.source,
                             .other_source = other.source});
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
    Add(leaf.source,
        {.reporter = leaf.reporter,
         .coordinates = leaf.coordinates,
         .state = leaf.state,
         .reported = leaf.reported,
         .bounds = leaf.own_bounds.value_or(leaf.bounds),
         .rows = leaf.rows},
        other);
  }
  return absl::OkStatus();
}

void ConflictCollector::Add(const std::string& source, Difference difference,
                            Contradiction other) {
  Conflict& conflict = Of(0, {.kind = other.kind,
                              .source = source,
                              .other_source = std::move(other.source),
                              .other_measure = std::move(other.measure),
                              .other_universe = std::move(other.universe),
                              .other_members = std::move(other.members)});
  conflict.other_scale = other.figure.scale;
  difference.other_state = other.figure.state;
  difference.other_reported = other.figure.reported;
  difference.other_bounds = other.figure.bounds;
  difference.base = other.base;
  difference.other_rows = std::move(other.rows);
  conflict.differences.push_back(std::move(difference));
}

bool ConflictCollector::AreBefore(const Sides& a, const Sides& b) {
  const auto key = [](const Sides& one) {
    const Conflict& conflict = one.conflict;
    return std::tie(conflict.source, conflict.other_source, one.statement,
                    conflict.kind, conflict.other_measure,
                    conflict.other_universe);
  };
  if (key(a) != key(b)) return key(a) < key(b);
  const auto is_before = [](const MemberOf& x, const MemberOf& y) {
    return std::tie(x.first->code(), x.second) <
           std::tie(y.first->code(), y.second);
  };
  return std::lexicographical_compare(
      a.conflict.other_members.begin(), a.conflict.other_members.end(),
      b.conflict.other_members.begin(), b.conflict.other_members.end(),
      is_before);
}

std::vector<Conflict> ConflictCollector::Finish() {
  std::vector<Conflict> conflicts;
  if (all_.empty()) return conflicts;
  std::sort(all_.begin(), all_.end(), AreBefore);
  for (Sides& one : all_) {
    if (one.conflict.differences.empty()) continue;
    conflicts.push_back(std::move(one.conflict));
  }
  all_.clear();
  return conflicts;
}

}  // namespace collate::query
