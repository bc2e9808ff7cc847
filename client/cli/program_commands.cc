// doctor and completion.

#include <memory>

#include "client/cli/command_tree.h"
#include "client/cli/options.h"

namespace collate::client {

void AddProgramCommands(CommandTree& tree) {
  CLI::App& doctor = tree.Add(
      "doctor",
      "Look for what may be wrong: configuration, connection, certificates, "
      "token, versions, adapters, sandbox, checks and clocks; exits with 1 "
      "when something must be done",
      kProgram);
  // Its settings are filled in by whoever read them.
  tree.SetLeaf(doctor, UsualFormats(),
               [](const std::string&) { return DoctorCommand(); });

  const auto completion = std::make_shared<CompletionCommand>();
  CLI::App& shells = tree.Add(
      "completion",
      "Print what makes a shell complete commands, options and their values",
      kProgram);
  AddChoice(shells, "shell", completion->shell, "Which shell",
            {"bash", "zsh", "fish"})
      ->required();
  tree.SetLeaf(shells, {},
               [completion](const std::string&) { return *completion; });
}

}  // namespace collate::client
