// How the service is spoken to: encryption and who calls.

#ifndef COLLATE_CLIENT_CLI_CONNECTION_OPTIONS_H_
#define COLLATE_CLIENT_CLI_CONNECTION_OPTIONS_H_

#include <string>

#include "absl/status/status.h"
#include "client/client.h"

namespace CLI {
class App;
}  // namespace CLI

namespace collate::client {

struct ConnectionWords {
  ClientOptions::Tls tls;
  std::string token_file;
};

// Each has an environment variable, too.
void AddConnectionOptions(CLI::App& app, ConnectionWords& words);

// Reads the token. INVALID_ARGUMENT (reason CREDENTIALS_UNREADABLE).
absl::Status FillConnection(const ConnectionWords& words,
                            ClientOptions& options);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_CONNECTION_OPTIONS_H_
