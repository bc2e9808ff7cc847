// Several collated over one ClickHouse cluster: the answers of the embedded
// store, and never a smaller total when a part of the cluster is down.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "service/store/clickhouse_client.h"
#include "tests/integration/end_to_end.h"
#include "tests/integration/published_releases.h"
#include "tests/testing/clickhouse.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Ne;
using ::testing::SizeIs;

// Two shards; replicas are started by the tests.
class SharedStore : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_NEEDS_CLICKHOUSE();
    COLLATE_ASSERT_OK_AND_ASSIGN(servers_, ClickHouseServers::Start(2));
    const auto write = [this](const char* name, const char* more) {
      return dir_.Write(
          name,
          absl::StrCat("store { clickhouse { shards: '", servers_->urls()[0],
                       "' shards: '", servers_->urls()[1],
                       "' timeout_seconds: 20 ", more, " } }"));
    };
    config_ = write("collated.conf", "");
    away_config_ = write("away.conf", "max_resident_observations: 0");
  }

  std::unique_ptr<Daemon> StartReplica(const std::string& name,
                                       const std::string& site = "") {
    return Start(name, site, config_);
  }
  // One that has no observations in memory.
  std::unique_ptr<Daemon> StartAway(const std::string& name,
                                    const std::string& site = "") {
    return Start(name, site, away_config_);
  }

  std::unique_ptr<Daemon> Start(const std::string& name,
                                const std::string& site,
                                const std::string& config) {
    auto daemon = Daemon::Start(
        {.data = dir_.File(name), .site = site, .config = config});
    EXPECT_THAT(daemon, IsOk());
    return daemon.ok() ? *std::move(daemon) : nullptr;
  }

  std::unique_ptr<Daemon> StartEmbedded(const std::string& site = "") {
    auto daemon = Daemon::Start({.data = dir_.File("embedded"), .site = site});
    EXPECT_THAT(daemon, IsOk());
    return daemon.ok() ? *std::move(daemon) : nullptr;
  }

  // Asks until it is so: replicas look once a second.
  static void Await(const char* what, const std::function<bool()>& is_so) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (!is_so()) {
      ASSERT_LT(absl::Now(), deadline) << what;
      std::this_thread::yield();
    }
  }

  static void AwaitReleases(const Daemon& daemon, size_t count) {
    const auto client = ConnectTo(daemon);
    Await("releases", [&] {
      const auto releases = client->ListReleases("sources/-");
      return releases.ok() && releases->size() == count;
    });
  }

  // Every command says the same of both.
  static void ExpectSameWords(
      const Daemon& expected, const Daemon& found,
      const std::vector<std::vector<std::string>>& commands) {
    for (const std::vector<std::string>& command : commands) {
      const CliResult of_one = expected.RunCli(command);
      const CliResult of_other = found.RunCli(command);
      const std::string words = absl::StrJoin(command, " ");
      EXPECT_EQ(of_one.exit_code, 0) << words << "\n" << of_one.err;
      EXPECT_THAT(of_one.out, Ne("")) << words;
      EXPECT_EQ(of_one.exit_code, of_other.exit_code) << words;
      EXPECT_EQ(of_one.out, of_other.out) << words;
      EXPECT_EQ(of_one.err, of_other.err) << words;
    }
  }

  static v1::StatisticsQuery Forces() {
    return Query("88A", {"2017/18"}, kPanel);
  }

  TempDir dir_;
  std::string config_;
  std::string away_config_;
  std::unique_ptr<ClickHouseServers> servers_;
};

TEST_F(SharedStore, AnswersAreThoseOfTheEmbeddedStore) {
  const auto embedded = StartEmbedded();
  const auto first = StartReplica("first");
  const auto second = StartAway("second");
  ASSERT_TRUE(embedded != nullptr && first != nullptr && second != nullptr);
  for (const Daemon* daemon : {embedded.get(), first.get()}) {
    ASSERT_THAT(ConnectTo(*daemon)->Ingest(HomeOffice(LargestFile()), nullptr),
                IsOk());
    IngestPublishedFigures(*daemon);
  }
  AwaitReleases(*second, 5);
  const std::vector<std::vector<std::string>> commands = {
      {"query", "offences", "--where", "offence=88A", "--by", "reporter",
       "--periods", "2017/18 Q1..2017/18 Q4", "--panel",
       "england-wales-forces-and-btp", "--view", "cited", "--format", "json"},
      {"query", "offences", "--where", "offence=88A", "--period", "2017/18",
       "--panel", kPanel, "--view", "cited", "--format", "json"},
      {"query", "platform_share_percent", "--where", "reporter=united-kingdom",
       "--where", std::string("offence=") + kUnion, "--period", "2023/24",
       "--universe", "platform_known", "--by", "platform", "--view", "cited",
       "--format", "json"},
      {"query", "offences", "--where", "offence=s15a", "--panel",
       "onthewight-south-east-4", "--periods", "2017/18..2023/24", "--view",
       "cited", "--format", "json"},
      {"explain", "offences", "--where", "offence=88A", "--where",
       "reporter=greater-manchester", "--period", "2017/18"},
      {"claim", "check", "nspcc-2024"},
      {"conflicts"},
      {"validate"},
      {"sources"},
      {"observations", "offences", "--format", "csv"},
      {"export", "offences", "--as-of", "2030-01-01", "--format", "sdmx-csv"},
  };
  ExpectSameWords(*embedded, *first, commands);
  ExpectSameWords(*embedded, *second, commands);

  // Withdrawn by one, gone from the other.
  const auto client = ConnectTo(*second);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client->ListReleases("sources/onthewight"));
  ASSERT_THAT(releases, SizeIs(1));
  ASSERT_EQ(second->RunCli({"withdraw", releases[0].name(), "--reason", "x"})
                .exit_code,
            0);
  const auto other = ConnectTo(*first);
  Await("withdrawal", [&] {
    const auto release = other->GetRelease(releases[0].name());
    return release.ok() && release->state() == v1::RELEASE_STATE_WITHDRAWN;
  });
  EXPECT_EQ(first->Terminate(), 0);
  EXPECT_EQ(second->Terminate(), 0);
}

TEST_F(SharedStore, TheSamplePackHasTheSameAnswers) {
  const std::string site = SourcePath("tests/generators/foi_pack/site");
  const std::string folder = dir_.File("SYNTHETIC answers");
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto generator, Process::Spawn({BuildPath("bin/foi_pack"), folder}, {},
                                     dir_.File("out"), dir_.File("out")));
  ASSERT_THAT(generator.Wait(absl::Minutes(2)), IsOkAndHolds(Eq(0)));
  const auto embedded = StartEmbedded(site);
  const auto first = StartAway("first", site);
  const auto second = StartReplica("second", site);
  ASSERT_TRUE(embedded != nullptr && first != nullptr && second != nullptr);
  for (const Daemon* daemon : {embedded.get(), first.get()}) {
    const CliResult run =
        daemon->RunCli({"ingest", folder, "--source", "synthetic-foi",
                        "--synthetic", "--strict"});
    ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               ConnectTo(*first)->ListReleases("sources/-"));
  AwaitReleases(*second, releases.size());
  const std::string offence = std::string("offence=") + kUnion;
  const std::vector<std::string> offences = {
      "query", "offences", "--where",
      offence, "--panel",  "uk-territorial-forces"};
  const auto with = [&](const std::vector<std::string>& words) {
    std::vector<std::string> command = offences;
    command.insert(command.end(), words.begin(), words.end());
    return command;
  };
  const std::vector<std::vector<std::string>> commands = {
      with({"--periods", "2017/18..2024/25", "--by", "reporter", "--view",
            "cited", "--format", "json"}),
      with({"--period", "2023/24", "--change-on", "2017/18"}),
      with({"--period", "2024/25"}),
      with({"--universe", "platform_known", "--period", "2023/24"}),
      {"query", "platform_uses", "--where", offence, "--panel",
       "uk-territorial-forces", "--universe", "platform_known", "--by",
       "platform", "--share-of", "platform", "--base", "known-offences",
       "--period", "2023/24"},
      {"explain", "offences", "--where", offence, "--where", "reporter=kent",
       "--period", "2023/24"},
      {"conflicts"},
      {"observations", "offences", "--format", "csv"}};
  ExpectSameWords(*embedded, *first, commands);
  ExpectSameWords(*embedded, *second, commands);
}

// The panel's figure while shards stop and come back: whole, or refused.
TEST_F(SharedStore, AShardThatIsDownIsNeverASmallerTotal) {
  auto writer = StartReplica("writer");
  auto reader = StartReplica("reader");
  ASSERT_TRUE(writer != nullptr && reader != nullptr);
  ASSERT_THAT(ConnectTo(*writer)->Ingest(HomeOffice(Excerpt()), nullptr),
              IsOk());
  AwaitReleases(*reader, 1);
  const auto whole_or_refused = AnyOf(IsOkAndHolds(Eq(kForces)),
                                      StatusIs(absl::StatusCode::kUnavailable));

  // Editions with the same figures, while somebody asks all the time and one
  // shard dies.
  std::atomic<bool> done = false;
  std::atomic<int> asked = 0;
  std::thread asking([&] {
    const auto client = ConnectTo(*reader);
    while (!done) {
      EXPECT_THAT(Number(*client, Forces()), whole_or_refused);
      ++asked;
    }
  });
  {
    const auto client = ConnectTo(*writer);
    for (int edition = 1; edition <= 6; ++edition) {
      if (edition == 4) servers_->Kill(1);
      client::Submission submission = HomeOffice(Excerpt());
      submission.release.set_edition(absl::StrCat("edition ", edition));
      const auto ingested = client->Ingest(submission, nullptr);
      if (edition < 4) {
        EXPECT_THAT(ingested, IsOk());
      } else if (!ingested.ok()) {
        EXPECT_THAT(ingested, StatusIs(absl::StatusCode::kUnavailable));
        EXPECT_THAT(ingested, MessageHas("shard 2"));
      }
      EXPECT_THAT(Number(*client, Forces()), whole_or_refused);
    }
  }
  done = true;
  asking.join();
  EXPECT_GT(asked, 0);
  ASSERT_THAT(servers_->Restart(1), IsOk());

  // One that starts while a shard with figures is down knows of them and names
  // what it cannot read.
  EXPECT_THAT(store::ClickHouseClient(
                  {.url = servers_->urls()[1], .database = "collate"})
                  .Query("SELECT count() FROM observation"),
              IsOkAndHolds(Ne("0\n")));
  ASSERT_EQ(reader->Terminate(), 0);
  servers_->Kill(1);
  reader = StartReplica("reader");
  ASSERT_NE(reader, nullptr);
  const auto client = ConnectTo(*reader);
  EXPECT_THAT(Number(*client, Forces()),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("SOURCE_UNREADABLE"), MessageHas("shard 2")));
  v1::StatisticsQuery partial = Forces();
  partial.set_allow_partial(true);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client->Query(partial, v1::VIEW_BASIC));
  EXPECT_THAT(answer.ShortDebugString(), HasSubstr("SOURCE_UNREADABLE"));
  ASSERT_THAT(servers_->Restart(1), IsOk());
  Await("the shard that came back", [&] {
    const auto number = Number(*client, Forces());
    EXPECT_THAT(number, whole_or_refused);
    return number.ok();
  });
}

// The same of a replica that has nothing in memory: every question needs the
// shards.
TEST_F(SharedStore, AShardThatDiesUnderQuestionsIsNeverASmallerTotal) {
  const auto writer = StartReplica("writer");
  ASSERT_NE(writer, nullptr);
  ASSERT_THAT(ConnectTo(*writer)->Ingest(HomeOffice(LargestFile()), nullptr),
              IsOk());
  const auto reader = StartAway("reader");
  ASSERT_NE(reader, nullptr);
  AwaitReleases(*reader, 1);
  EXPECT_THAT(store::ClickHouseClient(
                  {.url = servers_->urls()[1], .database = "collate"})
                  .Query("SELECT count() FROM observation"),
              IsOkAndHolds(Ne("0\n")));
  COLLATE_ASSERT_OK_AND_ASSIGN(const int64_t whole,
                               Number(*ConnectTo(*writer), Forces()));

  // No two questions are the same, lest an answer be given again; all have the
  // same number.
  std::atomic<int> asked = 0;
  const auto next = [&](bool partial) {
    v1::StatisticsQuery query = Forces();
    query.mutable_as_of()->set_seconds(4'000'000'000 + ++asked);
    query.set_allow_partial(partial);
    return query;
  };
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> asking;
  for (int i = 0; i < 2; ++i) {
    asking.emplace_back([&] {
      const auto client = ConnectTo(*reader);
      while (!done) {
        const auto number = Number(*client, next(/*partial=*/false));
        if (number.ok()) {
          EXPECT_EQ(*number, whole);
          ++answered;
          continue;
        }
        EXPECT_THAT(number, AllOf(StatusIs(absl::StatusCode::kUnavailable),
                                  HasReason("STORE_IO")));
        EXPECT_THAT(number, MessageHas("shard 2"));
        ++refused;
      }
    });
  }
  Await("an answer", [&] { return answered > 10; });
  servers_->Kill(1);
  Await("a refusal", [&] { return refused > 2; });

  const auto client = ConnectTo(*reader);
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto partial,
      client->Query(next(/*partial=*/true), v1::VIEW_CITED));
  EXPECT_THAT(partial.ShortDebugString(), HasSubstr("SOURCE_UNREADABLE"));
  ASSERT_THAT(servers_->Restart(1), IsOk());
  const int before = answered;
  Await("answers again", [&] { return answered > before + 2; });

  // One that does not answer is waited for no longer than the time-out.
  servers_->Freeze(1);
  const absl::Time frozen = absl::Now();
  EXPECT_THAT(Number(*client, next(/*partial=*/false)),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("STORE_IO"), MessageHas("shard 2")));
  EXPECT_LT(absl::Now() - frozen, absl::Minutes(2));
  servers_->Thaw(1);
  done = true;
  for (std::thread& thread : asking) thread.join();
  EXPECT_THAT(Number(*client, next(/*partial=*/false)),
              IsOkAndHolds(Eq(whole)));
}

TEST_F(SharedStore, ASecondWriterIsToldWhoWrites) {
  const auto daemon = StartReplica("second");
  ASSERT_NE(daemon, nullptr);
  const store::ClickHouseClient client(
      {.url = servers_->urls()[0], .database = "collate"});
  ASSERT_THAT(
      client.Query("CREATE TABLE writer_7 ENGINE = TinyLog AS SELECT "
                   "'another, process 12' AS holder, toInt64(now()) + 600 AS "
                   "until, toUInt8(0) AS released"),
      IsOk());
  const auto service = ConnectTo(*daemon);
  EXPECT_THAT(service->Ingest(HomeOffice(Excerpt()), nullptr),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("STORE_BUSY"), MessageHas("process 12")));
  ASSERT_THAT(client.Query("INSERT INTO writer_7 SELECT 'another' AS holder, "
                           "toInt64(now()) AS until, toUInt8(1) AS released"),
              IsOk());
  EXPECT_THAT(service->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  EXPECT_THAT(Number(*service, Forces()), IsOkAndHolds(Eq(kForces)));
}

TEST_F(SharedStore, TheClusterOfOneMachineStartsAndStops) {
  const auto run = [&](const std::string& command) {
    std::vector<std::string> words = {SourcePath("deploy/cluster"), command,
                                      dir_.File("cluster")};
    if (command == "start") {
      words.insert(words.end(), {"--bin", BuildPath("bin")});
    }
    auto process =
        Process::Spawn(words, {}, dir_.File("out"), dir_.File("out"));
    EXPECT_THAT(process, IsOk());
    const auto code = process->Wait(absl::Minutes(3));
    EXPECT_THAT(code, IsOk()) << ReadFile(dir_.File("out"));
    return code.value_or(-1);
  };
  EXPECT_EQ(run("start"), 0) << ReadFile(dir_.File("out"));
  EXPECT_EQ(run("status"), 0) << ReadFile(dir_.File("out"));
  for (const char* replica : {"replica1", "replica2"}) {
    const std::string address =
        ReadFile(dir_.File(absl::StrCat("cluster/", replica, "/address")));
    auto client = client::Client::Create(
        {.server = address.substr(0, address.find('\n'))});
    ASSERT_THAT(client, IsOk());
    EXPECT_THAT((*client)->ListReleases("sources/-"), IsOk());
  }
  EXPECT_EQ(run("stop"), 0) << ReadFile(dir_.File("out"));
  EXPECT_EQ(run("status"), 1) << ReadFile(dir_.File("out"));
}

}  // namespace
}  // namespace collate::testing
