// Writes measures side by side, a unit above each column. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_COMPARISON_H_
#define COLLATE_CLIENT_RENDER_COMPARISON_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/comparison.pb.h"

namespace collate::client {

// A table has one line for each row; CSV has one for each cell, so that no
// column of numbers mixes units. What a column's question derives stands behind
// it in a table, under its label, and at the end of the CSV. JSON lines are the
// rows.
absl::StatusOr<std::string> RenderComparison(
    const v1::CompareMeasuresResponse& comparison, Format format);

// What each column is, who is missing of its cells, and the caveats.
std::vector<std::string> ComparisonNotes(
    const v1::CompareMeasuresResponse& comparison);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_COMPARISON_H_
