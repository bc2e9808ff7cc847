// The certificate that the service shows, its key, and whose certificates it
// accepts: read from PEM files and checked as a whole, since what gRPC is
// given and cannot use makes it refuse every connection, or abort.

#ifndef COLLATE_SERVICE_TRANSPORT_SERVER_KEYS_H_
#define COLLATE_SERVICE_TRANSPORT_SERVER_KEYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace collate::transport {

struct KeyFiles {
  std::string certificate;  // the service's own first, then its issuers
  std::string private_key;
  std::string client_authorities;  // empty = callers show no certificate
};

// What is asked of a caller's own certificate. One that is shown must be of an
// authority that is accepted.
enum class ClientCertificate { kNone, kOptional, kRequired };

struct ServerKeys {
  // PEM, as they stand in the files.
  std::string certificates;
  std::string private_key;
  std::string client_authorities;
  std::string sha256;    // of the first certificate's DER, 64 hex digits
  absl::Time not_after;  // when the first of the chain ends

  friend bool operator==(const ServerKeys& a, const ServerKeys& b) {
    return a.certificates == b.certificates && a.private_key == b.private_key &&
           a.client_authorities == b.client_authorities;
  }
};

// FAILED_PRECONDITION (reason CERTIFICATE_REFUSED, with `path`) when a file is
// absent, empty, cut short or not PEM, when the key is another's or has a
// passphrase, when the chain is out of order, when a certificate of it is not
// valid at `now`, or when OpenSSL finds it too weak to use.
absl::StatusOr<ServerKeys> ReadServerKeys(const KeyFiles& files,
                                          absl::Time now);

}  // namespace collate::transport

#endif  // COLLATE_SERVICE_TRANSPORT_SERVER_KEYS_H_
