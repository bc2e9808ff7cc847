// One recipe reads one table out of every kind of file. All figures are
// synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/sheet.h"
#include "tests/plugins/foi_spreadsheet/kinds_testing.h"
#include "tests/plugins/foi_spreadsheet/recipe_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ingest::RawObservation;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Kinds : public ::testing::TestWithParam<KindOfFile> {};

TEST_P(Kinds, OneRecipeReadsTheSameFigures) {
  const RecipeRead read(kVictimsRecipe, GetParam().name, GetParam().make());
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::map<std::string, int64_t> figures;
  for (const RawObservation& row : read.rows()) {
    EXPECT_EQ(row.reporter, "Kent");
    EXPECT_EQ(row.period_text, "2023/24");
    ASSERT_TRUE(row.value.has_value()) << row.raw;
    figures[tabular::CellName(row.locator.row, row.locator.column) + " " +
            Label(row, "sex") + " " + Label(row, "age_band")] =
        row.value->mantissa;
  }
  const std::map<std::string, int64_t> expected = {
      {"B2 Female 0-11", 4},  {"C2 Female 12-15", 1020},
      {"D2 Female 16+", 10},  {"E2 Female ", 1034},
      {"B3 Male 0-11", 1},    {"C3 Male 12-15", 6},
      {"D3 Male 16+", 2},     {"E3 Male ", 9},
      {"B4 Unknown 0-11", 0}, {"C4 Unknown 12-15", 3},
      {"D4 Unknown 16+", 0},  {"E4 Unknown ", 3},
      {"B5  0-11", 5},        {"C5  12-15", 1029},
      {"D5  16+", 12},        {"E5  ", 1046},
  };
  EXPECT_EQ(figures, expected);
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_read"], 25u);
  EXPECT_EQ(accounts["cells_left_over"], 0u);
  EXPECT_THAT(read.Reasons(ingest::Severity::kWarning), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, Kinds, ::testing::ValuesIn(KindsOfFiles()),
                         [](const auto& info) { return info.param.kind; });

// Two tables: one is proved, the other's total is wrong.
std::string HalfProven() {
  auto wrong = tabular::VictimRows();
  wrong[4][4] = "1,047";
  return tabular::MakePdf(
      {.pages = {{tabular::PdfRows(tabular::VictimRows(), 100)},
                 {tabular::PdfRows(wrong, 300)}}});
}

TEST(UnprovenTables, RefuseTheDocument) {
  const RecipeRead read(kVictimsRecipe, "letter.pdf", HalfProven());
  EXPECT_FALSE(read.ok());
  EXPECT_THAT(read.Faults(), Contains(HasSubstr("PDF_TOTAL_WRONG")));
  EXPECT_THAT(read.rows(), IsEmpty());
}

TEST(UnprovenTables, AreLeftOutByName) {
  const RecipeRead read(
      std::string(kVictimsRecipe) +
          "ignore_sheets { regex: \"^Page 2 \" reason: \"a draft\" }",
      "letter.pdf", HalfProven());
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), SizeIs(16));
  EXPECT_THAT(read.Reasons(ingest::Severity::kInfo),
              Contains("SHEET_NOT_READ"));
}

TEST(UnprovenTables, RefuseTheTableThatIsToldToReadThem) {
  std::string recipe = kVictimsRecipe;
  recipe.insert(recipe.find("match {") + 7, " sheet_regex: \"^Page 2 \"");
  const RecipeRead read(
      recipe + "ignore_sheets { regex: \"^Page 1 \" reason: \"other\" }",
      "letter.pdf", HalfProven());
  EXPECT_THAT(read.Faults(), ElementsAre(HasSubstr("PDF_TOTAL_WRONG")));
}

TEST(Documents, AWarningOfTheReaderStaysAWarning) {
  // A turned word: not read, and a person should look.
  const std::string content =
      tabular::PdfRows(tabular::VictimRows(), 100) +
      "BT /F1 10 Tf 0 1 -1 0 560 300 Tm (Draft) Tj ET\n";
  const RecipeRead read(kVictimsRecipe, "letter.pdf", tabular::PdfOf(content));
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.Reasons(ingest::Severity::kWarning),
              Contains("TURNED_TEXT_NOT_READ"));
}

TEST(Documents, AContainerThatIsNoneIsRefusedForWhatItIs) {
  const RecipeRead cut(kVictimsRecipe, "a.pdf", "%PDF-1.4\nnothing");
  EXPECT_THAT(cut.Faults(), ElementsAre("PDF_DAMAGED"));
  const RecipeRead none(kVictimsRecipe, "a.docx",
                        tabular::MakeDocx({.body = tabular::WordParagraph(
                                               tabular::WordRun("Dear Sir"))}));
  EXPECT_THAT(none.Faults(), ElementsAre("DOCUMENT_WITHOUT_TABLES"));
}

}  // namespace
}  // namespace collate::foi_spreadsheet
