#include "service/transport/server_keys.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::transport {
namespace {

// No chain comes near it.
constexpr size_t kMaxFileBytes = size_t{1} << 20;

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bytes = std::unique_ptr<BIO, decltype(&BIO_free)>;

absl::Status Refused(const std::string& path, absl::string_view why) {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "CERTIFICATE_REFUSED", absl::StrCat(path, ": ", why))
      .With("path", path);
}

// What OpenSSL has to say, which then forgets it.
std::string Why(absl::string_view what) {
  const uint64_t error = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason =
      error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? std::string(what)
                           : absl::StrCat(what, " (", reason, ")");
}

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Refused(path, "cannot be read");
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return Refused(path, "cannot be read");
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.empty()) return Refused(path, "is empty");
  if (text.size() > kMaxFileBytes) return Refused(path, "is over 1 MiB");
  return text;
}

Bytes Open(const std::string& text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
               &BIO_free);
}

absl::StatusOr<std::vector<Certificate>> ReadCertificates(
    const std::string& path, const std::string& text) {
  const Bytes bytes = Open(text);
  std::vector<Certificate> certificates;
  ERR_clear_error();
  while (true) {
    Certificate next(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr),
                     &X509_free);
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  const bool at_end =
      ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return Refused(path, Why("is damaged or cut short"));
  ERR_clear_error();
  if (certificates.empty()) return Refused(path, "has no certificate");
  return certificates;
}

// A key with a passphrase must not ask for it on the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::StatusOr<Key> ReadKey(const std::string& path, const std::string& text) {
  const Bytes bytes = Open(text);
  ERR_clear_error();
  Key key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, &NoPassphrase, nullptr),
          &EVP_PKEY_free);
  if (key == nullptr) {
    return Refused(path, Why("has no private key that can be read without a "
                             "passphrase"));
  }
  return key;
}

absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

std::string NameOf(const X509* certificate) {
  char name[256] = "";
  X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof(name));
  return name;
}

absl::Status CheckValid(const std::string& path, const X509* certificate,
                        absl::Time now) {
  const absl::Time from = TimeOf(X509_get0_notBefore(certificate));
  const absl::Time to = TimeOf(X509_get0_notAfter(certificate));
  if (from <= now && now < to) return absl::OkStatus();
  return Refused(
      path, absl::StrCat(
                "the certificate of ", NameOf(certificate),
                now < from ? " is not valid before " : " expired at ",
                absl::FormatTime(now < from ? from : to, absl::UTCTimeZone())));
}

// Each certificate was issued by the next.
absl::Status CheckChain(const std::string& path,
                        const std::vector<Certificate>& chain) {
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (X509_check_issued(chain[i + 1].get(), chain[i].get()) == X509_V_OK) {
      continue;
    }
    return Refused(
        path, absl::StrCat("the certificate after that of ",
                           NameOf(chain[i].get()), " is not its issuer's"));
  }
  return absl::OkStatus();
}

// That a server can be started with them: OpenSSL has minimums of its own.
absl::Status CheckUsable(const KeyFiles& files, X509* certificate,
                         EVP_PKEY* key) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  ERR_clear_error();
  if (SSL_CTX_use_certificate(context.get(), certificate) != 1) {
    return Refused(files.certificate, Why("cannot be used"));
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key) != 1) {
    return Refused(files.private_key, Why("cannot be used"));
  }
  return absl::OkStatus();
}

std::string DigestOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return "";
  std::string digest = base::Sha256Hex(absl::string_view(
      reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

}  // namespace

absl::StatusOr<ServerKeys> ReadServerKeys(const KeyFiles& files,
                                          absl::Time now) {
  ServerKeys keys;
  COLLATE_ASSIGN_OR_RETURN(keys.certificates, ReadAll(files.certificate));
  COLLATE_ASSIGN_OR_RETURN(keys.private_key, ReadAll(files.private_key));
  COLLATE_ASSIGN_OR_RETURN(
      const std::vector<Certificate> chain,
      ReadCertificates(files.certificate, keys.certificates));
  COLLATE_ASSIGN_OR_RETURN(const Key key,
                           ReadKey(files.private_key, keys.private_key));
  ERR_clear_error();
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return Refused(files.private_key,
                   absl::StrCat("is not the key of the certificate in ",
                                files.certificate));
  }
  COLLATE_RETURN_IF_ERROR(CheckChain(files.certificate, chain));
  keys.not_after = absl::InfiniteFuture();
  for (const Certificate& one : chain) {
    COLLATE_RETURN_IF_ERROR(CheckValid(files.certificate, one.get(), now));
    keys.not_after =
        std::min(keys.not_after, TimeOf(X509_get0_notAfter(one.get())));
  }
  COLLATE_RETURN_IF_ERROR(CheckUsable(files, chain.front().get(), key.get()));
  keys.sha256 = DigestOf(chain.front().get());
  if (!files.client_authorities.empty()) {
    COLLATE_ASSIGN_OR_RETURN(keys.client_authorities,
                             ReadAll(files.client_authorities));
    COLLATE_ASSIGN_OR_RETURN(
        const std::vector<Certificate> authorities,
        ReadCertificates(files.client_authorities, keys.client_authorities));
    // An old authority may stand beside its successor; without any that is
    // valid nobody could call.
    absl::Status best;
    for (const Certificate& authority : authorities) {
      best = CheckValid(files.client_authorities, authority.get(), now);
      if (best.ok()) break;
    }
    COLLATE_RETURN_IF_ERROR(best);
  }
  return keys;
}

}  // namespace collate::transport
