#include "service/api/security.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/tls_credentials.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/transport/listener.h"

namespace collate::api {
namespace {

using config::v1::Config;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using Places = TextFormat::ParseInfoTree;

// Notes mistakes with their places.
class Checker {
 public:
  explicit Checker(std::vector<SecurityMistake>& mistakes)
      : mistakes_(mistakes) {}

  void Find(const Places* in, const Message& message, const char* field,
            int index, std::string what) {
    TextFormat::ParseLocation at{-1, -1};
    if (in != nullptr) {
      at = in->GetLocation(message.GetDescriptor()->FindFieldByName(field),
                           index);
    }
    mistakes_.push_back({at.line, at.column, std::move(what)});
  }

  // The group stands at `places` of its parent.
  void Require(const Places* parent, const Message& message, const char* group,
               int index, const char* field, const std::string& value) {
    if (!value.empty()) return;
    Find(parent, message, group, index, absl::StrCat(group, " has no ", field));
  }

 private:
  std::vector<SecurityMistake>& mistakes_;
};

const Places* Nested(const Places* in, const Message& message,
                     const char* field, int index) {
  return in == nullptr
             ? nullptr
             : in->GetTreeForNested(
                   message.GetDescriptor()->FindFieldByName(field), index);
}

void CheckTls(const Config& config, const Places& places, Checker& checker) {
  if (!config.has_tls()) return;
  const config::v1::Tls& tls = config.tls();
  checker.Require(&places, config, "tls", -1, "certificate_file",
                  tls.certificate_file());
  checker.Require(&places, config, "tls", -1, "private_key_file",
                  tls.private_key_file());
  if (tls.require_client_certificate() &&
      tls.client_authorities_file().empty()) {
    checker.Find(Nested(&places, config, "tls", -1), tls,
                 "require_client_certificate", -1,
                 "require_client_certificate needs client_authorities_file");
  }
}

std::string NameOf(const config::v1::Grant& grant) {
  switch (grant.caller_case()) {
    case config::v1::Grant::kCertificateUri:
      return absl::StrCat("uri:", grant.certificate_uri());
    case config::v1::Grant::kCertificateDns:
      return absl::StrCat("dns:", grant.certificate_dns());
    case config::v1::Grant::kCertificateEmail:
      return absl::StrCat("email:", grant.certificate_email());
    case config::v1::Grant::kTokenSubject:
      return absl::StrCat("sub:", grant.token_subject());
    case config::v1::Grant::CALLER_NOT_SET:
      return "";
  }
  return "";
}

template <typename Roles>
void CheckRoles(const Roles& roles, const Places* in, const Message& message,
                const char* field, Checker& checker) {
  for (int i = 0; i < roles.size(); ++i) {
    if (roles.Get(i) != config::v1::ROLE_UNSPECIFIED) continue;
    checker.Find(in, message, field, i,
                 absl::StrCat(field, " is ROLE_UNSPECIFIED; expected a role"));
  }
}

void CheckAccess(const Config& config, const Places& places, Checker& checker) {
  const config::v1::Access& access = config.access();
  const Places* const in = Nested(&places, config, "access", -1);
  CheckRoles(access.anonymous_roles(), in, access, "anonymous_roles", checker);
  for (int i = 0; i < access.grants_size(); ++i) {
    const config::v1::Grant& grant = access.grants(i);
    const std::string name = NameOf(grant);
    if (name.empty() || name.back() == ':') {
      checker.Find(in, access, "grants", i, "grants names no caller");
    }
    if (grant.roles().empty()) {
      checker.Find(in, access, "grants", i, "grants has no roles");
    }
    CheckRoles(grant.roles(), Nested(in, access, "grants", i), grant, "roles",
               checker);
  }
  if (!access.has_tokens()) return;
  const config::v1::Tokens& tokens = access.tokens();
  checker.Require(in, access, "tokens", -1, "issuer", tokens.issuer());
  checker.Require(in, access, "tokens", -1, "audience", tokens.audience());
  if (tokens.keys().empty()) {
    checker.Find(in, access, "tokens", -1, "tokens has no keys");
  }
  const Places* const in_tokens = Nested(in, access, "tokens", -1);
  for (int i = 0; i < tokens.keys_size(); ++i) {
    checker.Require(in_tokens, tokens, "keys", i, "public_key_file",
                    tokens.keys(i).public_key_file());
    for (int j = 0; j < i; ++j) {
      if (tokens.keys(j).id() != tokens.keys(i).id()) continue;
      checker.Find(
          in_tokens, tokens, "keys", i,
          absl::StrCat("keys has the id '", tokens.keys(i).id(), "' twice"));
    }
  }
}

template <typename Roles>
access::RoleSet RolesOf(const Roles& roles) {
  access::RoleSet set;
  for (const int role : roles) {
    switch (role) {
      case config::v1::ROLE_READER:
        set.Add(access::Role::kReader);
        break;
      case config::v1::ROLE_ANALYST:
        set.Add(access::Role::kAnalyst);
        break;
      case config::v1::ROLE_ORIGINALS:
        set.Add(access::Role::kOriginals);
        break;
      case config::v1::ROLE_INGESTER:
        set.Add(access::Role::kIngester);
        break;
      case config::v1::ROLE_ADMIN:
        set.Add(access::Role::kAdmin);
        break;
      default:
        break;
    }
  }
  return set;
}

absl::StatusOr<std::vector<access::TokenKey>> ReadTokenKeys(
    const config::v1::Tokens& tokens) {
  std::vector<access::TokenKey> keys;
  for (const config::v1::TokenKey& key : tokens.keys()) {
    std::ifstream in(key.public_key_file(), std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in || !text) {
      return base::Error(absl::StatusCode::kInvalidArgument,
                         "INVALID_TOKEN_KEY",
                         absl::StrCat("cannot read the token key ",
                                      key.public_key_file()))
          .With("path", key.public_key_file());
    }
    keys.push_back(
        {.id = key.id(), .algorithm = key.algorithm(), .pem = text.str()});
    COLLATE_RETURN_IF_ERROR(access::CheckTokenKey(keys.back()));
  }
  return keys;
}

// One line for each change of files that are watched.
std::function<void(const absl::Status&)> Teller(base::Log& log,
                                                const char* what) {
  return [&log, what](const absl::Status& status) {
    if (status.ok()) {
      log.Info("keys changed", {{"what", what}});
    } else {
      log.Error("keys refused; those in use stay",
                {{"what", what}, {"problem", status.message()}});
    }
  };
}

}  // namespace

std::vector<SecurityMistake> CheckSecurity(const Config& config,
                                           const Places& places) {
  std::vector<SecurityMistake> mistakes;
  Checker checker(mistakes);
  CheckTls(config, places, checker);
  CheckAccess(config, places, checker);
  return mistakes;
}

absl::Status CheckReach(const Config& config) {
  std::string address = config.listen_address();
  if (transport::IsLocalAddress(address)) {
    address = config.http().listen_address();
    if (address.empty() || transport::IsLocalAddress(address)) {
      return absl::OkStatus();
    }
  }
  const auto refused = [&address](absl::string_view why) -> absl::Status {
    return base::Error(
               absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
               absl::StrCat(address,
                            " can be reached from other machines: ", why))
        .With("address", address);
  };
  if (!config.has_tls() && !config.allow_remote_plaintext()) {
    return refused(
        "it needs tls { } in the configuration, or allow_remote_plaintext "
        "where a proxy encrypts");
  }
  if (!config.has_access()) {
    return refused("it needs access { }, which says who may do what");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Security>> Security::Open(
    const Config& config, const base::Clock& clock, base::Log& log) {
  auto security = std::unique_ptr<Security>(new Security());
  security->flood_guard_ = std::make_shared<FloodGuard>(
      config.limits().max_calls_per_second_per_peer());
  if (config.has_tls()) {
    const transport::KeyFiles files = {
        .certificate = config.tls().certificate_file(),
        .private_key = config.tls().private_key_file(),
        .client_authorities = config.tls().client_authorities_file()};
    COLLATE_ASSIGN_OR_RETURN(security->keys_,
                             base::Watched<transport::ServerKeys>::Start(
                                 {.read =
                                      [files, &clock] {
                                        return transport::ReadServerKeys(
                                            files, clock.Now());
                                      },
                                  .told = Teller(log, "certificate")}));
    using transport::ClientCertificate;
    if (config.tls().require_client_certificate()) {
      security->client_certificate_ = ClientCertificate::kRequired;
    } else if (!files.client_authorities.empty()) {
      security->client_certificate_ = ClientCertificate::kOptional;
    }
    security->credentials_ =
        MakeTlsCredentials(*security->keys_, security->client_certificate_,
                           security->flood_guard_);
  }
  if (!config.has_access()) {
    security->authorizer_ = std::make_unique<AllowAll>();
    return security;
  }
  const config::v1::Access& access = config.access();
  access::Gate::Options gate;
  gate.clock = &clock;
  gate.anonymous = RolesOf(access.anonymous_roles());
  for (const config::v1::Grant& grant : access.grants()) {
    gate.grants[NameOf(grant)].AddAll(RolesOf(grant.roles()));
  }
  if (access.has_tokens()) {
    const config::v1::Tokens& tokens = access.tokens();
    COLLATE_ASSIGN_OR_RETURN(
        security->token_keys_,
        base::Watched<std::vector<access::TokenKey>>::Start(
            {.read = [tokens] { return ReadTokenKeys(tokens); },
             .told = Teller(log, "token keys")}));
    gate.token_keys = security->token_keys_.get();
    gate.tokens = {.issuer = tokens.issuer(),
                   .audience = tokens.audience(),
                   .roles_claim = tokens.roles_claim(),
                   .leeway = absl::Seconds(tokens.leeway_seconds())};
  }
  security->authorizer_ = std::make_unique<ByRole>(std::move(gate));
  return security;
}

}  // namespace collate::api
