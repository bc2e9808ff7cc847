// What the commands of the command line have in common.

#ifndef COLLATE_CLIENT_CLI_OPTIONS_H_
#define COLLATE_CLIENT_CLI_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collate/v1/ingestion.pb.h"

namespace collate::client {

// The names by which help, completions and manual pages speak of values.
// cli/completion_values.cc knows which values each can have.
inline constexpr char kReleaseType[] = "sources/SOURCE/releases/RELEASE";

// The line is not understood.
absl::Status Usage(absl::string_view message);

// An option with one value for each time that it is given.
CLI::Option* AddRepeated(CLI::App& app, const std::string& name,
                         std::vector<std::string>& values,
                         const std::string& help, const std::string& type);

// An option that is one of `choices`; its type is named "one|another".
CLI::Option* AddChoice(CLI::App& app, const std::string& name,
                       std::string& value, const std::string& help,
                       const std::vector<std::string>& choices);

// KEY=VALUE texts as adapters and the service take them: sorted by key, those
// of one key in the order in which they were given.
absl::StatusOr<std::vector<v1::KeyValue>> SortedPairs(
    const std::vector<std::string>& texts);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_OPTIONS_H_
