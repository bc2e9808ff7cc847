#include "client/cli/run_doctor.h"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

std::string Text(const absl::Status& status) {
  return std::string(status.message());
}

const Setting* SettingOf(const DoctorCommand& command, absl::string_view name) {
  for (const Setting& one : command.settings) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

Diagnosis Configuration(const DoctorCommand& command) {
  if (!command.problem.ok()) {
    return {"configuration", Health::kProblem, Text(command.problem),
            "repair what is named, or name another with --config, --profile "
            "or --token-file"};
  }
  std::vector<std::string> parts;
  for (const Setting& one : command.settings) {
    if (one.name == "configuration") {
      parts.push_back(one.value.empty() ? "no configuration file" : one.value);
    } else if (one.name == "profile") {
      if (!one.value.empty())
        parts.push_back(absl::StrCat("profile ", one.value));
    } else if (!one.value.empty() && one.origin != "default") {
      parts.push_back(
          absl::StrCat(one.name, " ", one.value, " (", one.origin, ")"));
    }
  }
  return {"configuration", Health::kOk, absl::StrJoin(parts, "; "), ""};
}

Diagnosis Connection(const DoctorCommand& command, const ClientOptions& options,
                     Client& client) {
  const absl::Status status = client.CheckHealth();
  if (status.ok()) {
    const Setting* tls = SettingOf(command, "tls");
    return {
        "connection", Health::kOk,
        absl::StrCat("the service at ", options.server, " serves, ",
                     tls != nullptr && tls->value == "on" ? "encrypted"
                                                          : "not encrypted"),
        ""};
  }
  const std::string reason = base::DetailOf(status).reason;
  std::string advice = "see the service's log";
  if (reason == "NO_SERVICE") {
    advice =
        "start collated, name another --server, or look whether both sides "
        "encrypt: --tls, --tls-ca";
  } else if (reason == "NOT_SERVING") {
    advice = "it starts or stops; try again";
  }
  return {"connection", Health::kProblem, Text(status), advice};
}

Diagnosis OwnCertificate(const ClientOptions& options, absl::Time now) {
  if (options.tls.certificate.empty()) {
    return {"certificate", Health::kOk, "none is shown", ""};
  }
  std::ifstream in(options.tls.certificate, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return JudgeCertificate(std::move(text).str(), options.tls.certificate, now);
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
}

// What the caller may do, as far as that can be tried without doing anything.
Diagnosis Role(Client& client, const absl::Status& watch) {
  v1::ListFindingsRequest findings;
  findings.set_page_size(1);
  const std::pair<const char*, absl::Status> tries[] = {
      {"look things up", client.ListSources().status()},
      {"ask questions", client.CheckQuery({}).status()},
      {"examine findings", client.ListFindings(findings).status()},
      {"ask how the service is set up", watch}};
  std::vector<std::string> may;
  std::vector<std::string> may_not;
  std::string why;
  for (const auto& [what, status] : tries) {
    if (absl::IsUnauthenticated(status)) {
      return {"role", Health::kProblem, Text(status),
              "show a certificate (--tls-cert, --tls-key) or a token "
              "(--token-file) that the service knows"};
    }
    if (!status.ok() && !IsRefusal(status)) {
      return {"role", Health::kProblem, Text(status), "see the service's log"};
    }
    (status.ok() ? may : may_not).push_back(what);
    // It names the roles that the caller has.
    if (!status.ok() && why.empty()) why = Text(status);
  }
  std::string found =
      absl::StrCat("you may ", may.empty() ? "do nothing of what was tried"
                                           : absl::StrJoin(may, ", "));
  if (!may_not.empty()) {
    absl::StrAppend(&found, "; not ", absl::StrJoin(may_not, ", "), " (", why,
                    ")");
  }
  absl::StrAppend(&found, "; handing in was not tried");
  return {"role", may.empty() ? Health::kProblem : Health::kOk,
          std::move(found),
          may_not.empty() ? ""
                          : "roles are granted in the service's "
                            "configuration, access { grants { ... } }"};
}

void AddStatus(const v1::ServiceStatus& status, absl::Time before,
               absl::Time after, std::vector<Diagnosis>& findings) {
  findings.push_back(JudgeVersion(COLLATE_VERSION, status));
  findings.push_back(JudgeServerCertificate(status, after));
  findings.push_back(JudgeAdapters(status));
  findings.push_back(JudgeSandbox(status));
  // By the service's clock, which dates the check.
  const absl::Time theirs =
      status.has_current_time()
          ? absl::FromUnixSeconds(status.current_time().seconds())
          : after;
  for (Diagnosis& one : JudgeData(status, theirs)) {
    findings.push_back(std::move(one));
  }
  findings.push_back(JudgeClock(status, before, after));
}

}  // namespace

std::vector<Diagnosis> Examine(const DoctorCommand& command,
                               const ClientOptions& options, Client* client,
                               const absl::Status& problem) {
  std::vector<Diagnosis> findings = {Configuration(command)};
  if (!command.problem.ok()) return findings;
  const absl::Time now = absl::Now();
  findings.push_back(OwnCertificate(options, now));
  findings.push_back(options.token.empty()
                         ? Diagnosis{"token", Health::kOk, "none is shown", ""}
                         : JudgeToken(options.token, now));
  if (client == nullptr) {
    findings.push_back({"connection", Health::kProblem, Text(problem),
                        "repair what is named"});
    return findings;
  }
  findings.push_back(Connection(command, options, *client));
  if (findings.back().health == Health::kProblem) return findings;
  const absl::Time before = absl::Now();
  const auto status = client->GetServiceStatus();
  const absl::Time after = absl::Now();
  findings.push_back(Role(*client, status.status()));
  if (status.ok()) {
    AddStatus(*status, before, after, findings);
  } else {
    findings.push_back(
        {"service", Health::kUnknown,
         absl::StrCat("versions, adapters, sandbox, data and clock: ",
                      Text(status.status())),
         "ask with the role analyst, ingester or admin"});
  }
  return findings;
}

}  // namespace collate::client
