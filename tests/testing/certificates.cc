#include "tests/testing/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <ctime>

#include "absl/time/clock.h"

namespace collate::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;

// Tests cannot go on without keys.
void Require(bool holds) {
  if (!holds) std::abort();
}

Key MakeKey(int bits) {
  EVP_PKEY* const key = bits == 256   ? EVP_EC_gen("P-256")
                        : bits == 384 ? EVP_EC_gen("P-384")
                        : bits == 521
                            ? EVP_EC_gen("P-521")
                            : EVP_RSA_gen(static_cast<unsigned>(bits));
  Require(key != nullptr);
  return Key(key, &EVP_PKEY_free);
}

template <typename Write>
std::string Pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()),
                                                      &BIO_free);
  Require(write(out.get()) == 1);
  char* text = nullptr;
  const long size =
      BIO_get_mem_data(out.get(), &text);  // NOLINT(google-runtime-int)
  return std::string(text, static_cast<size_t>(size));
}

std::string PemOf(X509* certificate) {
  return Pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}
std::string PemOf(EVP_PKEY* key) {
  return Pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr,
                                    nullptr);
  });
}

void AddExtension(X509* certificate, X509* issuer, int id, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, &context, id, text);
  Require(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void SetTime(ASN1_TIME* field, absl::Time time) {
  ASN1_TIME_set(field, absl::ToTimeT(time));
}

std::shared_ptr<X509> MakeCertificate(const CertificateOptions& options,
                                      EVP_PKEY* key, X509* issuer,
                                      EVP_PKEY* issuer_key) {
  std::shared_ptr<X509> certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(BN_new(), &BN_free);
  Require(BN_rand(serial.get(), 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get()));
  SetTime(X509_getm_notBefore(certificate.get()), options.not_before);
  SetTime(X509_getm_notAfter(certificate.get()), options.not_after);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(options.subject.c_str()), -1, -1,
      0);
  X509_set_pubkey(certificate.get(), key);
  X509* const by = issuer == nullptr ? certificate.get() : issuer;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
  AddExtension(certificate.get(), by, NID_basic_constraints,
               issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  AddExtension(certificate.get(), by, NID_subject_key_identifier, "hash");
  if (issuer != nullptr && !options.names.empty()) {
    AddExtension(certificate.get(), by, NID_subject_alt_name,
                 options.names.c_str());
  }
  Require(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0);
  return certificate;
}

}  // namespace

Authority::Authority(const std::string& subject)
    : key_(MakeKey(256)),
      certificate_(MakeCertificate({.subject = subject}, key_.get(), nullptr,
                                   key_.get())),
      certificate_pem_(PemOf(certificate_.get())) {}

KeyPair Authority::Issue(const CertificateOptions& options) const {
  const Key key = MakeKey(options.rsa_bits == 0 ? 256 : options.rsa_bits);
  const auto certificate =
      MakeCertificate(options, key.get(), certificate_.get(), key_.get());
  return {PemOf(certificate.get()), PemOf(key.get())};
}

SigningKey MakeSigningKey(int bits) {
  const Key key = MakeKey(bits);
  return {PemOf(key.get()),
          Pem([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); })};
}

}  // namespace collate::testing
