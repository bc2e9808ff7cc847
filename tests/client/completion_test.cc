#include "client/cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/cli/all_commands.h"
#include "client/cli/run.h"
#include "tests/client/environment.h"
#include "tests/client/fake_service.h"
#include "tests/testing/temp_dir.h"

namespace collate::client {
namespace {

using ::collate::testing::FakeService;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Not;

struct Offered {
  std::string kind;
  std::vector<std::string> words;
};

Offered OfferedBy(const std::string& answer) {
  Offered offered;
  for (const absl::string_view line :
       absl::StrSplit(answer, '\n', absl::SkipEmpty())) {
    const std::string word(line.substr(0, line.find('\t')));
    if (offered.kind.empty()) {
      offered.kind = word;
    } else {
      offered.words.push_back(word);
    }
  }
  return offered;
}

Offered Complete(const std::vector<std::string>& words,
                 Client* client = nullptr,
                 const std::vector<std::string>& profiles = {}) {
  CommandTree tree;
  GlobalWords globals;
  AddAllCommands(tree, globals);
  return OfferedBy(CompleteWords(tree, {words, profiles}, client));
}

TEST(Completion, CommandsAndOptionsAreThoseOfTheTree) {
  EXPECT_THAT(Complete({"qu"}).words, ElementsAre("query"));
  EXPECT_THAT(Complete({""}).words, Contains("adapters"));
  EXPECT_THAT(Complete({""}).words, Not(Contains("__complete")));
  EXPECT_THAT(Complete({"adapters", ""}).words,
              ElementsAre("list", "show", "reload"));
  EXPECT_THAT(Complete({"query", "--pan"}).words, ElementsAre("--panel"));
  EXPECT_THAT(Complete({"query", "offences", "--serv"}).words,
              ElementsAre("--server"));
  EXPECT_THAT(Complete({"members", "--hel"}).words, ElementsAre("--help"));
}

TEST(Completion, ChoicesFollowTheirOptionOrAnEqualsSign) {
  EXPECT_THAT(Complete({"query", "--view", ""}).words,
              ElementsAre("basic", "cited"));
  EXPECT_THAT(Complete({"--format", "sd"}).words, ElementsAre("sdmx-csv"));
  EXPECT_THAT(Complete({"status", "--format=js"}).words,
              ElementsAre("--format=json", "--format=json-stat"));
  EXPECT_THAT(Complete({"ingest", "--published", ""}).words,
              ElementsAre("unknown"));
  EXPECT_THAT(Complete({"completion", ""}).words,
              ElementsAre("bash", "zsh", "fish"));
}

TEST(Completion, FilesAndFoldersAreLeftToTheShell) {
  EXPECT_THAT(Complete({"ingest", ""}).kind, Eq("files"));
  EXPECT_THAT(Complete({"ingest", "a.csv", "b"}).kind, Eq("files"));
  EXPECT_THAT(Complete({"foi", "init", ""}).kind, Eq("folders"));
  EXPECT_THAT(Complete({"--tls-ca", ""}).kind, Eq("files"));
  EXPECT_THAT(Complete({"query", "--tls"}).kind, Eq("words"));
}

TEST(Completion, CodesAreAskedOfTheService) {
  FakeService service;
  const auto client = service.Connect();
  EXPECT_THAT(Complete({"query", ""}, client.get()).words, ElementsAre("m0"));
  EXPECT_THAT(Complete({"query", "m9,"}, client.get()).words,
              ElementsAre("m9,m0"));
  EXPECT_THAT(Complete({"releases", "--source", ""}, client.get()).words,
              ElementsAre("s"));
  EXPECT_THAT(Complete({"query", "m0", "--panel", ""}, client.get()).words,
              ElementsAre("p0", "p1", "p2"));
  EXPECT_THAT(Complete({"withdraw", ""}, client.get()).words,
              ElementsAre("sources/-/releases/r"));
  // A list that was left out, beside what else may come.
  EXPECT_THAT(Complete({"panels", "show", ""}, client.get()).words,
              ElementsAre("p0", "p1", "p2"));
}

TEST(Completion, PeriodsAreThoseOfTheMeasureThatWasTyped) {
  FakeService service;
  auto* availability = service.statistics.check.add_availability();
  for (const char* text : {"2016/17", "2017/18"}) {
    auto* period = availability->add_periods();
    period->set_text(text);
    period->set_start_date(std::string(text).substr(0, 4));
  }
  const auto client = service.Connect();
  EXPECT_THAT(
      Complete({"query", "offences", "--period", ""}, client.get()).words,
      ElementsAre("2017/18", "2016/17"))
      << "latest first";
  EXPECT_THAT(
      Complete({"query", "offences", "--periods", "2016/17..20"}, client.get())
          .words,
      ElementsAre("2016/17..2017/18", "2016/17..2016/17"));
  EXPECT_THAT(
      Complete({"query", "offences", "--rate", "population@"}, client.get())
          .words,
      ElementsAre("population@2017/18", "population@2016/17"));
}

TEST(Completion, WithoutAServiceNothingIsOfferedAndNothingIsSaid) {
  EXPECT_THAT(Complete({"query", ""}).words, IsEmpty());
  const auto parsed =
      ParseCommandLine({"__complete", "--server", "unix:/no/such", "query", ""},
                       EnvironmentOf({}));
  const auto& line = std::get<CommandLine>(parsed);
  EXPECT_THAT(line.client.server, Eq("unix:/no/such"));
  EXPECT_THAT(line.client.timeout, Eq(kCompletionDeadline));
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_THAT(client::Run(line, **Client::Create(line.client), out, err, false),
              Eq(kExitDone));
  EXPECT_THAT(out.str(), Eq("words\n"));
  EXPECT_THAT(err.str(), Eq(""));
}

TEST(Completion, ProfilesAreThoseOfTheFileThatIsMeant) {
  const ::collate::testing::TempDir dir;
  const std::string path = dir.Write(
      "c.textproto", "profiles { name: \"one\" } profiles { name: \"two\" }");
  const auto parsed = ParseCommandLine(
      {"__complete", "--config", path, "--profile", ""}, EnvironmentOf({}));
  const auto& line = std::get<CommandLine>(parsed);
  EXPECT_THAT(std::get<CompleteCommand>(line.command).profiles,
              ElementsAre("one", "two"));
  EXPECT_THAT(Complete({"--profile", "t"}, nullptr, {"one", "two"}).words,
              ElementsAre("two"));
}

TEST(Completion, ABrokenLineOffersNothing) {
  EXPECT_THAT(Complete({"query", "--nonsense", "x", "--vi"}).words,
              ElementsAre("--view"));
  EXPECT_THAT(Complete({"nonsense", ""}).kind, Eq("words"));
  EXPECT_THAT(Complete({"query", "--check=x"}).words, IsEmpty());
  EXPECT_THAT(Complete({}).words, IsEmpty());
}

TEST(Completion, EachShellHasAScript) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(CompletionScript(shell), ::testing::HasSubstr("__complete"));
  }
}

}  // namespace
}  // namespace collate::client
