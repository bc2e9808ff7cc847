// kill -9 at any moment of an ingestion leaves all of it or nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Eq;

constexpr int kShards = 4;
constexpr int kKillsPerShard = 25;

int Scale() {
  const char* text = std::getenv("COLLATE_TEST_SCALE");
  int scale = 1;
  if (text != nullptr && !absl::SimpleAtoi(text, &scale)) {
    ADD_FAILURE() << "COLLATE_TEST_SCALE is no number: " << text;
  }
  return scale;
}

// The whole file where it is: its transaction is large enough to be cut.
class KillDuringIngestion : public ::testing::TestWithParam<int> {};

TEST_P(KillDuringIngestion, LeavesAllOrNothing) {
  const std::string path = LargestFile();
  const v1::StatisticsQuery query = Query("88A", {"2017/18"}, kPanel);
  const std::vector<std::string> ingest = {
      "ingest", path, "--source", "home-office-prc", "--published", "unknown"};

  absl::Duration whole;
  {
    TempDir dir;
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const absl::Time began = absl::Now();
    ASSERT_THAT(daemon->RunCli(ingest).exit_code, Eq(0));
    whole = absl::Now() - began;
  }

  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const int kills = kKillsPerShard * Scale();
  int none = 0;
  int all = 0;
  auto dir = std::make_unique<TempDir>();
  for (int i = 0; i < kills; ++i) {
    {
      COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                   Daemon::Start({.data = dir->File("data")}));
      COLLATE_ASSERT_OK_AND_ASSIGN(Process cli, daemon->StartCli(ingest));
      // The moment is the experiment; a little past the end belongs to it.
      const absl::Duration delay =
          whole * 1.3 * std::uniform_real_distribution<double>(0, 1)(random);
      poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(delay)));
      daemon->Kill();
      ASSERT_THAT(cli.Wait(absl::Seconds(60)), IsOk());
    }
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir->File("data")}));
    const auto client = ConnectTo(*daemon);
    ASSERT_NE(client, nullptr);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                 client->Query(query, v1::VIEW_BASIC));
    ASSERT_THAT(answer.cells_size(), Eq(1));
    const v1::Cell& cell = answer.cells(0);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                                 client->ListReleases("sources/-"));
    if (cell.has_reported()) {
      ++all;
      ASSERT_THAT(cell.reported(), Eq(kForces)) << "after kill " << i;
      ASSERT_THAT(cell.coverage().complete(), Eq(43));
      ASSERT_THAT(releases.size(), Eq(1));
    } else {
      ++none;
      ASSERT_THAT(cell.state(), Eq(v1::STATE_NO_RELEASE));
      ASSERT_THAT(releases.size(), Eq(0));
    }
    ASSERT_THAT(daemon->Terminate(), Eq(0));
    // What an interrupted ingestion left behind is part of the next round;
    // a whole one has nothing left to interrupt.
    if (cell.has_reported()) dir = std::make_unique<TempDir>();
  }
  std::cout << "measured: " << kills << " kills, " << none << " left nothing, "
            << all << " left all" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Shard, KillDuringIngestion,
                         ::testing::Range(0, kShards));

}  // namespace
}  // namespace collate::testing
