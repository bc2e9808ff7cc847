// TikTok's enforcement reports from nine editions to the answer. The files are
// the publisher's and not part of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTiktokSource[] = "tiktok-cger";

struct TiktokEdition {
  const char* edition;
  const char* ending;
  int64_t figures;  // that are kept: a workbook prints some twice
};
constexpr TiktokEdition kTiktokEditions[] = {
    // Not in their order: which one answers does not depend on it.
    {"2024-q1", ".csv", 24354}, {"2021-q3", ".xlsx", 122},
    {"2021-q4", ".xlsx", 141},  {"2022-q1", ".xlsx", 427},
    {"2022-q2", ".xlsx", 455},  {"2022-q4", ".csv", 1030},
    {"2023-q1", ".csv", 1522},  {"2023-q3", ".csv", 8704},
    {"2023-q4", ".csv", 15966}};

v1::StatisticsQuery Figure(const std::string& measure,
                           const std::string& geography,
                           const std::vector<std::string>& periods) {
  v1::StatisticsQuery query;
  query.add_measures(measure);
  Filter(query, "platform", {"tiktok"});
  if (!geography.empty()) Filter(query, "geography", {geography});
  for (const std::string& period : periods) query.add_periods(period);
  return query;
}

class TiktokReports : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(PathOf(kTiktokEditions[0]))) return;
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    reports_ = new std::vector<absl::StatusOr<v1::IngestionReport>>;
    const auto client = ConnectTo(*daemon_);
    ASSERT_NE(client, nullptr);
    for (const TiktokEdition& edition : kTiktokEditions) {
      client::Submission submission = Document(PathOf(edition), kTiktokSource);
      submission.release.set_edition(edition.edition);
      reports_->push_back(client->Ingest(submission, {}));
    }
  }
  static void TearDownTestSuite() {
    if (daemon_ != nullptr) {
      EXPECT_THAT(daemon_->Terminate(), Eq(0));
    }
    delete std::exchange(daemon_, nullptr);
    delete std::exchange(reports_, nullptr);
    delete std::exchange(dir_, nullptr);
  }
  void SetUp() override {
    if (dir_ == nullptr) {
      GTEST_SKIP() << "publisher's files are not here (set "
                      "COLLATE_SHARED_DATA)";
    }
    ASSERT_NE(daemon_, nullptr);
    ASSERT_THAT(*reports_, SizeIs(std::size(kTiktokEditions)));
    for (const auto& report : *reports_) ASSERT_THAT(report, IsOk());
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  static std::string PathOf(const TiktokEdition& edition) {
    return SharedData(std::string("platform/tiktok/tiktok-") + edition.edition +
                      edition.ending);
  }

  v1::Cell OneCell(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_CITED);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return {};
    EXPECT_THAT(answer->cells_size(), Eq(1));
    return answer->cells_size() == 1 ? answer->cells(0) : v1::Cell();
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static std::vector<absl::StatusOr<v1::IngestionReport>>* reports_;
  std::unique_ptr<client::Client> client_;
};
TempDir* TiktokReports::dir_ = nullptr;
Daemon* TiktokReports::daemon_ = nullptr;
std::vector<absl::StatusOr<v1::IngestionReport>>* TiktokReports::reports_ =
    nullptr;

TEST_F(TiktokReports, EveryFigureOfEveryEditionIsPublishedUnderAKnownName) {
  for (size_t i = 0; i < std::size(kTiktokEditions); ++i) {
    const v1::IngestionReport& report = *(*reports_)[i];
    EXPECT_THAT(report.release().observation_count(),
                Eq(kTiktokEditions[i].figures))
        << kTiktokEditions[i].edition;
    EXPECT_THAT(report.release().adapter(), HasSubstr("transparency_report"));
    for (const v1::DocumentReport& document : report.documents()) {
      for (const v1::TableReport& table : document.tables()) {
        EXPECT_FALSE(table.refused()) << table.ShortDebugString();
        EXPECT_THAT(table.unmapped_count(), Eq(0)) << table.ShortDebugString();
      }
    }
  }
}

TEST_F(TiktokReports, VideosRemovedAreAsPublished) {
  const std::pair<const char*, int64_t> uk[] = {
      {"2022 Q1", 2269079}, {"2022 Q2", 2503359}, {"2022 Q3", 2889003},
      {"2022 Q4", 2122586}, {"2023 Q1", 3862346}, {"2023 Q2", 3618543},
      {"2023 Q3", 4601562}, {"2023 Q4", 5535370}, {"2024 Q1", 4038643}};
  for (const auto& [period, count] : uk) {
    EXPECT_THAT(
        Number(*client_, Figure("tiktok_videos_removed", "gb", {period})),
        IsOkAndHolds(Eq(count)))
        << period;
  }
  const std::pair<const char*, int64_t> world[] = {{"2020 Q3", 43086543},
                                                   {"2020 Q4", 46112104},
                                                   {"2021 Q1", 61951327},
                                                   {"2021 Q2", 81518334},
                                                   {"2021 Q3", 91445802}};
  for (const auto& [period, count] : world) {
    EXPECT_THAT(
        Number(*client_, Figure("tiktok_videos_removed", "world", {period})),
        IsOkAndHolds(Eq(count)))
        << period;
  }
}

TEST_F(TiktokReports, ACitationNamesTheCellOfTheEditionThatAnswers) {
  const v1::Cell first =
      OneCell(Figure("tiktok_videos_removed", "gb", {"2022 Q1"}));
  ASSERT_THAT(first.citations(), SizeIs(1));
  EXPECT_THAT(first.citations(0).locator(),
              HasSubstr("'Top 30 Countries'!B12"));
  EXPECT_THAT(first.citations(0).raw(), Eq("2269079"));
  const v1::Cell last =
      OneCell(Figure("tiktok_videos_removed", "gb", {"2022 Q3"}));
  ASSERT_THAT(last.citations(), SizeIs(1));
  EXPECT_THAT(last.citations(0).locator(), HasSubstr("tiktok-2024-q1.csv:"));
  EXPECT_THAT(last.citations(0).raw(), Eq("2889003.0"));
}

TEST_F(TiktokReports, VideosAddOverTimeAndOverNothingElse) {
  EXPECT_THAT(Number(*client_, Figure("tiktok_videos_removed", "gb", {"2023"})),
              IsOkAndHolds(Eq(3862346 + 3618543 + 4601562 + 5535370)));
  v1::StatisticsQuery markets =
      Figure("tiktok_videos_removed", "", {"2023 Q1"});
  Filter(markets, "geography", {"gb", "ie", "us"});
  EXPECT_THAT(client_->Query(markets, v1::VIEW_BASIC),
              HasReason("NON_ADDITIVE_DIMENSION"));
  v1::StatisticsQuery policies =
      Figure("tiktok_videos_removed", "world", {"2022 Q3"});
  Filter(policies, "moderation", {"human"});
  Filter(policies, "harm",
         {"tiktok-grooming-behavior", "tiktok-sexual-exploitation-of-minors"});
  EXPECT_THAT(client_->Query(policies, v1::VIEW_BASIC),
              HasReason("NON_ADDITIVE_DIMENSION"));
}

TEST_F(TiktokReports, AccountsAddOverNothing) {
  EXPECT_THAT(
      Number(*client_, Figure("tiktok_accounts_removed", "world", {"2022 Q1"})),
      IsOkAndHolds(Eq(44438988)));
  EXPECT_FALSE(OneCell(Figure("tiktok_accounts_removed", "world", {"2022"}))
                   .has_reported());
  v1::StatisticsQuery reasons =
      Figure("tiktok_accounts_removed", "world", {"2022 Q1"});
  Filter(reasons, "ban_reason", {"under-13", "fake-account"});
  EXPECT_THAT(client_->Query(reasons, v1::VIEW_BASIC),
              HasReason("NON_ADDITIVE_DIMENSION"));
  // Printed without a group, beside another figure that has one.
  v1::StatisticsQuery fake =
      Figure("tiktok_accounts_removed", "world", {"2024 Q1"});
  Filter(fake, "ban_reason", {"fake-account"});
  const v1::Cell cell = OneCell(fake);
  EXPECT_THAT(cell.reported(), Eq(165623182));
  EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_DEFINITION_DIFFERS));
}

TEST_F(TiktokReports, AShareIsExactAndIsNoCount) {
  v1::StatisticsQuery share =
      Figure("tiktok_category_share", "world", {"2023 Q1"});
  Filter(share, "harm", {"tiktok-grooming-behavior"});
  Filter(share, "moderation", {"human"});
  const v1::Cell cell = OneCell(share);
  EXPECT_THAT(cell.unit(), Eq("fraction"));
  EXPECT_THAT(cell.decimal_reported(), Eq("0.0279999999999999"));
  EXPECT_FALSE(cell.has_reported());
  share.set_periods(0, "2022");
  EXPECT_THAT(OneCell(share).decimal_reported(), IsEmpty());
}

// A count by sub-policy was printed for two quarters, and of the removals by
// people alone.
TEST_F(TiktokReports, GroomingIsCountedOnlyWhereItWasPrinted) {
  v1::StatisticsQuery grooming =
      Figure("tiktok_videos_removed", "world", {"2022 Q3"});
  Filter(grooming, "harm", {"tiktok-grooming-behavior"});
  EXPECT_FALSE(OneCell(grooming).has_reported());
  Filter(grooming, "moderation", {"human"});
  EXPECT_THAT(Number(*client_, grooming), IsOkAndHolds(Eq(537300)));
  grooming.set_periods(0, "2023 Q1");
  EXPECT_FALSE(OneCell(grooming).has_reported());
}

TEST_F(TiktokReports, ALanguageIsNoCountry) {
  v1::StatisticsQuery query =
      Figure("tiktok_moderators_share", "", {"2023 Q1"});
  Filter(query, "language", {"english"});
  EXPECT_THAT(OneCell(query).decimal_reported(), Eq("0.327"));
  Filter(query, "geography", {"gb"});
  EXPECT_THAT(OneCell(query).decimal_reported(), IsEmpty());
}

// Synthetic: what no edition held has done so far.
TEST(TiktokReportsWithAContradiction, BothResultsAreKeptAndNeitherIsAdded) {
  TempDir dir;
  const std::string line = ",Quarterly,Jan-Mar 2023,All,All,All,All,Market,";
  const std::string file = dir.Write(
      "tiktok.csv",
      "Metric,Period type,Period,Policy type,Issue,Task type,Task,Location,"
      "Market,Result\n"
      "Total videos removed" +
          line +
          "Peru,10\n"
          "Total videos removed" +
          line +
          "Peru,12\n"
          "Total videos removed,Quarterly,Apr-Jun 2023,All,All,All,All,Market,"
          "Peru,5\n"
          "Total videos removed" +
          line +
          "[Market],7\n"
          "Sounds muted" +
          line + "Peru,3\n");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  ASSERT_NE(client, nullptr);
  client::Submission submission = Document(file, kTiktokSource);
  submission.release.set_synthetic(true);
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::IngestionReport report,
                               client->Ingest(submission, {}));
  std::map<std::string, std::string> found;
  for (const v1::Diagnostic& diagnostic : report.diagnostics()) {
    found[diagnostic.reason()] = diagnostic.found();
  }
  EXPECT_THAT(found["CONTESTED_KEY"], Eq("12"));
  EXPECT_THAT(found["PLACEHOLDER_TEXT"], HasSubstr("[Market]"));
  EXPECT_THAT(found["UNKNOWN_LABEL"], Eq("[Market]"));
  EXPECT_THAT(found["UNKNOWN_METRIC"], Eq("Sounds muted"));
  EXPECT_THAT(found["UNKNOWN_MEASURE"], Eq("Sounds muted"));

  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto answer,
      client->Query(Figure("tiktok_videos_removed", "pe",
                           {"2023 Q1", "2023-01-01/2023-07-01"}),
                    v1::VIEW_CITED));
  ASSERT_THAT(answer.cells_size(), Eq(2));
  // One side is shown, the other is what it may be as well: 10 or 12, and with
  // the 5 of the next quarter 15 or 17.
  for (const v1::Cell& cell : answer.cells()) {
    const int64_t rest = cell.period().text() == "2023 Q1" ? 0 : 5;
    EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_CONFLICT));
    EXPECT_THAT(cell.reported_bounds().lower(), Eq(10 + rest));
    EXPECT_THAT(cell.reported_bounds().upper(), Eq(12 + rest));
    ASSERT_THAT(cell.conflicts(), SizeIs(1));
    EXPECT_THAT(cell.conflicts(0).reported(), Eq(10 + rest));
    EXPECT_THAT(cell.conflicts(0).other_reported(), Eq(12 + rest));
  }
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
