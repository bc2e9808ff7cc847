// Three sources of one count: the Home Office's quarters, its rolling years and
// the ONS tables, from the files to answers that serve one and name the others.
// The files are the publishers' and not part of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kQuarters[] = "home-office-prc";
constexpr char kRolling[] = "home-office-prc-rolling";
constexpr char kOns[] = "ons-pfa-tables";
constexpr char kMidYear[] = "2016-06-30";

struct File {
  const char* name;
  const char* source;
};
constexpr File kFiles[] = {
    {"prc-pfa-mar2013-onwards-tables201718.csv", kQuarters},
    {"rec-crime-pfa.csv", kRolling},
    {"policeforceareatablesyearendingmarch2018v2.xlsx", kOns},
    {"policeforceareatablesyearendingsep18corrected.xlsx", kOns},
    {"policeforceareatablesyearendingdecember2018.xlsx", kOns},
    {"policeforceareatablesyearendingjune2019.xlsx", kOns}};

v1::StatisticsQuery Prefer(v1::StatisticsQuery query,
                           const std::string& source) {
  query.add_preferred_sources(source);
  return query;
}

v1::StatisticsQuery Of(v1::StatisticsQuery query, const std::string& reporter) {
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members(reporter);
  return query;
}

v1::StatisticsQuery PerThousandPeople(v1::StatisticsQuery query) {
  v1::RateDerivation* rate = query.add_derivations()->mutable_rate();
  rate->set_denominator("population");
  rate->set_denominator_period(kMidYear);
  return query;
}

double DoubleOf(const std::string& text) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(text, &number)) << text;
  return number;
}

class ThreeSources : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const File& file : kFiles) {
      if (!std::filesystem::exists(PathOf(file))) return;
    }
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    for (const File& file : kFiles) {
      const absl::Time began = absl::Now();
      const CliResult ingested =
          daemon_->RunCli({"ingest", PathOf(file), "--source", file.source,
                           "--published", "unknown", "--strict"});
      EXPECT_THAT(ingested.exit_code, Eq(0)) << ingested.err << ingested.out;
      std::cout << "measured: ingestion of " << file.name << " "
                << absl::FormatDuration(absl::Now() - began) << std::endl;
    }
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
      GTEST_SKIP() << "publishers' files are not here (set "
                      "COLLATE_SHARED_DATA)";
    }
    ASSERT_NE(daemon_, nullptr);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  static std::string PathOf(const File& file) {
    return SharedData(std::string("police/") + file.name);
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
TempDir* ThreeSources::dir_ = nullptr;
Daemon* ThreeSources::daemon_ = nullptr;

const v1::Conflict* With(const v1::Cell& cell, const std::string& source) {
  for (const v1::Conflict& conflict : cell.conflicts()) {
    if (conflict.other_source() == source) return &conflict;
  }
  return nullptr;
}

TEST_F(ThreeSources, SexualOffencesOf201718AreServedFromTheAskedSource) {
  const v1::StatisticsQuery query =
      Query("sexual-offences", {"2017/18"}, kPanelAndBtp);
  for (const auto& [source, expected] :
       {std::pair(kQuarters, 151120), std::pair(kRolling, 150798),
        std::pair(kOns, 150463)}) {
    const v1::Cell cell = Only(Prefer(query, source));
    EXPECT_THAT(cell.reported(), Eq(expected)) << source;
    EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_CONFLICT)) << source;
    for (const v1::Citation& citation : cell.citations()) {
      EXPECT_TRUE(absl::StartsWith(citation.release(),
                                   absl::StrCat("sources/", source, "/")));
    }
  }
  // Without a word the vocabulary's order holds.
  EXPECT_THAT(Only(query).reported(), Eq(151120));
}

TEST_F(ThreeSources, QuartersAndRollingYearsDifferInSixReportersByName) {
  const v1::Cell cell =
      Only(Query("sexual-offences", {"2017/18"}, kPanelAndBtp));
  const v1::Conflict* conflict = With(cell, kRolling);
  ASSERT_NE(conflict, nullptr);
  EXPECT_THAT(conflict->source(), Eq(kQuarters));
  EXPECT_THAT(conflict->compared_count(), Eq(44));
  EXPECT_THAT(conflict->reported(), Eq(151120));
  EXPECT_THAT(conflict->other_reported(), Eq(150798));
  std::vector<std::tuple<std::string, int64_t, int64_t>> differing;
  for (const v1::Difference& one : conflict->differences()) {
    differing.emplace_back(one.coordinates(0).member(), one.served().reported(),
                           one.other().reported());
  }
  EXPECT_THAT(differing,
              UnorderedElementsAre(std::tuple("leicestershire", 2284, 2100),
                                   std::tuple("sussex", 4232, 4066),
                                   std::tuple("cheshire", 2678, 2700),
                                   std::tuple("derbyshire", 1800, 1804),
                                   std::tuple("btp", 1818, 1822),
                                   std::tuple("north-wales", 3018, 3016)));

  const v1::Conflict* ons = With(cell, kOns);
  ASSERT_NE(ons, nullptr);
  EXPECT_THAT(ons->other_reported(), Eq(150463));
  // 19 of the 43 forces, and British Transport Police.
  EXPECT_THAT(ons->differences(), SizeIs(20));
}

TEST_F(ThreeSources, TheCommandLineNamesThem) {
  const CliResult result = daemon_->RunCli(
      {"query", "offences", "--where", "offence=sexual-offences", "--period",
       "2017/18", "--panel", kPanelAndBtp, "--prefer", kRolling});
  EXPECT_THAT(result.exit_code, Eq(0)) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("150,798"),
                                HasSubstr("another figure contradicts it")));
  EXPECT_THAT(
      result.err,
      AllOf(HasSubstr("home-office-prc-rolling and home-office-prc "
                      "print 150,798 and 151,120 for 44 figures; 6 "
                      "differ: "),
            HasSubstr("Leicestershire, Sexual offences 2,100 v 2,284")));
}

// Year ending December 2018: 44 areas by 18 columns, and one more that the two
// name so differently that only the vocabulary knows it for the same.
TEST_F(ThreeSources, OnsAndRollingYearsAgreeButForTwoHumbersideCells) {
  const v1::StatisticsQuery query =
      By(By(Query("", {"year ending December 2018"}, kPanelAndBtp), "reporter"),
         "offence");
  // Reporter and offence -> figure, of the cells that the source answered.
  using Figures = std::map<std::pair<std::string, std::string>, int64_t>;
  std::map<std::string, Figures> of_source;
  std::map<std::pair<std::string, std::string>, std::set<std::string>>
      conflicting;
  for (const std::string source : {kOns, kRolling}) {
    const auto answer = client_->Query(Prefer(query, source), v1::VIEW_CITED);
    ASSERT_THAT(answer, IsOk());
    for (const v1::Cell& cell : answer->cells()) {
      if (!cell.has_reported() || cell.citations().empty() ||
          !absl::StartsWith(cell.citations(0).release(),
                            absl::StrCat("sources/", source, "/"))) {
        continue;
      }
      const std::pair key(cell.coordinates(0).member(),
                          cell.coordinates(1).member());
      of_source[source][key] = cell.reported();
      for (const v1::Conflict& conflict : cell.conflicts()) {
        conflicting[key].insert(conflict.other_source());
      }
    }
  }
  constexpr char kRenamed[] = "death-or-serious-injury-unlawful-driving";
  int compared = 0;
  int equal = 0;
  int renamed = 0;
  std::set<std::string> offences;
  std::map<std::string, int64_t> differing;
  for (const auto& [key, ons] : of_source[kOns]) {
    const auto rolling = of_source[kRolling].find(key);
    if (rolling == of_source[kRolling].end()) continue;
    if (key.second == kRenamed) {
      EXPECT_THAT(rolling->second, Eq(ons)) << key.first;
      ++renamed;
      continue;
    }
    ++compared;
    offences.insert(key.second);
    if (ons == rolling->second) {
      ++equal;
      EXPECT_FALSE(conflicting.contains(key));
    } else {
      EXPECT_THAT(key.first, Eq("humberside"));
      EXPECT_THAT(conflicting[key], UnorderedElementsAre(kOns, kRolling));
      differing[key.second] = std::abs(ons - rolling->second);
    }
  }
  EXPECT_THAT(offences, SizeIs(18));
  EXPECT_THAT(compared, Eq(792));
  EXPECT_THAT(equal, Eq(790));
  EXPECT_THAT(renamed, Eq(44));
  std::vector<int64_t> by;
  for (const auto& [offence, difference] : differing) {
    EXPECT_THAT(offence, HasSubstr("burglary"));
    by.push_back(difference);
  }
  EXPECT_THAT(by, UnorderedElementsAre(4, 6));
  EXPECT_THAT(conflicting, SizeIs(2));
}

TEST_F(ThreeSources, DurhamsRateContainsThePrintedOne) {
  const v1::StatisticsQuery query = Prefer(
      Query("all-excluding-fraud", {"year ending March 2018"}, ""), kOns);
  const v1::Cell cell = Only(PerThousandPeople(Of(query, "durham")));
  ASSERT_THAT(cell.derived(), SizeIs(1));
  const v1::Rate& rate = cell.derived(0).rate();
  EXPECT_THAT(cell.reported(), Eq(61179));
  EXPECT_THAT(rate.numerator().lower(), Eq(61179));
  EXPECT_THAT(rate.denominator().lower(), Eq(628050));
  EXPECT_THAT(rate.denominator().upper(), Eq(628150));
  EXPECT_LE(DoubleOf(rate.bounds().lower()), 97.4028);
  EXPECT_GE(DoubleOf(rate.bounds().upper()), 97.4029);
  EXPECT_THAT(rate.denominator_citations(), Not(IsEmpty()));

  // The publisher's own, as a measure of its own.
  v1::StatisticsQuery printed = Of(query, "durham");
  printed.set_measures(0, "offences_per_1000_population");
  const v1::Cell own = Only(printed);
  EXPECT_FALSE(own.has_reported());
  EXPECT_NEAR(DoubleOf(own.decimal_reported()), 97.402814506537936, 1e-9);
  EXPECT_LE(DoubleOf(rate.bounds().lower()), DoubleOf(own.decimal_reported()));
  EXPECT_GE(DoubleOf(rate.bounds().upper()), DoubleOf(own.decimal_reported()));
}

// Every printed rate of a force lies in ours, in every column.
TEST_F(ThreeSources, EveryPrintedRateLiesInOurs) {
  v1::StatisticsQuery query =
      Prefer(By(By(Query("", {"year ending March 2018"}, kPanel), "reporter"),
                "offence"),
             kOns);
  const auto ours = client_->Query(PerThousandPeople(query), v1::VIEW_BASIC);
  ASSERT_THAT(ours, IsOk());
  query.set_measures(0, "offences_per_1000_population");
  const auto printed = client_->Query(query, v1::VIEW_BASIC);
  ASSERT_THAT(printed, IsOk());
  std::map<std::pair<std::string, std::string>, const v1::Rate*> rates;
  for (const v1::Cell& cell : ours->cells()) {
    rates[{cell.coordinates(0).member(), cell.coordinates(1).member()}] =
        &cell.derived(0).rate();
  }
  int checked = 0;
  int elsewhere = 0;
  for (const v1::Cell& cell : printed->cells()) {
    const auto found = rates.find(
        {cell.coordinates(0).member(), cell.coordinates(1).member()});
    if (found == rates.end()) continue;
    const v1::Rate& rate = *found->second;
    if (cell.state() == v1::STATE_INCLUDED_ELSEWHERE) {
      EXPECT_THAT(cell.coordinates(0).member(), Eq("city-of-london"));
      EXPECT_THAT(rate.state(), Eq(v1::STATE_INCLUDED_ELSEWHERE));
      EXPECT_FALSE(rate.has_bounds());
      ++elsewhere;
      continue;
    }
    if (cell.decimal_reported().empty()) continue;
    ASSERT_TRUE(rate.has_bounds()) << cell.ShortDebugString();
    EXPECT_LE(DoubleOf(rate.bounds().lower()),
              DoubleOf(cell.decimal_reported()) + 1e-9)
        << cell.ShortDebugString();
    EXPECT_GE(DoubleOf(rate.bounds().upper()),
              DoubleOf(cell.decimal_reported()) - 1e-9)
        << cell.ShortDebugString();
    ++checked;
  }
  EXPECT_THAT(checked, Eq(42 * 23));
  EXPECT_THAT(elsewhere, Eq(23));
}

TEST_F(ThreeSources, BritishTransportPoliceIsLeftOutOfRatesAndNamed) {
  const v1::StatisticsQuery query = Prefer(
      Query("all-excluding-fraud", {"year ending March 2018"}, kPanelAndBtp),
      kOns);
  const auto answer = client_->Query(PerThousandPeople(query), v1::VIEW_BASIC);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells(), SizeIs(1));
  const v1::Cell& cell = answer->cells(0);
  EXPECT_THAT(cell.reported(), Eq(4876282));
  const v1::Rate& rate = cell.derived(0).rate();
  // 4,876,282 less the 59,785 of British Transport Police; the City of London
  // counts where the rest of London does.
  EXPECT_THAT(rate.numerator().lower(), Eq(4876282 - 59785));
  EXPECT_THAT(rate.reporter_count(), Eq(43));
  ASSERT_THAT(rate.left_out(), SizeIs(1));
  EXPECT_THAT(rate.left_out(0).reporter(), Eq("btp"));
  EXPECT_THAT(rate.left_out(0).reason(), HasSubstr("no population"));
  std::vector<std::string> caveats;
  for (const v1::Caveat& caveat : answer->caveats()) {
    caveats.push_back(absl::StrCat(caveat.code(), ": ", caveat.message()));
  }
  EXPECT_THAT(caveats, Contains(AllOf(HasSubstr("LEFT_OUT_OF_RATE"),
                                      HasSubstr("British Transport Police"))));

  // The publisher counts it into the national rate: 83.524843 by its table.
  v1::StatisticsQuery as_published = PerThousandPeople(query);
  as_published.mutable_derivations(0)->mutable_rate()->add_numerator_only(
      "btp");
  const v1::Rate national = Only(as_published).derived(0).rate();
  EXPECT_THAT(national.numerator().lower(), Eq(4876282));
  EXPECT_THAT(national.left_out(), IsEmpty());
  EXPECT_LE(DoubleOf(national.bounds().lower()), 83.524843);
  EXPECT_GE(DoubleOf(national.bounds().upper()), 83.524843);
}

TEST_F(ThreeSources, TheCommandLineGivesTheRate) {
  const CliResult result = daemon_->RunCli(
      {"query", "offences", "--where", "offence=all-excluding-fraud", "--where",
       "reporter=durham,city-of-london,btp", "--by", "reporter", "--period",
       "year ending March 2018", "--prefer", kOns, "--rate",
       "population@2016-06-30"});
  EXPECT_THAT(result.exit_code, Eq(0)) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("per 1,000 population (2016-06-30)"),
                                HasSubstr("97.395526 to 97.411035"),
                                HasSubstr("counted in another member")))
      << result.out;
  EXPECT_THAT(result.err, AllOf(HasSubstr("LEFT_OUT_OF_RATE"),
                                HasSubstr("British Transport Police"),
                                HasSubstr("City of London")));
}

}  // namespace
}  // namespace collate::testing
