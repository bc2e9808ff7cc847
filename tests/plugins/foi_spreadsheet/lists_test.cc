// Lists of what others printed: rows of several kinds, and what is stated
// beside each figure. The figures are made up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/beside.h"
#include "plugins/foi_spreadsheet/near_names.h"
#include "tests/plugins/foi_spreadsheet/recipe_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ingest::Severity;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using testing::RecordingHost;
using ::testing::SizeIs;

// A table of the rows whose kind is its id.
std::string ListTable(const std::string& id, const std::string& more) {
  return "tables { id: \"" + id + R"("
    match {
      anchors { name: "kind" text: "kind" }
      anchors { name: "force" text: "force" }
      anchors { name: "value" text: "value" }
      anchors { name: "stated" text: "stated" }
      anchors { name: "printer" text: "printer" }
      anchors { name: "title" regex: "^Title" at_most: 1 }
    }
    boxes {
      anchor: "value" dy: 1
      right { count: 1 }
      down { until_blank: true anchor: "kind" }
      only_rows: "^)" +
         id + R"($"
    }
    dimensions {
      name: "reporter"
      directly { direction: DIRECTION_LEFT anchor: "force" }
    }
    dimensions {
      name: "period" constant { text: "2017/18" }
      period_forms: PERIOD_FORM_FINANCIAL_YEAR
    }
    measure { name: ")" +
         id + R"(" unit: "u" floor: FLOOR_ZERO }
    ignore { anchor: "kind" rows: 1 reason: "headings" }
)" + more +
         "}\n";
}

std::string List(const std::vector<std::string>& tables) {
  std::string out = "id: \"list\" version: 3 title: \"List\"\n";
  for (const std::string& table : tables) out += table;
  return out;
}

constexpr char kBeside[] = R"(
  stated_coverage {
    directly { direction: DIRECTION_LEFT anchor: "stated" }
  }
  printed_by { directly { direction: DIRECTION_LEFT anchor: "printer" } }
)";
constexpr char kHeader[] = "kind,force,value,stated,printer\n";

RecipeRead Read(const std::string& recipe, const std::string& rows) {
  return RecipeRead(recipe, "list.csv", kHeader + rows);
}

TEST(Lists, EachTableTakesItsOwnRows) {
  const std::string recipe =
      List({ListTable("offences", kBeside), ListTable("victims", kBeside)});
  const RecipeRead read = Read(recipe,
                               "offences,Kent,1,,a\n"
                               "victims,Kent,2,,a\n"
                               "offences,Surrey,3,,a\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.host.document.tables, SizeIs(2));
  ASSERT_THAT(read.rows(), SizeIs(3));
  EXPECT_EQ(read.host.document.tables[read.At("C2").table].id, "offences");
  EXPECT_EQ(read.host.document.tables[read.At("C3").table].id, "victims");
  EXPECT_EQ(read.host.document.tables[read.At("C4").table].id, "offences");
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_left_over"], 0u);
}

TEST(Lists, ATableWithoutRowsIsNotThere) {
  const std::string recipe =
      List({ListTable("offences", kBeside), ListTable("victims", kBeside)});
  const RecipeRead read = Read(recipe, "victims,Kent,2,,a\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.host.document.tables, SizeIs(1));
  EXPECT_EQ(read.host.document.tables[0].id, "victims");
}

TEST(Lists, ARowOfNoTableIsLeftOver) {
  const std::string recipe =
      List({ListTable("offences", kBeside), ListTable("victims", kBeside)});
  EXPECT_THAT(Read(recipe, "offences,Kent,1,,\nsuspects,Kent,2,,\n").Faults(),
              ::testing::Contains("PRINTED_BY_MISSING E2"));
  // Told once, by the table that is there.
  EXPECT_THAT(Read(recipe, "offences,Kent,1,,a\nsuspects,Kent,2,,a\n").Faults(),
              ElementsAre("CELL_LEFT_OVER A3", "CELL_LEFT_OVER B3",
                          "CELL_LEFT_OVER C3", "CELL_LEFT_OVER E3"));
  // And by each when none is.
  EXPECT_THAT(Read(recipe, "suspects,Kent,2,,a\n").Faults(), SizeIs(8));
}

TEST(Lists, WhoPrintedAFigureAndFromHowManyReportersIsKept) {
  const RecipeRead read = Read(List({ListTable("offences", kBeside)}),
                               "offences,UK,7,45,example.org 2024\n"
                               "offences,Wales,8,3 (all but one),example.net\n"
                               "offences,Kent,9,,example.com\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.At("C2").notes, ElementsAre("stated_coverage: 45",
                                               "printed_by: example.org 2024"));
  EXPECT_THAT(read.At("C3").notes,
              ElementsAre("stated_coverage: 3 (all but one)",
                          "printed_by: example.net"));
  EXPECT_THAT(read.At("C4").notes, ElementsAre("printed_by: example.com"));
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_left_over"], 0u);
}

TEST(Lists, AnUnclearStatementRefusesTheTable) {
  const std::string recipe = List({ListTable("offences", kBeside)});
  for (const std::string stated :
       {"about 40", "40?", "0", "forty", "-3", "1234567890"}) {
    const RecipeRead read =
        Read(recipe, "offences,UK,7," + stated + ",example.org\n");
    EXPECT_THAT(read.Faults(), ElementsAre("STATED_COVERAGE D2")) << stated;
  }
  EXPECT_THAT(Read(recipe, "offences,UK,7,45,\n").Faults(),
              ElementsAre("PRINTED_BY_MISSING E2"));
}

TEST(Lists, OnePrinterMayBeOfTheWholeTable) {
  const std::string title = "Title: FOI 1/24,,,,\n";
  const std::string claims =
      R"(notes { anchor: "title" rows: 1 columns: 1 reason: "title" }
         ignore { anchor: "stated" dy: 1 columns: 2 reason: "not used" })";
  const RecipeRead constant(
      List({ListTable(
          "offences",
          "printed_by { constant { text: \"example.org\" } }" + claims)}),
      "list.csv", title + kHeader + "offences,Kent,1,,\n");
  ASSERT_TRUE(constant.ok()) << constant.host.message;
  EXPECT_THAT(constant.At("C3").notes, ElementsAre("printed_by: example.org"));

  std::string recipe = List({ListTable("offences", R"(printed_by { anchor_text {
                   anchor: "title" regex: "^Title: (.+)$" } })" +
                                                       claims)});
  const std::string optional = " at_most: 1";
  recipe.erase(recipe.find(optional), optional.size());
  const RecipeRead part(recipe, "list.csv",
                        title + kHeader + "offences,Kent,1,,\n");
  ASSERT_TRUE(part.ok()) << part.host.message;
  EXPECT_THAT(part.At("C3").notes, ElementsAre("printed_by: FOI 1/24"));
  const RecipeRead moved(
      recipe, "list.csv",
      "Title,,,,\n" + (kHeader + ("offences,Kent,1,,\n" + std::string())));
  EXPECT_THAT(moved.Faults(), ElementsAre("HEADER_MOVED A1"));
}

TEST(Lists, APercentageMayBeHalfOfOneOff) {
  std::string table =
      ListTable("offences", std::string(kBeside) + "rounding { base: 1 }");
  table.replace(table.find("floor: FLOOR_ZERO"), 17,
                "floor: FLOOR_ZERO never_added: true");
  const RecipeRead read =
      Read(List({table}), "offences,Kent,48,,a\noffences,Surrey,0,,a\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  const auto& figure = read.At("C2");
  EXPECT_EQ(figure.state, vocabulary::State::kRounded);
  EXPECT_EQ(figure.lower->mantissa, 475);
  EXPECT_EQ(figure.upper->mantissa, 485);
  EXPECT_EQ(figure.lower->scale, 1);
  EXPECT_EQ(read.At("C3").lower->mantissa, 0) << "never below the floor";
  EXPECT_THAT(Read(List({table}), "offences,Kent,48.5,,a\n").Faults(),
              ElementsAre("NOT_ROUNDED C2"));
}

// ---- Which recipe ----------------------------------------------------------

TEST(NearNames, AreTheNearestFirst) {
  const std::vector<std::string> names = {"taser_2016", "statswales_sen",
                                          "published_figures"};
  EXPECT_THAT(NearNames("tazer_2016", names), ElementsAre("taser_2016"));
  EXPECT_THAT(NearNames("published", names), ElementsAre("published_figures"));
  EXPECT_THAT(NearNames("unlike_anything_else", names), IsEmpty());
  EXPECT_THAT(NearNames("", names), IsEmpty());
  EXPECT_THAT(NearNames(std::string(5000, 'a'), names), IsEmpty());
}

// What a document is refused for where these recipes are installed; empty when
// it is read.
std::string RefusalOf(const std::string& bytes, const std::string& name,
                      const std::vector<std::string>& recipes) {
  MemoryDocument document("list.csv", bytes,
                          name.empty() ? Pairs() : Pairs{{"recipe", name}});
  std::deque<MemoryDocument> installed;
  for (const std::string& recipe : recipes) {
    const size_t end = recipe.find('"', 5);
    document.AddResource(installed.emplace_back(
        recipe.substr(5, end - 5) + ".recipe.textproto", recipe));
  }
  RecordingHost host;
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
  for (const auto& diagnostic : host.document.diagnostics) {
    if (diagnostic.severity == Severity::kError) {
      return diagnostic.reason + ": " + diagnostic.message + ", expected " +
             diagnostic.expected;
    }
  }
  return "";
}

TEST(Recipes, AreNamedWithOrWithoutTheirVersion) {
  const std::string bytes = std::string(kHeader) + "offences,Kent,1,,a\n";
  const std::vector<std::string> installed = {
      List({ListTable("offences", kBeside)})};
  EXPECT_EQ(RefusalOf(bytes, "list", installed), "");
  EXPECT_EQ(RefusalOf(bytes, "list/3", installed), "");
  EXPECT_THAT(RefusalOf(bytes, "list/2", installed),
              AllOf(HasSubstr("RECIPE_VERSION"), HasSubstr("expected list/3")));
  EXPECT_THAT(
      RefusalOf(bytes, "lists", installed),
      AllOf(HasSubstr("UNKNOWN_RECIPE"), HasSubstr("did you mean list?")));
  EXPECT_THAT(RefusalOf(bytes, "something_else", installed),
              AllOf(HasSubstr("UNKNOWN_RECIPE"), HasSubstr("expected list")));
}

// A grid whose recipe may pin its headers and prove a total.
std::string Grid(const std::string& id, bool pins, bool proves) {
  return "id: \"" + id + R"(" version: 1 title: "Grid" tables { id: "t"
    match { anchors { name: "a" text: "Force" } }
    boxes {
      anchor: "a" dy: 1 dx: 1
      right { until_blank: true } down { until_blank: true }
    }
    dimensions { name: "reporter" directly { direction: DIRECTION_LEFT } }
    dimensions {
      name: "period" constant { text: "2017/18" }
      period_forms: PERIOD_FORM_FINANCIAL_YEAR
    }
    dimensions {
      name: "sex" directly { direction: DIRECTION_UP }
      levels { regex: "^Total$" level: LEVEL_TOTAL })" +
         (pins ? R"(expect: "Female" expect: "Male" expect: "Total")" : "") +
         R"(}
    measure { name: "m" unit: "u" floor: FLOOR_ZERO }
    markers { text: "*" state: STATE_SUPPRESSED reason: "withheld" })" +
         (proves ? R"(checks { name: "c" dimension: "sex" total: "^Total$" })"
                 : "") +
         R"(ignore { anchor: "a" rows: 1 columns: 1 reason: "heading" } })";
}

TEST(Recipes, AreFoundOnlyWhenExactlyOneProvesItself) {
  const std::string bytes = "Force,Female,Male,Total\nKent,1,2,3\n";
  const std::string good = Grid("good", true, true);
  const std::string other = List({ListTable("offences", kBeside)});
  EXPECT_EQ(RefusalOf(bytes, "", {good, other}), "");
  EXPECT_THAT(
      RefusalOf(bytes, "", {Grid("loose", false, true), other}),
      AllOf(HasSubstr("NO_RECIPE_FITS"), HasSubstr("loose: it pins no headers"),
            HasSubstr("list: ANCHOR_COUNT")));
  EXPECT_THAT(RefusalOf(bytes, "", {Grid("unproved", true, false)}),
              AllOf(HasSubstr("NO_RECIPE_FITS"),
                    HasSubstr("unproved: it proves no total")));
  // Every assertion counts, the total's too; a mark leaves it unproved.
  EXPECT_THAT(RefusalOf("Force,Female,Male,Total\nKent,1,2,4\n", "", {good}),
              HasSubstr("good: TOTAL_MISMATCH"));
  EXPECT_THAT(RefusalOf("Force,Male,Female,Total\nKent,1,2,3\n", "", {good}),
              HasSubstr("good: HEADER_MOVED"));
  EXPECT_THAT(RefusalOf("Force,Female,Male,Total\nKent,1,*,3\n", "", {good}),
              HasSubstr("good: it proves no total"));
  EXPECT_THAT(RefusalOf(bytes + "\n,stray\n", "", {good}),
              HasSubstr("good: CELL_LEFT_OVER"));
  EXPECT_THAT(RefusalOf(bytes, "", {good, Grid("twin", true, true)}),
              AllOf(HasSubstr("SEVERAL_RECIPES_FIT"),
                    HasSubstr("good: everything holds"),
                    HasSubstr("twin: everything holds")));
  EXPECT_THAT(RefusalOf(bytes, "", {}), HasSubstr("none is installed"));
}

}  // namespace
}  // namespace collate::foi_spreadsheet
