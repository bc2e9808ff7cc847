// Runs the commands that try out recipes.

#ifndef COLLATE_CLIENT_CLI_RUN_RECIPE_H_
#define COLLATE_CLIENT_CLI_RUN_RECIPE_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/command_line.h"
#include "client/client.h"
#include "client/format.h"

namespace collate::client {

// OUTPUT_FAILED when the text could not be written.
absl::Status PrintTo(std::ostream& out, const std::string& text);

// Each gives the exit status of what was answered.
absl::StatusOr<int> RunRecipeTest(const RecipeTestCommand& command,
                                  Client& client, Format format, bool colour,
                                  std::ostream& out, std::ostream& err);
// FILE_EXISTS before anything is asked where the recipe's file is there.
absl::StatusOr<int> RunRecipeSuggest(const RecipeSuggestCommand& command,
                                     Client& client, bool colour,
                                     std::ostream& out, std::ostream& err);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RUN_RECIPE_H_
