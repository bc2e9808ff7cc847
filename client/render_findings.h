// Writes what looks implausible in the published figures. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_FINDINGS_H_
#define COLLATE_CLIENT_RENDER_FINDINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/format.h"
#include "collate/v1/findings.pb.h"

namespace collate::client {

// "LEVEL_SHIFT": the code of a kind, without its enum's prefix.
std::string FindingKindCode(v1::FindingKind kind);

// The kind of that code, in any letter case and with - for _; INVALID_ARGUMENT
// (USAGE) names all of them.
absl::StatusOr<v1::FindingKind> ParseFindingKind(absl::string_view text);

// One row a finding. A table shows the cell in doubt; CSV and JSON have every
// cell that was compared.
absl::StatusOr<std::string> RenderFindings(
    const std::vector<v1::Finding>& findings, Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_FINDINGS_H_
