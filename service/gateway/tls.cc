#include "service/gateway/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::gateway {
namespace {

namespace ssl = boost::asio::ssl;
using boost::asio::buffer;

// HTTP/1.1 is all that is spoken here.
int SelectProtocol(SSL*, const unsigned char** chosen, unsigned char* size,
                   const unsigned char* offered, unsigned int offered_size,
                   void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* out = nullptr;
  const int found = SSL_select_next_proto(
      &out, size, kHttp11, sizeof(kHttp11) - 1, offered, offered_size);
  *chosen = out;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                         : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

absl::StatusOr<std::shared_ptr<ssl::context>> TlsContexts::Current() {
  std::shared_ptr<const transport::ServerKeys> keys = keys_.Current();
  if (keys == given_) return context_;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // Without renegotiation and compression; resumed sessions would outlive what
  // a caller's certificate allows.
  context->set_options(ssl::context::no_compression, error);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context->native_handle(), 0);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), &SelectProtocol,
                             nullptr);
  context->use_certificate_chain(buffer(keys->certificates), error);
  if (!error) {
    context->use_private_key(buffer(keys->private_key), ssl::context::pem,
                             error);
  }
  if (!error && client_certificate_ != transport::ClientCertificate::kNone) {
    context->add_certificate_authority(buffer(keys->client_authorities), error);
    auto mode = ssl::verify_peer;
    if (client_certificate_ == transport::ClientCertificate::kRequired) {
      mode |= ssl::verify_fail_if_no_peer_cert;
    }
    if (!error) context->set_verify_mode(mode, error);
  }
  if (error) {
    return base::Error(
        absl::StatusCode::kUnavailable, "TLS_CONTEXT",
        absl::StrCat("the certificate cannot be used: ", error.message()));
  }
  given_ = std::move(keys);
  context_ = std::move(context);
  return context_;
}

std::vector<std::string> CertificateNames(SSL* connection) {
  std::vector<std::string> result;
  X509* const certificate = SSL_get_peer_certificate(connection);
  if (certificate == nullptr) return result;
  const absl::Cleanup free_certificate = [certificate] {
    X509_free(certificate);
  };
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return result;
  const absl::Cleanup free_names = [names] { GENERAL_NAMES_free(names); };
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
    const char* kind = nullptr;
    switch (name->type) {
      case GEN_URI:
        kind = "uri:";
        break;
      case GEN_DNS:
        kind = "dns:";
        break;
      case GEN_EMAIL:
        kind = "email:";
        break;
      default:
        continue;
    }
    const ASN1_IA5STRING* const text = name->d.ia5;
    result.push_back(absl::StrCat(
        kind, absl::string_view(
                  reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                  static_cast<size_t>(ASN1_STRING_length(text)))));
  }
  return result;
}

}  // namespace collate::gateway
