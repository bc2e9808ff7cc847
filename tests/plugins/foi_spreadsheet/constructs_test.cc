// Each construct of a recipe over a small grid, and what it refuses. All
// figures are invented.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/plugins/foi_spreadsheet/recipe_testing.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ingest::RawObservation;
using ingest::Severity;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kAnchor[] = R"(match { anchors { name: "a" text: "Force" } })";
constexpr char kBox[] = R"(boxes {
  anchor: "a" dy: 1 dx: 1
  right { until_blank: true } down { until_blank: true }
})";
constexpr char kReporter[] =
    R"(dimensions { name: "reporter" directly { direction: DIRECTION_LEFT } })";
constexpr char kPeriod[] = R"(dimensions {
  name: "period" constant { text: "2017/18" }
  period_forms: PERIOD_FORM_FINANCIAL_YEAR
})";
constexpr char kSex[] =
    R"(dimensions { name: "sex" directly { direction: DIRECTION_UP } })";
constexpr char kMeasure[] =
    R"(measure { name: "m" unit: "u" floor: FLOOR_ZERO })";
constexpr char kCorner[] =
    R"(ignore { anchor: "a" rows: 1 columns: 1 reason: "heading" })";

std::string Table(const std::vector<std::string>& parts,
                  const std::string& id = "t") {
  std::string out = "tables { id: \"" + id + "\" ";
  for (const std::string& part : parts) out += part + "\n";
  return out + "}\n";
}
std::string Recipe(const std::string& tables) {
  return "id: \"made_up\" version: 1 title: \"Made up\"\n" + tables;
}
// The plain table, with more in it.
std::string Plain(const std::string& more = "", const std::string& sex = kSex) {
  return Recipe(
      Table({kAnchor, kBox, kReporter, kPeriod, sex, kMeasure, kCorner, more}));
}
RecipeRead ReadCsvBy(const std::string& recipe, const std::string& csv) {
  return RecipeRead(recipe, "t.csv", csv);
}

constexpr char kGrid[] = "Force,Female,Male\nKent,1,2\nSurrey,30,4\n";

// ---- Figures and labels ----------------------------------------------------

TEST(Constructs, AGridHasItsLabelsAndPlaces) {
  const RecipeRead read = ReadCsvBy(Plain(), kGrid);
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(4));
  const RawObservation& row = read.At("B3");
  EXPECT_EQ(row.reporter, "Surrey");
  EXPECT_EQ(Label(row, "sex"), "Female");
  EXPECT_EQ(row.period_text, "2017/18");
  EXPECT_EQ(row.value->mantissa, 30);
  EXPECT_EQ(row.state, State::kReported);
  EXPECT_EQ(row.locator.line, 3u);
  ASSERT_THAT(row.headers, SizeIs(2));
  EXPECT_EQ(row.headers[0].column, 1u);
  EXPECT_EQ(row.headers[1].row, 1u);
  EXPECT_EQ(read.host.document.tables[0].recipe, "made_up/1");
}

// What the recipe says once, and what a table says itself.
TEST(Constructs, ATablesOwnPartsGoBeforeTheSharedOnes) {
  const std::string shared = std::string(R"(defaults {
    anchors { name: "a" text: "Nothing" }
    anchors { name: "key" regex: "^\\* " }
    dimensions { name: "reporter" constant { text: "Nobody" } }
    )") + kPeriod + R"(
    markers { text: "*" state: STATE_SUPPRESSED reason: "few" }
    markers { text: "-" state: STATE_NOT_HELD reason: "none" }
    labels { notes: "\\^$" }
    notes { anchor: "key" rows: 1 columns: 1 reason: "key" }
    ignore { regex: "^Force$" reason: "heading" }
  })";
  const std::string table =
      Table({kAnchor, kBox, kReporter, kSex, kMeasure,
             "markers { text: \"-\" state: STATE_REFUSED reason: \"own\" }"});
  const std::string csv =
      "Force,Female^,Male\nKent,*,-\nSurrey,3,4\n,,\n* few,,\n";
  const RecipeRead read = ReadCsvBy(Recipe(shared + table), csv);
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(4));
  EXPECT_EQ(read.At("B2").state, State::kSuppressed);
  EXPECT_EQ(read.At("C2").state, State::kRefused);
  EXPECT_EQ(read.At("B3").reporter, "Surrey");
  EXPECT_EQ(read.At("B3").period_text, "2017/18");
  EXPECT_EQ(Label(read.At("B3"), "sex"), "Female");
  // Its own labels take the place of all that is shared of them.
  const RecipeRead own =
      ReadCsvBy(Recipe(shared + Table({kAnchor, kBox, kReporter, kSex, kMeasure,
                                       "labels { superscript_notes: true }"})),
                csv);
  ASSERT_TRUE(own.ok()) << own.host.message;
  EXPECT_EQ(Label(own.At("B3"), "sex"), "Female^");
  EXPECT_EQ(own.At("C2").state, State::kNotHeld);
}

// A document of words is read only where the recipe says that it is one.
TEST(Constructs, ATableWithoutFiguresAccountsForEveryCell) {
  const std::string words = R"(tables {
    id: "words"
    match { anchors { name: "a" text: "Days" } }
    no_figures: "a list of days"
    notes { anchor: "a" rows: 1 columns: 1 reason: "heading" }
    ignore { anchor: "a" dy: 1 columns: 1 regex: "^20[0-9-]+$" reason: "a day" }
  })";
  const RecipeRead read = ReadCsvBy(Recipe(words), "Days\n2018-01-02\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), IsEmpty());
  EXPECT_THAT(read.host.document.tables, IsEmpty());
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["documents_without_figures"], 1u);
  EXPECT_EQ(accounts["cells_left_over"], 0u);
  EXPECT_EQ(accounts["cells_notes"], 1u);
  EXPECT_EQ(accounts["cells_ignored"], 1u);
  EXPECT_THAT(read.Reasons(Severity::kInfo),
              ElementsAre("TABLE_NOTE", "NO_FIGURES"));

  EXPECT_THAT(ReadCsvBy(Recipe(words), "Days\n2018-01-02\n7\n").Faults(),
              ElementsAre("CELL_LEFT_OVER A3"));
  EXPECT_THAT(ReadCsvBy(Recipe(words), "Weeks\n2018-01-02\n").Faults(),
              ElementsAre("ANCHOR_COUNT"));

  // Beside figures it says nothing of the document.
  const std::string figures =
      Table({kAnchor, kBox, kReporter, kPeriod, kSex, kMeasure, kCorner});
  const RecipeRead both = ReadCsvBy(Recipe(words + figures),
                                    "Force,Female,,Days\nKent,1,,2018-01-02\n");
  ASSERT_TRUE(both.ok()) << both.host.message;
  EXPECT_THAT(both.rows(), SizeIs(1));
  EXPECT_FALSE(both.host.accounts.contains("documents_without_figures"));
}

TEST(Constructs, WhatIsLeftOverRefusesTheTable) {
  const RecipeRead read =
      ReadCsvBy(Plain(), std::string(kGrid) + "\n,,\nstray,,7\n");
  EXPECT_FALSE(read.ok());
  EXPECT_THAT(read.Faults(),
              ElementsAre("CELL_LEFT_OVER A6", "CELL_LEFT_OVER C6"));
  EXPECT_THAT(read.rows(), IsEmpty());
  EXPECT_THAT(read.host.message, HasSubstr("t.csv:L6:C1"));
}

TEST(Constructs, AMarkMeansWhatTheRecipeSays) {
  const std::string grid = "Force,Female,Male\nKent,*,\nSurrey,nil,4\n";
  EXPECT_THAT(ReadCsvBy(Plain(), grid).Faults(),
              ElementsAre("UNKNOWN_MARKER B2", "UNKNOWN_MARKER B3"));
  const RecipeRead read = ReadCsvBy(
      Plain(R"(markers { text: "*" state: STATE_SUPPRESSED lower: 1 upper: 4
                         reason: "fewer than 5" }
               markers { text: "nil" state: STATE_REPORTED value: 0
                         reason: "none" })"),
      grid);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("B2").state, State::kSuppressed);
  EXPECT_EQ(read.At("B2").upper->mantissa, 4);
  EXPECT_FALSE(read.At("B2").value.has_value());
  EXPECT_EQ(read.At("B2").reason, "fewer than 5");
  EXPECT_EQ(read.At("B3").value->mantissa, 0);
  // A blank is never 0 unless the recipe says so.
  EXPECT_EQ(read.At("C2").state, State::kNotShown);
  EXPECT_FALSE(read.At("C2").value.has_value());
}

TEST(Constructs, AMarkBehindAFigureIsAFlagOnlyWhenListed) {
  const std::string grid = "Force,Female\nKent,6*\nSurrey,6**\n";
  EXPECT_THAT(ReadCsvBy(Plain(), grid).Faults(), SizeIs(2));
  const RecipeRead read = ReadCsvBy(
      Plain(R"(in_cell_marks { text: "*" flag: FLAG_PROVISIONAL note: "p" }
               in_cell_marks { text: "**" flag: FLAG_ESTIMATED note: "e" })"),
      grid);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("B2").value->mantissa, 6);
  EXPECT_EQ(read.At("B2").flags, uint32_t{COLLATE_FLAG_PROVISIONAL});
  EXPECT_EQ(read.At("B3").flags, uint32_t{COLLATE_FLAG_ESTIMATED});
  EXPECT_THAT(read.At("B3").notes, ElementsAre("e"));
}

TEST(Constructs, FlagsStandBesideTheirFigures) {
  const std::string box = R"(boxes {
    anchor: "a" dy: 1 dx: 1
    right { until_blank: true gaps: 1 } down { until_blank: true } })";
  const auto recipe = [&](const std::string& side) {
    return Recipe(Table(
        {kAnchor, box, kReporter, kPeriod, kSex, kMeasure, kCorner,
         "flag_cells { side: " + side +
             " marks { text: \"R\" flag: FLAG_REVISED note: \"revised\" } }"}));
  };
  const RecipeRead read =
      ReadCsvBy(recipe("SIDE_RIGHT"), "Force,Female,,Male,\nKent,1,R,2,\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("B2").flags, uint32_t{COLLATE_FLAG_REVISED});
  EXPECT_EQ(read.At("D2").flags, 0u);
  EXPECT_THAT(
      ReadCsvBy(recipe("SIDE_RIGHT"), "Force,Female,,Male,\nKent,,R,2,X\n")
          .Faults(),
      ElementsAre("FLAG_WITHOUT_FIGURE C2", "UNKNOWN_FLAG E2"));
  // On the wrong side it is left over, or belongs to a blank.
  EXPECT_FALSE(
      ReadCsvBy(recipe("SIDE_LEFT"), "Force,Female,,Male,\nKent,1,,2,R\n")
          .ok());
}

TEST(Constructs, AMovedHeaderIsNoGuess) {
  const std::string pinned = R"(dimensions { name: "sex"
    directly { direction: DIRECTION_UP } expect: "Female" expect: "Male" })";
  EXPECT_TRUE(ReadCsvBy(Plain("", pinned), kGrid).ok());
  for (const auto& [grid, cell] :
       std::vector<std::pair<std::string, std::string>>{
           {"Force,Male,Female\nKent,1,2\n", "HEADER_MOVED B1"},
           {"Force,Female,Male,Unknown\nKent,1,2,3\n", "HEADER_MOVED D1"},
           {"Force,Female,Men\nKent,1,2\n", "HEADER_MOVED C1"},
           {"Force,Female\nKent,1\n", "HEADER_MOVED A1"}}) {
    EXPECT_THAT(ReadCsvBy(Plain("", pinned), grid).Faults(), ElementsAre(cell))
        << grid;
  }
  EXPECT_THAT(ReadCsvBy(Plain(), "Forces,Female\nKent,1\n").Faults(),
              ElementsAre("ANCHOR_COUNT"));
}

TEST(Constructs, LabelsAreMappedAndHeldToTheirForm) {
  const std::string mapped = R"(dimensions { name: "sex"
    directly { direction: DIRECTION_UP } map_is_complete: true
    map { text: "F" to: "Female" } map { text: "M" to: "Male" } })";
  const RecipeRead read =
      ReadCsvBy(Plain("", mapped), "Force, F ,M\nKent,1,2\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(Label(read.At("B2"), "sex"), "Female");
  EXPECT_THAT(ReadCsvBy(Plain("", mapped), "Force,F,m\nKent,1,2\n").Faults(),
              ElementsAre("UNKNOWN_LABEL_FORM C1"));
  const std::string formed = R"(dimensions { name: "sex"
    directly { direction: DIRECTION_UP } form: "^[FM]$" })";
  EXPECT_THAT(ReadCsvBy(Plain("", formed), "Force,F,X\nKent,1,2\n").Faults(),
              ElementsAre("UNKNOWN_LABEL_FORM C1"));
}

TEST(Constructs, ADigitGluedToALabelIsAFootnoteOrPartOfIt) {
  const std::string grid = "Force,arrested1\nKent,1\n";
  EXPECT_THAT(ReadCsvBy(Plain(), grid).Faults(), ElementsAre("DIGIT_GLUED B1"));
  EXPECT_TRUE(ReadCsvBy(Plain("labels { glued_digits: true }"), grid).ok());
  const RecipeRead noted =
      ReadCsvBy(Plain(R"(labels { notes: "[0-9]+$" notes: " \\(p\\)$" })"),
                "Force,arrested1 (p)\nKent,1\n");
  ASSERT_TRUE(noted.ok()) << noted.host.message;
  EXPECT_EQ(Label(noted.At("B2"), "sex"), "arrested");
  EXPECT_THAT(noted.At("B2").notes, ElementsAre("(p)", "1"));
}

TEST(Constructs, ABoxIsOfSize) {
  const std::string box = R"(boxes { anchor: "a" dy: 1 dx: 1
    right { count: 2000 } down { count: 2000 } })";
  EXPECT_THAT(ReadCsvBy(Recipe(Table({kAnchor, box, kReporter, kPeriod, kSex,
                                      kMeasure, kCorner})),
                        kGrid)
                  .Faults(),
              Contains("BOX_TOO_LARGE A1"));
}

TEST(Constructs, TwoFiguresOfOneMeaningAreRefused) {
  EXPECT_THAT(ReadCsvBy(Plain(), "Force,Female\nKent,1\nKent,2\n").Faults(),
              ElementsAre("REPEATED_LABELS B3"));
}

// ---- Typed cells -----------------------------------------------------------

std::string Xlsx(const std::string& rows, const std::string& more = "") {
  return tabular::MakeXlsx(
      {.sheets = {{"S", "<sheetData>" + rows + "</sheetData>" + more}}});
}
std::string TextCell(const std::string& ref, const std::string& text) {
  return "<c r=\"" + ref + "\" t=\"inlineStr\"><is><t>" + text +
         "</t></is></c>";
}

TEST(Constructs, ARangeThatASpreadsheetAteIsNoLabel) {
  // 15-20 became 1520.
  const RecipeRead read(
      Plain(), "t.xlsx",
      Xlsx("<row r=\"1\">" + TextCell("A1", "Force") +
           "<c r=\"B1\"><v>1520</v></c></row><row r=\"2\">" +
           TextCell("A2", "Kent") + "<c r=\"B2\"><v>3</v></c></row>"));
  EXPECT_THAT(read.Faults(), ElementsAre("LABEL_NOT_TEXT B1"));
  EXPECT_THAT(read.rows(), IsEmpty());
}

TEST(Constructs, ARangeThatWasEatenAndSavedAsTextIsNoLabelEither) {
  for (const std::string eaten : {"1520", "2130", "10-Nov", "Nov-10"}) {
    const std::string grid = "Force,Female," + eaten + "\nKent,1,2\n";
    const RecipeRead read = ReadCsvBy(Plain(), grid);
    EXPECT_THAT(read.Faults(), ElementsAre("LABEL_NOT_TEXT C1")) << eaten;
    EXPECT_THAT(read.rows(), IsEmpty());
    const std::string pinned = R"(dimensions { name: "sex"
      directly { direction: DIRECTION_UP } expect: "Female" expect: ")" +
                               eaten + "\" }";
    EXPECT_TRUE(ReadCsvBy(Plain("", pinned), grid).ok()) << eaten;
  }
  EXPECT_TRUE(ReadCsvBy(Plain(), "Force,15-20,10-11\nKent,1,2\n").ok());
  EXPECT_TRUE(ReadCsvBy(Plain("", R"(dimensions { name: "sex"
                directly { direction: DIRECTION_UP } numbers: true })"),
                        "Force,1520\nKent,1\n")
                  .ok());
}

TEST(Constructs, AFootnoteIsNoDigitOfAFigure) {
  EXPECT_THAT(ReadCsvBy(Plain(), "Force,Female\nKent,26 1\n").Faults(),
              ElementsAre("UNKNOWN_MARKER B2"));
  EXPECT_THAT(ReadCsvBy(Plain(), "Force,Female\nKent,26(1)\n").Faults(),
              ElementsAre("UNKNOWN_MARKER B2"));
}

TEST(Constructs, ANumberStoredAsTextNeedsLeave) {
  const std::string book =
      Xlsx("<row r=\"1\">" + TextCell("A1", "Force") +
           TextCell("B1", "Female") + "</row><row r=\"2\">" +
           TextCell("A2", "Kent") + TextCell("B2", "131,924") + "</row>");
  EXPECT_THAT(RecipeRead(Plain(), "t.xlsx", book).Faults(),
              ElementsAre("NUMBER_AS_TEXT B2"));
  const RecipeRead read(Plain("numbers_as_text: true"), "t.xlsx", book);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("B2").value->mantissa, 131924);
}

TEST(Constructs, HiddenCellsNeedARule) {
  const std::string book = Xlsx(
      "<row r=\"1\">" + TextCell("A1", "Force") + TextCell("B1", "Female") +
      "</row><row r=\"2\" hidden=\"1\">" + TextCell("A2", "Kent") +
      "<c r=\"B2\"><v>3</v></c></row><row r=\"3\">" + TextCell("A3", "Surrey") +
      "<c r=\"B3\"><v>4</v></c></row>");
  EXPECT_THAT(RecipeRead(Plain(), "t.xlsx", book).Faults(),
              ElementsAre("HIDDEN_CELLS A2"));
  const RecipeRead all(Plain("hidden: HIDDEN_READ"), "t.xlsx", book);
  ASSERT_TRUE(all.ok()) << all.host.message;
  EXPECT_THAT(all.rows(), SizeIs(2));
  EXPECT_THAT(all.Reasons(Severity::kWarning),
              ElementsAre("HIDDEN_CELLS_READ"));
  const RecipeRead shown(Plain("hidden: HIDDEN_IGNORE"), "t.xlsx", book);
  ASSERT_TRUE(shown.ok()) << shown.host.message;
  EXPECT_THAT(shown.rows(), SizeIs(1));
  EXPECT_EQ(shown.rows()[0].reporter, "Surrey");
}

// ---- Lookups ---------------------------------------------------------------

TEST(Constructs, ASpannerSpansItsMergedCells) {
  const std::string book =
      Xlsx("<row r=\"1\">" + TextCell("B1", "Female") + TextCell("D1", "Male") +
               "</row><row r=\"2\">" + TextCell("A2", "Force") +
               TextCell("B2", "young") + TextCell("C2", "old") +
               TextCell("D2", "young") + TextCell("E2", "old") +
               "</row><row r=\"3\">" + TextCell("A3", "Kent") +
               "<c r=\"B3\"><v>1</v></c><c r=\"C3\"><v>2</v></c>"
               "<c r=\"D3\"><v>3</v></c><c r=\"E3\"><v>4</v></c></row>",
           "<mergeCells count=\"2\"><mergeCell ref=\"B1:C1\"/>"
           "<mergeCell ref=\"D1:E1\"/></mergeCells>");
  const auto recipe = [](const std::string& by, const std::string& expect) {
    return Plain(
        R"(dimensions { name: "age" directly { direction: DIRECTION_UP } })",
        "dimensions { name: \"sex\" within { direction: DIRECTION_UP offset: "
        "-1 "
        "by: " +
            by + " } " + expect + " }");
  };
  const std::string both = R"(expect: "Female" expect: "Male")";
  for (const char* by : {"SPAN_BY_MERGE", "SPAN_BY_START"}) {
    const RecipeRead read(recipe(by, both), "t.xlsx", book);
    ASSERT_TRUE(read.ok()) << read.host.message;
    EXPECT_EQ(Label(read.At("C3"), "sex"), "Female");
    EXPECT_EQ(Label(read.At("D3"), "sex"), "Male");
    EXPECT_EQ(Label(read.At("E3"), "age"), "old");
  }
  // Standing at the end, the first spans one column and the last has none.
  EXPECT_THAT(RecipeRead(recipe("SPAN_BY_END", both), "t.xlsx", book).Faults(),
              Contains("HEADER_MISSING E3"));
  EXPECT_THAT(
      RecipeRead(recipe("SPAN_BY_MERGE", R"(expect: "Female")"), "t.xlsx", book)
          .Faults(),
      ElementsAre("HEADER_MOVED D1"));
}

std::string Sections(const std::string& more, uint32_t distance) {
  const std::string box = R"(boxes {
    anchor: "a" dy: 1 dx: 2
    right { count: 1 } down { until_blank: true offset: 1 } })";
  return Recipe(Table(
      {kAnchor, box, kPeriod, kMeasure,
       "dimensions { name: \"reporter\" closest { direction: DIRECTION_UP "
       "max_distance: " +
           std::to_string(distance) + more + " } }",
       R"(dimensions { name: "sex"
          directly { direction: DIRECTION_LEFT offset: 1 } })",
       "ignore { anchor: \"a\" rows: 1 reason: \"headings\" }"}));
}

TEST(Constructs, ABlankStubTakesTheNearestAbove) {
  const std::string grid =
      "Force,Sex,n\nKent,Female,1\n,Male,2\nSurrey,Female,3\n,Male,4\n";
  const RecipeRead read = ReadCsvBy(Sections("", 1), grid);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("C3").reporter, "Kent");
  EXPECT_EQ(read.At("C5").reporter, "Surrey");
  // Never from farther away, and never from before the block.
  EXPECT_THAT(ReadCsvBy(Sections("", 1),
                        "Force,Sex,n\nKent,Female,1\n,Male,2\n,Unknown,3\n")
                  .Faults(),
              ElementsAre("HEADER_MISSING C4"));
  EXPECT_THAT(ReadCsvBy(Sections("", 5), "Force,Sex,n\n,Female,1\n").Faults(),
              ElementsAre("HEADER_MISSING C2"));
}

TEST(Constructs, TwoHeadersEquallyNearAreAnError) {
  EXPECT_THAT(
      ReadCsvBy(Sections(" both_sides: true", 5),
                "Force,Sex,n\nKent,Female,1\n,Male,2\nSurrey,Unknown,3\n")
          .Faults(),
      ElementsAre("AMBIGUOUS_HEADER C3"));
}

TEST(Constructs, APartStandsBesideItsWhole) {
  const std::string part = R"(dimensions { name: "sex"
    directly { direction: DIRECTION_UP }
    levels { regex: "^of which" level: LEVEL_OF_WHICH }
    levels { regex: "^Total$" level: LEVEL_TOTAL } })";
  const RecipeRead read =
      ReadCsvBy(Plain("", part),
                "Force,Female,of which girls,Male,Total\nKent,3,1,2,5\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("C2").level, ingest::Level::kOfWhich);
  EXPECT_EQ(read.At("C2").level_axis, "sex");
  EXPECT_EQ(read.At("C2").parent, "Female");
  EXPECT_EQ(read.At("D2").level, ingest::Level::kLeaf);
  // A total is not broken down by the axis.
  EXPECT_THAT(read.At("E2").dimensions, IsEmpty());
  EXPECT_THAT(
      ReadCsvBy(Plain("", part), "Force,of which girls\nKent,1\n").Faults(),
      ElementsAre("PARENT_MISSING B1"));
}

TEST(Constructs, APartOfTwoWholesIsRefused) {
  const std::string part = R"(levels { regex: "^of" level: LEVEL_OF_WHICH } })";
  RecipeRead read(
      Recipe(Table({kAnchor, kBox, kPeriod, kMeasure, kCorner,
                    R"(dimensions { name: "reporter" manifest {} })",
                    "dimensions { name: \"sex\" directly { direction: "
                    "DIRECTION_UP } " +
                        part,
                    "dimensions { name: \"age\" directly { direction: "
                    "DIRECTION_LEFT } " +
                        part})),
      "t.csv", "Force,Female,of girls\nyoung,1,2\nof these x,3,4\n",
      {{"reporter", "Kent"}});
  EXPECT_THAT(read.Faults(), ElementsAre("LEVELS_CROSSED C3"));
}

TEST(Constructs, BlocksKeepToTheirOwnHeaders) {
  // Side by side, and one below the other.
  const std::string recipe = Recipe(Table(
      {R"(match { anchors { name: "a" text: "Force" exactly: 3 } })",
       R"(boxes { anchor: "a" dy: 1 dx: 1 each_anchor: true
          right { until_blank: true } down { until_blank: true } })",
       kReporter, kPeriod, kSex, kMeasure,
       R"(ignore { anchor: "a" rows: 1 columns: 1 reason: "heading" })"}));
  const RecipeRead read = ReadCsvBy(recipe,
                                    "Force,Female,,Force,Female\n"
                                    "Kent,1,,Surrey,2\n"
                                    ",,,,\n"
                                    "Force,Male,,,\n"
                                    "Kent,3,,,\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(3));
  EXPECT_EQ(read.At("E2").reporter, "Surrey");
  EXPECT_EQ(Label(read.At("B5"), "sex"), "Male");
  EXPECT_THAT(ReadCsvBy(recipe, "Force,Female\nKent,1\n").Faults(),
              ElementsAre("ANCHOR_COUNT"));
}

TEST(Constructs, ThePeriodMayStandInATitle) {
  const std::string recipe =
      Recipe(Table({R"(match { anchors { name: "a" text: "Force" }
                  anchors { name: "title" regex: "^Offences" } })",
                    kBox, kReporter, kSex, kMeasure, kCorner,
                    R"(dimensions { name: "period"
          anchor_text { anchor: "title" regex: "^Offences, (.+)$" }
          period_forms: PERIOD_FORM_FINANCIAL_YEAR
          period_forms: PERIOD_FORM_DAYS })"}));
  const RecipeRead read = ReadCsvBy(
      recipe, "\"Offences, 1 Jan-30th Nov 2016\"\nForce,Female\nKent,1\n");
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("B3").period_end - read.At("B3").period_begin, 335);
  EXPECT_THAT(ReadCsvBy(recipe, "\"Offences, 2017/19\"\nForce,Female\nKent,1\n")
                  .Faults(),
              ElementsAre("UNKNOWN_PERIOD A1"));
}

TEST(Constructs, WhatTheSenderMustSayIsAsked) {
  const std::string recipe = Recipe(Table(
      {kAnchor, kBox, kMeasure, kCorner,
       R"(dimensions { name: "reporter" manifest {} })",
       R"(dimensions { name: "period" manifest {} })", kSex,
       R"(dimensions { name: "age" directly { direction: DIRECTION_LEFT } })"}));
  EXPECT_THAT(ReadCsvBy(recipe, kGrid).Faults(),
              ElementsAre("MANIFEST_MISSING A1", "MANIFEST_MISSING A1"));
  const RecipeRead read(recipe, "t.csv", kGrid,
                        {{"period", "2017/18"}, {"reporter", "Kent"}});
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(read.At("B2").reporter, "Kent");
  EXPECT_EQ(read.At("B2").period_kind, 0) << "the service reads it";
}

// ---- Checks ----------------------------------------------------------------

std::string Summed(const std::string& more) {
  return Plain("checks { name: \"sum\" dimension: \"sex\" total: \"^Total$\" " +
               more +
               " } markers { text: \"*\" state: STATE_SUPPRESSED "
               "reason: \"withheld\" }");
}

TEST(Constructs, ATotalIsHeldAgainstItsParts) {
  const std::string off = "Force,Female,Male,Total\nKent,1,2,4\n";
  EXPECT_TRUE(
      ReadCsvBy(Summed(""), "Force,Female,Male,Total\nKent,1,2,3\n").ok());
  EXPECT_THAT(ReadCsvBy(Summed(""), off).Faults(),
              ElementsAre("TOTAL_MISMATCH D2"));
  const RecipeRead kept =
      ReadCsvBy(Summed("on_failure: ON_FAILURE_FINDING"), off);
  ASSERT_TRUE(kept.ok()) << kept.host.message;
  EXPECT_THAT(kept.Reasons(Severity::kWarning), ElementsAre("SUM_MISMATCH"));
  EXPECT_EQ(kept.At("D2").value->mantissa, 4) << "kept as printed";
  EXPECT_EQ(kept.At("D2").flags, uint32_t{COLLATE_FLAG_TOTAL_MISMATCH});
}

TEST(Constructs, AMarkInASumStaysUnknown) {
  const std::string grid = "Force,Female,Male,Total\nKent,5,*,5\n";
  const RecipeRead unknown = ReadCsvBy(Summed(""), grid);
  ASSERT_TRUE(unknown.ok()) << unknown.host.message;
  EXPECT_THAT(unknown.Reasons(Severity::kInfo), Contains("CHECK_NOT_PROVED"));
  const RecipeRead zero = ReadCsvBy(Summed("markers: TREAT_ZERO"), grid);
  ASSERT_TRUE(zero.ok()) << zero.host.message;
  EXPECT_THAT(zero.Reasons(Severity::kWarning),
              ElementsAre("TOTAL_IGNORES_MARKERS"));
  EXPECT_EQ(zero.At("D2").flags, uint64_t{COLLATE_FLAG_TOTAL_IGNORES_MARKERS});
  EXPECT_EQ(unknown.At("D2").flags, 0u);
  // Nothing is concluded for the cell either way.
  for (const RecipeRead* read : {&unknown, &zero}) {
    EXPECT_FALSE(read->At("C2").value.has_value());
    EXPECT_FALSE(read->At("C2").lower.has_value());
    EXPECT_FALSE(read->At("C2").upper.has_value());
  }
  // It can only be more than what is printed.
  EXPECT_THAT(
      ReadCsvBy(Summed(""), "Force,Female,Male,Total\nKent,5,*,4\n").Faults(),
      ElementsAre("TOTAL_MISMATCH D2"));
}

TEST(Constructs, StatedBoundsOfAMarkHoldInASum) {
  const std::string recipe = Plain(
      "checks { name: \"sum\" dimension: \"sex\" total: \"^Total$\" } markers "
      "{ text: \"*\" state: STATE_SUPPRESSED lower: 1 upper: 4 reason: \"1 to "
      "4\" }");
  const RecipeRead within =
      ReadCsvBy(recipe, "Force,Female,Male,Total\nKent,5,*,8\n");
  ASSERT_TRUE(within.ok()) << within.host.message;
  EXPECT_THAT(within.Reasons(Severity::kInfo), ElementsAre("CHECK_NOT_PROVED"));
  EXPECT_EQ(within.At("C2").upper->mantissa, 4) << "never narrowed";
  for (const char* total : {"5", "10"}) {
    EXPECT_THAT(ReadCsvBy(recipe, std::string("Force,Female,Male,Total\nKent,"
                                              "5,*,") +
                                      total + "\n")
                    .Faults(),
                ElementsAre("TOTAL_MISMATCH D2"));
  }
}

TEST(Constructs, RoundedFiguresAddUpWithinTheirBounds) {
  const std::string rounded = Plain(
      "checks { name: \"sum\" dimension: \"sex\" total: \"^Total$\" } "
      "rounding { base: 5 }");
  EXPECT_TRUE(
      ReadCsvBy(rounded, "Force,Female,Male,Total\nKent,5,10,20\n").ok());
  EXPECT_THAT(
      ReadCsvBy(rounded, "Force,Female,Male,Total\nKent,5,10,30\n").Faults(),
      ElementsAre("TOTAL_MISMATCH D2"));
  EXPECT_THAT(
      ReadCsvBy(rounded, "Force,Female,Male,Total\nKent,6,10,15\n").Faults(),
      ElementsAre("NOT_ROUNDED B2"));
}

// ---- Several tables, sheets, preview ---------------------------------------

TEST(Constructs, ARefusedTableLeavesAnIndependentOneAlone) {
  const auto book = [](const std::string& mark) {
    const auto sheet = [](const std::string& cell) {
      return "<sheetData><row r=\"1\">" + TextCell("A1", "Force") +
             TextCell("B1", "Female") + "</row><row r=\"2\">" +
             TextCell("A2", "Kent") + cell + "</row></sheetData>";
    };
    return tabular::MakeXlsx(
        {.sheets = {{"One", sheet("<c r=\"B2\"><v>1</v></c>")},
                    {"Two", sheet(TextCell("B2", mark))}}});
  };
  const auto table = [](const std::string& id, const std::string& sheet) {
    return Table({"match { sheet_regex: \"^" + sheet +
                      "$\" anchors { name: \"a\" text: \"Force\" } }",
                  kBox, kReporter, kPeriod, kSex, kMeasure, kCorner},
                 id);
  };
  const std::string both = Recipe(table("one", "One") + table("two", "Two"));
  const RecipeRead whole(both, "t.xlsx", book("?"));
  EXPECT_FALSE(whole.ok());
  EXPECT_THAT(whole.rows(), IsEmpty());
  const RecipeRead part(both + "independent: true", "t.xlsx", book("?"));
  EXPECT_TRUE(part.ok()) << part.host.message;
  EXPECT_THAT(part.rows(), SizeIs(1));
  EXPECT_THAT(part.Faults(), ElementsAre("UNKNOWN_MARKER B2"));

  const RecipeRead unclaimed(Recipe(table("one", "One")), "t.xlsx", book("?"));
  EXPECT_THAT(unclaimed.Faults(), ElementsAre("SHEET_NOT_CLAIMED"));
  EXPECT_TRUE(RecipeRead(Recipe("ignore_sheets { regex: \"^Two$\" reason: "
                                "\"not read\" }" +
                                table("one", "One")),
                         "t.xlsx", book("?"))
                  .ok());
}

TEST(Constructs, APreviewShowsWhatBecameOfEveryCell) {
  const RecipeRead read(Plain(), "t.csv", std::string(kGrid) + "\nstray\n", {},
                        /*preview=*/true);
  EXPECT_FALSE(read.ok());
  const std::string cells = read.Attachment("recipe-cells.csv");
  EXPECT_THAT(cells, HasSubstr("\"\",\"1\",\"1\",\"Force\",\"ignored\""));
  EXPECT_THAT(cells, HasSubstr("\"2\",\"1\",\"Kent\",\"header\""));
  EXPECT_THAT(cells, HasSubstr("\"2\",\"2\",\"1\",\"observation\""));
  const RecipeRead good(Plain(), "t.csv", kGrid, {}, /*preview=*/true);
  EXPECT_THAT(good.Attachment("recipe-observations.csv"),
              HasSubstr("\"3\",\"2\",\"30\",\"REPORTED\",\"30\",\"\",\"\","
                        "\"Surrey\",\"2017/18\",\"sex=Female\""));
  EXPECT_THAT(ReadCsvBy(Plain(), kGrid).host.document.attachments, IsEmpty());
}

TEST(Constructs, OneRecipeIsNamed) {
  RecipeRead broken("id: \"x\" tables {\n  nonsense: 1\n}", "t.csv", kGrid);
  EXPECT_EQ(broken.host.reason, "RECIPE_SYNTAX");
  EXPECT_THAT(broken.host.message, HasSubstr("recipe_text:2:"));
  MemoryDocument two("t.csv", kGrid,
                     {{"recipe", "x"}, {"recipe_text", Plain()}});
  testing::RecordingHost host;
  host.Run(collate_adapter_v1(), two);
  EXPECT_EQ(host.reason, "TWO_RECIPES");
  MemoryDocument unknown("t.csv", kGrid, {{"recipe", "x"}});
  testing::RecordingHost unknown_host;
  unknown_host.Run(collate_adapter_v1(), unknown);
  EXPECT_EQ(unknown_host.reason, "UNKNOWN_RECIPE");
  MemoryDocument none("t.csv", kGrid);
  testing::RecordingHost none_host;
  none_host.Run(collate_adapter_v1(), none);
  EXPECT_EQ(none_host.reason, "NO_RECIPE_FITS");
}

}  // namespace
}  // namespace collate::foi_spreadsheet
