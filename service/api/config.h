// Reads collated's configuration file (protos/collate/config/v1): text
// format, every mistake with file, line and column, all of them at once.
//
// Pure functions, apart from reading the file.

#ifndef COLLATE_SERVICE_API_CONFIG_H_
#define COLLATE_SERVICE_API_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collate/config/v1/config.pb.h"

namespace collate::api {

// What the file says, paths made absolute, numbers checked; what it does not
// say stays unset. NOT_FOUND (reason CONFIG_NOT_READABLE), INVALID_ARGUMENT
// (reason INVALID_CONFIG), a line for each finding.
absl::StatusOr<config::v1::Config> LoadConfig(const std::string& path);

// The same for a text; `path` is for messages and relative paths.
absl::StatusOr<config::v1::Config> ParseConfig(const std::string& text,
                                               const std::string& path);

// Fills in every default. `program_directory` is that of the executable.
// INVALID_ARGUMENT (reason INVALID_CONFIG) when there is no data directory.
absl::Status CompleteConfig(const std::string& program_directory,
                            config::v1::Config* config);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONFIG_H_
