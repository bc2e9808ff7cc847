#include "client/cli/global_options.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/options.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

const char* FormatWord(config::v1::OutputFormat format) {
  switch (format) {
    case config::v1::OUTPUT_FORMAT_TABLE:
      return "table";
    case config::v1::OUTPUT_FORMAT_CSV:
      return "csv";
    case config::v1::OUTPUT_FORMAT_JSON:
      return "json";
    case config::v1::OUTPUT_FORMAT_NDJSON:
      return "ndjson";
    default:
      return "";
  }
}

const char* ColorWord(config::v1::ColorMode mode) {
  switch (mode) {
    case config::v1::COLOR_MODE_ALWAYS:
      return "always";
    case config::v1::COLOR_MODE_NEVER:
      return "never";
    default:
      return "";
  }
}

absl::StatusOr<bool> IsOn(const char* name, const std::string& value) {
  const std::string word = absl::AsciiStrToLower(value);
  if (word == "1" || word == "true" || word == "yes" || word == "on") {
    return true;
  }
  if (word.empty() || word == "0" || word == "false" || word == "no" ||
      word == "off") {
    return false;
  }
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_VARIABLE",
                     absl::StrCat(name, " is '", value,
                                  "'; expected 1 or 0, true or false"))
      .With("value", value);
}

class Completer {
 public:
  Completer(const Environment& environment, std::string profile,
            std::vector<Setting>& settings)
      : environment_(environment),
        profile_(std::move(profile)),
        settings_(settings) {}

  // Empty words are replaced by the first that is there.
  void Take(const char* name, const char* variable,
            const std::string& of_profile, const std::string& otherwise,
            std::string& word) {
    std::string origin = absl::StrCat("--", name);
    if (word.empty() && variable != nullptr) {
      word = environment_(variable);
      origin = variable;
    }
    if (word.empty()) {
      word = of_profile;
      origin = profile_;
    }
    if (word.empty()) {
      word = otherwise;
      origin = "default";
    }
    settings_.push_back({name, word, origin});
  }

 private:
  const Environment& environment_;
  const std::string profile_;
  std::vector<Setting>& settings_;
};

}  // namespace

void AddGlobalOptions(CLI::App& app, GlobalWords& words) {
  app.add_option("--config", words.config,
                 "Configuration file; else COLLATE_CONFIG, else "
                 "~/.config/collate/config.textproto")
      ->type_name("FILE");
  app.add_option("--profile", words.profile,
                 "Service of that file; else COLLATE_PROFILE, else the file's "
                 "default_profile")
      ->type_name("PROFILE");
  app.add_option("--server", words.server,
                 "Address of the service; else COLLATE_SERVER, else the "
                 "profile's, else 127.0.0.1:7443")
      ->type_name("HOST:PORT|unix:PATH");
  app.add_flag("--tls", words.tls.on,
               "Encrypt, and trust the authorities that this machine does; "
               "else COLLATE_TLS");
  app.add_option("--tls-ca", words.tls.authorities,
                 "Encrypt, and trust the authorities of this PEM file; else "
                 "COLLATE_TLS_CA")
      ->type_name("FILE");
  app.add_option("--tls-cert", words.tls.certificate,
                 "The certificate to show, PEM, with --tls-key; else "
                 "COLLATE_TLS_CERT")
      ->type_name("FILE");
  app.add_option("--tls-key", words.tls.key, "Its key; else COLLATE_TLS_KEY")
      ->type_name("FILE");
  app.add_option("--token-file", words.token_file,
                 "A file with the bearer token to show; else "
                 "COLLATE_TOKEN_FILE")
      ->type_name("FILE");
  app.add_option("--timeout", words.timeout_seconds,
                 "Longest time to wait for one answer")
      ->check(CLI::Validator(CLI::Range(0.001, 86400.0)).description(""))
      ->type_name("SECONDS");
  AddChoice(app, "--format", words.format,
            "How answers are written; default table, of export gss-csv",
            {"table", "csv", "json", "ndjson", "svg", "gss-csv", "sdmx-csv",
             "json-stat"});
  AddChoice(app, "--color", words.color,
            "Whether drawings have colours; auto (the default): on a terminal, "
            "unless NO_COLOR is set",
            {"auto", "always", "never"});
}

absl::Status Complete(const ChosenProfile& chosen,
                      const Environment& environment, GlobalWords& words,
                      std::vector<Setting>& settings,
                      std::vector<std::string>& notes) {
  const config::v1::ClientProfile& profile = chosen.profile;
  settings.push_back({"configuration", chosen.path, ""});
  settings.push_back({"profile", profile.name(), ""});
  Completer completer(environment, absl::StrCat("profile ", profile.name()),
                      settings);
  const std::string usual = ClientOptions().server;
  completer.Take("server", "COLLATE_SERVER", profile.server(), usual,
                 words.server);

  // Who one is belongs to the service that it was given for, and is shown to
  // no other.
  const bool own =
      words.server == (profile.server().empty() ? usual : profile.server());
  const config::v1::ClientTls none;
  const config::v1::ClientTls& tls = own ? profile.tls() : none;
  if (!own && (profile.has_tls() || !profile.token_file().empty())) {
    notes.push_back(
        absl::StrCat("certificates and token of profile ", profile.name(),
                     " are for its own server and not for ", words.server));
  }
  const bool typed = words.tls.on;
  if (!words.tls.on) {
    COLLATE_ASSIGN_OR_RETURN(words.tls.on,
                             IsOn("COLLATE_TLS", environment("COLLATE_TLS")));
  }
  const bool from_environment = !typed && words.tls.on;
  if (!words.tls.on) words.tls.on = own && profile.has_tls();
  completer.Take("tls-ca", "COLLATE_TLS_CA", tls.authorities_file(), "",
                 words.tls.authorities);
  completer.Take("tls-cert", "COLLATE_TLS_CERT", tls.certificate_file(), "",
                 words.tls.certificate);
  completer.Take("tls-key", "COLLATE_TLS_KEY", tls.private_key_file(), "",
                 words.tls.key);
  completer.Take("token-file", "COLLATE_TOKEN_FILE",
                 own ? profile.token_file() : std::string(), "",
                 words.token_file);
  const bool encrypted = words.tls.on || !words.tls.authorities.empty() ||
                         !words.tls.certificate.empty();
  settings.push_back({"tls", encrypted ? "on" : "off",
                      typed              ? "--tls"
                      : from_environment ? "COLLATE_TLS"
                      : words.tls.on ? absl::StrCat("profile ", profile.name())
                      : encrypted    ? "a certificate is named"
                                     : "default"});
  completer.Take("format", nullptr, FormatWord(profile.format()), "",
                 words.format);
  completer.Take("color", nullptr, ColorWord(profile.color()), "auto",
                 words.color);
  if (words.timeout_seconds == 0) {
    words.timeout_seconds = profile.timeout_seconds();
  }
  return absl::OkStatus();
}

absl::Status FillClient(const GlobalWords& words, ClientOptions& options) {
  options.server = words.server;
  options.tls = words.tls;
  if (words.timeout_seconds > 0) {
    options.timeout = absl::Seconds(words.timeout_seconds);
    options.ingestion_timeout = options.timeout;
  }
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
