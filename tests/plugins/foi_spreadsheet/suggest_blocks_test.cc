// Where tables seem to stand, on small grids of every layout and on a large
// one; and the totals among them.

#include "plugins/foi_spreadsheet/suggest_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/foi_spreadsheet/suggest_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<uint32_t> ColumnsOf(const std::vector<LabelColumn>& labels) {
  std::vector<uint32_t> out;
  for (const LabelColumn& label : labels) out.push_back(label.column);
  return out;
}

TEST(SuggestBlocks, ASimpleListWithTitleAndNote) {
  const Sheet sheet = SheetOf(
      "Offences,\n,\nForce,Offences\nKent,12\nSurrey,7\n,\nSource: made up,\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  const BlockGuess& block = guess.blocks[0];
  EXPECT_THAT(block.rows, ElementsAre(4, 5));
  EXPECT_THAT(block.columns, ElementsAre(2));
  EXPECT_THAT(ColumnsOf(block.labels), ElementsAre(1));
  EXPECT_EQ(sheet.cells()[block.labels[0].heading].label, "Force");
  ASSERT_THAT(block.groups, SizeIs(1));
  ASSERT_THAT(block.groups[0].headers, SizeIs(1));
  EXPECT_EQ(block.groups[0].headers[0].row, 3u);
  ASSERT_THAT(block.titles, SizeIs(1));
  EXPECT_EQ(sheet.cells()[block.titles[0]].label, "Offences");
  ASSERT_THAT(block.notes, SizeIs(1));
  EXPECT_EQ(guess.roles[block.notes[0]], GuessRole::kNote);
}

TEST(SuggestBlocks, YearsOverColumnsAreHeaders) {
  const Sheet sheet =
      SheetOf("Force,2016,2017,2018\nKent,1,2,3\nSurrey,4,5,6\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  EXPECT_THAT(guess.blocks[0].rows, ElementsAre(2, 3));
  EXPECT_EQ(guess.roles[sheet.At(1, 2)], GuessRole::kHeader);
}

TEST(SuggestBlocks, AYearBesideItsFigureIsALabel) {
  const Sheet sheet = SheetOf(
      "Force,Year,Offences\nKent,2016,12\nKent,2017,15\nSurrey,2016,8\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  EXPECT_THAT(guess.blocks[0].columns, ElementsAre(3));
  EXPECT_THAT(ColumnsOf(guess.blocks[0].labels), ElementsAre(1, 2));
}

TEST(SuggestBlocks, ASpannerOverTwoColumnsEach) {
  const std::string csv =
      ",Female,,Male,\nForce,young,old,young,old\nKent,1,2,3,4\nSurrey,5,6,7,"
      "8\n";
  // In a text file it stands over its first column,
  const Sheet text = SheetOf(csv);
  const SheetGuess by_start = GuessBlocks(text);
  ASSERT_THAT(by_start.blocks, SizeIs(1));
  ASSERT_THAT(by_start.blocks[0].groups, SizeIs(1));
  ASSERT_THAT(by_start.blocks[0].groups[0].headers, SizeIs(2));
  EXPECT_EQ(by_start.blocks[0].groups[0].headers[0].span, Span::kStart);
  EXPECT_EQ(by_start.blocks[0].groups[0].headers[1].span, Span::kEach);
  // in a workbook over its merged cells.
  const Sheet book = SheetOf(csv, {{1, 2, 1, 3}, {1, 4, 1, 5}});
  const SheetGuess by_merge = GuessBlocks(book);
  ASSERT_THAT(by_merge.blocks, SizeIs(1));
  EXPECT_EQ(by_merge.blocks[0].groups[0].headers[0].span, Span::kMerged);
}

TEST(SuggestBlocks, ColumnsUnderOtherHeadersAreAGroupOfTheirOwn) {
  const Sheet sheet =
      SheetOf(",Female,,\nForce,young,old,All\nKent,1,2,3\nSurrey,5,6,11\n",
              {{1, 2, 1, 3}});
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  ASSERT_THAT(guess.blocks[0].groups, SizeIs(2));
  EXPECT_THAT(guess.blocks[0].groups[0].columns, ElementsAre(2, 3));
  EXPECT_THAT(guess.blocks[0].groups[1].columns, ElementsAre(4));
}

TEST(SuggestBlocks, ALabelCountsForTheRowsBelowIt) {
  const Sheet sheet = SheetOf(
      "Force,Sex,Offences\nKent,Female,1\n,Male,2\nSurrey,Female,3\n,Male,4\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  ASSERT_THAT(ColumnsOf(guess.blocks[0].labels), ElementsAre(1, 2));
  EXPECT_TRUE(guess.blocks[0].labels[0].sparse);
  EXPECT_EQ(guess.blocks[0].labels[0].farthest, 1u);
  EXPECT_FALSE(guess.blocks[0].labels[1].sparse);
}

TEST(SuggestBlocks, SideBySide) {
  // Behind a blank column, and without one under the same heading.
  for (const char* csv :
       {"Force,Female,,Force,Female\nKent,1,,Surrey,2\nEssex,3,,Sussex,4\n",
        "Force,Female,Force,Female\nKent,1,Surrey,2\nEssex,3,Sussex,4\n"}) {
    const Sheet sheet = SheetOf(csv);
    const SheetGuess guess = GuessBlocks(sheet);
    ASSERT_THAT(guess.blocks, SizeIs(2)) << csv;
    EXPECT_THAT(guess.blocks[0].columns, ElementsAre(2));
    EXPECT_THAT(guess.blocks[1].columns, SizeIs(1));
    EXPECT_EQ(sheet.cells()[guess.blocks[1].labels[0].heading].label, "Force");
  }
}

TEST(SuggestBlocks, OneBelowTheOther) {
  const Sheet sheet = SheetOf(
      "Force,Female\nKent,1\nEssex,3\n,\nForce,Male\nKent,5\nEssex,6\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(2));
  EXPECT_THAT(guess.blocks[0].rows, ElementsAre(2, 3));
  EXPECT_THAT(guess.blocks[1].rows, ElementsAre(6, 7));
}

TEST(SuggestBlocks, RowsBehindABlankOneGoOn) {
  const Sheet sheet =
      SheetOf("Force,Female\nKent,1\nEssex,3\n,\nDyfed,5\nGwent,6\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  EXPECT_THAT(guess.blocks[0].rows, ElementsAre(2, 3, 5, 6));
}

TEST(SuggestBlocks, FlagsAndPercentagesAreNoFigures) {
  const Sheet sheet = SheetOf(
      "Force,Female,,Male,%\nKent,12,R,7,37%\nEssex,5,,6,55%\nGwent,4,R,1,20%"
      "\n");
  const SheetGuess guess = GuessBlocks(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  EXPECT_THAT(guess.blocks[0].columns, ElementsAre(2, 4));
  EXPECT_THAT(guess.blocks[0].flag_columns, ElementsAre(3));
  EXPECT_THAT(guess.blocks[0].percent_columns, ElementsAre(5));
}

TEST(SuggestBlocks, AColumnThatNobodyFilledInIsOneOfFigures) {
  const Sheet sheet = SheetOf("Force,A,B,C,D\nKent,1,,2,\nEssex,3,,4,\n");
  EXPECT_THAT(GuessBlocks(sheet).blocks[0].columns, ElementsAre(2, 3, 4, 5));
}

TEST(SuggestBlocks, NumbersOfRowsAreNoFigures) {
  const Sheet sheet =
      SheetOf("No,Answer\n1,Yes\n2,No\n3,Yes\n4,Refused\n5,Yes\n6,No\n");
  EXPECT_THAT(GuessBlocks(sheet).blocks, IsEmpty());
}

TEST(SuggestBlocks, TextAloneIsNoTable) {
  EXPECT_THAT(GuessBlocks(SheetOf("Dear Sir,\nwe hold nothing.\n")).blocks,
              IsEmpty());
  EXPECT_THAT(GuessBlocks(SheetOf("Answers,12\n")).blocks, IsEmpty())
      << "one number is no table";
  EXPECT_THAT(GuessBlocks(SheetOf("")).blocks, IsEmpty());
}

// ---- Totals ----------------------------------------------------------------

SheetGuess WithSums(const Sheet& sheet) {
  SheetGuess guess = GuessBlocks(sheet);
  FindSums(&guess);
  return guess;
}

TEST(SuggestSums, ATotalRowAndATotalColumn) {
  const Sheet sheet = SheetOf(
      "Force,Female,Male,Total\nKent,10,5,15\nEssex,1,2,3\nTotal,11,7,18\n");
  const SheetGuess guess = WithSums(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  ASSERT_THAT(guess.blocks[0].sums, SizeIs(2));
  const SumGuess& row = guess.blocks[0].sums[0];
  EXPECT_TRUE(row.of_rows);
  EXPECT_TRUE(row.all);
  EXPECT_EQ(row.total, 2u);
  EXPECT_THAT(row.parts, ElementsAre(0, 1));
  const SumGuess& column = guess.blocks[0].sums[1];
  EXPECT_FALSE(column.of_rows);
  EXPECT_EQ(column.total, 2u);
  EXPECT_EQ(guess.roles[sheet.At(4, 2)], GuessRole::kTotal);
  EXPECT_EQ(guess.roles[sheet.At(3, 2)], GuessRole::kFigure);
}

TEST(SuggestSums, SubtotalsBeforeTheirPartsAndAGrandTotal) {
  const Sheet sheet = SheetOf(
      "Area,A,B,C\nAll,21,24,27\nNorth,5,7,9\nTyne,1,2,3\nTees,4,5,6\n"
      "South,16,17,18\nKent,7,8,9\nEssex,9,9,9\n");
  const SheetGuess guess = WithSums(sheet);
  ASSERT_THAT(guess.blocks, SizeIs(1));
  std::vector<size_t> totals;
  for (const SumGuess& sum : guess.blocks[0].sums) {
    if (sum.of_rows) totals.push_back(sum.total);
  }
  EXPECT_THAT(totals, ::testing::UnorderedElementsAre(0, 1, 4));
}

TEST(SuggestSums, MarksAndBlanksThatCountAsNothing) {
  const Sheet sheet = SheetOf(
      ",under 12,12-15,over\nFemale,,22,2\nMale,*,*,\nUnknown,,*,22\n"
      "Sum:,0,22,24\n");
  const SheetGuess guess = WithSums(sheet);
  ASSERT_THAT(guess.blocks[0].sums, SizeIs(1));
  EXPECT_TRUE(guess.blocks[0].sums[0].marks);
  EXPECT_TRUE(guess.blocks[0].sums[0].blanks);
}

TEST(SuggestSums, ATotalThatIsNoneIsTold) {
  const Sheet sheet = SheetOf("Force,A,B\nKent,10,5\nEssex,1,2\nTotal,12,7\n");
  const SheetGuess guess = WithSums(sheet);
  EXPECT_THAT(guess.blocks[0].sums, IsEmpty());
  ASSERT_THAT(guess.blocks[0].failed, SizeIs(1));
  EXPECT_EQ(guess.blocks[0].failed[0].printed, "12");
  EXPECT_EQ(guess.blocks[0].failed[0].sum, "11");
}

TEST(SuggestSums, ATotalMayCountWhatAMarkHides) {
  const Sheet sheet = SheetOf("Force,A,B\nKent,10,*\nEssex,1,2\nTotal,11,6\n");
  const SheetGuess guess = WithSums(sheet);
  EXPECT_THAT(guess.blocks[0].failed, IsEmpty());
  ASSERT_THAT(guess.blocks[0].sums, SizeIs(1));
  EXPECT_FALSE(guess.blocks[0].sums[0].marks);
}

TEST(SuggestSums, SmallNumbersThatAddUpByChanceAreNoTotal) {
  EXPECT_THAT(
      WithSums(SheetOf("Force,A\nKent,1\nEssex,2\nGwent,3\n")).blocks[0].sums,
      IsEmpty());
}

// ---- Cost ------------------------------------------------------------------

uint64_t ComparisonsFor(size_t rows, const std::string& between) {
  std::string csv = "Force,A,B,C,D\n";
  for (size_t i = 0; i < rows; ++i) {
    csv += "force " + std::to_string(i) + "x," + std::to_string(i % 7 + 3) +
           "," + std::to_string(i % 5 + 1) + ",*,4\n" + between;
  }
  const Sheet sheet = SheetOf(csv);
  const SheetGuess guess = WithSums(sheet);
  EXPECT_THAT(guess.blocks, SizeIs(1));
  EXPECT_THAT(guess.blocks[0].rows, SizeIs(rows));
  return sheet.comparisons();
}

TEST(SuggestBlocks, TheCostGrowsWithTheCells) {
  for (const char* between : {"", ",,,,\n"}) {
    const uint64_t small = ComparisonsFor(2'000, between);
    const uint64_t large = ComparisonsFor(8'000, between);
    // Four times the cells, and a little for the searches.
    EXPECT_LT(large, 6 * small) << "between rows: '" << between << "'";
  }
}

}  // namespace
}  // namespace collate::foi_spreadsheet
