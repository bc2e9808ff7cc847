#include "client/cli/options.h"

#include <CLI/CLI.hpp>

#include "service/base/error.h"

namespace collate::client {

absl::Status Usage(absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

CLI::Option* AddRepeated(CLI::App& app, const std::string& name,
                         std::vector<std::string>& values,
                         const std::string& help, const std::string& type) {
  return app.add_option(name, values, help)
      ->allow_extra_args(false)
      ->type_size(1)
      ->type_name(type);
}

}  // namespace collate::client
