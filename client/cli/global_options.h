// What every command takes: which service, how it is spoken to, who calls, and
// how answers are written. What is typed wins over the environment, which wins
// over the profile.

#ifndef COLLATE_CLIENT_CLI_GLOBAL_OPTIONS_H_
#define COLLATE_CLIENT_CLI_GLOBAL_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/client_config.h"
#include "client/cli/command_line.h"
#include "client/client.h"

namespace CLI {
class App;
}  // namespace CLI

namespace collate::client {

struct GlobalWords {
  std::string config;
  std::string profile;
  std::string server;
  ClientOptions::Tls tls;
  std::string token_file;
  double timeout_seconds = 0;
  std::string format;
  std::string color;
};

// `words` must outlive the parsing of the line.
void AddGlobalOptions(CLI::App& app, GlobalWords& words);

// Puts the environment and the profile where nothing was typed, and says in
// `settings` where each came from. INVALID_ARGUMENT (reason INVALID_VARIABLE).
absl::Status Complete(const ChosenProfile& chosen,
                      const Environment& environment, GlobalWords& words,
                      std::vector<Setting>& settings,
                      std::vector<std::string>& notes);

// Reads the token. INVALID_ARGUMENT (reason CREDENTIALS_UNREADABLE).
absl::Status FillClient(const GlobalWords& words, ClientOptions& options);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_GLOBAL_OPTIONS_H_
