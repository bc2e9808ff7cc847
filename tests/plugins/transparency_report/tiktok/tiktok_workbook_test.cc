// TikTok's workbooks through the exported table: small synthetic ones in its
// five layouts, and the publisher's own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/status.h"
#include "tests/plugins/tabular/workbook_testing.h"
#include "tests/plugins/transparency_report/table_testing.h"

namespace collate {
namespace {

using ingest::RawDiagnostic;
using ingest::RawObservation;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::ExpectEveryCellAccountedFor;
using testing::FindReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NumberOf;
using ::testing::Optional;
using ::testing::Pair;
using testing::ReadDocument;
using testing::ReadPublished;
using testing::RecordingHost;
using ::testing::SizeIs;
using vocabulary::State;

// A sheet of cells that are numbers when they look like one, else texts; an
// empty one is left out.
using Cells = std::vector<std::vector<std::string>>;

std::string XmlOf(const Cells& cells) {
  std::string rows;
  for (size_t r = 0; r < cells.size(); ++r) {
    rows += "<row r=\"" + std::to_string(r + 1) + "\">";
    for (size_t c = 0; c < cells[r].size(); ++c) {
      const std::string& text = cells[r][c];
      if (text.empty()) continue;
      const std::string name = tabular::CellName(static_cast<uint32_t>(r + 1),
                                                 static_cast<uint32_t>(c + 1));
      rows += "<c r=\"" + name + "\"";
      if (text.find_first_not_of("-.0123456789E") == std::string::npos) {
        rows += "><v>" + text + "</v></c>";
      } else {
        rows += " t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
      }
    }
    rows += "</row>";
  }
  return "<sheetData>" + rows + "</sheetData>";
}

using Book = std::vector<std::pair<std::string, Cells>>;

std::unique_ptr<RecordingHost> Read(const Book& book,
                                    const std::string& states = "") {
  tabular::XlsxSpec spec;
  spec.sheets.clear();
  spec.states = states;
  for (const auto& [name, cells] : book) {
    spec.sheets.emplace_back(name, XmlOf(cells));
  }
  return ReadDocument("tiktok.xlsx", tabular::MakeXlsx(spec));
}

// "REASON 'Sheet'!B2", and nothing was handed over.
std::string Refusal(const RecordingHost& host) {
  if (host.code == COLLATE_CODE_OK) return "OK";
  EXPECT_THAT(host.document.tables, IsEmpty());
  const RawDiagnostic* found = FindReason(host, host.reason);
  if (found == nullptr) return host.reason + " without a place";
  if (found->locator.row == 0) {
    return host.reason + " '" + found->locator.sheet + "'";
  }
  return host.reason + " '" + found->locator.sheet + "'!" +
         tabular::CellName(found->locator.row, found->locator.column);
}

// 30 September and 31 December 2020.
const Cells kVideos = {{"Date", "Total videos removed",
                        "Videos removed by automation", "Videos restored"},
                       {"44104", "4.3086543E7", "3370913.0", "1315135"},
                       {"44196.0", "46112104", "4923971", ""}};
const Cells kRates = {{"Oct-Dec 2020 removal policy", "Proactive removal rate"},
                      {"Minor safety", "0.98199999999999998"},
                      {"Hateful behaviour", "4.0000000000000001E-3"}};
const Cells kCountries = {{"Country Code", "Country Name",
                           "Total videos removed", "Removals before 24 hours"},
                          {"GB", "United Kingdom", "2503359.0", "0.9"}};
const Cells kSubPolicies = {
    {"Issue policy", "Sub-policy", "Category Share"},
    {"Minor safety", "Grooming behavior", "1.7000000000000001E-2"}};

Book WholeBook() {
  return {{"Historical video removals", kVideos},
          {"Removal rates by policy", kRates},
          {"Top 30 Countries", kCountries},
          {"Sub Policy - Non Automated", kSubPolicies}};
}

// The same with one sheet changed.
Book With(size_t sheet, size_t row, size_t column, const std::string& text) {
  Book book = WholeBook();
  Cells& cells = book[sheet].second;
  if (cells[row].size() <= column) cells[row].resize(column + 1);
  cells[row][column] = text;
  return book;
}

const RawObservation& At(const RecordingHost& host, const std::string& sheet,
                         const std::string& cell) {
  static const RawObservation kNone;
  for (const RawObservation& row : host.document.observations) {
    if (row.locator.sheet == sheet &&
        tabular::CellName(row.locator.row, row.locator.column) == cell) {
      return row;
    }
  }
  ADD_FAILURE() << "nothing of " << sheet << "!" << cell;
  return kNone;
}

const std::string& MeasureOf(const RecordingHost& host,
                             const RawObservation& row) {
  return host.document.tables[row.table].measure;
}

TEST(TiktokWorkbookTest, ADateIsTheQuarterThatItEnds) {
  const auto host = Read(WholeBook());
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  ExpectEveryCellAccountedFor(*host);
  const std::string sheet = "Historical video removals";
  const RawObservation& total = At(*host, sheet, "B2");
  EXPECT_EQ(MeasureOf(*host, total), "Total videos removed");
  EXPECT_EQ(total.reporter, "TikTok");
  EXPECT_THAT(total.dimensions, ElementsAre(Pair("geography", "World"),
                                            Pair("platform", "TikTok")));
  EXPECT_EQ(total.period_begin, 18444);  // 1 July 2020
  EXPECT_EQ(total.period_end, 18536);    // 1 October 2020
  EXPECT_EQ(total.period_kind, COLLATE_PERIOD_CALENDAR_QUARTER);
  EXPECT_EQ(total.value->mantissa, 43086543);
  EXPECT_EQ(total.value->scale, 0);
  EXPECT_EQ(total.raw, "4.3086543E7");
  ASSERT_THAT(total.headers, SizeIs(2));
  EXPECT_EQ(total.headers[0].column, 1u);  // the date
  EXPECT_EQ(total.headers[1].row, 1u);

  const RawObservation& automated = At(*host, sheet, "C3");
  EXPECT_EQ(automated.table, total.table);
  EXPECT_THAT(automated.dimensions, Contains(Pair("moderation", "automation")));
  EXPECT_EQ(automated.period_end, 18628);
}

TEST(TiktokWorkbookTest, ABlankFigureIsNotShownAndNeverZero) {
  const auto host = Read(WholeBook());
  const RawObservation& blank = At(*host, "Historical video removals", "D3");
  EXPECT_EQ(blank.state, State::kNotShown);
  EXPECT_FALSE(blank.value.has_value());
  EXPECT_EQ(blank.raw, "");
}

TEST(TiktokWorkbookTest, TheHeaderOfTheRatesIsThePeriodOfSheetsWithoutOne) {
  const auto host = Read(WholeBook());
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const RawObservation& rate = At(*host, "Removal rates by policy", "B2");
  EXPECT_THAT(rate.dimensions, Contains(Pair("harm", "Minor safety")));
  EXPECT_EQ(rate.period_text, "Oct-Dec 2020");
  EXPECT_THAT(rate.notes, IsEmpty());
  EXPECT_EQ(rate.value->mantissa, 982);
  EXPECT_EQ(rate.value->scale, 3);
  EXPECT_EQ(rate.raw, "0.98199999999999998");
  EXPECT_EQ(At(*host, "Removal rates by policy", "B3").value->mantissa, 4);

  const RawObservation& uk = At(*host, "Top 30 Countries", "C2");
  EXPECT_THAT(uk.dimensions, ElementsAre(Pair("geography", "United Kingdom"),
                                         Pair("platform", "TikTok")));
  EXPECT_EQ(uk.period_begin, 18536);
  EXPECT_THAT(uk.notes, ElementsAre(HasSubstr("Removal rates by policy")));
  EXPECT_EQ(uk.headers.back().sheet, "Removal rates by policy");
  EXPECT_EQ(MeasureOf(*host, At(*host, "Top 30 Countries", "D2")),
            "Removal rate within 24 hours");
  const RawDiagnostic* codes = FindReason(*host, "COLUMN_IGNORED");
  ASSERT_NE(codes, nullptr);
  EXPECT_EQ(codes->repeats, 1u);

  const RawObservation& share = At(*host, "Sub Policy - Non Automated", "C2");
  EXPECT_THAT(share.dimensions,
              ElementsAre(Pair("geography", "World"),
                          Pair("harm", "Sub-policy: Grooming behavior"),
                          Pair("moderation", "human moderation"),
                          Pair("platform", "TikTok")));
  EXPECT_EQ(share.period_begin, 18536);
}

TEST(TiktokWorkbookTest, WithoutThatHeaderTheManifestHasToSay) {
  const auto host = Read({{"Historical video removals", kVideos},
                          {"Top 30 Countries", kCountries}});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_EQ(At(*host, "Top 30 Countries", "C2").period_end, 0);
  EXPECT_THAT(At(*host, "Top 30 Countries", "C2").notes, IsEmpty());
}

TEST(TiktokWorkbookTest, ColumnsAreKnownInEverySpelling) {
  const auto host =
      Read({{"Accounts",
             {{"Date", "Total fake account removals", "Fake accounts removed",
               "Total other account removals", "Other accounts removed",
               "Accounts suspected to be under the age of 13 removed",
               "Total account removals", "Total accounts removed"},
              {"44104", "1", "2", "3", "4", "5", "6", "7"}}},
            {"Rates",
             {{"Date", "Total video removal", "% Proactive Removal",
               "% Removal before any views", "% Removal within 24 hours",
               "Removal rate of published"},
              {"44104", "1", "0.1", "0.2", "0.3", "0.01"}}},
            {"Video removals by policy",
             {{"Date", "Minor safety", "A policy of tomorrow"},
              {"44104", "0.5", "0.25"}}}});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  for (const char* cell : {"B2", "C2", "D2", "E2", "F2"}) {
    const RawObservation& row = At(*host, "Accounts", cell);
    EXPECT_EQ(MeasureOf(*host, row), "Accounts removed");
    EXPECT_THAT(row.dimensions, Contains(Pair("ban_reason", ::testing::_)))
        << cell;
  }
  EXPECT_THAT(At(*host, "Accounts", "B2").dimensions,
              Contains(Pair("ban_reason", "Total fake account removals")));
  for (const char* cell : {"G2", "H2"}) {
    EXPECT_THAT(At(*host, "Accounts", cell).dimensions, SizeIs(2)) << cell;
  }
  EXPECT_EQ(MeasureOf(*host, At(*host, "Rates", "D2")),
            "Removal rate before any views");
  EXPECT_EQ(MeasureOf(*host, At(*host, "Rates", "F2")),
            "Video: Removal rate of published");
  EXPECT_THAT(At(*host, "Video removals by policy", "C2").dimensions,
              Contains(Pair("harm", "A policy of tomorrow")));
}

TEST(TiktokWorkbookTest, AnUnknownSheetIsToldAndItsCellsAreCounted) {
  Book book = WholeBook();
  book.push_back({"Sounds", {{"Sound", "Muted"}, {"a", "1"}, {"b", "2"}}});
  book[0].second.push_back({" ", " "});
  const auto host = Read(book);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const RawDiagnostic* found = FindReason(*host, "SHEET_NOT_READ");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, ingest::Severity::kWarning);
  EXPECT_EQ(found->locator.sheet, "Sounds");
  EXPECT_EQ(found->repeats, 6u);
  // A country's code, and two cells of spaces.
  EXPECT_EQ(host->accounts["cells_ignored"], 6u + 1 + 2);
  ExpectEveryCellAccountedFor(*host);
}

TEST(TiktokWorkbookTest, WhatIsNotAsItShouldBeIsRefusedAtItsCell) {
  const std::string videos = "'Historical video removals'!";
  EXPECT_EQ(Refusal(*Read(With(0, 0, 4, "Videos muted"))),
            "UNKNOWN_COLUMN " + videos + "E1");
  EXPECT_EQ(Refusal(*Read(With(0, 0, 4, "Videos  Restored"))),
            "AMBIGUOUS_COLUMN " + videos + "E1");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 0, "44103"))),
            "INVALID_PERIOD " + videos + "A2");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 0, "44104.5"))),
            "INVALID_PERIOD " + videos + "A2");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 0, "30/09/2020"))),
            "INVALID_PERIOD " + videos + "A2");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 0, ""))), "EMPTY_LABEL " + videos + "A2");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 6, "12"))),
            "CELL_OUTSIDE_TABLE " + videos + "G2");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 1, "43,086,543"))),
            "UNPARSED_NUMBER " + videos + "B2");
  EXPECT_EQ(Refusal(*Read(With(0, 1, 1, "0.5"))),
            "NOT_A_COUNT " + videos + "B2");
  EXPECT_EQ(Refusal(*Read(With(1, 0, 0, "Nov-Dec 2020 removal policy"))),
            "INVALID_PERIOD 'Removal rates by policy'!A1");
  EXPECT_EQ(Refusal(*Read(With(1, 1, 1, "98.2"))),
            "NOT_A_FRACTION 'Removal rates by policy'!B2");
  EXPECT_EQ(Refusal(*Read(With(1, 1, 0, "7"))),
            "LABEL_NOT_TEXT 'Removal rates by policy'!A2");
  EXPECT_EQ(Refusal(*Read(With(2, 1, 0, ""))),
            "EMPTY_LABEL 'Top 30 Countries'!A2");
  // The last quarter of the workbook is another than its header says.
  EXPECT_EQ(Refusal(*Read(With(1, 0, 0, "Jan-Mar 2021 removal policy"))),
            "PERIOD_CONFLICT " + videos + "A3");
  EXPECT_EQ(Refusal(*Read(WholeBook(), "state=\"hidden\"")),
            "HIDDEN_SHEET 'Historical video removals'");
  EXPECT_EQ(Refusal(*Read({{"A", {{"Date", "Total videos removed"}}}})),
            "NOTHING_TO_READ ''");
  EXPECT_EQ(Refusal(*Read({{"Top 30 Countries", kCountries}})), "NO_FAMILY ''");
}

TEST(TiktokWorkbookTest, ANumberThatTwoSheetsPrintIsHandedOnTwice) {
  Book book = WholeBook();
  book.push_back({"Total removals and removal rate",
                  {{"Date", "Total video removal"}, {"44104", "43086544"}}});
  const auto host = Read(book);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const RawObservation& first = At(*host, "Historical video removals", "B2");
  const RawObservation& again =
      At(*host, "Total removals and removal rate", "B2");
  EXPECT_EQ(first.table, again.table);
  EXPECT_EQ(first.dimensions, again.dimensions);
  EXPECT_EQ(host->document.tables[first.table].repeats,
            ingest::Repeats::kConflict);
}

// ---- The publisher's files -------------------------------------------------

struct Edition {
  const char* file;
  size_t figures;
  size_t not_shown;  // fake accounts of 2020
};
constexpr Edition kEditions[] = {
    {"platform/tiktok/tiktok-2021-q3.xlsx", 127, 2},
    {"platform/tiktok/tiktok-2021-q4.xlsx", 147, 2},
    {"platform/tiktok/tiktok-2022-q1.xlsx", 434, 2},
    {"platform/tiktok/tiktok-2022-q2.xlsx", 463, 2}};

TEST(TiktokWorkbookPublishedTest, EveryCellOfEveryEditionIsReadOnce) {
  for (const Edition& edition : kEditions) {
    COLLATE_SHARED_FILE(path, edition.file);
    const auto host = ReadPublished(path);
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_THAT(host->document.observations, SizeIs(edition.figures))
        << edition.file;
    ExpectEveryCellAccountedFor(*host);
    EXPECT_EQ(FindReason(*host, "SHEET_NOT_READ"), nullptr) << edition.file;
    size_t not_shown = 0;
    for (const RawObservation& row : host->document.observations) {
      EXPECT_NE(row.period_end, 0);
      not_shown += row.state == State::kNotShown ? 1 : 0;
    }
    EXPECT_EQ(not_shown, edition.not_shown) << edition.file;
  }
}

TEST(TiktokWorkbookPublishedTest, VideosRemovedAreAsPublished) {
  const std::pair<const char*, int64_t> editions[] = {
      {"platform/tiktok/tiktok-2022-q1.xlsx", 2269079},
      {"platform/tiktok/tiktok-2022-q2.xlsx", 2503359}};
  for (const auto& [file, count] : editions) {
    COLLATE_SHARED_FILE(path, file);
    const auto host = ReadPublished(path);
    EXPECT_THAT(
        NumberOf(*host, "Total videos removed",
                 {{"geography", "United Kingdom"}, {"platform", "TikTok"}}),
        Optional(count));
  }
  COLLATE_SHARED_FILE(path, "platform/tiktok/tiktok-2021-q3.xlsx");
  const auto host = ReadPublished(path);
  const std::vector<const RawObservation*> rows =
      testing::RowsOf(*host, "Total videos removed",
                      {{"geography", "World"}, {"platform", "TikTok"}});
  // Two sheets print each of them.
  ASSERT_THAT(rows, SizeIs(10));
  const int64_t counts[] = {43086543, 46112104, 61951327, 81518334, 91445802};
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(rows[i]->value->mantissa, counts[i % 5]) << i;
    EXPECT_EQ(rows[i]->value->scale, 0);
  }
}

}  // namespace
}  // namespace collate
