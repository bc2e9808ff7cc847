// The commands around recipes and answers to requests: `recipe test`,
// `recipe suggest`, `foi init`.

#ifndef COLLATE_CLIENT_CLI_RECIPE_COMMANDS_H_
#define COLLATE_CLIENT_CLI_RECIPE_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_line.h"
#include "client/format.h"

namespace collate::client {

class RecipeCommands {
 public:
  // Options are written into this object when the line is parsed.
  void AddTo(CLI::App& app);

  // Of the one command that was typed.
  absl::StatusOr<Command> Make(Format format) const;

 private:
  absl::StatusOr<Command> MakeTest(Format format) const;
  absl::StatusOr<Command> MakeSuggest(Format format) const;

  CLI::App* recipe_ = nullptr;
  CLI::App* test_ = nullptr;
  std::string path_;
  std::vector<std::string> files_;
  std::string source_ = "recipe-test";
  std::vector<std::string> options_;
  std::vector<std::string> manifest_;
  bool synthetic_ = false;
  std::string document_;
  std::string sheet_;
  std::string write_;
  std::string folder_;
};

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_RECIPE_COMMANDS_H_
