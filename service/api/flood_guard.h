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

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace collate::api {

// Counts the calls of connections. Thread-safe.
class FloodGuard {
 public:
  explicit FloodGuard(int64_t calls_per_second);

  // Whether a call that begins now is one too many: more than 2000 within 0.1 s
  // on one connection (or a tenth of `calls_per_second`, where that is more),
  // or more than 100 that are not `ours`. From then on, all of a second.
  // A connection is known by its address in memory while it lives.
  bool IsTooMany(const void* connection, bool ours, absl::Time now);

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
  mutable std::mutex mutex_;  // guards the rest
  // Whoever gets the same address later may be refused for a second more.
  absl::flat_hash_map<const void*, Connection> connections_;
  absl::Time swept_ = absl::InfinitePast();
};

// Of every connection that comes in with `credentials`. `calls_per_second` is
// what one address may begin.
void GuardAgainstFloods(int64_t calls_per_second,
                        grpc_server_credentials* credentials);

// Credentials of a server that does not encrypt, guarded.
std::shared_ptr<grpc::ServerCredentials> MakePlaintextCredentials(
    int64_t calls_per_second);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_FLOOD_GUARD_H_
