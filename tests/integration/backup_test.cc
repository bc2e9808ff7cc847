// A backup that is made while the service works is a data directory: another
// service serves it as it is, byte for byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::HasSubstr;

// A release of one force's figures; each number makes another.
std::string Figures(int number) {
  return absl::StrCat(
      "table,measure,unit,reporter,period_begin,period_end,period_kind,"
      "dim:offence,state,value,raw\n"
      "t,recorded offences,offences,Kent,2023-04-01,2024-04-01,"
      "FINANCIAL_YEAR,88A,REPORTED,",
      number, ",", number, "\n");
}

v1::StatisticsQuery BigQuestion() {
  return By(Query("88A", {"2017/18 Q1", "2017/18"}, "uk-territorial-forces"),
            "reporter");
}

std::string BytesOf(client::Client& client, const v1::StatisticsQuery& query) {
  const auto answer = client.Query(query, v1::VIEW_CITED);
  EXPECT_THAT(answer, IsOk());
  return answer.ok() ? answer->SerializeAsString() : "";
}

TEST(Backup, IsServedAsItIsWithTheSameAnswers) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  ASSERT_THAT(client->Ingest(HomeOffice(LargestFile()), nullptr), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client->Query(BigQuestion(), v1::VIEW_CITED));
  const std::string before = answer.SerializeAsString();
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto named, client->GetAnswer(answer.name(), v1::VIEW_CITED));

  const CliResult cli = daemon->RunCli({"admin", "backup", "first"});
  ASSERT_THAT(cli.exit_code, Eq(0)) << cli.err;
  EXPECT_THAT(cli.out,
              AllOf(HasSubstr(dir.File("data/backups/first")),
                    HasSubstr("clean"), HasSubstr("1 names of answers")));
  const CliResult again = daemon->RunCli({"admin", "backup", "first"});
  EXPECT_THAT(again.exit_code, Eq(1));
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  ASSERT_THAT(daemon->Terminate(), Eq(0));

  // Put in the place of the old one, as UPGRADE.md says.
  std::filesystem::rename(dir.File("data"), dir.File("broken"));
  std::filesystem::copy(dir.File("broken/backups/first"), dir.File("data"),
                        std::filesystem::copy_options::recursive);
  COLLATE_ASSERT_OK_AND_ASSIGN(daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto restored = ConnectTo(*daemon);
  EXPECT_EQ(BytesOf(*restored, BigQuestion()), before);
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto known, restored->GetAnswer(answer.name(), v1::VIEW_CITED));
  EXPECT_EQ(known.answer.SerializeAsString(), named.answer.SerializeAsString());
  EXPECT_THAT(daemon->RunCli({"admin", "check"}).exit_code, Eq(0));
  EXPECT_THAT(daemon->Terminate(), Eq(0));
  EXPECT_THAT(
      daemon->RunCli({"audit", "verify", dir.File("data/audit")}).exit_code,
      Eq(0));
}

TEST(Backup, IsWholeWhileDocumentsAreTakenIn) {
  TempDir dir;
  const std::vector<std::string> adapters = {BuildPath("tests/adapters")};
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto daemon,
      Daemon::Start({.data = dir.File("data"), .adapters = adapters}));
  const auto client = ConnectTo(*daemon);
  ASSERT_THAT(client->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());

  std::atomic<bool> over = false;
  std::atomic<int> loaded = 0;
  std::thread loader([&] {
    const auto own = ConnectTo(*daemon);
    for (int i = 1; !over; ++i) {
      client::Submission submission =
          Document(dir.Write(absl::StrCat("figures", i, ".csv"), Figures(i)),
                   absl::StrCat("source-", i));
      EXPECT_THAT(own->Ingest(submission, nullptr), IsOk());
      ++loaded;
    }
  });
  std::vector<int> at_least;
  for (int i = 0; i < 3; ++i) {
    const int target = loaded + 3;
    while (loaded < target) std::this_thread::yield();
    at_least.push_back(loaded);
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const v1::Backup backup,
        client->BackUpStore(absl::StrCat("under-load-", i), nullptr));
    EXPECT_THAT(backup.check().problem_count(), Eq(0));
    EXPECT_THAT(backup.check().release_count(), Ge(at_least.back() + 1));
    EXPECT_THAT(backup.byte_count(), Gt(0));
  }
  over = true;
  loader.join();
  EXPECT_THAT(daemon->Terminate(), Eq(0));

  for (size_t i = 0; i < at_least.size(); ++i) {
    const std::string data =
        dir.File(absl::StrCat("data/backups/under-load-", i));
    COLLATE_ASSERT_OK_AND_ASSIGN(
        auto restored, Daemon::Start({.data = data, .adapters = adapters}));
    const auto asked = ConnectTo(*restored);
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto excerpt,
                                 asked->Query(BigQuestion(), v1::VIEW_BASIC));
    EXPECT_THAT(excerpt.cells_size(), Eq(90));
    for (int number = 1; number <= at_least[i]; ++number) {
      v1::StatisticsQuery query = Query("88A", {"2023/24"}, "");
      Filter(query, "reporter", {"kent"});
      query.add_preferred_sources(absl::StrCat("source-", number));
      EXPECT_THAT(Number(*asked, query), IsOkAndHolds(Eq(number)));
    }
    EXPECT_THAT(restored->Terminate(), Eq(0));
  }
}

}  // namespace
}  // namespace collate::testing
