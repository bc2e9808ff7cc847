// Reports of Discord, Microsoft, NCMEC and of the EU template from the
// publishers' files to the answer. The files are not part of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/end_to_end.h"
#include "tests/plugins/transparency_report/dsa_template/dsa_testing.h"

namespace collate::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTemplatePeriod[] = "2025-07-01/2026-01-01";

using Where = std::vector<std::pair<std::string, std::string>>;

v1::StatisticsQuery Ask(const std::string& measure, const std::string& period,
                        const Where& where) {
  v1::StatisticsQuery query;
  query.add_measures(measure);
  query.add_periods(period);
  for (const auto& [dimension, member] : where) {
    v1::Filter* filter = query.add_filters();
    filter->set_dimension(dimension);
    filter->add_members(member);
  }
  return query;
}

// One daemon with every file, each edition a release of its own.
class PlatformTables : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(SharedData("platform/discord"))) return;
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    const auto client = ConnectTo(*daemon_);
    ASSERT_NE(client, nullptr);
    for (const char* edition :
         {"2020-h2", "2021-h1", "2021-h2", "2022-q1", "2022-q2", "2022-q4",
          "2023-q1", "2023-q3", "2023-q4"}) {
      Take(*client, "discord-transparency",
           {std::string("platform/discord/discord-") + edition + ".csv"});
    }
    for (const char* edition :
         {"2020-h2", "2021-h1", "2021-h2", "2022-h1", "2022-h2", "2023-h1"}) {
      Take(*client, "microsoft-digital-safety",
           {std::string("platform/microsoft/microsoft-") + edition + ".xlsx"});
    }
    Take(*client, "ncmec-cybertipline",
         {"platform/ncmec/ocse-report-contents.csv",
          "platform/ncmec/ocse-reports-per-year.csv"});
    Take(*client, "eu-dsa-template",
         {"platform/dsa-template/snap-1_report_identification.csv",
          "platform/dsa-template/snap-10_AMAR.csv"});
    // Real figures in the layout of the template.
    const std::string oracle =
        SharedData("platform/dsa-template/vlop-h2-2025-tables-4-5-6.csv");
    for (const char* service : {"Facebook", "Instagram", "Pinterest"}) {
      const std::string path =
          dir_->File(std::string(service) + "-6_own_initiative_TC.csv");
      std::ofstream(path) << DsaCsv(DsaOracle(oracle, service, 6));
      TakePaths(*client, "eu-dsa-template", {path});
    }
  }
  static void TearDownTestSuite() {
    if (daemon_ != nullptr) {
      EXPECT_THAT(daemon_->Terminate(), Eq(0));
    }
    delete std::exchange(daemon_, nullptr);
    delete std::exchange(dir_, nullptr);
    findings_.clear();
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

  static void Take(client::Client& client, const std::string& source,
                   std::vector<std::string> files) {
    for (std::string& file : files) file = SharedData(file);
    TakePaths(client, source, std::move(files));
  }
  static void TakePaths(client::Client& client, const std::string& source,
                        std::vector<std::string> paths) {
    client::Submission submission = Document(paths[0], source);
    submission.paths = std::move(paths);
    const auto outcome = client.Ingest(submission, {});
    ASSERT_THAT(outcome, IsOk()) << submission.paths[0];
    for (const v1::Diagnostic& finding : outcome->diagnostics()) {
      findings_.push_back(finding.reason() + " " + finding.locator());
    }
    for (const v1::DocumentReport& document : outcome->documents()) {
      for (const v1::TableReport& table : document.tables()) {
        EXPECT_FALSE(table.refused()) << table.id();
      }
    }
  }

  absl::StatusOr<int64_t> Figure(const std::string& measure,
                                 const std::string& period,
                                 const Where& where) {
    return Number(*client_, Ask(measure, period, where));
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static std::vector<std::string> findings_;
  std::unique_ptr<client::Client> client_;
};
TempDir* PlatformTables::dir_ = nullptr;
Daemon* PlatformTables::daemon_ = nullptr;
std::vector<std::string> PlatformTables::findings_;

const Where kDiscord = {{"platform", "discord"}, {"geography", "world"}};

Where Of(Where where, const std::string& dimension, const std::string& member) {
  where.emplace_back(dimension, member);
  return where;
}

TEST_F(PlatformTables, DiscordsReportsToNcmecAreThoseOfEachEdition) {
  const struct {
    const char* period;
    int64_t media;
    int64_t grooming;
  } kEditions[] = {{"2022-Q1", 10641, 54},
                   {"2022-Q2", 21425, 104},
                   {"2022-Q4", 11520, 69},
                   {"2023-Q1", 20001, 125},
                   {"2023-Q3", 51674, 242},
                   {"2023-Q4", 55638, 317},
                   // Without a printed total, from its months.
                   {"2020-07-01/2021-01-01", 6865, 83}};
  for (const auto& edition : kEditions) {
    EXPECT_THAT(Figure("discord_ncmec_reports", edition.period,
                       Of(kDiscord, "harm", "discord-ncmec-media")),
                IsOkAndHolds(Eq(edition.media)))
        << edition.period;
    EXPECT_THAT(Figure("discord_ncmec_reports", edition.period,
                       Of(kDiscord, "harm", "discord-ncmec-grooming")),
                IsOkAndHolds(Eq(edition.grooming)))
        << edition.period;
  }
  // The months that contradict the file's name are those of no month.
  EXPECT_THAT(
      findings_,
      Contains(HasSubstr("PERIOD_CONFLICT discord-2022-q4.csv:L40:C1")));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto contradicted,
      client_->Query(Ask("discord_ncmec_reports", "2022-Q4", kDiscord),
                     v1::VIEW_BASIC));
  ASSERT_THAT(contradicted.cells_size(), Eq(1));
  EXPECT_THAT(contradicted.cells(0).flags(),
              Contains(v1::CELL_FLAG_DEFINITION_DIFFERS));
  for (const char* month : {"2022-10", "2022-01"}) {
    const auto figure = Figure("discord_ncmec_reports", month, kDiscord);
    EXPECT_EQ(figure.ok(), std::string(month) == "2022-01") << month;
  }
}

TEST_F(PlatformTables, AShiftedColumnIsNotReadAndItsTwinIs) {
  EXPECT_THAT(findings_,
              Contains(HasSubstr("NOT_A_FIGURE discord-2023-q3.csv:L22:C2")));
  EXPECT_THAT(Figure("discord_accounts_disabled", "2023-Q3",
                     Of(kDiscord, "harm", "discord-child-safety")),
              IsOkAndHolds(Eq(128153)));
  EXPECT_THAT(Figure("discord_accounts_disabled", "2023-Q3", kDiscord),
              IsOkAndHolds(Eq(260461)));
}

TEST_F(PlatformTables, SumsOfAccountsAreRefused) {
  v1::StatisticsQuery query = Ask("discord_accounts_disabled", "2023-Q3",
                                  Of(kDiscord, "harm", "discord-child-safety"));
  query.mutable_filters(2)->add_members("discord-hateful-conduct");
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  // Over time they are not added either.
  EXPECT_THAT(
      Figure("discord_accounts_disabled", "2023-07-01/2024-01-01", kDiscord),
      Not(IsOk()));
}

TEST_F(PlatformTables, MicrosoftsContentIsThatOfEachEdition) {
  const Where hosted = {{"platform", "microsoft-consumer-services"},
                        {"geography", "world"},
                        {"harm", "microsoft-cseai"}};
  const std::pair<const char*, int64_t> kEditions[] = {
      {"2020-07-01/2021-01-01", 92419}, {"2021-01-01/2021-07-01", 76061},
      {"2021-07-01/2022-01-01", 36918}, {"2022-01-01/2022-07-01", 40722},
      {"2022-07-01/2023-01-01", 31663}, {"2023-01-01/2023-07-01", 46856},
      {"2021", 76061 + 36918}};
  for (const auto& [period, actioned] : kEditions) {
    EXPECT_THAT(Figure("microsoft_content_actioned", period, hosted),
                IsOkAndHolds(Eq(actioned)))
        << period;
  }
  // What Bing found is never added to it.
  v1::StatisticsQuery query = Ask("microsoft_content_actioned", "2021", hosted);
  query.mutable_filters(0)->add_members("bing");
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Figure("microsoft_accounts_actioned", "2021", hosted),
              Not(IsOk()));
}

TEST_F(PlatformTables, NcmecsTotalsAndEnticementAreAsPublished) {
  const std::pair<const char*, int64_t> kTotals[] = {{"2019", 16987361},
                                                     {"2020", 21751085},
                                                     {"2021", 29397681},
                                                     {"2022", 32059029}};
  for (const auto& [year, total] : kTotals) {
    EXPECT_THAT(Figure("ncmec_reports", year, {{"geography", "world"}}),
                IsOkAndHolds(Eq(total)))
        << year;
  }
  const std::pair<const char*, int64_t> kEnticement[] = {
      {"2020", 37872}, {"2021", 44155}, {"2022", 80524}, {"2023", 186819}};
  for (const auto& [year, count] : kEnticement) {
    EXPECT_THAT(
        Figure("ncmec_reports", year,
               {{"geography", "world"}, {"harm", "ncmec-online-enticement"}}),
        IsOkAndHolds(Eq(count)))
        << year;
  }
}

// Discord's own count and NCMEC's are two measures of two reporters, whatever
// is asked: refused as one, and side by side.
TEST_F(PlatformTables, TwoObserversOfOneThingAreNeverAdded) {
  v1::StatisticsQuery query =
      Ask("discord_ncmec_reports", "2022", {{"geography", "world"}});
  query.add_measures("ncmec_reports");
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer, client_->Query(By(query, "reporter"), v1::VIEW_BASIC));
  std::vector<std::pair<std::string, int64_t>> printed;
  for (const v1::Cell& cell : answer.cells()) {
    if (cell.has_reported()) {
      printed.emplace_back(cell.measure(), cell.reported());
    }
  }
  EXPECT_THAT(printed,
              ElementsAre(std::pair("ncmec_reports", int64_t{32059029})));
}

TEST_F(PlatformTables, RecipientsAreThePrintedTotalAndNoSum) {
  const Where snap = {{"platform", "snapchat"}};
  EXPECT_THAT(findings_,
              Contains(HasSubstr("TOTAL_MISMATCH snap-10_AMAR.csv:L2:C7")));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(Ask("dsa_active_recipients", kTemplatePeriod,
                         Of(snap, "geography", "eu")),
                     v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  EXPECT_THAT(answer.cells(0).reported(), Eq(97153476));
  EXPECT_THAT(answer.cells(0).flags(), Contains(v1::CELL_FLAG_TOTAL_MISMATCH));
  EXPECT_THAT(Figure("dsa_active_recipients", kTemplatePeriod,
                     Of(snap, "geography", "gr")),
              IsOkAndHolds(Eq(988014)));
  // No sum of states, no figure of the whole without saying where, and none of
  // the United Kingdom.
  v1::StatisticsQuery states = Ask("dsa_active_recipients", kTemplatePeriod,
                                   Of(snap, "geography", "de"));
  states.mutable_filters(1)->add_members("fr");
  EXPECT_THAT(client_->Query(states, v1::VIEW_BASIC),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Figure("dsa_active_recipients", kTemplatePeriod, snap),
              Not(IsOk()));
  EXPECT_THAT(Figure("dsa_active_recipients", kTemplatePeriod,
                     Of(snap, "geography", "gb")),
              Not(IsOk()));
}

TEST_F(PlatformTables, MinorsAreCountedByServiceAndGroomingIsNotCompared) {
  const Where minors = {{"geography", "eu"},
                        {"harm", "dsa-protection-of-minors"}};
  const std::pair<const char*, int64_t> kServices[] = {
      {"facebook", 1182154}, {"instagram", 576939}, {"pinterest", 3006180}};
  for (const auto& [service, count] : kServices) {
    EXPECT_THAT(Figure("dsa_own_initiative_terms", kTemplatePeriod,
                       Of(minors, "platform", service)),
                IsOkAndHolds(Eq(count)))
        << service;
  }
  const Where grooming =
      Of(minors, "dsa_keyword", "grooming-sexual-enticement-minors");
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client_->Query(
          By(By(Ask("dsa_own_initiative_terms", kTemplatePeriod, grooming),
                "platform"),
             "reporter"),
          v1::VIEW_BASIC));
  int seen = 0;
  for (const v1::Cell& cell : answer.cells()) {
    std::string platform;
    for (const v1::Coordinate& at : cell.coordinates()) {
      if (at.dimension() == "platform") platform = at.member();
    }
    if (platform == "pinterest" && cell.has_reported()) {
      EXPECT_THAT(cell.reported(), Eq(1316));
      ++seen;
    }
    // What is not classified is neither zero nor a figure.
    if (cell.state() == v1::STATE_INCLUDED_ELSEWHERE) {
      EXPECT_FALSE(cell.has_reported()) << platform;
      ++seen;
    }
  }
  EXPECT_THAT(seen, Eq(3));
  // Services are never added, nor the levels of one column.
  v1::StatisticsQuery both = Ask("dsa_own_initiative_terms", kTemplatePeriod,
                                 Of(grooming, "platform", "pinterest"));
  both.mutable_filters(3)->add_members("facebook");
  EXPECT_THAT(client_->Query(both, v1::VIEW_BASIC),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Figure("dsa_own_initiative_terms", kTemplatePeriod,
                     {{"geography", "eu"}, {"platform", "facebook"}}),
              IsOkAndHolds(Eq(171807219)));
}

TEST_F(PlatformTables, EveryLabelIsKnownButThoseOfInventedKeywords) {
  for (const char* measure :
       {"discord_ncmec_reports", "discord_accounts_disabled",
        "discord_servers_removed", "discord_appeals", "discord_in_app_reports",
        "discord_information_requests", "discord_preservation_requests",
        "discord_emergency_requests", "microsoft_content_actioned",
        "microsoft_ncii_requests", "ncmec_reports", "ncmec_files",
        "dsa_active_recipients", "dsa_own_initiative_terms"}) {
    v1::ListObservationsRequest asked;
    asked.set_measure(measure);
    asked.set_unmapped_only(true);
    EXPECT_THAT(client_->ListObservations(
                    asked,
                    [&](const v1::ListObservationsResponse& page) {
                      for (const v1::Observation& row : page.observations()) {
                        for (const v1::Coordinate& at : row.coordinates()) {
                          EXPECT_TRUE(!at.member().empty() ||
                                      at.dimension() == "dsa_keyword")
                              << row.ShortDebugString();
                        }
                      }
                      return absl::OkStatus();
                    }),
                IsOk());
  }
}

// Lists by provider are PDF documents, which no family reads.
TEST_F(PlatformTables, AListByProviderIsRefusedForWhatItIs) {
  const auto refused = client_->Ingest(
      Document(SharedData("platform/ncmec/ncmec-by-esp-2022.pdf"),
               "ncmec-cybertipline"),
      {});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("UNSUPPORTED_FORMAT"));
}

}  // namespace
}  // namespace collate::testing
