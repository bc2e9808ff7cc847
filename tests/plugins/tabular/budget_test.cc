#include "plugins/tabular/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/grid_testing.h"

namespace collate::tabular {
namespace {

using ::testing::HasSubstr;

struct LimitCase {
  const char* reason;
  Limits limits;
  std::string at_limit;
  std::string over;
  uint64_t line;
};

class BudgetTest : public ::testing::TestWithParam<LimitCase> {};

TEST_P(BudgetTest, TheLimitIsReadAndOneMoreIsRefused) {
  const LimitCase& c = GetParam();
  EXPECT_EQ(Read(c.at_limit, {}, c.limits).reason(), "OK");
  const ReadResult read = Read(c.over, {}, c.limits);
  ASSERT_EQ(read.reason(), c.reason);
  EXPECT_EQ(read.error().code, Code::kResourceExhausted);
  EXPECT_EQ(read.error().part, "a.csv");
  EXPECT_EQ(read.error().locator.line, c.line);
  // The limit and the value that went over it.
  EXPECT_THAT(read.error().expected, HasSubstr("at most 5"));
  EXPECT_EQ(read.error().found, "6");
}

INSTANTIATE_TEST_SUITE_P(
    AllLimits, BudgetTest,
    ::testing::Values(
        LimitCase{"BYTE_LIMIT", {.bytes = 5}, "abcd\n", "abcde\n", 1},
        LimitCase{"ROW_LIMIT",
                  {.rows = 5},
                  "1\n2\n3\n4\n5\n",
                  "1\n2\n3\n4\n5\n6\n",
                  6},
        LimitCase{"CELL_COUNT_LIMIT",
                  {.cells = 5},
                  "1,2\n3,4\n5\n",
                  "1,2\n3,4\n5,6\n",
                  3},
        LimitCase{"COLUMN_LIMIT",
                  {.columns = 5},
                  "x\n1,2,3,4,5\n",
                  "x\n1,2,3,4,5,6,7\n",
                  2},
        LimitCase{
            "LINE_LIMIT", {.line_bytes = 5}, "x\nab,cd\n", "x\nab,cde\n", 2},
        LimitCase{"CELL_LENGTH_LIMIT",
                  {.cell_characters = 5},
                  "x\n\u00e9\u00e9\u00e9\u00e9\u00e9\n",
                  "x\n\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\n",
                  2}),
    [](const auto& info) { return std::string(info.param.reason); });

TEST(BudgetTest, DefaultCellLengthIsExact) {
  EXPECT_EQ(Read(std::string(32'767, 'x')).reason(), "OK");
  const ReadResult read = Read("a," + std::string(32'768, 'x'));
  ASSERT_EQ(read.reason(), "CELL_LENGTH_LIMIT");
  EXPECT_EQ(read.error().locator.column, 2u);
  EXPECT_EQ(read.error().found, "32768");
}

TEST(BudgetTest, DoubledQuotesCountOnceTowardsACell) {
  std::string quoted = "\"";
  for (int i = 0; i < 32'767; ++i) quoted += "\"\"";
  EXPECT_EQ(Read(quoted + "\"").reason(), "OK");
}

TEST(BudgetTest, OneBudgetSpansSeveralParts) {
  Budget budget(Limits{.rows = 3});
  ReadResult result;
  CollectingSink sink(&result);
  MemorySource first("1\n2\n");
  MemorySource second("3\n4\n");
  EXPECT_TRUE(ReadCsv(first, {.part = "1.csv"}, budget, sink).ok());
  const Status status = ReadCsv(second, {.part = "2.csv"}, budget, sink);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "ROW_LIMIT");
  EXPECT_EQ(status.error().part, "2.csv");
  EXPECT_EQ(status.error().locator.line, 2u);
}

TEST(BudgetTest, AnUnclosedQuoteInAnEndlessLineIsNamed) {
  const ReadResult read = Read("a\nb,\"" + std::string(2 << 20, 'x'));
  ASSERT_EQ(read.reason(), "LINE_LIMIT");
  EXPECT_THAT(read.error().message,
              HasSubstr("a quote that opens on line 2 has not closed"));
}

}  // namespace
}  // namespace collate::tabular
