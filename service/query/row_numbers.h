// What a row of a table prints, and what its number can be.
//
// A pure function.

#ifndef COLLATE_SERVICE_QUERY_ROW_NUMBERS_H_
#define COLLATE_SERVICE_QUERY_ROW_NUMBERS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"

namespace collate::query {

struct RowNumbers {
  int64_t value = 0;  // without meaning where nothing is printed
  Interval bounds;
};

// Mantissas of 10^-scale, no less than the table's floor; `scale` is at least
// that of the row. OUT_OF_RANGE (reason OVERFLOW) when they do not fit.
absl::StatusOr<RowNumbers> NumbersOf(const SliceTable& table, size_t row,
                                     int scale);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ROW_NUMBERS_H_
