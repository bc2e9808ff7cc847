#include "service/query/row_figure.h"

#include <algorithm>
#include <memory>

#include "service/base/status_macros.h"

namespace collate::query {

using vocabulary::State;

Interval RowBounds(State state, store::Floor floor,
                   std::optional<int64_t> value, const Interval& stated) {
  const bool floor_zero = floor == store::Floor::kZero;
  Interval bounds = stated;
  switch (state) {
    case State::kReported:
      return Interval::Exactly(value.value_or(0));
    case State::kPartialPeriod:
      if (!floor_zero) return Interval::Unknown();
      if (value.has_value()) return Interval::AtLeast(*value);
      bounds.upper.reset();
      break;
    default:
      break;
  }
  // Half a step below a printed 0 there is nothing either.
  if (floor_zero) bounds.lower = std::max<int64_t>(0, bounds.lower.value_or(0));
  if (state == State::kIncludedElsewhere || state == State::kAggregated) {
    return Hull(bounds, Interval::Exactly(0));
  }
  return bounds;
}

absl::StatusOr<RowFigure> FigureOf(const Snapshot& snapshot,
                                   const RowRef& row) {
  COLLATE_ASSIGN_OR_RETURN(
      const std::shared_ptr<const store::Observations> stored,
      snapshot.Read(row));
  const store::Observations& chunk = *stored;
  const uint8_t has = chunk.has[row.row];
  RowFigure figure;
  figure.state = chunk.state[row.row];
  figure.scale = chunk.scale;
  figure.reason = chunk.strings[chunk.reason[row.row]];
  std::optional<int64_t> value;
  Interval stated;
  if ((has & store::kHasValue) != 0) value = chunk.value[row.row];
  if ((has & store::kHasLower) != 0) stated.lower = chunk.lower[row.row];
  if ((has & store::kHasUpper) != 0) stated.upper = chunk.upper[row.row];
  if (vocabulary::IsPrinted(figure.state)) figure.reported = value;
  if (!vocabulary::IsNeverDue(figure.state)) {
    figure.bounds = RowBounds(figure.state, chunk.slice.floor, value, stated);
  }
  return figure;
}

}  // namespace collate::query
