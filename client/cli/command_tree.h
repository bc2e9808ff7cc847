// All commands with their options, as CLI11 knows them, and what each makes of
// what was typed. What is asked of the tree (help, completions, manual pages,
// near matches) cannot differ from what is understood.
//
//   CommandTree tree;
//   AddStatisticsCommands(tree);
//   ...
//   tree.root().parse(...);
//   tree.Used()->make(format);

#ifndef COLLATE_CLIENT_CLI_COMMAND_TREE_H_
#define COLLATE_CLIENT_CLI_COMMAND_TREE_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_line.h"

namespace collate::client {

// The formats that a command can write, as words of --format.
using Formats = std::vector<std::string>;

class CommandTree {
 public:
  // Makes the command of what was typed into its options; `format` is one of
  // its formats, or empty.
  using Make =
      std::function<absl::StatusOr<Command>(const std::string& format)>;

  struct Leaf {
    Formats formats;  // empty: what it writes has no other form
    Make make;
  };

  CommandTree();

  CLI::App& root() { return root_; }
  const CLI::App& root() const { return root_; }

  // A command of commands; `section` is the heading in the list of all.
  CLI::App& AddGroup(const std::string& name, const std::string& help,
                     const std::string& section);
  // A command of the root.
  CLI::App& Add(const std::string& name, const std::string& help,
                const std::string& section);

  // Says what a command that has no commands makes.
  void SetLeaf(const CLI::App& app, Formats formats, Make make);

  // Null for a command of commands.
  const Leaf* LeafOf(const CLI::App& app) const;
  // The command that was typed, once the root has parsed a line.
  const CLI::App& Used() const;

 private:
  CLI::App root_;
  std::map<const CLI::App*, Leaf> leaves_;
};

// table, csv, json, ndjson: what nearly every command can write.
Formats UsualFormats();

// Headings of the list of commands.
inline constexpr char kQuestions[] = "Questions";
inline constexpr char kCatalogues[] = "What there is";
inline constexpr char kIngestion[] = "Handing in";
inline constexpr char kUpkeep[] = "Looking after";
inline constexpr char kProgram[] = "This program";

// "query", "members list"; empty for the root.
std::string CommandName(const CLI::App& app);

// Each adds its commands; what is typed is kept in what they make.
void AddStatisticsCommands(CommandTree& tree);
void AddCheckingCommands(CommandTree& tree);
void AddCatalogueCommands(CommandTree& tree);
void AddIngestionCommands(CommandTree& tree);
void AddRecipeCommands(CommandTree& tree);
void AddServiceCommands(CommandTree& tree);
void AddProgramCommands(CommandTree& tree);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_COMMAND_TREE_H_
