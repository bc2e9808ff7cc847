// Writes the explanation of a cell: the cell, each reporter's figure, and the
// tree of how they came to be (render_derivation.h).
//
// Pure functions.

#ifndef COLLATE_CLIENT_RENDER_EXPLANATION_H_
#define COLLATE_CLIENT_RENDER_EXPLANATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

absl::StatusOr<std::string> RenderExplanation(
    const v1::ExplainCellResponse& explanation, Format format,
    bool boxes = false);

// Conflicts that do not stand beside its figures, and caveats.
std::vector<std::string> ExplanationNotes(
    const v1::ExplainCellResponse& explanation);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_EXPLANATION_H_
