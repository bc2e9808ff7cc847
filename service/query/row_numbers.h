// What one row of a table prints, as numbers. Pure functions.

#ifndef COLLATE_SERVICE_QUERY_ROW_NUMBERS_H_
#define COLLATE_SERVICE_QUERY_ROW_NUMBERS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"

namespace collate::query {

struct RowNumbers {
  int64_t value = 0;  // where the row has one
  Interval bounds;
};

// Mantissas of 10^-scale, at least as many decimals as the row's own, given
// that a figure may not be below its floor. OUT_OF_RANGE (reason OVERFLOW).
absl::StatusOr<RowNumbers> NumbersOf(const SliceTable& table, uint32_t row,
                                     int scale);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ROW_NUMBERS_H_
