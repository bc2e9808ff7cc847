#include "service/api/tls_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <mutex>
#include <string>
#include <utility>

namespace collate::api {
namespace {

using transport::ClientCertificate;

class TlsCredentials final : public grpc::ServerCredentials {
 public:
  TlsCredentials(const base::Watched<transport::ServerKeys>& keys,
                 ClientCertificate client_certificate,
                 std::shared_ptr<FloodGuard> guard)
      : keys_(keys),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                RequestOf(client_certificate), &TlsCredentials::Fetch, this))) {
    GuardAgainstFloods(std::move(guard), credentials_);
  }
  ~TlsCredentials() override { grpc_server_credentials_release(credentials_); }

  // Callers are known by their certificates and tokens (api/authorizer.h).
  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  static grpc_ssl_client_certificate_request_type RequestOf(
      ClientCertificate client_certificate) {
    switch (client_certificate) {
      case ClientCertificate::kNone:
        return GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
      case ClientCertificate::kOptional:
        return GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
      case ClientCertificate::kRequired:
        return GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
    }
    return GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }

  // Called before every handshake; gRPC owns what it is given.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<TlsCredentials*>(self)->Fetch(config);
  }
  grpc_ssl_certificate_config_reload_status Fetch(
      grpc_ssl_server_certificate_config** config) {
    std::shared_ptr<const transport::ServerKeys> keys = keys_.Current();
    std::lock_guard lock(mutex_);
    if (keys == given_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair = {keys->private_key.c_str(),
                                             keys->certificates.c_str()};
    // Without authorities gRPC aborts; where clients are not asked for a
    // certificate, it does not matter whose they are.
    const std::string& authorities = keys->client_authorities.empty()
                                         ? keys->certificates
                                         : keys->client_authorities;
    *config = grpc_ssl_server_certificate_config_create(authorities.c_str(),
                                                        &pair, 1);
    if (*config == nullptr) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    given_ = std::move(keys);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  const base::Watched<transport::ServerKeys>& keys_;
  std::mutex mutex_;  // guards given_
  std::shared_ptr<const transport::ServerKeys> given_;
  grpc_server_credentials* const credentials_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(
    const base::Watched<transport::ServerKeys>& keys,
    transport::ClientCertificate client_certificate,
    std::shared_ptr<FloodGuard> guard) {
  return std::make_shared<TlsCredentials>(keys, client_certificate,
                                          std::move(guard));
}

}  // namespace collate::api
