#include "client/render_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

RecipeTrial Trial() {
  return {.document = "t.csv",
          .cells =
              "sheet,row,column,text,role,rule\n"
              "\"S\",\"1\",\"2\",\"Female\",\"header\",\"t: sex\"\n"
              "\"S\",\"2\",\"1\",\"Kent\",\"header\",\"t: reporter\"\n"
              "\"S\",\"2\",\"2\",\"12\",\"observation\",\"t: figure\"\n"
              "\"S\",\"9\",\"27\",\"a \"\"stray\"\", \x1b[2J\",\"leftover\","
              "\"\"\n"
              "\"N\",\"1\",\"1\",\"x\",\"ignored\",\"no figures\"\n",
          .checks =
              "table,check,sheet,row,column,expected,found,outcome\n"
              "\"t\",\"sum\",\"S\",\"2\",\"4\",\"3\",\"3\",\"HOLDS\"\n"
              "\"t\",\"sum\",\"S\",\"3\",\"4\",\"3\",\"4\",\"FAILS\"\n",
          .observations = "table,value\n\"t\",\"12\"\n"};
}

TEST(RenderRecipe, EachCellHasALetter) {
  const std::string text = RenderTrial(Trial(), /*colour=*/false);
  EXPECT_THAT(text, AllOf(HasSubstr("h Female"), HasSubstr("o 12"),
                          HasSubstr("! a \"stray\", "), HasSubstr("AA"),
                          HasSubstr("1 leftover")));
  EXPECT_THAT(text, HasSubstr("Sheet N: 1 ignored (no figures)"));
  EXPECT_THAT(text, HasSubstr("Checks: 1 of 2 hold"));
  EXPECT_THAT(text, HasSubstr("fails  t, sum at S D3: parts come to 3, "
                              "printed is 4"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "what a file holds is no colour";
  EXPECT_EQ(LeftOver(Trial()), 1);
}

TEST(RenderRecipe, ColourIsAsked) {
  EXPECT_THAT(RenderTrial(Trial(), /*colour=*/true),
              HasSubstr("\x1b[32mo 12\x1b[0m"));
}

TEST(RenderRecipe, ObservationsAreCsv) {
  EXPECT_EQ(RenderTrialCsv(Trial(), true), "table,value\nt,12\n");
  EXPECT_EQ(RenderTrialCsv(Trial(), false), "t,12\n");
  EXPECT_THAT(RenderTrial({.document = "t.csv"}, false),
              HasSubstr("No observation came out"));
}

}  // namespace
}  // namespace collate::client
