#include "service/api/operations_handlers.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/api/convert.h"
#include "service/api/convert_catalogue.h"
#include "service/api/convert_store_check.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

static_assert(static_cast<int>(ingest::AdapterChangeKind::kAdded) ==
              v1::ADAPTER_CHANGE_KIND_ADDED);
static_assert(static_cast<int>(ingest::AdapterChangeKind::kReleased) ==
              v1::AdapterChangeKind_MAX);

std::string PolicyWords(const std::vector<std::string>& missing, bool known) {
  if (!known) {
    return "no worker has reported its sandbox yet: each one is checked when "
           "it starts, and adapters that are not of the installation are "
           "refused where a layer is missing";
  }
  if (missing.empty()) {
    return "the sandbox is complete: every sound adapter is used";
  }
  return absl::StrCat(
      "adapters that are not of the installation are refused, "
      "because this machine lacks a part of the sandbox: ",
      absl::StrJoin(missing, ", "));
}

v1::AuditStatus ToProto(const audit::AuditLog::State& from) {
  v1::AuditStatus status;
  status.set_anchor(audit::ToText(from.head));
  status.set_lost_count(from.lost);
  status.set_problem(std::string(from.problem.message()));
  return status;
}

}  // namespace

absl::StatusOr<v1::GetServiceStatusResponse>
OperationsHandlers::GetServiceStatus(
    CallContext& context, const v1::GetServiceStatusRequest& request) const {
  v1::GetServiceStatusResponse response;
  v1::ServiceStatus& status = *response.mutable_status();
  status.set_version(options_.version);
  *status.mutable_current_time() = ToProto(options_.clock->Now());
  {
    const std::lock_guard lock(mutex_);
    if (last_check_.has_value()) {
      *status.mutable_last_store_check() = *last_check_;
    }
  }
  std::vector<std::string> missing;
  for (const ingest::SandboxLayer& from : options_.supervisor->sandbox()) {
    v1::SandboxLayer* layer = status.add_sandbox_layers();
    layer->set_name(from.name);
    layer->set_applied(from.applied);
    layer->set_reason(from.reason);
    if (!from.applied) {
      missing.push_back(from.reason.empty()
                            ? from.name
                            : absl::StrCat(from.name, " (", from.reason, ")"));
    }
  }
  const bool known = !status.sandbox_layers().empty();
  status.set_sandbox_complete(known && missing.empty());
  if (!known && !options_.probe.ok()) {
    status.set_sandbox_problem(std::string(options_.probe.message()));
  }
  status.set_adapter_policy(PolicyWords(missing, known));
  const std::shared_ptr<const ingest::Registry> registry =
      options_.registry->Current();
  for (const ingest::AdapterEntry& adapter : registry->entries()) {
    *status.add_adapters() = ToProto(adapter, *options_.supervisor);
  }
  for (const std::string& problem : registry->problems()) {
    status.add_adapter_problems(problem);
  }
  const auto snapshot = options_.publisher->Current();
  status.set_release_count(static_cast<int32_t>(snapshot->releases().size()));
  status.set_vocabulary_sha256(snapshot->vocabulary().sha256());
  status.set_snapshot_bytes(snapshot->byte_count());
  status.set_snapshot_limit_bytes(options_.publisher->max_snapshot_bytes());
  if (options_.audit != nullptr) {
    *status.mutable_audit() = ToProto(options_.audit->state());
  }
  if (options_.keys != nullptr) {
    v1::Certificate& certificate = *status.mutable_certificate();
    const auto keys = options_.keys->Current();
    certificate.set_sha256(keys->sha256);
    *certificate.mutable_expire_time() = ToProto(keys->not_after);
    certificate.set_problem(std::string(options_.keys->problem().message()));
  }
  for (const auto& loaded : snapshot->releases()) {
    if (loaded->problem.ok()) continue;
    v1::UnreadableRelease* unreadable = status.add_unreadable_releases();
    unreadable->set_release(loaded->release.name);
    unreadable->set_problem(std::string(loaded->problem.message()));
  }
  return response;
}

absl::StatusOr<v1::ReloadAdaptersResponse> OperationsHandlers::ReloadAdapters(
    CallContext& context, const v1::ReloadAdaptersRequest& request) const {
  v1::ReloadAdaptersResponse response;
  for (const ingest::AdapterChange& from : Reload()) {
    v1::AdapterChange* change = response.add_changes();
    change->set_adapter(
        absl::StrCat("adapters/", EncodeSegment(View(from.adapter))));
    change->set_kind(static_cast<v1::AdapterChangeKind>(from.kind));
    change->set_message(from.message);
  }
  const std::shared_ptr<const ingest::Registry> registry =
      options_.registry->Current();
  for (const ingest::AdapterEntry& adapter : registry->entries()) {
    *response.add_adapters() = ToProto(adapter, *options_.supervisor);
  }
  return response;
}

absl::Status OperationsHandlers::CheckStore(
    CallContext& context, const v1::CheckStoreRequest& request,
    Writer<v1::CheckStoreResponse>& writer) const {
  const auto progress = [&](const store::CheckReport& report) {
    v1::CheckStoreResponse part;
    *part.mutable_progress() = WithoutProblems(report);
    writer.TryWrite(std::move(part));
    return context.Check();
  };
  store::CheckReport report;
  COLLATE_RETURN_IF_ERROR(options_.store->Check(progress, report));
  COLLATE_RETURN_IF_ERROR(options_.answers->Check(progress, report));
  for (const std::string& problem : report.problems) {
    options_.log->Error("data directory is damaged", {{"problem", problem}});
  }
  options_.log->Info(
      "data directory checked",
      {{"releases", report.releases}, {"problems", report.problem_count}});
  {
    v1::StoreCheckRecord record;
    *record.mutable_end_time() = ToProto(options_.clock->Now());
    record.set_problem_count(report.problem_count);
    const std::lock_guard lock(mutex_);
    last_check_ = std::move(record);
  }
  v1::CheckStoreResponse last;
  *last.mutable_report() = ToProto(report);
  return writer.Write(std::move(last));
}

std::vector<ingest::AdapterChange> OperationsHandlers::Reload() const {
  std::vector<ingest::AdapterChange> changes = options_.registry->Reload();
  for (const ingest::AdapterChange& change : changes) {
    options_.log->Info("adapter changed", {{"adapter", change.adapter},
                                           {"change", change.message}});
  }
  options_.log->Info("adapters reloaded", {{"changes", changes.size()}});
  return changes;
}

}  // namespace collate::api
