#include "service/transport/server_keys.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "tests/testing/certificates.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::transport {
namespace {

using ::collate::testing::Authority;
using ::collate::testing::CertificateOptions;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::KeyPair;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;
using ::testing::AllOf;

class ServerKeysTest : public ::testing::Test {
 protected:
  absl::StatusOr<ServerKeys> Read(const std::string& certificate,
                                  const std::string& key,
                                  const std::string& authorities = "") {
    KeyFiles files = {.certificate = dir_.Write("server.pem", certificate),
                      .private_key = dir_.Write("server.key", key),
                      .client_authorities = ""};
    if (!authorities.empty()) {
      files.client_authorities = dir_.Write("clients.pem", authorities);
    }
    return ReadServerKeys(files, now_);
  }

  auto RefusedWith(const char* text) {
    return AllOf(HasReason("CERTIFICATE_REFUSED"), MessageHas(text));
  }

  const absl::Time now_ = absl::Now();
  TempDir dir_;
  Authority authority_{"authority"};
  KeyPair pair_ = authority_.Issue();
};

TEST_F(ServerKeysTest, APairWithItsIssuerIsRead) {
  const absl::Time ends = now_ + absl::Hours(3);
  const KeyPair pair = authority_.Issue({.not_after = ends});
  const std::string chain = pair.certificate + authority_.certificate();
  const auto keys = Read(chain, pair.key, authority_.certificate());
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->certificates, chain);
  EXPECT_EQ(keys->private_key, pair.key);
  EXPECT_EQ(keys->client_authorities, authority_.certificate());
  EXPECT_EQ(keys->sha256.size(), 64u);
  EXPECT_EQ(absl::ToUnixSeconds(keys->not_after), absl::ToUnixSeconds(ends));
}

TEST_F(ServerKeysTest, WhatIsNoCertificateIsRefusedByName) {
  EXPECT_THAT(Read("", pair_.key), RefusedWith("server.pem: is empty"));
  EXPECT_THAT(Read("hello", pair_.key), RefusedWith("has no certificate"));
  EXPECT_THAT(Read(pair_.key, pair_.key), RefusedWith("has no certificate"));
  EXPECT_THAT(Read(std::string((1 << 20) + 1, 'x'), pair_.key),
              RefusedWith("over 1 MiB"));
  KeyFiles absent = {.certificate = dir_.File("nothing"),
                     .private_key = dir_.File("nothing"),
                     .client_authorities = ""};
  EXPECT_THAT(ReadServerKeys(absent, now_), RefusedWith("cannot be read"));
}

// Every prefix of a file, as a copy that is under way leaves it.
TEST_F(ServerKeysTest, NoPrefixOfEitherFileIsTaken) {
  const std::string& certificate = pair_.certificate;
  for (size_t size = 0; size + 1 < certificate.size(); ++size) {
    EXPECT_THAT(Read(certificate.substr(0, size), pair_.key),
                HasReason("CERTIFICATE_REFUSED"))
        << size;
  }
  for (size_t size = 0; size + 1 < pair_.key.size(); ++size) {
    EXPECT_THAT(Read(certificate, pair_.key.substr(0, size)),
                HasReason("CERTIFICATE_REFUSED"))
        << size;
  }
}

TEST_F(ServerKeysTest, AChainThatIsCutShortIsRefused) {
  const std::string chain = pair_.certificate + authority_.certificate();
  for (const size_t left_off : {2, 40, 200}) {
    EXPECT_THAT(Read(chain.substr(0, chain.size() - left_off), pair_.key),
                RefusedWith("damaged or cut short"))
        << left_off;
  }
}

TEST_F(ServerKeysTest, AnotherCertificatesKeyIsRefused) {
  const KeyPair other = authority_.Issue();
  EXPECT_THAT(Read(pair_.certificate, other.key),
              RefusedWith("is not the key of the certificate"));
}

TEST_F(ServerKeysTest, WhatIsNotValidNowIsRefused) {
  const KeyPair old = authority_.Issue({.not_before = now_ - absl::Hours(3),
                                        .not_after = now_ - absl::Hours(1)});
  EXPECT_THAT(Read(old.certificate, old.key), RefusedWith("expired at"));
  const KeyPair early = authority_.Issue({.not_before = now_ + absl::Hours(1),
                                          .not_after = now_ + absl::Hours(3)});
  EXPECT_THAT(Read(early.certificate, early.key),
              RefusedWith("is not valid before"));
}

TEST_F(ServerKeysTest, AChainOutOfOrderIsRefused) {
  const Authority other("other");
  EXPECT_THAT(Read(pair_.certificate + other.certificate(), pair_.key),
              RefusedWith("is not its issuer's"));
}

// As the machine's OpenSSL is set up; gRPC would start and refuse everybody.
TEST_F(ServerKeysTest, AKeyThatIsTooWeakToUseIsRefused) {
  const KeyPair weak = authority_.Issue({.rsa_bits = 512});
  EXPECT_THAT(Read(weak.certificate, weak.key),
              HasReason("CERTIFICATE_REFUSED"));
}

TEST_F(ServerKeysTest, AuthoritiesAreReadToo) {
  EXPECT_THAT(Read(pair_.certificate, pair_.key, "hello"),
              RefusedWith("clients.pem"));
  EXPECT_THAT(Read(pair_.certificate, pair_.key,
                   authority_.certificate() + Authority("next").certificate()),
              IsOk());
}

}  // namespace
}  // namespace collate::transport
