// What `explain --open` does: the originals behind a cell, in a folder.

#ifndef COLLATE_CLIENT_CLI_RUN_EXPLAIN_H_
#define COLLATE_CLIENT_CLI_RUN_EXPLAIN_H_

#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// For each cited document, in `folder`, which is made if it is not there: of a
// text the cited lines; of a workbook or document the original whole, and the
// region around the cited cells drawn. Nothing is written over. What was
// written, and what could not be and why, goes to `err`. Returns the exit
// code: kExitFailed when of some document only the digest is kept, or its
// region cannot be shown.
absl::StatusOr<int> OpenDocuments(const v1::ExplainCellResponse& explanation,
                                  const std::string& folder, Client& client,
                                  std::ostream& err);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RUN_EXPLAIN_H_
