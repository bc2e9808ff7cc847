#include "plugins/police_returns/prc_long.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>

#include "tests/testing/paths.h"

namespace collate::police_returns {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr char kHeader[] =
    "Financial Year,Financial Quarter,Force Name,Offence Description,"
    "Offence Group,Offence Subgroup,Offence Code,Number of Offences\n";

struct Copy {
  std::string force, csp, code, description, raw;
  std::vector<std::string> notes;
  int32_t first_year, quarter;
  Mark mark;
  int64_t value;
  tabular::Locator locator;
};

struct Outcome {
  tabular::Status status;
  PrcSurvey survey;
  std::vector<Copy> rows;

  std::string reason() const {
    if (!status.ok()) return status.error().reason;
    return survey.faults.count == 0 ? "OK" : survey.faults.listed[0].reason;
  }
  const tabular::Error& error() const {
    return status.ok() ? survey.faults.listed[0] : status.error();
  }
};

Outcome Load(std::string_view bytes, ReadOptions options = {}) {
  if (options.part.empty()) options.part = "prc.csv";
  Outcome out;
  tabular::MemorySource source(bytes);
  out.status = SurveyPrc(source, options, &out.survey);
  if (!out.status.ok() || out.survey.faults.count > 0) return out;
  class Sink : public PrcSink {
   public:
    explicit Sink(std::vector<Copy>* rows) : rows_(rows) {}
    tabular::Status OnRow(const PrcRow& row) override {
      rows_->push_back(Copy{std::string(row.force),
                            std::string(row.csp),
                            std::string(row.code),
                            std::string(row.description),
                            std::string(row.raw),
                            {row.notes.begin(), row.notes.end()},
                            row.first_year,
                            row.quarter,
                            row.count.mark,
                            row.count.value,
                            row.locator});
      return tabular::OkStatus();
    }

   private:
    std::vector<Copy>* rows_;
  };
  Sink sink(&out.rows);
  out.status = ReadPrc(source, options, out.survey.grids[0], sink);
  return out;
}

// One data row under the usual header, with one of its cells replaced.
Outcome LoadCell(size_t column, const std::string& text) {
  std::vector<std::string> cells = {"2017/18",
                                    "1",
                                    "Kent",
                                    "Sexual grooming",
                                    "Sexual offences",
                                    "Other sexual offences",
                                    "88A",
                                    "12"};
  cells[column - 1] = text;
  std::string row = cells[0];
  for (size_t i = 1; i < cells.size(); ++i) row += "," + cells[i];
  return Load(kHeader + row + "\n");
}

Outcome LoadValue(const std::string& text) { return LoadCell(8, text); }

TEST(PrcLongTest, ARowKeepsItsLabelsItsTokenAndItsPlace) {
  const Outcome out = Load(std::string(kHeader) +
                           "2017/18,2,\"London, City of\",Homicide,"
                           "Violence,Homicide,1/4.1/4.10/4.2, 1 \n");
  ASSERT_EQ(out.reason(), "OK");
  ASSERT_EQ(out.rows.size(), 1u);
  const Copy& row = out.rows[0];
  EXPECT_EQ(row.force, "London, City of");
  EXPECT_EQ(row.code, "1/4.1/4.10/4.2");
  EXPECT_EQ(row.raw, " 1 ");
  EXPECT_EQ(row.value, 1);
  EXPECT_EQ(row.first_year, 2017);
  EXPECT_EQ(row.quarter, 2);
  EXPECT_EQ(row.locator.line, 2u);
  EXPECT_EQ(row.locator.column, 8u);
  EXPECT_EQ(row.locator.row, 2u);
}

TEST(PrcLongTest, ARowThatStandsTwiceRefusesTheFile) {
  const std::string row =
      "2017/18,1,Kent,Sexual grooming,Sexual offences,"
      "Other sexual offences,88A, 12 \n";
  const std::string other_quarter = "2017/18,2" + row.substr(9);
  EXPECT_EQ(Load(kHeader + row + other_quarter).reason(), "OK");
  const Outcome out = Load(kHeader + row + other_quarter + row);
  EXPECT_EQ(out.reason(), "REPEATED_KEY");
  EXPECT_EQ(out.error().locator.line, 4u);
  EXPECT_NE(out.error().message.find("line 2"), std::string::npos);
  EXPECT_TRUE(out.rows.empty());
}

TEST(PrcLongTest, RowsOfAJointCodeAreAllDelivered) {
  const std::string row =
      "2017/18,1,Kent,Homicide,Violence,Homicide,1/4.1/4.10/4.2, 5 \n";
  const Outcome out = Load(kHeader + row + row);
  EXPECT_EQ(out.reason(), "OK");
  EXPECT_EQ(out.rows.size(), 2u);
}

TEST(PrcLongTest, AccountingZeroIsZeroAndNegativesAreCounts) {
  const Outcome zero = LoadValue("-00 ");
  ASSERT_EQ(zero.reason(), "OK");
  EXPECT_EQ(zero.rows[0].mark, Mark::kNumber);
  EXPECT_EQ(zero.rows[0].value, 0);
  EXPECT_EQ(zero.rows[0].raw, "-00 ");
  EXPECT_EQ(LoadValue(" -45 ").rows[0].value, -45);
  EXPECT_EQ(LoadValue("\"66,776\"").rows[0].value, 66776);
}

TEST(PrcLongTest, UndeclaredMarkersRefuseTheTableAndCiteTheCell) {
  for (const char* token :
       {"-", "*", "..", "n/a", "", "<5", "[b]", "[C]", "--00", "-000", "00",
        "1.2", "12e1", "1 2", "+", "12*", "O"}) {
    const Outcome out = LoadValue(token);
    ASSERT_NE(out.reason(), "OK") << token;
    EXPECT_EQ(out.reason(), std::string(token) == "1.2" ? "NOT_AN_INTEGER"
                                                        : "UNDECLARED_MARKER")
        << token;
    EXPECT_EQ(out.error().locator.line, 2u);
    EXPECT_EQ(out.error().locator.column, 8u);
    EXPECT_EQ(out.error().part, "prc.csv");
    EXPECT_TRUE(out.rows.empty());
  }
  EXPECT_EQ(LoadValue("99999999999999999999").reason(), "NUMBER_OVERFLOW");
}

TEST(PrcLongTest, GovernmentShorthandIsDeclared) {
  EXPECT_EQ(LoadValue("[c]").rows[0].mark, Mark::kConfidential);
  EXPECT_EQ(LoadValue(" [x] ").rows[0].mark, Mark::kUnavailable);
  EXPECT_EQ(LoadValue("[z]").rows[0].mark, Mark::kNotApplicable);
  EXPECT_EQ(LoadValue("[low]").rows[0].mark, Mark::kLow);
}

TEST(PrcLongTest, CodesAreTextByteForByte) {
  for (const char* code : {"4.10", "4.1", "37.1", "814", "17A", "8L", "AF"}) {
    EXPECT_EQ(LoadCell(7, std::string(" ") + code + " ").rows[0].code, code);
  }
}

TEST(PrcLongTest, FinancialYearsInEveryDocumentedForm) {
  for (const char* text :
       {"2017/18", "2017/2018", "2017-18", " 2017/18 ", "2017-2018"}) {
    ASSERT_EQ(LoadCell(1, text).reason(), "OK") << text;
    EXPECT_EQ(LoadCell(1, text).rows[0].first_year, 2017);
  }
  EXPECT_EQ(LoadCell(1, "1999/00").rows[0].first_year, 1999);
  for (const char* text : {"2017", "2017/19", "2017/17", "2017-04", "17/18",
                           "2017/8", "2017/2019", "2017 18", "2O17/18", ""}) {
    const Outcome out = LoadCell(1, text);
    EXPECT_EQ(out.reason(), "INVALID_PERIOD") << text;
    EXPECT_EQ(out.error().locator.column, 1u);
  }
  for (const char* text : {"0", "5", "Q1", "", "1.0", "11"}) {
    EXPECT_EQ(LoadCell(2, text).reason(), "INVALID_PERIOD") << text;
  }
}

TEST(PrcLongTest, QuarterOneIsAprilToJune) {
  // 17257 is 1 April 2017.
  const int32_t starts[] = {17257, 17348, 17440, 17532, 17622};
  for (int quarter = 1; quarter <= 4; ++quarter) {
    const Days days = QuarterDays(2017, quarter);
    EXPECT_EQ(days.begin, starts[quarter - 1]) << quarter;
    EXPECT_EQ(days.end, starts[quarter]) << quarter;
  }
  // January to March of a leap year has 91 days.
  EXPECT_EQ(QuarterDays(2023, 4).end - QuarterDays(2023, 4).begin, 91);
  EXPECT_EQ(FinancialYearText(2017), "2017/18");
  EXPECT_EQ(FinancialYearText(1999), "1999/00");
}

TEST(PrcLongTest, EveryHeaderVariantIsReadAlike) {
  const std::string row = "2017/18,1,Kent,d,g,s,88A,7";
  const std::string underscores =
      "Financial_Year,financial_quarter,FORCE NAME,Offence  Description,"
      "Offence_Group,Offence_Subgroup,Offence_Code,Offence Count\n";
  EXPECT_EQ(Load(underscores + row).rows[0].value, 7);
  const Outcome indexed = Load(
      ",Financial Year,Financial Quarter,Force Name,Offence Description,"
      "Offence Group,Offence Subgroup,Offence Code,Number of Offences,"
      "ITL1 region,ITL2 region\n0," +
      row + ",UK,\"['UK']\"\n");
  ASSERT_EQ(indexed.reason(), "OK");
  EXPECT_EQ(indexed.rows[0].value, 7);
  EXPECT_EQ(indexed.rows[0].locator.column, 9u);
  EXPECT_EQ(indexed.survey.grids[0].ignored_cells, 3u);
  EXPECT_EQ(indexed.survey.grids[0].data_cells, 11u);
  const Outcome moved = Load(
      "Offence Code,Force Name,Number of Offences,Financial Quarter,"
      "Financial Year,Offence Description,Offence Group,Offence Subgroup\n"
      "88A,Kent,7,3,2017/18,d,g,s\n");
  ASSERT_EQ(moved.reason(), "OK");
  EXPECT_EQ(moved.rows[0].code, "88A");
  EXPECT_EQ(moved.rows[0].quarter, 3);
  EXPECT_EQ(moved.rows[0].locator.column, 3u);
}

TEST(PrcLongTest, PartnershipRowsAreToldApartFromForceRows) {
  const std::string header =
      "Financial Year,Financial Quarter,Force Name,CSP Name,"
      "Offence Description,Offence Group,Offence Subgroup,Offence Code,"
      "Offence Count\n";
  const Outcome out = Load(header + "2017/18,1,Kent,Ashford,d,g,s,88A,7\n");
  ASSERT_EQ(out.reason(), "OK");
  EXPECT_TRUE(out.survey.grids[0].has_csp);
  EXPECT_EQ(out.rows[0].csp, "Ashford");
  EXPECT_EQ(Load(header + "2017/18,1,Kent, ,d,g,s,88A,7\n").reason(),
            "EMPTY_LABEL");
  EXPECT_FALSE(LoadValue("1").survey.grids[0].has_csp);
}

TEST(PrcLongTest, UnknownMissingAndDoubleColumnsAreRefusedAtTheirCell) {
  std::string header(kHeader);
  header.pop_back();
  const Outcome unknown = Load(header + ",Region\n");
  EXPECT_EQ(unknown.reason(), "UNKNOWN_COLUMN");
  EXPECT_EQ(unknown.error().locator.column, 9u);
  const Outcome twice = Load(header + ",Offence Count\n");
  EXPECT_EQ(twice.reason(), "AMBIGUOUS_COLUMN");
  EXPECT_EQ(twice.error().locator.column, 9u);
  const Outcome lacking = Load(
      "Financial Year,Financial Quarter,Force Name,Offence Description,"
      "Offence Group,Offence Subgroup,Number of Offences\n");
  EXPECT_EQ(lacking.reason(), "HEADER_NOT_FOUND");
  EXPECT_THAT(lacking.error().message, HasSubstr("lacks Offence Code"));
  EXPECT_EQ(lacking.error().part, "prc.csv");
  EXPECT_EQ(Load("").reason(), "HEADER_NOT_FOUND");
}

TEST(PrcLongTest, NotesGluedToAForceArePartedFromItsName) {
  const Outcome out = LoadCell(3, "Metropolitan Police[Note 6]");
  EXPECT_EQ(out.rows[0].force, "Metropolitan Police");
  EXPECT_THAT(out.rows[0].notes, ElementsAre("[Note 6]"));
  EXPECT_EQ(LoadCell(3, "Kent [note 12]").rows[0].force, "Kent");
  // Anything else in brackets belongs to the name.
  EXPECT_EQ(LoadCell(3, "Kent [old]").rows[0].force, "Kent [old]");
  EXPECT_EQ(LoadCell(3, "Kent [Note]").rows[0].force, "Kent [Note]");
  EXPECT_EQ(LoadCell(3, "[Note 6]").rows[0].force, "[Note 6]");
}

TEST(PrcLongTest, EmptyLabelsAreRefused) {
  EXPECT_EQ(LoadCell(3, " ").reason(), "EMPTY_LABEL");
  EXPECT_EQ(LoadCell(7, "").reason(), "EMPTY_LABEL");
}

TEST(PrcLongTest, ARowOfAnotherLengthIsRefused) {
  const Outcome out = Load(std::string(kHeader) + "2017/18,1,Kent,d,g,s,88A\n");
  EXPECT_EQ(out.reason(), "RAGGED_ROW");
  EXPECT_EQ(out.error().locator.line, 2u);
  EXPECT_EQ(
      Load(std::string(kHeader) + "2017/18,1,Kent,d,g,s,88A,1,2\n").reason(),
      "RAGGED_ROW");
}

TEST(PrcLongTest, BlankRowsAndPreambleAreCountedNotLost) {
  const Outcome out = Load("Police recorded crime\n\n" + std::string(kHeader) +
                           "2017/18,1,Kent,d,g,s,88A,1\n,,,,,,,\n\n");
  ASSERT_EQ(out.reason(), "OK");
  EXPECT_EQ(out.rows.size(), 1u);
  EXPECT_EQ(out.rows[0].locator.line, 4u);
  EXPECT_EQ(out.survey.grids[0].preamble_rows, 2u);
  EXPECT_EQ(out.survey.grids[0].data_rows, 3u);
  EXPECT_EQ(out.survey.grids[0].blank_rows, 2u);
  EXPECT_EQ(out.survey.grids[0].data_cells, 17u);
  EXPECT_EQ(out.survey.grids[0].ignored_cells, 9u);
}

TEST(PrcLongTest, AllFaultsOfAFileAreListedAtOnce) {
  std::string csv = kHeader;
  for (int i = 0; i < 150; ++i) csv += "2017/18,1,Kent,d,g,s,88A,*\n";
  const Outcome out = Load(csv);
  EXPECT_EQ(out.survey.faults.count, 150u);
  ASSERT_EQ(out.survey.faults.listed.size(), kListedFaults);
  EXPECT_EQ(out.survey.faults.listed[99].locator.line, 101u);
}

TEST(PrcLongTest, StreetLevelRecordsAreRefusedBeforeAnyRow) {
  const Outcome out = Load(
      "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
      "LSOA code,LSOA name,Crime type,Last outcome category,Context\n"
      "x,2024-01,Kent,Kent,0.1,51.1,On or near A,E01,B,Violence and sexual "
      "offences,,\n\"unclosed");
  // The fault further down was never reached.
  EXPECT_EQ(out.reason(), "ROW_LEVEL_DATA");
  EXPECT_EQ(out.error().locator.line, 1u);
  EXPECT_THAT(out.error().message, HasSubstr("identify a person"));
}

TEST(PrcLongTest, AnotherFamilyIsRefusedByName) {
  EXPECT_EQ(Load("12 months ending,PFA,Region,Offence,Rolling year total "
                 "number of offences\n")
                .reason(),
            "FAMILY_NOT_READ");
}

TEST(PrcLongTest, EncodingAndLimitsAreThoseOfTheOptions) {
  const std::string bytes =
      std::string(kHeader) + "2017/18,1,Dyfed\x96Powys,d,g,s,88A,1\n";
  EXPECT_EQ(Load(bytes).reason(), "BAD_ENCODING");
  EXPECT_EQ(
      Load(bytes, {.encoding = tabular::Encoding::kWindows1252}).rows[0].force,
      "Dyfed\xE2\x80\x93Powys");
  ReadOptions few;
  few.limits.rows = 1;
  EXPECT_EQ(
      Load(bytes.substr(0, sizeof kHeader - 1) + "2017/18,1,Kent,d,g,s,88A,1\n",
           few)
          .reason(),
      "ROW_LIMIT");
}

TEST(PrcLongTest, YearsAndLabelsAreThoseOfTheFile) {
  const Outcome out = Load(std::string(kHeader) +
                           "2018/19,1,Kent,d,g,s,88A,1\n"
                           "2017/18,1,Kent,d,g,s,88A,1\n"
                           "2017/18,2,Kent,e,g,s,88A,1\n");
  EXPECT_THAT(out.survey.grids[0].years, ElementsAre(2017, 2018));
  EXPECT_EQ(out.survey.labels.size(), 2u);
}

// The published file of 2017/18, whole.
class RealFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_SHARED_FILE(path,
                        "police/prc-pfa-mar2013-onwards-tables201718.csv");
    out_ = Load(testing::ReadFile(path));
    ASSERT_EQ(out_.reason(), "OK");
  }
  int64_t Sum(const std::function<bool(const Copy&)>& where) const {
    int64_t sum = 0;
    for (const Copy& row : out_.rows) sum += where(row) ? row.value : 0;
    return sum;
  }
  Outcome out_;
};

TEST_F(RealFileTest, EveryRowAndCellIsRead) {
  EXPECT_EQ(out_.rows.size(), 23'068u);
  EXPECT_EQ(out_.survey.grids[0].data_rows, 23'068u);
  EXPECT_EQ(out_.survey.grids[0].data_cells, 23'068u * 8);
  EXPECT_EQ(out_.survey.grids[0].ignored_cells, 0u);
  EXPECT_EQ(Sum([](const Copy&) { return true; }), 5'519'401);
  EXPECT_EQ(out_.survey.labels.size(), 132u);
  EXPECT_THAT(out_.survey.grids[0].years, ElementsAre(2017));
  std::set<std::string> forces;
  for (const Copy& row : out_.rows) forces.insert(row.force);
  EXPECT_EQ(forces.size(), 48u);
}

TEST_F(RealFileTest, ZerosAndNegativesStandAsPrinted) {
  int zeros = 0;
  int negatives = 0;
  for (const Copy& row : out_.rows) {
    if (row.raw == "-00 ") {
      ++zeros;
      EXPECT_EQ(row.value, 0);
    }
    if (row.value < 0) ++negatives;
    EXPECT_EQ(row.mark, Mark::kNumber);
  }
  EXPECT_EQ(zeros, 5'792);
  EXPECT_EQ(negatives, 36);
  EXPECT_EQ(Sum([](const Copy& row) { return row.value < 0; }), -115);
  EXPECT_EQ(Sum([](const Copy& row) {
              return row.force == "Lancashire" && row.code == "88C" &&
                     row.quarter == 3;
            }),
            -45);
}

TEST_F(RealFileTest, RepeatedKeysAreAllDelivered) {
  std::map<std::tuple<std::string, int, std::string>, int> keys;
  for (const Copy& row : out_.rows) {
    ++keys[{row.force, row.quarter, row.code}];
  }
  int repeated = 0;
  int rows = 0;
  for (const auto& [key, count] : keys) {
    if (count == 1) continue;
    ++repeated;
    rows += count;
    EXPECT_EQ(std::get<2>(key), "1/4.1/4.10/4.2");
  }
  EXPECT_EQ(repeated, 176);
  EXPECT_EQ(rows, 704);
}

TEST_F(RealFileTest, PublishedFiguresComeOut) {
  const auto code = [this](const char* wanted) {
    return Sum([wanted](const Copy& row) { return row.code == wanted; });
  };
  EXPECT_EQ(code("88A"), 4'444);
  EXPECT_EQ(code("71"), 1'206);
  EXPECT_EQ(code("86"), 22'949);
  EXPECT_EQ(code("22B"), 14'544);
  EXPECT_EQ(code("21"), 8'562);
  const int64_t quarters[] = {895, 942, 1'242, 1'365};
  for (int quarter = 1; quarter <= 4; ++quarter) {
    EXPECT_EQ(Sum([quarter](const Copy& row) {
                return row.code == "88A" && row.quarter == quarter;
              }),
              quarters[quarter - 1]);
  }
  EXPECT_EQ(Sum([](const Copy& row) {
              return row.code == "88A" && row.force == "Greater Manchester";
            }),
            404);
}

TEST(PrcLongFilesTest, TheExtractOf202425IsReadWithItsExtraColumns) {
  COLLATE_SHARED_FILE(
      path, "police/CLEANED-national_forces_crime_data_2024-2025.csv");
  const Outcome out = Load(testing::ReadFile(path));
  ASSERT_EQ(out.reason(), "OK");
  EXPECT_EQ(out.rows.size(), 588u);
  EXPECT_EQ(out.survey.grids[0].ignored_cells, 3u * 588);
  EXPECT_THAT(out.survey.grids[0].years, ElementsAre(2024));
  int64_t sum = 0;
  std::set<std::string> homicide;
  for (const Copy& row : out.rows) {
    sum += row.value;
    if (row.code == "1" || row.code.substr(0, 2) == "4.") {
      homicide.insert(row.code);
    }
  }
  EXPECT_EQ(sum, 1'363'350);
  EXPECT_TRUE(homicide.count("4.1") == 1 && homicide.count("4.10") == 1);
}

TEST(PrcLongFilesTest, AwkwardFilesAreRefusedByName) {
  COLLATE_SHARED_FILE(hostile, "hostile");
  for (const auto& entry : fs::recursive_directory_iterator(hostile)) {
    if (!entry.is_regular_file()) continue;
    const Outcome out = Load(testing::ReadFile(entry.path()));
    ASSERT_FALSE(out.status.ok()) << entry.path();
    EXPECT_FALSE(out.error().reason.empty());
    EXPECT_FALSE(out.error().message.empty());
    EXPECT_FALSE(out.error().part.empty());
  }
}

TEST(PrcLongFilesTest, TheExcerptOfTheProjectItselfIsWhole) {
  const Outcome out = Load(testing::ReadFile(testing::SourcePath(
      "tests/data/police/prc-pfa-mar2013-onwards-tables201718-88A.csv")));
  ASSERT_EQ(out.reason(), "OK");
  EXPECT_EQ(out.rows.size(), 176u);
  int64_t sum = 0;
  for (const Copy& row : out.rows) {
    EXPECT_EQ(row.code, "88A");
    sum += row.value;
  }
  EXPECT_EQ(sum, 4'444);
}

}  // namespace
}  // namespace collate::police_returns
