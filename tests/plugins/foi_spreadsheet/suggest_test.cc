// Suggestions as a whole: a skeleton that passes the lint and reads nothing,
// and what comes out when a person has answered its questions; published files.

#include "plugins/foi_spreadsheet/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/foi_spreadsheet/recipe.h"
#include "tests/plugins/foi_spreadsheet/suggest_testing.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kCrosstab[] =
    "Offences by sex of the victim 2023/24,,,\n,,,\n"
    "Force,Female,Male,Total\nKent,10,5,15\nSurrey,*,3,6\nEssex,7,2,9\n"
    "All forces,20,10,30\n,,,\n* fewer than 5,,,\n";

TEST(Suggest, ASkeletonPassesTheLintAndReadsNothing) {
  const SuggestRead read("offences.csv", kCrosstab);
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  Recipe recipe;
  const tabular::Status loaded = LoadRecipe("s", read.recipe(), &recipe);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const tabular::Status decided = CheckDecided(recipe);
  ASSERT_FALSE(decided.ok());
  EXPECT_EQ(decided.error().reason, "RECIPE_UNDECIDED");
  EXPECT_THAT(decided.error().message,
              AllOf(HasSubstr("s:"), HasSubstr("mark *: what it means")));
  // It never loads, and a preview shows what the rest of it does.
  const RecipeRead refused(read.recipe(), "offences.csv", kCrosstab, {},
                           /*preview=*/true);
  EXPECT_FALSE(refused.ok());
  EXPECT_THAT(refused.Faults(), AllOf(Contains("RECIPE_UNDECIDED"),
                                      Contains("UNKNOWN_MARKER B5")));
  EXPECT_THAT(refused.Attachment("recipe-cells.csv"),
              HasSubstr("\"Kent\",\"header\""));
}

TEST(Suggest, EachDecisionIsAQuestion) {
  const std::string recipe = SuggestRead("offences.csv", kCrosstab).recipe();
  for (const char* about : {"measure:", "offence:", "partition:", "universe:",
                            "mark *:", "axis columns:"}) {
    EXPECT_THAT(recipe, HasSubstr(std::string("undecided: \"") + about));
  }
  EXPECT_THAT(recipe, Not(HasSubstr("undecided: \"blank"))) << "none is blank";
}

TEST(Suggest, AnsweredItReadsTheCrosstab) {
  std::string recipe = Decided(SuggestRead("offences.csv", kCrosstab).recipe());
  recipe = Replaced(recipe, "name: \"columns\"", "name: \"sex\"");
  recipe = Replaced(recipe, "dimension: \"columns\"", "dimension: \"sex\"");
  recipe = Replaced(recipe,
                    "# markers { text: \"*\" state: STATE_... reason: \"the "
                    "file's words\" }",
                    "markers { text: \"*\" state: STATE_SUPPRESSED lower: 0 "
                    "upper: 4 reason: \"fewer than 5\" }");
  const RecipeRead read(recipe, "offences.csv", kCrosstab, {},
                        /*preview=*/true);
  ASSERT_TRUE(read.ok()) << read.host.message << recipe;
  EXPECT_THAT(read.rows(), SizeIs(9)) << "totals of forces are only checked";
  const auto& kent = read.At("B4");
  EXPECT_EQ(kent.reporter, "Kent");
  EXPECT_EQ(kent.period_text, "2023/24");
  EXPECT_EQ(Label(kent, "sex"), "Female");
  EXPECT_EQ(kent.value->mantissa, 10);
  EXPECT_EQ(read.At("B5").upper->mantissa, 4);
  EXPECT_EQ(Label(read.At("D4"), "sex"), "") << "a total of the axis";
  EXPECT_THAT(read.Attachment("recipe-cells.csv"), Not(HasSubstr("leftover")));
}

// Layouts whose skeletons read every cell once decided.
struct Layout {
  const char* name;
  const char* csv;
  size_t observations;
};

class SuggestLayout : public ::testing::TestWithParam<Layout> {};

TEST_P(SuggestLayout, DecidedItAccountsForEveryCell) {
  const SuggestRead suggested("a.csv", GetParam().csv);
  ASSERT_EQ(suggested.host.code, COLLATE_CODE_OK) << suggested.host.message;
  Recipe lint;
  const tabular::Status linted = LoadRecipe("s", suggested.recipe(), &lint);
  ASSERT_TRUE(linted.ok()) << linted.error().message << suggested.recipe();
  EXPECT_FALSE(CheckDecided(lint).ok());
  const std::string recipe = Decided(suggested.recipe());
  const RecipeRead read(recipe, "a.csv", GetParam().csv,
                        {{"period", "2023/24"}, {"reporter", "Kent"}},
                        /*preview=*/true);
  EXPECT_THAT(read.Faults(), IsEmpty()) << recipe;
  EXPECT_THAT(read.rows(), SizeIs(GetParam().observations)) << recipe;
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, SuggestLayout,
    ::testing::Values(
        Layout{"List", "Force,Offences\nKent,12\nSurrey,7\n", 2},
        Layout{"Years", "Force,2016,2017\nKent,1,2\nSurrey,4,5\n", 4},
        Layout{"YearsWithTotal",
               "Force,2016,2017,Total\nKent,10,20,30\nSurrey,40,5,45\n"
               "Essex,1,2,3\n",
               6},
        Layout{"Long",
               "Force,Year,Offences\nKent,2016,12\nKent,2017,15\n"
               "Surrey,2016,8\n",
               3},
        Layout{"Spanner",
               ",Female,,Male,\nForce,young,old,young,old\nKent,1,2,3,4\n"
               "Surrey,5,6,7,8\n",
               8},
        Layout{"Stub",
               "Force,Sex,Offences\nKent,Female,1\n,Male,2\nSurrey,Female,3\n"
               ",Male,4\n",
               4},
        Layout{"SideBySide",
               "Force,Female,,Force,Male\nKent,1,,Kent,2\nEssex,3,,Essex,4\n",
               4},
        Layout{"Stacked",
               "Force,Female\nKent,1\nEssex,3\n,\nForce,Male\nKent,5\n"
               "Essex,6\n",
               4},
        Layout{"Sections",
               ",,Houses,Cars,,,,Houses,Cars\nBeatles,,,,,Stones,,,\n"
               ",John,1,5,,,Keith,2,6\n,Paul,2,6,,,Mick,3,7\n",
               8},
        Layout{"Percentages",
               "Force,Female,%,Male\nKent,12,63%,7\nEssex,5,45%,6\n", 4},
        Layout{"Preamble",
               "Offences of some kind\n\nFilters:\nYear: 2021/22\n\n"
               "\"\",Female,Male\nKent,5,10\nEssex,15,20\n\nFootnotes:\n"
               "1,a note\n",
               4},
        Layout{"SubtotalsBefore",
               "Area,A,B,C\nAll,21,24,27\nNorth,5,7,9\nTyne,1,2,3\nTees,4,5,6\n"
               "South,16,17,18\nKent,7,8,9\nEssex,9,9,9\n",
               21},
        Layout{"RegionsAndForces",
               "Region,Police force,A,B,C\nAll,Total,21,24,27\n"
               "North,Total North,5,7,9\nNorth,Tyne,1,2,3\nNorth,Tees,4,5,6\n"
               "South,Total South,16,17,18\nSouth,Kent,7,8,9\n"
               "South,Essex,9,9,9\n",
               12},
        Layout{"NotesRightBelow",
               "Force,A,B\nKent,1,2\nEssex,3,4\nSource: the forces,,\n", 4}),
    [](const auto& info) { return info.param.name; });

TEST(Suggest, FlagsAreReadOnceTheyAreSaidWhatTheyMean) {
  const std::string csv =
      "Force,Female,,Male,\nKent,12,R,7,\nEssex,5,,6,R\nGwent,4,R,1,\n";
  std::string recipe = Decided(SuggestRead("a.csv", csv).recipe());
  for (const char* line :
       {"# flag_cells {", "#   side: SIDE_RIGHT", "#   marks {", "# }"}) {
    recipe = Replaced(recipe, line, std::string(line).substr(1));
  }
  const RecipeRead read(recipe, "a.csv", csv, {{"period", "2023/24"}});
  EXPECT_THAT(read.Faults(), IsEmpty()) << recipe;
  EXPECT_THAT(read.At("B2").notes, ElementsAre("the file's words"));
}

TEST(Suggest, WhatAPersonShouldLookAtHasAPlace) {
  const SuggestRead twins("t.csv",
                          "Force,A,B\nWest Midlands,40,50\nWest "
                          "Midlands,9,8\nWarwickshire,31,42\n");
  EXPECT_THAT(twins.Reasons(), Contains("REPEATED_LABELS"));
  EXPECT_THAT(twins.recipe(), HasSubstr("West Midlands\\\" stands twice"));

  const SuggestRead eaten("e.csv",
                          "Age,Offences\n0-10,1\n1115,7\n16-17,3\n18+,4\n");
  EXPECT_THAT(eaten.Reasons(), Contains("LABEL_NOT_TEXT"));
  EXPECT_THAT(eaten.recipe(), HasSubstr("1115 is stored as a number"));

  const SuggestRead blanks(
      "b.csv", "Force,A,B,C\nKent,1,,2\nEssex,,,\nGwent,3,,4\nDyfed,,,5\n");
  size_t kinds = 0;
  for (const auto& diagnostic : blanks.host.document.diagnostics) {
    kinds += diagnostic.reason == "BLANK_FIGURES";
  }
  EXPECT_EQ(kinds, 3u) << "a whole row, a whole column, one by itself";
  EXPECT_THAT(blanks.recipe(), HasSubstr("undecided: \"blank: what the 7"));
}

TEST(Suggest, NoTableIsSaidAndTheCellsAreDrawnAllTheSame) {
  const SuggestRead read("letter.csv", "Dear Sir\nWe hold nothing.\n");
  EXPECT_NE(read.host.code, COLLATE_CODE_OK);
  EXPECT_EQ(read.host.reason, "NO_TABLE_FOUND");
  EXPECT_THAT(read.Attachment("suggest-cells.csv"),
              HasSubstr("\"Dear Sir\",\"note\""));
  EXPECT_EQ(read.recipe(), "");
}

// Numbers are numbers, all else is text.
std::string RowsXml(const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<sheetData>";
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::string row = std::to_string(r + 1);
    out += "<row r=\"" + row + "\">";
    for (size_t c = 0; c < rows[r].size(); ++c) {
      const std::string& text = rows[r][c];
      const std::string ref = static_cast<char>('A' + c) + row;
      const bool number =
          text.find_first_not_of("0123456789") == std::string::npos;
      out += number ? "<c r=\"" + ref + "\"><v>" + text + "</v></c>"
                    : "<c r=\"" + ref + "\" t=\"inlineStr\"><is><t>" + text +
                          "</t></is></c>";
    }
    out += "</row>";
  }
  return out + "</sheetData>";
}

TEST(Suggest, ASheetIsAskedForByItsName) {
  const std::string book = tabular::MakeXlsx(
      {.sheets = {
           {"One", RowsXml({{"Force", "A"}, {"Kent", "1"}, {"Essex", "2"}})},
           {"Two", RowsXml({{"Force", "B"}, {"Kent", "3"}, {"Essex", "4"}})}}});
  const SuggestRead one("b.xlsx", book, {{"sheet", "Two"}});
  ASSERT_EQ(one.host.code, COLLATE_CODE_OK) << one.host.message;
  EXPECT_THAT(one.recipe(),
              AllOf(HasSubstr("sheet_regex: \"^Two$\""),
                    HasSubstr("# ignore_sheets { regex: \"^One$\"")));
  EXPECT_THAT(one.Attachment("suggest-cells.csv"), Not(HasSubstr("\"One\"")));
  EXPECT_EQ(SuggestRead("b.xlsx", book, {{"sheet", "Three"}}).host.reason,
            "UNKNOWN_SHEET");
}

TEST(Suggest, WhatIsHiddenIsCountedAndNotShown) {
  const std::string book = tabular::MakeXlsx(
      {.sheets = {
           {"One", "<cols><col min=\"2\" max=\"2\" hidden=\"1\"/></cols>" +
                       RowsXml({{"Force", "Mailbox", "A"},
                                {"Kent", "x@example.org", "1"},
                                {"Essex", "y@example.org", "2"}})}}});
  const SuggestRead read("b.xlsx", book);
  EXPECT_THAT(read.Reasons(), Contains("HIDDEN_CELLS"));
  EXPECT_THAT(read.recipe(), HasSubstr("undecided: \"hidden:"));
  EXPECT_THAT(read.recipe() + read.Attachment("suggest-cells.csv"),
              Not(HasSubstr("example.org")));
}

TEST(Suggest, TheOptionForASheetIsForSuggestionsOnly) {
  testing::MemoryDocument document(
      "a.csv", "a,b\n1,2\n", {{"recipe_text", "x"}, {"sheet", "One"}}, {});
  testing::RecordingHost host;
  host.Run(collate_adapter_v1(), document);
  EXPECT_EQ(host.reason, "OPTION_OF_SUGGESTIONS");
}

}  // namespace
}  // namespace collate::foi_spreadsheet
