// Recipes that are wrong before they meet a file.

#include "plugins/foi_spreadsheet/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "plugins/foi_spreadsheet/recipe.h"
#include "tests/testing/paths.h"

namespace collate::foi_spreadsheet {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] = R"(id: "good"
version: 1
title: "Good"
tables {
  id: "t"
  match { anchors { name: "a" text: "Force" } }
  boxes {
    anchor: "a" dy: 1 dx: 1
    right { until_blank: true }
    down { until_blank: true }
  }
  dimensions { name: "reporter" directly { direction: DIRECTION_LEFT } }
  dimensions { name: "period" manifest {} }
  dimensions { name: "sex" directly { direction: DIRECTION_UP } }
  measure { name: "m" unit: "u" floor: FLOOR_ZERO }
}
)";

std::string Replaced(std::string text, const std::string& from,
                     const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string Problem(const std::string& text) {
  Recipe recipe;
  const tabular::Status status = LoadRecipe("r.textproto", text, &recipe);
  return status.ok() ? ""
                     : status.error().reason + " " + status.error().message;
}

TEST(Lint, AGoodRecipeHasNoProblem) { EXPECT_EQ(Problem(kGood), ""); }

TEST(Lint, ProblemsAreNamedWithTheirPlace) {
  const std::vector<std::pair<std::pair<std::string, std::string>, std::string>>
      cases = {
          {{"id: \"good\"", "id: \"Not Good\""}, "r.textproto:1:1: id: a name"},
          {{"version: 1", "version: 0"}, "version: is 1 to"},
          {{"anchor: \"a\" dy", "anchor: \"b\" dy"},
           "r.textproto:8:5: tables[0].boxes[0].anchor: there is no anchor "
           "'b'"},
          {{"right { until_blank: true }", "right { }"},
           "tables[0].boxes[0].right.count: count, until_blank"},
          {{"right { until_blank: true }", "right { before_regex: \"(\" }"},
           "not a regex"},
          {{"right { until_blank: true }",
            "right { before_regex: \"(a)\\\\1\" }"},
           "not a regex"},
          {{"right { until_blank: true }",
            "right { before_regex: \"((a{99}){99}){99}\" }"},
           "counts at most twice"},
          {{"name: \"period\" manifest {}", "name: \"when\" manifest {}"},
           "one is named 'period'"},
          {{"name: \"period\" manifest {}",
            "name: \"period\" constant { text: \"2017/18\" }"},
           "say how the period is written"},
          {{"floor: FLOOR_ZERO", ""}, "measure.floor: is required"},
          {{"text: \"Force\"", "text: \"Force\" exactly: 2"},
           "the anchor finds several cells"},
          {{"text: \"Force\"", "text: \"Force\" at_most: 1"},
           "anchor 'a' may be absent"},
          {{"name: \"sex\" directly { direction: DIRECTION_UP }",
            "name: \"sex\" within { direction: DIRECTION_UP by: SPAN_BY_MERGE "
            "}"},
           "pin the labels of a `within`"},
          {{"name: \"sex\" directly { direction: DIRECTION_UP }",
            "name: \"sex\" directly { direction: DIRECTION_UP } map { text: "
            "\"F\" to: \"x\" occurrence: 1 }"},
           "only where `expect` proves it"},
          {{"name: \"sex\" directly { direction: DIRECTION_UP }",
            "name: \"sex\" directly { direction: DIRECTION_UP } map { text: "
            "\"F\" to: \"x\" } map { text: \"F\" to: \"y\" }"},
           "never reached"},
          {{"floor: FLOOR_ZERO }",
            "floor: FLOOR_ZERO } checks { name: \"c\" dimension: \"period\" "
            "total: \"x\" }"},
           "this check is never reached"},
          {{"floor: FLOOR_ZERO }",
            "floor: FLOOR_ZERO } markers { text: \"*\" state: "
            "STATE_SUPPRESSED lower: 4 upper: 1 reason: \"r\" }"},
           "is above `upper`"},
          {{"floor: FLOOR_ZERO }",
            "floor: FLOOR_ZERO } blank { state: STATE_NOT_SHOWN value: 0 "
            "reason: \"r\" }"},
           "with STATE_REPORTED"},
          {{"floor: FLOOR_ZERO }", "floor: FLOOR_ZERO } rounding { base: 1 }"},
           "2 to 1,000,000, or 1 with never_added"},
          {{"floor: FLOOR_ZERO }", "floor: FLOOR_ZERO } printed_by { }"},
           "tables[0].printed_by.directly: directly, constant or anchor_text"},
          {{"floor: FLOOR_ZERO }",
            "floor: FLOOR_ZERO } printed_by { directly { direction: "
            "DIRECTION_LEFT anchor: \"b\" } }"},
           "there is no anchor 'b'"},
          {{"floor: FLOOR_ZERO }",
            "floor: FLOOR_ZERO } stated_coverage { constant { text: \"about "
            "40\" } }"},
           "a count of at least 1, then perhaps words"},
          {{"dy: 1 dx: 1", "dy: 1 dx: 1 only_rows: \"(\""}, "not a regex"},
          {{"floor: FLOOR_ZERO }",
            "floor: FLOOR_ZERO } ignore { reason: \"r\" }"},
           "an anchor, a regex or both"},
          {{"tables {", "defaults { markers { text: \"*\" } }\ntables {"},
           "r.textproto:4:12: defaults.markers[0].state: is required"},
          {{"tables {",
            "defaults { dimensions { name: \"period\" within { direction: "
            "DIRECTION_UP by: SPAN_BY_MERGE anchor: \"a\" } } }\ntables {"},
           "defaults.dimensions[0].within.anchor: there is no anchor 'a'"},
          {{"tables {",
            "defaults { anchors { name: \"b\" text: \"B\" } anchors { name: "
            "\"b\" text: \"C\" } }\ntables {"},
           "defaults.anchors[1].name: 'b' stands twice"},
          {{"tables {", "defaults { labels { notes: \"(\" } }\ntables {"},
           "defaults.labels.notes[0]: not a regex"},
          {{"floor: FLOOR_ZERO }", "floor: FLOOR_ZERO } no_figures: \"words\""},
           "tables[0].no_figures: a table without figures has no boxes"},
      };
  for (const auto& [change, expected] : cases) {
    const std::string found =
        Problem(Replaced(kGood, change.first, change.second));
    EXPECT_THAT(found, HasSubstr("RECIPE_INVALID")) << change.second;
    EXPECT_THAT(found, HasSubstr(expected)) << change.second;
  }
}

TEST(Lint, ATableWithoutFiguresClaimsCells) {
  const std::string head =
      "id: \"words\" version: 1 title: \"Words\"\n"
      "tables { id: \"t\" match { anchors { name: \"a\" text: \"A\" } }\n"
      "no_figures: \"words\" ";
  EXPECT_EQ(Problem(head + "notes { anchor: \"a\" reason: \"words\" } }"), "");
  EXPECT_THAT(Problem(head + "}"),
              HasSubstr("r.textproto:3:1: tables[0].no_figures: notes or "
                        "ignored cells are required"));
}

TEST(Lint, SharedPartsAreNotMultipliedWithoutEnd) {
  std::string many = "id: \"x\" version: 1 title: \"X\"\ndefaults {";
  for (int i = 0; i < 2000; ++i) {
    many += "ignore { regex: \"a\" reason: \"" + std::string(30, 'r') + "\" }";
  }
  many += "}\n";
  for (int i = 0; i < 10000; ++i) many += "tables {}";
  EXPECT_THAT(Problem(many), HasSubstr("tables: are 1 to 100"));
}

TEST(Lint, WhatIsNoRecipeIsNamedByLineAndColumn) {
  EXPECT_THAT(Problem("id: \"x\"\nnonsense: 1\n"), HasSubstr("RECIPE_SYNTAX"));
  EXPECT_THAT(Problem("id: \"x\"\nnonsense: 1\n"), HasSubstr("r.textproto:2:"));
  EXPECT_THAT(Problem(std::string(300 << 10, '#')), HasSubstr("bytes"));
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "tables {";
  EXPECT_THAT(Problem(deep), HasSubstr("RECIPE_SYNTAX"));
}

// Generated code may be in a process once only.
TEST(Lint, OnlyThisAdapterHasTheRecipesCode) {
  for (const char* folder : {"client", "plugins", "service"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             testing::SourcePath(folder))) {
      const std::string path = entry.path().string();
      if (!entry.is_regular_file() ||
          path.find("/foi_spreadsheet/") != std::string::npos) {
        continue;
      }
      const std::string text = testing::ReadFile(path);
      EXPECT_EQ(text.find("recipe.pb.h"), std::string::npos) << path;
      EXPECT_EQ(text.find("collate_recipe_protos"), std::string::npos) << path;
    }
  }
}

// Every field of a recipe, and every value of its enums but those that are
// refused, stands in the guide.
TEST(Guide, EachConstructIsInIt) {
  const std::string guide = testing::ReadFile(
      testing::SourcePath("plugins/foi_spreadsheet/README.md"));
  const auto* file = pb::Recipe::descriptor()->file();
  const auto expect = [&](const std::string& word) {
    const std::regex whole("\\b" + word + "\\b");
    EXPECT_TRUE(std::regex_search(guide, whole)) << word;
  };
  for (int m = 0; m < file->message_type_count(); ++m) {
    const auto* message = file->message_type(m);
    for (int f = 0; f < message->field_count(); ++f) {
      expect(std::string(message->field(f)->name()));
    }
  }
  for (const char* name : {"Level", "SpanBy", "Hidden", "Treat", "Direction"}) {
    const auto* values = file->FindEnumTypeByName(name);
    ASSERT_NE(values, nullptr) << name;
    for (int v = 1; v < values->value_count(); ++v) {
      const std::string word(values->value(v)->name());
      // Two directions are short for two words in the pictures.
      expect(word.starts_with("DIRECTION_") ? word.substr(10) : word);
    }
  }
}

}  // namespace
}  // namespace collate::foi_spreadsheet
