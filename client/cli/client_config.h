// The configuration file of the command line
// (protos/collate/config/v1/client_config.proto), and the profile that is
// meant.

#ifndef COLLATE_CLIENT_CLI_CLIENT_CONFIG_H_
#define COLLATE_CLIENT_CLI_CLIENT_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/command_line.h"
#include "collate/config/v1/client_config.pb.h"

namespace collate::client {

struct ChosenProfile {
  std::string path;  // of the file; empty: there is none
  // The one that is meant, paths in it absolute; of empty fields where there
  // is none.
  config::v1::ClientProfile profile;
};

// `config` and `profile` are what was typed, and may be empty. The file is
// `config`, else COLLATE_CONFIG, else collate/config.textproto in
// XDG_CONFIG_HOME or ~/.config, which alone may be absent. The profile is
// `profile`, else COLLATE_PROFILE, else the file's default.
//
// NOT_FOUND (reason FILE_NOT_READABLE, or UNKNOWN_PROFILE with near matches);
// INVALID_ARGUMENT (reason INVALID_CLIENT_CONFIG) with FILE:LINE:COLUMN.
absl::StatusOr<ChosenProfile> ChooseProfile(const std::string& config,
                                            const std::string& profile,
                                            const Environment& environment);

// INVALID_ARGUMENT and NOT_FOUND as above.
absl::StatusOr<config::v1::ClientConfig> ReadClientConfig(
    const std::string& path);

// Which file is meant; empty when there is none.
std::string ClientConfigPath(const std::string& config,
                             const Environment& environment);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_CLIENT_CONFIG_H_
