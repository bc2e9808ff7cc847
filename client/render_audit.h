// Writes what the reading of an audit log came to. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_AUDIT_H_
#define COLLATE_CLIENT_RENDER_AUDIT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "service/audit/chain.h"

namespace collate::client {

// One row: number of records, number and hash of the last, how many of them
// came after what the log's head says.
absl::StatusOr<std::string> RenderAudit(const audit::Verification& verified,
                                        Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_AUDIT_H_
