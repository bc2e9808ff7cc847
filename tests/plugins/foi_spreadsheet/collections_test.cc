// Shipped recipes of newsroom collections and of the pupil census, over the
// publishers' files: every cell accounted for, and the figures, marks and
// statuses that were counted in the files by other means.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/plugins/foi_spreadsheet/recipe_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ingest::RawObservation;
using ingest::Severity;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using testing::ReadFile;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using vocabulary::State;

std::string TableOf(const RecipeRead& read, const RawObservation& row) {
  return read.host.document.tables[row.table].id;
}

void ExpectAccounted(const RecipeRead& read) {
  ASSERT_TRUE(read.ok()) << read.host.message;
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_left_over"], 0u);
  EXPECT_EQ(accounts["cells_read"],
            accounts["cells_observed"] + accounts["cells_headers"] +
                accounts["cells_notes"] + accounts["cells_totals"] +
                accounts["cells_ignored"]);
}

// How often a table says what: the printed text, or the reason of a blank.
std::map<std::string, int> Said(const RecipeRead& read,
                                const std::string& table) {
  std::map<std::string, int> out;
  for (const RawObservation& row : read.rows()) {
    if (TableOf(read, row) != table || row.value.has_value()) continue;
    ++out[row.raw.empty() ? "blank, " + row.reason : row.raw];
  }
  return out;
}

int64_t Sum(const RecipeRead& read, const std::string& table,
            const std::string& label = "") {
  int64_t out = 0;
  for (const RawObservation& row : read.rows()) {
    if (TableOf(read, row) != table || !row.value.has_value()) continue;
    if (!label.empty() && row.period_text != label) continue;
    EXPECT_EQ(row.value->scale, 0);
    out += row.value->mantissa;
  }
  return out;
}

// ---- Social care in crisis -------------------------------------------------

RecipeRead SocialCare(const std::string& path, bool preview = false) {
  return RecipeRead(ShippedRecipe("bbc_social_care"), "care.xlsx",
                    ReadFile(path), {{"period", "2022/23"}}, preview);
}
constexpr char kCare[] =
    "foi/dev/bbc-social-care-crisis/Social care in crisis.xlsx";

TEST(SocialCare, EveryCellIsAccountedFor) {
  COLLATE_SHARED_FILE(path, kCare);
  const RecipeRead read = SocialCare(path);
  ExpectAccounted(read);
  EXPECT_THAT(read.rows(), SizeIs(350 * 2 + 209 * 9 + 210 * 4));
  EXPECT_THAT(read.Reasons(Severity::kWarning), Contains("HIDDEN_CELLS_READ"));
}

TEST(SocialCare, StatusesOfAreasAreStates) {
  COLLATE_SHARED_FILE(path, kCare);
  const RecipeRead read = SocialCare(path);
  EXPECT_EQ(Sum(read, "answers_contracts"), 190);
  EXPECT_EQ(
      Said(read, "answers_contracts"),
      (std::map<std::string, int>{{"Refused", 80}, {"Did not respond", 80}}));
  EXPECT_EQ(Sum(read, "answers_waits"), 126);
  EXPECT_EQ(Said(read, "answers_waits"),
            (std::map<std::string, int>{
                {"Refused", 126}, {"Did not respond", 92}, {"No", 6}}));
}

TEST(SocialCare, TextInColumnsOfNumbersIsAState) {
  COLLATE_SHARED_FILE(path, kCare);
  const RecipeRead read = SocialCare(path);
  std::map<std::string, int> said = Said(read, "waits");
  for (const auto& [what, count] : Said(read, "deaths")) said[what] += count;
  EXPECT_EQ(said["Not held"], 106);
  EXPECT_EQ(said["Nor held"], 1);
  EXPECT_EQ(said["Not given"], 95);
  EXPECT_EQ(said["Cost exceeded"], 58);
  EXPECT_EQ(said["NA"], 4);
  // 63 refused and 55 unanswered rows of nine cells, and one without a status.
  EXPECT_EQ(said["blank, Refused"], 63 * 9);
  EXPECT_EQ(said["blank, Response given? No"], 55 * 9);
  EXPECT_EQ(said["blank, blank, and the file does not say what that means"], 9);
  EXPECT_THAT(said, SizeIs(8));
  for (const RawObservation& row : read.rows()) {
    if (row.raw == "Not held" || row.raw == "Nor held") {
      EXPECT_EQ(row.state, State::kNotHeld);
    } else if (row.raw == "Cost exceeded" || row.reason == "Refused") {
      EXPECT_EQ(row.state, State::kRefused);
    } else if (row.raw == "Not given" || row.raw == "Did not respond") {
      EXPECT_EQ(row.state, State::kNoResponse);
    }
  }
}

TEST(SocialCare, TheDeathsAreThoseOfTheColumn) {
  COLLATE_SHARED_FILE(path, kCare);
  const RecipeRead read = SocialCare(path);
  EXPECT_EQ(Sum(read, "deaths"), 1233);
  // The merge above it says 2022-23; the sender does.
  const RecipeRead silent(ShippedRecipe("bbc_social_care"), "care.xlsx",
                          ReadFile(path));
  EXPECT_THAT(silent.Faults(), Contains(HasSubstr("MANIFEST_MISSING")));
}

TEST(SocialCare, HiddenRowsSayWhyTheyAreBlank) {
  COLLATE_SHARED_FILE(path, kCare);
  const RecipeRead read = SocialCare(path);
  EXPECT_EQ(Sum(read, "contracts", "2021-22 financial year"), 7077);
  EXPECT_EQ(Sum(read, "contracts", "2022-23 financial year"), 5936);
  // 32 blank refusals: 15 not held, 13 of cost, 4 of no ground; 38 silent.
  std::map<std::string, int> said = Said(read, "contracts");
  EXPECT_EQ(said["blank, Did not respond"], 2 * 38);
  EXPECT_EQ(said["blank, Refused"] + said["blank, Refused: cost exceeded"] +
                said["blank, Refused: the information is not held"],
            2 * 32);
  EXPECT_GT(said["blank, Refused: cost exceeded"], 0);
  EXPECT_EQ(said["Not held"], 26);
  EXPECT_EQ(said["n/a"], 12);
  EXPECT_EQ(said["NA"], 7);
  EXPECT_EQ(Said(read, "hours")["NA"], 33);
}

TEST(SocialCare, NamesAndMailboxesAreShownNowhere) {
  COLLATE_SHARED_FILE(path, kCare);
  const RecipeRead read = SocialCare(path, /*preview=*/true);
  const std::string cells = read.Attachment("recipe-cells.csv");
  EXPECT_THAT(cells, HasSubstr("(not shown)"));
  EXPECT_THAT(cells, Not(HasSubstr("@")));
  for (const auto& diagnostic : read.host.document.diagnostics) {
    EXPECT_THAT(diagnostic.found, Not(HasSubstr("@")));
  }
  for (const RawObservation& row : read.rows()) {
    EXPECT_THAT(row.raw, Not(HasSubstr("@")));
  }
}

// ---- Trains ----------------------------------------------------------------

TEST(RailAlarms, AYearOfThirteenPeriodsIsNoFinancialYear) {
  COLLATE_SHARED_FILE(path, "foi/dev/bbc-train-emergency-alarms/RDG data.xlsx");
  const RecipeRead read(ShippedRecipe("rail_alarms"), "rdg.xlsx",
                        ReadFile(path));
  ExpectAccounted(read);
  EXPECT_EQ(Sum(read, "incidents"), 23521);
  EXPECT_EQ(Sum(read, "delay"), 463125);
  EXPECT_EQ(Sum(read, "delay_again"), 463125);
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_totals"], 2u);
  for (const RawObservation& row : read.rows()) {
    if (row.period_text != "2017/18") continue;
    EXPECT_EQ(row.period_end - row.period_begin, 52 * 7);
  }
}

// ---- Libraries -------------------------------------------------------------

TEST(Libraries, AFileOfCarriageReturnsIsRead) {
  COLLATE_SHARED_FILE(path, "foi/dev/bbc-libraries/LibrariesBookBorrowing.csv");
  const RecipeRead read(ShippedRecipe("bbc_library_loans"), "loans.csv",
                        ReadFile(path));
  ExpectAccounted(read);
  EXPECT_THAT(read.rows(), SizeIs(148 * 2));
  EXPECT_EQ(Sum(read, "loans", "Book issues 2012"), 240'914'358);
  EXPECT_EQ(Sum(read, "loans", "Book issues 2014"), 193'050'857);
  EXPECT_EQ(Said(read, "loans"),
            (std::map<std::string, int>{{"blank, Missing number", 10}}));
}

TEST(Libraries, PercentagesAsTextAreRead) {
  COLLATE_SHARED_FILE(path,
                      "foi/dev/bbc-libraries/LibrariesWithWiFiPoints.csv");
  const RecipeRead read(ShippedRecipe("bbc_library_wifi"), "wifi.csv",
                        ReadFile(path));
  ExpectAccounted(read);
  EXPECT_THAT(read.rows(), SizeIs(148 * 2));
  EXPECT_EQ(read.At("D3").value->mantissa, 59);
  EXPECT_THAT(read.At("D3").notes, ElementsAre("per cent"));
  // Twelve councils have one of the two years.
  int blank = 0;
  for (const auto& [what, count] : Said(read, "wifi")) blank += count;
  EXPECT_EQ(blank, 12);
}

TEST(Libraries, StaffHaveFractionsAndSomeAreNotKnown) {
  COLLATE_SHARED_FILE(path, "foi/dev/bbc-libraries/library_closures_BBC.csv");
  const RecipeRead read(ShippedRecipe("bbc_library_closures"), "closures.csv",
                        ReadFile(path));
  ExpectAccounted(read);
  EXPECT_THAT(read.rows(), SizeIs(207 * 17));
  std::map<std::string, int> said;
  for (const char* table :
       {"staff", "volunteers", "libraries", "changes", "proposed"}) {
    for (const auto& [what, count] : Said(read, table)) said[what] += count;
  }
  EXPECT_EQ(said["Not available"], 72);
  EXPECT_EQ(said["N/A"], 2);
  EXPECT_EQ(Sum(read, "libraries", "Libraries/mobile libraries 2010"), 4290);
  EXPECT_EQ(Sum(read, "libraries", "Libraries/mobile libraries now"), 3765);
  EXPECT_EQ(Sum(read, "proposed"), 111);
  // "1,400" is one number, in one cell.
  EXPECT_EQ(Sum(read, "volunteers", "Volunteers now"), 31848 + 1400);
}

// ---- Pupil census ----------------------------------------------------------

constexpr char kCensus[] =
    "foi/dev/bbc-child-speech/pupil-census-supplementary-2017.xlsx";

TEST(PupilCensus, EverySheetIsAccountedFor) {
  COLLATE_SHARED_FILE(path, kCensus);
  const RecipeRead read(ShippedRecipe("pupil_census_2017"), "census.xlsx",
                        ReadFile(path));
  ExpectAccounted(read);
  EXPECT_THAT(read.rows(), SizeIs(21727));
  // Lists, words, charts and withdrawn tables.
  std::vector<std::string> not_read;
  for (const auto& diagnostic : read.host.document.diagnostics) {
    if (diagnostic.reason != "SHEET_NOT_READ") continue;
    not_read.push_back(
        diagnostic.message.substr(0, diagnostic.message.find(':')));
  }
  EXPECT_THAT(
      not_read,
      UnorderedElementsAre(R"("Contents")", R"("Background Notes")",
                           R"("Chart 1")", R"("Chart 3")", R"("Chart 4")",
                           R"("Table 1.4")", R"("Table 5.5")", R"("Table 6.9")",
                           R"("Table 7.8")", R"("Table 8.5")"));
  std::map<std::string, int> marks;
  for (const RawObservation& row : read.rows()) {
    if (row.raw != "*" && row.raw != "#" && row.raw != ":") continue;
    ++marks[row.raw];
    EXPECT_FALSE(row.value.has_value());
    EXPECT_FALSE(row.upper.has_value());
    EXPECT_EQ(row.state, row.raw == "*"   ? State::kSuppressed
                         : row.raw == "#" ? State::kNotApplicable
                                          : State::kNotShown);
  }
  // All of them that the workbook has.
  EXPECT_EQ(marks["*"], 931);
  EXPECT_EQ(marks["#"], 947);
  EXPECT_EQ(marks[":"], 16);
}

TEST(PupilCensus, FiguresAreThoseOfTheirTables) {
  COLLATE_SHARED_FILE(path, kCensus);
  const RecipeRead read(ShippedRecipe("pupil_census_2017"), "census.xlsx",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::map<std::string, int64_t> figures;
  for (const RawObservation& row : read.rows()) {
    if (!row.value.has_value()) continue;
    std::string key = TableOf(read, row) + "|" + row.period_text;
    for (const auto& [axis, label] : row.dimensions) key += "|" + label;
    figures.emplace(key, row.value->mantissa);
  }
  const std::map<std::string, int64_t> printed = {
      {"schools_1|2017|Aberdeen City", 65},
      {"schools_2|2001|All local authorities|Primary", 2270},
      {"pupils|2011|All local authorities", 669182},
      {"pupils_by_sex_3|2017|All local authorities|Special|Male", 4605},
      {"reasons_1|2017|Angus|Primary|Hearing impairment", 17},
      {"crossings_3|2017|Aberdeen City|Going to a school outwith the area|"
       "Secondary",
       139},
      {"time_2017_1|2017|No time in mainstream classes|Primary|Male|with IEP",
       457},
      {"special_time_2016|2016|Special|Female", 2004},
      {"stage_ages_1|2017|5|P1|Primary|Female", 25828},
      {"stage_ages_1|2017|5|P1|Primary", 51939},
      {"sector_schools|2017", 2514},
      {"sector_pupils|2017", 688959},
      {"sector_pupils|2011|Special", 6943},
      {"school_sizes|2017|1,200 and over|Secondary", 44},
      {"school_size_pupils|2017|50-99|Special", 2137},
      {"rurality|2017|Classification of pupil", 688824},
      {"rurality|2017|Classification of school|Remote rural areas", 30106},
      {"denomination_schools_1|1997|Roman Catholic", 421},
      {"denomination_pupils_4|2016|Roman Catholic|Special", 194},
      {"stages_since_2001_2|2002|S1|Secondary", 61572},
      {"special_by_sex|2012|Special", 6953},
      {"attendance|2003|Residential|Special|Male", 121},
      {"special_identity|2017|Minority ethnic|Special", 666},
      {"ethnic_stages_2|2017|Total known|S6|Secondary", 31488},
      {"mainstream_since_2007|2017|Secondary", 82712},
      {"mainstream_before_2007|2005|No time in mainstream classes|Primary",
       423},
      {"integration_2016|2016|With IEP", 37667},
      {"integration_2017|2017|With CSP", 2182},
      {"support_by_plan_4|2017|Special|with CSP", 804},
      {"disability_by_sex_1|2017|Physical", 3238},
      {"gaelic_scotland|2017|Gaelic Medium Education", 3965},
      {"home_languages|2017|Telugu", 293},
      {"home_languages|2017|Gaelic (Scottish)", 510},
      {"languages|2017", 158},
      {"classes_by_size|2017|Single stage classes", 11907},
      {"class_pupils_by_size|2017|Composite classes", 100466},
      {"stage_class_pupils_4|2017|Single stage classes|P1-P3", 128451},
      {"stage_class_pupils_8|2016|31 or more|Composite classes|P7", 13},
      {"authority_schools|2017|All local authorities|Primary", 2018},
      {"authority_pupils|2017|All local authorities|Secondary", 281405},
      {"ethnic_years|2013|White other|All local authorities", 25310},
      {"home_language_authorities|2017|Neither English, Gaelic, Scots, Doric "
       "nor Sign Language|All local authorities",
       53052},
      {"authority_languages|2017|West Lothian", 61},
      {"authority_classes|2017|Composite classes|All local authorities", 4976},
      {"authority_class_pupils|2017|Single stage classes|Grant aided", 462},
      {"authority_pupils_by_class_size|2017|more than 25|All local authorities|"
       "P2-P3",
       44268},
      {"commentary_class_pupils|2011|26 or more|P1", 609},
      {"commentary_pupils|2017|Female", 338004},
      {"commentary_ethnic_groups|2017|White - Other British", 37069},
      {"commentary_english|2017", 41524},
      {"commentary_support_needs|2017|with Additional Support Needs", 183491}};
  for (const auto& [key, figure] : printed) {
    ASSERT_THAT(figures, Contains(Key(key)));
    EXPECT_EQ(figures.at(key), figure) << key;
  }
}

// Of the sheets that are read, figures are left out only where others of them
// are the same with fewer decimals, and zeros of columns that part others.
TEST(PupilCensus, FiguresThatAreLeftOutAreFew) {
  COLLATE_SHARED_FILE(path, kCensus);
  const RecipeRead read(ShippedRecipe("pupil_census_2017"), "census.xlsx",
                        ReadFile(path), {}, /*preview=*/true);
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::map<std::string, int> left_out;
  const std::regex line(
      R"re("([^"]*)","[0-9]+","[0-9]+","-?[0-9][0-9,.]*","ignored","(.*)")re");
  std::istringstream in(read.Attachment("recipe-cells.csv"));
  for (std::string text; std::getline(in, text);) {
    std::smatch found;
    if (!std::regex_match(text, found, line)) continue;
    if (found[2].str().starts_with("ignore_sheets: ")) continue;
    ++left_out[found[1].str() + ": " + found[2].str().substr(0, 10)];
  }
  const std::string commentary = "Commentary and tables from pub: ";
  EXPECT_EQ(left_out,
            (std::map<std::string, int>{{commentary + "table 4.1:", 28},
                                        {commentary + "table 4.4:", 238},
                                        {commentary + "commentary", 7},
                                        {"Chart 2: table 1.5 ", 108},
                                        {"Table 3.10 : stray zero", 9},
                                        {"Table 8.6: a stray ze", 1}}));
}

// Averages, shares and rates keep the decimals of the cell.
TEST(PupilCensus, AveragesAndSharesAreNeverAdded) {
  COLLATE_SHARED_FILE(path, kCensus);
  const RecipeRead read(ShippedRecipe("pupil_census_2017"), "census.xlsx",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::map<std::string, double> figures;
  for (const RawObservation& row : read.rows()) {
    const ingest::RawTable& table = read.host.document.tables[row.table];
    if (table.aggregation != ingest::Aggregation::kNone) continue;
    if (!row.value.has_value()) continue;
    std::string key = table.id + "|" + row.period_text;
    for (const auto& [axis, label] : row.dimensions) key += "|" + label;
    figures.emplace(key, static_cast<double>(row.value->mantissa) /
                             std::pow(10, row.value->scale));
  }
  const std::map<std::string, double> printed = {
      {"average_class_size|2006", 23.2},
      {"average_class_size|2017|P7", 25.8605},
      {"commentary_class_size|2017|P1-P3", 23.2141},
      {"composite_shares|2001|P2", 26.4},
      {"class_shares_by_size|2017|21 – 25|Composite classes", 61.9574},
      {"class_pupil_shares_by_size|2017|1 – 18|Single stage classes", 5.72327},
      {"stage_class_shares_1|2016|1 – 18|P1", 20.4},
      {"class_shares_since_2006|2006|more than 30|P4-P7", 14.6},
      {"small_class_shares|2007|18 or fewer|P1-P3", 15.3},
      {"small_class_shares|2006|18 or fewer|Edinburgh City|P1-P3", 7.1},
      {"authority_class_size|2017|Grant aided", 28.875},
      {"composite_class_shares|2017|All local authorities", 29.5014},
      {"composite_pupil_shares|2017|All local authorities", 25.1259},
      {"deprivation|2017|10|Grant aided", 39.9048},
      {"staying_on_authorities|2017|S3-S6|Male", 57.3649},
      {"support_shares_since_2007|2016|Secondary", 26.7835},
      {"disability_rates_by_sex_4|2017|Physical|Special|Male", 159.362},
      {"gaelic_rates|2017|Gaelic learner classes", 9.44323},
      {"special_female_shares|2004|Special", 32.2},
      {"residential_shares|2017|Special|Female", 1.1259}};
  for (const auto& [key, figure] : printed) {
    ASSERT_THAT(figures, Contains(Key(key)));
    EXPECT_NEAR(figures.at(key), figure, 1e-5 * figure) << key;
  }
}

// Where the table of one authority says "not applicable", another says 0; that
// one's figures are held against its total only.
TEST(PupilCensus, ZeroesOfNoSchoolAreOnlyChecked) {
  COLLATE_SHARED_FILE(path, kCensus);
  const RecipeRead read(ShippedRecipe("pupil_census_2017"), "census.xlsx",
                        ReadFile(path), {}, /*preview=*/true);
  ASSERT_TRUE(read.ok()) << read.host.message;
  for (const RawObservation& row : read.rows()) {
    if (TableOf(read, row) != "authority_pupils") continue;
    EXPECT_NE(Label(row, "school_type"), "Special");
  }
  EXPECT_THAT(read.Attachment("recipe-cells.csv"),
              HasSubstr("\"Table 5.3\",\"46\",\"8\",\"135\",\"total\""));
  EXPECT_THAT(
      read.Attachment("recipe-checks.csv"),
      HasSubstr("\"authority_pupils\",\"local authorities\",\"Table 5.3\","
                "\"44\",\"8\",\"6519\",\"6519\""));
}

// One column of local authorities comes to 180 and is printed as 183. In early
// years the sex of some pupils was not recorded, as footnotes say.
TEST(PupilCensus, TotalsThatFailAreToldAndKept) {
  COLLATE_SHARED_FILE(path, kCensus);
  const RecipeRead read(ShippedRecipe("pupil_census_2017"), "census.xlsx",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::vector<std::string> failed;
  for (const auto& diagnostic : read.host.document.diagnostics) {
    if (diagnostic.reason != "SUM_MISMATCH") continue;
    failed.push_back(
        diagnostic.locator.sheet + " " +
        tabular::CellName(diagnostic.locator.row, diagnostic.locator.column) +
        " " + diagnostic.expected + " " + diagnostic.found);
  }
  EXPECT_THAT(failed,
              UnorderedElementsAre(
                  "Table 8.1 H43 180 183", "Table 2.1 F6 435706 436979",
                  "Table 2.1 F11 413711 413713", "Table 3.1 F4 314054 314889",
                  "Table 3.1 F5 312161 313204", "Table 4.1 F11 7905 7981",
                  "Table 4.1 F23 6951 6953", "Table 4.8 L4 6951 6953",
                  "Table 4.8 L9 6834 6836", "Table 1.5 N8 13357 13355"));
}

}  // namespace
}  // namespace collate::foi_spreadsheet
