// kill -9 at any moment of an ingestion leaves all of it or nothing, and what
// was there before as it was.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/integration/end_to_end.h"
#include "tests/testing/test_scale.h"

namespace collate::testing {
namespace {

using ::testing::Eq;

constexpr int kShards = 20;
constexpr int kKillsPerShard = 5;

// The same cells as in the file that is killed on its way, of another date.
client::Submission Earlier() {
  client::Submission submission = HomeOffice(Excerpt());
  submission.release.clear_publish_time_unknown();
  submission.release.mutable_publish_time()->set_seconds(1548288000);
  return submission;
}

// The whole file where it is: its transaction is large enough to be cut.
class KillDuringIngestion : public ::testing::TestWithParam<int> {};

TEST_P(KillDuringIngestion, LosesNothingAndLeavesAllOrNothing) {
  const std::vector<std::string> ingest = {"ingest",      LargestFile(),
                                           "--source",    "home-office-prc",
                                           "--published", "unknown"};
  v1::StatisticsQuery query = By(Query("88A", {"2017/18"}, kPanel), "reporter");
  v1::QueryStatisticsResponse expected;
  int64_t observations = 0;  // of the file
  absl::Duration whole;
  TempDir first;  // holds what is acknowledged before all kills
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = first.File("data")}));
    const auto client = ConnectTo(*daemon);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                                 client->Ingest(Earlier(), nullptr));
    query.add_releases(report.release().name());
    COLLATE_ASSERT_OK_AND_ASSIGN(expected,
                                 client->Query(query, v1::VIEW_CITED));
    ASSERT_THAT(expected.cells_size(), Eq(43));
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  const auto copy = [&first](const TempDir& dir) {
    std::filesystem::copy(first.File("data"), dir.File("data"));
  };
  {
    TempDir dir;
    copy(dir);
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const absl::Time began = absl::Now();
    ASSERT_THAT(daemon->RunCli(ingest).exit_code, Eq(0));
    whole = absl::Now() - began;
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                                 ConnectTo(*daemon)->ListReleases("sources/-"));
    ASSERT_THAT(releases.size(), Eq(2));
    for (const v1::Release& release : releases) {
      if (release.name() != query.releases(0)) {
        observations = release.observation_count();
      }
    }
    ASSERT_THAT(observations, ::testing::Gt(0));
  }

  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const int kills = kKillsPerShard * TestScale();
  int none = 0;
  int all = 0;
  int acknowledged = 0;
  absl::Duration slowest;
  auto dir = std::make_unique<TempDir>();
  copy(*dir);
  for (int i = 0; i < kills; ++i) {
    SCOPED_TRACE(absl::StrCat("kill ", i));
    absl::StatusOr<int> told;
    {
      COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                   Daemon::Start({.data = dir->File("data")}));
      COLLATE_ASSERT_OK_AND_ASSIGN(Process cli, daemon->StartCli(ingest));
      // The moment is the experiment; a little past the end belongs to it.
      const absl::Duration delay =
          whole * 1.3 * std::uniform_real_distribution<double>(0, 1)(random);
      poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(delay)));
      daemon->Kill();
      told = cli.Wait(absl::Seconds(60));
      ASSERT_THAT(told, IsOk());
    }
    const absl::Time began = absl::Now();
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir->File("data")}));
    slowest = std::max(slowest, absl::Now() - began);
    const auto client = ConnectTo(*daemon);
    ASSERT_NE(client, nullptr);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                 client->Query(query, v1::VIEW_CITED));
    EXPECT_TRUE(
        google::protobuf::util::MessageDifferencer::Equals(answer, expected))
        << answer.ShortDebugString();
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                                 client->ListReleases("sources/-"));
    const bool is_there = releases.size() == 2;
    if (!is_there) {
      ++none;
      ASSERT_THAT(releases.size(), Eq(1));
      EXPECT_NE(*told, 0) << "was acknowledged and is lost";
    } else {
      ++all;
      for (const v1::Release& release : releases) {
        if (release.name() == query.releases(0)) continue;
        EXPECT_THAT(release.observation_count(), Eq(observations));
      }
    }
    if (*told == 0) ++acknowledged;
    EXPECT_THAT(Number(*client, Query("88A", {"2017/18"}, kPanel)),
                IsOkAndHolds(Eq(kForces)));
    const CliResult check = daemon->RunCli({"admin", "check"});
    EXPECT_THAT(check.exit_code, Eq(0)) << check.out << check.err;
    ASSERT_THAT(daemon->Terminate(), Eq(0));
    if (HasFailure()) return;
    // What an interrupted ingestion left behind is part of the next round;
    // a whole one has nothing left to interrupt.
    if (is_there) {
      dir = std::make_unique<TempDir>();
      copy(*dir);
    }
  }
  std::cout << "measured: " << kills << " kills, " << none << " left nothing, "
            << all << " left all, " << acknowledged
            << " of these acknowledged; slowest restart "
            << absl::FormatDuration(slowest) << std::endl;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(slowest, absl::Seconds(5));
#endif
}

INSTANTIATE_TEST_SUITE_P(Shard, KillDuringIngestion,
                         ::testing::Range(0, kShards));

}  // namespace
}  // namespace collate::testing
