// Small files that other projects teach layouts with, each read by a recipe:
// stacked and side-by-side blocks, stubs, spanners, section headings, marks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/plugins/foi_spreadsheet/recipe_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ingest::RawObservation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::ReadFile;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kReporter[] =
    R"(dimensions { name: "reporter" constant { text: "Somebody" } })";
constexpr char kYear[] = R"(dimensions {
  name: "period" constant { text: "2018" }
  period_forms: PERIOD_FORM_CALENDAR_YEAR
})";
constexpr char kMeasure[] =
    R"(measure { name: "m" unit: "u" floor: FLOOR_ZERO })";

std::string Table(const std::string& id, const std::string& parts) {
  return "tables { id: \"" + id + "\" " + parts + kReporter + kYear + kMeasure +
         "}\n";
}
std::string Recipe(const std::string& tables) {
  return "id: \"teaching\" version: 1 title: \"Teaching\"\n" + tables;
}

// "Label, Label" -> figure, in the order of the axes' names.
std::map<std::string, int64_t> Figures(const RecipeRead& read,
                                       const std::string& table = "") {
  std::map<std::string, int64_t> out;
  for (const RawObservation& row : read.rows()) {
    if (!table.empty() && read.host.document.tables[row.table].id != table) {
      continue;
    }
    std::string labels;
    for (const auto& [axis, label] : row.dimensions) {
      labels += (labels.empty() ? "" : ", ") + label;
    }
    if (row.value.has_value()) out[labels] = row.value->mantissa;
  }
  return out;
}

void ExpectAccounted(const RecipeRead& read) {
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_left_over"], 0u);
  EXPECT_EQ(accounts["cells_read"],
            accounts["cells_observed"] + accounts["cells_headers"] +
                accounts["cells_notes"] + accounts["cells_totals"] +
                accounts["cells_ignored"]);
}

// ---- tidychef --------------------------------------------------------------

std::string Bands(const std::string& more = "") {
  return Recipe(
      more +
      Table("bands",
            R"(
    match { )" + std::string(more.empty() ? "" : "sheet_regex: \"^Sheet1$\"") +
                R"( anchors { name: "houses" text: "Houses" exactly: 2 } }
    boxes {
      anchor: "houses" dy: 2 each_anchor: true
      right { until_blank: true }
      down { until_blank: true offset: -1 }
    }
    dimensions {
      name: "band"
      closest { direction: DIRECTION_UP offset: -2 max_distance: 5 before: 1 }
    }
    dimensions { name: "name" directly { direction: DIRECTION_LEFT offset: -1 } }
    dimensions {
      name: "asset" directly { direction: DIRECTION_UP }
      expect: "Houses" expect: "Cars" expect: "Boats"
    })"));
}

TEST(TeachingFiles, BlocksSideBySideKeepTheirLabels) {
  COLLATE_SHARED_FILE(csv, "foi/dev/tidychef-fixtures/bands-wide.csv");
  COLLATE_SHARED_FILE(ods, "foi/dev/tidychef-fixtures/bands-wide.ods");
  const RecipeRead of_text(Bands(), "bands.csv", ReadFile(csv));
  ASSERT_TRUE(of_text.ok()) << of_text.host.message;
  ASSERT_THAT(of_text.rows(), SizeIs(24));
  ExpectAccounted(of_text);
  EXPECT_EQ(Figures(of_text).at("Boats, Beatles, Ringo"), 12);
  EXPECT_EQ(Figures(of_text).at("Houses, Rolling Stones, Keith"), 2);
  EXPECT_EQ(Figures(of_text).at("Boats, Rolling Stones, Ronnie"), 13);

  const RecipeRead of_sheet(
      Bands("ignore_sheets { regex: \"^Sheet2$\" reason: \"the same\" }"),
      "bands.ods", ReadFile(ods));
  ASSERT_TRUE(of_sheet.ok()) << of_sheet.host.message;
  ExpectAccounted(of_sheet);
  // The two files differ in one cell.
  auto expected = Figures(of_text);
  EXPECT_EQ(expected.at("Cars, Beatles, Ringo"), 8);
  expected.at("Cars, Beatles, Ringo") = 4;
  EXPECT_EQ(Figures(of_sheet), expected);
}

TEST(TeachingFiles, TheLongestMarkBehindAFigureCounts) {
  COLLATE_SHARED_FILE(path, "foi/dev/tidychef-fixtures/data-markers.csv");
  const RecipeRead read(Recipe(Table("assets", R"(
        match {
          anchors { name: "first" text: "Trucks" }
          anchors { name: "name" text: "Name" }
          anchors { name: "key" text: "Key" }
        }
        boxes {
          anchor: "first" dy: 2
          right { count: 2 }
          down { until_blank: true anchor: "name" }
        }
        dimensions {
          name: "name" directly { direction: DIRECTION_LEFT anchor: "name" }
        }
        dimensions {
          name: "asset" directly { direction: DIRECTION_UP }
          expect: "Trucks" expect: "Cars"
        }
        in_cell_marks { text: "*" note: "Not counting foreign imports" }
        in_cell_marks { text: "**" note: "Not including white models" }
        notes { anchor: "key" dy: 1 reason: "key" }
        ignore { regex: "^(Key|Name)$" reason: "heading" })")),
                        "markers.csv", ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(10));
  ExpectAccounted(read);
  EXPECT_EQ(read.At("B5").value->mantissa, 6);
  EXPECT_THAT(read.At("B5").notes, ElementsAre("Not counting foreign imports"));
  EXPECT_EQ(read.At("B7").value->mantissa, 6);
  EXPECT_THAT(read.At("B7").notes, ElementsAre("Not including white models"));
  EXPECT_EQ(read.At("B8").state, State::kNotShown);
}

// The same four dates as .xls, .ods and .xlsx: dates are no figures, in each,
// and the shipped recipe says so.
TEST(TeachingFiles, ADocumentOfDatesIsReadAsOneWithoutFigures) {
  for (const char* kind : {"xls", "ods", "xlsx"}) {
    COLLATE_SHARED_FILE(
        path, std::string("foi/dev/tidychef-fixtures/dates-times.") + kind);
    const RecipeRead read(ShippedRecipe("teaching_dates"),
                          std::string("dates.") + kind, ReadFile(path));
    ASSERT_TRUE(read.ok()) << kind << " " << read.host.message;
    EXPECT_THAT(read.rows(), IsEmpty()) << kind;
    ExpectAccounted(read);
    auto accounts = read.host.accounts;
    EXPECT_EQ(accounts["cells_read"], 5u) << kind;
    EXPECT_EQ(accounts["cells_ignored"], 5u) << kind;
    EXPECT_EQ(accounts["documents_without_figures"], 1u) << kind;
  }
}

// A column that holds anything else is no such document.
TEST(TeachingFiles, ACellThatIsNoDateIsLeftOver) {
  COLLATE_SHARED_FILE(path, "foi/dev/tidychef-fixtures/dates-times.xls");
  std::string recipe = ShippedRecipe("teaching_dates");
  const size_t at = recipe.find("    dates: true\n");
  ASSERT_NE(at, std::string::npos);
  recipe.insert(at, "    regex: \"^2000\"\n");
  const RecipeRead read(recipe, "dates.xls", ReadFile(path));
  EXPECT_THAT(read.Faults(),
              ElementsAre("CELL_LEFT_OVER A2", "CELL_LEFT_OVER A3",
                          "CELL_LEFT_OVER A4"));
  const RecipeRead text(ShippedRecipe("teaching_dates"), "dates.csv",
                        "dates\n2023-01-11\n");
  EXPECT_THAT(text.Faults(), ElementsAre("CELL_LEFT_OVER A2"));
}

// A recipe that takes them for figures is told of each.
TEST(TeachingFiles, DatesAreNeverFigures) {
  for (const char* kind : {"xls", "ods", "xlsx"}) {
    COLLATE_SHARED_FILE(
        path, std::string("foi/dev/tidychef-fixtures/dates-times.") + kind);
    const RecipeRead read(Recipe(Table("dates", R"(
        match { anchors { name: "dates" text: "dates" } }
        boxes {
          anchor: "dates" dy: 1
          right { count: 1 }
          down { until_blank: true }
        }
        dimensions { name: "what" directly { direction: DIRECTION_UP } })")),
                          std::string("dates.") + kind, ReadFile(path));
    EXPECT_THAT(read.Faults(),
                ElementsAre("NOT_A_FIGURE A2", "NOT_A_FIGURE A3",
                            "NOT_A_FIGURE A4", "NOT_A_FIGURE A5"))
        << kind;
  }
}

// ---- databaker -------------------------------------------------------------

TEST(TeachingFiles, AnXlsOfTwoTablesIsRead) {
  COLLATE_SHARED_FILE(path, "foi/dev/databaker/example1.xls");
  const RecipeRead read(ShippedRecipe("teaching_two_tables"), "example1.xls",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(12 + 6));
  ExpectAccounted(read);
  EXPECT_EQ(Figures(read).at("George, Planes"), 5);
  EXPECT_EQ(Figures(read).at("Mar, no, shale"), 88);
  std::map<std::string, std::string> periods;
  for (const RawObservation& row : read.rows()) {
    periods[row.locator.sheet + " " +
            tabular::CellName(row.locator.row, row.locator.column)] =
        row.period_text;
  }
  EXPECT_EQ(periods.at("beatles B4"), "2014");
  EXPECT_EQ(periods.at("stones E5"), "1972");
  EXPECT_EQ(periods.at("stones E9"), "1989");
}

// ---- unpivotr --------------------------------------------------------------

constexpr char kBook[] = "foi/dev/unpivotr/worked-examples.xlsx";

const std::vector<std::pair<std::string, std::string>>& BookTables() {
  static const auto* tables =
      new std::vector<std::pair<std::string, std::string>>{{"people", R"r(
  match {
    sheet_regex: "^(clean|notes|annotations|combined-highlights|highlight-hierarchy|comments)$"
    each_sheet: true
    anchors { name: "name" text: "Name" }
  }
  boxes {
    anchor: "name" dy: 1 dx: 1
    right { until_blank: true } down { until_blank: true }
  }
  dimensions { name: "sheet" sheet_name { regex: "^(.+)$" } }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT } }
  dimensions { name: "what" directly { direction: DIRECTION_UP } }
  notes { regex: "^(Title text|Footnote)$" reason: "note" }
  ignore { anchor: "name" rows: 1 columns: 1 reason: "heading" })r"},
                                                           {"superscript", R"r(
  match {
    sheet_regex: "^superscript symbols$"
    anchors { name: "name" text: "Name" }
  }
  boxes {
    anchor: "name" dy: 1 dx: 1
    right { until_blank: true } down { until_blank: true }
  }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT } }
  dimensions { name: "what" directly { direction: DIRECTION_UP } }
  labels { superscript_notes: true }
  in_cell_marks { text: "1" note: "note 1" }
  numbers_as_text: true
  ignore { anchor: "name" rows: 1 columns: 1 reason: "heading" })r"},
                                                           {"sentinels", R"r(
  match {
    sheet_regex: "^sentinels$"
    anchors { name: "name" text: "Name" }
    anchors { name: "subject" text: "Subject" }
    anchors { name: "score" text: "Score" }
  }
  boxes {
    anchor: "score" dy: 1
    right { count: 1 } down { until_blank: true anchor: "name" }
  }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT anchor: "name" } }
  dimensions {
    name: "subject" directly { direction: DIRECTION_LEFT anchor: "subject" }
  }
  markers { text: "NA" state: STATE_NOT_SHOWN reason: "NA" }
  markers { text: "..C" state: STATE_SUPPRESSED reason: "..C" }
  ignore { anchor: "name" rows: 1 reason: "headings" })r"},
                                                           {"transposed", R"r(
  match {
    sheet_regex: "^transposed$"
    anchors { name: "name" text: "Name" }
  }
  boxes {
    anchor: "name" dy: 1 dx: 1
    right { until_blank: true } down { count: 1 }
  }
  dimensions { name: "name" directly { direction: DIRECTION_UP } }
  dimensions { name: "what" directly { direction: DIRECTION_LEFT } }
  ignore { anchor: "name" rows: 1 columns: 1 reason: "heading" })r"},
                                                           {"pivot", R"r(
  match {
    sheet_regex: "^(pivot-annotations|pivot-notes)$"
    each_sheet: true
    anchors { name: "female" text: "Female" }
    anchors { name: "field" text: "Humanities" }
  }
  boxes {
    anchor: "female" dy: 2
    right { until_blank: true offset: 1 }
    down { until_blank: true offset: -1 }
  }
  dimensions { name: "sheet" sheet_name { regex: "-(.+)$" } }
  dimensions {
    name: "sex"
    closest { direction: DIRECTION_LEFT max_distance: 1 regex: "^(Female|Male)$" }
  }
  dimensions { name: "name" directly { direction: DIRECTION_UP offset: 1 } }
  dimensions {
    name: "field"
    closest {
      direction: DIRECTION_UP offset: -2 max_distance: 1
      regex: "^(Humanities|Performance)$"
    }
  }
  dimensions { name: "subject" directly { direction: DIRECTION_LEFT offset: -1 } }
  notes { regex: "^(0 = absent|Excl\\. |Incl\\. )" reason: "note" })r"},
                                                           {"hierarchy", R"r(
  match {
    sheet_regex: "^pivot-hierarchy$"
    anchors { name: "first" text: "Matilda" }
  }
  boxes {
    anchor: "first" dy: 1
    right { until_blank: true } down { until_blank: true offset: -1 }
    skip_rows { regex: "^(Humanities|Performance)$" reason: "heading" }
  }
  dimensions { name: "name" directly { direction: DIRECTION_UP } }
  dimensions {
    name: "field"
    closest {
      direction: DIRECTION_UP offset: -1 max_distance: 2
      regex: "^(Humanities|Performance)$"
    }
  }
  dimensions { name: "subject" directly { direction: DIRECTION_LEFT offset: -1 } })r"},
                                                           {"repeated", R"r(
  match {
    sheet_regex: "^pivot-repeated-headers$"
    anchors { name: "first" text: "Term 1" exactly: 4 }
  }
  boxes {
    anchor: "first" dy: 1 each_anchor: true
    right { until_blank: true } down { until_blank: true offset: -1 }
  }
  dimensions {
    name: "subject"
    closest { direction: DIRECTION_UP offset: -2 max_distance: 3 }
  }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT offset: -1 } }
  dimensions {
    name: "term" directly { direction: DIRECTION_UP } expect: "Term 1"
    expect: "Term 2" expect: "Term 3"
  })r"},
                                                           {"stacked", R"r(
  match {
    sheet_regex: "^pivot-header-within-data$"
    anchors { name: "first" text: "Term 1" exactly: 4 }
  }
  boxes {
    anchor: "first" dy: 1 each_anchor: true
    right { until_blank: true } down { until_blank: true offset: -1 }
  }
  dimensions {
    name: "subject"
    within { direction: DIRECTION_UP offset: -1 by: SPAN_BY_MERGE }
    map { text: "Classics" to: "Classics" } map { text: "History" to: "History" }
    map { text: "Music" to: "Music" } map { text: "Drama" to: "Drama" }
    map_is_complete: true
  }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT offset: -1 } }
  dimensions {
    name: "term" directly { direction: DIRECTION_UP } expect: "Term 1"
    expect: "Term 2" expect: "Term 3"
  })r"},
                                                           {"multiples", R"r(
  match {
    sheet_regex: "^small-multiples$"
    anchors { name: "score" text: "Score" exactly: 4 }
  }
  boxes {
    anchor: "score" dy: 1 each_anchor: true
    right { count: 1 } down { until_blank: true offset: -1 }
  }
  dimensions {
    name: "subject"
    closest { direction: DIRECTION_LEFT offset: -1 max_distance: 1 before: 1 }
  }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT offset: -1 } }
  ignore { anchor: "score" dy: 1 dx: 1 rows: 2 columns: 1 reason: "letters" }
  ignore { regex: "^(Name|Score|Grade)$" reason: "headings" })r"},
                                                           {"fields", R"r(
  match {
    sheet_regex: "^(humanities|performance)$"
    each_sheet: true
    anchors { name: "first" text: "Matilda" }
  }
  boxes {
    anchor: "first" dy: 1
    right { until_blank: true } down { until_blank: true offset: -1 }
  }
  dimensions { name: "field" sheet_name { regex: "^(.+)$" } }
  dimensions { name: "name" directly { direction: DIRECTION_UP } }
  dimensions { name: "subject" directly { direction: DIRECTION_LEFT offset: -1 } })r"},
                                                           {"sexes", R"r(
  match {
    sheet_regex: "^(fe)?male$"
    each_sheet: true
    anchors { name: "subject" text: "Subject" }
  }
  boxes {
    anchor: "subject" dy: 1 dx: 1
    right { until_blank: true } down { until_blank: true }
  }
  dimensions { name: "sex" sheet_name { regex: "^(.+)$" } }
  dimensions { name: "name" directly { direction: DIRECTION_UP } }
  dimensions { name: "subject" directly { direction: DIRECTION_LEFT } }
  notes { regex: "^(Table of scores|By subject)$" reason: "title" }
  ignore { anchor: "subject" rows: 1 columns: 1 reason: "heading" })r"},
                                                           {"implied", R"r(
  match {
    sheet_regex: "^implied-multiples$"
    anchors { name: "name" text: "Name" }
  }
  boxes {
    anchor: "name" dy: 1 dx: 1
    right { until_blank: true } down { until_blank: true }
    skip_columns { regex: "^Grade$" reason: "letters" }
  }
  dimensions {
    name: "field"
    within { direction: DIRECTION_UP offset: -1 by: SPAN_BY_START }
    expect: "Humanities" expect: "Performance"
  }
  dimensions { name: "name" directly { direction: DIRECTION_LEFT } }
  dimensions { name: "subject" directly { direction: DIRECTION_UP } }
  ignore { anchor: "name" rows: 1 columns: 1 reason: "heading" })r"}};
  return *tables;
}

std::string Book() {
  std::string out = R"(
    ignore_sheets { regex: "^highlights$" reason: "rows without a label" }
    ignore_sheets { regex: "^(in-cell )?formatting$" reason: "looks only" }
    ignore_sheets {
      regex: "^pivot-centre-aligned$"
      reason: "one of its columns lies midway between two headings"
    }
    ignore_sheets { regex: "^non-text headers$" reason: "dates as headers" }
  )";
  for (const auto& [id, parts] : BookTables()) {
    out += Table(id, parts);
  }
  return Recipe(out);
}

TEST(TeachingFiles, AWorkbookOfLayoutsIsReadToTheLastCell) {
  COLLATE_SHARED_FILE(path, kBook);
  const RecipeRead read(Book(), "worked-examples.xlsx", ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  ExpectAccounted(read);
  const std::vector<std::tuple<std::string, std::string, int64_t>> printed = {
      {"people_1", "Olivia, clean, Age", 5},
      {"superscript", "Paul, Score", 9},
      {"sentinels", "Matilda, Music", 7},
      {"transposed", "Nicholas, Age", 3},
      {"pivot_1", "Performance, Paul, Male, annotations, Drama", 3},
      {"pivot_2", "Humanities, Olivia, Female, notes, History", 4},
      {"hierarchy", "Performance, Nicholas, Drama", 12},
      {"repeated", "Olivia, History, Term 1", 9},
      {"stacked", "Matilda, Music, Term 2", 7},
      {"multiples", "Olivia, Drama", 8},
      {"fields_2", "performance, Nicholas, Drama", 12},
      {"sexes_1", "Olivia, female, History", 4},
      {"implied", "Performance, Matilda, Music", 5}};
  for (const auto& [table, labels, figure] : printed) {
    EXPECT_THAT(Figures(read, table), Contains(Pair(labels, figure))) << table;
  }
  EXPECT_THAT(Figures(read, "sentinels"), SizeIs(2));
  EXPECT_THAT(Figures(read, "stacked"), SizeIs(48));
}

TEST(TeachingFiles, AColumnMidwayBetweenTwoHeadingsIsRefused) {
  COLLATE_SHARED_FILE(path, kBook);
  const RecipeRead read(
      Recipe(
          "ignore_sheets { regex: \"^(?!pivot-centre)\" reason: \"other\" }" +
          Table("centred", R"(
               match {
                 sheet_regex: "^pivot-centre-aligned$"
                 anchors { name: "first" text: "Leah" }
               }
               boxes {
                 anchor: "first" dy: 1
                 right { until_blank: true } down { until_blank: true offset: -1 }
               }
               dimensions {
                 name: "sex"
                 closest {
                   direction: DIRECTION_LEFT offset: -1 max_distance: 3
                   both_sides: true
                 }
               })")),
      "worked-examples.xlsx", ReadFile(path));
  EXPECT_THAT(read.Faults(), Contains("AMBIGUOUS_HEADER G4"));
}

TEST(TeachingFiles, DatesAsHeadersAreRefused) {
  COLLATE_SHARED_FILE(path, kBook);
  const RecipeRead read(
      Recipe("ignore_sheets { regex: \"^(?!non-text)\" reason: \"other\" }" +
             Table("dated", R"(
               match {
                 sheet_regex: "^non-text headers$"
                 anchors { name: "name" text: "Name" }
               }
               boxes {
                 anchor: "name" dy: 1 dx: 1
                 right { until_blank: true } down { until_blank: true }
               }
               dimensions { name: "day" directly { direction: DIRECTION_UP } })")),
      "worked-examples.xlsx", ReadFile(path));
  EXPECT_THAT(read.Faults(), Contains("LABEL_NOT_TEXT B1"));
}

}  // namespace
}  // namespace collate::foi_spreadsheet
