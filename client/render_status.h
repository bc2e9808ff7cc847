// Writes how the service is set up, what shuts workers in, which adapters are
// used, and how its data is. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_STATUS_H_
#define COLLATE_CLIENT_RENDER_STATUS_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/operations.pb.h"
#include "collate/v1/operations_service.pb.h"

namespace collate::client {

// CSV has one row for each layer and each adapter: kind, name, state, detail.
absl::StatusOr<std::string> RenderStatus(const v1::ServiceStatus& status,
                                         Format format);

// What reading the adapters anew changed; one row a change.
absl::StatusOr<std::string> RenderReload(
    const v1::ReloadAdaptersResponse& response, Format format);

// What a check of the data directory found. CSV has one row for each problem
// that is told, none when all is well.
absl::StatusOr<std::string> RenderStoreCheck(const v1::StoreCheck& check,
                                             Format format);

// A table begins with the backup's directory; CSV is that of a check.
absl::StatusOr<std::string> RenderBackup(const v1::Backup& backup,
                                         Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_STATUS_H_
