// Does what a command line asks for.

#ifndef COLLATE_CLIENT_CLI_RUN_H_
#define COLLATE_CLIENT_CLI_RUN_H_

#include <ostream>

#include "client/cli/command_line.h"
#include "client/client.h"

namespace collate::client {

// Data to `out`, notes, progress and errors to `err`; returns the exit code.
// `terminal` is true when `err` is one; `colour` when `out` is one that shows
// colours, `boxes` when it is one that shows UTF-8.
int Run(const CommandLine& line, Client& client, std::ostream& out,
        std::ostream& err, bool terminal, bool colour = false,
        bool boxes = false);

// The same where no client could be made, and `problem` says why.
int RunWithoutClient(const CommandLine& line, const absl::Status& problem,
                     std::ostream& out, std::ostream& err);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RUN_H_
