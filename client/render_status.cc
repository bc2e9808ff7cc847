#include "client/render_status.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_catalogue.h"
#include "client/words.h"

namespace collate::client {
namespace {

Grid Layers(const v1::ServiceStatus& status) {
  Grid grid;
  grid.columns = {
      {"layer", "sandbox layer"}, {"state", "state"}, {"reason", "how or why"}};
  for (const v1::SandboxLayer& layer : status.sandbox_layers()) {
    grid.rows.push_back({layer.name(),
                         std::string(layer.applied() ? "applied" : "missing"),
                         layer.reason()});
  }
  return grid;
}

Grid Adapters(const v1::ServiceStatus& status) {
  Grid grid;
  grid.columns = {{"adapter", "adapter"},
                  {"version", "version"},
                  {"origin", "origin"},
                  {"state", "state"},
                  {"problems", "why not"}};
  for (const v1::Adapter& adapter : status.adapters()) {
    grid.rows.push_back(
        {IdOf(adapter.name()), adapter.version(),
         std::string(adapter.installed() ? "installation" : "further"),
         AdapterStateWords(adapter.state()),
         absl::StrJoin(adapter.problems(), " | ")});
  }
  return grid;
}

Grid Csv(const v1::ServiceStatus& status) {
  Grid grid;
  grid.columns = {{"kind", ""}, {"name", ""}, {"state", ""}, {"detail", ""}};
  for (const v1::SandboxLayer& layer : status.sandbox_layers()) {
    grid.rows.push_back({std::string("sandbox_layer"), layer.name(),
                         std::string(layer.applied() ? "applied" : "missing"),
                         layer.reason()});
  }
  for (const v1::Adapter& adapter : status.adapters()) {
    grid.rows.push_back({std::string("adapter"), IdOf(adapter.name()),
                         AdapterStateWords(adapter.state()),
                         absl::StrJoin(adapter.problems(), " | ")});
  }
  for (const v1::UnreadableRelease& one : status.unreadable_releases()) {
    grid.rows.push_back({std::string("release"), one.release(),
                         std::string("unreadable"), one.problem()});
  }
  return grid;
}

std::string Certificate(const v1::ServiceStatus& status) {
  if (!status.has_certificate()) return "not encrypted\n";
  const v1::Certificate& certificate = status.certificate();
  std::string out = absl::StrCat("encrypted, certificate sha256 ",
                                 Printable(certificate.sha256()), ", ends ",
                                 TimeText(certificate.expire_time()), "\n");
  if (!certificate.problem().empty()) {
    absl::StrAppend(&out, "Newer keys were refused: ",
                    Printable(certificate.problem()), "\n");
  }
  return out;
}

std::string Audit(const v1::ServiceStatus& status) {
  if (!status.has_audit()) return "calls are not recorded\n";
  const v1::AuditStatus& audit = status.audit();
  std::string out =
      absl::StrCat("calls are recorded, anchor ", Printable(audit.anchor()));
  if (audit.lost_count() > 0) {
    absl::StrAppend(&out, ", ", GroupedInteger(audit.lost_count()), " lost");
  }
  absl::StrAppend(&out, "\n");
  if (!audit.problem().empty()) {
    absl::StrAppend(&out, "The audit log cannot be written: ",
                    Printable(audit.problem()), "\n");
  }
  return out;
}

std::string Table(const v1::ServiceStatus& status) {
  std::string out = absl::StrCat(
      "serving\nversion ", Printable(status.version()), ", ",
      GroupedInteger(status.release_count()), " releases, vocabulary sha256 ",
      Printable(status.vocabulary_sha256()), "\n",
      GroupedInteger(status.snapshot_bytes()), " of ",
      GroupedInteger(status.snapshot_limit_bytes()),
      " bytes of memory for what is published\n");
  if (status.has_last_store_check()) {
    absl::StrAppend(&out, "checksums verified ",
                    TimeText(status.last_store_check().end_time()), ", ",
                    GroupedInteger(status.last_store_check().problem_count()),
                    " places damaged\n");
  }
  absl::StrAppend(&out, Certificate(status), Audit(status), "\n");
  if (!status.sandbox_layers().empty()) {
    absl::StrAppend(&out, RenderTable(Layers(status)), "\n");
  }
  if (!status.sandbox_problem().empty()) {
    absl::StrAppend(&out, "No worker could be started: ",
                    Printable(status.sandbox_problem()), "\n");
  }
  absl::StrAppend(&out, "Adapters: ", Printable(status.adapter_policy()),
                  ".\n");
  if (!status.adapters().empty()) {
    absl::StrAppend(&out, "\n", RenderTable(Adapters(status)));
  }
  for (const std::string& problem : status.adapter_problems()) {
    absl::StrAppend(&out, Printable(problem), "\n");
  }
  for (const v1::UnreadableRelease& one : status.unreadable_releases()) {
    absl::StrAppend(&out, "Cannot be read: ", Printable(one.release()), ": ",
                    Printable(one.problem()), "\n");
  }
  return out;
}

std::string ChangeWords(v1::AdapterChangeKind kind) {
  switch (kind) {
    case v1::ADAPTER_CHANGE_KIND_ADDED:
      return "added";
    case v1::ADAPTER_CHANGE_KIND_REMOVED:
      return "removed";
    case v1::ADAPTER_CHANGE_KIND_CHANGED:
      return "changed";
    case v1::ADAPTER_CHANGE_KIND_RELEASED:
      return "out of quarantine";
    default:
      return "unknown";
  }
}

}  // namespace

absl::StatusOr<std::string> RenderStatus(const v1::ServiceStatus& status,
                                         Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(status);
    case Format::kNdjson:
      return ToJsonLine(status);
    case Format::kCsv:
      return RenderCsv(Csv(status));
    case Format::kTable:
      break;
  }
  return Table(status);
}

absl::StatusOr<std::string> RenderReload(
    const v1::ReloadAdaptersResponse& response, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(response);
    case Format::kNdjson:
      return ToJsonLines(response.changes());
    case Format::kCsv:
    case Format::kTable:
      break;
  }
  Grid grid;
  grid.columns = {
      {"adapter", "adapter"}, {"change", "change"}, {"message", "what"}};
  for (const v1::AdapterChange& change : response.changes()) {
    grid.rows.push_back(
        {IdOf(change.adapter()), ChangeWords(change.kind()), change.message()});
  }
  if (format == Format::kCsv) return RenderCsv(grid);
  return grid.rows.empty() ? "Nothing changed.\n" : RenderTable(grid);
}

absl::StatusOr<std::string> RenderStoreCheck(const v1::StoreCheck& check,
                                             Format format) {
  if (format == Format::kJson) return ToJson(check);
  if (format == Format::kNdjson) return ToJsonLine(check);
  if (format == Format::kCsv) {
    Grid grid;
    grid.columns = {{"problem", ""}};
    for (const std::string& problem : check.problems()) {
      grid.rows.push_back({problem});
    }
    return RenderCsv(grid);
  }
  std::string out =
      absl::StrCat(check.problem_count() == 0 ? "clean" : "damaged", "\n",
                   GroupedInteger(check.release_count()), " releases with ",
                   GroupedInteger(check.observation_count()), " observations, ",
                   GroupedInteger(check.document_count()), " documents with ",
                   GroupedInteger(check.document_bytes()), " bytes, ",
                   GroupedInteger(check.answer_count()), " names of answers\n");
  if (check.problem_count() == 0) return out;
  absl::StrAppend(&out, GroupedInteger(check.problem_count()), " problems:\n");
  for (const std::string& problem : check.problems()) {
    absl::StrAppend(&out, "  ", Printable(problem), "\n");
  }
  if (check.problem_count() > check.problems_size()) {
    absl::StrAppend(&out, "  [...]\n");
  }
  return out;
}

absl::StatusOr<std::string> RenderBackup(const v1::Backup& backup,
                                         Format format) {
  if (format == Format::kJson) return ToJson(backup);
  if (format == Format::kNdjson) return ToJsonLine(backup);
  COLLATE_ASSIGN_OR_RETURN(std::string check,
                           RenderStoreCheck(backup.check(), format));
  if (format == Format::kCsv) return check;
  return absl::StrCat(Printable(backup.directory()), ", ",
                      GroupedInteger(backup.byte_count()), " bytes\n", check);
}

}  // namespace collate::client
