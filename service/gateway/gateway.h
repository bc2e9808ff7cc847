// HTTP beside gRPC: every method of collate.v1 that takes one message, in
// Connect's form of JSON (POST /collate.v1.StatisticsService/QueryStatistics),
// through the same limits, identity, log and audit log; the explorer page; and
// /metrics, /healthz and /readyz.
//
// Thread-safe. One thread of its own, and its listener's.

#ifndef COLLATE_SERVICE_GATEWAY_GATEWAY_H_
#define COLLATE_SERVICE_GATEWAY_GATEWAY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/api/calls.h"
#include "service/api/handlers.h"
#include "service/base/log.h"
#include "service/base/watched.h"
#include "service/metrics/metrics.h"
#include "service/transport/server_keys.h"

namespace collate::gateway {

class Gateway {
 public:
  // Pointers are borrowed and outlive the Gateway.
  struct Options {
    // `HOST:PORT` or `unix:/path`; port 0 takes a free one.
    std::string listen_address;
    api::Calls* calls = nullptr;
    api::Handlers handlers;
    const metrics::Metrics* metrics = nullptr;  // null: no /metrics
    // Null for no encryption.
    const base::Watched<transport::ServerKeys>* keys = nullptr;
    transport::ClientCertificate client_certificate =
        transport::ClientCertificate::kNone;
    // Of the explorer page; empty for none.
    std::string web_directory;
    // Names of the service in `Host`; empty: those of this machine's loopback
    // where the address is one, else any. What else a browser calls the service
    // by was looked up for it by somebody else.
    std::vector<std::string> host_names;
    base::Log* log = nullptr;

    int max_connections = 200;  // in all
    int max_connections_per_address = 100;
    int max_message_bytes = 4 << 20;
    int64_t max_content_bytes = int64_t{16} << 20;
    absl::Duration max_silence = absl::Minutes(1);
    absl::Duration max_idle = absl::Seconds(75);
  };

  // UNAVAILABLE (reason CANNOT_LISTEN); NOT_FOUND (reason PAGES_NOT_FOUND);
  // errors of CheckViews. /readyz says 503 until SetServing(true).
  static absl::StatusOr<std::unique_ptr<Gateway>> Start(const Options& options);

  virtual ~Gateway() = default;  // Drain with no time at all

  // The chosen port; 0 for a unix socket.
  virtual int port() const = 0;
  // Connections that are open now.
  virtual int connection_count() const = 0;

  virtual void SetServing(bool serving) = 0;

  // Takes no more connections, ends those that are idle, lets running calls go
  // on until `end`, cancels the rest, and returns when none is left.
  virtual void Drain(absl::Time end) = 0;
};

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_GATEWAY_H_
