// What one stored row says of its own figure, whatever is asked.
//
// Safe to use from any thread.

#ifndef COLLATE_SERVICE_QUERY_ROW_FIGURE_H_
#define COLLATE_SERVICE_QUERY_ROW_FIGURE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "service/query/bounds.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/state.h"

namespace collate::query {

// What a row's number can be: `value` and `stated` are what it prints, at one
// scale, and nothing is below its floor. A REPORTED row has a value. One that
// is INCLUDED_ELSEWHERE or AGGREGATED may be nothing, whatever is stated of it:
// no row names the figure that it is in, and where that one is in the same sum
// it would be there twice.
Interval RowBounds(vocabulary::State state, store::Floor floor,
                   std::optional<int64_t> value, const Interval& stated);

struct RowFigure {
  vocabulary::State state = vocabulary::State::kUnspecified;
  // The number, where it is printed for all that the row is about.
  std::optional<int64_t> reported;
  Interval bounds;  // unknown where no number is due
  int scale = 0;    // numbers are mantissas of 10^-scale
  std::string reason;
};

// Errors of Snapshot::Read.
absl::StatusOr<RowFigure> FigureOf(const Snapshot& snapshot, const RowRef& row);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ROW_FIGURE_H_
