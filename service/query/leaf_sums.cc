#include "service/query/leaf_sums.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/editions.h"
#include "service/query/presums.h"
#include "service/query/row_numbers.h"
#include "service/query/statements.h"
#include "service/query/withheld.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using store::Aggregation;
using store::Floor;
using vocabulary::DayInterval;
using vocabulary::Severity;
using vocabulary::State;

bool HasSuppressed(States states) {
  return (states & SetOf(State::kSuppressed)) != 0;
}

// What an earlier edition said of a figure, still to be added up.
Contradiction EarlierThan(const SliceTable& table,
                          const vocabulary::Measure& measure, State state,
                          int scale) {
  return {.kind = ConflictKind::kSilentRevision,
          .source = table.source,
          .measure = measure.code,
          .universe = table.slice.universe,
          .figure = {.state = state,
                     .reported = 0,
                     .bounds = Interval::Exactly(0),
                     .scale = scale}};
}

// Makes of a leaf one of whose days some have no figure.
void NoteGaps(const SliceTable& table, Leaf& leaf) {
  if (Severity(State::kPartialPeriod) > Severity(leaf.state)) {
    leaf.state = State::kPartialPeriod;
  }
  leaf.due = true;
  leaf.bounds.upper.reset();
  if (table.slice.floor == Floor::kNone) leaf.bounds.lower.reset();
}

}  // namespace

Contradiction EarlierThan(const PlainFigure& figure,
                          const vocabulary::Measure& measure) {
  const SliceTable& table = *figure.candidate->table;
  const RowSum& sum = figure.sum;
  Contradiction earlier =
      EarlierThan(table, measure, sum.worst_state(), table.max_scale);
  earlier.figure.bounds = figure.earlier.bounds;
  if (sum.HasOtherThan(kPrintedStates | kNeverDueStates)) {
    earlier.figure.reported.reset();
  } else {
    earlier.figure.reported = figure.earlier.value;
  }
  for (const TableRows::Stored& row : figure.earlier.rows) {
    earlier.rows.push_back(table.ref(row));
  }
  return earlier;
}

absl::StatusOr<Leaf> LeafSums::Of(const Candidate& candidate,
                                  const Covering& found, Method method) const {
  COLLATE_ASSIGN_OR_RETURN(Leaf leaf, Sum(candidate, found, method));
  COLLATE_RETURN_IF_ERROR(CompareEditions(candidate, found, leaf));
  if (found.further.empty()) return leaf;
  const SliceTable& table = *candidate.table;
  const std::vector<Reading> readings =
      ReadingsOf(table, found.rows, found.further);
  const auto cite = [&table](const Reading& reading, RowRefs* rows) {
    for (const uint32_t row : reading.repeated) rows->push_back(table.ref(row));
  };
  cite(readings[0], &leaf.rows);
  leaf.repeated = readings[0].repeated.size();
  if (readings.size() == 1) return leaf;
  leaf.first_bounds = leaf.bounds;
  for (size_t n = 1; n < readings.size(); ++n) {
    Covering other = found;
    other.rows = readings[n].rows;
    COLLATE_ASSIGN_OR_RETURN(Leaf side, Sum(candidate, other, method));
    cite(readings[n], &side.rows);
    leaf.bounds = Hull(leaf.bounds, side.bounds);
    leaf.reported_bounds = Hull(leaf.reported_bounds, side.reported_bounds);
    if (leaf.withheld_bounds.has_value()) {
      leaf.withheld_bounds = Hull(*leaf.withheld_bounds, side.bounds);
    }
    leaf.others.push_back(
        {.source = leaf.source,
         .state = side.state,
         .reported = side.reported,
         .bounds = side.bounds,
         .method = method,
         .disjoint = AreDisjoint(*leaf.first_bounds, side.bounds),
         .rows = std::move(side.rows),
         .statement = static_cast<int>(n)});
  }
  return leaf;
}

absl::StatusOr<Leaf> LeafSums::Sum(const Candidate& candidate,
                                   const Covering& found, Method method) const {
  const SliceTable& table = *candidate.table;
  Leaf leaf;
  leaf.method = method;
  leaf.source = table.source;
  leaf.state = State::kUnspecified;
  leaf.due = false;
  leaf.additive = table.slice.aggregation == Aggregation::kSum;
  leaf.period_shortened = found.shortened;
  leaf.bounds = Interval::Exactly(0);
  leaf.reported_bounds = Interval::Exactly(0);
  int64_t printed = 0;
  bool any_printed = false;
  for (uint32_t row : found.rows) {
    const State state = table.state(row);
    if (leaf.state == State::kUnspecified ||
        Severity(state) > Severity(leaf.state)) {
      leaf.state = state;
      leaf.reason = table.reason(row);
    }
    leaf.row_states |= uint32_t{1} << static_cast<int>(state);
    leaf.withheld = leaf.withheld || IsWithheld(state, table.reason(row));
    leaf.flags |= table.flags(row);
    leaf.rows.push_back(table.ref(row));
    if (vocabulary::IsNeverDue(state)) continue;
    if (state == State::kNotYetPublished &&
        table.period(row).end > plan_.options.today) {
      continue;
    }
    leaf.due = true;
    COLLATE_ASSIGN_OR_RETURN(const RowNumbers numbers,
                             NumbersOf(table, row, candidates_.scale()));
    Interval bounds = numbers.bounds;
    if (state == State::kAggregated) {
      COLLATE_ASSIGN_OR_RETURN(const auto most, MostOf(candidate, row));
      if (most.has_value()) {
        bounds.upper = std::min(*most, bounds.upper.value_or(*most));
      }
    }
    COLLATE_RETURN_IF_ERROR(AddTo(bounds, &leaf.bounds));
    if (vocabulary::IsPrinted(state)) {
      any_printed = true;
      COLLATE_RETURN_IF_ERROR(AddTo(numbers.value, &printed));
    }
    if (vocabulary::IsPrinted(state) || state == State::kSuppressed) {
      COLLATE_RETURN_IF_ERROR(AddTo(numbers.bounds, &leaf.reported_bounds));
    }
  }
  if (!found.complete()) {
    NoteGaps(table, leaf);
    any_printed = false;
  }
  if (any_printed) {
    leaf.reported = printed;
  } else {
    if (found.complete() && HasSuppressed(leaf.row_states)) {
      leaf.withheld_bounds = leaf.reported_bounds;
    }
    leaf.reported_bounds = Interval::Unknown();
  }
  if (!leaf.due) leaf.bounds = Interval::Unknown();
  return leaf;
}

absl::StatusOr<std::optional<int64_t>> LeafSums::MostOf(
    const Candidate& candidate, uint32_t row) const {
  const SliceTable& table = *candidate.table;
  std::optional<int64_t> most;
  if (table.slice.floor != Floor::kZero ||
      table.slice.aggregation != Aggregation::kSum ||
      !measure_.additive_over_time) {
    return most;
  }
  constexpr uint32_t kDoubtful =
      vocabulary::kFlagTotalMismatch | vocabulary::kFlagTotalIgnoresMarkers;
  const auto is_total = [&](uint32_t other) {
    const DayInterval& days = table.period(other);
    return table.ref(other).release == table.ref(row).release &&
           days.Contains(table.period(row)) && days != table.period(row) &&
           vocabulary::IsPrinted(table.state(other)) && !table.derived(other) &&
           (table.flags(other) & kDoubtful) == 0 &&
           table.Holds(other, plan_.as_of) &&
           std::none_of(plan_.exclusions.begin(), plan_.exclusions.end(),
                        [&](const PlannedExclusion& one) {
                          return one.IsOf(table.source) &&
                                 one.Touches(measure_, table.reporter(other),
                                             days);
                        });
  };
  const auto is_beside = [&](uint32_t other) {
    return table.reporter(other) == table.reporter(row) &&
           table.SameMembers(other, row);
  };
  // Rows of one reporter and member tuple stand together.
  uint32_t first = row;
  while (first > 0 && is_beside(first - 1)) --first;
  for (uint32_t other = first; other < table.row_count() && is_beside(other);
       ++other) {
    if (!is_total(other)) continue;
    COLLATE_ASSIGN_OR_RETURN(const RowNumbers total,
                             NumbersOf(table, other, candidates_.scale()));
    if (total.bounds.upper.has_value()) {
      most = std::min(*total.bounds.upper, most.value_or(*total.bounds.upper));
    }
  }
  return most;
}

absl::StatusOr<Leaf> LeafSums::Of(const PlainFigure& figure) const {
  const SliceTable& table = *figure.candidate->table;
  const RowSum& sum = figure.sum;
  Leaf leaf;
  leaf.method = figure.method;
  leaf.source = table.source;
  leaf.state = figure.state();
  leaf.reason = table.presums->WorstReason(sum);
  leaf.due = figure.due();
  leaf.additive = table.slice.aggregation == Aggregation::kSum;
  leaf.bounds = figure.bounds();
  leaf.row_states = sum.states;
  leaf.withheld = sum.Has(RowSum::kWithheld);
  leaf.flags = sum.flags;
  leaf.rows = RowsOf(figure);
  if (!figure.listed) {
    leaf.unlisted_rows = sum.rows;
    leaf.rolled_up = figure.rolled_up;
  }
  const bool complete = figure.gaps.empty();
  if (complete && sum.printed()) {
    leaf.reported = sum.value;
    leaf.reported_bounds = sum.printed_bounds();
  } else if (complete && HasSuppressed(sum.states)) {
    leaf.withheld_bounds = sum.printed_bounds();
  }
  if (!figure.earlier.rows.empty()) {
    leaf.contradictions.push_back(EarlierThan(figure, measure_));
  }
  return leaf;
}

absl::StatusOr<Leaf> LeafSums::LowerBound(const Candidate& candidate,
                                          const Covering& found) const {
  const SliceTable& table = *candidate.table;
  COLLATE_ASSIGN_OR_RETURN(Leaf leaf,
                           Of(candidate, found, Method::kLowerBound));
  leaf.others.clear();
  leaf.contradictions.clear();
  leaf.first_bounds.reset();
  leaf.state = State::kNotCrossed;
  leaf.due = true;
  leaf.reported.reset();
  leaf.reported_bounds = Interval::Unknown();
  leaf.withheld_bounds.reset();
  leaf.bounds.upper.reset();
  if (table.slice.floor == Floor::kNone) leaf.bounds.lower.reset();
  leaf.reason = absl::StrCat("only a part of the whole is published: ",
                             DescribeSlice(table.slice));
  // Several parts have no one member along what nobody asked for.
  for (size_t axis = 0; leaf.rows.size() == 1 && axis < table.axes.size();
       ++axis) {
    if (!std::count(candidate.asked_axes.begin(), candidate.asked_axes.end(),
                    axis)) {
      leaf.part_members.emplace_back(table.axes[axis],
                                     table.member(axis, found.rows[0]));
    }
  }
  return leaf;
}

std::optional<Leaf> LeafSums::Former(const Candidate& candidate,
                                     const std::vector<uint32_t>& rows,
                                     const DayInterval& days) const {
  const SliceTable& table = *candidate.table;
  std::optional<Leaf> former;
  for (const uint32_t row : rows) {
    if (!table.derived(row) || !days.Contains(table.period(row))) continue;
    if (!former.has_value()) former.emplace();
    former->source = table.source;
    former->rows.push_back(table.ref(row));
    if (former->rows.size() > 1 &&
        Severity(table.state(row)) <= Severity(former->state)) {
      continue;
    }
    former->state = table.state(row);
    const store::Release& release = snapshot_.release_of(table.ref(row));
    former->reason = former->state == State::kWithdrawn
                         ? release.withdrawn_reason
                         : absl::StrCat("printed in ", release.name,
                                        ", absent from a later edition");
  }
  if (former.has_value() && table.slice.floor == Floor::kZero) {
    former->bounds.lower = 0;
  }
  return former;
}

absl::Status LeafSums::CompareEditions(const Candidate& candidate,
                                       const Covering& found,
                                       Leaf& leaf) const {
  const SliceTable& table = *candidate.table;
  const auto replaced = [&](uint32_t row) {
    return SilentlyReplaced(snapshot_, table, row, plan_.as_of);
  };
  if (!found.complete() ||
      std::none_of(found.rows.begin(), found.rows.end(),
                   [&](uint32_t row) { return replaced(row).has_value(); })) {
    return absl::OkStatus();
  }
  Contradiction earlier =
      EarlierThan(table, measure_, leaf.state, candidates_.scale());
  Interval now = Interval::Exactly(0);
  for (uint32_t row : found.rows) {
    const State state = table.state(row);
    if (vocabulary::IsNeverDue(state)) continue;
    COLLATE_ASSIGN_OR_RETURN(RowNumbers numbers,
                             NumbersOf(table, row, candidates_.scale()));
    COLLATE_RETURN_IF_ERROR(AddTo(numbers.bounds, &now));
    if (const auto before = replaced(row)) {
      earlier.rows.push_back(before->table->ref(before->row));
      COLLATE_ASSIGN_OR_RETURN(
          numbers, NumbersOf(*before->table, before->row, candidates_.scale()));
    } else if (!vocabulary::IsPrinted(state)) {
      earlier.figure.reported.reset();
    }
    COLLATE_RETURN_IF_ERROR(AddTo(numbers.bounds, &earlier.figure.bounds));
    if (earlier.figure.reported.has_value()) {
      COLLATE_RETURN_IF_ERROR(AddTo(numbers.value, &*earlier.figure.reported));
    }
  }
  if (AreDisjoint(now, earlier.figure.bounds)) {
    leaf.contradictions.push_back(std::move(earlier));
  }
  return absl::OkStatus();
}

}  // namespace collate::query
