// Where the words of a line lead in the tree of commands, without CLI11's
// parser: it says only that something is wrong, and nothing of a line that is
// not finished.

#ifndef COLLATE_CLIENT_CLI_LINE_WALK_H_
#define COLLATE_CLIENT_CLI_LINE_WALK_H_

#include <CLI/CLI.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace collate::client {

struct Place {
  const CLI::App* app = nullptr;  // the command so far
  // The option whose value comes next; null when none does.
  const CLI::Option* awaiting = nullptr;
  // Number of words that are no options, behind the command.
  size_t positionals = 0;
  // What was typed for each option and positional.
  std::map<const CLI::Option*, std::vector<std::string>> given;
  // The first word that is none of the tree's, and the command that has none
  // such.
  std::optional<size_t> unknown;
  const CLI::App* unknown_to = nullptr;
  // Before which word a `list` was left out; the number of words where it
  // would come last.
  std::optional<size_t> list_left_out;
  bool help = false;  // was asked for
};

Place Follow(const CLI::App& root, const std::vector<std::string>& words);

// The option `name` ("--where", "-h") of a command or of one above it; null
// when there is none.
const CLI::Option* FindOption(const CLI::App& app, const std::string& name);

// The positional that takes the next word; null when none does.
const CLI::Option* NextPositional(const Place& place);

// Names of all options that a command understands, "--where", "--help".
std::vector<std::string> OptionNames(const CLI::App& app);

// Commands of a command, in the order of its help.
std::vector<const CLI::App*> CommandsOf(const CLI::App& app);

// Those that take no word of the line but a flag.
bool IsFlag(const CLI::Option& option);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_LINE_WALK_H_
