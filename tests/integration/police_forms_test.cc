// The forms in which recorded crime comes besides quarters in a CSV file: the
// workbook with a sheet a year, and the rolling-year series. Figures here are
// made up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/base/error.h"
#include "tests/integration/end_to_end.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::testing {
namespace {

using ::testing::Eq;
using ::testing::SizeIs;

v1::StatisticsQuery OfKent(const std::string& offence,
                           const std::string& period) {
  v1::StatisticsQuery query = Query(offence, {period}, "");
  v1::Filter* filter = query.add_filters();
  filter->set_dimension("reporter");
  filter->add_members("kent");
  return query;
}

class PoliceForms : public ::testing::Test {
 protected:
  void SetUp() override {
    auto daemon = Daemon::Start({.data = dir_.File("data")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  // No adapter is named: the service finds it.
  absl::StatusOr<v1::IngestionReport> Ingest(const std::string& name,
                                             const std::string& bytes,
                                             const std::string& source) {
    client::Submission submission = Document(dir_.Write(name, bytes), source);
    submission.release.set_synthetic(true);
    return client_->Ingest(submission, nullptr);
  }

  v1::Cell CellOf(const v1::StatisticsQuery& query) {
    const auto answer = client_->Query(query, v1::VIEW_BASIC);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return {};
    EXPECT_THAT(answer->cells(), SizeIs(1));
    return answer->cells_size() == 1 ? answer->cells(0) : v1::Cell();
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

std::string YearSheet(const std::string& year,
                      const std::vector<int>& quarters) {
  std::string rows = "<sheetData><row>";
  const auto text = [&rows](const std::string& value) {
    rows += "<c t=\"inlineStr\"><is><t>" + value + "</t></is></c>";
  };
  for (const char* name :
       {"Financial Year", "Financial Quarter", "Force Name",
        "Offence Description", "Offence Group", "Offence Subgroup",
        "Offence Code", "Number of Offences"}) {
    text(name);
  }
  for (size_t i = 0; i < quarters.size(); ++i) {
    rows += "</row><row>";
    text(year);
    rows += "<c><v>" + std::to_string(i + 1) + "</v></c>";
    for (const char* label : {"Kent", "Sexual grooming", "Sexual offences",
                              "Other sexual offences", "88A"}) {
      text(label);
    }
    rows += "<c><v>" + std::to_string(quarters[i]) + "</v></c>";
  }
  return rows + "</row></sheetData>";
}

TEST_F(PoliceForms, AWorkbookAnswersSheetBySheet) {
  const std::string book = tabular::MakeXlsx(
      {.sheets = {{"Cover_sheet",
                   "<sheetData><row><c t=\"inlineStr\"><is><t>Contents</t>"
                   "</is></c></row></sheetData>"},
                  {"2022-23", YearSheet("2022/23", {1, 20, 300, 4000})},
                  {"2023_24", YearSheet("2023/24", {50})}}});
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto report,
                               Ingest("prc.xlsx", book, "home-office-prc"));
  EXPECT_TRUE(report.published());
  EXPECT_THAT(report.documents(0).tables(), SizeIs(2));
  EXPECT_THAT(Number(*client_, OfKent("88A", "2022/23")),
              IsOkAndHolds(Eq(4321)));
  const v1::Cell first = CellOf(OfKent("88A", "2023/24 Q1"));
  EXPECT_THAT(first.reported(), Eq(50));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained,
                               client_->Explain(first.handle()));
  ASSERT_THAT(explained.leaves(), SizeIs(1));
  ASSERT_THAT(explained.leaves(0).citations(), SizeIs(1));
  EXPECT_THAT(explained.leaves(0).citations(0).locator(), Eq("'2023_24'!H2"));
}

TEST_F(PoliceForms, QuartersThatASheetLacksAreNotYetPublishedAndNotZero) {
  const std::string book = tabular::MakeXlsx(
      {.sheets = {{"2022-23", YearSheet("2022/23", {1, 20, 300, 4000})},
                  {"2023-24", YearSheet("2023/24", {50})}}});
  ASSERT_THAT(Ingest("prc.xlsx", book, "home-office-prc"), IsOk());
  for (const char* quarter : {"2023/24 Q2", "2023/24 Q3", "2023/24 Q4"}) {
    const v1::Cell cell = CellOf(OfKent("88A", quarter));
    EXPECT_FALSE(cell.has_reported()) << quarter;
    EXPECT_THAT(cell.state(), Eq(v1::STATE_NOT_YET_PUBLISHED)) << quarter;
  }
  EXPECT_FALSE(CellOf(OfKent("88A", "2023/24")).has_reported());
}

TEST_F(PoliceForms, AWorkbookOfAnotherKindIsToldWhatIsRead) {
  const auto report =
      Ingest("other.xlsx", tabular::MakeXlsx({}), "home-office-prc");
  EXPECT_THAT(report, HasReason("DOCUMENT_REFUSED"));
  EXPECT_THAT(report, MessageHas("SHEETS_NOT_KNOWN"));
  EXPECT_THAT(report, MessageHas("Table P1"));
}

// The group is named by its code here, so that no alias is needed.
constexpr char kRollingTable[] =
    "12 months ending,PFA,Region,Offence,"
    "Rolling year total number of offences\r\n"
    "31-12-2016,Kent,South East,sexual-offences,1\r\n"
    "30-12-2017,Kent,South East,sexual-offences,20\r\n"
    "30-09-2018,Kent,South East,sexual-offences,300\r\n"
    "31-12-2018,Kent,South East,sexual-offences,4000\r\n"
    "31-12-2018,Kent,South East,robbery,50000\r\n";

TEST_F(PoliceForms, OverlappingWindowsAreNeverAdded) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto report,
      Ingest("rolling.csv", kRollingTable, "home-office-prc-rolling"));
  EXPECT_TRUE(report.published());
  const auto number = [&](const char* period) {
    return Number(*client_, OfKent("sexual-offences", period));
  };
  // Each window by itself, the one with the odd date at its quarter's end.
  EXPECT_THAT(number("year ending September 2018"), IsOkAndHolds(Eq(300)));
  EXPECT_THAT(number("year ending December 2018"), IsOkAndHolds(Eq(4000)));
  EXPECT_THAT(number("year ending December 2017"), IsOkAndHolds(Eq(20)));
  // Windows that touch make a longer period.
  EXPECT_THAT(number("2017-01-01/2019-01-01"), IsOkAndHolds(Eq(4020)));
  EXPECT_THAT(number("2016-01-01/2019-01-01"), IsOkAndHolds(Eq(4021)));
  // Fifteen months that only overlapping windows cover.
  for (const char* period : {"2017-10-01/2019-01-01", "2017-01-01/2018-10-01",
                             "2018-10-01/2019-01-01", "2018/19"}) {
    const v1::Cell cell = CellOf(OfKent("sexual-offences", period));
    EXPECT_FALSE(cell.has_reported()) << period << cell.ShortDebugString();
  }
}

TEST_F(PoliceForms, GroupsOfTheRollingYearAreNoWhole) {
  ASSERT_THAT(Ingest("rolling.csv", kRollingTable, "home-office-prc-rolling"),
              IsOk());
  const v1::Cell all = CellOf(OfKent("", "year ending December 2018"));
  EXPECT_FALSE(all.has_reported()) << all.ShortDebugString();
  EXPECT_THAT(Number(*client_, OfKent("robbery", "year ending December 2018")),
              IsOkAndHolds(Eq(50000)));
}

TEST_F(PoliceForms, ThePublishersRollingYearIsReadWhole) {
  COLLATE_SHARED_FILE(path, "police/rec-crime-pfa.csv");
  client::Submission submission = Document(path, "home-office-prc-rolling");
  submission.dry_run = true;
  const auto report = client_->Ingest(submission, nullptr);
  ASSERT_THAT(report, IsOk());
  ASSERT_THAT(report->documents(0).tables(), SizeIs(1));
  EXPECT_THAT(report->documents(0).tables(0).row_count(), Eq(46'469));
  EXPECT_FALSE(report->documents(0).tables(0).refused());
}

}  // namespace
}  // namespace collate::testing
