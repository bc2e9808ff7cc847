// What the parts of the command line's grammar have in common.

#ifndef COLLATE_CLIENT_CLI_OPTIONS_H_
#define COLLATE_CLIENT_CLI_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace collate::client {

// INVALID_ARGUMENT (reason USAGE): the line is not understood.
absl::Status Usage(absl::string_view message);

// One value for each time that the option is given.
CLI::Option* AddRepeated(CLI::App& app, const std::string& name,
                         std::vector<std::string>& values,
                         const std::string& help, const std::string& type);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_OPTIONS_H_
