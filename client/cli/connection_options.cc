#include "client/cli/connection_options.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"

namespace collate::client {

void AddConnectionOptions(CLI::App& app, ConnectionWords& words) {
  app.add_flag("--tls", words.tls.on,
               "Encrypt, and trust the authorities that this machine does")
      ->envname("COLLATE_TLS");
  app.add_option("--tls-ca", words.tls.authorities,
                 "Encrypt, and trust the authorities of this PEM file")
      ->envname("COLLATE_TLS_CA")
      ->type_name("FILE");
  app.add_option("--tls-cert", words.tls.certificate,
                 "The certificate to show, PEM, with --tls-key")
      ->envname("COLLATE_TLS_CERT")
      ->type_name("FILE");
  app.add_option("--tls-key", words.tls.key, "Its key")
      ->envname("COLLATE_TLS_KEY")
      ->type_name("FILE");
  app.add_option("--token-file", words.token_file,
                 "A file with the bearer token to show")
      ->envname("COLLATE_TOKEN_FILE")
      ->type_name("FILE");
}

absl::Status FillConnection(const ConnectionWords& words,
                            ClientOptions& options) {
  options.tls = words.tls;
  if (words.token_file.empty()) return absl::OkStatus();
  std::ifstream in(words.token_file);
  if (!std::getline(in, options.token) || options.token.empty()) {
    return base::Error(
               absl::StatusCode::kInvalidArgument, "CREDENTIALS_UNREADABLE",
               absl::StrCat("cannot read a token from ", words.token_file))
        .With("path", words.token_file);
  }
  return absl::OkStatus();
}

}  // namespace collate::client
