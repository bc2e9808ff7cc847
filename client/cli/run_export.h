// What `export`, and a query in a format that other programs read, do.

#ifndef COLLATE_CLIENT_CLI_RUN_EXPORT_H_
#define COLLATE_CLIENT_CLI_RUN_EXPORT_H_

#include <ostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/command_line.h"
#include "client/client.h"

namespace collate::client {

// Writes to the file or to `out`, notes to `err`. UNAVAILABLE (reason
// OUTPUT_NOT_WRITTEN) when that fails; a file that is not whole is not there,
// and one that was there before is as it was.
absl::StatusOr<int> RunExport(const ExportCommand& command, Client& client,
                              std::ostream& out, std::ostream& err);

// The text of the answer.
absl::StatusOr<std::string> ExportAnswer(
    const QueryCommand& command, const v1::QueryStatisticsResponse& answer,
    Client& client);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RUN_EXPORT_H_
