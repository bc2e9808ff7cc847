#include "client/cli/all_commands.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/examples.h"
#include "client/cli/line_walk.h"

namespace collate::client {
namespace {

// What stands below the options: explanations, examples, formats, and how a
// command ends.
void AddFooter(const CommandTree& tree, CLI::App& app) {
  std::vector<std::string> parts;
  if (!app.get_footer().empty()) parts.push_back(app.get_footer());
  const std::string name = CommandName(app);
  if (std::string examples = ExamplesOf(name); !examples.empty()) {
    parts.push_back(examples);
  }
  if (const CommandTree::Leaf* leaf = tree.LeafOf(app);
      leaf != nullptr && !leaf->formats.empty()) {
    parts.push_back(absl::StrCat(
        "Formats (--format), the first by default: ",
        absl::StrJoin(leaf->formats, ", "),
        "\nOptions of every command, such as --server: collate --help"));
  }
  parts.emplace_back(kExitStatusHelp);
  app.footer(absl::StrJoin(parts, "\n\n"));
  for (CLI::App* inner : app.get_subcommands([](CLI::App*) { return true; })) {
    AddFooter(tree, *inner);
  }
}

}  // namespace

void AddAllCommands(CommandTree& tree, GlobalWords& words) {
  tree.root().set_version_flag("--version", "collate " COLLATE_VERSION);
  AddGlobalOptions(tree.root(), words);
  AddStatisticsCommands(tree);
  AddCheckingCommands(tree);
  AddCatalogueCommands(tree);
  AddIngestionCommands(tree);
  AddRecipeCommands(tree);
  AddServiceCommands(tree);
  AddProgramCommands(tree);
  AddFooter(tree, tree.root());
}

}  // namespace collate::client
