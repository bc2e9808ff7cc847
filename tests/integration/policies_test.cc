// What a question wants done about missing, contradicting and doubtful figures,
// and about releases that are damaged, end to end on figures of the press.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::Property;
using ::testing::SizeIs;

constexpr char kSouthEast[] = "onthewight-south-east-4";

v1::StatisticsQuery Of(const std::string& reporter, const std::string& period) {
  v1::StatisticsQuery query = Query("s15a", {period}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members(reporter);
  return query;
}

void Ingest(const Daemon& daemon, const std::string& file,
            const std::string& source, const std::string& recipe) {
  const CliResult run = daemon.RunCli(
      {"ingest", SourcePath("tests/data/foi/published/" + file), "--source",
       source, "--published", "unknown", "--recipe", recipe, "--strict"});
  EXPECT_THAT(run.exit_code, Eq(0)) << run.out << run.err;
}

class Policies : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    Ingest(*daemon_, "on_the_wight.csv", "onthewight", "onthewight_south_east");
    Ingest(*daemon_, "force_year.csv", "nspcc-foi", "published_figures");
  }
  static void TearDownTestSuite() {
    delete std::exchange(daemon_, nullptr);
    delete std::exchange(dir_, nullptr);
  }
  void SetUp() override {
    ASSERT_NE(daemon_, nullptr);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  v1::Cell Only(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_CITED);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok() || answer->cells_size() != 1) return {};
    return answer->cells(0);
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  std::unique_ptr<client::Client> client_;
};
TempDir* Policies::dir_ = nullptr;
Daemon* Policies::daemon_ = nullptr;

// Two stories say 175 and 64.
TEST_F(Policies, LancashireIsReportedBoundedOrRefused) {
  v1::StatisticsQuery query = Of("lancashire", "2017/18");
  const v1::Cell reported = Only(query);
  EXPECT_THAT(reported.reported(), Eq(175));
  EXPECT_THAT(reported.conflicts(), SizeIs(1));
  query.set_conflict_policy(v1::CONFLICT_POLICY_HULL);
  const v1::Cell hull = Only(query);
  EXPECT_THAT(hull.panel_bounds().lower(), Eq(64));
  EXPECT_THAT(hull.panel_bounds().upper(), Eq(175));
  query.set_conflict_policy(v1::CONFLICT_POLICY_FAIL);
  const auto refused = client_->Query(query, v1::VIEW_BASIC).status();
  EXPECT_THAT(refused, AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                             HasReason("CONFLICT"), MessageHas("175"),
                             MessageHas("64")));
  EXPECT_THAT(base::DetailOf(refused).metadata,
              Contains(Pair("reporter", "lancashire")));
  std::vector<std::string> words = {"query",    "offences",
                                    "--where",  "offence=s15a",
                                    "--where",  "reporter=lancashire",
                                    "--period", "2017/18"};
  const CliResult both = daemon_->RunCli(words);
  EXPECT_THAT(both.exit_code, Eq(0)) << both.err;
  EXPECT_THAT(both.err, AllOf(HasSubstr("175"), HasSubstr("64")));
  words.insert(words.end(), {"--on-conflict", "fail"});
  const CliResult cli = daemon_->RunCli(words);
  EXPECT_THAT(cli.exit_code, Eq(1));
  EXPECT_THAT(cli.err, AllOf(HasSubstr("175"), HasSubstr("64")));
}

// Hampshire is blank in 2021/22, and no sum is made without it.
TEST_F(Policies, ASumOfTheSouthEastIsGivenWholeOrNotAtAll) {
  const std::vector<std::string> words = {
      "query",        "offences",  "--where",
      "offence=s15a", "--periods", "2020/21..2021/22",
      "--panel",      kSouthEast,  "--missing"};
  std::vector<std::string> complete = words;
  complete.insert(complete.end(), {"require-complete", "--format", "csv"});
  const CliResult given = daemon_->RunCli(complete);
  ASSERT_THAT(given.exit_code, Eq(0)) << given.err;
  auto rows = PlainCsv(given.out);
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0]["reported"], Eq("525"));
  EXPECT_THAT(rows[0]["sources"], Eq("onthewight:4"));
  EXPECT_THAT(rows[1]["reported"], Eq(""));
  EXPECT_THAT(rows[1]["panel_lower"], Eq("429"));
  EXPECT_THAT(rows[1]["state"], Eq("NOT_SHOWN"));
  EXPECT_THAT(rows[1]["flags"], HasSubstr("INCOMPLETE_NOT_GIVEN"));

  std::vector<std::string> fail = words;
  fail.push_back("fail");
  const CliResult refused = daemon_->RunCli(fail);
  EXPECT_THAT(refused.exit_code, Eq(1));
  EXPECT_THAT(refused.err, AllOf(HasSubstr("2021/22"), HasSubstr("Hampshire")));
}

// 18 stands between 291 and a blank. The region's printed total does not give
// it back.
TEST_F(Policies, WhatAnAnalystLeavesOutIsUnknownAndStillShown) {
  const std::vector<std::string> words = {"offences",
                                          "--where",
                                          "offence=s15a",
                                          "--period",
                                          "2020/21",
                                          "--panel",
                                          kSouthEast,
                                          "--exclude",
                                          "hampshire@2020/21=18 after 291",
                                          "--exclude-date",
                                          "2024-11-05",
                                          "--exclude-by",
                                          "AB"};
  std::vector<std::string> query = {"query"};
  query.insert(query.end(), words.begin(), words.end());
  const CliResult table = daemon_->RunCli(query);
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("507"), HasSubstr("at least 507"),
                    HasSubstr("3 of 4"), HasSubstr("left out by the analyst")));
  EXPECT_THAT(table.err, HasSubstr("left out on 2024-11-05: 18 after 291 (by "
                                   "AB)"));
  std::vector<std::string> explain = {"explain"};
  explain.insert(explain.end(), words.begin(), words.end());
  const CliResult shown = daemon_->RunCli(explain);
  ASSERT_THAT(shown.exit_code, Eq(0)) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("left out by the question"));
  EXPECT_THAT(shown.out, HasSubstr("on_the_wight.csv:"));
}

TEST_F(Policies, AnExclusionThatTouchesNothingSaysSo) {
  v1::StatisticsQuery query = Query("s15a", {"2020/21"}, kSouthEast);
  v1::Exclusion* exclusion = query.add_exclusions();
  exclusion->set_reporter("hampshire");
  exclusion->add_periods("2017/18");
  exclusion->set_reason("another year");
  exclusion->set_date("2024-11-05");
  const auto answer = client_->Query(query, v1::VIEW_BASIC);
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->cells(0).reported(), Eq(525));
  EXPECT_THAT(
      answer->caveats(),
      Contains(Property(&v1::Caveat::code, Eq("EXCLUSION_WITHOUT_EFFECT"))));
  exclusion->set_reporter("hampshir");
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              AllOf(HasReason("UNKNOWN_MEMBER"), MessageHas("hampshire")));
}

// One byte of a chunk is another.
void Damage(const std::string& path, const std::string& source) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  const std::string sql =
      "UPDATE chunk SET bytes = CAST(substr(bytes, 1, 100) || CASE "
      "hex(substr(bytes, 101, 1)) WHEN '00' THEN x'01' ELSE x'00' END || "
      "substr(bytes, 102) AS BLOB) WHERE seq = 0 AND release = (SELECT id FROM "
      "release WHERE source = '" +
      source + "')";
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &error),
            SQLITE_OK)
      << error;
  EXPECT_EQ(sqlite3_changes(database), 1);
  EXPECT_EQ(sqlite3_close(database), SQLITE_OK);
}

TEST(DamagedRelease, IsNamedAndShrinksNoTotalInSilence) {
  TempDir dir;
  {
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    Ingest(*daemon, "on_the_wight.csv", "onthewight", "onthewight_south_east");
    Ingest(*daemon, "force_year.csv", "nspcc-foi", "published_figures");
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  Damage(dir.File("data/collate.db"), "onthewight");
  {
    // What was built from it while it was whole is right, and goes on.
    COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                                 Daemon::Start({.data = dir.File("data")}));
    const auto whole = ConnectTo(*daemon)->Query(
        Query("s15a", {"2017/18"}, kSouthEast), v1::VIEW_BASIC);
    ASSERT_THAT(whole, IsOk());
    EXPECT_THAT(whole->cells(0).reported(), Eq(378));
    const CliResult check = daemon->RunCli({"admin", "check"});
    EXPECT_THAT(check.exit_code, Eq(1));
    EXPECT_THAT(check.out + check.err, HasSubstr("onthewight"));
    ASSERT_THAT(daemon->Terminate(), Eq(0));
  }
  std::filesystem::remove_all(dir.File("data/tables"));
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client->ListReleases("sources/onthewight"));
  ASSERT_THAT(releases, SizeIs(1)) << "it is known all the same";
  const std::string name = releases[0].name();
  EXPECT_THAT(daemon->Log(),
              AllOf(HasSubstr("release cannot be read"), HasSubstr(name)));
  const CliResult status = daemon->RunCli({"status"});
  EXPECT_THAT(status.out, HasSubstr("Cannot be read: " + name));

  const std::vector<std::string> words = {"query",        "offences", "--where",
                                          "offence=s15a", "--period", "2017/18",
                                          "--panel",      kSouthEast};
  const CliResult refused = daemon->RunCli(words);
  EXPECT_THAT(refused.exit_code, Eq(1));
  EXPECT_THAT(refused.err, HasSubstr(name));
  v1::StatisticsQuery query = Query("s15a", {"2017/18"}, kSouthEast);
  EXPECT_THAT(client->Query(query, v1::VIEW_BASIC),
              AllOf(StatusIs(absl::StatusCode::kUnavailable),
                    HasReason("SOURCE_UNREADABLE")));

  query.set_allow_partial(true);
  const auto partial = client->Query(query, v1::VIEW_BASIC);
  ASSERT_THAT(partial, IsOk());
  EXPECT_THAT(partial->cells(0).flags(),
              Contains(v1::CELL_FLAG_SOURCE_UNREADABLE));
  EXPECT_THAT(
      partial->caveats(),
      Contains(AllOf(Property(&v1::Caveat::code, Eq("SOURCE_UNREADABLE")),
                     Property(&v1::Caveat::message, HasSubstr(name)))));
  std::vector<std::string> allowed = words;
  allowed.push_back("--allow-partial");
  const CliResult shown = daemon->RunCli(allowed);
  EXPECT_THAT(shown.exit_code, Eq(0)) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("a release that cannot be read may have"));

  // Taken out of the answers, it stands in nobody's way.
  const CliResult withdrawn =
      daemon->RunCli({"withdraw", name, "--reason", "damaged"});
  EXPECT_THAT(withdrawn.exit_code, Eq(0)) << withdrawn.err;
  EXPECT_THAT(daemon->RunCli(words).exit_code, Eq(0));
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
