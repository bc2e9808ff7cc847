// What config.proto says of encryption and of who may do what, checked, and
// made into what the service works with.

#ifndef COLLATE_SERVICE_API_SECURITY_H_
#define COLLATE_SERVICE_API_SECURITY_H_

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collate/config/v1/config.pb.h"
#include "service/access/tokens.h"
#include "service/api/authorizer.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/base/watched.h"
#include "service/transport/server_keys.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace collate::api {

class FloodGuard;

// A mistake of the configuration file; line and column from 0, -1 for none.
struct SecurityMistake {
  int line;
  int column;
  std::string what;
};

std::vector<SecurityMistake> CheckSecurity(
    const config::v1::Config& config,
    const google::protobuf::TextFormat::ParseInfoTree& places);

// INVALID_ARGUMENT (reason INVALID_CONFIG) for an address beyond this machine
// without encryption or without saying who may do what.
absl::Status CheckReach(const config::v1::Config& config);

// Holds what it watches; outlives the server.
class Security {
 public:
  // Errors of files that cannot be used (CERTIFICATE_REFUSED,
  // INVALID_TOKEN_KEY). `log` is told of every file that changes.
  static absl::StatusOr<std::unique_ptr<Security>> Open(
      const config::v1::Config& config, const base::Clock& clock,
      base::Log& log);

  const Authorizer& authorizer() const { return *authorizer_; }
  // Null for no encryption.
  std::shared_ptr<grpc::ServerCredentials> credentials() const {
    return credentials_;
  }
  // That of the credentials.
  std::shared_ptr<FloodGuard> flood_guard() const { return flood_guard_; }
  transport::ClientCertificate client_certificate() const {
    return client_certificate_;
  }
  // Null for no encryption.
  const base::Watched<transport::ServerKeys>* keys() const {
    return keys_.get();
  }

 private:
  Security() = default;

  std::unique_ptr<base::Watched<transport::ServerKeys>> keys_;
  std::unique_ptr<base::Watched<std::vector<access::TokenKey>>> token_keys_;
  std::unique_ptr<const Authorizer> authorizer_;
  std::shared_ptr<FloodGuard> flood_guard_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  transport::ClientCertificate client_certificate_ =
      transport::ClientCertificate::kNone;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_SECURITY_H_
