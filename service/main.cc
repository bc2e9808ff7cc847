// collated: the service.
//
//   collated --data /var/lib/collate --listen 127.0.0.1:7443
//
// Makes the data directory when absent, locks it, serves collate.v1 over
// gRPC until SIGTERM or SIGINT, then lets running calls end and exits with 0.
// SIGHUP reads the adapter directories anew.
// Exits with 1 and a line on stderr when it cannot start, with 2 for a wrong
// command line. Vocabulary, adapters and collate-worker are found beside the
// executable unless the configuration says otherwise; every setting is
// explained in protos/collate/config/v1/config.proto. The log is JSON lines
// on stderr.
//
// This file reads flags, wires objects and waits; it decides nothing.

#include <fcntl.h>
#include <grpc/support/log.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/api/calls.h"
#include "service/api/catalogue_handlers.h"
#include "service/api/config.h"
#include "service/api/export_handlers.h"
#include "service/api/handlers.h"
#include "service/api/ingestion_handlers.h"
#include "service/api/operations_handlers.h"
#include "service/api/security.h"
#include "service/api/self_probe.h"
#include "service/api/service_metrics.h"
#include "service/api/statistics_handlers.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "service/base/error.h"
#include "service/base/log.h"
#include "service/base/status_macros.h"
#include "service/daemon/opened.h"
#include "service/daemon/transports.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/registry.h"
#include "service/ingest/supervisor.h"
#include "service/metrics/metrics.h"
#include "service/query/follower.h"
#include "service/query/publisher.h"
#include "service/supervision/heartbeat.h"
#include "service/supervision/notify.h"
#include "service/supervision/watchdog.h"
#include "service/transport/reach.h"

namespace collate {
namespace {

namespace fs = std::filesystem;
using config::v1::Config;

struct Flags {
  std::string data;
  std::string listen;
  std::string port_file;
  std::string http;
  std::string http_port_file;
  std::vector<std::string> adapters;
  std::string site;
  std::string config;
};

// The configuration file, then the flags over it, then the defaults.
absl::StatusOr<Config> Configure(const Flags& flags) {
  Config config;
  if (!flags.config.empty()) {
    COLLATE_ASSIGN_OR_RETURN(config, api::LoadConfig(flags.config));
  }
  if (!flags.data.empty()) config.set_data_directory(flags.data);
  if (!flags.listen.empty()) config.set_listen_address(flags.listen);
  if (!flags.http.empty()) {
    config.mutable_http()->set_listen_address(flags.http);
  }
  if (!flags.site.empty()) config.set_site_directory(flags.site);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot find the executable: ", error.message()));
  }
  COLLATE_RETURN_IF_ERROR(
      api::CompleteConfig(program.parent_path().string(), &config));
  for (const std::string& directory : flags.adapters) {
    config.add_adapter_directories(directory);
  }
  return config;
}

base::Severity LogSeverity(config::v1::LogLevel level) {
  switch (level) {
    case config::v1::LOG_LEVEL_DEBUG:
      return base::Severity::kDebug;
    case config::v1::LOG_LEVEL_WARNING:
      return base::Severity::kWarning;
    case config::v1::LOG_LEVEL_ERROR:
      return base::Severity::kError;
    default:
      return base::Severity::kInfo;
  }
}

// Readers see the whole file or none.
absl::Status WritePortFile(const std::string& path, int port) {
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  const std::string text = absl::StrCat(port, "\n");
  const int fd =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool written = fd >= 0 && write(fd, text.data(), text.size()) ==
                                      static_cast<ssize_t>(text.size());
  const bool closed = fd >= 0 && close(fd) == 0;
  if (!written || !closed || rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string why = strerror(errno);
    unlink(temporary.c_str());
    return absl::UnavailableError(
        absl::StrCat("cannot write the port file ", path, ": ", why));
  }
  return absl::OkStatus();
}

// gRPC never recovers from a lack of descriptors: take all we may have.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void LogProblems(const ingest::Registry& registry, base::Log& log) {
  for (const std::string& problem : registry.problems()) {
    log.Warning("adapter directory", {{"problem", problem}});
  }
  for (const ingest::AdapterEntry& adapter : registry.entries()) {
    for (const std::string& problem : adapter.problems) {
      log.Warning("adapter refused",
                  {{"adapter", adapter.id}, {"problem", problem}});
    }
  }
}

// What is damaged is served no more, and everything else is.
void LogUnreadable(const query::Snapshot& snapshot, base::Log& log) {
  for (const auto& loaded : snapshot.releases()) {
    if (loaded->problem.ok()) continue;
    log.Error("release cannot be read",
              {{"release", loaded->release.name},
               {"problem", loaded->problem.message()}});
  }
}

// What is shown is as old as the last time that it went well.
void LogFollowing(const absl::Status& status, base::Log& log) {
  if (status.ok()) {
    log.Info("the shared store can be read again");
  } else {
    log.Error("the shared store cannot be read",
              {{"problem", status.message()}});
  }
}

// Has a worker tell what it is shut in by, which operators ask for before the
// first document.
absl::Status ProbeSandbox(const ingest::Supervisor& supervisor,
                          base::Log& log) {
  const absl::Status probe = supervisor.Probe();
  if (!probe.ok()) {
    log.Error("no worker can be started", {{"problem", probe.message()}});
  }
  for (const ingest::SandboxLayer& layer : supervisor.sandbox()) {
    if (layer.applied) continue;
    log.Warning("sandbox layer missing",
                {{"layer", layer.name}, {"problem", layer.reason}});
  }
  return probe;
}

// Feeds the manager's watchdog, where there is one, while the service answers
// callers and the threads for questions get on.
std::unique_ptr<supervision::Watchdog> Watch(
    const std::string& address, bool encrypted, api::Calls& calls,
    const api::CatalogueHandlers& catalogue, const base::Clock& clock,
    base::Log& log) {
  const std::optional<absl::Duration> limit = supervision::WatchdogLimit();
  if (!limit.has_value()) return nullptr;
  const auto heartbeat =
      std::make_shared<supervision::Heartbeat>(supervision::Heartbeat::Options{
          .executor = &calls.questions(),
          .question =
              [&catalogue, &clock] {
                api::CallContext context(clock);
                v1::ListSourcesRequest request;
                request.set_page_size(1);
                // That it ends is all that counts.
                catalogue.ListSources(context, request).IgnoreError();
              },
          // A question that is over time notices it within moments.
          .patience = calls.options().max_duration + absl::Seconds(10),
          .clock = &clock});
  return std::make_unique<supervision::Watchdog>(supervision::Watchdog::Options{
      .limit = *limit,
      .probe =
          [address, encrypted, heartbeat](absl::Duration timeout) {
            const absl::Status reached =
                api::ProbeSelf(address, encrypted, timeout / 2);
            return reached.ok() ? heartbeat->Probe(timeout / 2) : reached;
          },
      .alive = supervision::NotifyAlive,
      .log = &log});
}

// Serves until a signal ends it; SIGHUP reads the adapters anew.
int AwaitEnd(const sigset_t& signals, const api::OperationsHandlers& operations,
             const ingest::LiveRegistry& registry, base::Log& log) {
  int signal_number = 0;
  while (true) {
    sigwait(&signals, &signal_number);
    if (signal_number != SIGHUP) return signal_number;
    operations.Reload();
    LogProblems(*registry.Current(), log);
  }
}

absl::Status Run(const Flags& flags, const sigset_t& signals) {
  COLLATE_ASSIGN_OR_RETURN(const Config config, Configure(flags));
  const base::SystemClock clock;
  base::Log log(STDERR_FILENO, clock, LogSeverity(config.log_level()));

  COLLATE_ASSIGN_OR_RETURN(
      const std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      daemon::ReadVocabulary(config));
  ingest::WorkerLimits worker;
  worker.memory_bytes = config.worker().memory_bytes();
  worker.cpu_seconds = config.worker().cpu_seconds();
  worker.wall = absl::Seconds(config.worker().wall_seconds());
  worker.output_bytes = config.worker().output_bytes();
  ingest::Supervisor supervisor(
      {.worker_path = config.worker_program(),
       .limits = worker,
       .max_concurrent = config.worker().max_concurrent()});
  ingest::LiveRegistry registry(
      {.directories = {config.adapter_directories().begin(),
                       config.adapter_directories().end()},
       .site_directory = config.site_directory(),
       .allowed_sha256 = {config.allowed_adapter_sha256().begin(),
                          config.allowed_adapter_sha256().end()}},
      &supervisor);
  LogProblems(*registry.Current(), log);

  COLLATE_ASSIGN_OR_RETURN(const daemon::Stored stored,
                           daemon::OpenStore(config));
  store::Store* const store = stored.store.get();
  std::string generation;
  if (stored.shared != nullptr) {
    COLLATE_ASSIGN_OR_RETURN(generation, stored.shared->Generation());
  }
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<api::Security> security,
                           api::Security::Open(config, clock, log));
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<audit::AuditLog> audit,
                           daemon::OpenAudit(config, clock, log));
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<store::AnswerBook> answers,
                           daemon::OpenAnswers(config.data_directory()));
  daemon::ShownView shown;
  query::Publisher::Options publisher_options;
  publisher_options.tables_directory = config.data_directory() + "/tables";
  publisher_options.max_snapshot_bytes = config.limits().max_snapshot_bytes();
  if (stored.shared != nullptr) {
    const config::v1::ClickHouse& clickhouse = config.store().clickhouse();
    if (clickhouse.has_max_resident_observations()) {
      publisher_options.max_resident_observations =
          clickhouse.max_resident_observations();
    }
    publisher_options.max_fetched_observations =
        clickhouse.max_fetched_observations();
  }
  publisher_options.not_kept = [&log](const absl::Status& status) {
    log.Warning("tables are not kept; the next start builds them",
                {{"problem", status.message()}});
  };
  publisher_options.changed = [&shown, &log] {
    if (shown.publisher == nullptr) return;
    const absl::Status followed = shown.publisher->Refresh();
    if (followed.ok()) return;
    log.Error("what is shown by the disclosure profile is as it was",
              {{"problem", followed.message()}});
  };
  COLLATE_ASSIGN_OR_RETURN(
      const std::unique_ptr<query::Publisher> publisher,
      query::Publisher::Open(vocabulary, store, publisher_options));
  LogUnreadable(*publisher->Current(), log);
  COLLATE_ASSIGN_OR_RETURN(shown,
                           daemon::OpenShownView(config, vocabulary, store));
  std::optional<query::Follower> follower;
  if (stored.shared != nullptr) {
    follower.emplace(query::Follower::Options{
        .publisher = publisher.get(),
        .generation = [&stored] { return stored.shared->Generation(); },
        .seen = generation,
        .changed =
            [&log](const absl::Status& status) { LogFollowing(status, log); }});
  }

  const ingest::Ingestor ingestor({.vocabulary = vocabulary,
                                   .registry = &registry,
                                   .supervisor = &supervisor,
                                   .publisher = publisher.get(),
                                   .clock = &clock});

  api::StatisticsHandlers::Options statistics_options;
  statistics_options.publisher = publisher.get();
  statistics_options.answers = answers.get();
  statistics_options.log = &log;
  statistics_options.store = store;
  statistics_options.ingestor = &ingestor;
  statistics_options.max_cells = config.limits().max_cells_per_query();
  statistics_options.cache_bytes = config.limits().answer_cache_bytes();
  const api::StatisticsHandlers statistics(statistics_options);
  const api::ExportHandlers exports({.publisher = publisher.get()});
  const api::CatalogueHandlers catalogue({.publisher = publisher.get(),
                                          .registry = &registry,
                                          .supervisor = &supervisor});
  // The same over what is shown.
  statistics_options.publisher = shown.publisher.get();
  statistics_options.answers = shown.answers.get();
  statistics_options.store = shown.store.get();
  const api::StatisticsHandlers shown_statistics(statistics_options);
  const api::ExportHandlers shown_exports({.publisher = shown.publisher.get()});
  const api::CatalogueHandlers shown_catalogue(
      {.publisher = shown.publisher.get(),
       .registry = &registry,
       .supervisor = &supervisor});
  const api::OperationsHandlers operations(
      {.publisher = publisher.get(),
       .store = store,
       .answers = answers.get(),
       .registry = &registry,
       .supervisor = &supervisor,
       .log = &log,
       .clock = &clock,
       .version = COLLATE_VERSION,
       .audit = audit.get(),
       .keys = security->keys(),
       .probe = ProbeSandbox(supervisor, log),
       .shown = shown.store.get(),
       .shown_answers = shown.answers.get(),
       .shown_directory = daemon::ShownDirectory(config),
       .backup_directory = config.backup_directory()});
  api::IngestionHandlers::Options ingestion_options;
  ingestion_options.ingestor = &ingestor;
  ingestion_options.publisher = publisher.get();
  ingestion_options.max_document_bytes = config.limits().max_document_bytes();
  ingestion_options.max_release_bytes = config.limits().max_release_bytes();
  ingestion_options.max_documents = config.limits().max_documents_per_release();
  const api::IngestionHandlers ingestion(ingestion_options);
  metrics::Metrics metrics;
  api::Calls calls(daemon::CallsOptions(config, clock, log, *security,
                                        audit.get(), metrics));
  api::Handlers handlers;
  handlers.statistics.stored = &statistics;
  handlers.exports.stored = &exports;
  handlers.catalogue.stored = &catalogue;
  if (shown.publisher != nullptr) {
    handlers.statistics.shown = &shown_statistics;
    handlers.exports.shown = &shown_exports;
    handlers.catalogue.shown = &shown_catalogue;
  }
  handlers.ingestion = &ingestion;
  handlers.operations = &operations;
  COLLATE_ASSIGN_OR_RETURN(
      const std::unique_ptr<api::Server> server,
      daemon::StartServer(config, calls, handlers, *security, log));
  COLLATE_ASSIGN_OR_RETURN(
      const std::unique_ptr<gateway::Gateway> http,
      daemon::StartGateway(config, calls, handlers, *security, metrics, log));
  api::Observe({.publisher = publisher.get(),
                .supervisor = &supervisor,
                .calls = &calls,
                .keys = security->keys(),
                .audit = audit.get(),
                .grpc = server.get(),
                .http = http.get()},
               metrics);
  server->SetServing(true);
  if (http != nullptr) http->SetServing(true);
  if (!flags.port_file.empty()) {
    COLLATE_RETURN_IF_ERROR(WritePortFile(flags.port_file, server->port()));
  }
  if (http != nullptr && !flags.http_port_file.empty()) {
    COLLATE_RETURN_IF_ERROR(WritePortFile(flags.http_port_file, http->port()));
  }
  supervision::NotifyReady(
      absl::StrCat("serving at ", config.listen_address()));
  std::unique_ptr<supervision::Watchdog> watchdog =
      Watch(transport::OwnAddress(config.listen_address(), server->port()),
            config.has_tls(), calls, catalogue, clock, log);
  log.Info("serving", {{"version", COLLATE_VERSION},
                       {"address", config.listen_address()},
                       {"port", server->port()},
                       {"http_address", config.http().listen_address()},
                       {"http_port", http == nullptr ? 0 : http->port()},
                       {"releases", publisher->Current()->releases().size()},
                       {"adapters", registry.Current()->entries().size()},
                       {"vocabulary_sha256", vocabulary->sha256()}});

  const int ended_by = AwaitEnd(signals, operations, registry, log);
  log.Info("draining", {{"signal", strsignal(ended_by)}});
  supervision::NotifyStopping();
  watchdog.reset();  // it would find that nothing is served any more
  daemon::Drain(calls, *server, http.get(),
                absl::Seconds(config.drain_seconds()));
  log.Info("stopped");
  return absl::OkStatus();
}

}  // namespace
}  // namespace collate

int main(int argc, char** argv) {
  // Before any thread exists, so that none of them is interrupted.
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // What gRPC says of itself is neither JSON nor for operators; its variable
  // GRPC_VERBOSITY brings it back.
  if (getenv("GRPC_VERBOSITY") == nullptr) {
    gpr_set_log_verbosity(
        static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
  }
  collate::RaiseDescriptorLimit();

  collate::Flags flags;
  CLI::App app("Serves statistics with coverage, bounds and citations.");
  app.set_version_flag("--version", std::string("collated ") + COLLATE_VERSION);
  app.add_option("--data", flags.data, "Data directory; made when absent");
  app.add_option("--listen", flags.listen,
                 "HOST:PORT or unix:/path; port 0 takes a free one "
                 "(default 127.0.0.1:7443)");
  app.add_option("--port-file", flags.port_file,
                 "Written with the chosen port once serving");
  app.add_option("--http", flags.http,
                 "HOST:PORT of the explorer page, JSON and metrics; none by "
                 "default");
  app.add_option("--http-port-file", flags.http_port_file,
                 "Written with the port of --http once serving");
  app.add_option("--adapters", flags.adapters,
                 "Further directory of adapters; may be repeated");
  app.add_option("--site", flags.site,
                 "Directory with vocabulary/ and resources/ of this site");
  app.add_option("--config", flags.config, "Configuration file, text format");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::Status status = collate::Run(flags, signals);
  if (!status.ok()) {
    fprintf(stderr, "collated: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
