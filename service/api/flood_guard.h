// Holds back connections that begin more calls at a time than any client of
// gRPC could.
//
// This gRPC limits the calls that are open on a connection. Of one who resets
// each call at once none is open, yet gRPC keeps some 8 KB of each until its
// handler, or the lack of one, has been seen to. The guard is asked where a
// call comes in, on the thread that reads the connection, and what it refuses
// is gone before anything waits: RESOURCE_EXHAUSTED.

#ifndef COLLATE_SERVICE_API_FLOOD_GUARD_H_
#define COLLATE_SERVICE_API_FLOOD_GUARD_H_

#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdint>
#include <memory>

namespace collate::api {

// Of every connection that comes in with `credentials`. `calls_per_second` is
// what one address may begin.
void GuardAgainstFloods(int64_t calls_per_second,
                        grpc_server_credentials* credentials);

// Credentials of a server that does not encrypt, guarded.
std::shared_ptr<grpc::ServerCredentials> MakePlaintextCredentials(
    int64_t calls_per_second);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_FLOOD_GUARD_H_
