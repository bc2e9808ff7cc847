// gRPC's credentials of a server whose certificate may change while it runs:
// each handshake asks for the keys that are current, from memory.
//
// gRPC's own watcher of files takes whatever it finds there, and an empty file
// aborts the process.

#ifndef COLLATE_SERVICE_API_TLS_CREDENTIALS_H_
#define COLLATE_SERVICE_API_TLS_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "service/api/flood_guard.h"
#include "service/base/watched.h"
#include "service/transport/server_keys.h"

namespace collate::api {

// `keys` outlives the server.
std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(
    const base::Watched<transport::ServerKeys>& keys,
    transport::ClientCertificate client_certificate,
    std::shared_ptr<FloodGuard> guard);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_TLS_CREDENTIALS_H_
