// Writes where what is published contradicts itself. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_CONFLICTS_H_
#define COLLATE_CLIENT_RENDER_CONFLICTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/format.h"
#include "collate/v1/conflicts.pb.h"
#include "collate/v1/statistics.pb.h"

namespace collate::client {

// "PARTS_V_TOTAL": the code of a kind, without its enum's prefix.
std::string ConflictKindCode(v1::ConflictKind kind);

// The kind of that code, in any letter case and with - for _; INVALID_ARGUMENT
// (USAGE) names all of them.
absl::StatusOr<v1::ConflictKind> ParseConflictKind(absl::string_view text);

// One row a conflict. A table shows one cell of each side; CSV has both figures
// and that cell, JSON has every cell.
absl::StatusOr<std::string> RenderConflicts(
    const std::vector<v1::FigureConflict>& conflicts, Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_CONFLICTS_H_
