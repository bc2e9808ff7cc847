// Writes what an audit of disclosure control found. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_DISCLOSURE_H_
#define COLLATE_CLIENT_RENDER_DISCLOSURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/operations.pb.h"

namespace collate::client {

// CSV has one row for each finding that is told, none when nothing is given
// away.
absl::StatusOr<std::string> RenderDisclosureAudit(
    const v1::DisclosureAudit& audit, Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_DISCLOSURE_H_
