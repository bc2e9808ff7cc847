#include "service/query/row_numbers.h"

#include <optional>

#include "service/base/status_macros.h"
#include "service/query/row_figure.h"
#include "service/store/observations.h"

namespace collate::query {

absl::StatusOr<RowNumbers> NumbersOf(const SliceTable& table, uint32_t row,
                                     int scale) {
  const uint8_t has = table.has(row);
  const int digits = scale - table.scale(row);
  RowNumbers numbers;
  COLLATE_ASSIGN_OR_RETURN(numbers.value,
                           ShiftDecimals(table.value(row), digits));
  Interval stated;
  if ((has & store::kHasLower) != 0) {
    COLLATE_ASSIGN_OR_RETURN(stated.lower,
                             ShiftDecimals(table.lower(row), digits));
  }
  if ((has & store::kHasUpper) != 0) {
    COLLATE_ASSIGN_OR_RETURN(stated.upper,
                             ShiftDecimals(table.upper(row), digits));
  }
  std::optional<int64_t> value;
  if ((has & store::kHasValue) != 0) value = numbers.value;
  numbers.bounds =
      RowBounds(table.state(row), table.slice.floor, value, stated);
  return numbers;
}

}  // namespace collate::query
