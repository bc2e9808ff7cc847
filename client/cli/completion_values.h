// Which values an option can have, by the name of its type.

#ifndef COLLATE_CLIENT_CLI_COMPLETION_VALUES_H_
#define COLLATE_CLIENT_CLI_COMPLETION_VALUES_H_

#include <string>
#include <utility>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/line_walk.h"
#include "client/client.h"

namespace collate::client {

struct Candidate {
  std::string word;
  std::string help;
};

struct Candidates {
  // "words", "files" or "folders".
  std::string kind = "words";
  std::vector<Candidate> words;
};

// Of the value `typed`, so far, of a type such as "MEASURE" or "basic|cited";
// candidates replace all of it. `place` has what else was typed; `client` may
// be null.
Candidates ValuesOf(const std::string& type, const std::string& typed,
                    const Place& place, const CompleteCommand& command,
                    Client* client);

// Whether ValuesOf knows a type, if only as a text that nobody can foresee.
bool IsKnownType(const std::string& type);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_COMPLETION_VALUES_H_
