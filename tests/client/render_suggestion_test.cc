#include "client/render_suggestion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace collate::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Attachment Part(const std::string& name, const std::string& content) {
  v1::Attachment part;
  part.set_document("t.csv");
  part.set_name(name);
  part.set_content(content);
  return part;
}

Suggestion Made() {
  Suggestion out;
  AddPart(Part("suggest-cells.csv", "sheet,row,column,text,role\n"), &out);
  AddPart(Part("suggest-cells.csv",
               "\"S\",\"1\",\"2\",\"Fem\x1b[2Jale\",\"header\"\n"
               "\"S\",\"2\",\"1\",\"Kent\",\"label\"\n"
               "\"S\",\"2\",\"2\",\"12\",\"figure\"\n"
               "\"S\",\"3\",\"2\",\"*\",\"mark\"\n"
               "\"S\",\"4\",\"2\",\"?\",\"other\"\n"
               "\"S\",\"0\",\"0\",\"1234\",\"beyond\"\n"
               "\"N\",\"1\",\"1\",\"text\",\"note\"\n"),
          &out);
  AddPart(Part("suggest-guess.csv",
               "sheet,table,what,where,text\n"
               "\"S\",\"1\",\"figures\",\"B2:B3\",\"2 rows\"\n"),
          &out);
  AddPart(Part("suggested.recipe.textproto",
               "tables {\n  undecided: \"a\"\n  # undecided: no\n"
               "  undecided: \"b\"\n}\n"),
          &out);
  return out;
}

TEST(RenderSuggestion, EachCellHasALetterAndEachTableItsGuess) {
  const std::string text = RenderSuggestion(Made(), /*colour=*/false);
  EXPECT_THAT(
      text, AllOf(HasSubstr("a guess, nothing is decided"), HasSubstr("l Kent"),
                  HasSubstr("f 12"), HasSubstr("m *"), HasSubstr("? ?"),
                  HasSubstr("and 1,234 more cells"),
                  HasSubstr("figures B2:B3: 2 rows")));
  EXPECT_THAT(text, HasSubstr("Sheet N\n"));
  EXPECT_THAT(text, HasSubstr("no table of figures was found"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "what a file holds is no colour";
}

TEST(RenderSuggestion, ColourIsAsked) {
  EXPECT_THAT(RenderSuggestion(Made(), /*colour=*/true),
              HasSubstr("\x1b[32mf 12\x1b[0m"));
}

TEST(RenderSuggestion, QuestionsAreCounted) {
  EXPECT_EQ(OpenQuestions(Made()), 2);
  EXPECT_EQ(OpenQuestions({}), 0);
}

}  // namespace
}  // namespace collate::client
