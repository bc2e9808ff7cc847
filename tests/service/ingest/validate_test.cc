#include "service/ingest/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/service/ingest/raw_documents.h"

namespace collate::ingest {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

Harmonised Checked(const RawDocument& raw) {
  Harmonised harmonised = HarmoniseOne(raw);
  EXPECT_EQ(harmonised.findings.FirstError(), nullptr)
      << "the test wants rows that harmonise";
  Validate(*IngestVocabulary(), harmonised);
  return harmonised;
}

Harmonised CheckedTwo(const RawDocument& first, const RawDocument& second) {
  const auto vocabulary = IngestVocabulary();
  HarmoniseInput input;
  input.vocabulary = vocabulary.get();
  input.source = "src";
  input.documents.push_back({"a.csv", {}, &first});
  input.documents.push_back({"b.csv", {}, &second});
  Harmonised harmonised = Harmonise(input);
  Validate(*vocabulary, harmonised);
  return harmonised;
}

Diagnostic Only(const Harmonised& harmonised, const std::string& reason) {
  const auto findings = harmonised.findings.Sorted();
  const Diagnostic* found = FindingOf(findings, reason);
  EXPECT_NE(found, nullptr) << "no finding of " << reason;
  return found == nullptr ? Diagnostic{} : *found;
}

// ---- Repeated keys ---------------------------------------------------------

// Homicide stands in four rows of one code.
TEST(ValidateTest, AddKeepsEveryRowAndFlagsThem) {
  RawDocument raw = Table({.repeats = Repeats::kAdd});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 9});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 4});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 3});
  const Harmonised harmonised = Checked(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  const store::Observations& rows = harmonised.slices[0].observations;
  EXPECT_THAT(rows.value, ElementsAre(3, 9, 4, 3));
  const uint32_t added = vocabulary::kFlagRepeatedKeyAdded;
  EXPECT_THAT(rows.flags, ElementsAre(added, 0, added, added));
  EXPECT_EQ(Only(harmonised, "REPEATED_KEY_ADDED").severity, Severity::kInfo);
}

TEST(ValidateTest, WhatIsNoSumIsNeverAdded) {
  RawDocument raw =
      Table({.aggregation = Aggregation::kUnique, .repeats = Repeats::kAdd});
  AddRow(&raw, {.value = 3});
  AddRow(&raw, {.value = 4});
  const Harmonised harmonised = Checked(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_EQ(Only(harmonised, "REPEATED_KEY").severity, Severity::kError);
}

TEST(ValidateTest, RepeatedKeyRefusesTheTableAndCitesBothCells) {
  RawDocument raw = Table({.repeats = Repeats::kError});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 3});
  const Harmonised harmonised = Checked(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_THAT(harmonised.slices, IsEmpty());
  const Diagnostic refusal = Only(harmonised, "REPEATED_KEY");
  EXPECT_EQ(refusal.severity, Severity::kError);
  EXPECT_EQ(refusal.locator, "file.csv:L4:C8");
  EXPECT_THAT(refusal.message, HasSubstr("file.csv:L2:C8"));
  EXPECT_THAT(refusal.message, HasSubstr("offence 71"));
}

TEST(ValidateTest, SameLabelSpelledDifferentlyIsOneKey) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter = "Kent", .value = 3});
  AddRow(&raw, {.reporter = "Kent Police", .value = 3});
  EXPECT_TRUE(Checked(raw).tables[0].report.refused);
}

TEST(ValidateTest, PeriodWrittenDifferentlyIsOneKey) {
  RawDocument raw = Table();
  AddRow(&raw, {.period = "2017/18", .value = 3});
  AddRow(&raw, {.period = "year ending March 2018", .value = 3});
  EXPECT_TRUE(Checked(raw).tables[0].report.refused);
}

TEST(ValidateTest, ConflictThatSaysTheSameIsKeptOnce) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.value = 3});
  AddRow(&raw, {.value = 3});
  const Harmonised harmonised = Checked(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(3));
  EXPECT_EQ(harmonised.slices[0].observations.locator[0].line, 2u);
  const Diagnostic told = Only(harmonised, "REPEATED_KEY_IDENTICAL");
  EXPECT_EQ(told.severity, Severity::kInfo);
  EXPECT_EQ(told.locator, "file.csv:L3:C8");
}

TEST(ValidateTest, ConflictIsNeverSettledByOrder) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.value = 3});
  AddRow(&raw, {.value = 3});
  AddRow(&raw, {.state = State::kSuppressed});
  const Harmonised harmonised = Checked(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  const Diagnostic refusal = Only(harmonised, "CONFLICTING_KEY");
  EXPECT_EQ(refusal.locator, "file.csv:L4:C8");
}

// What a compilation repeats is contradicted by others, not by itself.
TEST(ValidateTest, SidesOfACompilationAreAllKept) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.value = 3}).notes = {"printed_by: a"};
  AddRow(&raw, {.value = 4}).notes = {"printed_by: b"};
  AddRow(&raw, {.value = 3}).notes = {"printed_by: c"};
  AddRow(&raw, {.value = 4}).notes = {"printed_by: b"};
  const Harmonised harmonised = Checked(raw);
  EXPECT_FALSE(harmonised.tables[0].report.refused);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(3, 4, 3));
  EXPECT_THAT(harmonised.slices[0].observations.stated.printed_by, SizeIs(3));
  EXPECT_EQ(harmonised.tables[0].report.duplicate_count, 1);
  const Diagnostic told = Only(harmonised, "CONTESTED_KEY");
  EXPECT_EQ(told.severity, Severity::kWarning);
  EXPECT_EQ(told.locator, "file.csv:L3:C8");
  EXPECT_THAT(told.message, AllOf(HasSubstr("' 3 ' by a at file.csv:L2:C8"),
                                  HasSubstr("' 4 ' by b at file.csv:L3:C8")));
}

// A publisher contradicts itself: both cells stay, neither wins.
TEST(ValidateTest, SidesOfAPublishersOwnTableAreAllKept) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.value = 2});
  AddRow(&raw, {.value = 1});
  AddRow(&raw, {.value = 2});
  const Harmonised harmonised = Checked(raw);
  EXPECT_FALSE(harmonised.tables[0].report.refused);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(2, 1));
  EXPECT_EQ(harmonised.tables[0].report.duplicate_count, 1);
  const Diagnostic told = Only(harmonised, "CONTESTED_KEY");
  EXPECT_EQ(told.severity, Severity::kWarning);
  EXPECT_EQ(told.locator, "file.csv:L3:C8");
  EXPECT_THAT(told.message, AllOf(HasSubstr("' 2 ' at file.csv:L2:C8"),
                                  HasSubstr("' 1 ' at file.csv:L3:C8")));
}

TEST(ValidateTest, OnePrinterMoreIsNoConflict) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.value = 3}).notes = {"printed_by: a"};
  AddRow(&raw, {.value = 3}).notes = {"printed_by: b"};
  const Harmonised harmonised = Checked(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(3, 3));
  EXPECT_THAT(harmonised.findings.Sorted(), IsEmpty());
}

TEST(ValidateTest, ASideThatIsWithheldOrNamesNobodyRefusesTheTable) {
  for (const bool withheld : {true, false}) {
    RawDocument raw = Table({.repeats = Repeats::kConflict});
    AddRow(&raw, {.value = 3}).notes = {"printed_by: a"};
    if (withheld) {
      AddRow(&raw, {.state = State::kSuppressed}).notes = {"printed_by: b"};
    } else {
      AddRow(&raw, {.value = 4});
    }
    const Harmonised harmonised = Checked(raw);
    EXPECT_TRUE(harmonised.tables[0].report.refused);
    EXPECT_EQ(Only(harmonised, "CONFLICTING_KEY").severity, Severity::kError);
  }
}

TEST(ValidateTest, AContestedPartContradictsNoTotal) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.value = 7});
  AddRow(&raw, {.at = {{"sex", "Female"}}, .value = 4}).notes = {
      "printed_by: a"};
  AddRow(&raw, {.at = {{"sex", "Female"}}, .value = 5}).notes = {
      "printed_by: b"};
  AddRow(&raw, {.at = {{"sex", "Male"}}, .value = 3});
  const Harmonised harmonised = Checked(raw);
  EXPECT_FALSE(harmonised.tables[0].report.refused);
  EXPECT_EQ(FindingOf(harmonised.findings.Sorted(), "PARTS_V_TOTAL"), nullptr);
}

TEST(ValidateTest, TwoDocumentsNeverAdd) {
  RawDocument first = Table({.repeats = Repeats::kAdd});
  AddRow(&first, {.value = 3});
  RawDocument second = first;
  const Harmonised same = CheckedTwo(first, second);
  ASSERT_THAT(same.slices, SizeIs(1));
  EXPECT_THAT(same.slices[0].observations.value, ElementsAre(3));
  EXPECT_THAT(same.slices[0].observations.flags, ElementsAre(0));
  EXPECT_EQ(Only(same, "REPEATED_KEY_IDENTICAL").locator, "b.csv:L2:C8");

  second.observations[0].value = Decimal{4, 0};
  const Harmonised differ = CheckedTwo(first, second);
  EXPECT_TRUE(differ.tables[0].report.refused);
  EXPECT_TRUE(differ.tables[1].report.refused);
  EXPECT_THAT(differ.slices, IsEmpty());
  for (const Diagnostic& finding : differ.findings.Sorted()) {
    EXPECT_EQ(finding.reason, "CONFLICTING_KEY");
    EXPECT_THAT(finding.message, HasSubstr("a.csv:L2:C8"));
    EXPECT_THAT(finding.message, HasSubstr("b.csv:L2:C8"));
  }
}

TEST(ValidateTest, AddedRowsThatTwoDocumentsShareStayAddedOnce) {
  RawDocument first = Table({.repeats = Repeats::kAdd});
  AddRow(&first, {.value = 3});
  AddRow(&first, {.value = 4});
  const Harmonised harmonised = CheckedTwo(first, first);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(3, 4));
  EXPECT_THAT(harmonised.slices[0].observations.flags,
              Each(vocabulary::kFlagRepeatedKeyAdded));
}

TEST(ValidateTest, ErrorBetweenDocumentsRefusesBoth) {
  RawDocument first = Table();
  AddRow(&first, {.value = 3});
  const Harmonised harmonised = CheckedTwo(first, first);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_TRUE(harmonised.tables[1].report.refused);
}

// b prints what a prints, and a is refused for another key: b's row is then
// the only one.
TEST(ValidateTest, NoRowGoesForTheSakeOfARefusedTable) {
  RawDocument raw = Table({.id = "a", .repeats = Repeats::kConflict});
  AddTable(&raw, {.id = "b", .repeats = Repeats::kConflict});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3, .table = 1});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 1});
  AddRow(&raw, {.at = {{"offence", "71"}}, .state = State::kSuppressed});
  const Harmonised harmonised = Checked(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_FALSE(harmonised.tables[1].report.refused);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].table, ElementsAre(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(3));
  const auto findings = harmonised.findings.Sorted();
  EXPECT_EQ(FindingOf(findings, "REPEATED_KEY_IDENTICAL"), nullptr);
}

// The same, where the refusal comes from a slice that is looked at later.
TEST(ValidateTest, NoRowGoesForTheSakeOfATableRefusedInAnotherSlice) {
  RawDocument raw = Table({.id = "a", .repeats = Repeats::kConflict});
  AddTable(&raw, {.id = "b", .repeats = Repeats::kConflict});
  AddTable(&raw, {.id = "c", .repeats = Repeats::kConflict});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3, .table = 1});
  AddRow(&raw, {.at = {{"sex", "Male"}}, .value = 1});
  AddRow(&raw, {.at = {{"sex", "Male"}}, .value = 2, .table = 2});
  const Harmonised harmonised = Checked(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_FALSE(harmonised.tables[1].report.refused);
  EXPECT_TRUE(harmonised.tables[2].report.refused);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].table, ElementsAre(1));
}

TEST(ValidateTest, TableThatBreaksItsOwnRuleSpeaksAgainstNoOther) {
  RawDocument raw = Table({.id = "a"});
  AddTable(&raw, {.id = "b"});
  AddRow(&raw, {.value = 3});
  AddRow(&raw, {.value = 4});
  AddRow(&raw, {.value = 5, .table = 1});
  const Harmonised harmonised = Checked(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_FALSE(harmonised.tables[1].report.refused);
}

TEST(ValidateTest, EveryRowOfAKeptTableIsCounted) {
  RawDocument raw = Table({.id = "a", .repeats = Repeats::kConflict});
  AddTable(&raw, {.id = "b", .repeats = Repeats::kConflict});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 3, .table = 1});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 4, .table = 1});
  AddRow(&raw, {.at = {{"offence", "X1"}}, .value = 5, .table = 1});
  const auto reports = DocumentReportsOf(Checked(raw));
  ASSERT_THAT(reports, SizeIs(1));
  ASSERT_THAT(reports[0].tables, SizeIs(2));
  for (const TableReport& table : reports[0].tables) {
    EXPECT_FALSE(table.refused);
    EXPECT_EQ(table.duplicate_count, 1);
    EXPECT_EQ(table.row_count,
              table.mapped_count + table.unmapped_count + table.duplicate_count)
        << table.id;
  }
}

// Another partition, aggregation or floor is another reading of a cell, not
// another cell.
TEST(ValidateTest, OneCellDeclaredDifferentlyRefusesBothTables) {
  const std::vector<TableSpec> others = {
      {.id = "b",
       .repeats = Repeats::kConflict,
       .partition = Partition::kIncomplete},
      {.id = "b",
       .aggregation = Aggregation::kUnique,
       .repeats = Repeats::kConflict},
      {.id = "b", .repeats = Repeats::kConflict, .floor = Floor::kNone}};
  for (const TableSpec& other : others) {
    RawDocument raw = Table({.id = "a", .repeats = Repeats::kConflict});
    AddTable(&raw, other);
    AddRow(&raw, {.at = {{"sex", "Male"}}, .value = 3});
    AddRow(&raw, {.at = {{"sex", "Male"}}, .value = 3, .table = 1});
    const Harmonised harmonised = Checked(raw);
    EXPECT_TRUE(harmonised.tables[0].report.refused);
    EXPECT_TRUE(harmonised.tables[1].report.refused);
    const Diagnostic* refusal = harmonised.findings.FirstError();
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->reason, "CONFLICTING_KEY");
    EXPECT_THAT(refusal->message, HasSubstr("declared SUM, COMPLETE"));
    EXPECT_EQ(refusal->locator, "file.csv:L3:C8");
  }
}

TEST(ValidateTest, OneCellOfTwoDeclarationsMayNotSayTwoNumbers) {
  RawDocument raw = Table({.id = "a", .repeats = Repeats::kConflict});
  AddTable(&raw, {.id = "b",
                  .repeats = Repeats::kConflict,
                  .partition = Partition::kIncomplete});
  AddRow(&raw, {.value = 3});
  AddRow(&raw, {.value = 4, .table = 1});
  EXPECT_THAT(Checked(raw).slices, IsEmpty());
  // A total is no part of anything: the same total twice is one.
  raw.observations[1].value = Decimal{3, 0};
  const Harmonised same = Checked(raw);
  ASSERT_THAT(same.slices, SizeIs(1));
  EXPECT_THAT(same.slices[0].table, ElementsAre(0));
  EXPECT_EQ(same.tables[1].report.duplicate_count, 1);
}

// What one table adds and the other takes for one row are two statements.
TEST(ValidateTest, AddedRowsAreNotTheSameAsOneRowRepeated) {
  RawDocument raw = Table({.id = "a", .repeats = Repeats::kAdd});
  AddTable(&raw, {.id = "b", .repeats = Repeats::kConflict});
  for (const uint32_t table : {0u, 0u, 1u, 1u}) {
    AddRow(&raw, {.value = 3, .table = table});
  }
  EXPECT_THAT(Checked(raw).slices, IsEmpty());
}

TEST(ValidateTest, TwoUnknownLabelsAreTwoKeys) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"offence", "X1"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "X2"}}, .value = 4});
  EXPECT_FALSE(Checked(raw).tables[0].report.refused);
  AddRow(&raw, {.at = {{"offence", "X2"}}, .value = 4});
  EXPECT_TRUE(Checked(raw).tables[0].report.refused);
}

// ---- Periods ---------------------------------------------------------------

TEST(ValidateTest, OverlappingWindowsAreKeptAndTold) {
  RawDocument raw = Table();
  for (const char* period :
       {"year ending September 2018", "year ending March 2018"}) {
    AddRow(&raw, {.period = period, .value = 3});
  }
  const Harmonised harmonised = Checked(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].table, SizeIs(2));
  EXPECT_EQ(Only(harmonised, "OVERLAPPING_PERIODS").severity, Severity::kInfo);
}

TEST(ValidateTest, PeriodsThatMeetDoNotOverlap) {
  RawDocument raw = Table();
  AddRow(&raw, {.period = "2017/18 Q1", .value = 3});
  AddRow(&raw, {.period = "2017/18 Q2", .value = 3});
  AddRow(&raw, {.reporter = "Sussex", .period = "2017/18", .value = 3});
  EXPECT_THAT(Checked(raw).findings.Sorted(), IsEmpty());
}

// ---- Parts against totals --------------------------------------------------

RawDocument BySex(int64_t total, const std::vector<RawRow>& parts,
                  Partition partition = Partition::kComplete) {
  RawDocument raw = Table({.partition = partition});
  AddRow(&raw, {.at = {{"sex", "Total"}},
                .value = total,
                .level = Level::kTotal,
                .level_axis = "sex"});
  for (const RawRow& part : parts) AddRow(&raw, part);
  return raw;
}

uint32_t FlagsOfTotal(const Harmonised& harmonised) {
  EXPECT_EQ(AxesOf(harmonised.slices[0]), "");
  return harmonised.slices[0].observations.flags[0];
}

TEST(ValidateTest, TotalThatItsPartsContradictIsFlaggedAndKept) {
  const Harmonised harmonised =
      Checked(BySex(46, {{.at = {{"sex", "Female"}}, .value = 22},
                         {.at = {{"sex", "Male"}}, .value = 25}}));
  const Diagnostic told = Only(harmonised, "PARTS_V_TOTAL");
  EXPECT_EQ(told.severity, Severity::kWarning);
  EXPECT_EQ(told.locator, "file.csv:L2:C8");
  EXPECT_THAT(told.message, HasSubstr("total is 46"));
  EXPECT_THAT(told.message, HasSubstr("make 47"));
  EXPECT_THAT(told.message, HasSubstr("file.csv:L3:C8 to file.csv:L4:C8"));
  EXPECT_EQ(FlagsOfTotal(harmonised), vocabulary::kFlagTotalMismatch);
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(46));
  EXPECT_THAT(harmonised.slices[1].observations.flags, Each(0));
}

TEST(ValidateTest, TotalThatAddsUpIsNotFlagged) {
  const Harmonised harmonised =
      Checked(BySex(47, {{.at = {{"sex", "Female"}}, .value = 22},
                         {.at = {{"sex", "Male"}}, .value = 25}}));
  EXPECT_THAT(harmonised.findings.Sorted(), IsEmpty());
  EXPECT_EQ(FlagsOfTotal(harmonised), 0u);
}

TEST(ValidateTest, UnknownAndUnmappedPartsArePartsToo) {
  const Harmonised harmonised =
      Checked(BySex(30, {{.at = {{"sex", "Female"}}, .value = 12},
                         {.at = {{"sex", "Unknown"}}, .value = 8},
                         {.at = {{"sex", "Not stated"}}, .value = 10}}));
  const auto findings = harmonised.findings.Sorted();
  EXPECT_EQ(FindingOf(findings, "PARTS_V_TOTAL"), nullptr);
}

// A total that takes `*` as 0 says nothing about what `*` is.
TEST(ValidateTest, SuppressedPartsAreNeverBoundedByTheTotal) {
  const Harmonised fits =
      Checked(BySex(46, {{.at = {{"sex", "Female"}}, .value = 46},
                         {.at = {{"sex", "Male"}},
                          .state = State::kSuppressed,
                          .lower = 1,
                          .upper = 4}}));
  EXPECT_THAT(fits.findings.Sorted(), IsEmpty());
  const Harmonised above = Checked(
      BySex(46, {{.at = {{"sex", "Female"}}, .value = 47},
                 {.at = {{"sex", "Male"}}, .state = State::kSuppressed}}));
  EXPECT_THAT(Only(above, "PARTS_V_TOTAL").message,
              HasSubstr("make at least 47"));
}

// Sums that take marks as 0 and a total that does not: what lies between them
// is nobody's to tell.
TEST(ValidateTest, ASumThatIgnoresMarksIsComparedWithNothing) {
  RawDocument raw = BySex(52, {{.at = {{"sex", "Female"}}, .value = 24},
                               {.at = {{"sex", "Male"}}, .value = 22}});
  EXPECT_THAT(Only(Checked(raw), "PARTS_V_TOTAL").message,
              HasSubstr("make 46"));
  for (const size_t row : {size_t{0}, size_t{1}}) {
    RawDocument flagged = raw;
    flagged.observations[row].flags = vocabulary::kFlagTotalIgnoresMarkers;
    const Harmonised harmonised = Checked(flagged);
    EXPECT_THAT(harmonised.findings.Sorted(), IsEmpty());
    EXPECT_EQ(FlagsOfTotal(harmonised) & vocabulary::kFlagTotalMismatch, 0u);
  }
}

TEST(ValidateTest, RoundedPartsMayDifferByTheirRounding) {
  const RawRow rounded = {.at = {{"sex", "Female"}},
                          .state = State::kRounded,
                          .value = 20,
                          .lower = 18,
                          .upper = 22};
  const RawRow male = {.at = {{"sex", "Male"}}, .value = 25};
  EXPECT_THAT(Checked(BySex(47, {rounded, male})).findings.Sorted(), IsEmpty());
  EXPECT_THAT(
      Only(Checked(BySex(48, {rounded, male})), "PARTS_V_TOTAL").message,
      HasSubstr("make 43 to 47"));
}

TEST(ValidateTest, IncompletePartsAreNotCompared) {
  EXPECT_THAT(Checked(BySex(46, {{.at = {{"sex", "Female"}}, .value = 22}},
                            Partition::kIncomplete))
                  .findings.Sorted(),
              IsEmpty());
}

TEST(ValidateTest, OtherPeriodsAndReportersAreNotCompared) {
  EXPECT_THAT(
      Checked(
          BySex(
              46,
              {{.reporter = "Sussex", .at = {{"sex", "Female"}}, .value = 22},
               {.at = {{"sex", "Female"}}, .period = "2018/19", .value = 22}}))
          .findings.Sorted(),
      IsEmpty());
}

// Platforms of offences do not add: one offence may name several.
TEST(ValidateTest, AxesThatDoNotAddAreNotCompared) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 5, .level = Level::kTotal, .level_axis = "platform"});
  AddRow(&raw, {.at = {{"platform", "Snapchat"}}, .value = 3});
  AddRow(&raw, {.at = {{"platform", "WhatsApp"}}, .value = 4});
  EXPECT_THAT(Checked(raw).findings.Sorted(), IsEmpty());
}

TEST(ValidateTest, PartsOfTwoLevelsAreNotCompared) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 5, .level = Level::kTotal, .level_axis = "offence"});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "Sexual offences"}}, .value = 5});
  EXPECT_THAT(Checked(raw).findings.Sorted(), IsEmpty());
}

TEST(ValidateTest, NetFiguresCompareExactlyOrNotAtAll) {
  RawDocument raw = Table({.floor = Floor::kNone});
  AddRow(&raw, {.value = 5, .level = Level::kTotal, .level_axis = "sex"});
  AddRow(&raw, {.at = {{"sex", "Female"}}, .value = 9});
  AddRow(&raw, {.at = {{"sex", "Male"}}, .state = State::kNotShown});
  EXPECT_THAT(Checked(raw).findings.Sorted(), IsEmpty())
      << "what is not shown may be below zero";
  raw.observations[2].state = State::kReported;
  raw.observations[2].value = Decimal{-3, 0};
  EXPECT_THAT(Only(Checked(raw), "PARTS_V_TOTAL").message, HasSubstr("make 6"));
}

TEST(ValidateTest, SumsBeyondTheRangeAreNotCompared) {
  const int64_t huge = int64_t{1} << 62;
  EXPECT_THAT(Checked(BySex(1, {{.at = {{"sex", "Female"}}, .value = huge},
                                {.at = {{"sex", "Male"}}, .value = huge},
                                {.at = {{"sex", "Unknown"}}, .value = huge}}))
                  .findings.Sorted(),
              IsEmpty());
}

// ---- Speed -----------------------------------------------------------------

// As many rows as a year of recorded crime has. The time is printed and not
// held to anything: it says more of the machine than of the code.
TEST(ValidateTest, AYearOfRecordedCrimeKeepsEveryRow) {
  RawDocument raw = Table({.repeats = Repeats::kAdd, .floor = Floor::kNone});
  for (int i = 0; i < 23'068; ++i) {
    const int quarter = i % 4;
    AddRow(&raw, {.reporter = i % 2 == 0 ? "Kent Police" : "Sussex",
                  .at = {{"offence", absl::StrCat("code ", i / 8 % 150)}},
                  .period = absl::StrCat("20", 10 + quarter, "/", 11 + quarter),
                  .value = i});
  }
  const absl::Time start = absl::Now();
  const Harmonised harmonised = Checked(raw);
  const absl::Duration spent = absl::Now() - start;
  RecordProperty("milliseconds",
                 static_cast<int>(absl::ToInt64Milliseconds(spent)));
  std::printf("23,068 rows harmonised and validated in %lld ms\n",
              static_cast<long long>(absl::ToInt64Milliseconds(spent)));
  EXPECT_EQ(harmonised.slices[0].table.size(), 23'068u);
}

}  // namespace
}  // namespace collate::ingest
