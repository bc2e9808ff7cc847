#include "client/doctor.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/grid.h"
#include "client/render_catalogue.h"
#include "client/words.h"

namespace collate::client {
namespace {

// An end that is nearer is told before it comes.
constexpr absl::Duration kCertificateSoon = absl::Hours(24 * 14);
constexpr absl::Duration kTokenSoon = absl::Minutes(5);
// Disks forget slowly; a check a week notices in time to restore.
constexpr absl::Duration kCheckAge = absl::Hours(24 * 7);
// Tokens are held to their times with a minute's grace.
constexpr absl::Duration kClockOff = absl::Seconds(30);
constexpr absl::Duration kClockWrong = absl::Minutes(5);

std::string DayOf(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

// "3 days", "5 hours", "2 minutes".
std::string Span(absl::Duration duration) {
  const auto words = [](int64_t count, const char* unit) {
    return absl::StrCat(GroupedInteger(count), " ", unit,
                        count == 1 ? "" : "s");
  };
  duration = absl::AbsDuration(duration);
  if (duration >= absl::Hours(48)) {
    return words(absl::ToInt64Hours(duration) / 24, "day");
  }
  if (duration >= absl::Hours(2)) {
    return words(absl::ToInt64Hours(duration), "hour");
  }
  if (duration >= absl::Minutes(2)) {
    return words(absl::ToInt64Minutes(duration), "minute");
  }
  return words(absl::ToInt64Seconds(duration), "second");
}

absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) +
         absl::Nanoseconds(time.nanos());
}

Diagnosis JudgeEnd(std::string check, absl::string_view what, absl::Time end,
                   absl::Time now, absl::Duration soon,
                   absl::string_view renew) {
  if (end <= now) {
    return {
        std::move(check), Health::kProblem,
        absl::StrCat(what, " ended ", Span(now - end), " ago, on ", DayOf(end)),
        std::string(renew)};
  }
  const std::string found =
      absl::StrCat(what, " ends in ", Span(end - now), ", on ", DayOf(end));
  if (end - now < soon) {
    return {std::move(check), Health::kWarning, found, std::string(renew)};
  }
  return {std::move(check), Health::kOk, found, ""};
}

// What a JWT says of its end; null without a payload that can be read.
std::optional<nlohmann::json> PayloadOf(absl::string_view token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string payload;
  if (parts.size() != 3 || !absl::WebSafeBase64Unescape(parts[1], &payload)) {
    return std::nullopt;
  }
  nlohmann::json json = nlohmann::json::parse(payload, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::string WordOf(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarning:
      return "warning";
    case Health::kProblem:
      return "problem";
    case Health::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace

Diagnosis JudgeToken(absl::string_view token, absl::Time now) {
  constexpr char kRenew[] = "ask whoever gave it for a new one";
  const std::optional<nlohmann::json> payload = PayloadOf(token);
  if (!payload.has_value()) {
    return {"token", Health::kWarning,
            "the token is no JWT that can be read, so its end is not known",
            "look whether the token's file holds a token alone, on its first "
            "line"};
  }
  const auto end = payload->find("exp");
  if (end == payload->end() || !end->is_number()) {
    return {"token", Health::kWarning, "the token does not say when it ends",
            "the service accepts none without an end; ask for another"};
  }
  const double seconds = end->get<double>();
  if (!(seconds > 0 && seconds < 253402300800.0)) {
    return {"token", Health::kWarning,
            "the token ends at no time that there is", kRenew};
  }
  return JudgeEnd("token", "the token",
                  absl::FromUnixSeconds(static_cast<int64_t>(seconds)), now,
                  kTokenSoon, kRenew);
}

Diagnosis JudgeCertificate(absl::string_view pem, absl::string_view what,
                           absl::Time now) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  std::tm end = {};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return {"certificate", Health::kProblem,
            absl::StrCat(what, " is no certificate in PEM form"),
            "name another file"};
  }
  return JudgeEnd("certificate", what, absl::FromTM(end, absl::UTCTimeZone()),
                  now, kCertificateSoon, "have a new one signed");
}

Diagnosis JudgeServerCertificate(const v1::ServiceStatus& status,
                                 absl::Time now) {
  if (!status.has_certificate()) {
    return {"service's certificate", Health::kOk, "it shows none", ""};
  }
  const v1::Certificate& certificate = status.certificate();
  if (!certificate.problem().empty()) {
    return {"service's certificate", Health::kProblem,
            absl::StrCat("newer keys were refused: ", certificate.problem()),
            "repair the files that the service's configuration names"};
  }
  return JudgeEnd("service's certificate", "it",
                  FromProto(certificate.expire_time()), now, kCertificateSoon,
                  "replace its files; the service reads them by itself");
}

Diagnosis JudgeVersion(absl::string_view ours,
                       const v1::ServiceStatus& status) {
  if (status.version() == ours) {
    return {"version", Health::kOk, absl::StrCat("both sides are ", ours), ""};
  }
  return {"version", Health::kWarning,
          absl::StrCat("this program is ", ours, ", the service ",
                       status.version()),
          "install the service's version here: a field that one side does not "
          "know is refused"};
}

Diagnosis JudgeAdapters(const v1::ServiceStatus& status) {
  std::vector<std::string> wrong;
  for (const v1::Adapter& one : status.adapters()) {
    if (one.state() == v1::ADAPTER_STATE_READY) continue;
    wrong.push_back(
        absl::StrCat(IdOf(one.name()), " is ", AdapterStateWords(one.state()),
                     one.problems().empty() ? "" : ": ",
                     one.problems().empty() ? "" : one.problems(0)));
  }
  wrong.insert(wrong.end(), status.adapter_problems().begin(),
               status.adapter_problems().end());
  if (!wrong.empty()) {
    return {"adapters", Health::kProblem, absl::StrJoin(wrong, "; "),
            "collate adapters show ADAPTER says more; after a repair, collate "
            "adapters reload"};
  }
  if (status.adapters().empty()) {
    return {"adapters", Health::kProblem, "there is none",
            "name their directories in the service's configuration: without "
            "adapters nothing can be handed in"};
  }
  return {"adapters", Health::kOk,
          absl::StrCat(status.adapters_size(), " can be used"), ""};
}

Diagnosis JudgeSandbox(const v1::ServiceStatus& status) {
  if (status.sandbox_complete()) {
    return {"sandbox", Health::kOk, "every layer is in force", ""};
  }
  if (status.sandbox_layers().empty()) {
    return {
        "sandbox", Health::kProblem,
        status.sandbox_problem().empty() ? "no worker has reported yet"
                                         : status.sandbox_problem(),
        "look for collate-worker beside collated, and at the service's log"};
  }
  std::vector<std::string> missing;
  for (const v1::SandboxLayer& one : status.sandbox_layers()) {
    if (one.applied()) continue;
    missing.push_back(absl::StrCat(one.name(), one.reason().empty() ? "" : ": ",
                                   one.reason()));
  }
  return {"sandbox", Health::kWarning,
          absl::StrCat("missing: ", absl::StrJoin(missing, "; ")),
          "adapters that are not of the installation are refused there; run "
          "the service on a kernel that has these, or as its unit does"};
}

std::vector<Diagnosis> JudgeData(const v1::ServiceStatus& status,
                                 absl::Time now) {
  std::vector<Diagnosis> findings;
  const v1::StoreCheckRecord& check = status.last_store_check();
  if (!status.has_last_store_check()) {
    findings.push_back({"checksums", Health::kWarning,
                        "not verified since the service started",
                        "collate admin check"});
  } else if (check.problem_count() > 0) {
    findings.push_back({"checksums", Health::kProblem,
                        absl::StrCat(GroupedInteger(check.problem_count()),
                                     " places were damaged on ",
                                     DayOf(FromProto(check.end_time()))),
                        "collate admin check names them; restore from a copy"});
  } else {
    const absl::Duration age = now - FromProto(check.end_time());
    const bool old = age > kCheckAge;
    findings.push_back(
        {"checksums", old ? Health::kWarning : Health::kOk,
         absl::StrCat("all verified ",
                      Span(std::max(age, absl::ZeroDuration())), " ago"),
         old ? "collate admin check" : ""});
  }
  if (const int count = status.unreadable_releases_size(); count > 0) {
    findings.push_back(
        {"releases", Health::kProblem,
         absl::StrCat(GroupedInteger(count), " cannot be read, such as ",
                      status.unreadable_releases(0).release(), ": ",
                      status.unreadable_releases(0).problem()),
         "restore from a copy; until then --allow-partial answers without "
         "them"});
  } else {
    findings.push_back(
        {"releases", Health::kOk,
         absl::StrCat(GroupedInteger(status.release_count()),
                      status.release_count() == 1 ? " can be read"
                                                  : ", all can be read"),
         ""});
  }
  const double used = static_cast<double>(status.snapshot_bytes());
  const double limit = static_cast<double>(status.snapshot_limit_bytes());
  const bool full = limit > 0 && used > 0.9 * limit;
  findings.push_back(
      {"memory", full ? Health::kWarning : Health::kOk,
       absl::StrCat(GroupedInteger(status.snapshot_bytes()), " of ",
                    GroupedInteger(status.snapshot_limit_bytes()),
                    " bytes are used for what is published"),
       full ? "raise limits.max_snapshot_bytes before a release is refused"
            : ""});
  if (status.has_audit() &&
      (!status.audit().problem().empty() || status.audit().lost_count() > 0)) {
    findings.push_back(
        {"record of calls", Health::kProblem,
         absl::StrCat(GroupedInteger(status.audit().lost_count()),
                      " records are lost",
                      status.audit().problem().empty() ? "" : "; ",
                      status.audit().problem()),
         "make room for the audit directory"});
  } else {
    findings.push_back(
        {"record of calls", Health::kOk,
         status.has_audit() ? "every call is recorded" : "none is kept", ""});
  }
  return findings;
}

Diagnosis JudgeClock(const v1::ServiceStatus& status, absl::Time before,
                     absl::Time after) {
  if (!status.has_current_time()) {
    return {"clock", Health::kUnknown, "the service does not say its time",
            "it is older than this program"};
  }
  const absl::Time theirs = FromProto(status.current_time());
  absl::Duration off = absl::ZeroDuration();
  if (theirs < before) off = before - theirs;
  if (theirs > after) off = theirs - after;
  const bool behind = theirs < before;
  if (off <= kClockOff) {
    return {"clock", Health::kOk,
            absl::StrCat("the clocks agree to ",
                         absl::ToInt64Seconds(kClockOff), " seconds"),
            ""};
  }
  return {"clock", off > kClockWrong ? Health::kProblem : Health::kWarning,
          absl::StrCat("the service's clock is ", Span(off),
                       behind ? " behind" : " ahead of", " this machine's"),
          "set both by NTP: tokens, certificates and --as-of depend on it"};
}

bool AnyProblem(const std::vector<Diagnosis>& findings) {
  return std::any_of(
      findings.begin(), findings.end(),
      [](const Diagnosis& one) { return one.health == Health::kProblem; });
}

absl::StatusOr<std::string> RenderDiagnoses(
    const std::vector<Diagnosis>& findings, Format format) {
  if (format == Format::kJson || format == Format::kNdjson) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    std::string lines;
    for (const Diagnosis& one : findings) {
      nlohmann::ordered_json object = {{"check", one.check},
                                       {"state", WordOf(one.health)},
                                       {"found", one.found},
                                       {"advice", one.advice}};
      lines += object.dump() + "\n";
      all.push_back(std::move(object));
    }
    return format == Format::kJson ? all.dump(1) + "\n" : lines;
  }
  if (format == Format::kCsv) {
    Grid grid;
    grid.columns = {
        {"check", ""}, {"state", ""}, {"found", ""}, {"advice", ""}};
    for (const Diagnosis& one : findings) {
      grid.rows.push_back(
          {one.check, WordOf(one.health), one.found, one.advice});
    }
    return RenderCsv(grid);
  }
  size_t widest = 0;
  for (const Diagnosis& one : findings) {
    widest = std::max(widest, one.check.size());
  }
  std::string out;
  for (const Diagnosis& one : findings) {
    const std::string word = WordOf(one.health);
    absl::StrAppend(&out, word, std::string(9 - word.size(), ' '), one.check,
                    std::string(widest + 2 - one.check.size(), ' '),
                    Printable(one.found), "\n");
    if (!one.advice.empty()) {
      absl::StrAppend(&out, std::string(widest + 11, ' '), "-> ",
                      Printable(one.advice), "\n");
    }
  }
  return out;
}

}  // namespace collate::client
