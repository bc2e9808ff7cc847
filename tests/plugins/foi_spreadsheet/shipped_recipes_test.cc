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
using ::testing::IsSupersetOf;
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

std::vector<Record> RecordsOf(const std::string& path,
                              const std::string& bytes) {
  tabular::MemorySource source(bytes);
  tabular::Budget budget;
  RecordSink sink;
  EXPECT_TRUE(tabular::ReadCsv(source, {.part = path}, budget, sink).ok());
  return sink.records;
}

std::vector<Record> ReadRecords(const std::string& path) {
  return RecordsOf(path, ReadFile(path));
}

std::string Published(const std::string& file) {
  return ReadFile(testing::SourcePath("tests/data/foi/published/" + file));
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
  EXPECT_EQ(count, 16);
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

// What Q2 says, wherever its table stands.
void ExpectNorthants(const RecipeRead& read) {
  std::map<std::string, int64_t> printed;
  std::map<std::string, int64_t> sums;
  uint64_t suppressed = 0;
  uint64_t not_shown = 0;
  for (const RawObservation& row : read.rows()) {
    if (read.host.document.tables[row.table].measure != "victims") continue;
    EXPECT_FALSE(row.lower.has_value());
    EXPECT_FALSE(row.upper.has_value());
    suppressed += row.state == State::kSuppressed;
    not_shown += row.state == State::kNotShown;
    if (!row.value.has_value()) continue;
    const std::string sex = Label(row, "sex");
    const std::string age = Label(row, "age_band");
    const bool sum = sex.empty();
    EXPECT_EQ(row.flags,
              sum ? uint64_t{COLLATE_FLAG_TOTAL_IGNORES_MARKERS} : 0u);
    (sum ? sums[age] : printed[sex + ", " + age]) = row.value->mantissa;
  }
  EXPECT_EQ(suppressed, 3u);
  EXPECT_EQ(not_shown, 6u);
  const std::map<std::string, int64_t> expected = {
      {"Female, 12-15", 22},
      {"Female, Unknown Age", 2},
      {"Unknown, Unknown Age", 22}};
  EXPECT_EQ(printed, expected);
  const std::map<std::string, int64_t> expected_sums = {{"11 and under", 0},
                                                        {"12-15", 22},
                                                        {"16 and over", 0},
                                                        {"Unknown Age", 24}};
  EXPECT_EQ(sums, expected_sums);
  EXPECT_THAT(read.Reasons(Severity::kWarning),
              IsSupersetOf({"TOTAL_IGNORES_MARKERS", "TOTAL_IGNORES_BLANKS"}));
}

TEST(ShippedRecipes, ASumOverMarksIsNoTotalOfTheTable) {
  const RecipeRead read(ShippedRecipe("s15a_victims_sex_age"), "q2.csv",
                        kNorthants, kNorthantsManifest);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), SizeIs(16));
  ExpectNorthants(read);
}

TEST(ShippedRecipes, AnAnswerKeyedByHandHasBothQuestions) {
  const std::string bytes = Published("northamptonshire.csv");
  // Q2 stands in it as it was transcribed.
  EXPECT_TRUE(bytes.ends_with(kNorthants));
  const RecipeRead read(ShippedRecipe("s15a_answer_q1_q2"), "answer.csv",
                        bytes);
  ASSERT_TRUE(read.ok()) << read.host.message;
  ASSERT_THAT(read.rows(), SizeIs(17));
  ExpectNorthants(read);
  const RawObservation& offences = read.At("B5");
  EXPECT_EQ(offences.value->mantissa, 52);
  EXPECT_EQ(offences.flags, 0u);
  EXPECT_EQ(offences.reporter, "Northamptonshire");
  EXPECT_EQ(offences.period_text, "1 April 2024 to 31 March 2025");
  EXPECT_EQ(Label(offences, "offence"), "071/17");
  EXPECT_THAT(offences.notes, ElementsAre("printed_by: FOI answer 10905/25"));
  // No check holds one question against the other.
  EXPECT_THAT(read.host.document.tables, SizeIs(2));

  const RecipeRead other(ShippedRecipe("s15a_answer_q1"), "answer.csv",
                         Published("dyfed_powys.csv"));
  ASSERT_TRUE(other.ok()) << other.host.message;
  ASSERT_THAT(other.rows(), SizeIs(1));
  EXPECT_EQ(other.At("B5").value->mantissa, 39);
  EXPECT_EQ(other.At("B5").reporter, "Dyfed-Powys");
}

TEST(ShippedRecipes, TheTranscriptionOfTheAnswerReadsAlike) {
  COLLATE_SHARED_FILE(path,
                      "foi/golden/northants_foi_10905-25_q2_transcription.csv");
  EXPECT_EQ(ReadFile(path), kNorthants);
}

TEST(ShippedRecipes, ASumThatCountsAMissingForceAsNoneIsTold) {
  const std::string table = Published("on_the_wight.csv");
  const RecipeRead stray(ShippedRecipe("onthewight_south_east"), "wight.csv",
                         "Force" + table);
  EXPECT_THAT(stray.Faults(), ElementsAre("CELL_LEFT_OVER A1"));
  const RecipeRead read(ShippedRecipe("onthewight_south_east"), "wight.csv",
                        table);
  ASSERT_TRUE(read.ok()) << read.host.message;
  EXPECT_THAT(read.rows(), SizeIs(35));
  EXPECT_EQ(read.At("F2").state, State::kNotShown);
  EXPECT_EQ(read.At("F2").reporter, "Hampshire");
  EXPECT_EQ(read.At("B5").reporter, "Sussex");
  EXPECT_THAT(read.At("B5").notes,
              ElementsAre("printed_by: onthewight.com (2024)", "*"));
  EXPECT_THAT(read.Reasons(Severity::kWarning),
              ElementsAre("TOTAL_IGNORES_BLANKS"));
  // The publisher's region is not the one of that name.
  for (const char* sum : {"B6", "C6", "D6", "E6", "F6", "G6", "H6"}) {
    EXPECT_EQ(read.At(sum).reporter, "South East without Thames Valley");
    EXPECT_EQ(read.At(sum).flags,
              sum == std::string("F6")
                  ? uint64_t{COLLATE_FLAG_TOTAL_IGNORES_MARKERS}
                  : 0u);
  }
}

using Lines = std::multiset<std::string>;

std::string Line(const Record& of) {
  std::string out;
  for (const std::string& text : of) out += (out.empty() ? "" : "|") + text;
  return out;
}

// "area|period|platform|figure|stated|printer" of each row that came out.
Lines LinesOf(const RecipeRead& read) {
  Lines out;
  for (const RawObservation& row : read.rows()) {
    std::string stated;
    std::string printer;
    for (const std::string& note : row.notes) {
      const size_t colon = note.find(": ");
      (note.starts_with("stated_coverage") ? stated : printer) =
          note.substr(colon + 2);
    }
    out.insert(Line({row.reporter, row.period_text, Label(row, "platform"),
                     row.raw, stated, printer}));
  }
  return out;
}

TEST(ShippedRecipes, EveryRowOfTheListsComesOutWithWhoPrintedIt) {
  for (const auto& [file, count] :
       {std::pair("national.csv", 25), std::pair("platform_share.csv", 45),
        std::pair("force_year.csv", 62)}) {
    const RecipeRead read(ShippedRecipe("published_figures"), file,
                          Published(file));
    ASSERT_TRUE(read.ok()) << file << ": " << read.host.message;
    Lines expected;
    for (const Record& row : RecordsOf(file, Published(file))) {
      if (row[0] == "figure") continue;
      expected.insert(Line({row[1], row[2], row[4], row[5], row[6], row[7]}));
    }
    EXPECT_EQ(LinesOf(read), expected) << file;
    EXPECT_THAT(read.rows(), SizeIs(count)) << file;
    EXPECT_THAT(read.Reasons(Severity::kWarning), IsEmpty()) << file;
  }
}

TEST(ShippedRecipes, PercentagesAreRoundedByHalfOfOne) {
  const RecipeRead read(ShippedRecipe("published_figures"), "shares.csv",
                        Published("platform_share.csv"));
  ASSERT_TRUE(read.ok()) << read.host.message;
  const RawObservation& snapchat = read.At("F2");
  EXPECT_EQ(snapchat.state, State::kRounded);
  EXPECT_EQ(snapchat.value->mantissa, 48);
  EXPECT_EQ(snapchat.lower->mantissa, 475);
  EXPECT_EQ(snapchat.lower->scale, 1);
  EXPECT_EQ(snapchat.upper->mantissa, 485);
}

TEST(ShippedRecipes, ARowThatNoTableTakesRefusesTheList) {
  const std::string header =
      "figure,area,period,offence,platform,value,stated coverage,printed by\n";
  const auto faults = [&](const std::string& rows) {
    return RecipeRead(ShippedRecipe("published_figures"), "list.csv",
                      header + "offences,UK,2023/24,s15a,,1,,a\n" + rows)
        .Faults();
  };
  EXPECT_THAT(faults(""), IsEmpty());
  EXPECT_THAT(faults("victims,UK,2023/24,s15a,,1,,a\n"),
              Contains("CELL_LEFT_OVER A3"));
  EXPECT_THAT(faults("offences,UK,2023/24,s15a,Kik,1,,a\n"),
              ElementsAre("CELL_LEFT_OVER E3"));
  EXPECT_THAT(faults("offences,UK,2023/24,s15a,,1,,\n"),
              ElementsAre("PRINTED_BY_MISSING H3"));
  EXPECT_THAT(faults("offences,UK,2023/24,s15a,,1,about 40,a\n"),
              ElementsAre("STATED_COVERAGE G3"));
  EXPECT_THAT(faults("offences,UK,first nine months,s15a,,1,,a\n"),
              ElementsAre("UNKNOWN_PERIOD C3"));
  EXPECT_THAT(faults("share by platform,UK,2023/24,s15a,Kik,4.5,,a\n"),
              ElementsAre("NOT_ROUNDED F3"));
}

// Figures of force_year.csv against the list that it was made from, which has
// those of the other files, too.
TEST(ShippedRecipes, TheListOfForcesIsTheCollectedOne) {
  COLLATE_SHARED_FILE(path, "foi/golden/nspcc_force_year.csv");
  Lines collected;
  for (const Record& record : ReadRecords(path)) {
    if (record[0] == "force_as_stated" || record[1].starts_with("first") ||
        record[3].starts_with("onthewight") ||
        record[3].find(" FOI ") != std::string::npos) {
      continue;
    }
    std::string printers = record[3];
    while (!printers.empty()) {
      const size_t end = printers.find("; ");
      collected.insert(
          Line({record[0], record[1], record[2], printers.substr(0, end)}));
      printers = end == std::string::npos ? "" : printers.substr(end + 2);
    }
  }
  Lines ours;
  const std::string file = "force_year.csv";
  for (const Record& row : RecordsOf(file, Published(file))) {
    if (row[0] != "figure") ours.insert(Line({row[1], row[2], row[5], row[7]}));
  }
  EXPECT_EQ(ours, collected);
}

}  // namespace
}  // namespace collate::foi_spreadsheet
