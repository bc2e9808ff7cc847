// What somebody says of one figure, and who printed it. Pure functions.

#ifndef COLLATE_SERVICE_API_CONVERT_FIGURE_H_
#define COLLATE_SERVICE_API_CONVERT_FIGURE_H_

#include <vector>

#include "collate/v1/statistics.pb.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::api {

void SetStated(const query::StatedCoverage& stated, v1::StatedCoverage* result);

void SetFigure(const query::Figure& figure, v1::OneFigure* result);

// Who is behind a figure that a source repeats.
void SetPrinters(const query::Snapshot& snapshot,
                 absl::Span<const query::RowRef> rows, v1::OneFigure* result);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_FIGURE_H_
