// Suggestions for published files. They are no part of this repository, so
// that each test is skipped where they are absent.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "plugins/foi_spreadsheet/recipe.h"
#include "tests/plugins/foi_spreadsheet/suggest_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

#define READ_OR_SKIP(bytes, path)          \
  COLLATE_SHARED_FILE(bytes##_path, path); \
  const std::string bytes = testing::ReadFile(bytes##_path)

constexpr char kUseOfForce[] =
    "foi/dev/resistancelab/"
    "police-use-of-force-apr2017-mar2018-hosb3018-tables.ods";

void ExpectPassesLint(const std::string& text) {
  Recipe recipe;
  const tabular::Status loaded = LoadRecipe("s", text, &recipe);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message << "\n" << text;
  EXPECT_FALSE(CheckDecided(recipe).ok());
}

TEST(SuggestPublished, NorthamptonshiresSumDoesNotAddUpBecauseOfMarks) {
  READ_OR_SKIP(bytes, "foi/golden/northants_foi_10905-25_q2_transcription.csv");
  const SuggestRead read("northants.csv", bytes);
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  EXPECT_THAT(read.guess(), AllOf(HasSubstr("\"figures\",\"B2:E5\""),
                                  HasSubstr("if marks count as nothing"),
                                  HasSubstr("\"B3\",\"*, 3 cells\"")));
  EXPECT_THAT(read.Reasons(), Contains("TOTAL_IGNORES_MARKERS"));
  ExpectPassesLint(read.recipe());
  EXPECT_THAT(read.recipe(), HasSubstr("markers: TREAT_ZERO"));
}

TEST(SuggestPublished, UseOfForceHasTwoColumnsOfLabelsAndNestedTotals) {
  READ_OR_SKIP(bytes, kUseOfForce);
  const SuggestRead read("uof.ods", bytes, {{"sheet", "Table_1"}});
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  const std::string guess = read.guess();
  EXPECT_THAT(guess, AllOf(HasSubstr("\"figures\",\"C7:C49\""),
                           HasSubstr("\"labels\",\"column A\""),
                           HasSubstr("\"labels\",\"column B\""),
                           HasSubstr("\"subtotal\",\"row 7\""),
                           HasSubstr("\"subtotal\",\"row 8\""),
                           HasSubstr("\"title\",\"C4\",\"313,137\"")));
  ExpectPassesLint(read.recipe());
  EXPECT_THAT(read.recipe(),
              HasSubstr("Not stated\\\" stands twice; which is which?"));
}

TEST(SuggestPublished, UseOfForceByForceReadsOnceDecided) {
  READ_OR_SKIP(bytes, kUseOfForce);
  const SuggestRead read("uof.ods", bytes, {{"sheet", "Table_12"}});
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  ExpectPassesLint(read.recipe());
  // Every other sheet has to be claimed as well.
  const std::string recipe =
      Decided(read.recipe()) +
      "ignore_sheets { regex: \"^(?:Cover_sheet|Contents|Table_([1-9]|10|11|13|"
      "14|15))$\" reason: \"not asked for\" }\n";
  const RecipeRead tried(recipe, "uof.ods", bytes, {{"period", "2017/18"}},
                         /*preview=*/true);
  EXPECT_THAT(tried.Faults(), IsEmpty()) << recipe;
  EXPECT_THAT(tried.rows(), SizeIs(43)) << "forces, without their regions";
  EXPECT_EQ(tried.At("C7").reporter, "Cleveland");
  EXPECT_EQ(tried.At("C7").value->mantissa, 6315);
  EXPECT_THAT(tried.Attachment("recipe-checks.csv"),
              AllOf(HasSubstr("\"313137\",\"313,137\",\"HOLDS\""),
                    Not(HasSubstr("FAILS"))));
}

TEST(SuggestPublished, SocialCareHasMergedHeadersAndStatusTexts) {
  READ_OR_SKIP(bytes,
               "foi/dev/bbc-social-care-crisis/Social care in crisis.xlsx");
  const SuggestRead read("care.xlsx", bytes,
                         {{"sheet", "Wait times and deaths"}});
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  EXPECT_THAT(read.guess(),
              AllOf(HasSubstr("\"headers\",\"row 1\",\"2, spanning, merged\""),
                    HasSubstr("\"headers\",\"row 2\",\"9, one for each column"),
                    HasSubstr("Cost exceeded, 58 cells"),
                    HasSubstr("Not held, 106 cells")));
  ExpectPassesLint(read.recipe());
  EXPECT_THAT(read.recipe(), AllOf(HasSubstr("by: SPAN_BY_MERGE"),
                                   HasSubstr("undecided: \"mark Not given:")));
  // Hidden columns of the third sheet are for nobody's eyes.
  const SuggestRead third("care.xlsx", bytes,
                          {{"sheet", "Contracts handed back"}});
  EXPECT_THAT(third.Reasons(), Contains("HIDDEN_CELLS"));
  EXPECT_THAT(third.Attachment("suggest-cells.csv") + third.recipe(),
              Not(HasSubstr("@")));
}

TEST(SuggestPublished, TheExportWithAPreambleReadsOnceDecided) {
  READ_OR_SKIP(bytes, "foi/dev/bbc-child-speech/export.csv");
  const SuggestRead read("export.csv", bytes);
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  EXPECT_THAT(read.guess(), AllOf(HasSubstr("\"figures\",\"B8:P29\""),
                                  HasSubstr("\"N8\",\"*, 12 cells\"")));
  ExpectPassesLint(read.recipe());
  const std::string recipe = Replaced(
      Decided(read.recipe()), "# markers { text: \"*\" state: STATE_...",
      "markers { text: \"*\" state: STATE_SUPPRESSED lower: 1 upper: 4");
  const RecipeRead tried(recipe, "export.csv", bytes,
                         {{"period", "2021/22"}, {"reporter", "Wales"}});
  EXPECT_THAT(tried.Faults(), IsEmpty()) << recipe;
  EXPECT_THAT(tried.rows(), SizeIs(22 * 15));
}

TEST(SuggestPublished, SideBySideBlocksAreTwoTables) {
  READ_OR_SKIP(bytes, "foi/dev/tidychef-fixtures/bands-wide.csv");
  const SuggestRead read("bands.csv", bytes);
  EXPECT_THAT(read.guess(), AllOf(HasSubstr("\"1\",\"figures\",\"C4:E7\""),
                                  HasSubstr("\"2\",\"figures\",\"I4:K7\"")));
  ExpectPassesLint(read.recipe());
}

TEST(SuggestPublished, TwinsOfRegionAndForceAreAQuestion) {
  READ_OR_SKIP(bytes,
               "foi/dev/resistancelab/"
               "police-use-of-conducted-energy-devices-2016.ods");
  const SuggestRead read("taser.ods", bytes, {{"sheet", "Table_3"}});
  ASSERT_EQ(read.host.code, COLLATE_CODE_OK) << read.host.message;
  EXPECT_THAT(read.Reasons(), Contains("REPEATED_LABELS"));
  ExpectPassesLint(read.recipe());
  EXPECT_THAT(read.recipe(),
              AllOf(HasSubstr("West Midlands\\\" stands twice"),
                    HasSubstr("undecided: \"flags in columns of their own")));
}

TEST(SuggestPublished, EveryWorkbookGivesARecipeThatPassesTheLint) {
  for (const char* path :
       {"foi/dev/unpivotr/worked-examples.xlsx",
        "foi/dev/bbc-train-emergency-alarms/RDG data.xlsx",
        "foi/dev/bbc-libraries/LibrariesBookBorrowing.csv",
        "foi/dev/bbc-libraries/LibrariesWithWiFiPoints.csv",
        "foi/dev/bbc-libraries/library_closures_BBC.csv",
        "foi/dev/bbc-child-speech/pupil-census-supplementary-2017.xlsx",
        "foi/dev/tidychef-fixtures/data-markers.csv", kUseOfForce}) {
    READ_OR_SKIP(bytes, path);
    const SuggestRead read(std::filesystem::path(path).filename().string(),
                           bytes);
    ASSERT_EQ(read.host.code, COLLATE_CODE_OK)
        << path << ": " << read.host.message;
    ExpectPassesLint(read.recipe());
  }
}

}  // namespace
}  // namespace collate::foi_spreadsheet
