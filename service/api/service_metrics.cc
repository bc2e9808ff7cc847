#include "service/api/service_metrics.h"

#include <algorithm>

#include "absl/time/time.h"

namespace collate::api {

using metrics::Metrics;

void Observe(const MetricSources& sources, Metrics& metrics) {
  const auto gauge = [&metrics](std::string name, std::string help,
                                Metrics::Labels labels,
                                std::function<double()> value) {
    metrics.Observe(Metrics::Kind::kGauge, std::move(name), std::move(help),
                    std::move(labels), std::move(value));
  };
  const query::Publisher* const publisher = sources.publisher;
  for (const auto& [state, label] :
       {std::pair(store::ReleaseState::kPublished, "published"),
        std::pair(store::ReleaseState::kWithdrawn, "withdrawn")}) {
    gauge("collate_releases", "Releases in the store", {{"state", label}},
          [publisher, state = state] {
            const auto snapshot = publisher->Current();
            return static_cast<double>(std::count_if(
                snapshot->releases().begin(), snapshot->releases().end(),
                [state](const auto& loaded) {
                  return loaded->release.state == state;
                }));
          });
  }
  gauge("collate_releases_unreadable",
        "Releases that are damaged or out of reach", {}, [publisher] {
          const auto snapshot = publisher->Current();
          return static_cast<double>(std::count_if(
              snapshot->releases().begin(), snapshot->releases().end(),
              [](const auto& loaded) { return !loaded->problem.ok(); }));
        });
  gauge("collate_snapshot_bytes", "Memory of everything published", {},
        [publisher] {
          return static_cast<double>(publisher->Current()->byte_count());
        });
  gauge("collate_snapshot_limit_bytes",
        "Beyond which a release is refused with SNAPSHOT_LIMIT", {},
        [publisher] {
          return static_cast<double>(publisher->max_snapshot_bytes());
        });
  const ingest::Supervisor* const supervisor = sources.supervisor;
  gauge("collate_workers_running", "Processes that read documents now", {},
        [supervisor] { return static_cast<double>(supervisor->running()); });
  const Calls* const calls = sources.calls;
  for (const auto& [kind, label] :
       {std::pair(Calls::Kind::kQuestion, "questions"),
        std::pair(Calls::Kind::kIngestion, "ingestions"),
        std::pair(Calls::Kind::kDownload, "downloads")}) {
    gauge("collate_executor_pending",
          "Calls that run or wait for a thread, by the threads' kind",
          {{"executor", label}}, [calls, kind = kind] {
            return static_cast<double>(calls->pending_count(kind));
          });
  }
  gauge("collate_calls_live", "Calls that are not over for the transport", {},
        [calls] { return static_cast<double>(calls->live_count()); });
  const Server* const grpc = sources.grpc;
  gauge("collate_connections", "Connections that are open",
        {{"listener", "grpc"}},
        [grpc] { return static_cast<double>(grpc->connection_count()); });
  if (const gateway::Gateway* const http = sources.http; http != nullptr) {
    gauge("collate_connections", "Connections that are open",
          {{"listener", "http"}},
          [http] { return static_cast<double>(http->connection_count()); });
  }
  if (const auto* const keys = sources.keys; keys != nullptr) {
    gauge("collate_certificate_expiry_timestamp_seconds",
          "When the certificate in use ends, since 1970", {}, [keys] {
            return absl::ToDoubleSeconds(keys->Current()->not_after -
                                         absl::UnixEpoch());
          });
    gauge("collate_certificate_refused",
          "1 while the files of the certificate cannot be used", {},
          [keys] { return keys->problem().ok() ? 0.0 : 1.0; });
  }
  if (const audit::AuditLog* const audit = sources.audit; audit != nullptr) {
    metrics.Observe(Metrics::Kind::kCounter, "collate_audit_lost_total",
                    "Records that the audit log could not take", {}, [audit] {
                      return static_cast<double>(audit->state().lost);
                    });
    gauge("collate_audit_unwritable", "1 while the audit log cannot be written",
          {}, [audit] { return audit->state().problem.ok() ? 0.0 : 1.0; });
  }
}

}  // namespace collate::api
