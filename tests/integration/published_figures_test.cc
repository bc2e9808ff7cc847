// What was printed of sexual communication with a child, from the files of
// tests/data/foi/published to the answers: totals of areas, contradicting
// articles, a blank, markers. The figures are real.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/end_to_end.h"
#include "tests/integration/published_releases.h"

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

class PublishedFigures : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    auto daemon = Daemon::Start({.data = dir_->File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = daemon->release();
    client_ = ConnectTo(*daemon_).release();
    ASSERT_NE(client_, nullptr);
    ASSERT_NO_FATAL_FAILURE(IngestPublishedFigures(*daemon_));
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto loaded,
                                 client_->ListReleases("sources/-"));
    for (const v1::Release& release : loaded) {
      COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                                   client_->GetReleaseReport(release.name()));
      for (const auto& finding : report.diagnostics()) {
        // Every label of these files has a member.
        EXPECT_NE(finding.reason(), "UNKNOWN_LABEL")
            << finding.ShortDebugString();
      }
      reports_->push_back(report);
    }
  }
  static void TearDownTestSuite() {
    delete client_;
    delete daemon_;
    delete dir_;
    client_ = nullptr;
    daemon_ = nullptr;
    dir_ = nullptr;
  }
  void SetUp() override {
    ASSERT_NE(client_, nullptr);
    ASSERT_THAT(*reports_, SizeIs(4));
  }

  static v1::StatisticsQuery Area(const std::string& offence,
                                  const std::string& reporter,
                                  const std::string& period) {
    v1::StatisticsQuery query = Query(offence, {period}, "");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("reporter");
    filter->add_members(reporter);
    return query;
  }

  static v1::StatisticsQuery Share(const std::string& platform,
                                   const std::string& period) {
    v1::StatisticsQuery query = Area(kUnion, "united-kingdom", period);
    query.clear_measures();
    query.add_measures("platform_share_percent");
    query.set_universe("platform_known");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("platform");
    filter->add_members(platform);
    return query;
  }

  static v1::Cell Only(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_CITED);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok() || answer->cells_size() != 1) {
      ADD_FAILURE() << "not one cell";
      return {};
    }
    return answer->cells(0);
  }

  static TempDir* dir_;
  static Daemon* daemon_;
  static client::Client* client_;
  static std::vector<v1::IngestionReport>* reports_;
};

TempDir* PublishedFigures::dir_ = nullptr;
Daemon* PublishedFigures::daemon_ = nullptr;
client::Client* PublishedFigures::client_ = nullptr;
std::vector<v1::IngestionReport>* PublishedFigures::reports_ =
    new std::vector<v1::IngestionReport>;

TEST_F(PublishedFigures, TheKingdomsTotalsNameTheirForcesAndArticles) {
  struct Total {
    const char* period;
    int64_t reported;
    int64_t stated;  // 0 = by nobody
    const char* words;
    const char* universe;
  };
  for (const Total& total :
       {Total{"2017/18", 3728, 44, "", ""}, Total{"2021/22", 6156, 41, "", ""},
        Total{"2022/23", 6350, 0, "", ""}, Total{"2023/24", 7062, 45, "", ""},
        Total{"2024/25", 7263, 44, "(all but Lincolnshire)", ""},
        Total{"2023/24", 1824, 45, "", "platform_known"},
        Total{"2024/25", 2111, 44, "", "platform_known"}}) {
    v1::StatisticsQuery query = Area(kUnion, "united-kingdom", total.period);
    query.set_universe(total.universe);
    const v1::Cell cell = Only(query);
    SCOPED_TRACE(total.period);
    EXPECT_THAT(cell.reported(), Eq(total.reported));
    EXPECT_THAT(cell.basis(), Eq(v1::BASIS_PUBLISHED_TOTAL));
    EXPECT_THAT(cell.coverage().stated().reporter_count(), Eq(total.stated));
    EXPECT_THAT(cell.coverage().stated().words(), Eq(total.words));
    EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_DEFINITION_DIFFERS));
    EXPECT_THAT(cell.conflicts(), IsEmpty());
    ASSERT_GT(cell.citations_size(), 0);
    for (const v1::Citation& citation : cell.citations()) {
      EXPECT_FALSE(citation.printed_by().empty());
      EXPECT_THAT(citation.raw(), Eq(absl::StrCat(total.reported)));
    }
  }
  const v1::Cell cell = Only(Area(kUnion, "united-kingdom", "2023/24"));
  ASSERT_THAT(cell.citations(), SizeIs(3));
  EXPECT_THAT(cell.citations(0).printed_by(), HasSubstr("itv.com"));
  EXPECT_THAT(cell.citations(1).printed_by(), HasSubstr("lbc.co.uk"));
}

TEST_F(PublishedFigures, NoPanelTakesATotalIn) {
  v1::StatisticsQuery query =
      Query(kUnion, {"2023/24"}, "uk-territorial-forces");
  // Forces whose figures were printed are summed, and nothing else; Scotland's
  // is of its own offence.
  EXPECT_THAT(Number(*client_, query),
              IsOkAndHolds(264 + 98 + 223 + 95 + 67 + 97 + 672));
  query = Query("s15a", {"2023/24"}, "england-wales-forces");
  const v1::Cell cell = Only(query);
  EXPECT_THAT(cell.basis(), Eq(v1::BASIS_PANEL_SUM));
  EXPECT_THAT(cell.reported(), Eq(264 + 98 + 223 + 95 + 67 + 97));
  EXPECT_THAT(cell.coverage().complete(), Eq(6));
}

TEST_F(PublishedFigures, TwoTotalsOfOneYearAreTwoSides) {
  const v1::Cell cell = Only(Area("s15a", "england-and-wales", "2017/18"));
  EXPECT_THAT(cell.reported_bounds().lower(), Eq(3171));
  EXPECT_THAT(cell.reported_bounds().upper(), Eq(3217));
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  const v1::Difference& difference = cell.conflicts(0).differences(0);
  EXPECT_THAT(difference.served().reported(), Eq(3171));
  EXPECT_THAT(difference.served().stated().reporter_count(), Eq(41));
  EXPECT_THAT(difference.served().printed_by(),
              ElementsAre("thelincolnite.co.uk 2018-06-18",
                          "sunderlandecho.com 2018-06-18"));
  EXPECT_THAT(difference.other().reported(), Eq(3217));
  EXPECT_THAT(difference.other().stated().reporter_count(), Eq(43));

  const v1::Cell lancashire = Only(Area("s15a", "lancashire", "2017/18"));
  EXPECT_THAT(lancashire.basis(), Eq(v1::BASIS_PANEL_SUM));
  EXPECT_THAT(lancashire.panel_bounds().lower(), Eq(64));
  EXPECT_THAT(lancashire.panel_bounds().upper(), Eq(175));
  ASSERT_THAT(lancashire.conflicts(), SizeIs(1));
}

TEST_F(PublishedFigures, BothSharesOfFacebookAndMessengerAreTold) {
  const v1::Cell cell = Only(Share("facebook-and-messenger", "2023/24"));
  EXPECT_THAT(cell.decimal_reported_bounds().lower(), Eq("9.5"));
  EXPECT_THAT(cell.decimal_reported_bounds().upper(), Eq("12.5"));
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  const v1::Difference& difference = cell.conflicts(0).differences(0);
  EXPECT_THAT(difference.served().decimal_reported(), Eq("12"));
  EXPECT_THAT(difference.served().printed_by(), SizeIs(2));
  EXPECT_THAT(difference.other().decimal_reported(), Eq("10"));
  EXPECT_THAT(difference.other().printed_by(), SizeIs(4));

  for (const auto& [platform, percent] :
       {std::pair("snapchat", "48"), std::pair("whatsapp", "12"),
        std::pair("instagram", "6"), std::pair("kik", "5")}) {
    const v1::Cell one = Only(Share(platform, "2023/24"));
    EXPECT_THAT(one.decimal_reported(), Eq(percent)) << platform;
    EXPECT_THAT(one.state(), Eq(v1::STATE_ROUNDED));
    EXPECT_THAT(one.conflicts(), IsEmpty()) << platform;
  }
  EXPECT_THAT(
      Only(Share("facebook-and-instagram", "2024/25")).decimal_reported(),
      Eq("9"));
}

TEST_F(PublishedFigures, TheTableOfOnTheWightIsItsFourForces) {
  const v1::StatisticsQuery query =
      Query("s15a",
            {"2017/18", "2018/19", "2019/20", "2020/21", "2021/22", "2022/23",
             "2023/24"},
            "onthewight-south-east-4");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(query, v1::VIEW_BASIC));
  std::vector<int64_t> reported;
  for (const v1::Cell& cell : answer.cells()) {
    reported.push_back(cell.reported());
    // The publisher's own row for the region says the same.
    const v1::Cell region = Only(
        Area("s15a", "south-east-without-thames-valley", cell.period().text()));
    EXPECT_THAT(region.reported(), Eq(cell.reported()));
    EXPECT_THAT(region.basis(), Eq(v1::BASIS_PUBLISHED_TOTAL));
  }
  EXPECT_THAT(reported, ElementsAre(378, 473, 679, 525, 429, 772, 680));
  EXPECT_THAT(
      Only(Area("s15a", "south-east-without-thames-valley", "2021/22")).flags(),
      Contains(v1::CELL_FLAG_TOTAL_IGNORES_MARKERS));
  EXPECT_THAT(answer.cells(4).flags(),
              Not(Contains(v1::CELL_FLAG_TOTAL_IGNORES_MARKERS)));
  const v1::Coverage& blank = answer.cells(4).coverage();
  EXPECT_THAT(blank.complete(), Eq(3));
  EXPECT_THAT(blank.due(), Eq(4));
  ASSERT_THAT(blank.missing(), SizeIs(1));
  EXPECT_THAT(blank.missing(0).reporter(), Eq("hampshire"));
  EXPECT_THAT(blank.missing(0).state(), Eq(v1::STATE_NOT_SHOWN));

  const v1::Cell ons = Only(Query("s15a", {"2021/22"}, "ons-south-east"));
  EXPECT_THAT(ons.coverage().complete(), Eq(3));
  EXPECT_THAT(ons.coverage().due(), Eq(5));
}

v1::StatisticsQuery Victims(const v1::StatisticsQuery& offences) {
  v1::StatisticsQuery query = offences;
  query.set_measures(0, "victims");
  return query;
}

TEST_F(PublishedFigures, NorthamptonshireIsRepeatedAndNothingIsSubtracted) {
  const v1::StatisticsQuery offences =
      Area("s15a", "northamptonshire", "2024/25");
  const v1::Cell q1 = Only(offences);
  EXPECT_THAT(q1.reported(), Eq(52));
  EXPECT_THAT(q1.panel_bounds().lower(), Eq(52));
  EXPECT_THAT(q1.panel_bounds().upper(), Eq(52));
  EXPECT_THAT(q1.flags(), IsEmpty());
  EXPECT_THAT(q1.conflicts(), IsEmpty());
  ASSERT_THAT(q1.citations(), SizeIs(1));
  EXPECT_THAT(q1.citations(0).printed_by(), Eq("FOI answer 10905/25"));

  const v1::StatisticsQuery victims = Victims(offences);
  const v1::StatisticsQuery split = By(By(victims, "sex"), "age_band");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(split, v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells(), SizeIs(12));
  int64_t printed = 0;
  int withheld = 0;
  int not_shown = 0;
  for (const v1::Cell& cell : answer.cells()) {
    printed += cell.reported();
    EXPECT_THAT(cell.flags(), IsEmpty());
    not_shown += cell.state() == v1::STATE_NOT_SHOWN;
    withheld += cell.state() == v1::STATE_SUPPRESSED;
    if (cell.has_reported()) continue;
    // As the answer states them, which is not at all.
    for (const v1::Interval& bounds :
         {cell.reported_bounds(), cell.panel_bounds()}) {
      EXPECT_THAT(bounds.lower(), Eq(0));
      EXPECT_FALSE(bounds.has_upper());
    }
  }
  EXPECT_THAT(printed, Eq(46));
  EXPECT_THAT(withheld, Eq(3));
  EXPECT_THAT(not_shown, Eq(6));
  // No total of the table was printed, and none is made of 52.
  const v1::Cell whole = Only(victims);
  EXPECT_FALSE(whole.has_reported());
  EXPECT_FALSE(whole.panel_bounds().has_upper());
}

TEST_F(PublishedFigures, ASumThatCountsMarksAsNoneSaysSo) {
  const v1::StatisticsQuery victims =
      Victims(Area("s15a", "northamptonshire", "2024/25"));
  const std::pair<const char*, int64_t> sums[] = {
      {"11-and-under", 0}, {"12-15", 22}, {"16-and-over", 0}, {"unknown", 24}};
  for (const auto& [band, printed] : sums) {
    v1::StatisticsQuery query = victims;
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("age_band");
    filter->add_members(band);
    const v1::Cell sum = Only(query);
    EXPECT_THAT(sum.reported(), Eq(printed)) << band;
    EXPECT_THAT(sum.flags(), ElementsAre(v1::CELL_FLAG_TOTAL_IGNORES_MARKERS))
        << band;
    EXPECT_THAT(sum.conflicts(), IsEmpty()) << band;
    // What it leaves over is given to nobody.
    for (const char* sex : {"female", "male", "unknown"}) {
      v1::StatisticsQuery part = query;
      v1::Filter* of = part.add_filters();
      of->set_dimension("sex");
      of->add_members(sex);
      const v1::Cell cell = Only(part);
      if (cell.has_reported()) continue;
      EXPECT_THAT(cell.panel_bounds().lower(), Eq(0)) << band << " " << sex;
      EXPECT_FALSE(cell.panel_bounds().has_upper()) << band << " " << sex;
    }
  }
  const CliResult table =
      daemon_->RunCli({"query", "victims", "--period", "2024/25", "--where",
                       "reporter=northamptonshire", "--where", "offence=s15a",
                       "--where", "age_band=12-15", "--view", "cited"});
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(absl::StrCat(table.out, table.err),
              HasSubstr("a printed total counts marks and blanks as 0"));
}

// Offences and victims are counted differently: neither bounds, contradicts or
// explains the other.
TEST_F(PublishedFigures, OffencesAreNeverJoinedToVictims) {
  const v1::StatisticsQuery offences =
      Area("s15a", "northamptonshire", "2024/25");
  const v1::Cell by_sex = [&] {
    v1::StatisticsQuery query = offences;
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("sex");
    filter->add_members("male");
    return Only(query);
  }();
  EXPECT_FALSE(by_sex.has_reported());
  EXPECT_THAT(by_sex.conflicts(), IsEmpty());
  v1::StatisticsQuery both = offences;
  both.add_measures("victims");
  const auto refused_or_apart = client_->Query(both, v1::VIEW_BASIC);
  if (refused_or_apart.ok()) {
    for (const v1::Cell& cell : refused_or_apart->cells()) {
      EXPECT_THAT(cell.conflicts(), IsEmpty());
    }
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto findings, client_->ListFindings({}));
  for (const v1::Finding& finding : findings) {
    EXPECT_NE(finding.source(), "sources/northamptonshire-foi")
        << finding.ShortDebugString();
  }
  // What is stored is what was printed.
  v1::ListObservationsRequest request;
  request.set_measure("victims");
  ASSERT_THAT(client_->ListObservations(
                  request,
                  [](const v1::ListObservationsResponse& page) -> absl::Status {
                    for (const v1::Observation& row : page.observations()) {
                      if (row.state() == v1::STATE_REPORTED) continue;
                      EXPECT_FALSE(row.has_value());
                      EXPECT_FALSE(row.bounds().has_lower());
                      EXPECT_FALSE(row.bounds().has_upper());
                      EXPECT_THAT(row.flags(), IsEmpty());
                    }
                    return absl::OkStatus();
                  }),
              IsOk());
}

TEST_F(PublishedFigures, TheCommandLineSaysWhoIsBehindATotal) {
  const CliResult table =
      daemon_->RunCli({"query", "offences", "--period", "2023/24", "--where",
                       "reporter=united-kingdom", "--where",
                       std::string("offence=") + kUnion, "--view", "cited"});
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out,
              AllOf(HasSubstr("7,062"), HasSubstr("45 stated"),
                    HasSubstr("published total"), HasSubstr("lbc.co.uk")));
  EXPECT_THAT(table.err, HasSubstr("45 reporters stated, names unknown"));

  const CliResult shares = daemon_->RunCli(
      {"query", "platform_share_percent", "--period", "2023/24", "--where",
       "reporter=united-kingdom", "--where", std::string("offence=") + kUnion,
       "--where", "platform=facebook-and-messenger", "--universe",
       "platform_known", "--view", "cited"});
  ASSERT_THAT(shares.exit_code, Eq(0)) << shares.err;
  // Both sides, each with who printed it.
  EXPECT_THAT(absl::StrCat(shares.out, shares.err),
              AllOf(HasSubstr("itv.com"), HasSubstr("dartmouth-today.co.uk"),
                    HasSubstr("12"), HasSubstr("10")));

  const CliResult south_east =
      daemon_->RunCli({"query", "offences", "--where", "offence=s15a",
                       "--periods", "2017/18..2023/24", "--panel",
                       "onthewight-south-east-4", "--format", "csv"});
  ASSERT_THAT(south_east.exit_code, Eq(0)) << south_east.err;
  std::vector<std::string> reported;
  for (const auto& row : PlainCsv(south_east.out)) {
    reported.push_back(row.at("reported"));
  }
  EXPECT_THAT(reported,
              ElementsAre("378", "473", "679", "525", "429", "772", "680"));
}

}  // namespace
}  // namespace collate::testing
