#include "client/cli/options.h"

#include <algorithm>
#include <utility>

#include "client/cli/arguments.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

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

absl::StatusOr<std::vector<v1::KeyValue>> SortedPairs(
    const std::vector<std::string>& texts) {
  std::vector<v1::KeyValue> pairs;
  for (const std::string& text : texts) {
    COLLATE_ASSIGN_OR_RETURN(v1::KeyValue pair, ParseKeyValue(text));
    pairs.push_back(std::move(pair));
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const v1::KeyValue& a, const v1::KeyValue& b) {
                     return a.key() < b.key();
                   });
  return pairs;
}

}  // namespace collate::client
