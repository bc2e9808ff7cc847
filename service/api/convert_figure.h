// Numbers and who printed them, for all messages that carry a figure. Pure
// functions.

#ifndef COLLATE_SERVICE_API_CONVERT_FIGURE_H_
#define COLLATE_SERVICE_API_CONVERT_FIGURE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "collate/v1/statistics.pb.h"
#include "service/api/convert.h"
#include "service/base/decimal.h"
#include "service/query/bounds.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::api {

// A number and its bounds: whole ones in the one pair of fields, decimals in
// the other, so that nobody can take a mantissa for a number.
template <typename Message>
void SetNumbers(const std::optional<int64_t>& reported,
                const query::Interval& bounds, int scale, Message* result) {
  if (scale == 0) {
    if (reported.has_value()) result->set_reported(*reported);
    *result->mutable_bounds() = ToProto(bounds);
    return;
  }
  if (reported.has_value()) {
    result->set_decimal_reported(base::FormatDecimal(*reported, scale));
  }
  *result->mutable_decimal_bounds() = ToDecimalProto(bounds, scale);
}

void SetFigure(const query::Figure& figure, v1::OneFigure* result);

// Who is behind a figure that a source repeats.
void SetPrinters(const query::Snapshot& snapshot,
                 const std::vector<query::RowRef>& rows, v1::OneFigure* result);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_FIGURE_H_
