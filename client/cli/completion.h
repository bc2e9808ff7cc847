// What a shell offers while a line is typed.
//
// The scripts ask `collate __complete WORD...` with the words behind the
// program's name, the last of which is the one at the cursor. The answer is
// lines: first "words", "files" or "folders", which says what the word may be,
// then a candidate each, a tab, and what it is. Commands and options are those
// of the tree; codes are asked of the service.

#ifndef COLLATE_CLIENT_CLI_COMPLETION_H_
#define COLLATE_CLIENT_CLI_COMPLETION_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/command_line.h"
#include "client/cli/command_tree.h"
#include "client/client.h"

namespace collate::client {

// Whoever types does not wait longer for the service.
inline constexpr absl::Duration kCompletionDeadline = absl::Milliseconds(300);

// What `collate completion SHELL` prints; "bash", "zsh" or "fish".
std::string CompletionScript(const std::string& shell);

// The answer as above; empty of candidates where the service does not answer.
// `client` may be null.
std::string CompleteWords(const CommandTree& tree,
                          const CompleteCommand& command, Client* client);

// The options of every command among the words, as a line that has nothing
// else.
std::vector<std::string> GlobalWordsOf(const CommandTree& tree,
                                       const Command& hidden);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_COMPLETION_H_
