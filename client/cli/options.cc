#include "client/cli/options.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/arguments.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/vocabulary.h"

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

CLI::Option* AddChoice(CLI::App& app, const std::string& name,
                       std::string& value, const std::string& help,
                       const std::vector<std::string>& choices) {
  const std::string all = absl::StrJoin(choices, "|");
  const auto is_choice = [choices, all, name](const std::string& word) {
    if (std::find(choices.begin(), choices.end(), word) != choices.end()) {
      return std::string();
    }
    const std::vector<std::string> near =
        vocabulary::NearMatches(word, choices);
    return absl::StrCat("'", word, "' is none of ", all,
                        near.empty() ? "" : "; did you mean ",
                        absl::StrJoin(near, ", "), near.empty() ? "" : "?");
  };
  return app.add_option(name, value, help)
      ->check(CLI::Validator(is_choice, ""))
      ->type_name(all);
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
