// Mistakes of a configuration that would leave a door open, or none.

#include "service/api/security.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/config.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;

void ExpectMistake(const std::string& text, const char* place,
                   const char* what) {
  const auto config = ParseConfig(text, "/c.conf");
  EXPECT_THAT(config, HasReason("INVALID_CONFIG")) << text;
  EXPECT_THAT(config, MessageHas(absl::StrCat("/c.conf:", place, ": ", what)));
}

TEST(SecurityConfigTest, MistakesAreNamedWithTheirPlace) {
  ExpectMistake("tls {\n}\n", "1:1", "tls has no certificate_file");
  ExpectMistake("tls { certificate_file: \"a\" }", "1:1",
                "tls has no private_key_file");
  ExpectMistake(
      "tls { certificate_file: \"a\" private_key_file: \"b\"\n"
      "require_client_certificate: true }",
      "2:1", "require_client_certificate needs client_authorities_file");
  ExpectMistake("access {\n  grants { roles: ROLE_READER } }", "2:3",
                "grants names no caller");
  ExpectMistake(
      "access {\n  grants { certificate_uri: \"\" roles: ROLE_READER } }",
      "2:3", "grants names no caller");
  ExpectMistake("access {\n  grants { certificate_uri: \"u\" } }", "2:3",
                "grants has no roles");
  ExpectMistake("access { anonymous_roles: ROLE_UNSPECIFIED }", "1:10",
                "anonymous_roles is ROLE_UNSPECIFIED");
  ExpectMistake("access {\n tokens { issuer: \"i\" } }", "2:2",
                "tokens has no audience");
  ExpectMistake("access {\n tokens { issuer: \"i\" audience: \"a\" } }", "2:2",
                "tokens has no keys");
  ExpectMistake(
      "access { tokens { issuer: \"i\" audience: \"a\"\n"
      "keys { id: \"k\" public_key_file: \"f\" }\n"
      "keys { id: \"k\" public_key_file: \"g\" } } }",
      "3:1", "keys has the id 'k' twice");
  ExpectMistake(
      "access { tokens { issuer: \"i\" audience: \"a\" leeway_seconds: 301\n"
      "keys { id: \"k\" public_key_file: \"f\" } } }",
      "1:45", "leeway_seconds is 301");
}

TEST(SecurityConfigTest, PathsAreRelativeToTheFile) {
  const auto config = ParseConfig(
      "tls { certificate_file: \"a.pem\" private_key_file: \"/k.pem\" }\n"
      "access { tokens { issuer: \"i\" audience: \"a\"\n"
      "  keys { public_key_file: \"t.pem\" } } }\n"
      "audit { directory: \"log\" }",
      "/etc/collate/c.conf");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->tls().certificate_file(), "/etc/collate/a.pem");
  EXPECT_EQ(config->tls().private_key_file(), "/k.pem");
  EXPECT_EQ(config->access().tokens().keys(0).public_key_file(),
            "/etc/collate/t.pem");
  EXPECT_EQ(config->audit().directory(), "/etc/collate/log");
}

TEST(SecurityConfigTest, WhatIsReachableFromElsewhereIsEncryptedAndGuarded) {
  const auto complete = [](const std::string& text) {
    auto config = ParseConfig("data_directory: \"/d\" " + text, "/c.conf");
    EXPECT_THAT(config, IsOk());
    return CompleteConfig("/opt/bin", &*config);
  };
  const std::string tls =
      "tls { certificate_file: \"a\" private_key_file: \"b\" } ";
  const std::string remote = "listen_address: \"0.0.0.0:1\" ";
  EXPECT_THAT(complete(""), IsOk());
  EXPECT_THAT(complete("listen_address: \"unix:/run/x\""), IsOk());
  EXPECT_THAT(complete(remote), MessageHas("needs tls"));
  EXPECT_THAT(complete(remote + "access {}"), MessageHas("needs tls"));
  EXPECT_THAT(complete(remote + tls), MessageHas("needs access"));
  EXPECT_THAT(complete(remote + tls + "access {}"), IsOk());
  EXPECT_THAT(complete(remote + "access {} allow_remote_plaintext: true"),
              IsOk());
}

TEST(SecurityConfigTest, CallsAreRecordedUnlessSomebodySaysNot) {
  config::v1::Config config;
  config.set_data_directory("/data");
  ASSERT_THAT(CompleteConfig("/opt/bin", &config), IsOk());
  EXPECT_EQ(config.audit().directory(), "/data/audit");
  config::v1::Config off;
  off.set_data_directory("/data");
  off.mutable_audit()->set_off(true);
  ASSERT_THAT(CompleteConfig("/opt/bin", &off), IsOk());
  EXPECT_EQ(off.audit().directory(), "");
}

TEST(SecurityConfigTest, KeysThatCannotBeUsedStopTheStart) {
  TempDir dir;
  const base::SystemClock clock;
  std::ostringstream text;
  base::Log log(text, clock, base::Severity::kInfo);
  config::v1::Config config;
  config.mutable_tls()->set_certificate_file(dir.File("none"));
  config.mutable_tls()->set_private_key_file(dir.File("none"));
  EXPECT_THAT(Security::Open(config, clock, log),
              HasReason("CERTIFICATE_REFUSED"));
  config.clear_tls();
  config::v1::TokenKey& key =
      *config.mutable_access()->mutable_tokens()->add_keys();
  key.set_algorithm("ES256");
  key.set_public_key_file(dir.File("none"));
  EXPECT_THAT(Security::Open(config, clock, log),
              HasReason("INVALID_TOKEN_KEY"));
  key.set_public_key_file(dir.Write("key", "hello"));
  EXPECT_THAT(Security::Open(config, clock, log),
              HasReason("INVALID_TOKEN_KEY"));
}

}  // namespace
}  // namespace collate::api
