// What an operator and an analyst see of the whole service: releases with
// their reports, findings, the sandbox, and adapters read anew.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Catalogue, ARestartKeepsTheReportOfARelease) {
  TempDir dir;
  v1::IngestionReport before;
  std::string shown;
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const auto client = ConnectTo(*daemon);
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto ingested, client->Ingest(HomeOffice(Excerpt()), nullptr));
    COLLATE_ASSERT_OK_AND_ASSIGN(
        before, client->GetReleaseReport(ingested.release().name()));
    EXPECT_THAT(before.documents(), SizeIs(ingested.documents_size()));
    EXPECT_EQ(before.documents(0).SerializeAsString(),
              ingested.documents(0).SerializeAsString());
    EXPECT_THAT(before.diagnostics(), SizeIs(ingested.diagnostics_size()));
    const CliResult cli =
        daemon->RunCli({"releases", "show", before.release().name()});
    EXPECT_THAT(cli.exit_code, Eq(0)) << cli.err;
    EXPECT_THAT(
        cli.out,
        AllOf(HasSubstr("publish time: unknown\n"), HasSubstr("rows_read 176"),
              HasSubstr(ingested.release().adapter_sha256()),
              AnyOf(HasSubstr("Findings:"), HasSubstr("No findings."))));
    shown = cli.out;
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto after,
      ConnectTo(*daemon)->GetReleaseReport(before.release().name()));
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(daemon->RunCli({"releases", "show", before.release().name()}).out,
            shown);
}

TEST(Catalogue, EveryShowFormWorksInEveryFormat) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto report,
      ConnectTo(*daemon)->Ingest(HomeOffice(Excerpt()), nullptr));
  const std::vector<std::vector<std::string>> forms = {
      {"sources", "list"},
      {"sources", "show", "home-office-prc"},
      {"releases", "list", "--source", "home-office-prc"},
      {"releases", "show", report.release().name()},
      {"measures", "show", "offences"},
      {"dimensions", "show", "offence"},
      {"members", "list", "reporter", "--level", "force"},
      {"members", "show", "reporter", "kent"},
      {"panels", "show", "ons-south-east"},
      {"adapters", "show", "police_returns"},
      {"validate"},
      {"status"},
      {"adapters", "reload"}};
  for (const std::vector<std::string>& form : forms) {
    for (const char* format : {"table", "csv", "json", "ndjson"}) {
      std::vector<std::string> words = form;
      words.insert(words.end(), {"--format", format});
      const CliResult cli = daemon->RunCli(words);
      EXPECT_THAT(cli.exit_code, Eq(0))
          << ::testing::PrintToString(words) << cli.err;
      if (std::string(format) == "ndjson") continue;  // may have no line
      EXPECT_THAT(cli.out, Not(IsEmpty())) << ::testing::PrintToString(words);
    }
  }
  EXPECT_THAT(daemon->RunCli({"panels", "show", "ons-south-east"}).out,
              HasSubstr("South East  E12000008"));
  EXPECT_THAT(daemon->RunCli({"panels", "show", "ons-suth-east"}).err,
              HasSubstr("panels/ons-south-east"));
}

TEST(Catalogue, FindingsOfTheHomeOfficeFileAreFewEnoughToRead) {
  COLLATE_SHARED_FILE(path, "police/prc-pfa-mar2013-onwards-tables201718.csv");
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  ASSERT_THAT(client->Ingest(HomeOffice(path), nullptr), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto findings, client->ListFindings({}));
  std::cout << "measured: " << findings.size()
            << " findings in 23,068 observations" << std::endl;
  for (const v1::Finding& finding : findings) {
    std::cout << "  " << finding.message() << std::endl;
  }
  EXPECT_THAT(findings.size(), AllOf(Ge(1u), Le(50u)));
  // A figure that jumps for one quarter is among them.
  EXPECT_TRUE(std::any_of(
      findings.begin(), findings.end(), [](const v1::Finding& finding) {
        return finding.kind() == v1::FINDING_KIND_LEVEL_SHIFT &&
               absl::StartsWith(finding.message(),
                                "North Wales, Sexual activity involving child "
                                "under 16, 2017/18 Q4: 571 ");
      }));
  EXPECT_THAT(daemon->RunCli({"validate"}).exit_code, Eq(0));
  EXPECT_THAT(daemon->RunCli({"validate", "--strict"}).exit_code, Eq(1));
  EXPECT_THAT(
      daemon->RunCli({"validate", "--reporter", "kent", "--strict"}).out,
      AllOf(HasSubstr("Kent, "), Not(HasSubstr("North Wales"))));
  EXPECT_THAT(daemon->RunCli({"validate", "--source", "home-ofice"}).err,
              HasSubstr("UNKNOWN_SOURCE"));
}

// A directory of adapters that only this user can have written.
class Reload : public ::testing::Test {
 protected:
  void CopyAdapter() {
    const std::string from = BuildPath("tests/adapters/long_format");
    const std::string to = dir_.File("adapters/long_format");
    fs::create_directories(to);
    fs::copy(
        from, to,
        fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  void Start(const std::string& config = "drain_seconds: 20") {
    fs::create_directories(dir_.File("adapters"));
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {dir_.File("adapters")},
                       .config = dir_.Write("config.textproto", config)});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
  }

  v1::Adapter LongFormat() {
    const auto adapter = client_->GetAdapter("adapters/long_format");
    return adapter.ok() ? *adapter : v1::Adapter();
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(Reload, AnAdapterThatAppearsIsFoundByTheCommandLine) {
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_THAT(LongFormat().name(), IsEmpty());
  CopyAdapter();
  const CliResult cli = daemon_->RunCli({"adapters", "reload"});
  EXPECT_THAT(cli.exit_code, Eq(0)) << cli.err;
  EXPECT_THAT(cli.out, HasSubstr("long_format  added"));
  EXPECT_THAT(LongFormat().name(), Eq("adapters/long_format"));
  EXPECT_FALSE(LongFormat().installed());
  EXPECT_THAT(daemon_->RunCli({"adapters", "reload"}).out,
              Eq("Nothing changed.\n"));
}

TEST_F(Reload, AHangUpReloadsAndTheServiceGoesOn) {
  ASSERT_NO_FATAL_FAILURE(Start());
  CopyAdapter();
  daemon_->HangUp();
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  // The adapter is there before the line is, so each is waited for.
  while ((LongFormat().name().empty() ||
          !absl::StrContains(daemon_->Log(), "adapters reloaded")) &&
         absl::Now() < deadline) {
  }
  EXPECT_THAT(LongFormat().name(), Eq("adapters/long_format"));
  EXPECT_THAT(daemon_->Log(), HasSubstr("adapters reloaded"));
  fs::remove_all(dir_.File("adapters/long_format"));
  daemon_->HangUp();
  while (!LongFormat().name().empty() && absl::Now() < deadline) {
  }
  EXPECT_THAT(LongFormat().name(), IsEmpty());
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

TEST_F(Reload, ALibraryThatIsNotAllowedIsRefusedByConfiguration) {
  CopyAdapter();
  ASSERT_NO_FATAL_FAILURE(Start(
      absl::StrCat("allowed_adapter_sha256: \"", std::string(64, 'a'), "\"")));
  EXPECT_THAT(LongFormat().state(), Eq(v1::ADAPTER_STATE_REFUSED));
  const CliResult status = daemon_->RunCli({"status"});
  EXPECT_THAT(status.out, AllOf(StartsWith("serving\n"),
                                HasSubstr("none of the 1 that are allowed")));
  EXPECT_THAT(client_->Ingest(HomeOffice(Excerpt()), nullptr),
              HasReason("NO_ADAPTER"));
}

TEST(Quarantine, IsShownAndLiftedByAReload) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto daemon,
      Daemon::Start({.data = dir.File("data"),
                     .adapters = {BuildPath("tests/bad_adapters")}}));
  const auto client = ConnectTo(*daemon);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto status, client->GetServiceStatus());
  if (!status.sandbox_complete()) {
    GTEST_SKIP() << "further adapters are refused here: "
                 << status.adapter_policy();
  }
  client::Submission submission =
      Document(SourcePath("tests/data/police/"
                          "prc-pfa-mar2013-onwards-tables201718-88A.csv"),
               "foi");
  submission.release.set_adapter("bad_aborts");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(client->Ingest(submission, nullptr),
                HasReason("ADAPTER_CRASHED"));
  }
  EXPECT_THAT(client->Ingest(submission, nullptr),
              HasReason("ADAPTER_QUARANTINED"));
  COLLATE_ASSERT_OK_AND_ASSIGN(auto adapter,
                               client->GetAdapter("adapters/bad_aborts"));
  EXPECT_THAT(adapter.state(), Eq(v1::ADAPTER_STATE_QUARANTINED));
  ASSERT_THAT(adapter.problems(), SizeIs(1));
  EXPECT_THAT(adapter.problems(0), HasSubstr("3 of its workers died"));
  EXPECT_THAT(daemon->RunCli({"status"}).out, HasSubstr("in quarantine"));
  const CliResult reload = daemon->RunCli({"adapters", "reload"});
  EXPECT_THAT(reload.out, HasSubstr("bad_aborts  out of quarantine"));
  COLLATE_ASSERT_OK_AND_ASSIGN(adapter,
                               client->GetAdapter("adapters/bad_aborts"));
  EXPECT_THAT(adapter.state(), Eq(v1::ADAPTER_STATE_READY));
}

TEST(Status, NamesEveryLayerBeforeTheFirstIngestion) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const CliResult status = daemon->RunCli({"status"});
  EXPECT_THAT(status.exit_code, Eq(0)) << status.err;
  for (const char* layer :
       {"limits", "namespaces", "credentials", "parent_death", "no_new_privs",
        "landlock", "seccomp"}) {
    EXPECT_THAT(status.out, HasSubstr(absl::StrCat("\n", layer, " ")));
  }
  EXPECT_THAT(status.out, HasSubstr("police_returns"));
}

}  // namespace
}  // namespace collate::testing
