// Any bytes in place of a certificate, its key and its authorities, and good
// ones with bytes of theirs changed: refused by name, or a pair that OpenSSL
// says is one.
//
// The input is a list of changes, 5 bytes each: which file and what is done
// (overwrite, insert, cut off, repeat), where, and a byte. What follows 0xFF is
// a file of its own.

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "service/transport/server_keys.h"
#include "tests/fuzz/service_checks.h"
#include "tests/testing/certificates.h"
#include "tests/testing/temp_dir.h"

namespace {

using collate::fuzz::Require;
using collate::testing::Authority;
using collate::testing::TempDir;
using collate::transport::ReadServerKeys;
using collate::transport::ServerKeys;

constexpr const char* kNames[] = {"certificate", "key", "authorities"};

// Whether the first certificate is that of the key.
bool IsPair(const ServerKeys& keys) {
  const auto bytes = [](const std::string& pem) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  };
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bytes(keys.certificates).get(), nullptr, nullptr,
                        nullptr),
      &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(bytes(keys.private_key).get(), nullptr, nullptr,
                              nullptr),
      &EVP_PKEY_free);
  const bool pair = certificate != nullptr && key != nullptr &&
                    X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return pair;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TempDir directory;
  static const Authority authority("fuzzed");
  static const collate::testing::KeyPair good = authority.Issue();
  std::array<std::string, 3> files = {good.certificate, good.key,
                                      authority.certificate()};
  for (size_t i = 0; i + 5 <= size; i += 5) {
    std::string& file = files[data[i] % 3];
    if (data[i] == 0xFF) {
      files[data[i + 1] % 3] = collate::fuzz::Text(data + i + 2, size - i - 2);
      break;
    }
    if (file.empty()) continue;
    const size_t at = (data[i + 1] << 8 | data[i + 2]) % file.size();
    switch (data[i] / 3 % 4) {
      case 0:
        file[at] = static_cast<char>(data[i + 3]);
        break;
      case 1:
        file.insert(at, 1, static_cast<char>(data[i + 3]));
        break;
      case 2:
        file.resize(at);
        break;
      default:
        file += file.substr(at, size_t{data[i + 3]} * 8);
    }
  }
  for (size_t i = 0; i < 3; ++i) directory.Write(kNames[i], files[i]);
  const absl::Time now = absl::Now();
  const auto keys =
      ReadServerKeys({.certificate = directory.File(kNames[0]),
                      .private_key = directory.File(kNames[1]),
                      .client_authorities = directory.File(kNames[2])},
                     now);
  if (!keys.ok()) {
    collate::fuzz::RequireReason(keys.status(), "CERTIFICATE_REFUSED");
    Require(ERR_peek_error() == 0, "no error is left for others");
    return 0;
  }
  Require(keys->certificates == files[0] && keys->private_key == files[1] &&
              keys->client_authorities == files[2],
          "what stands in the files");
  Require(keys->sha256.size() == 64 && keys->not_after > now, "it is valid");
  Require(IsPair(*keys), "the key is that of the certificate");
  return 0;
}
