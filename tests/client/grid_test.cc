#include "client/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace collate::client {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;

Grid OneColumn(std::vector<Value> values) {
  Grid grid;
  grid.columns = {{"name", "Name"}};
  for (Value& value : values) grid.rows.push_back({std::move(value)});
  return grid;
}

TEST(RenderTable, AlignsWordsLeftAndNumbersRight) {
  Grid grid;
  grid.columns = {{"who", "who"}, {"n", "count"}, {"note", "note"}};
  grid.rows = {{std::string("Kent"), int64_t{1234567}, std::string("a")},
               {std::string("Avon"), int64_t{-5}, std::string("")}};
  EXPECT_THAT(RenderTable(grid), Eq("who       count  note\n"
                                    "----  ---------  ----\n"
                                    "Kent  1,234,567  a\n"
                                    "Avon         -5\n"));
}

TEST(RenderTable, CountsCodePointsNotBytes) {
  EXPECT_THAT(RenderTable({{{"a", "a"}, {"b", "b"}},
                           {{std::string("é"), std::string("x")},
                            {std::string("ab"), std::string("y")}}}),
              Eq("a   b\n--  -\né   x\nab  y\n"));
}

TEST(RenderTable, ControlCharactersNeverReachTheTerminal) {
  const std::string text =
      RenderTable(OneColumn({std::string("a\x1B[31m\nb\x7F")}));
  EXPECT_THAT(text, HasSubstr("a\\x1B[31m\\nb\\x7F"));
  EXPECT_THAT(text.find('\x1B'), Eq(std::string::npos));
}

TEST(RenderTable, WithoutRowsIsTheHeadingAlone) {
  EXPECT_THAT(RenderTable(OneColumn({})), Eq("Name\n----\n"));
}

TEST(RenderCsv, NumbersArePlainAndAbsentIsEmpty) {
  EXPECT_THAT(RenderCsv(OneColumn({int64_t{1234567}, int64_t{-45}, Value()})),
              Eq("name\n1234567\n-45\n\n"));
}

TEST(RenderCsv, QuotesWhatNeedsIt) {
  EXPECT_THAT(
      RenderCsv(OneColumn({std::string("London, City of"),
                           std::string("say \"no\""), std::string("a\nb")})),
      Eq("name\n\"London, City of\"\n\"say \"\"no\"\"\"\n\"a\nb\"\n"));
}

TEST(RenderCsv, TextThatReadsAsFormulaGetsAnApostrophe) {
  EXPECT_THAT(RenderCsv(OneColumn({std::string("=1+1"), std::string("+44"),
                                   std::string("-00 "), std::string("@x"),
                                   std::string("\tx"), std::string("\rx")})),
              Eq("name\n'=1+1\n'+44\n'-00 \n'@x\n'\tx\n\"'\rx\"\n"));
}

TEST(RenderCsv, NegativeNumberIsNoFormula) {
  EXPECT_THAT(RenderCsv(OneColumn({int64_t{-1}}), false), Eq("-1\n"));
}

}  // namespace
}  // namespace collate::client
