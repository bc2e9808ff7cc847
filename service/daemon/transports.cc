#include "service/daemon/transports.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace collate::daemon {

using config::v1::Config;

api::Calls::Options CallsOptions(const Config& config, const base::Clock& clock,
                                 base::Log& log, const api::Security& security,
                                 audit::AuditLog* audit,
                                 metrics::Metrics& metrics) {
  api::Calls::Options options;
  options.clock = &clock;
  options.log = &log;
  options.authorizer = &security.authorizer();
  options.audit = audit;
  options.metrics = &metrics;
  options.disclosure_profile = config.disclosure().profile();
  options.executor.thread_count = config.executor().thread_count();
  options.executor.queue_capacity =
      static_cast<size_t>(config.executor().queue_capacity());
  options.admission.max_calls = config.limits().max_concurrent_calls();
  options.admission.max_calls_per_address =
      config.limits().max_concurrent_calls_per_peer();
  options.max_calls_per_second =
      config.limits().max_calls_per_second_per_peer();
  options.max_ingestions = config.worker().max_concurrent();
  options.max_downloads = config.limits().max_concurrent_downloads();
  options.max_downloads_per_address =
      config.limits().max_concurrent_downloads_per_peer();
  options.max_duration = absl::Seconds(config.limits().max_deadline_seconds());
  options.max_ingestion_duration =
      absl::Seconds(config.limits().max_ingestion_seconds());
  return options;
}

absl::StatusOr<std::unique_ptr<api::Server>> StartServer(
    const Config& config, api::Calls& calls, const api::Handlers& handlers,
    const api::Security& security, base::Log& log) {
  api::Server::Options options;
  options.listen_address = config.listen_address();
  options.calls = &calls;
  options.handlers = handlers;
  options.credentials = security.credentials();
  options.flood_guard = security.flood_guard();
  options.log = &log;
  options.max_connections = config.limits().max_connections();
  options.max_connections_per_address =
      config.limits().max_connections_per_peer();
  options.reserved_descriptors = config.http().max_connections();
  options.max_message_bytes = config.limits().max_message_bytes();
  return api::Server::Start(options);
}

absl::StatusOr<std::unique_ptr<gateway::Gateway>> StartGateway(
    const Config& config, api::Calls& calls, const api::Handlers& handlers,
    const api::Security& security, const metrics::Metrics& metrics,
    base::Log& log) {
  if (!config.has_http()) return nullptr;
  if (config.http().web_directory().empty()) {
    log.Warning("the explorer page is not installed; HTTP serves the rest");
  }
  gateway::Gateway::Options options;
  options.listen_address = config.http().listen_address();
  options.calls = &calls;
  options.handlers = handlers;
  options.metrics = &metrics;
  options.keys = security.keys();
  options.client_certificate = security.client_certificate();
  options.web_directory = config.http().web_directory();
  options.host_names = {config.http().host_names().begin(),
                        config.http().host_names().end()};
  options.log = &log;
  options.max_connections = config.http().max_connections();
  options.max_connections_per_address =
      std::max(1, config.http().max_connections() / 2);
  options.max_message_bytes = config.limits().max_message_bytes();
  return gateway::Gateway::Start(options);
}

void Drain(api::Calls& calls, api::Server& server, gateway::Gateway* http,
           absl::Duration grace) {
  // Goes on answering new calls with UNAVAILABLE before it closes the door:
  // gRPC tells those that come too late CANCELLED.
  constexpr absl::Duration kLameDuck = absl::Milliseconds(200);
  const absl::Time end = absl::Now() + grace;
  server.SetServing(false);
  if (http != nullptr) http->SetServing(false);
  calls.StopAdmitting();
  absl::SleepFor(std::min(kLameDuck, grace));
  if (http != nullptr) http->Drain(end);
  server.Drain(end);
}

}  // namespace collate::daemon
