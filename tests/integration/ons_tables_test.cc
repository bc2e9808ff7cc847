// The ONS police force area tables from four workbooks to the answer. The files
// are the publisher's and not part of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct OnsEdition {
  const char* file;
  const char* period;
  int64_t all_crime;  // of England and Wales, without fraud
};
constexpr OnsEdition kOnsEditions[] = {
    {"policeforceareatablesyearendingmarch2018v2.xlsx",
     "year ending March 2018", 4876282},
    {"policeforceareatablesyearendingsep18corrected.xlsx",
     "year ending September 2018", 5073131},
    {"policeforceareatablesyearendingdecember2018.xlsx",
     "year ending December 2018", 5153064},
    {"policeforceareatablesyearendingjune2019.xlsx", "year ending June 2019",
     5279956}};
constexpr size_t kPrintedColumns = 23;

// The coordinate of a cell along one dimension.
std::string MemberOf(const v1::Cell& cell, const std::string& dimension) {
  for (const v1::Coordinate& coordinate : cell.coordinates()) {
    if (coordinate.dimension() == dimension) return coordinate.member();
  }
  return "";
}

// One daemon with the four workbooks, handed in through the command line.
class OnsTables : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(PathOf(kOnsEditions[0]))) return;
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    ingested_ = new std::vector<CliResult>;
    for (const OnsEdition& edition : kOnsEditions) {
      const absl::Time began = absl::Now();
      ingested_->push_back(daemon_->RunCli(
          {"ingest", PathOf(edition), "--source", "ons-pfa-tables",
           "--published", "unknown", "--edition", edition.period, "--strict"}));
      std::cout << "measured: ingestion of " << edition.file
                << " through the command line "
                << absl::FormatDuration(absl::Now() - began) << std::endl;
    }
  }
  static void TearDownTestSuite() {
    if (daemon_ != nullptr) {
      EXPECT_THAT(daemon_->Terminate(), Eq(0));
    }
    delete std::exchange(daemon_, nullptr);
    delete std::exchange(ingested_, nullptr);
    delete std::exchange(dir_, nullptr);
  }
  void SetUp() override {
    if (dir_ == nullptr) {
      GTEST_SKIP() << "publisher's files are not here (set "
                      "COLLATE_SHARED_DATA)";
    }
    ASSERT_NE(daemon_, nullptr);
    for (const CliResult& ingested : *ingested_) {
      ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.err << ingested.out;
    }
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  static std::string PathOf(const OnsEdition& edition) {
    return SharedData(std::string("police/") + edition.file);
  }

  // Members of the reporters by their GSS code.
  std::map<std::string, std::string> Areas() {
    std::map<std::string, std::string> areas;
    const auto members = client_->ListMembers("dimensions/reporter", "");
    EXPECT_THAT(members, IsOk());
    for (const v1::Member& member : *members) {
      for (const std::string& id : member.identifiers()) {
        if (absl::StartsWith(id, "gss:")) areas[id.substr(4)] = member.code();
      }
    }
    return areas;
  }

  std::vector<v1::Observation> Observations(v1::ListObservationsRequest asked) {
    std::vector<v1::Observation> found;
    EXPECT_THAT(client_->ListObservations(
                    asked,
                    [&](const v1::ListObservationsResponse& page) {
                      found.insert(found.end(), page.observations().begin(),
                                   page.observations().end());
                      return absl::OkStatus();
                    }),
                IsOk());
    return found;
  }

  // The offence members of a period with their figures for the query.
  std::map<std::string, int64_t> ByOffence(const v1::StatisticsQuery& query) {
    std::map<std::string, int64_t> figures;
    const auto answer = client_->Query(By(query, "offence"), v1::VIEW_BASIC);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return figures;
    for (const v1::Cell& cell : answer->cells()) {
      EXPECT_TRUE(cell.has_reported()) << cell.ShortDebugString();
      figures[MemberOf(cell, "offence")] = cell.reported();
    }
    return figures;
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static std::vector<CliResult>* ingested_;
  std::unique_ptr<client::Client> client_;
};
TempDir* OnsTables::dir_ = nullptr;
Daemon* OnsTables::daemon_ = nullptr;
std::vector<CliResult>* OnsTables::ingested_ = nullptr;

TEST_F(OnsTables, EveryEditionIsPublishedWithoutAWarning) {
  for (const CliResult& ingested : *ingested_) {
    EXPECT_THAT(ingested.out, HasSubstr("published\n")) << ingested.out;
    EXPECT_THAT(ingested.out, ::testing::Not(HasSubstr("WARNING")))
        << ingested.out;
    EXPECT_THAT(ingested.out, HasSubstr("SHEET_NOT_READ")) << ingested.out;
  }
}

TEST_F(OnsTables, SexualOffencesOfEveryAreaAreAsPublished) {
  COLLATE_SHARED_FILE(expected_path, "police/expected/p1_sexual_offences.csv");
  const std::map<std::string, std::string> areas = Areas();
  // file -> member -> offences
  std::map<std::string, std::map<std::string, int64_t>> expected;
  for (const absl::string_view line :
       absl::StrSplit(ReadFile(expected_path), '\n', absl::SkipEmpty())) {
    // The name between code and count may hold a comma.
    const std::vector<std::string> fields =
        absl::StrSplit(absl::StripAsciiWhitespace(line), ',');
    ASSERT_GE(fields.size(), size_t{4}) << line;
    if (fields[0] == "file") continue;
    int64_t count = 0;
    ASSERT_TRUE(absl::SimpleAtoi(fields.back(), &count)) << line;
    ASSERT_TRUE(areas.contains(fields[1])) << line;
    expected[fields[0]][areas.at(fields[1])] = count;
  }
  ASSERT_THAT(expected, SizeIs(4));
  for (const OnsEdition& edition : kOnsEditions) {
    ASSERT_THAT(expected[edition.file], SizeIs(55));
    std::vector<std::string> members;
    for (const auto& [member, count] : expected[edition.file]) {
      members.push_back(member);
    }
    v1::StatisticsQuery query = Query("sexual-offences", {edition.period}, "");
    Filter(query, "reporter", members);
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto answer,
        client_->Query(By(query, "reporter"), v1::VIEW_BASIC));
    std::map<std::string, int64_t> found;
    for (const v1::Cell& cell : answer.cells()) {
      ASSERT_TRUE(cell.has_reported()) << cell.ShortDebugString();
      found[MemberOf(cell, "reporter")] = cell.reported();
    }
    EXPECT_THAT(found, Eq(expected[edition.file])) << edition.file;
  }
}

TEST_F(OnsTables, ForcesAndTransportPoliceMakeEnglandAndWales) {
  for (const OnsEdition& edition : kOnsEditions) {
    v1::StatisticsQuery whole = Query("", {edition.period}, "");
    Filter(whole, "reporter", {"england-and-wales"});
    const auto printed = ByOffence(whole);
    EXPECT_THAT(printed, SizeIs(kPrintedColumns)) << edition.file;
    EXPECT_THAT(printed.at("all-excluding-fraud"), Eq(edition.all_crime));
    EXPECT_THAT(ByOffence(Query("", {edition.period}, kPanelAndBtp)),
                Eq(printed))
        << edition.file;
  }
}

TEST_F(OnsTables, AForceAndARegionOfOneNameAreToldApart) {
  v1::StatisticsQuery query =
      Query("all-excluding-fraud", {kOnsEditions[0].period}, "");
  Filter(query, "reporter", {"west-midlands", "west-midlands-region"});
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer, client_->Query(By(query, "reporter"), v1::VIEW_CITED));
  std::map<std::string, std::pair<int64_t, std::string>> found;
  for (const v1::Cell& cell : answer.cells()) {
    ASSERT_THAT(cell.citations_size(), Eq(1)) << cell.ShortDebugString();
    found[MemberOf(cell, "reporter")] = {cell.reported(),
                                         cell.citations(0).locator()};
  }
  EXPECT_THAT(found["west-midlands-region"].first, Eq(443165));
  EXPECT_THAT(found["west-midlands-region"].second,
              HasSubstr("'Table P1'!C30"));
  EXPECT_THAT(found["west-midlands"].first, Eq(233393));
  EXPECT_THAT(found["west-midlands"].second, HasSubstr("'Table P1'!C34"));
}

// Groups, parts of groups and the total stand side by side in one table.
TEST_F(OnsTables, APrintedGroupIsNeverAddedToItsParts) {
  const std::map<std::string, int64_t> printed = {
      {"all-excluding-fraud", 4876282},
      {"theft-offences", 2009658},
      {"burglary", 437510},
      {"residential-burglary", 309778}};
  for (const auto& [member, count] : printed) {
    for (const bool descendants : {false, true}) {
      v1::StatisticsQuery query = Query(member, {kOnsEditions[0].period}, "");
      query.mutable_filters(0)->set_include_descendants(descendants);
      Filter(query, "reporter", {"england-and-wales"});
      EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(count)))
          << member << descendants;
    }
  }
}

TEST_F(OnsTables, NothingIsAddedOverTheColumns) {
  // Fraud is no part of the table, so that no sum of it is all offences; and
  // rape is a part of a group that is printed without parts.
  for (const char* offence : {"", "rape-offences", "88A"}) {
    v1::StatisticsQuery query = Query(offence, {kOnsEditions[0].period}, "");
    Filter(query, "reporter", {"kent"});
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                                 client_->Query(query, v1::VIEW_BASIC));
    ASSERT_THAT(answer.cells_size(), Eq(1)) << offence;
    EXPECT_FALSE(answer.cells(0).has_reported()) << offence;
    EXPECT_FALSE(answer.cells(0).panel_bounds().has_upper()) << offence;
  }
}

TEST_F(OnsTables, OverlappingYearsAreNotAdded) {
  v1::StatisticsQuery query = Query("robbery", {"2017-04-01/2019-01-01"}, "");
  Filter(query, "reporter", {"kent"});
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(query, v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  EXPECT_FALSE(answer.cells(0).has_reported())
      << answer.cells(0).ShortDebugString();
}

TEST_F(OnsTables, TheRateOfTheCityOfLondonIsInLondons) {
  v1::ListObservationsRequest asked;
  asked.set_measure("offences_per_1000_population");
  v1::Filter* filter = asked.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("city-of-london");
  const std::vector<v1::Observation> found = Observations(asked);
  EXPECT_THAT(found, SizeIs(4 * kPrintedColumns));
  for (const v1::Observation& row : found) {
    EXPECT_THAT(row.state(), Eq(v1::STATE_INCLUDED_ELSEWHERE));
    EXPECT_FALSE(row.has_value());
    EXPECT_THAT(row.reason(), AllOf(HasSubstr("London"), HasSubstr("'+'")));
    EXPECT_THAT(row.citation().raw(), Eq("+"));
  }
}

TEST_F(OnsTables, AMidYearPopulationIsRoundedToItsHundred) {
  v1::ListObservationsRequest asked;
  asked.set_measure("population");
  asked.set_period("2016-06-30");
  v1::Filter* filter = asked.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("durham");
  // P3 and P9 print it; it is kept once.
  const std::vector<v1::Observation> found = Observations(asked);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].state(), Eq(v1::STATE_ROUNDED));
  EXPECT_THAT(found[0].value(), Eq(628100));
  EXPECT_THAT(found[0].bounds().lower(), Eq(628050));
  EXPECT_THAT(found[0].bounds().upper(), Eq(628150));

  v1::StatisticsQuery query;
  query.add_measures("population");
  query.add_periods("2016-06-30");
  Filter(query, "reporter", {"durham", "cleveland"});
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(query, v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  EXPECT_THAT(answer.cells(0).reported(), Eq(628100 + 564600));
  EXPECT_THAT(answer.cells(0).panel_bounds().lower(), Eq(628050 + 564550));
  EXPECT_THAT(answer.cells(0).panel_bounds().upper(), Eq(628150 + 564650));
}

TEST_F(OnsTables, EveryLabelIsKnown) {
  for (const char* measure :
       {"offences", "offences_change_percent", "offences_per_1000_population",
        "offences_per_1000_households", "population", "households"}) {
    v1::ListObservationsRequest asked;
    asked.set_measure(measure);
    asked.set_unmapped_only(true);
    EXPECT_THAT(Observations(asked), IsEmpty()) << measure;
  }
}

// Counts by code and printed groups of one year, side by side in one store.
TEST(OnsTablesBesideTheOpenData, NeitherIsAddedToTheOther) {
  COLLATE_SHARED_FILE(codes, "police/prc-pfa-mar2013-onwards-tables201718.csv");
  COLLATE_SHARED_FILE(tables, std::string("police/") + kOnsEditions[0].file);
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  ASSERT_NE(client, nullptr);
  for (const auto& [path, source] : {std::pair(codes, "home-office-prc"),
                                     std::pair(tables, "ons-pfa-tables")}) {
    ASSERT_THAT(client->Ingest(Document(path, source), {}), IsOk());
  }
  const struct {
    const char* member;
    int64_t codes;   // added up, forces and British Transport Police
    int64_t tables;  // printed for England and Wales
  } kFigures[] = {{"sexual-offences", 151120, 150463},
                  {"burglary", 437650, 437510},
                  {"all-excluding-fraud", 4881043, 4876282}};
  for (const auto& figure : kFigures) {
    v1::StatisticsQuery query = Query(figure.member, {"2017/18"}, kPanelAndBtp);
    COLLATE_ASSERT_OK_AND_ASSIGN(const int64_t first, Number(*client, query));
    EXPECT_THAT(first, Eq(figure.codes)) << figure.member;
    query.add_preferred_sources("ons-pfa-tables");
    EXPECT_THAT(Number(*client, query), IsOkAndHolds(Eq(figure.tables)));
    // Two vintages of one count: near, and never their sum.
    EXPECT_LT(std::abs(first - figure.tables), figure.tables / 50)
        << figure.member << " " << first;
  }
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
