// Made-up dumps of statements of reasons from the archive to the answer, on a
// site that knows their made-up platforms.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/generators/dsa_dump/archive.h"
#include "tests/generators/dsa_dump/dump.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Eq;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMinors[] = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS";
constexpr char kGrooming[] = "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS";

// The first days of a month, a dump and a release each.
class StatementsOfReasons : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_ASSERT_OK_AND_ASSIGN(
        daemon_,
        Daemon::Start({.data = dir_.File("data"),
                       .site = SourcePath("tests/generators/dsa_dump/site")}));
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  dsa_dump::Truth Take(dsa_dump::Options options,
                       v1::IngestionReport* report = nullptr) {
    const dsa_dump::Packing packing = {.records_per_csv = 400,
                                       .csvs_per_zip = 2};
    dsa_dump::Truth truth;
    const std::string path = dir_.File(dsa_dump::FileName(options, packing));
    std::ofstream(path, std::ios::binary)
        << dsa_dump::DumpBytes(options, packing, &truth);
    client::Submission submission = Document(path, "eu-dsa-statements");
    submission.release.set_synthetic(true);
    const auto outcome = client_->Ingest(submission, {});
    EXPECT_THAT(outcome, IsOk());
    if (outcome.ok() && report != nullptr) *report = *outcome;
    return truth;
  }

  absl::StatusOr<int64_t> Grooming(const std::string& platform,
                                   const std::string& period) {
    v1::StatisticsQuery query;
    query.add_measures("dsa_statements");
    query.add_periods(period);
    for (const auto& [dimension, member] :
         {std::pair("geography", "eu"), std::pair("platform", platform.c_str()),
          std::pair("harm", "dsa-protection-of-minors"),
          std::pair("dsa_keyword", "grooming-sexual-enticement-minors")}) {
      v1::Filter* filter = query.add_filters();
      filter->set_dimension(dimension);
      filter->add_members(member);
    }
    return Number(*client_, query);
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

uint64_t GroomingOf(const dsa_dump::Truth& truth, const std::string& platform) {
  uint64_t sum = 0;
  for (const auto& [key, count] : truth.by_keyword) {
    if (key[1] == platform && key[2] == kMinors && key[3] == kGrooming) {
      sum += count;
    }
  }
  return sum;
}

TEST_F(StatementsOfReasons, DaysOfDumpsAddUpToWhatStandsInThem) {
  uint64_t clipstream = 0;
  uint64_t tubeville = 0;
  for (int day = 1; day <= 7; ++day) {
    const dsa_dump::Truth truth =
        Take({.seed = static_cast<uint64_t>(day),
              .records = 1000,
              .day = "2025-07-0" + std::to_string(day),
              .schema = 2});
    clipstream += GroomingOf(truth, "Clipstream");
    tubeville += GroomingOf(truth, "Tubeville");
  }
  ASSERT_THAT(clipstream, Gt(0u));
  const std::string week = "2025-07-01/2025-07-08";
  EXPECT_THAT(Grooming("made-up-clipstream", week),
              IsOkAndHolds(Eq(clipstream)));
  // On some days there is none, which is no gap.
  EXPECT_THAT(Grooming("made-up-tubeville", week), IsOkAndHolds(Eq(tubeville)));
  // A day that was not loaded is.
  EXPECT_THAT(Grooming("made-up-clipstream", "2025-07-01/2025-07-09"),
              Not(IsOk()));
}

TEST_F(StatementsOfReasons, KeywordsAndPlatformsWithoutCountsInCommonAreApart) {
  Take({.records = 1000, .day = "2025-07-01", .schema = 2});
  // Keywords are no parts of a category: one statement may name several.
  v1::StatisticsQuery query;
  query.add_measures("dsa_statements");
  query.add_periods("2025-07-01/2025-07-02");
  v1::Filter* keyword = query.add_filters();
  keyword->set_dimension("dsa_keyword");
  keyword->add_members("grooming-sexual-enticement-minors");
  keyword->add_members("child-sexual-abuse-material");
  EXPECT_THAT(client_->Query(query, v1::VIEW_BASIC),
              HasReason("NON_ADDITIVE_DIMENSION"));
  // Nothing here is of the United Kingdom.
  query.clear_filters();
  v1::Filter* place = query.add_filters();
  place->set_dimension("geography");
  place->add_members("gb");
  EXPECT_THAT(Number(*client_, query), Not(IsOk()));
}

TEST_F(StatementsOfReasons, RowsAreNeverKeptAndLossesAreTold) {
  v1::IngestionReport report;
  const dsa_dump::Truth truth = Take(
      {.records = 1000, .day = "2025-07-01", .schema = 2, .damage_every = 100},
      &report);
  ASSERT_THAT(truth.lost, Gt(0u));
  std::string findings;
  for (const v1::Diagnostic& finding : report.diagnostics()) {
    findings += finding.reason() + " " + finding.message() + "\n";
  }
  EXPECT_THAT(findings, HasSubstr("ROWS_DAMAGED"));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client_->ListReleases("sources/-"));
  ASSERT_THAT(releases.size(), Eq(1u));
  ASSERT_THAT(releases[0].documents_size(), Eq(1));
  EXPECT_FALSE(releases[0].documents(0).retained());
}

}  // namespace
}  // namespace collate::testing
