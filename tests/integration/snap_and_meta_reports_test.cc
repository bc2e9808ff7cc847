// The transparency reports of Snap and Meta from their files to the answers.
// The files are the publishers' and not part of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/time/time.h"
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

constexpr char kSnap[] = "platform/snap/Snap_Transparency_Report_";
constexpr char kHalfYear[] = "2025-H1";

// Meta's editions in the order in which they came out. Their days are made up,
// since no file says its own: one a quarter after the latest quarter.
struct MetaEdition {
  const char* name;
  const char* published;  // handed in with the file
  int64_t child_nudity;   // Facebook, content actioned, 2020Q2
};
constexpr MetaEdition kMetaEditions[] = {
    {"2021-q2", "2021-09-30", 9'500'000}, {"2021-q4", "2022-03-31", 9'400'000},
    {"2022-q2", "2022-09-30", 2'800'000}, {"2022-q3", "2022-12-31", 2'800'000},
    {"2022-q4", "2023-03-31", 9'400'000}, {"2023-q1", "2023-06-30", 9'400'000},
    {"2023-q2", "2023-09-30", 9'400'000}, {"2023-q3", "2023-12-31", 9'400'000},
    {"2023-q4", "2024-03-31", 9'400'000}, {"2024-q1", "2024-06-30", 9'400'000}};

using Members = std::map<std::string, std::vector<std::string>>;

v1::StatisticsQuery Ask(const std::string& measure, const Members& where,
                        const std::vector<std::string>& periods) {
  v1::StatisticsQuery query;
  query.add_measures(measure);
  for (const auto& [dimension, members] : where) {
    v1::Filter* filter = query.add_filters();
    filter->set_dimension(dimension);
    for (const std::string& member : members) filter->add_members(member);
  }
  for (const std::string& period : periods) query.add_periods(period);
  return query;
}

v1::StatisticsQuery AskSnap(const std::string& measure,
                            const std::string& country, Members where = {}) {
  where["platform"] = {"snapchat"};
  where["geography"] = {country};
  return Ask(measure, where, {kHalfYear});
}

v1::StatisticsQuery AskMeta(const std::string& measure,
                            const std::string& service, const std::string& harm,
                            const std::vector<std::string>& periods) {
  return Ask(
      measure,
      {{"platform", {service}}, {"geography", {"world"}}, {"harm", {harm}}},
      periods);
}

v1::StatisticsQuery ChildNudity() {
  return AskMeta("meta_content_actioned", "facebook",
                 "meta-child-nudity-and-exploitation", {"2020 Q2"});
}

// What was published by the end of that day.
v1::StatisticsQuery AsOf(v1::StatisticsQuery query, const std::string& day) {
  absl::Time midnight;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d", day, &midnight, &error)) << error;
  query.mutable_as_of()->set_seconds(absl::ToUnixSeconds(midnight) + 86'399);
  return query;
}

// One daemon with all files, handed in through the command line.
class SnapAndMetaReports : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(MetaPath(kMetaEditions[0])) ||
        !std::filesystem::exists(
            SharedData(std::string(kSnap) + "H1-2025.EXCERPT.csv"))) {
      return;
    }
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    ingested_ = new std::map<std::string, CliResult>;
    for (const char* half : {"H1-2024", "H1-2025"}) {
      (*ingested_)[half] = daemon_->RunCli(
          {"ingest", SharedData(std::string(kSnap) + half + ".EXCERPT.csv"),
           "--source", "snap-transparency", "--published", "unknown",
           "--edition", half, "--strict"});
    }
    for (const MetaEdition& edition : kMetaEditions) {
      (*ingested_)[edition.name] = daemon_->RunCli(
          {"ingest", MetaPath(edition), "--source", "meta-cser", "--published",
           edition.published, "--edition", edition.name, "--strict"});
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
      GTEST_SKIP() << "publishers' files are not here (set "
                      "COLLATE_SHARED_DATA)";
    }
    ASSERT_NE(daemon_, nullptr);
    for (const auto& [name, result] : *ingested_) {
      ASSERT_THAT(result.exit_code, Eq(0)) << name << result.err << result.out;
    }
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  static std::string MetaPath(const MetaEdition& edition) {
    return SharedData(std::string("platform/meta-cser/meta-") + edition.name +
                      ".csv");
  }

  v1::Cell Only(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_CITED);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok() || answer->cells_size() != 1) return {};
    return answer->cells(0);
  }

  std::vector<v1::Observation> Observations(
      const v1::ListObservationsRequest& asked) {
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

  static TempDir* dir_;
  static Daemon* daemon_;
  static std::map<std::string, CliResult>* ingested_;
  std::unique_ptr<client::Client> client_;
};
TempDir* SnapAndMetaReports::dir_ = nullptr;
Daemon* SnapAndMetaReports::daemon_ = nullptr;
std::map<std::string, CliResult>* SnapAndMetaReports::ingested_ = nullptr;

TEST_F(SnapAndMetaReports, WhatIsOddInAFileIsTold) {
  EXPECT_THAT(
      ingested_->at("H1-2025").out,
      AllOf(HasSubstr("231 observations kept"), HasSubstr("LIKELY_SLIP"),
            HasSubstr("CONTESTED_KEY"), HasSubstr("Solomon Islands"),
            HasSubstr("REPEATED_KEY_IDENTICAL"), HasSubstr("Marshall Islands"),
            Not(HasSubstr("UNKNOWN_LABEL"))));
  EXPECT_THAT(ingested_->at("H1-2024").out,
              AllOf(HasSubstr("46 observations kept"),
                    Not(HasSubstr("UNKNOWN_LABEL"))));
  for (const MetaEdition& edition : kMetaEditions) {
    EXPECT_THAT(ingested_->at(edition.name).out, HasSubstr("No findings"));
  }
}

TEST_F(SnapAndMetaReports, EveryLabelIsKnown) {
  for (const char* measure :
       {"snap_enforcements", "snap_unique_accounts_enforced",
        "snap_content_and_account_reports", "snap_median_turnaround_minutes",
        "snap_exploitation_accounts_disabled", "snap_removal_requests",
        "meta_content_actioned", "meta_fake_accounts_actioned",
        "meta_proactive_rate", "meta_prevalence"}) {
    v1::ListObservationsRequest asked;
    asked.set_measure(measure);
    EXPECT_THAT(Observations(asked), Not(IsEmpty())) << measure;
    asked.set_unmapped_only(true);
    EXPECT_THAT(Observations(asked), IsEmpty()) << measure;
  }
}

// ---- Snap ------------------------------------------------------------------

TEST_F(SnapAndMetaReports, EnforcementsInTheUnitedKingdomAreTheirViolations) {
  EXPECT_THAT(Number(*client_, AskSnap("snap_enforcements", "gb")),
              IsOkAndHolds(Eq(692'132)));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto parts,
      client_->Query(By(AskSnap("snap_enforcements", "gb"), "harm"),
                     v1::VIEW_BASIC));
  EXPECT_THAT(parts.cells(), SizeIs(13));
  std::vector<std::string> harms;
  int64_t sum = 0;
  for (const v1::Cell& cell : parts.cells()) {
    sum += cell.reported();
    harms.push_back(cell.coordinates(0).member());
  }
  EXPECT_THAT(sum, Eq(692'132));
  // The service may add them, too.
  EXPECT_THAT(
      Number(*client_, AskSnap("snap_enforcements", "gb", {{"harm", harms}})),
      IsOkAndHolds(Eq(692'132)));
  for (const char* harm : {"snap-child-exploitation",
                           // What its theme has of this publisher.
                           "child-sexual-exploitation"}) {
    EXPECT_THAT(Number(*client_,
                       AskSnap("snap_enforcements", "gb", {{"harm", {harm}}})),
                IsOkAndHolds(Eq(55'843)))
        << harm;
  }
  EXPECT_THAT(
      Number(*client_, AskSnap("snap_exploitation_accounts_disabled", "gb")),
      IsOkAndHolds(Eq(9'348)));
}

TEST_F(SnapAndMetaReports, UniqueAccountsAreNeverAdded) {
  const char* accounts = "snap_unique_accounts_enforced";
  EXPECT_THAT(Number(*client_, AskSnap(accounts, "gb")),
              IsOkAndHolds(Eq(445'585)));
  EXPECT_THAT(
      Number(*client_,
             AskSnap(accounts, "gb", {{"harm", {"snap-child-exploitation"}}})),
      IsOkAndHolds(Eq(44'305)));
  const v1::StatisticsQuery sums[] = {
      AskSnap(accounts, "gb", {{"harm", {"snap-drugs", "snap-weapons"}}}),
      Ask(accounts, {{"platform", {"snapchat"}}, {"geography", {"gb", "us"}}},
          {kHalfYear}),
      AskSnap(accounts, "world", {{"snap_origin", {"reactive", "proactive"}}}),
      // Nor are medians, nor enforcements over places or origins.
      AskSnap("snap_median_turnaround_minutes", "gb",
              {{"harm", {"snap-drugs", "snap-weapons"}}}),
      Ask("snap_enforcements",
          {{"platform", {"snapchat"}}, {"geography", {"gb", "us"}}},
          {kHalfYear}),
      AskSnap("snap_enforcements", "world",
              {{"snap_origin", {"reactive", "proactive"}}})};
  for (const v1::StatisticsQuery& query : sums) {
    EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
                AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                      HasReason("NON_ADDITIVE_DIMENSION")))
        << query.ShortDebugString();
  }
  // Two half-years of accounts do not make a year.
  v1::StatisticsQuery year = AskSnap(accounts, "gb");
  year.set_periods(0, "2025");
  EXPECT_FALSE(Only(year).has_reported());
}

TEST_F(SnapAndMetaReports, ReactiveFiguresOfTheWorldAreTheirViolations) {
  for (const auto& [measure, total] :
       {std::pair("snap_enforcements", 6'278'446),
        std::pair("snap_content_and_account_reports", 19'766'324)}) {
    const v1::StatisticsQuery query =
        AskSnap(measure, "world", {{"snap_origin", {"reactive"}}});
    EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(total)));
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto parts, client_->Query(By(query, "harm"), v1::VIEW_BASIC));
    int64_t sum = 0;
    for (const v1::Cell& cell : parts.cells()) sum += cell.reported();
    EXPECT_THAT(sum, Eq(total)) << measure;
  }
  // Regions of Snap's own drawing are no countries.
  EXPECT_THAT(Number(*client_, AskSnap("snap_enforcements", "snap-europe",
                                       {{"snap_origin", {"reactive"}}})),
              IsOkAndHolds(Eq(2'144'828)));
}

TEST_F(SnapAndMetaReports, AKeyThatIsPrintedTwiceHasTwoSides) {
  const v1::Cell cell =
      Only(AskSnap("snap_exploitation_accounts_disabled", "sb"));
  EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_CONFLICT));
  EXPECT_THAT(cell.reported_bounds().lower(), Eq(1));
  EXPECT_THAT(cell.reported_bounds().upper(), Eq(2));
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  ASSERT_THAT(cell.conflicts(0).differences(), SizeIs(1));
  EXPECT_THAT(cell.conflicts(0).differences(0).served().reported(), Eq(2));
  EXPECT_THAT(cell.conflicts(0).differences(0).other().reported(), Eq(1));
  v1::ListObservationsRequest asked;
  asked.set_measure("snap_exploitation_accounts_disabled");
  v1::Filter* filter = asked.add_filters();
  filter->set_dimension("geography");
  filter->add_members("sb");
  std::vector<std::string> places;
  for (const v1::Observation& row : Observations(asked)) {
    places.push_back(row.citation().locator());
  }
  EXPECT_THAT(places,
              ElementsAre(HasSubstr(":L142:C7"), HasSubstr(":L143:C7")));
}

TEST_F(SnapAndMetaReports, WhatNobodyDatedIsFlagged) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(AskSnap("snap_enforcements", "gb"), v1::VIEW_BASIC));
  std::set<std::string> caveats;
  for (const v1::Caveat& caveat : answer.caveats()) {
    caveats.insert(caveat.code());
  }
  EXPECT_THAT(caveats, Contains("PUBLISH_TIME_UNKNOWN"));
}

// ---- Meta ------------------------------------------------------------------

TEST_F(SnapAndMetaReports, QuartersMakeAYearOfRoundedCounts) {
  const struct {
    const char* service;
    const char* year;
    int64_t count;
  } kYears[] = {{"facebook", "2022", 92'200'000},
                {"facebook", "2023", 49'200'000},
                {"instagram", "2023", 14'100'000}};
  for (const auto& asked : kYears) {
    const v1::Cell cell =
        Only(AskMeta("meta_content_actioned", asked.service,
                     "meta-child-exploitation", {asked.year}));
    EXPECT_THAT(cell.reported(), Eq(asked.count)) << asked.year;
    EXPECT_THAT(cell.state(), Eq(v1::STATE_ROUNDED));
    // Half a step of 100,000 for each quarter.
    EXPECT_THAT(cell.reported_bounds().lower(), Eq(asked.count - 200'000));
    EXPECT_THAT(cell.reported_bounds().upper(), Eq(asked.count + 200'000));
    EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_TILED_PERIOD));
    EXPECT_THAT(cell.citations(), SizeIs(4));
  }
}

TEST_F(SnapAndMetaReports, AQuarterThatIsNotAvailableIsNoZero) {
  const v1::Cell cell = Only(AskMeta("meta_content_actioned", "facebook",
                                     "meta-child-exploitation", {"2021"}));
  EXPECT_THAT(cell.state(), Eq(v1::STATE_NOT_SHOWN));
  EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_INCOMPLETE_REPORTER));
  EXPECT_THAT(cell.reported(), Eq(66'600'000));
  EXPECT_FALSE(cell.panel_bounds().has_upper());
  // The old area does not stand in for it.
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(AskMeta("meta_content_actioned", "facebook",
                             "meta-child-exploitation", {"2021"}),
                     v1::VIEW_BASIC));
  std::set<std::string> caveats;
  for (const v1::Caveat& caveat : answer.caveats()) {
    caveats.insert(caveat.code());
  }
  EXPECT_THAT(caveats, Contains("SERIES_BREAK"));
}

TEST_F(SnapAndMetaReports, TheEditionOfTheAskedDayIsServedAndAllAreKept) {
  std::vector<int64_t> expected;
  for (const MetaEdition& edition : kMetaEditions) {
    expected.push_back(edition.child_nudity);
    EXPECT_THAT(Number(*client_, AsOf(ChildNudity(), edition.published)),
                IsOkAndHolds(Eq(edition.child_nudity)))
        << edition.name;
  }
  EXPECT_THAT(Number(*client_, ChildNudity()), IsOkAndHolds(Eq(9'400'000)));
  const v1::Cell before = Only(AsOf(ChildNudity(), "2021-09-29"));
  EXPECT_FALSE(before.has_reported());
  EXPECT_THAT(before.state(), Eq(v1::STATE_NO_RELEASE));
  v1::ListObservationsRequest asked;
  asked.set_measure("meta_content_actioned");
  asked.set_period("2020 Q2");
  for (const auto& [dimension, member] :
       {std::pair("harm", "meta-child-nudity-and-exploitation"),
        std::pair("platform", "facebook")}) {
    v1::Filter* filter = asked.add_filters();
    filter->set_dimension(dimension);
    filter->add_members(member);
  }
  std::vector<int64_t> kept;
  for (const v1::Observation& row : Observations(asked)) {
    kept.push_back(row.value());
  }
  // Latest first.
  EXPECT_THAT(std::vector<int64_t>(kept.rbegin(), kept.rend()), Eq(expected));
}

TEST_F(SnapAndMetaReports, WhatALaterEditionNoLongerPrintsIsDropped) {
  // Published as a bound for the latest quarter of each edition only.
  const v1::StatisticsQuery query =
      AskMeta("meta_prevalence", "facebook", "meta-terrorism", {"2023 Q4"});
  const v1::Cell dropped = Only(query);
  EXPECT_THAT(dropped.state(), Eq(v1::STATE_DROPPED_IN_EDITION));
  EXPECT_THAT(dropped.decimal_reported(), IsEmpty());
  const v1::Cell then = Only(AsOf(query, "2024-03-31"));
  EXPECT_THAT(then.state(), Eq(v1::STATE_SUPPRESSED));
  EXPECT_THAT(then.decimal_panel_bounds().lower(), Eq("0"));
  EXPECT_THAT(then.decimal_panel_bounds().upper(), Eq("0.05"));
  // Figures that every edition prints stand.
  EXPECT_THAT(Only(AskMeta("meta_proactive_rate", "facebook",
                           "meta-fake-accounts", {"2023 Q4"}))
                  .state(),
              Eq(v1::STATE_REPORTED));
}

TEST_F(SnapAndMetaReports, NothingOfMetasIsAddedOverServicesOrPolicies) {
  const Members both = {{"platform", {"facebook", "instagram"}},
                        {"geography", {"world"}},
                        {"harm", {"meta-child-exploitation"}}};
  const Members areas = {{"platform", {"facebook"}},
                         {"geography", {"world"}},
                         {"harm", {"meta-drugs", "meta-firearms"}}};
  for (const Members& where : {both, areas}) {
    EXPECT_THAT(client_->Query(Ask("meta_content_actioned", where, {"2023 Q1"}),
                               v1::VIEW_BASIC),
                AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                      HasReason("NON_ADDITIVE_DIMENSION")));
  }
  // Two publishers' counts are two measures.
  const v1::StatisticsQuery snap =
      Ask("snap_enforcements",
          {{"platform", {"facebook"}}, {"geography", {"world"}}}, {"2023 Q1"});
  EXPECT_FALSE(Only(snap).has_reported());
}

// Facebook, Child Nudity, 2020 Q2 fell from 9.4 to 2.8 million in one edition
// and rose again in another; no file marks what it revises.
TEST_F(SnapAndMetaReports, WhatAnEditionChangedWithoutAWordIsListed) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<v1::Release> releases,
                               client_->ListReleases("sources/meta-cser"));
  const auto named = [&releases](const std::string& edition) {
    for (const v1::Release& release : releases) {
      if (release.edition() == edition) return release.name();
    }
    ADD_FAILURE() << "no edition " << edition;
    return std::string();
  };
  const auto numbers = [&](const std::string& edition,
                           const std::string& base) {
    v1::ListRevisionsRequest request;
    request.set_release(named(edition));
    if (!base.empty()) request.set_base_release(named(base));
    request.set_measure("meta_content_actioned");
    request.set_silent_only(true);
    std::vector<std::pair<int64_t, int64_t>> found;
    const auto revisions = client_->ListRevisions(request);
    EXPECT_THAT(revisions, IsOk());
    if (!revisions.ok()) return found;
    for (const v1::Revision& revision : revisions->revisions()) {
      std::set<std::string> members;
      for (const v1::Coordinate& coordinate : revision.coordinates()) {
        members.insert(coordinate.member());
      }
      if (revision.period().text() == "2020 Q2" &&
          members.contains("facebook") &&
          members.contains("meta-child-nudity-and-exploitation")) {
        found.emplace_back(revision.before().reported(),
                           revision.after().reported());
      }
    }
    return found;
  };
  const std::pair<int64_t, int64_t> fell(9'400'000, 2'800'000);
  EXPECT_THAT(numbers("2022-q2", ""), ElementsAre(fell));
  EXPECT_THAT(numbers("2022-q2", "2021-q4"), ElementsAre(fell));
  EXPECT_THAT(numbers("2022-q3", ""), IsEmpty());
  EXPECT_THAT(numbers("2022-q4", ""),
              ElementsAre(std::pair<int64_t, int64_t>(2'800'000, 9'400'000)));
  EXPECT_THAT(numbers("2022-q4", "2021-q4"), IsEmpty()) << "9.4 million both";
}

}  // namespace
}  // namespace collate::testing
