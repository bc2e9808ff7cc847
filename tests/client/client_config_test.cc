#include "client/cli/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <variant>

#include "client/cli/command_line.h"
#include "service/base/error.h"
#include "tests/client/environment.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::collate::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kFile[] = R"(default_profile: "local"
profiles { name: "local" server: "127.0.0.1:7000" format: OUTPUT_FORMAT_CSV }
profiles {
  name: "newsroom"
  server: "collate.example.org:7443"
  tls { authorities_file: "authorities.pem" }
  token_file: "token"
  color: COLOR_MODE_NEVER
  timeout_seconds: 2.5
}
)";

class ClientConfigTest : public ::testing::Test {
 protected:
  ClientConfigTest() {
    path_ = dir_.Write("config.textproto", kFile);
    dir_.Write("token", "secret\n");
  }

  std::variant<CommandLine, Stop> Parse(
      const std::vector<std::string>& words,
      std::map<std::string, std::string> variables) {
    variables.emplace("COLLATE_CONFIG", path_);
    return ParseCommandLine(words, EnvironmentOf(std::move(variables)));
  }

  CommandLine Line(const std::vector<std::string>& words,
                   const std::map<std::string, std::string>& variables = {}) {
    const auto parsed = Parse(words, variables);
    if (const auto* stop = std::get_if<Stop>(&parsed)) {
      ADD_FAILURE() << stop->err;
      return {};
    }
    return std::get<CommandLine>(parsed);
  }

  std::string Refusal(
      const std::vector<std::string>& words,
      const std::map<std::string, std::string>& variables = {}) {
    const auto parsed = Parse(words, variables);
    const auto* stop = std::get_if<Stop>(&parsed);
    if (stop == nullptr) {
      ADD_FAILURE() << "was understood";
      return "";
    }
    EXPECT_THAT(stop->exit_code, Eq(kExitUsage));
    return stop->err;
  }

  std::string Invalid(const std::string& text) {
    path_ = dir_.Write("bad.textproto", text);
    const auto config = ReadClientConfig(path_);
    EXPECT_THAT(base::DetailOf(config.status()).reason,
                Eq("INVALID_CLIENT_CONFIG"));
    EXPECT_THAT(Refusal({"status"}), HasSubstr("INVALID_CLIENT_CONFIG"));
    const std::string message(config.status().message());
    return message.substr(message.find("bad.textproto"));
  }

  TempDir dir_;
  std::string path_;
};

TEST_F(ClientConfigTest, TheDefaultProfileHoldsWhereNothingElseIsSaid) {
  const CommandLine line = Line({"status"});
  EXPECT_THAT(line.client.server, Eq("127.0.0.1:7000"));
  EXPECT_THAT(line.format, Eq(Format::kCsv));
  EXPECT_THAT(line.client.token, Eq(""));
}

TEST_F(ClientConfigTest, AProfileIsNamedByTheLineOrElseTheEnvironment) {
  const CommandLine line =
      Line({"status", "--profile", "newsroom"}, {{"COLLATE_PROFILE", "local"}});
  EXPECT_THAT(line.client.server, Eq("collate.example.org:7443"));
  EXPECT_THAT(line.client.tls.authorities, Eq(dir_.File("authorities.pem")));
  EXPECT_TRUE(line.client.tls.on);
  EXPECT_THAT(line.client.token, Eq("secret"));
  EXPECT_THAT(line.client.timeout, Eq(absl::Milliseconds(2500)));
  EXPECT_THAT(line.color, Eq(Color::kNever));
  EXPECT_THAT(line.format, Eq(Format::kTable)) << "nothing is taken over";
  EXPECT_THAT(Line({"status"}, {{"COLLATE_PROFILE", "newsroom"}}).client.server,
              Eq("collate.example.org:7443"));
}

TEST_F(ClientConfigTest, WhatIsTypedWinsOverTheEnvironmentAndThatOverTheFile) {
  const std::map<std::string, std::string> environment = {
      {"COLLATE_SERVER", "environment:2"},
      {"COLLATE_TLS_CA", "environment.pem"}};
  const CommandLine typed = Line({"status", "--server", "typed:1", "--tls-ca",
                                  "typed.pem", "--format", "json"},
                                 environment);
  EXPECT_THAT(typed.client.server, Eq("typed:1"));
  EXPECT_THAT(typed.client.tls.authorities, Eq("typed.pem"));
  EXPECT_THAT(typed.format, Eq(Format::kJson));
  const CommandLine named = Line({"status"}, environment);
  EXPECT_THAT(named.client.server, Eq("environment:2"));
  EXPECT_THAT(named.client.tls.authorities, Eq("environment.pem"));
}

TEST_F(ClientConfigTest, WhoOneIsIsShownToNoOtherService) {
  const CommandLine line =
      Line({"status", "--profile", "newsroom", "--server", "other:1"});
  EXPECT_THAT(line.client.server, Eq("other:1"));
  EXPECT_THAT(line.client.token, Eq(""));
  EXPECT_THAT(line.client.tls.authorities, Eq(""));
  EXPECT_FALSE(line.client.tls.on);
  EXPECT_THAT(line.notes,
              ElementsAre(HasSubstr("profile newsroom are for its own server "
                                    "and not for other:1")));
  EXPECT_THAT(Line({"status", "--profile", "newsroom"}).notes, IsEmpty());
}

TEST_F(ClientConfigTest, AFormatOfAProfileHoldsWhereACommandHasIt) {
  EXPECT_THAT(std::get<ExportCommand>(Line({"export"}).command).form,
              Eq(ExportForm::kGssCsv));
  EXPECT_THAT(Line({"recipe", "suggest", "x.csv"}).format, Eq(Format::kTable));
}

TEST_F(ClientConfigTest, AnUnknownProfileIsAnsweredWithWhatIsNear) {
  EXPECT_THAT(Refusal({"status", "--profile", "newsrom"}),
              HasSubstr("did you mean newsroom? [UNKNOWN_PROFILE]"));
  EXPECT_THAT(Refusal({"status"}, {{"COLLATE_PROFILE", "q"}}),
              HasSubstr("; there are local, newsroom [UNKNOWN_PROFILE]"));
  EXPECT_THAT(Refusal({"status", "--config", dir_.File("none")}),
              HasSubstr("FILE_NOT_READABLE"));
}

TEST_F(ClientConfigTest, MistakesAreNamedWithLineAndColumn) {
  EXPECT_THAT(Invalid("\n  profles { }"), HasSubstr("bad.textproto:2:11: "));
  EXPECT_THAT(Invalid("profiles {\n token: \"inline\" }"),
              HasSubstr("bad.textproto:2:7: "));
  EXPECT_THAT(Invalid("profiles {\n  name: \"a b\" }"),
              HasSubstr("bad.textproto:2:3: 'a b' is no name"));
  EXPECT_THAT(Invalid("profiles { name: \"a\" }\nprofiles {\n name: \"a\" }"),
              HasSubstr("bad.textproto:3:2: there is another profile 'a'"));
  EXPECT_THAT(Invalid("profiles { name: \"a\" }\ndefault_profile: \"b\""),
              HasSubstr("bad.textproto:2:1: there is no profile 'b'; there "
                        "are a"));
  EXPECT_THAT(Invalid("profiles { name: \"a\"\n timeout_seconds: -1 }"),
              HasSubstr("bad.textproto:2:2: timeout_seconds is -1"));
  EXPECT_THAT(Invalid("profiles { name: \"a\" tls {\n"
                      "  certificate_file: \"x\" } }"),
              HasSubstr("bad.textproto:2:3: certificate_file and"));
  EXPECT_THAT(Invalid("profiles { server: \"h:1\" }"),
              HasSubstr("'' is no name of a profile"));
}

TEST_F(ClientConfigTest, TheFileStandsWhereTheStandardSays) {
  EXPECT_THAT(ClientConfigPath("", EnvironmentOf({})), Eq(""));
  EXPECT_THAT(ClientConfigPath("", EnvironmentOf({{"HOME", dir_.path()}})),
              Eq(""))
      << "which is not there";
  std::filesystem::create_directories(dir_.File(".config/collate"));
  std::filesystem::create_directories(dir_.File("xdg/collate"));
  const std::string home = dir_.Write(".config/collate/config.textproto", "");
  const std::string xdg = dir_.Write("xdg/collate/config.textproto", "");
  EXPECT_THAT(ClientConfigPath("", EnvironmentOf({{"HOME", dir_.path()}})),
              Eq(home));
  EXPECT_THAT(ClientConfigPath(
                  "", EnvironmentOf({{"HOME", dir_.path()},
                                     {"XDG_CONFIG_HOME", dir_.File("xdg")}})),
              Eq(xdg));
  EXPECT_THAT(ClientConfigPath("", EnvironmentOf({{"HOME", dir_.path()},
                                                  {"XDG_CONFIG_HOME", "xdg"}})),
              Eq(home));
  const Environment named =
      EnvironmentOf({{"HOME", dir_.path()}, {"COLLATE_CONFIG", "named"}});
  EXPECT_THAT(ClientConfigPath("", named), Eq("named"));
  EXPECT_THAT(ClientConfigPath("typed", named), Eq("typed"));
}

TEST_F(ClientConfigTest, AVariableThatIsNeitherOnNorOffIsRefused) {
  EXPECT_TRUE(Line({"status"}, {{"COLLATE_TLS", "1"}}).client.tls.on);
  EXPECT_FALSE(Line({"status"}, {{"COLLATE_TLS", "false"}}).client.tls.on);
  EXPECT_THAT(Refusal({"status"}, {{"COLLATE_TLS", "perhaps"}}),
              HasSubstr("COLLATE_TLS is 'perhaps'"));
}

TEST_F(ClientConfigTest, TheDoctorAndWhatNeedsNoServiceRunAllTheSame) {
  path_ = dir_.Write("bad.textproto", "no");
  const auto doctor = std::get<DoctorCommand>(Line({"doctor"}).command);
  EXPECT_THAT(base::DetailOf(doctor.problem).reason,
              Eq("INVALID_CLIENT_CONFIG"));
  Line({"completion", "bash"});
  Line({"audit", "verify", "x"});
}

TEST_F(ClientConfigTest, TheDoctorIsToldWhereEachSettingComesFrom) {
  const auto doctor =
      std::get<DoctorCommand>(Line({"doctor", "--profile", "newsroom"},
                                   {{"COLLATE_TOKEN_FILE", dir_.File("token")}})
                                  .command);
  std::map<std::string, std::string> origins;
  for (const Setting& one : doctor.settings) origins[one.name] = one.origin;
  EXPECT_THAT(origins["server"], Eq("profile newsroom"));
  EXPECT_THAT(origins["token-file"], Eq("COLLATE_TOKEN_FILE"));
  EXPECT_THAT(origins["tls-cert"], Eq("default"));
}

}  // namespace
}  // namespace collate::client
