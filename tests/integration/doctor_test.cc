// `collate doctor` before services that are well, and before such as are not;
// with a profile, as somebody would have one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/end_to_end.h"
#include "tests/testing/certificates.h"
#include "tests/testing/tokens.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

class Doctor : public ::testing::Test {
 protected:
  void StartWith(const std::string& config,
                 const std::vector<std::string>& adapters = {}) {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = adapters,
                       .config = dir_.Write("collated.textproto", config)});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
  }

  // A profile of that service, which has `more`.
  CliResult Examine(const std::string& more = "",
                    const std::vector<std::string>& words = {}) {
    const std::string config =
        dir_.Write("config.textproto",
                   absl::StrCat("profiles { name: \"mine\" server: \"",
                                daemon_->address(), "\" ", more, " }"));
    std::vector<std::string> command = {"doctor", "--config", config,
                                        "--profile", "mine"};
    command.insert(command.end(), words.begin(), words.end());
    return daemon_->RunCli(command);
  }

  std::string Token(absl::Duration life) {
    return SignToken(
        absl::StrCat(R"({"iss":"https://id.example","aud":"collate",)",
                     R"("sub":"somebody","roles":["reader"],"exp":)",
                     absl::ToUnixSeconds(absl::Now() + life), "}"),
        JWT_ALG_ES256, signer_.secret);
  }

  TempDir dir_;
  const SigningKey signer_ = MakeSigningKey(256);
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(Doctor, AServiceThatIsWellHasNoProblem) {
  StartWith("");
  const CliResult first = Examine();
  EXPECT_THAT(first.exit_code, Eq(0)) << first.out << first.err;
  EXPECT_THAT(first.out,
              AllOf(HasSubstr("config.textproto; profile mine"),
                    HasSubstr("you may look things up, ask questions, examine "
                              "findings, ask how the service is set up"),
                    HasSubstr("both sides are "), HasSubstr("can be used"),
                    HasSubstr("warning  checksums"),
                    HasSubstr("the clocks agree"), Not(HasSubstr("problem"))));
  ASSERT_THAT(daemon_->RunCli({"admin", "check"}).exit_code, Eq(0));
  EXPECT_THAT(Examine().out, HasSubstr("all verified "));
  EXPECT_THAT(Examine("", {"--format", "csv"}).out,
              HasSubstr("\nclock,ok,the clocks agree to 30 seconds,\n"));
}

TEST_F(Doctor, AnAdapterThatIsNotUsedIsAProblem) {
  std::filesystem::create_directories(dir_.File("adapters/broken"));
  dir_.Write("adapters/broken/broken.manifest.textproto", "no manifest");
  StartWith("", {dir_.File("adapters")});
  const CliResult result = Examine();
  EXPECT_THAT(result.exit_code, Eq(1)) << result.out;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("problem  adapters"), HasSubstr("broken"),
                    HasSubstr("collate adapters reload")));
}

TEST_F(Doctor, ATokenIsLookedAtBeforeTheServiceRefusesIt) {
  dir_.Write("issuer.pem", signer_.open);
  StartWith(R"(access { tokens {
      issuer: "https://id.example" audience: "collate" roles_claim: "roles"
      keys { id: "one" algorithm: "ES256" public_key_file: "issuer.pem" } } })");
  EXPECT_THAT(Examine().out, AllOf(HasSubstr("problem  role"),
                                   HasSubstr("show a certificate")));

  dir_.Write("token", Token(absl::Hours(1)) + "\n");
  const CliResult reader = Examine("token_file: \"token\"");
  EXPECT_THAT(reader.exit_code, Eq(0)) << reader.out;
  EXPECT_THAT(
      reader.out,
      AllOf(HasSubstr("the token ends in 59 minutes"),
            HasSubstr("you may look things up, ask questions; not examine "
                      "findings, ask how the service is set up"),
            HasSubstr("sub:somebody has the roles: reader"),
            HasSubstr("unknown  service")));

  dir_.Write("token", Token(-absl::Hours(1)) + "\n");
  const CliResult ended = Examine("token_file: \"token\"");
  EXPECT_THAT(ended.exit_code, Eq(1));
  EXPECT_THAT(ended.out, AllOf(HasSubstr("problem  token"), HasSubstr("ended"),
                               HasSubstr(" ago")));
  EXPECT_THAT(Examine("token_file: \"none\"").out,
              HasSubstr("cannot read a token from"));
}

TEST_F(Doctor, CertificatesOfBothSidesAreLookedAt) {
  const Authority authority("authority");
  const KeyPair server =
      authority.Issue({.not_after = absl::Now() + absl::Hours(24 * 5 + 1)});
  dir_.Write("server.pem", server.certificate);
  dir_.Write("server.key", server.key);
  dir_.Write("authority.pem", authority.certificate());
  StartWith(R"(tls { certificate_file: "server.pem"
                     private_key_file: "server.key"
                     client_authorities_file: "authority.pem" }
               access { grants { certificate_dns: "me.example"
                                 roles: ROLE_ADMIN roles: ROLE_READER } })");
  const KeyPair mine =
      authority.Issue({.names = "DNS:me.example",
                       .not_after = absl::Now() + absl::Hours(24 * 400)});
  dir_.Write("mine.pem", mine.certificate);
  dir_.Write("mine.key", mine.key);
  const std::string tls = R"(tls { authorities_file: "authority.pem"
      certificate_file: "mine.pem" private_key_file: "mine.key" })";
  const CliResult known = Examine(tls);
  EXPECT_THAT(known.exit_code, Eq(0)) << known.out << known.err;
  EXPECT_THAT(known.out, AllOf(HasSubstr("serves, encrypted"),
                               HasSubstr("mine.pem ends in 399 days"),
                               HasSubstr("warning  service's certificate"),
                               HasSubstr("it ends in 5 days")));
  // Who does not encrypt is answered with nothing, and told what it may be.
  const CliResult clear = Examine();
  EXPECT_THAT(clear.exit_code, Eq(1));
  EXPECT_THAT(clear.out,
              AllOf(HasSubstr("problem  connection"), HasSubstr("--tls-ca")));
}

}  // namespace
}  // namespace collate::testing
