#include "service/query/row_numbers.h"

#include "service/base/status_macros.h"
#include "service/store/observations.h"
#include "service/vocabulary/state.h"

namespace collate::query {

using store::Floor;
using vocabulary::State;

absl::StatusOr<RowNumbers> NumbersOf(const SliceTable& table, size_t row,
                                     int scale) {
  const bool floor_zero = table.slice.floor == Floor::kZero;
  const uint8_t has = table.has[row];
  const int digits = scale - table.scale[row];
  RowNumbers numbers;
  COLLATE_ASSIGN_OR_RETURN(numbers.value,
                           ShiftDecimals(table.value[row], digits));
  Interval& bounds = numbers.bounds;
  if ((has & store::kHasLower) != 0) {
    COLLATE_ASSIGN_OR_RETURN(bounds.lower,
                             ShiftDecimals(table.lower[row], digits));
  }
  if ((has & store::kHasUpper) != 0) {
    COLLATE_ASSIGN_OR_RETURN(bounds.upper,
                             ShiftDecimals(table.upper[row], digits));
  }
  switch (table.state[row]) {
    case State::kReported:
      bounds = Interval::Exactly(numbers.value);
      break;
    case State::kPartialPeriod:
      if (!floor_zero) {
        bounds = Interval::Unknown();
      } else if ((has & store::kHasValue) != 0) {
        bounds = Interval::AtLeast(numbers.value);
      } else {
        bounds = Interval::AtLeast(bounds.lower.value_or(0));
      }
      break;
    default:
      if (floor_zero && !bounds.lower.has_value()) bounds.lower = 0;
      break;
  }
  return numbers;
}

}  // namespace collate::query
