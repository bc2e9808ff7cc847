// The worked example of what an answer means: one year, a panel of four, each
// of whom prints something else. All of it is invented.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Eq;
using ::testing::HasSubstr;

class FourReporters : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {BuildPath("tests/adapters")},
                       .site = SourcePath("tests/data/synthetic/site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  client::Submission Made() {
    client::Submission submission =
        Document(SourcePath("tests/data/synthetic/four_reporters.csv"),
                 "synthetic-four");
    submission.release.set_synthetic(true);
    submission.release.set_adapter("long_format");
    return submission;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

v1::StatisticsQuery Year() { return Query("", {"2023/24"}, "synthetic-four"); }

TEST_F(FourReporters, TheAnswerIsAnIntervalWithWhatWasPrinted) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               client_->Ingest(Made(), nullptr));
  EXPECT_TRUE(report.published());
  EXPECT_TRUE(report.release().synthetic());

  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(Year(), v1::VIEW_CITED));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  const v1::Cell& cell = answer.cells(0);
  ASSERT_TRUE(cell.has_reported());
  EXPECT_THAT(cell.reported(), Eq(80));
  EXPECT_THAT(cell.reported_bounds().lower(), Eq(81));
  EXPECT_THAT(cell.reported_bounds().upper(), Eq(84));
  EXPECT_THAT(cell.panel_bounds().lower(), Eq(111));
  EXPECT_FALSE(cell.panel_bounds().has_upper());
  EXPECT_THAT(cell.coverage().expected(), Eq(4));
  EXPECT_THAT(cell.coverage().due(), Eq(4));
  EXPECT_THAT(cell.coverage().complete(), Eq(2));
  int tallied = 0;
  for (const auto& count : cell.coverage().tally()) tallied += count.count();
  EXPECT_THAT(tallied, Eq(4));
  std::map<std::string, v1::State> missing;
  for (const auto& reporter : cell.coverage().missing()) {
    missing[reporter.reporter()] = reporter.state();
  }
  EXPECT_THAT(missing.size(), Eq(2));
  EXPECT_TRUE(missing.contains("synthetic-q"));
  EXPECT_THAT(missing["synthetic-r"], Eq(v1::STATE_SUPPRESSED));
  EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_INCOMPLETE_REPORTER));
  EXPECT_THAT(cell.flags(), Contains(v1::CELL_FLAG_SYNTHETIC_INPUT));
}

TEST_F(FourReporters, EachFigureSaysHowItWasFound) {
  ASSERT_THAT(client_->Ingest(Made(), nullptr), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(Year(), v1::VIEW_BASIC));
  ASSERT_THAT(answer.cells_size(), Eq(1));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained,
                               client_->Explain(answer.cells(0).handle()));
  std::map<std::string, v1::Leaf> leaves;
  for (const v1::Leaf& leaf : explained.leaves()) {
    for (const v1::Coordinate& coordinate : leaf.coordinates()) {
      if (coordinate.dimension() == "reporter") {
        leaves[coordinate.member()] = leaf;
      }
    }
  }
  ASSERT_THAT(leaves.size(), Eq(4));
  const v1::Leaf& p = leaves["synthetic-p"];
  EXPECT_THAT(p.method(), Eq(v1::METHOD_EXACT));
  EXPECT_THAT(p.reported(), Eq(50));
  const v1::Leaf& q = leaves["synthetic-q"];
  EXPECT_THAT(q.method(), Eq(v1::METHOD_LOWER_BOUND));
  EXPECT_FALSE(q.has_reported());
  EXPECT_THAT(q.bounds().lower(), Eq(30));
  EXPECT_FALSE(q.bounds().has_upper());
  const v1::Leaf& r = leaves["synthetic-r"];
  EXPECT_THAT(r.method(), Eq(v1::METHOD_TILED));
  EXPECT_THAT(r.reported(), Eq(10));
  EXPECT_THAT(r.bounds().lower(), Eq(11));
  EXPECT_THAT(r.bounds().upper(), Eq(14));
  EXPECT_THAT(r.citations_size(), Eq(4));
  const v1::Leaf& s = leaves["synthetic-s"];
  EXPECT_THAT(s.method(), Eq(v1::METHOD_PARTS));
  EXPECT_THAT(s.reported(), Eq(20));
  EXPECT_THAT(s.citations_size(), Eq(2));
}

TEST_F(FourReporters, TheCommandLineSaysTheSame) {
  const CliResult ingested = daemon_->RunCli(
      {"ingest", SourcePath("tests/data/synthetic/four_reporters.csv"),
       "--source", "synthetic-four", "--published", "unknown", "--adapter",
       "long_format", "--synthetic"});
  ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.err;
  EXPECT_THAT(ingested.out, HasSubstr("synthetic figures"));

  const CliResult table =
      daemon_->RunCli({"query", "offences", "--period", "2023/24", "--panel",
                       "synthetic-four"});
  ASSERT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr(" 80 "), HasSubstr("81 to 84"),
                               HasSubstr("at least 111"), HasSubstr("2 of 4"),
                               HasSubstr("synthetic input")));
  EXPECT_THAT(table.err, AllOf(HasSubstr("2 of 4"), HasSubstr("Q"),
                               HasSubstr("figures withheld for R")));

  const CliResult csv = daemon_->RunCli(
      {"query", "offences", "--period", "2023/24", "--panel", "synthetic-four",
       "--by", "reporter", "--format", "csv"});
  std::map<std::string, std::string> reported;
  for (const auto& row : PlainCsv(csv.out)) {
    reported[row.at("reporter")] = row.at("reported");
  }
  const std::map<std::string, std::string> expected = {{"synthetic-p", "50"},
                                                       {"synthetic-q", ""},
                                                       {"synthetic-r", "10"},
                                                       {"synthetic-s", "20"}};
  EXPECT_THAT(reported, Eq(expected));
}

TEST_F(FourReporters, PartsOfAMultiResponseAreNeverAddedToATotal) {
  ASSERT_THAT(client_->Ingest(Made(), nullptr), IsOk());
  v1::StatisticsQuery query = Year();
  query.set_universe("platform_known");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("synthetic-q");
  query.clear_panel();
  EXPECT_THAT(Number(*client_, query), IsOkAndHolds(Eq(30)));
}

TEST_F(FourReporters, ADryRunPublishesNothing) {
  client::Submission submission = Made();
  submission.dry_run = true;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               client_->Ingest(submission, nullptr));
  EXPECT_FALSE(report.published());
  EXPECT_FALSE(report.documents().empty());
  EXPECT_THAT(client_->ListReleases("sources/-"),
              IsOkAndHolds(::testing::IsEmpty()));
}

}  // namespace
}  // namespace collate::testing
