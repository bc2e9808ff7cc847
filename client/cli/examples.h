// What stands below the options in `collate COMMAND --help`: commands that one
// could type, and what to know of them.

#ifndef COLLATE_CLIENT_CLI_EXAMPLES_H_
#define COLLATE_CLIENT_CLI_EXAMPLES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace collate::client {

// How a command ends; below every help.
inline constexpr char kExitStatusHelp[] =
    R"(Exit status: 0 done, 1 refused or failed, 2 the command line is not
understood. Data goes to standard output, notes and errors to standard error.)";

// Of a command, or of `collate` itself where it is empty; empty where there is
// none.
std::string ExamplesOf(absl::string_view command);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_EXAMPLES_H_
