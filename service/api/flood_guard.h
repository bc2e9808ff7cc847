// Holds back connections that begin more calls at a time than any client of
// gRPC could.
//
// This gRPC limits the calls that are open on a connection. Of one who resets
// each call at once none is open, yet gRPC keeps some 8 KB of each until its
// handler, or the lack of one, has been seen to. The guard is asked where a
// call comes in, on the thread that reads the connection, and what it refuses
// is gone before anything waits: RESOURCE_EXHAUSTED, for a second.
//
// Other refusals carry RetryInfo and grpc-retry-pushback-ms; these have a code
// and a message alone. gRPC's hook takes metadata for an answer, in which both
// would have to stand, and ignores it ("response_md in auth metadata processing
// not supported for now").

#ifndef COLLATE_SERVICE_API_FLOOD_GUARD_H_
#define COLLATE_SERVICE_API_FLOOD_GUARD_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_context.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::api {

// Counts the calls of connections, which have numbers. Thread-safe.
class FloodGuard {
 public:
  // `calls_per_second` is what one address may begin.
  explicit FloodGuard(int64_t calls_per_second);

  // Whether a call that begins now is one too many: more than 2000 within 0.1 s
  // on one connection (or a tenth of `calls_per_second`, where that is more),
  // or more than 100 that are not `ours`. From then on, all of a second.
  bool IsTooMany(uint64_t connection, bool ours, absl::Time now);
  // Refuses all that begins on a connection for a second.
  void Refuse(uint64_t connection, absl::Time now);
  // The same of `peer`, as PeerOf() names it: of a unix socket's, whose
  // connection nobody can end. False for any other.
  bool Refuse(absl::string_view peer, absl::Time now);

  uint64_t NextNumber() { return ++last_number_; }

  // Connections that something is kept of: those of the last second or two.
  size_t connection_count() const;

 private:
  struct Connection {
    absl::Time window = absl::InfinitePast();  // its begin
    int64_t begun = 0;                         // within it
    int64_t others = 0;                        // of these, none of ours
    absl::Time refused_until = absl::InfinitePast();
  };

  void Sweep(absl::Time now);  // with mutex_ held

  const int64_t burst_;
  std::atomic<uint64_t> last_number_{0};
  mutable std::mutex mutex_;  // guards the rest
  absl::flat_hash_map<uint64_t, Connection> connections_;
  absl::Time swept_ = absl::InfinitePast();
};

// Numbers and guards every connection that comes in with `credentials`.
void GuardAgainstFloods(std::shared_ptr<FloodGuard> guard,
                        grpc_server_credentials* credentials);

// Credentials of a server that does not encrypt, guarded.
std::shared_ptr<grpc::ServerCredentials> MakePlaintextCredentials(
    std::shared_ptr<FloodGuard> guard);

// Whose call it is: as gRPC writes it, but for a unix socket, whose peers have
// no names, with the connection's number: "unix:12". What they bound their own
// end to, which is theirs to choose, is left out.
std::string PeerOf(const grpc::ServerContextBase& context);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_FLOOD_GUARD_H_
