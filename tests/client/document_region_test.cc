#include "client/document_region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/render_suggestion.h"

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

CitedPlace At(int64_t row, int64_t column) { return {"", "", row, column}; }

TEST(ReadLocator, KnowsLinesSheetsAndPartsOfArchives) {
  const auto line = ReadLocator("a.csv:L88:C8", "a.csv");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->row, 88);
  EXPECT_EQ(line->column, 8);
  EXPECT_EQ(line->sheet, "");
  EXPECT_EQ(line->part, "");
  const auto sheet = ReadLocator("'It''s 3'!AB12", "a.xlsx");
  ASSERT_TRUE(sheet.has_value());
  EXPECT_EQ(sheet->sheet, "It's 3");
  EXPECT_EQ(sheet->row, 12);
  EXPECT_EQ(sheet->column, 28);
  const auto range = ReadLocator("'S'!B2:C4", "a.xlsx");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->column, 2);
  EXPECT_EQ(range->row, 2);
  const auto part = ReadLocator("a.zip/b/c.csv:L3:C2", "a.zip");
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->part, "b/c.csv");
  const auto inner = ReadLocator("a.zip/b.xlsx:'S'!A1", "a.zip");
  ASSERT_TRUE(inner.has_value());
  EXPECT_EQ(inner->part, "b.xlsx");
  EXPECT_EQ(inner->sheet, "S");
}

TEST(ReadLocator, TakesNothingElse) {
  for (const char* text :
       {"", "a.csv", "a.csv:L:C1", "b.csv:L1:C1", "'S'!", "'S'!12", "'!A1",
        "'S'!AAAAAAAAAAAAAAAA1", "page 3"}) {
    EXPECT_FALSE(ReadLocator(text, "a.csv").has_value()) << text;
  }
}

TEST(RegionOfText, HasTheCitedLinesByteForByteAndSomeAround) {
  std::string text = "Force,Number\r\n";
  for (int i = 2; i <= 20; ++i) {
    text += "f" + std::to_string(i) + ", \xA3" + std::to_string(i) + "\r\n";
  }
  EXPECT_THAT(RegionOfText(text, "a.csv", {At(10, 2), At(11, 2)}),
              Optional(Eq("--- a.csv, lines 1 to 1\n"
                          "Force,Number\r\n"
                          "--- a.csv, lines 7 to 14; cited: L10:C2, L11:C2\n"
                          "f7, \xA3"
                          "7\r\nf8, \xA3"
                          "8\r\nf9, \xA3"
                          "9\r\n"
                          "f10, \xA3"
                          "10\r\nf11, \xA3"
                          "11\r\n"
                          "f12, \xA3"
                          "12\r\nf13, \xA3"
                          "13\r\n"
                          "f14, \xA3"
                          "14\r\n")));
}

TEST(RegionOfText, CountsEveryKindOfLineEnd) {
  EXPECT_THAT(
      RegionOfText("a\rb\r\nc\nd", "t", {At(4, 1)}),
      Optional(Eq("--- t, lines 1 to 4; cited: L4:C1\na\rb\r\nc\nd\n")));
}

TEST(RegionOfText, StaysWithinTheText) {
  EXPECT_THAT(RegionOfText("", "t", {At(4, 1)}), Optional(Eq("")));
  EXPECT_THAT(RegionOfText("a\n", "t", {At(4, 1), At(0, 0)}),
              Optional(Eq("--- t, lines 1 to 1\na\n")));
}

TEST(RegionOfText, CutsNoLinesFromTextOfTwoBytesACharacter) {
  EXPECT_FALSE(RegionOfText("\xFF\xFE"
                            "a",
                            "t", {At(1, 1)})
                   .has_value());
  EXPECT_FALSE(RegionOfText("\xFE\xFF"
                            "a",
                            "t", {At(1, 1)})
                   .has_value());
}

TEST(SafeFileName, IsNoPathAndNothingHidden) {
  EXPECT_EQ(SafeFileName("prc 2017.csv"), "prc 2017.csv");
  EXPECT_EQ(SafeFileName("../../etc/passwd"), "_._.._etc_passwd");
  EXPECT_EQ(SafeFileName(".."), "_.");
  EXPECT_EQ(SafeFileName("-rf"), "_rf");
  EXPECT_EQ(SafeFileName("a\nb\\c\x7F"), "a_b_c_");
  EXPECT_EQ(SafeFileName(""), "document");
  EXPECT_THAT(SafeFileName(std::string(500, 'x')), SizeIs(200));
}

Suggestion Sheet() {
  Suggestion suggestion;
  suggestion.document = "a.xlsx";
  suggestion.cells =
      "sheet,row,column,text,role\n"
      "S,1,1,Title,note\nS,2,2,2016/17,header\nS,2,9,2023/24,header\n"
      "S,2,30,far,header\nS,30,1,Kent,label\nS,30,8,7,figure\n"
      "S,30,9,59,figure\nS,31,9,60,figure\nS,40,9,99,figure\n"
      "T,1,1,other,label\n";
  return suggestion;
}

TEST(RenderRegion, ShowsWhatIsAroundWithHeadersAndLabels) {
  const std::string region =
      RenderRegion(Sheet(), {{"", "S", 30, 9}, {"", "S", 30, 9}});
  EXPECT_THAT(region, AllOf(HasSubstr("Sheet S\n"), HasSubstr("> 59"),
                            HasSubstr("h 2023/24"), HasSubstr("l Kent"),
                            HasSubstr("f 7"), HasSubstr("f 60")));
  EXPECT_THAT(region, AllOf(Not(HasSubstr("99")), Not(HasSubstr("Title")),
                            Not(HasSubstr("far")), Not(HasSubstr("other")),
                            Not(HasSubstr("beyond"))));
}

TEST(RenderRegion, SaysWhatLiesBeyond) {
  EXPECT_THAT(RenderRegion(Sheet(), {{"", "S", 4000, 9}}),
              HasSubstr("I4000 is beyond what is drawn"));
  EXPECT_THAT(RenderRegion(Sheet(), {{"", "No such", 1, 1}}),
              HasSubstr("Sheet No such\n       A1 is beyond"));
}

}  // namespace
}  // namespace collate::client
