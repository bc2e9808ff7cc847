// Certificates of a test's own authority, and files of them.
//
//   const Authority authority("test authority");
//   const KeyPair server = authority.Issue({.names = "DNS:localhost"});
//
// Keys are on P-256 unless asked otherwise. Pure values.

#ifndef COLLATE_TESTS_TESTING_CERTIFICATES_H_
#define COLLATE_TESTS_TESTING_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace collate::testing {

// PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
};

struct CertificateOptions {
  std::string subject = "test";
  // As OpenSSL writes subject alternative names, "DNS:localhost,IP:127.0.0.1".
  std::string names = "DNS:localhost,IP:127.0.0.1";
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(24);
  int rsa_bits = 0;  // an RSA key of so many bits
};

class Authority {
 public:
  explicit Authority(const std::string& subject);

  const std::string& certificate() const { return certificate_pem_; }
  KeyPair Issue(const CertificateOptions& options = {}) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string certificate_pem_;
};

// PEM of a private key, and of its public one; `curve` is 256, 384 or 521, or
// more for an RSA key of so many bits.
struct SigningKey {
  std::string secret;
  std::string open;
};
SigningKey MakeSigningKey(int bits);

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_CERTIFICATES_H_
