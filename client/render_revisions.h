// Writes what changed between two editions. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_REVISIONS_H_
#define COLLATE_CLIENT_RENDER_REVISIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/vintages.pb.h"

namespace collate::client {

// One row a revision, with the printed cell of either edition. `revisions` has
// all pages; JSON is the response as it is.
absl::StatusOr<std::string> RenderRevisions(
    const v1::ListRevisionsResponse& revisions, Format format);

// How much changed, and of whom: "Kent: 2 changed, 1 of them silently".
std::vector<std::string> RevisionNotes(
    const v1::ListRevisionsResponse& revisions);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_REVISIONS_H_
