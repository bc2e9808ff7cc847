// The gRPC server: every RPC of collate.v1 over its handlers, health,
// reflection, limits, and an orderly end.
//
// Limits are on by default; see Options. Thread-safe.

#ifndef COLLATE_SERVICE_API_SERVER_H_
#define COLLATE_SERVICE_API_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/api/authorizer.h"
#include "service/api/by_profile.h"
#include "service/api/catalogue_handlers.h"
#include "service/api/export_handlers.h"
#include "service/api/ingestion_handlers.h"
#include "service/api/operations_handlers.h"
#include "service/api/statistics_handlers.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/disclosure/profile.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace collate::api {

class FloodGuard;

class Server {
 public:
  // Pointers are borrowed and outlive the Server.
  struct Options {
    // `HOST:PORT` or `unix:/path`; port 0 takes a free one.
    std::string listen_address = "127.0.0.1:7443";
    ByProfile<StatisticsHandlers> statistics;
    ByProfile<ExportHandlers> exports;
    ByProfile<CatalogueHandlers> catalogue;
    const IngestionHandlers* ingestion = nullptr;
    const OperationsHandlers* operations = nullptr;
    const Authorizer* authorizer = nullptr;
    audit::AuditLog* audit = nullptr;  // none records nothing
    // Null for no encryption.
    std::shared_ptr<grpc::ServerCredentials> credentials;
    // That of the credentials; null, without these, for one by
    // max_calls_per_second.
    std::shared_ptr<FloodGuard> flood_guard;
    // Of every caller but those whose role exempts them.
    std::string disclosure_profile = std::string(disclosure::kNoProfile);
    const base::Clock* clock = nullptr;
    base::Log* log = nullptr;

    int thread_count = 2;
    int queue_capacity = 128;  // calls that may wait for a thread
    // Open at one time, in all and from one address; what the process may have
    // of descriptors may lower both.
    int max_connections = 1000;
    int max_connections_per_address = 500;
    int max_calls_per_second = 20000;  // of one address
    int max_calls = 1000;
    int max_calls_per_address = 100;
    int max_ingestions = 4;
    int max_downloads = 8;
    int max_downloads_per_address = 4;
    int max_message_bytes = 4 << 20;
    absl::Duration max_duration = absl::Seconds(60);
    absl::Duration max_ingestion_duration = absl::Minutes(15);
    absl::Duration max_silence = absl::Minutes(1);
    // A connection without a call for so long is closed.
    absl::Duration max_idle = absl::Minutes(10);
    // One that is older is told to make another, and what runs on it ends: who
    // may no longer call has a connection from before for no longer than that.
    absl::Duration max_age = absl::Hours(1);
    // How long a drain goes on answering new calls with UNAVAILABLE before it
    // closes the door: gRPC tells those that come too late CANCELLED.
    absl::Duration lame_duck = absl::Milliseconds(200);
  };

  // UNAVAILABLE (reason CANNOT_LISTEN) when the address is taken or not an
  // address of this machine. INTERNAL (reason NO_VIEW) when callers have a
  // profile and nothing is shown by it. The health service says NOT_SERVING
  // until SetServing(true).
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);

  virtual ~Server() = default;  // Drain(no time at all)

  // The chosen port; 0 for a unix socket.
  virtual int port() const = 0;

  virtual void SetServing(bool serving) = 0;

  // Says NOT_SERVING, refuses new calls, lets running ones go on for `grace`,
  // cancels the rest, and returns when none is left. Call it from a thread,
  // never from a signal handler.
  virtual void Drain(absl::Duration grace) = 0;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_SERVER_H_
