// A status that explains blanks, a sheet for each kind, names that stay
// unseen, and rows that are only checked. All figures are invented.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/foi_spreadsheet/recipe.h"
#include "tests/plugins/foi_spreadsheet/recipe_testing.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using vocabulary::State;

std::string Recipe(const std::string& table) {
  return "id: \"made_up\" version: 1 title: \"Made up\" tables { id: \"t\" " +
         table + " measure { name: \"m\" unit: \"u\" floor: FLOOR_ZERO } }";
}
constexpr char kPeriod[] = R"(dimensions {
  name: "period" constant { text: "2017/18" }
  period_forms: PERIOD_FORM_FINANCIAL_YEAR
})";

// Why a recipe is none.
std::string Problem(const std::string& recipe) {
  foi_spreadsheet::Recipe out;
  const tabular::Status status = LoadRecipe("r", recipe, &out);
  return status.ok() ? "" : status.error().message;
}

// ---- Statuses --------------------------------------------------------------

std::string WithStatus(const std::string& more) {
  return Recipe(std::string(R"(
    match {
      anchors { name: "force" text: "Force" }
      anchors { name: "status" text: "Answer" }
      anchors { name: "figures" text: "Offences" }
    }
    boxes {
      anchor: "figures" dy: 1
      right { count: 1 } down { until_blank: true anchor: "force" }
    }
    dimensions {
      name: "reporter" directly { direction: DIRECTION_LEFT anchor: "force" }
    }
    dimensions {
      name: "status" internal: true
      directly { direction: DIRECTION_LEFT anchor: "status" }
      form: "^(full|refused|late|nothing said)$"
      blank: "nothing said"
    }
    blank_where {
      dimension: "status" regex: "^refused$"
      blank { state: STATE_REFUSED reason: "refused" }
    }
    blank_where {
      dimension: "status" regex: "^late$"
      blank { state: STATE_NO_RESPONSE reason: "late" }
    }
    markers { text: "*" state: STATE_SUPPRESSED reason: "few" }
    ignore { anchor: "force" rows: 1 reason: "headings" }
  )") + kPeriod +
                more);
}

TEST(Statuses, ABlankMeansWhatItsRowSays) {
  const RecipeRead read(WithStatus(""), "t.csv",
                        "Force,Answer,Offences\nKent,full,7\nSurrey,refused,\n"
                        "Essex,late,\nDorset,,\nSussex,refused,*\n"
                        "Wilts,full,\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(6));
  EXPECT_EQ(read.At("C2").value->mantissa, 7);
  EXPECT_EQ(read.At("C3").state, State::kRefused);
  EXPECT_EQ(read.At("C3").reason, "refused");
  EXPECT_EQ(read.At("C4").state, State::kNoResponse);
  EXPECT_EQ(read.At("C5").state, State::kNotShown);
  // A mark says more than the status beside it.
  EXPECT_EQ(read.At("C6").state, State::kSuppressed);
  EXPECT_EQ(read.At("C7").state, State::kNotShown);
  // The status is cited, and is no axis of the figure.
  EXPECT_THAT(read.At("C3").headers, SizeIs(2));
  EXPECT_THAT(read.At("C3").dimensions, IsEmpty());
}

TEST(Statuses, WhereTheStatusFitsTheBlankRuleOfTheTableIsNotUsed) {
  const RecipeRead read(
      WithStatus("blank { state: STATE_REPORTED value: 0 reason: \"none\" }"),
      "t.csv", "Force,Answer,Offences\nKent,full,\nSurrey,refused,\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("C2").value->mantissa, 0);
  EXPECT_EQ(read.At("C3").state, State::kRefused);
  EXPECT_FALSE(read.At("C3").value.has_value());
}

TEST(Statuses, AFigureBesideARefusalIsAnError) {
  const RecipeRead read(WithStatus(""), "t.csv",
                        "Force,Answer,Offences\nKent,refused,7\n");
  EXPECT_THAT(read.Faults(), ElementsAre("FIGURE_DESPITE_STATUS C2"));
}

TEST(Statuses, AnUnknownStatusIsAnError) {
  const RecipeRead read(WithStatus(""), "t.csv",
                        "Force,Answer,Offences\nKent,perhaps,\n");
  EXPECT_THAT(read.Faults(), ElementsAre("UNKNOWN_LABEL_FORM B2"));
}

TEST(Statuses, TheRulesAreLinted) {
  EXPECT_THAT(Problem(WithStatus(R"(blank_where {
                dimension: "nobody" regex: "x"
                blank { state: STATE_REFUSED reason: "x" } })")),
              HasSubstr("dimension: is no dimension"));
  EXPECT_THAT(Problem(WithStatus(R"(blank_where { dimension: "status" })")),
              HasSubstr("blank_where[2].regex: is required"));
  EXPECT_THAT(Problem(WithStatus(R"(dimensions {
                name: "x" constant { text: "y" } blank: "z" })")),
              HasSubstr("blank: only with `directly`"));
}

// ---- A sheet for each kind -------------------------------------------------

std::string Text(const std::string& cell, const std::string& text) {
  return "<c r=\"" + cell + "\" t=\"inlineStr\"><is><t>" + text +
         "</t></is></c>";
}
std::string ForceSheet(const std::string& figure) {
  return "<sheetData><row r=\"1\">" + Text("A1", "Question") +
         Text("B1", "Number") + "</row><row r=\"2\">" + Text("A2", "Q1") +
         "<c r=\"B2\"><v>" + figure + "</v></c></row></sheetData>";
}
std::string Forces() {
  return tabular::MakeXlsx({.sheets = {{"Kent 2017-18", ForceSheet("7")},
                                       {"Notes", "<sheetData/>"},
                                       {"Surrey 2017-18", ForceSheet("9")}}});
}
std::string SheetRecipe(const std::string& match,
                        const std::string& name = "^(.+) [0-9-]+$") {
  return Recipe("match { " + match +
                R"( anchors { name: "first" text: "Number" } }
    boxes {
      anchor: "first" dy: 1
      right { until_blank: true } down { until_blank: true offset: -1 }
    }
    dimensions { name: "reporter" sheet_name { regex: ")" +
                name + R"(" } }
    dimensions {
      name: "period" sheet_name { regex: " ([0-9-]+)$" }
      period_forms: PERIOD_FORM_FINANCIAL_YEAR
    }
    dimensions {
      name: "question" directly { direction: DIRECTION_LEFT offset: -1 }
      expect: "Q1"
    }
    ignore { regex: "^(Question|Number)$" reason: "headings" }
  )");
}
TEST(Sheets, OneTableReadsEachAndItsNameSaysTheRest) {
  const RecipeRead read(
      SheetRecipe("sheet_regex: \" 2017-18$\" each_sheet: true"), "t.xlsx",
      Forces());
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(2));
  EXPECT_EQ(read.rows()[0].reporter, "Kent");
  EXPECT_EQ(read.rows()[0].period_text, "2017-18");
  EXPECT_EQ(read.rows()[1].reporter, "Surrey");
  EXPECT_EQ(read.rows()[1].value->mantissa, 9);
  EXPECT_EQ(read.host.document.tables[0].id, "t_1");
  EXPECT_EQ(read.host.document.tables[1].id, "t_2");
}

TEST(Sheets, WithoutLeaveOneTableHasOneSheet) {
  const RecipeRead read(SheetRecipe("sheet_regex: \" 2017-18$\""), "t.xlsx",
                        Forces());
  EXPECT_THAT(read.Reasons(ingest::Severity::kError),
              ::testing::Contains("SHEET_NOT_FOUND"));
}

TEST(Sheets, ANameWithoutTheLabelIsAnError) {
  const RecipeRead read(
      SheetRecipe("sheet_regex: \" 2017-18$\" each_sheet: true",
                  "^Force (.+)$"),
      "t.xlsx", Forces());
  EXPECT_THAT(read.Faults(), ElementsAre(HasSubstr("HEADER_MOVED"),
                                         HasSubstr("HEADER_MOVED")));
}

TEST(Sheets, EachSheetNeedsARegex) {
  EXPECT_THAT(Problem(SheetRecipe("each_sheet: true")),
              HasSubstr("each_sheet: needs sheet_regex"));
}

// ---- Names of people -------------------------------------------------------

constexpr char kPeople[] = R"(
  match {
    anchors { name: "force" text: "Force" }
    anchors { name: "mailbox" text: "Mailbox" }
    anchors { name: "figures" text: "Offences" }
  }
  boxes {
    anchor: "figures" dy: 1
    right { count: 1 } down { until_blank: true anchor: "force" }
  }
  dimensions {
    name: "reporter" directly { direction: DIRECTION_LEFT anchor: "force" }
  }
)";

TEST(Personal, ATextThatNamesSomebodyIsShownNowhere) {
  const RecipeRead read(Recipe(std::string(kPeople) + kPeriod + R"(
        ignore {
          anchor: "mailbox" dy: 1 columns: 1 personal: true reason: "mailboxes"
        }
        ignore { anchor: "force" rows: 1 reason: "headings" })"),
                        "t.csv",
                        "Force,Mailbox,Offences\nKent,jo@example.org,7\n", {},
                        /*preview=*/true);
  ASSERT_TRUE(read.ok()) << read.host.message;
  const std::string cells = read.Attachment("recipe-cells.csv");
  EXPECT_THAT(cells, HasSubstr("\"2\",\"2\",\"(not shown)\",\"ignored\""));
  EXPECT_THAT(cells, Not(HasSubstr("example.org")));
}

TEST(Personal, ANoteCannotBe) {
  EXPECT_THAT(Problem(Recipe(std::string(kPeople) + kPeriod + R"(
                notes { anchor: "mailbox" personal: true reason: "x" })")),
              HasSubstr("personal: a note is told"));
}

// ---- Rows that are only checked --------------------------------------------

std::string Years(const std::string& totals) {
  return Recipe(R"(
    match { anchors { name: "year" text: "Year" } }
    boxes {
      anchor: "year" dy: 1 dx: 1
      right { count: 1 } down { until_blank: true })" +
                totals + R"( }
    dimensions { name: "reporter" constant { text: "Kent" } }
    dimensions {
      name: "period" directly { direction: DIRECTION_LEFT }
      period_forms: PERIOD_FORM_FINANCIAL_YEAR
    }
    checks { name: "years" dimension: "period" total: "^Total$" }
    ignore { anchor: "year" rows: 1 reason: "headings" })");
}

TEST(Totals, ARowOfTotalsAmongPeriodsIsOnlyChecked) {
  const std::string grid = "Year,Offences\n2016/17,3\n2017/18,4\nTotal,7\n";
  const RecipeRead read(Years("total_rows: \"^Total$\""), "t.csv", grid);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), SizeIs(2));
  const RecipeRead wrong(Years("total_rows: \"^Total$\""), "t.csv",
                         "Year,Offences\n2016/17,3\n2017/18,4\nTotal,8\n");
  EXPECT_THAT(wrong.Faults(), ElementsAre("TOTAL_MISMATCH B4"));
  // Where it would be published, a total is no period.
  EXPECT_THAT(RecipeRead(Years(""), "t.csv", grid).Faults(),
              ElementsAre("UNKNOWN_PERIOD A4"));
}

}  // namespace
}  // namespace collate::foi_spreadsheet
