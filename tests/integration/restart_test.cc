// What was published stays: across restarts, and when handed in twice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <iostream>

#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;

TEST(Restart, GivesTheSameAnswers) {
  TempDir dir;
  const v1::StatisticsQuery query =
      By(Query("88A", {"2017/18 Q1", "2017/18"}, "uk-territorial-forces"),
         "reporter");
  v1::QueryStatisticsResponse before;
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const auto client = ConnectTo(*daemon);
    ASSERT_THAT(client->Ingest(HomeOffice(LargestFile()), nullptr), IsOk());
    COLLATE_ASSERT_OK_AND_ASSIGN(before, client->Query(query, v1::VIEW_CITED));
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  const absl::Time began = absl::Now();
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  std::cout << "measured: restart until it serves "
            << absl::FormatDuration(absl::Now() - began) << std::endl;
  const auto client = ConnectTo(*daemon);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto after,
                               client->Query(query, v1::VIEW_CITED));
  ASSERT_THAT(before.cells_size(), Eq(90));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(before, after))
      << "before: " << before.cells(0).ShortDebugString()
      << "\nafter: " << after.cells(0).ShortDebugString();
  // A handle outlives the restart, because nothing was published since.
  EXPECT_THAT(client->Explain(before.cells(0).handle()), IsOk());
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

TEST(Restart, TheSameBytesWithTheSameManifestAreOneRelease) {
  TempDir dir;
  std::string first;
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const auto client = ConnectTo(*daemon);
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto report, client->Ingest(HomeOffice(Excerpt()), nullptr));
    EXPECT_FALSE(report.already_loaded());
    first = report.release().name();
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto again, client->Ingest(HomeOffice(Excerpt()), nullptr));
    EXPECT_TRUE(again.already_loaded());
    EXPECT_THAT(again.release().name(), Eq(first));
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto again,
                               client->Ingest(HomeOffice(Excerpt()), nullptr));
  EXPECT_TRUE(again.already_loaded());
  EXPECT_THAT(again.release().name(), Eq(first));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client->ListReleases("sources/-"));
  EXPECT_THAT(releases.size(), Eq(1));
  EXPECT_THAT(Number(*client, Query("88A", {"2017/18"}, kPanel)),
              IsOkAndHolds(Eq(kForces)));
}

TEST(Restart, AWithdrawnReleaseStaysWithdrawn) {
  TempDir dir;
  std::string name;
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const auto client = ConnectTo(*daemon);
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto report, client->Ingest(HomeOffice(Excerpt()), nullptr));
    name = report.release().name();
    const CliResult withdrawn =
        daemon->RunCli({"withdraw", name, "--reason", "wrong file"});
    EXPECT_THAT(withdrawn.exit_code, Eq(0)) << withdrawn.err;
    EXPECT_THAT(Number(*client, Query("88A", {"2017/18"}, kPanel)),
                StatusIs(absl::StatusCode::kNotFound));
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  EXPECT_THAT(Number(*client, Query("88A", {"2017/18"}, kPanel)),
              StatusIs(absl::StatusCode::kNotFound));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto release, client->GetRelease(name));
  EXPECT_THAT(release.state(), Eq(v1::RELEASE_STATE_WITHDRAWN));
  EXPECT_THAT(release.withdrawn_reason(), Eq("wrong file"));
}

TEST(Restart, ACheckFindsDamageWhileTheOthersAreServed) {
  TempDir dir;
  std::string name;
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const auto client = ConnectTo(*daemon);
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto report, client->Ingest(HomeOffice(Excerpt()), nullptr));
    name = report.release().name();
    const CliResult clean = daemon->RunCli({"admin", "check"});
    EXPECT_THAT(clean.exit_code, Eq(0)) << clean.err;
    EXPECT_THAT(clean.out, HasSubstr("clean\n1 releases"));
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(dir.File("data/collate.db").c_str(), &database),
            SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database,
                         "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 700) "
                         "|| x'5a' || substr(bytes, 702) AS BLOB)",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_close(database), SQLITE_OK);
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const CliResult damaged = daemon->RunCli({"admin", "check"});
  EXPECT_THAT(damaged.exit_code, Eq(1));
  EXPECT_THAT(damaged.out, HasSubstr("damaged\n"));
  EXPECT_THAT(damaged.out, HasSubstr("collate.db: release " + name));
  EXPECT_THAT(daemon->Log(), HasSubstr("data directory is damaged"));
}

TEST(Restart, OneDataDirectoryHasOneDaemon) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto second = Daemon::Start({.data = dir.File("data")});
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(second, MessageHas("is in use by process"));
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
