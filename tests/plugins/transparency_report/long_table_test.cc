#include "plugins/transparency_report/long_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/source.h"
#include "plugins/transparency_report/month_span.h"

namespace collate::transparency_report {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

enum Role { kLabel, kValue, kNote };

tabular::HeaderSpec Spec() {
  return {.roles = {{"label", {"Label", "Name"}},
                    {"value", {"value"}},
                    {"note", {"note"}, /*required=*/false}},
          .ignorable = {"id"},
          .search_rows = 1};
}

struct Read {
  LongTable table;
  std::vector<std::string> rows;  // label=value/note
  std::vector<sdk::Observation> observed;
  tabular::Status status;

  // "REASON L2:C3", or "".
  std::string Refusal() const {
    if (status.ok()) return "";
    const tabular::Locator& at = status.error().locator;
    return status.error().reason + " L" + std::to_string(at.line) + ":C" +
           std::to_string(at.column);
  }
};

Read ReadText(const std::string& text) {
  Read read;
  tabular::MemorySource source(text);
  read.status = ReadLongTable(
      source, {.part = "long.csv"}, Spec(), &read.table,
      [&](const LongRow& row) {
        read.rows.push_back(std::string(row.Text(kLabel)) + "=" +
                            std::string(row.Text(kValue)) + "/" +
                            std::string(row.Text(kNote)));
        read.observed.push_back(row.Observe(kValue));
        if (row.Text(kValue) != "bad") return tabular::OkStatus();
        return tabular::Status(tabular::Error{
            .reason = "BAD", .locator = row.CellOf(kValue).locator});
      });
  return read;
}

TEST(LongTableTest, ColumnsAreFoundByName) {
  const Read read = ReadText("ID,VALUE,name\n7, 3 ,Kent\n");
  ASSERT_TRUE(read.status.ok()) << read.Refusal();
  EXPECT_THAT(read.rows, ElementsAre("Kent=3/"));
  ASSERT_THAT(read.observed, SizeIs(1));
  EXPECT_EQ(read.observed[0].raw, " 3 ");
  EXPECT_EQ(read.observed[0].locator.line, 2u);
  EXPECT_EQ(read.observed[0].locator.column, 2u);
  ASSERT_THAT(read.observed[0].headers, SizeIs(1));
  EXPECT_EQ(read.observed[0].headers[0].line, 1u);
  EXPECT_EQ(read.observed[0].headers[0].column, 2u);
}

TEST(LongTableTest, ByteOrderMarkLineEndsAndTheLastOneMakeNoDifference) {
  for (const char* text :
       {"label,value,note\nKent,3,a\nEssex,\"4,000\",\n",
        "\xEF\xBB\xBFlabel,value,note\r\nKent,3,a\r\nEssex,\"4,000\","}) {
    const Read read = ReadText(text);
    ASSERT_TRUE(read.status.ok()) << read.Refusal();
    EXPECT_THAT(read.rows, ElementsAre("Kent=3/a", "Essex=4,000/"));
    EXPECT_EQ(read.table.rows, 2u);
  }
}

TEST(LongTableTest, BlankRecordsAreCounted) {
  const Read read = ReadText("label,value\n\nKent,3\n,\n");
  ASSERT_TRUE(read.status.ok()) << read.Refusal();
  EXPECT_EQ(read.table.rows, 1u);
  EXPECT_EQ(read.table.blank_rows, 2u);
}

TEST(LongTableTest, OnlyTheFirstRecordIsAHeader) {
  EXPECT_EQ(ReadText("").Refusal(), "HEADER_NOT_FOUND L0:C0");
  EXPECT_EQ(ReadText("label,note\nlabel,value\n").Refusal(),
            "HEADER_NOT_FOUND L1:C0");
  EXPECT_EQ(ReadText("label,value,rate\nKent,3,4\n").Refusal(),
            "UNKNOWN_COLUMN L1:C3");
  EXPECT_EQ(ReadText("label,value,name\n").Refusal(), "AMBIGUOUS_COLUMN L1:C3");
  const Read empty = ReadText("label,value\n");
  EXPECT_TRUE(empty.status.ok());
  EXPECT_THAT(empty.rows, IsEmpty());
}

TEST(LongTableTest, ARecordThatIsNotAsWideAsTheHeaderIsRefused) {
  EXPECT_EQ(ReadText("label,value\nKent,3\nEssex\n").Refusal(),
            "WRONG_CELL_COUNT L3:C0");
  EXPECT_EQ(ReadText("label,value\nKent,3,4\n").Refusal(),
            "WRONG_CELL_COUNT L2:C0");
}

TEST(LongTableTest, WhatTheFamilyRefusesEndsTheReading) {
  const Read read = ReadText("label,value\nKent,bad\nEssex,3\n");
  EXPECT_EQ(read.Refusal(), "BAD L2:C2");
  EXPECT_THAT(read.rows, SizeIs(1));
  EXPECT_EQ(ReadText("label,value\n\"Kent,3\n").Refusal(),
            "UNTERMINATED_QUOTE L2:C1");
}

// ---- Months ----------------------------------------------------------------

TEST(MonthSpanTest, QuartersAndHalfYearsAreReadInOneFormEach) {
  MonthSpan span;
  ASSERT_TRUE(ParseQuarter("2023Q3", &span));
  EXPECT_EQ(span.first, 2023 * 12 + 6);
  EXPECT_EQ(span.count, 3);
  const sdk::Period quarter = PeriodOf(span, "2023Q3");
  EXPECT_EQ(quarter.begin, 19539);  // 1 July 2023
  EXPECT_EQ(quarter.end, 19631);    // 1 October 2023
  EXPECT_EQ(quarter.kind, sdk::PeriodKind::kCalendarQuarter);
  EXPECT_EQ(quarter.text, "2023Q3");
  ASSERT_TRUE(ParseHalfYear("2025-h2", &span));
  const sdk::Period half = PeriodOf(span, "2025-h2");
  EXPECT_EQ(half.begin, 20270);  // 1 July 2025
  EXPECT_EQ(half.end, 20454);    // 1 January 2026
  EXPECT_EQ(half.kind, sdk::PeriodKind::kInterval);
  for (const char* text : {"2023Q0", "2023Q5", "2023-Q3", "Q3 2023", "1823Q3",
                           "2023Q33", "2o23Q3", "", "2023"}) {
    EXPECT_FALSE(ParseQuarter(text, &span)) << text;
  }
  for (const char* text : {"2025-H0", "2025-H3", "2025H1", "H1-2025"}) {
    EXPECT_FALSE(ParseHalfYear(text, &span)) << text;
  }
}

TEST(MonthSpanTest, AnExtentHasNoMonthThatTheSpansLack) {
  EXPECT_THAT(ExtentOf({}), IsEmpty());
  EXPECT_THAT(
      ExtentOf({{2020 * 12 + 9, 3}, {2021 * 12, 3}, {2021 * 12 + 6, 3}}),
      ElementsAre(Pair("period", "2020-10-01/2021-04-01"),
                  Pair("period", "2021-07-01/2021-10-01")));
  EXPECT_THAT(ExtentOf({{2021 * 12, 3}, {2021 * 12, 6}}),
              ElementsAre(Pair("period", "2021-01-01/2021-07-01")));
}

}  // namespace
}  // namespace collate::transparency_report
