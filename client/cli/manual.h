// The manual pages, written from the tree of commands: collate(1), and
// collate-COMMAND(1) for each command of the root with those below it.
//
// Pure function.

#ifndef COLLATE_CLIENT_CLI_MANUAL_H_
#define COLLATE_CLIENT_CLI_MANUAL_H_

#include <string>
#include <vector>

#include "client/cli/command_tree.h"

namespace collate::client {

struct ManualPage {
  std::string name;  // "collate-query.1"
  std::string text;  // roff, macros of man(7)
};

std::vector<ManualPage> ManualPages(const CommandTree& tree);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_MANUAL_H_
