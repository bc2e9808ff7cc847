// The whole command line: every command, what they have in common, and the
// examples of each.

#ifndef COLLATE_CLIENT_CLI_ALL_COMMANDS_H_
#define COLLATE_CLIENT_CLI_ALL_COMMANDS_H_

#include "client/cli/command_tree.h"
#include "client/cli/global_options.h"

namespace collate::client {

// `words` must outlive the parsing of the line.
void AddAllCommands(CommandTree& tree, GlobalWords& words);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_ALL_COMMANDS_H_
