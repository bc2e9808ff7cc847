// The gRPC server: every RPC of collate.v1 over its handlers, health,
// reflection, limits, and an orderly end.
//
// Limits are on by default; see Options and Calls::Options. Thread-safe.

#ifndef COLLATE_SERVICE_API_SERVER_H_
#define COLLATE_SERVICE_API_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/api/calls.h"
#include "service/api/handlers.h"
#include "service/base/log.h"

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
    Calls* calls = nullptr;
    Handlers handlers;
    // Null for no encryption.
    std::shared_ptr<grpc::ServerCredentials> credentials;
    // That of the credentials; null, without these, for one by the calls' rate.
    std::shared_ptr<FloodGuard> flood_guard;
    base::Log* log = nullptr;

    // Open at one time, in all and from one address; what the process may have
    // of descriptors may lower both.
    int max_connections = 1000;
    int max_connections_per_address = 500;
    int reserved_descriptors = 0;  // for other listeners
    int max_message_bytes = 4 << 20;
    // A connection without a call for so long is closed.
    absl::Duration max_idle = absl::Minutes(10);
    // One that is older is told to make another, and what runs on it ends: who
    // may no longer call has a connection from before for no longer than that.
    absl::Duration max_age = absl::Hours(1);
  };

  // UNAVAILABLE (reason CANNOT_LISTEN) when the address is taken or not an
  // address of this machine; errors of CheckViews. The health service says
  // NOT_SERVING until SetServing(true).
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);

  virtual ~Server() = default;  // Drain with no time at all

  // The chosen port; 0 for a unix socket.
  virtual int port() const = 0;

  // Connections that are open now.
  virtual int connection_count() const = 0;

  virtual void SetServing(bool serving) = 0;

  // Says NOT_SERVING, takes no more connections, lets running calls go on until
  // `end`, cancels the rest, and returns when none is left; other transports of
  // the same Calls are drained before. Calls that begin meanwhile are gRPC's to
  // refuse, with CANCELLED: what Calls::StopAdmitting says a while before is
  // better. Call it from a thread, never from a signal handler.
  virtual void Drain(absl::Time end) = 0;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_SERVER_H_
