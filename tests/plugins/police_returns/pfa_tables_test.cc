// The ONS police force area tables through the adapter's exported table, as a
// worker would call it, and the publisher's files through the reader.

#include "plugins/police_returns/pfa_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "plugins/police_returns/pfa_sums.h"
#include "plugins/police_returns/pfa_tables_adapter.h"
#include "plugins/sdk/adapter.h"
#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/sdk_bridge.h"
#include "tests/plugins/police_returns/pfa_workbooks.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate::police_returns {
namespace {

using ingest::RawDiagnostic;
using ingest::RawObservation;
using ingest::RawTable;
using tabular::CellName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using ::testing::Pair;
using testing::RecordingHost;
using ::testing::SizeIs;
using vocabulary::State;

// A workbook through the adapter.
class Reading {
 public:
  explicit Reading(const FakeBook& book) : Reading(BytesOf(book)) {}
  explicit Reading(const std::string& bytes) {
    MemoryDocument document("book.xlsx", bytes);
    host_.Run(collate_adapter_v1(), document);
    EXPECT_THAT(host_.breaches, IsEmpty());
  }

  bool ok() const { return host_.code == COLLATE_CODE_OK; }
  const RecordingHost& host() const { return host_; }
  const std::vector<RawTable>& tables() const { return host_.document.tables; }
  const std::vector<RawObservation>& rows() const {
    return host_.document.observations;
  }

  const RawTable& Table(const std::string& id) const {
    static const RawTable kNone;
    for (const RawTable& table : tables()) {
      if (table.id == id) return table;
    }
    ADD_FAILURE() << "no table " << id;
    return kNone;
  }
  // The observation of a cell, by the name of the cell.
  const RawObservation& At(const std::string& sheet,
                           const std::string& cell) const {
    static const RawObservation kNone;
    for (const RawObservation& row : rows()) {
      if (row.locator.sheet == sheet &&
          CellName(row.locator.row, row.locator.column) == cell) {
        return row;
      }
    }
    ADD_FAILURE() << "nothing of " << sheet << "!" << cell;
    return kNone;
  }
  std::vector<RawDiagnostic> Found(const std::string& reason) const {
    std::vector<RawDiagnostic> found;
    for (const RawDiagnostic& diagnostic : host_.document.diagnostics) {
      if (diagnostic.reason == reason) found.push_back(diagnostic);
    }
    return found;
  }
  // "REASON 'sheet'!cell" of a refusal, "OK" of none.
  std::string Refusal() const {
    if (ok()) return "OK";
    EXPECT_THAT(tables(), IsEmpty()) << "something was handed over before";
    const std::vector<RawDiagnostic> found = Found(host_.reason);
    if (found.size() != 1) return host_.reason + " without a place";
    const ingest::RawLocator& place = found[0].locator;
    return host_.reason + " '" + place.sheet + "'!" +
           (place.column == 0 ? "row " + std::to_string(place.row)
                              : CellName(place.row, place.column));
  }

 private:
  RecordingHost host_;
};

FakeBook BookOf(FakeSheet p1) { return {{"Table P1", std::move(p1)}}; }
FakeBook BookOf(const std::string& name, FakeSheet other) {
  return {{"Table P1", FakeP1()}, {name, std::move(other)}};
}

TEST(PfaTablesTest, EveryTableIsDeclaredAsTheFamilyMeansIt) {
  const Reading reading(WholeFakeBook());
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  std::map<std::string, std::pair<std::string, std::string>> measures;
  for (const RawTable& table : reading.tables()) {
    measures[table.id] = {table.measure, table.unit};
    EXPECT_EQ(table.partition, ingest::Partition::kIncomplete) << table.id;
    EXPECT_GT(table.locator.row, 0u) << table.id;
  }
  const std::map<std::string, std::pair<std::string, std::string>> expected = {
      {"pfa_p1_numbers", {"recorded offences", "offences"}},
      {"pfa_p2_change", {"percentage change in recorded offences", "per cent"}},
      {"pfa_p3_population_rates",
       {"recorded offences per 1,000 population",
        "offences per 1,000 population"}},
      {"pfa_p3_household_rates",
       {"recorded offences per 1,000 households",
        "offences per 1,000 households"}},
      {"pfa_p3_population", {"population", "persons"}},
      {"pfa_p3_households", {"households", "households"}},
      {"pfa_p9_population", {"population", "persons"}}};
  EXPECT_EQ(measures, expected);

  const RawTable& counts = reading.Table("pfa_p1_numbers");
  EXPECT_EQ(counts.aggregation, ingest::Aggregation::kSum);
  EXPECT_EQ(counts.repeats, ingest::Repeats::kError);
  EXPECT_EQ(counts.floor, ingest::Floor::kNone);
  EXPECT_THAT(counts.extent,
              ElementsAre(Pair("period", "year ending March 2018")));
  for (const char* rate :
       {"pfa_p2_change", "pfa_p3_population_rates", "pfa_p3_household_rates"}) {
    EXPECT_EQ(reading.Table(rate).aggregation, ingest::Aggregation::kNone);
    EXPECT_EQ(reading.Table(rate).repeats, ingest::Repeats::kError);
    EXPECT_EQ(reading.Table(rate).floor, ingest::Floor::kNone);
    EXPECT_THAT(reading.Table(rate).extent,
                ElementsAre(Pair("period", "year ending March 2018")));
  }
  const RawTable& people = reading.Table("pfa_p9_population");
  EXPECT_EQ(people.aggregation, ingest::Aggregation::kSum);
  // P3 may print the same estimate.
  EXPECT_EQ(people.repeats, ingest::Repeats::kConflict);
  EXPECT_EQ(people.floor, ingest::Floor::kZero);
  EXPECT_THAT(people.extent, ElementsAre(Pair("period", "2015-06-30"),
                                         Pair("period", "2016-06-30")));
  EXPECT_THAT(reading.Table("pfa_p3_households").extent,
              ElementsAre(Pair("period", "2015-06-30")));
}

TEST(PfaTablesTest, ACountIsOneObservationWithItsTokenAndPlace) {
  const Reading reading(WholeFakeBook());
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const RawObservation& row = reading.At("Table P1", "K11");
  EXPECT_EQ(row.reporter, "Staffordshire");
  EXPECT_EQ(row.reporter_code, "E23000015");
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("offence", "Sexual offences")));
  EXPECT_EQ(row.period_begin, 17257);  // 1 April 2017
  EXPECT_EQ(row.period_end, 17622);    // 1 April 2018
  EXPECT_EQ(row.period_kind, COLLATE_PERIOD_ROLLING_YEAR);
  EXPECT_EQ(row.period_text, "year ending March 18");
  EXPECT_EQ(row.state, State::kReported);
  ASSERT_TRUE(row.value.has_value());
  EXPECT_EQ(row.value->mantissa, 307);
  EXPECT_EQ(row.value->scale, 0);
  EXPECT_FALSE(row.lower.has_value() || row.upper.has_value());
  EXPECT_EQ(row.raw, "307");
  EXPECT_EQ(row.level, ingest::Level::kLeaf);
  ASSERT_THAT(row.headers, SizeIs(3));
  EXPECT_EQ(CellName(row.headers[0].row, row.headers[0].column), "A1");
  EXPECT_EQ(CellName(row.headers[1].row, row.headers[1].column), "K5");
  EXPECT_EQ(CellName(row.headers[2].row, row.headers[2].column), "B11");
  // A heading that reaches down over a merge.
  EXPECT_THAT(
      reading.At("Table P1", "C11").dimensions,
      ElementsAre(Pair("offence", "Total recorded crime (excluding fraud)")));
  EXPECT_EQ(reading.rows().size(), 8u * 23 + 8 * 23 + 7 * (23 + 1 + 2) + 7 * 2);
}

TEST(PfaTablesTest, NegativeCountsAreReal) {
  const Reading reading(BookOf(FakeP1().Number("K11", -3)));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  EXPECT_EQ(reading.At("Table P1", "K11").value->mantissa, -3);
}

TEST(PfaTablesTest, ARegionThatHasAForcesNameGoesByItsCode) {
  const Reading reading(WholeFakeBook());
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const RawObservation& region = reading.At("Table P1", "C9");
  EXPECT_EQ(region.reporter_code, "E12000005");
  EXPECT_EQ(region.reporter, "");
  const RawObservation& force = reading.At("Table P1", "C10");
  EXPECT_EQ(force.reporter_code, "E23000014");
  EXPECT_EQ(force.reporter, "West Midlands");
  EXPECT_THAT(reading.Found("NAME_LEFT_TO_FORCE"), SizeIs(4));
  // Every other area keeps its name beside its code.
  EXPECT_EQ(reading.At("Table P1", "C7").reporter, "ENGLAND AND WALES");
}

TEST(PfaTablesTest, TransportPoliceHasNoCode) {
  const Reading reading(
      BookOf(FakeP1().Text("B14", "British Transport Police(2006)")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const RawObservation& row = reading.At("Table P1", "C14");
  EXPECT_EQ(row.reporter, "British Transport Police(2006)");
  EXPECT_EQ(row.reporter_code, "");
}

TEST(PfaTablesTest, SuperscriptsAreNotesAndDigitsAreText) {
  const Reading reading(BookOf(FakeP1()
                                   .Text("B7", "ENGLAND AND WALES", " 2,1")
                                   .Text("A11", "E23000015", "2")
                                   .Text("O5", "Residential burglary", "3")
                                   .Text("B13", "Dyfed-Powys[Note 2]")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  EXPECT_EQ(reading.At("Table P1", "C7").reporter, "ENGLAND AND WALES");
  EXPECT_THAT(reading.At("Table P1", "C7").notes,
              ElementsAre("2. Includes British Transport Police.",
                          "1. Not National Statistics."));
  EXPECT_EQ(reading.At("Table P1", "C11").reporter_code, "E23000015");
  EXPECT_THAT(reading.At("Table P1", "O11").notes,
              ElementsAre("2. Includes British Transport Police.",
                          "3. Figures of burglary are not shown."));
  EXPECT_THAT(reading.At("Table P1", "O11").dimensions,
              ElementsAre(Pair("offence", "Residential burglary")));
  EXPECT_EQ(reading.At("Table P1", "C13").reporter, "Dyfed-Powys");
  EXPECT_THAT(reading.At("Table P1", "C13").notes,
              ElementsAre("2. Includes British Transport Police."));
  // The title's is about the whole table.
  ASSERT_THAT(reading.Found("TABLE_NOTE"), SizeIs(1));
  EXPECT_EQ(reading.Found("TABLE_NOTE")[0].found,
            "1. Not National Statistics.");
  EXPECT_THAT(reading.Found("NOTE_NOT_PRINTED"), IsEmpty());
  // Digits that are no superscript are part of a name.
  EXPECT_EQ(Reading(BookOf(FakeP1().Text("B11", "Staffordshire 2")))
                .At("Table P1", "C11")
                .reporter,
            "Staffordshire 2");
}

TEST(PfaTablesTest, AMarkOfANoteThatIsNotPrintedIsTold) {
  const Reading reading(BookOf(FakeP1().Text("B11", "Staffordshire", "9,8")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const auto found = reading.Found("NOTE_NOT_PRINTED");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].severity, ingest::Severity::kWarning);
  EXPECT_EQ(found[0].found, "9");
  EXPECT_EQ(CellName(found[0].locator.row, found[0].locator.column), "B11");
}

TEST(PfaTablesTest, HeadingsMayDriftAndChangePlaces) {
  // Two columns have changed places.
  FakeSheet p1 = FakeP1()
                     .Text("I5", " Stalking\nand  harassment ")
                     .Text("O5", "Residental burglary")
                     .Text("U5", "All other theft offences")
                     .Text("AA5", "Miscellaneous crimes against society")
                     .Text("K5", "Robbery")
                     .Text("L5", "Sexual offences");
  const Reading reading(BookOf(p1));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const auto offence = [&](const std::string& cell) {
    return reading.At("Table P1", cell).dimensions[0].second;
  };
  EXPECT_EQ(offence("I11"), "Stalking and harassment");
  EXPECT_EQ(offence("O11"), "Residental burglary");
  EXPECT_EQ(offence("P11"), "Non-residential burglary");
  EXPECT_EQ(offence("U11"), "All other theft offences");
  EXPECT_EQ(offence("AA11"), "Miscellaneous crimes against society");
  EXPECT_EQ(offence("L11"), "Sexual offences");
}

TEST(PfaTablesTest, MarksOfChangesSayWhyThereIsNoNumber) {
  const Reading reading(BookOf("Table P2", FakeP2()
                                               .Text("F11", "-")
                                               .Text("O5",
                                                     "Residental "
                                                     "burglary",
                                                     "3")
                                               .Text("O11", "-")
                                               .Text("G11", "N/A")
                                               .Text("H11", "NA")
                                               .Text("I11", "[c]")
                                               .Text("J11", "[x]")
                                               .Text("K11", "[z]")
                                               .Text("L11", "[low]")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const auto said = [&](const std::string& cell) {
    const RawObservation& row = reading.At("Table P2", cell);
    EXPECT_FALSE(row.value.has_value()) << cell;
    return std::make_pair(row.state, row.reason);
  };
  EXPECT_EQ(said("F11"),
            std::make_pair(State::kNotShown,
                           std::string("-: percentage not shown, the base is "
                                       "fewer than 50")));
  EXPECT_EQ(reading.At("Table P2", "F11").raw, "-");
  EXPECT_EQ(said("O11"),
            std::make_pair(State::kNotShown,
                           std::string("-: not shown in this column, see its "
                                       "note")));
  EXPECT_THAT(reading.At("Table P2", "O11").notes,
              ElementsAre("3. Figures of burglary are not shown."));
  EXPECT_EQ(said("G11").first, State::kNotShown);
  EXPECT_EQ(said("H11").first, State::kNotShown);
  EXPECT_EQ(said("I11").first, State::kSuppressed);
  EXPECT_EQ(said("J11").first, State::kNotShown);
  EXPECT_EQ(said("K11").first, State::kNotApplicable);
  EXPECT_EQ(said("L11").first, State::kSuppressed);
}

TEST(PfaTablesTest, TheLaterYearOfAComparisonIsItsPeriod) {
  for (const char* title :
       {"Table P2: percentage change, year ending march 2017 compared with "
        "year ending March 2018",
        "Table P2: percentage change, year ending March 2018 compared with "
        "year ending March 2017"}) {
    const Reading reading(BookOf("Table P2", FakeP2().Text("A1", title, "1")));
    ASSERT_TRUE(reading.ok()) << reading.host().message;
    EXPECT_EQ(reading.At("Table P2", "C11").period_begin, 17257) << title;
    EXPECT_EQ(reading.At("Table P2", "C11").period_text,
              "year ending March 2018");
  }
}

TEST(PfaTablesTest, BinaryFractionsAreKeptWithinHalfAStep) {
  const Reading reading(
      BookOf("Table P3", FakeP3()
                             .Number("F11", "4.7762866918323911E-3")
                             .Number("H11", "86.359110995658412")
                             .Number("I11", "0")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const RawObservation& small = reading.At("Table P3", "F11");
  EXPECT_EQ(small.state, State::kRounded);
  EXPECT_EQ(small.raw, "4.7762866918323911E-3");
  EXPECT_EQ(small.value->mantissa, 47762867);
  EXPECT_EQ(small.value->scale, 10);
  EXPECT_EQ(small.lower->mantissa, 477628665);
  EXPECT_EQ(small.upper->mantissa, 477628675);
  EXPECT_EQ(small.upper->scale, 11);
  EXPECT_EQ(reading.At("Table P3", "H11").value->mantissa, 863591109957);
  // What has no more decimals than that is as printed.
  const RawObservation& exact = reading.At("Table P3", "J11");
  EXPECT_EQ(exact.state, State::kReported);
  EXPECT_EQ(exact.value->mantissa, 125);
  EXPECT_EQ(exact.value->scale, 1);
  EXPECT_EQ(reading.At("Table P3", "I11").state, State::kReported);
  ASSERT_THAT(reading.Found("DECIMALS_ROUNDED"), SizeIs(1));
  EXPECT_EQ(reading.Found("DECIMALS_ROUNDED")[0].repeats, 2u);
}

TEST(PfaTablesTest, TheHouseholdColumnIsAMeasureOfItsOwn) {
  const Reading reading(BookOf("Table P3", FakeP3()));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  std::map<std::string, int> rows;
  for (const RawObservation& row : reading.rows()) {
    ++rows[reading.tables()[row.table].id];
  }
  EXPECT_EQ(rows["pfa_p3_population_rates"], 7 * 23);
  EXPECT_EQ(rows["pfa_p3_household_rates"], 7);
  const RawObservation& row = reading.At("Table P3", "S11");
  EXPECT_EQ(reading.tables()[row.table].id, "pfa_p3_household_rates");
  EXPECT_THAT(
      row.dimensions,
      ElementsAre(Pair("offence", "Residential burglary (households)")));
}

TEST(PfaTablesTest, TheRateOfTheCityOfLondonIsIncludedInLondons) {
  const Reading reading(
      BookOf("Table P3", FakeP3()
                             .Text("A11", "E23000034")
                             .Text("B11", "City of London", "2")
                             .Text("F11", "+")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const RawObservation& row = reading.At("Table P3", "F11");
  EXPECT_EQ(row.state, State::kIncludedElsewhere);
  EXPECT_EQ(row.reason,
            "+: included in London's rate; 2. '+' Rates for London include "
            "'City of London'.");
}

TEST(PfaTablesTest, PeopleAreCountedOnADayAndRoundedToAHundred) {
  const Reading reading(
      BookOf("Table P3", FakeP3().Number("C11", 0).Number("D11", 100)));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const RawObservation& none = reading.At("Table P3", "C11");
  EXPECT_EQ(none.state, State::kRounded);
  EXPECT_THAT(none.dimensions, IsEmpty());
  EXPECT_EQ(none.lower->mantissa, 0);  // never below
  EXPECT_EQ(none.upper->mantissa, 50);
  EXPECT_EQ(none.period_begin, 16982);  // 30 June 2016
  EXPECT_EQ(none.period_end, 16983);
  EXPECT_EQ(none.period_kind, COLLATE_PERIOD_DAY);
  EXPECT_EQ(none.period_text, "mid-2016");
  const RawObservation& some = reading.At("Table P3", "D11");
  EXPECT_EQ(some.lower->mantissa, 50);
  EXPECT_EQ(some.upper->mantissa, 150);
  EXPECT_EQ(some.period_text, "mid-2015");
}

TEST(PfaTablesTest, EveryYearOfP9IsADay) {
  const Reading reading(BookOf("Table P9", FakeP9()));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  EXPECT_EQ(reading.At("Table P9", "C10").period_text, "mid-2015");
  EXPECT_EQ(reading.At("Table P9", "D10").period_begin, 16982);
  EXPECT_EQ(reading.At("Table P9", "D10").value->mantissa, 300000);
  EXPECT_EQ(reading.At("Table P9", "D10").lower->mantissa, 299950);
}

TEST(PfaTablesTest, AreasThatDoNotAddUpAreToldAndKept) {
  const Reading reading(BookOf(FakeP1().Number("K8", 715)));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const auto found = reading.Found("SUM_MISMATCH");
  ASSERT_THAT(found, SizeIs(3));
  // England and Wales from England; England from its region and its forces.
  EXPECT_EQ(CellName(found[0].locator.row, found[0].locator.column), "K7");
  EXPECT_EQ(found[0].found, "1028");
  EXPECT_EQ(found[0].expected, "1029");
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(CellName(found[i].locator.row, found[i].locator.column), "K8");
    EXPECT_EQ(found[i].expected, "714");
    EXPECT_EQ(found[i].severity, ingest::Severity::kWarning);
  }
  EXPECT_EQ(reading.At("Table P1", "K8").flags,
            uint32_t{COLLATE_FLAG_TOTAL_MISMATCH});
  EXPECT_EQ(reading.At("Table P1", "K8").value->mantissa, 715);
  EXPECT_EQ(reading.At("Table P1", "L8").flags, 0u);
  EXPECT_THAT(Reading(WholeFakeBook()).Found("SUM_MISMATCH"), IsEmpty());
}

TEST(PfaTablesTest, SumsOfWhatIsNotThereAreNotChecked) {
  const Reading reading(BookOf(FakeP1().Text("K11", "[c]")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  EXPECT_THAT(reading.Found("SUM_MISMATCH"), IsEmpty());
  ASSERT_THAT(reading.Found("SUM_NOT_CHECKED"), SizeIs(1));
  EXPECT_EQ(reading.Found("SUM_NOT_CHECKED")[0].repeats, 1u);
}

TEST(PfaTablesTest, SheetsAreChosenByNameAndOthersAreTold) {
  const Reading reading(WholeFakeBook());
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  std::vector<std::string> ignored;
  for (const RawDiagnostic& found : reading.Found("SHEET_NOT_READ")) {
    EXPECT_EQ(found.severity, ingest::Severity::kInfo);
    ignored.push_back(found.locator.sheet);
  }
  EXPECT_THAT(ignored, ElementsAre("Notes", "Table P4 ", "Table P10"));
}

TEST(PfaTablesTest, EveryCellIsAccountedFor) {
  const Reading reading(BookOf(FakeP1().Text("D9", "  ").Text("D20", " ")));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  const auto& accounts = reading.host().accounts;
  EXPECT_EQ(accounts.at("rows_above_data"), 5u);
  EXPECT_EQ(accounts.at("rows_read"), 8u);
  EXPECT_EQ(accounts.at("rows_observed"), 8u);
  EXPECT_EQ(accounts.at("rows_ignored"), 0u);
  EXPECT_EQ(accounts.at("rows_below_data"), 5u);
  // 23 figures, a name and (but for the last) a code; and the blank.
  EXPECT_EQ(accounts.at("cells_read"), 8u * 25 - 1 + 1);
  EXPECT_EQ(accounts.at("cells_observed"), 8u * 25 - 1);
  EXPECT_EQ(accounts.at("cells_ignored"), 1u);
}

TEST(PfaTablesTest, HiddenRowsAreReadAndTold) {
  const Reading reading(BookOf(FakeP1().HideRow(11)));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  EXPECT_EQ(reading.At("Table P1", "C11").value->mantissa, 300);
  ASSERT_THAT(reading.Found("HIDDEN_CELLS_READ"), SizeIs(1));
  EXPECT_EQ(reading.Found("HIDDEN_CELLS_READ")[0].repeats, 25u);
}

// ---- Refusals --------------------------------------------------------------

struct BadCase {
  const char* name;
  FakeBook book;
  const char* refusal;
};

std::vector<BadCase> BadCases() {
  const auto p1 = [](const std::function<void(FakeSheet&)>& change) {
    FakeSheet sheet = FakeP1();
    change(sheet);
    return BookOf(sheet);
  };
  const auto p2 = [](const std::function<void(FakeSheet&)>& change) {
    FakeSheet sheet = FakeP2();
    change(sheet);
    return BookOf("Table P2", sheet);
  };
  const auto p3 = [](const std::function<void(FakeSheet&)>& change) {
    FakeSheet sheet = FakeP3();
    change(sheet);
    return BookOf("Table P3", sheet);
  };
  const auto p9 = [](const std::function<void(FakeSheet&)>& change) {
    FakeSheet sheet = FakeP9();
    change(sheet);
    return BookOf("Table P9", sheet);
  };
  using Sheet = FakeSheet&;
  return {
      {"TwoSheetsOfOneName", BookOf("TABLE  p1 ", FakeP1()),
       "AMBIGUOUS_SHEET 'TABLE  p1 '!row 0"},
      {"NoHeader", p1([](Sheet s) { s.Text("A5", "Code"); }),
       "HEADER_NOT_FOUND 'Table P1'!row 1"},
      {"TwoHeaders",
       p1([](Sheet s) { s.Text("A3", "Area code").Text("B3", "Area name"); }),
       "AMBIGUOUS_HEADER 'Table P1'!A5"},
      {"TwoColumnsOfCodes", p1([](Sheet s) { s.Text("D5", "Area Code"); }),
       "AMBIGUOUS_COLUMN 'Table P1'!D5"},
      {"NoEnd", p1([](Sheet s) { s.Text("A15", "Taken from: made up"); }),
       "TABLE_END_NOT_FOUND 'Table P1'!row 5"},
      {"NoTitle", p1([](Sheet s) { s.Text("A1", "Police recorded crime"); }),
       "TITLE_NOT_FOUND 'Table P1'!row 1"},
      {"TwoTitles", p1([](Sheet s) {
         s.Text("A2", "Table P1: number of offences, year ending June 2018");
       }),
       "AMBIGUOUS_TITLE 'Table P1'!A2"},
      {"TitleOfAnotherTable", p1([](Sheet s) {
         s.Text("A1", "Table P1: rate of offences, year ending March 2018");
       }),
       "TITLE_MISMATCH 'Table P1'!A1"},
      {"NoPeriod",
       p1([](Sheet s) { s.Text("A1", "Table P1: number of offences"); }),
       "INVALID_PERIOD 'Table P1'!A1"},
      {"PeriodWithDigitsJoined", p1([](Sheet s) {
         s.Text("A1", "Table P1: number of offences, year ending March 181");
       }),
       "INVALID_PERIOD 'Table P1'!A1"},
      {"PeriodWithoutAMonth", p1([](Sheet s) {
         s.Text("A1", "Table P1: number of offences, year ending 2018");
       }),
       "INVALID_PERIOD 'Table P1'!A1"},
      {"TwoPeriodsOfNumbers", p1([](Sheet s) {
         s.Text("A1",
                "Table P1: number of offences, year ending March 2017 and "
                "year ending March 2018");
       }),
       "INVALID_PERIOD 'Table P1'!A1"},
      {"OnePeriodOfAComparison", p2([](Sheet s) {
         s.Text("A1", "Table P2: percentage change, year ending March 2018");
       }),
       "INVALID_PERIOD 'Table P2'!A1"},
      {"AComparisonOverTwoYears", p2([](Sheet s) {
         s.Text("A1",
                "Table P2: percentage change, year ending March 2016 compared "
                "with year ending March 2018");
       }),
       "INVALID_PERIOD 'Table P2'!A1"},
      {"TablesOfTwoPeriods", p3([](Sheet s) {
         s.Text("A1", "Table P3: rate of offences, year ending June 2018");
       }),
       "PERIOD_MISMATCH 'Table P3'!A1"},
      {"UnknownColumn", p1([](Sheet s) { s.Text("K5", "Cybercrime"); }),
       "UNKNOWN_COLUMN 'Table P1'!K5"},
      {"ColumnOfAnotherTable", p1([](Sheet s) {
         s.Text("K5", "Population figures (mid-2016) rounded to 100");
       }),
       "UNKNOWN_COLUMN 'Table P1'!K5"},
      {"ColumnTwice", p1([](Sheet s) { s.Text("L5", "Sexual offences"); }),
       "AMBIGUOUS_COLUMN 'Table P1'!L5"},
      {"HeadingInSpacer", p1([](Sheet s) { s.Text("W5", "Fraud"); }),
       "UNKNOWN_COLUMN 'Table P1'!W5"},
      {"MissingColumn", p1([](Sheet s) {
         s.Erase("K5");
         for (int row = 7; row < 15; ++row) s.Erase("K" + std::to_string(row));
       }),
       "MISSING_COLUMN 'Table P1'!row 5"},
      {"TotalNotMergedDown", p1([](Sheet s) { s.Unmerge("C4:C5"); }),
       "UNKNOWN_COLUMN 'Table P1'!C4"},
      {"UnknownSpanner", p1([](Sheet s) { s.Text("E4", "Other crime"); }),
       "UNKNOWN_COLUMN 'Table P1'!E4"},
      {"ColumnUnderAnotherSpanner", p1([](Sheet s) {
         s.Text("V5", "Drug offences").Text("X5", "Criminal damage and arson");
       }),
       "SPANNER_MISMATCH 'Table P1'!V5"},
      {"HouseholdsMissing", p3([](Sheet s) {
         s.Erase("D5");
         for (int row = 7; row < 14; ++row) s.Erase("D" + std::to_string(row));
       }),
       "MISSING_COLUMN 'Table P3'!row 5"},
      {"PeopleWithoutAYear",
       p3([](Sheet s) { s.Text("C5", "Population figures rounded to 100"); }),
       "UNKNOWN_COLUMN 'Table P3'!C5"},
      {"PeopleRoundedOtherwise", p3([](Sheet s) {
         s.Text("C5", "Population figures (mid-2016) rounded to 1000");
       }),
       "UNKNOWN_COLUMN 'Table P3'!C5"},
      {"AnotherUnit", p1([](Sheet s) { s.Text("C6", "Thousands"); }),
       "UNIT_MISMATCH 'Table P1'!C6"},
      {"ASecondUnit", p1([](Sheet s) { s.Text("K6", "Thousands"); }),
       "UNIT_MISMATCH 'Table P1'!K6"},
      {"UnitOfOneColumnOnly", p1([](Sheet s) { s.Unmerge("C6:AA6"); }),
       "UNIT_MISMATCH 'Table P1'!E5"},
      {"NoUnit", p1([](Sheet s) { s.Erase("C6"); }),
       "UNIT_MISMATCH 'Table P1'!A7"},
      {"RateOverPeople", p3([](Sheet s) {
         s.Unmerge("F6:AE6").Erase("F6");
         s.Text("C6", "Rate per 1,000 population").Merge("C6:AE6");
       }),
       "UNIT_MISMATCH 'Table P3'!C5"},
      {"YearsOfSomethingElse", p9([](Sheet s) { s.Text("C4", "Census"); }),
       "UNKNOWN_COLUMN 'Table P9'!C4"},
      {"YearWithoutUnit", p9([](Sheet s) { s.Unmerge("C4:D4"); }),
       "UNIT_MISMATCH 'Table P9'!D5"},
      {"ColumnThatIsNoYear", p9([](Sheet s) { s.Text("D5", "Mean"); }),
       "UNKNOWN_COLUMN 'Table P9'!D5"},
      {"RoundingUnstated",
       p9([](Sheet s) { s.Text("A14", "1. Estimates are exact."); }),
       "ROUNDING_UNSTATED 'Table P9'!A1"},
      {"NotRounded", p9([](Sheet s) { s.Number("D10", 300050); }),
       "NOT_ROUNDED 'Table P9'!D10"},
      {"NegativePeople", p9([](Sheet s) { s.Number("D10", -100); }),
       "NOT_ROUNDED 'Table P9'!D10"},
      {"UnknownPrefix", p1([](Sheet s) { s.Text("A11", "S12000001"); }),
       "UNKNOWN_AREA 'Table P1'!A11"},
      {"CodeWithDigitsJoined", p1([](Sheet s) { s.Text("A11", "E230000151"); }),
       "UNKNOWN_AREA 'Table P1'!A11"},
      {"CodeThatIsNone", p1([](Sheet s) { s.Text("A11", "E2300001x"); }),
       "UNKNOWN_AREA 'Table P1'!A11"},
      {"NoCode", p1([](Sheet s) {
         s.Erase("A7").Text("B7",
                            "England and Wales (excluding Greater Manchester "
                            "Police)");
       }),
       "UNKNOWN_AREA 'Table P1'!B7"},
      {"NoName", p1([](Sheet s) { s.Erase("B11"); }),
       "EMPTY_LABEL 'Table P1'!A11"},
      {"AreaTwice", p1([](Sheet s) { s.Text("A11", "E23000014"); }),
       "REPEATED_AREA 'Table P1'!B11"},
      {"EmptyValue", p1([](Sheet s) { s.Erase("K11"); }),
       "EMPTY_VALUE 'Table P1'!K11"},
      {"BlankValue", p1([](Sheet s) { s.Text("K11", " "); }),
       "EMPTY_VALUE 'Table P1'!K11"},
      {"ValueInSpacer", p1([](Sheet s) { s.Number("D11", 5); }),
       "STRAY_VALUE 'Table P1'!D11"},
      {"DashInNumbers", p1([](Sheet s) { s.Text("K11", "-"); }),
       "UNDECLARED_MARKER 'Table P1'!K11"},
      {"DotsInNumbers", p1([](Sheet s) { s.Text("K11", ".."); }),
       "UNDECLARED_MARKER 'Table P1'!K11"},
      {"NumberAsText", p1([](Sheet s) { s.Text("K11", "307"); }),
       "UNDECLARED_MARKER 'Table P1'!K11"},
      {"NotAvailableInNumbers", p1([](Sheet s) { s.Text("K11", "N/A"); }),
       "UNDECLARED_MARKER 'Table P1'!K11"},
      {"PlusInChanges", p2([](Sheet s) { s.Text("K11", "+"); }),
       "UNDECLARED_MARKER 'Table P2'!K11"},
      {"DashInRates", p3([](Sheet s) { s.Text("K11", "-"); }),
       "UNDECLARED_MARKER 'Table P3'!K11"},
      {"PlusOfAnotherForce", p3([](Sheet s) { s.Text("K11", "+"); }),
       "UNDECLARED_MARKER 'Table P3'!K11"},
      {"PlusOfPeople",
       p3([](Sheet s) { s.Text("A11", "E23000034").Text("C11", "+"); }),
       "UNDECLARED_MARKER 'Table P3'!C11"},
      {"AFractionOfACount", p1([](Sheet s) { s.Number("K11", "3.5"); }),
       "NOT_AN_INTEGER 'Table P1'!K11"},
      {"ACountBeyondReach", p1([](Sheet s) { s.Number("K11", "1E+30"); }),
       "NUMBER_OVERFLOW 'Table P1'!K11"},
      {"APercentageShownTimes100",
       p2([](Sheet s) { s.Number("K11", "0.0715", 1); }),
       "UNIT_MISMATCH 'Table P2'!K11"},
      {"NoAreas", p1([](Sheet s) { s.Text("A7", "Source: made up"); }),
       "NOTHING_TO_READ 'Table P1'!row 5"},
  };
}

class PfaTablesRefusalTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(PfaTablesRefusalTest, IsTypedAndNamesTheCell) {
  const Reading reading(GetParam().book);
  EXPECT_EQ(reading.Refusal(), GetParam().refusal) << reading.host().message;
  EXPECT_THAT(reading.rows(), IsEmpty());
  EXPECT_THAT(reading.host().message, HasSubstr("book.xlsx"));
}

INSTANTIATE_TEST_SUITE_P(Cases, PfaTablesRefusalTest,
                         ::testing::ValuesIn(BadCases()),
                         [](const ::testing::TestParamInfo<BadCase>& info) {
                           return std::string(info.param.name);
                         });

TEST(PfaTablesTest, AHiddenSheetIsReadAndTold) {
  tabular::XlsxSpec spec;
  spec.sheets = {{"Table P1", FakeP1().Xml()}};
  spec.states = "state=\"hidden\"";
  const Reading reading(tabular::MakeXlsx(spec));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  EXPECT_THAT(reading.rows(), SizeIs(8 * 23));
  EXPECT_THAT(reading.Found("HIDDEN_SHEET_READ"), SizeIs(1));
}

// The family by itself, without what chooses it.
sdk::Status ReadAsPfaTables(sdk::Host& host, const sdk::Document& document) {
  tabular::FileSource source(document.file());
  tabular::Budget budget;
  std::unique_ptr<tabular::Workbook> workbook;
  if (tabular::Status status =
          tabular::Workbook::Open(source, {}, budget, &workbook);
      !status.ok()) {
    return tabular::ToStatus(status.error());
  }
  return ReadPfaTables(host, document, *workbook);
}

TEST(PfaTablesTest, AWorkbookWithoutNumbersIsRefused) {
  const auto describe = []() -> sdk::Description { return {}; };
  RecordingHost host;
  MemoryDocument document("book.xlsx", BytesOf({{"Table P2", FakeP2()}}));
  host.Run(sdk::internal::Export<&ReadAsPfaTables>(describe), document);
  EXPECT_EQ(host.reason, "SHEET_MISSING");
  EXPECT_THAT(host.document.tables, IsEmpty());
}

TEST(PfaTablesTest, AWorkbookWithoutTheTableIsOfNoFamily) {
  const Reading reading(FakeBook{{"Table P10", FakeP1()}});
  EXPECT_EQ(reading.host().reason, "SHEETS_NOT_KNOWN");
}

TEST(PfaTablesTest, ADamagedWorkbookIsRefusedAsOne) {
  std::string bytes = BytesOf(WholeFakeBook());
  bytes.resize(bytes.size() / 2);
  const Reading reading(bytes);
  EXPECT_FALSE(reading.ok());
  EXPECT_THAT(reading.host().reason, HasSubstr("ZIP_"));
}

TEST(PfaTablesTest, ATableBeyondItsSizeIsRefused) {
  FakeSheet p1 = FakeP1();
  for (uint32_t row = 100; row < 1150; ++row) {
    for (uint32_t column = 1; column <= 20; ++column) {
      p1.Number(CellName(row, column), 1);
    }
  }
  EXPECT_THAT(Reading(BookOf(p1)).host().reason, "TABLE_TOO_LARGE");
}

// ---- Publisher's files -----------------------------------------------------

constexpr const char* kFiles[] = {
    "policeforceareatablesyearendingmarch2018v2.xlsx",
    "policeforceareatablesyearendingsep18corrected.xlsx",
    "policeforceareatablesyearendingdecember2018.xlsx",
    "policeforceareatablesyearendingjune2019.xlsx"};

std::string Place(const std::string& file) { return "police/" + file; }

TEST(PfaTablesFilesTest, EveryAreaHasItsSexualOffences) {
  COLLATE_SHARED_FILE(expected_path, "police/expected/p1_sexual_offences.csv");
  // file, code -> offences; the name between them may hold commas.
  std::map<std::pair<std::string, std::string>, int64_t> expected;
  std::istringstream lines(testing::ReadFile(expected_path));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const size_t first = line.find(',');
    const size_t second = line.find(',', first + 1);
    expected[{line.substr(0, first),
              line.substr(first + 1, second - first - 1)}] =
        std::stoll(line.substr(line.rfind(',') + 1));
  }
  EXPECT_THAT(expected, SizeIs(4 * 55));
  std::map<std::pair<std::string, std::string>, int64_t> found;
  std::vector<int64_t> transport;
  for (const char* file : kFiles) {
    const Reading reading(testing::ReadFile(testing::SharedData(Place(file))));
    ASSERT_TRUE(reading.ok()) << reading.host().message;
    for (const RawObservation& row : reading.rows()) {
      if (reading.tables()[row.table].id != "pfa_p1_numbers" ||
          row.dimensions[0].second != "Sexual offences") {
        continue;
      }
      if (row.reporter_code.empty()) {
        EXPECT_EQ(row.reporter, "British Transport Police");
        transport.push_back(row.value->mantissa);
      } else {
        found[{file, row.reporter_code}] = row.value->mantissa;
      }
    }
  }
  EXPECT_EQ(found, expected);
  EXPECT_THAT(transport, ElementsAre(1822, 1991, 1915, 1844));
}

TEST(PfaTablesFilesTest, EveryColumnAddsUpInEveryEdition) {
  COLLATE_SHARED_FILE(root, Place(""));
  for (const char* file : kFiles) {
    const std::string bytes =
        testing::ReadFile(testing::SharedData(Place(file)));
    const auto begin = std::chrono::steady_clock::now();
    const Reading reading(bytes);
    std::cout << file << ": "
              << std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::steady_clock::now() - begin)
                     .count()
              << " ms, " << reading.rows().size() << " observations\n";
    ASSERT_TRUE(reading.ok()) << reading.host().message;
    EXPECT_THAT(reading.Found("SUM_MISMATCH"), IsEmpty());
    EXPECT_THAT(reading.Found("SUM_NOT_CHECKED"), IsEmpty());
    EXPECT_THAT(reading.Found("NOTE_NOT_PRINTED"), IsEmpty());
    std::map<std::string, int64_t> whole, forces;
    int areas = 0;
    for (const RawObservation& row : reading.rows()) {
      if (reading.tables()[row.table].id != "pfa_p1_numbers") continue;
      const std::string& offence = row.dimensions[0].second;
      const std::string prefix = row.reporter_code.substr(0, 3);
      if (prefix == "K04") whole[offence] = row.value->mantissa;
      if (prefix.empty() || prefix == "E23" || prefix == "W15") {
        forces[offence] += row.value->mantissa;
        ++areas;
      }
    }
    EXPECT_EQ(areas, 44 * 23) << file;
    EXPECT_THAT(whole, SizeIs(23)) << file;
    EXPECT_EQ(forces, whole) << file;
  }
}

TEST(PfaTablesFilesTest, MarksAreThoseThatOthersCounted) {
  COLLATE_SHARED_FILE(root, Place(""));
  uint64_t included = 0;
  for (const char* file : kFiles) {
    const Reading reading(testing::ReadFile(testing::SharedData(Place(file))));
    ASSERT_TRUE(reading.ok()) << reading.host().message;
    for (const RawObservation& row : reading.rows()) {
      const std::string& id = reading.tables()[row.table].id;
      if (row.raw == "-") {
        EXPECT_EQ(id, "pfa_p2_change");
        EXPECT_EQ(row.state, State::kNotShown);
      } else if (row.raw == "+") {
        ++included;
        EXPECT_EQ(row.reporter_code, "E23000034");
        EXPECT_EQ(row.state, State::kIncludedElsewhere);
        EXPECT_THAT(row.reason, HasSubstr("'+'"));
      } else {
        EXPECT_TRUE(row.value.has_value()) << row.raw;
      }
    }
  }
  // Of households it is printed in three editions.
  EXPECT_EQ(included, 4u * 23 + 1);
}

// 19 groups and 44 reporters of the rolling-year series are the same counts.
TEST(PfaTablesFilesTest, TheYearIsThatOfTheRollingSeries) {
  COLLATE_SHARED_FILE(series_path, "police/rec-crime-pfa.csv");
  const std::map<std::string, std::string> other_names = {
      {"Death or serious injury - unlawful driving",
       "Death or serious injury caused by illegal driving"},
      {"Other theft offences", "All other theft offences"},
      {"Miscellaneous crimes", "Miscellaneous crimes against society"},
      {"London, City of", "City of London"}};
  const auto name = [&](const std::string& text) {
    const auto at = other_names.find(text);
    return at == other_names.end() ? text : at->second;
  };
  std::map<std::pair<std::string, std::string>, int64_t> series;
  std::istringstream lines(testing::ReadFile(series_path));
  std::string line;
  while (std::getline(lines, line)) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, ',');) {
      fields.push_back(field);
    }
    if (fields.size() != 5 || fields[0] != "31-12-2018") continue;
    series[{fields[1], fields[3]}] = std::stoll(fields[4]);
  }
  const Reading reading(
      testing::ReadFile(testing::SharedData(Place(kFiles[2]))));
  ASSERT_TRUE(reading.ok()) << reading.host().message;
  std::set<std::string> compared;
  std::vector<std::tuple<std::string, std::string, int64_t>> differences;
  size_t cells = 0;
  for (const RawObservation& row : reading.rows()) {
    if (reading.tables()[row.table].id != "pfa_p1_numbers") continue;
    const std::string offence = name(row.dimensions[0].second);
    const auto at = series.find({name(row.reporter), offence});
    if (at == series.end()) continue;
    ++cells;
    compared.insert(offence);
    if (at->second != row.value->mantissa) {
      differences.emplace_back(row.reporter, offence,
                               at->second - row.value->mantissa);
    }
  }
  EXPECT_THAT(compared, SizeIs(19));
  EXPECT_EQ(cells, 19u * 44);
  EXPECT_THAT(differences, SizeIs(2));
  for (const auto& [force, offence, difference] : differences) {
    EXPECT_EQ(force, "Humberside") << offence << " " << difference;
    EXPECT_THAT(offence, HasSubstr("burglary"));
  }
}

}  // namespace
}  // namespace collate::police_returns
