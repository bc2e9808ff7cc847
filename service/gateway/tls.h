// OpenSSL's contexts for connections that come in, made from the keys that are
// in use at that time, and the names of whoever connected.

#ifndef COLLATE_SERVICE_GATEWAY_TLS_H_
#define COLLATE_SERVICE_GATEWAY_TLS_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/watched.h"
#include "service/transport/server_keys.h"

namespace collate::gateway {

// Used by one thread.
class TlsContexts {
 public:
  // `keys` outlive it.
  TlsContexts(const base::Watched<transport::ServerKeys>& keys,
              transport::ClientCertificate client_certificate)
      : keys_(keys), client_certificate_(client_certificate) {}

  // UNAVAILABLE (reason TLS_CONTEXT) when OpenSSL does not take the keys.
  absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> Current();

 private:
  const base::Watched<transport::ServerKeys>& keys_;
  const transport::ClientCertificate client_certificate_;
  std::shared_ptr<const transport::ServerKeys> given_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

// Subject alternative names of the other side's certificate, which has been
// verified, as access::Credentials writes them; none where it showed none.
std::vector<std::string> CertificateNames(SSL* connection);

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_TLS_H_
