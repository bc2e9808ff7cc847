// The recipes that are shipped, over the publishers' files: every figure equals
// the extract that somebody else made of the same table.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/tabular/csv.h"
#include "tests/plugins/foi_spreadsheet/recipe_testing.h"

namespace collate::foi_spreadsheet {
namespace {

using ingest::RawObservation;
using ingest::Severity;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ReadFile;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kForce[] =
    "foi/dev/resistancelab/"
    "police-use-of-force-apr2017-mar2018-hosb3018-tables.ods";
constexpr char kTaser[] =
    "foi/dev/resistancelab/"
    "police-use-of-conducted-energy-devices-2016.ods";
constexpr char kClean[] = "foi/dev/resistancelab/cleaned_data/";

using Record = std::vector<std::string>;

class RecordSink final : public tabular::GridSink {
 public:
  tabular::Status OnRow(const tabular::Row& row) override {
    Record& record = records.emplace_back();
    for (const tabular::Cell& cell : row.cells) {
      record.push_back(CleanText(cell.text));
    }
    return tabular::OkStatus();
  }
  std::vector<Record> records;
};

std::vector<Record> ReadRecords(const std::string& path) {
  const std::string bytes = ReadFile(path);
  tabular::MemorySource source(bytes);
  tabular::Budget budget;
  RecordSink sink;
  EXPECT_TRUE(tabular::ReadCsv(source, {.part = path}, budget, sink).ok());
  return sink.records;
}

// (reporter, column, row's number among those of that reporter) -> figure.
using Figures =
    std::map<std::pair<std::string, std::string>, std::multiset<int64_t>>;

// Names as the extracts have them.
std::string Plain(std::string reporter) {
  if (reporter.starts_with("*")) reporter.erase(0, 1);
  if (reporter.starts_with("Total ")) reporter.erase(0, 6);
  if (reporter == "West Midlands region") reporter = "West Midlands";
  if (reporter == "Metropolitan Police") reporter = "Metropolitan";
  return reporter;
}

Figures OfExtract(const std::string& path, size_t reporter) {
  Figures out;
  const auto records = ReadRecords(path);
  for (size_t r = 1; r < records.size(); ++r) {
    for (size_t c = reporter + 1; c < records[r].size(); ++c) {
      const std::string& column = records[0][c];
      if (column.starts_with("Proportion")) continue;
      out[{Plain(records[r][reporter]), column}].insert(
          std::llround(std::stod(records[r][c])));
    }
  }
  return out;
}

Figures OfTable(const RecipeRead& read, const std::string& id) {
  Figures out;
  for (const RawObservation& row : read.rows()) {
    if (read.host.document.tables[row.table].id != id) continue;
    if (!row.value.has_value()) {
      ADD_FAILURE() << row.raw;
      continue;
    }
    const std::string use = Label(row, "ced_use");
    out[{Plain(row.reporter), use.empty() ? "Total" : use}].insert(
        row.value->mantissa);
  }
  return out;
}

uint64_t Flagged(const RecipeRead& read, const std::string& id) {
  uint64_t out = 0;
  for (const RawObservation& row : read.rows()) {
    out += read.host.document.tables[row.table].id == id &&
           (row.flags & COLLATE_FLAG_REVISED) != 0;
  }
  return out;
}

TEST(ShippedRecipes, AllLoad) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           testing::SourcePath("plugins/foi_spreadsheet/resources"))) {
    Recipe recipe;
    const tabular::Status status =
        LoadRecipe(entry.path().filename().string(),
                   ReadFile(entry.path().string()), &recipe);
    EXPECT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(recipe.proto().id() + ".recipe.textproto",
              entry.path().filename().string());
    ++count;
  }
  EXPECT_GE(count, 12);
}

TEST(ShippedRecipes, UseOfForceEqualsTheExtracts) {
  COLLATE_SHARED_FILE(path, kForce);
  const RecipeRead read(ShippedRecipe("use_of_force_2017_18"), "force.ods",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_EQ(OfTable(read, "incidents"),
            OfExtract(testing::SharedData(
                          std::string(kClean) +
                          "use-of-force/incidents/april2017-march2018.csv"),
                      1));
  const std::string uses =
      std::string(kClean) + "use-of-force/by-ced-type-force-region/";
  EXPECT_EQ(OfTable(read, "ced_use_2017_q1"),
            OfExtract(testing::SharedData(uses + "january-march2017.csv"), 1));
  EXPECT_EQ(
      OfTable(read, "ced_use_2016_revised"),
      OfExtract(testing::SharedData(uses + "january-december2016-revised.csv"),
                1));
  EXPECT_EQ(Flagged(read, "ced_use_2016_revised"), 58u);

  // That extract is of a later edition: Hampshire was restated, and with it
  // its region and the whole.
  const Figures before = OfTable(read, "ced_use_2017_18");
  const Figures after =
      OfExtract(testing::SharedData(uses + "april2017-march2018.csv"), 1);
  std::set<std::string> changed;
  ASSERT_EQ(before.size(), after.size());
  for (const auto& [key, figures] : before) {
    if (after.at(key) != figures) changed.insert(key.first);
  }
  EXPECT_THAT(changed,
              ElementsAre("England and Wales", "Hampshire", "South East"));
}

TEST(ShippedRecipes, UseOfForceAccountsForEveryCell) {
  COLLATE_SHARED_FILE(path, kForce);
  const RecipeRead read(ShippedRecipe("use_of_force_2017_18"), "force.ods",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), SizeIs(54 * (1 + 11 + 11 + 11)));
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_observed"], 54u * 34);
  EXPECT_EQ(accounts["cells_left_over"], 0u);
  EXPECT_EQ(accounts["cells_read"],
            accounts["cells_observed"] + accounts["cells_headers"] +
                accounts["cells_notes"] + accounts["cells_totals"] +
                accounts["cells_ignored"]);
}

TEST(ShippedRecipes, TaserEqualsTheExtracts) {
  COLLATE_SHARED_FILE(path, kTaser);
  const RecipeRead read(ShippedRecipe("taser_2016"), "taser.ods",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  const std::string uses =
      std::string(kClean) + "taser-use/by-ced-type-force-region/";
  EXPECT_EQ(OfTable(read, "by_force_2016"),
            OfExtract(testing::SharedData(uses + "2016.csv"), 0));
  EXPECT_EQ(OfTable(read, "by_force_2015_revised"),
            OfExtract(testing::SharedData(uses + "2015-revised.csv"), 0));
  EXPECT_EQ(Flagged(read, "by_year"), 8u);
  EXPECT_EQ(Flagged(read, "by_force_2015_revised"), 71u);

  std::map<std::pair<std::string, std::string>, int64_t> by_year;
  for (const RawObservation& row : read.rows()) {
    if (read.host.document.tables[row.table].id != "by_year") continue;
    const std::string use = Label(row, "ced_use");
    by_year[{use.empty() ? "Total" : use, row.period_text}] =
        row.value->mantissa;
  }
  EXPECT_THAT(by_year, SizeIs(11 * 6));
  const auto records = ReadRecords(testing::SharedData(
      std::string(kClean) + "taser-use/historic-ced-usage/2011-2016.csv"));
  ASSERT_THAT(records, SizeIs(12));
  for (size_t r = 1; r < records.size(); ++r) {
    for (size_t c = 1; c <= 6; ++c) {
      EXPECT_EQ((by_year[{records[r][0], records[0][c]}]),
                std::llround(std::stod(records[r][c])))
          << records[r][0];
    }
  }
}

TEST(ShippedRecipes, ARegionIsToldFromTheForceOfItsName) {
  COLLATE_SHARED_FILE(path, kTaser);
  const RecipeRead read(ShippedRecipe("taser_2016"), "taser.ods",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::map<std::string, std::string> cells;
  for (const RawObservation& row : read.rows()) {
    if (row.locator.sheet == "Table_2" && row.locator.column == 24) {
      cells[tabular::CellName(row.locator.row, 24)] =
          row.reporter + " " + std::to_string(row.value->mantissa);
    }
  }
  EXPECT_EQ(cells["X25"], "West Midlands region 1518");
  EXPECT_EQ(cells["X29"], "West Midlands 852");
}

TEST(ShippedRecipes, StatsWalesIsRoundedAndMarked) {
  COLLATE_SHARED_FILE(path, "foi/dev/bbc-child-speech/export.csv");
  const RecipeRead read(ShippedRecipe("statswales_sen"), "export.csv",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), SizeIs(22 * 15));
  uint64_t marked = 0;
  for (const RawObservation& row : read.rows()) {
    EXPECT_EQ(row.reporter, "Wales");
    EXPECT_EQ(row.period_text, "2021/22");
    EXPECT_THAT(row.notes, ElementsAre("(1)"));
    if (row.raw != "*") {
      EXPECT_EQ(row.state, State::kRounded);
      EXPECT_EQ(row.lower->mantissa,
                row.raw == "5" ? 5 : row.value->mantissa - 2);
      EXPECT_EQ(row.upper->mantissa, row.value->mantissa + 2);
      continue;
    }
    ++marked;
    EXPECT_EQ(row.state, State::kSuppressed);
    EXPECT_FALSE(row.value.has_value());
    EXPECT_EQ(row.lower->mantissa, 1);
    EXPECT_EQ(row.upper->mantissa, 4);
  }
  EXPECT_EQ(marked, 12u);
  const RawObservation& dyslexia = read.At("F8");
  EXPECT_EQ(Label(dyslexia, "local_authority"), "Isle of Anglesey");
  EXPECT_EQ(Label(dyslexia, "need_type"), "Dyslexia");
  EXPECT_EQ(dyslexia.value->mantissa, 140);
}

// Northamptonshire, FOI 10905/25: question 1 has 52 offences; nothing may be
// concluded from that for the cells that are withheld here.
constexpr char kNorthants[] =
    ",11 and under,12-15,16 and over,Unknown Age\n"
    "Female,,22,,2\n"
    "Male,*,*,,\n"
    "Unknown,,*,,22\n"
    "Sum:,0,22,0,24\n";
const Pairs kNorthantsManifest = {{"period_first_day", "2024-04-01"},
                                  {"period_last_day", "2025-03-31"},
                                  {"reporter", "Northamptonshire"}};

TEST(ShippedRecipes, ASumOverMarksIsNoTotalOfTheTable) {
  const RecipeRead read(ShippedRecipe("s15a_victims_sex_age"), "q2.csv",
                        kNorthants, kNorthantsManifest);
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(12));
  std::map<std::string, int64_t> printed;
  uint64_t suppressed = 0;
  uint64_t not_shown = 0;
  for (const RawObservation& row : read.rows()) {
    EXPECT_FALSE(row.lower.has_value());
    EXPECT_FALSE(row.upper.has_value());
    EXPECT_EQ(row.flags, 0u);
    if (row.value.has_value()) {
      printed[Label(row, "sex") + ", " + Label(row, "age_band")] =
          row.value->mantissa;
    }
    suppressed += row.state == State::kSuppressed;
    not_shown += row.state == State::kNotShown;
  }
  EXPECT_EQ(suppressed, 3u);
  EXPECT_EQ(not_shown, 6u);
  const std::map<std::string, int64_t> expected = {
      {"Female, 12-15", 22},
      {"Female, Unknown Age", 2},
      {"Unknown, Unknown Age", 22}};
  EXPECT_EQ(printed, expected);
  EXPECT_THAT(read.Reasons(Severity::kWarning),
              Contains("TOTAL_IGNORES_MARKERS"));
  auto accounts = read.host.accounts;
  EXPECT_EQ(accounts["cells_totals"], 4u);
}

TEST(ShippedRecipes, TheTranscriptionOfTheAnswerReadsAlike) {
  COLLATE_SHARED_FILE(path,
                      "foi/golden/northants_foi_10905-25_q2_transcription.csv");
  EXPECT_EQ(ReadFile(path), kNorthants);
}

TEST(ShippedRecipes, ASumThatCountsAMissingForceAsNoneIsTold) {
  const RecipeRead read(ShippedRecipe("onthewight_south_east"), "wight.csv",
                        "Force,2017/18,2018/19,2019/20,2020/21,2021/22,2022/23,"
                        "2023/24\n"
                        "Hampshire/IW,152,181,291,18,,279,95\n"
                        "Kent,122,140,176,224,179,230,264\n"
                        "Surrey,27,76,67,78,63,74,98\n"
                        "Sussex*,77,76,145,205,187,189,223\n"
                        "South East,378,473,679,525,429,772,680\n");
  EXPECT_THAT(read.Faults(), ElementsAre("CELL_LEFT_OVER A1"));
  const RecipeRead clean(
      ShippedRecipe("onthewight_south_east"), "wight.csv",
      ",2017/18,2018/19,2019/20,2020/21,2021/22,2022/23,2023/24\n"
      "Hampshire/IW,152,181,291,18,,279,95\n"
      "Kent,122,140,176,224,179,230,264\n"
      "Surrey,27,76,67,78,63,74,98\n"
      "Sussex*,77,76,145,205,187,189,223\n"
      "South East,378,473,679,525,429,772,680\n");
  ASSERT_TRUE(clean.ok()) << clean.host.message;
  EXPECT_THAT(clean.rows(), SizeIs(28));
  EXPECT_EQ(clean.At("F2").state, State::kNotShown);
  EXPECT_EQ(clean.At("F2").reporter, "Hampshire");
  EXPECT_EQ(clean.At("B5").reporter, "Sussex");
  EXPECT_THAT(clean.At("B5").notes, ElementsAre("*"));
  EXPECT_THAT(clean.Reasons(Severity::kWarning),
              ElementsAre("TOTAL_IGNORES_BLANKS"));
}

TEST(ShippedRecipes, AListOfFiguresIsReadByItsHeaders) {
  COLLATE_SHARED_FILE(path, "foi/golden/nspcc_force_year.csv");
  const RecipeRead read(ShippedRecipe("published_force_figures"), "list.csv",
                        ReadFile(path));
  ASSERT_TRUE(read.ok()) << read.host.message;
  std::vector<std::string> expected;
  for (const Record& record : ReadRecords(path)) {
    if (record[0] == "force_as_stated" || record[1].starts_with("first")) {
      continue;
    }
    std::string force = record[0];
    if (force.ends_with("*")) force.pop_back();
    expected.push_back(force + "|" + record[1] + "|" + record[2]);
  }
  std::vector<std::string> found;
  for (const RawObservation& row : read.rows()) {
    found.push_back(row.reporter + "|" + row.period_text + "|" + row.raw);
  }
  EXPECT_THAT(expected, SizeIs(95));
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace collate::foi_spreadsheet
