// Microsoft's workbook: synthetic ones for what they do wrong, and the
// publisher's own.

#include "plugins/transparency_report/microsoft/microsoft_workbook.h"

#include <filesystem>

#include "tests/plugins/transparency_report/sheet_testing.h"
#include "tests/plugins/transparency_report/table_testing.h"

namespace collate {
namespace {

using ingest::RawObservation;
using ::testing::Contains;
using ::testing::Eq;
using testing::ExpectEveryCellAccountedFor;
using testing::FindReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using ::testing::Ne;
using ::testing::NotNull;
using testing::NumberOf;
using ::testing::Optional;
using testing::ReadDocument;
using testing::ReadPublished;
using testing::RowsOf;
using testing::SheetOf;
using ::testing::SizeIs;
using testing::WorkbookOf;

constexpr char kActioned[] = "Content that Microsoft acted on";
const ingest::Pairs kHosted = {
    {"geography", "World"},
    {"harm", "Child Sexual Exploitation & Abuse Imagery (CSEAI)"},
    {"platform", "Hosted Consumer Services"}};
const ingest::Pairs kBing = {{"geography", "World"},
                             {"harm", "CSEAI"},
                             {"platform", "Bing Search Engine"}};

using Rows = std::vector<std::vector<std::string>>;

// Synthetic: two groups in one block, as the report has them.
Rows Report() {
  return {{"Digital Safety Content Report"},
          {},
          {"Jul - Dec 2020",
           "Child Sexual Exploitation & Abuse Imagery (CSEAI) - Hosted "
           "Consumer Services",
           "", "", "CSEAI - Bing Search Engine"},
          {"", "Content Actioned", "Accounts Actioned", "Accounts Reinstated",
           "Content Actioned"},
          {"", "=1234", "=56", "=2.0000000000000001E-4", "=77"},
          {},
          {"Note: Data in this report represents July to December 2020 and is "
           "inclusive of all."}};
}

std::unique_ptr<testing::RecordingHost> Read(const Rows& rows) {
  return ReadDocument("microsoft-2020-h2.xlsx",
                      WorkbookOf({{"S", SheetOf(rows, 1, 2)}}));
}

TEST(MicrosoftWorkbookTest, AHalfYearIsReadInEveryWordingSeen) {
  for (const char* text : {"Jul - Dec 2020", "July - December 2020",
                           " Jul-Dec 2020 ", "July to December 2020"}) {
    const auto period = transparency_report::ParseMonths(text);
    ASSERT_TRUE(period.has_value()) << text;
    EXPECT_EQ(period->begin, 18444) << text;  // 1 July 2020
    EXPECT_EQ(period->end, 18628) << text;
  }
  for (const char* text : {"", "2020", "Jul 2020", "Dec - Jul 2020",
                           "Juli - Dec 2020", "Jul - Dec 20", "Jul - Dec"}) {
    EXPECT_FALSE(transparency_report::ParseMonths(text).has_value()) << text;
  }
}

TEST(MicrosoftWorkbookTest, ACountMayBeTextWithCommasAndMarks) {
  const auto parsed = [](const std::string& text,
                         tabular::CellKind kind = tabular::CellKind::kText) {
    transparency_report::HeldCell cell{
        .kind = kind, .text = text, .value = text};
    int64_t count = 0;
    std::string marks;
    return transparency_report::ParseMarkedCount(cell, &count, &marks).ok()
               ? std::to_string(count) + "|" + marks
               : "refused";
  };
  EXPECT_EQ(parsed("46,856"), "46856|");
  EXPECT_EQ(parsed("46,856*"), "46856|*");
  EXPECT_EQ(parsed("1,234 [1]"), "1234|[1]");
  EXPECT_EQ(parsed("46856", tabular::CellKind::kNumber), "46856|");
  EXPECT_EQ(parsed("46856.5", tabular::CellKind::kNumber), "refused");
  EXPECT_EQ(parsed("many"), "refused");
  EXPECT_EQ(parsed("1 or 2"), "refused");
  EXPECT_EQ(parsed("*"), "refused");
}

TEST(MicrosoftWorkbookTest, EachColumnIsOfItsGroupAndCitesAllOfItsHeads) {
  const auto host = Read(Report());
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(host->document.diagnostics, IsEmpty());
  EXPECT_THAT(NumberOf(*host, kActioned, kHosted), Optional(1234));
  EXPECT_THAT(NumberOf(*host, kActioned, kBing), Optional(77));
  const auto rows =
      RowsOf(*host, "Share of accounts that Microsoft reinstated", kHosted);
  ASSERT_THAT(rows, SizeIs(1));
  const RawObservation& share = *rows[0];
  EXPECT_EQ(share.value->mantissa, 2);
  EXPECT_EQ(share.value->scale, 4);
  EXPECT_EQ(share.reporter, "Microsoft");
  EXPECT_EQ(share.period_text, "Jul - Dec 2020");
  EXPECT_EQ(share.locator.sheet, "S");
  EXPECT_EQ(share.locator.row, 5u);
  EXPECT_EQ(share.locator.column, 5u);
  ASSERT_THAT(share.headers, SizeIs(3));
  EXPECT_EQ(share.headers[0].column, 3u);  // the merged title
  EXPECT_EQ(share.headers[1].row, 4u);
  EXPECT_EQ(share.headers[2].column, 2u);  // the half-year
  EXPECT_THAT(share.notes, Contains(HasSubstr("inclusive of all")));
  EXPECT_EQ(share.flags, 0u);
  for (const ingest::RawTable& table : host->document.tables) {
    EXPECT_EQ(table.aggregation,
              table.unit == "fraction"   ? ingest::Aggregation::kNone
              : table.unit == "accounts" ? ingest::Aggregation::kUnique
                                         : ingest::Aggregation::kSum);
  }
  ExpectEveryCellAccountedFor(*host);
}

TEST(MicrosoftWorkbookTest, AMarkBehindACountIsKept) {
  Rows rows = Report();
  rows[4][1] = "1,234*";
  const auto host = Read(rows);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const auto found = RowsOf(*host, kActioned, kHosted);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0]->value->mantissa, 1234);
  EXPECT_EQ(found[0]->raw, "1,234*");
  EXPECT_THAT(found[0]->notes, Contains(HasSubstr("'*'")));
}

TEST(MicrosoftWorkbookTest, ANoteThatNamesAnotherHalfYearIsReported) {
  Rows rows = Report();
  rows[6][0] =
      "Note: Data in this report represents July to December 2021 and "
      "is inclusive of all.";
  const auto host = Read(rows);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* conflict = FindReason(*host, "PERIOD_CONFLICT");
  ASSERT_THAT(conflict, NotNull());
  EXPECT_EQ(conflict->severity, ingest::Severity::kWarning);
  EXPECT_EQ(conflict->expected, "Jul - Dec 2020");
  EXPECT_EQ(conflict->found, "July to December 2021");
  EXPECT_EQ(conflict->locator.row, 7u);
  EXPECT_THAT(NumberOf(*host, kActioned, kHosted, "Jul - Dec 2020"),
              Optional(1234));
}

TEST(MicrosoftWorkbookTest, ABlockThatIsNotAsItShouldBeIsRefusedAlone) {
  // The same half-year again, about something else.
  const Rows second = {
      {"Jul - Dec 2020", "Terrorist & Violent Extremist Content (TVEC)"},
      {"", "Content Actioned"},
      {"", "=9"}};
  const struct {
    size_t row;
    size_t column;
    const char* text;
    const char* reason;
    uint32_t at_row;
    uint32_t at_column;
  } kFaults[] = {
      {4, 1, "many", "NOT_A_FIGURE", 5, 3},
      {4, 1, "=1.5", "NOT_A_FIGURE", 5, 3},
      {4, 3, "=1.5", "NOT_A_FIGURE", 5, 5},
      {4, 1, "", "NO_FIGURE", 4, 3},
      {4, 5, "=3", "CELL_WITHOUT_HEADER", 5, 7},
      {3, 1, "Content Removed", "UNKNOWN_COLUMN", 4, 3},
      {2, 1, "Spam", "UNKNOWN_TABLE", 3, 3},
      {6, 0, "=5", "UNKNOWN_ROW", 7, 2},
      {6, 1, "more", "UNKNOWN_ROW", 7, 2},
  };
  for (const auto& fault : kFaults) {
    Rows rows = Report();
    rows[fault.row].resize(std::max(rows[fault.row].size(), fault.column + 1));
    rows[fault.row][fault.column] = fault.text;
    rows.push_back({});
    rows.insert(rows.end(), second.begin(), second.end());
    const auto host = Read(rows);
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << fault.reason << host->message;
    const ingest::RawDiagnostic* told = FindReason(*host, fault.reason);
    ASSERT_THAT(told, NotNull()) << fault.reason << fault.text;
    EXPECT_EQ(told->severity, ingest::Severity::kError);
    EXPECT_EQ(told->locator.row, fault.at_row) << fault.reason;
    EXPECT_EQ(told->locator.column, fault.at_column) << fault.reason;
    EXPECT_THAT(NumberOf(*host, kActioned, kHosted), Eq(std::nullopt));
    ASSERT_THAT(host->document.observations, SizeIs(1)) << fault.reason;
    EXPECT_EQ(host->document.observations[0].value->mantissa, 9);
    ExpectEveryCellAccountedFor(*host);
  }
}

TEST(MicrosoftWorkbookTest, AWorkbookOfAnotherKindIsRefused) {
  Rows rows = Report();
  rows[0] = {};
  rows[2] = {"something"};
  const auto unknown = Read(rows);
  EXPECT_EQ(unknown->code, COLLATE_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(unknown->reason, "NO_FAMILY");
  rows = Report();
  rows.resize(1);
  EXPECT_EQ(Read(rows)->reason, "NOTHING_TO_READ");
  const auto hidden = ReadDocument(
      "microsoft.xlsx",
      WorkbookOf({{"S", SheetOf(Report(), 1, 2)}}, "state=\"hidden\""));
  EXPECT_EQ(hidden->reason, "NOTHING_TO_READ");
  EXPECT_THAT(FindReason(*hidden, "SHEET_NOT_READ"), NotNull());
}

// ---- The publisher's files -------------------------------------------------

TEST(MicrosoftFilesTest, HostedContentIsThatOfEachEdition) {
  COLLATE_SHARED_FILE(first, "platform/microsoft/microsoft-2020-h2.xlsx");
  const struct {
    const char* edition;
    int64_t actioned;
  } kEditions[] = {{"2020-h2", 92419}, {"2021-h1", 76061}, {"2021-h2", 36918},
                   {"2022-h1", 40722}, {"2022-h2", 31663}, {"2023-h1", 46856}};
  for (const auto& edition : kEditions) {
    const auto host = ReadPublished(
        testing::SharedData(std::string("platform/microsoft/microsoft-") +
                            edition.edition + ".xlsx"));
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_THAT(NumberOf(*host, kActioned, kHosted),
                Optional(edition.actioned));
    EXPECT_THAT(host->document.observations, SizeIs(13));
    EXPECT_THAT(FindReason(*host, "PERIOD_CONFLICT"), IsNull());
    ExpectEveryCellAccountedFor(*host);
    EXPECT_EQ(host->accounts.at("cells_refused"), 0u);
    EXPECT_EQ(host->accounts.at("cells_ignored"), 0u);
    // The way of counting what Bing found changed in 2022.
    const auto bing = RowsOf(*host, kActioned, kBing);
    ASSERT_THAT(bing, SizeIs(1));
    EXPECT_EQ((bing[0]->flags & COLLATE_FLAG_SERIES_BREAK) != 0,
              std::string(edition.edition) == "2022-h1");
    for (const RawObservation& row : host->document.observations) {
      EXPECT_THAT(row.dimensions[2].second, Ne("not said"));
    }
  }
}

}  // namespace
}  // namespace collate
