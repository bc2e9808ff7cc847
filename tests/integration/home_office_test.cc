// Police recorded crime of 2017/18 from the file to the answer. The whole file
// is the publisher's and not part of the project; the excerpt is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// One daemon with the whole file, handed in through the command line.
class HomeOfficeFile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string path =
        SharedData("police/prc-pfa-mar2013-onwards-tables201718.csv");
    if (!std::filesystem::exists(path)) return;
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    const absl::Time began = absl::Now();
    ingested_ = daemon_->RunCli({"ingest", path, "--source", "home-office-prc",
                                 "--published", "unknown", "--edition",
                                 "edition of 2019", "--strict"});
    std::cout << "measured: ingestion of 2.5 MB through the command line "
              << absl::FormatDuration(absl::Now() - began) << std::endl;
  }
  static void TearDownTestSuite() {
    if (daemon_ != nullptr) {
      EXPECT_THAT(daemon_->Terminate(), Eq(0));
    }
    delete std::exchange(daemon_, nullptr);
    delete std::exchange(dir_, nullptr);
  }
  void SetUp() override {
    if (dir_ == nullptr) {
      GTEST_SKIP() << "publisher's file is not here (set COLLATE_SHARED_DATA)";
    }
    ASSERT_NE(daemon_, nullptr);
    ASSERT_THAT(ingested_.exit_code, Eq(0)) << ingested_.err << ingested_.out;
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static CliResult ingested_;
  std::unique_ptr<client::Client> client_;
};
TempDir* HomeOfficeFile::dir_ = nullptr;
Daemon* HomeOfficeFile::daemon_ = nullptr;
CliResult HomeOfficeFile::ingested_;

TEST_F(HomeOfficeFile, EveryRowIsReadKeptAndMapped) {
  EXPECT_THAT(ingested_.out,
              AllOf(HasSubstr("published\n"), HasSubstr("23,068 observations")))
      << ingested_.out;
  const CliResult listed = daemon_->RunCli({"releases", "--format", "csv"});
  const auto rows = PlainCsv(listed.out);
  ASSERT_THAT(rows.size(), Eq(1));
  EXPECT_THAT(rows[0].at("observations"), Eq("23068"));
  EXPECT_THAT(rows[0].at("published"), Eq("unknown"));
}

TEST_F(HomeOfficeFile, TheYearIsTheSumOfItsForces) {
  EXPECT_THAT(Number(*client_, Query("88A", {"2017/18"}, kPanel)),
              IsOkAndHolds(Eq(kForces)));
  EXPECT_THAT(Number(*client_, Query("88A", {"2017/18"}, kPanelAndBtp)),
              IsOkAndHolds(Eq(kForcesAndBtp)));
}

TEST_F(HomeOfficeFile, CommandLinePrintsNumberAndCoverage) {
  const CliResult result =
      daemon_->RunCli({"query", "offences", "--where", "offence=88A",
                       "--period", "2017/18", "--panel", kPanel});
  EXPECT_THAT(result.exit_code, Eq(0)) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("4,429"), HasSubstr("43 of 43")));
}

TEST_F(HomeOfficeFile, QuartersAddUpToTheYear) {
  const CliResult result = daemon_->RunCli(
      {"query", "offences", "--where", "offence=88A", "--periods",
       "2017/18 Q1..2017/18 Q4", "--panel", kPanelAndBtp, "--format", "csv"});
  ASSERT_THAT(result.exit_code, Eq(0)) << result.err;
  std::vector<std::string> reported;
  for (const auto& row : PlainCsv(result.out)) {
    reported.push_back(row.at("reported"));
  }
  EXPECT_THAT(reported, ElementsAre("895", "942", "1242", "1365"));
}

TEST_F(HomeOfficeFile, ForcesHaveTheirPublishedYears) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(By(Query("88A", {"2017/18"}, kPanel), "reporter"),
                     v1::VIEW_BASIC));
  std::map<std::string, int64_t> reported;
  for (const v1::Cell& cell : answer.cells()) {
    ASSERT_TRUE(cell.has_reported()) << cell.ShortDebugString();
    reported[cell.coordinates(0).member()] = cell.reported();
  }
  EXPECT_THAT(reported.size(), Eq(43));
  EXPECT_THAT(reported["greater-manchester"], Eq(404));
  EXPECT_THAT(reported["metropolitan"], Eq(317));
  EXPECT_THAT(reported["avon-and-somerset"], Eq(258));
  EXPECT_THAT(reported["city-of-london"], Eq(2));
}

TEST_F(HomeOfficeFile, ThreeQuartersTileNineMonths) {
  v1::StatisticsQuery query = Query("88A", {"2017-04-01/2018-01-01"}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("hampshire");
  EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(150)));
}

// force as printed, quarter, code -> offences
using Key = std::tuple<std::string, std::string, std::string>;

std::string Quarter(const std::string& number) {
  return absl::StrCat("2017/18 Q", number);
}

TEST_F(HomeOfficeFile, EveryForceAndQuarterIsAsPublished) {
  COLLATE_SHARED_FILE(
      expected_path,
      "police/expected/prc201718_88A_71_86_by_force_quarter.csv");
  std::map<Key, int64_t> expected;
  for (absl::string_view line :
       absl::StrSplit(ReadFile(expected_path), '\n', absl::SkipEmpty())) {
    // The one name with a comma, unquoted.
    const std::string plain =
        absl::StrReplaceAll(absl::StripAsciiWhitespace(line),
                            {{"\"London, City of\"", "London; City of"}});
    const std::vector<std::string> fields = absl::StrSplit(plain, ',');
    ASSERT_THAT(fields.size(), Eq(5)) << line;
    if (fields[0] == "code") continue;
    int64_t count = 0;
    ASSERT_TRUE(absl::SimpleAtoi(fields[4], &count)) << line;
    expected[{absl::StrReplaceAll(fields[1], {{";", ","}}), Quarter(fields[3]),
              fields[0]}] = count;
  }
  ASSERT_THAT(expected.size(), Eq(3 * 44 * 4));

  std::map<Key, int64_t> found;
  for (const std::string code : {"88A", "71", "86"}) {
    const v1::StatisticsQuery query =
        By(Query(code, {Quarter("1"), Quarter("2"), Quarter("3"), Quarter("4")},
                 kPanelAndBtp),
           "reporter");
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                 client_->Query(query, v1::VIEW_CITED));
    for (const v1::Cell& cell : answer.cells()) {
      ASSERT_TRUE(cell.has_reported()) << cell.ShortDebugString();
      ASSERT_THAT(cell.citations_size(), Eq(1)) << cell.ShortDebugString();
      found[{cell.citations(0).reporter_text(), cell.period().text(), code}] =
          cell.reported();
    }
  }
  EXPECT_THAT(found, Eq(expected));
}

TEST_F(HomeOfficeFile, FourRowsOfOneKeyAreAddedAndAllCited) {
  v1::StatisticsQuery query =
      Query("1/4.1/4.10/4.2", {"2017/18 Q4", "2017/18 Q2"}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("kent");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(query, v1::VIEW_CITED));
  std::map<std::string, v1::Cell> cells;
  for (const v1::Cell& cell : answer.cells()) {
    cells[cell.period().text()] = cell;
  }
  ASSERT_THAT(cells.size(), Eq(2));
  const auto tokens = [](const v1::Cell& cell) {
    std::multiset<std::string> raw;
    std::set<std::string> places;
    for (const v1::Citation& citation : cell.citations()) {
      raw.insert(citation.raw());
      places.insert(citation.locator());
    }
    EXPECT_THAT(places.size(), Eq(raw.size()));
    return raw;
  };
  const v1::Cell& second = cells["2017/18 Q2"];
  EXPECT_THAT(second.reported(), Eq(6));
  EXPECT_THAT(tokens(second),
              UnorderedElementsAre("-00 ", "-00 ", " 1 ", " 5 "));
  EXPECT_THAT(second.flags(),
              ::testing::Contains(v1::CELL_FLAG_REPEATED_KEY_ADDED));
  // A count below zero is a correction of an earlier quarter and is added,
  // so this zero is a true one.
  const v1::Cell& fourth = cells["2017/18 Q4"];
  ASSERT_TRUE(fourth.has_reported());
  EXPECT_THAT(fourth.reported(), Eq(0));
  EXPECT_THAT(tokens(fourth),
              UnorderedElementsAre("-00 ", "-00 ", " 1 ", "-1 "));
}

TEST_F(HomeOfficeFile, AGroupIsTheSumOfItsCodes) {
  v1::StatisticsQuery query =
      Query("sexual-offences", {"2017/18"}, kPanelAndBtp);
  query.mutable_filters(0)->set_include_descendants(true);
  EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(151120)));
}

TEST_F(HomeOfficeFile, ReportersOutsideTheFileAreMissingAndNotZero) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(Query("88A", {"2017/18"}, "uk-territorial-forces"),
                     v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  const v1::Cell& cell = answer.cells(0);
  EXPECT_THAT(cell.state(), Eq(v1::STATE_NO_RELEASE));
  EXPECT_THAT(cell.reported(), Eq(kForces));
  EXPECT_FALSE(cell.panel_bounds().has_upper());
  EXPECT_THAT(cell.coverage().due(), Eq(45));
  EXPECT_THAT(cell.coverage().complete(), Eq(43));
  std::vector<std::string> missing;
  for (const auto& reporter : cell.coverage().missing()) {
    missing.push_back(reporter.reporter());
  }
  EXPECT_THAT(missing, UnorderedElementsAre("police-scotland", "psni"));
}

TEST_F(HomeOfficeFile, SectionFifteenAIsNeverAnsweredByItsWiderClass) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(Query("s15a", {"2017/18"}, kPanel), v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  EXPECT_FALSE(answer.cells(0).has_reported());
  std::set<std::string> caveats;
  for (const v1::Caveat& caveat : answer.caveats()) {
    caveats.insert(caveat.code());
  }
  EXPECT_THAT(caveats, ::testing::Contains("WIDER_MEMBER_AVAILABLE"));
}

TEST_F(HomeOfficeFile, ExplainShowsEveryPrintedCell) {
  const CliResult result =
      daemon_->RunCli({"explain", "offences", "--where", "offence=88A",
                       "--where", "reporter=greater-manchester", "--period",
                       "2017/18", "--format", "csv"});
  ASSERT_THAT(result.exit_code, Eq(0)) << result.err;
  const auto rows = PlainCsv(result.out);
  ASSERT_THAT(rows.size(), Eq(4));
  int64_t sum = 0;
  for (const auto& row : rows) {
    EXPECT_THAT(row.at("document"),
                Eq("prc-pfa-mar2013-onwards-tables201718.csv"));
    EXPECT_THAT(row.at("locator"), HasSubstr(".csv:L"));
    EXPECT_THAT(row.at("method"), Eq("TILED"));
    int64_t value = 0;
    ASSERT_TRUE(absl::SimpleAtoi(row.at("raw"), &value)) << row.at("raw");
    sum += value;
  }
  EXPECT_THAT(sum, Eq(404));
}

TEST_F(HomeOfficeFile, ObservationsAreListedAsPrinted) {
  const CliResult result =
      daemon_->RunCli({"observations", "offences", "--where", "offence=88A",
                       "--where", "reporter=kent", "--format", "csv"});
  ASSERT_THAT(result.exit_code, Eq(0)) << result.err;
  const auto rows = PlainCsv(result.out);
  EXPECT_THAT(rows.size(), Eq(4));
  const CliResult unmapped = daemon_->RunCli(
      {"observations", "offences", "--unmapped", "--format", "ndjson"});
  EXPECT_THAT(unmapped.out, IsEmpty());
}

TEST_F(HomeOfficeFile, AnUnknownMemberIsRefusedWithWhatComesNear) {
  const CliResult result = daemon_->RunCli(
      {"query", "offences", "--where", "offence=88B1", "--period", "2017/18"});
  EXPECT_THAT(result.exit_code, Eq(1));
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("UNKNOWN_MEMBER"), HasSubstr("88B1"),
                    HasSubstr("filters[0]"), HasSubstr("near matches: 88")));
}

}  // namespace
}  // namespace collate::testing
