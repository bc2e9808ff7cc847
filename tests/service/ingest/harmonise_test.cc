#include "service/ingest/harmonise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/service/ingest/raw_documents.h"

namespace collate::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using vocabulary::DayInterval;
using vocabulary::State;

DayInterval Days(const std::string& period) {
  return vocabulary::ParsePeriod(period)->days;
}

// The finding that refused the only table, all of whose rows are gone.
Diagnostic RefusalOf(const Harmonised& harmonised, const std::string& reason) {
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_THAT(harmonised.slices, IsEmpty());
  const auto findings = harmonised.findings.Sorted();
  const Diagnostic* found = FindingOf(findings, reason);
  if (found == nullptr) {
    ADD_FAILURE() << "no finding " << reason << "; first: "
                  << (findings.empty() ? "none"
                                       : DescribeDiagnostic(findings[0]));
    return {};
  }
  EXPECT_EQ(found->severity, Severity::kError);
  return *found;
}

TEST(HarmoniseTest, RowBecomesMembersAndKeepsWhatWasPrinted) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter = "Kent Police",
                .at = {{"offence", "88A"}},
                .period = "2017/18 Q1",
                .value = 895});
  const Harmonised harmonised = HarmoniseOne(raw);
  EXPECT_THAT(harmonised.findings.Sorted(), IsEmpty());
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  const HarmonisedSlice& slice = harmonised.slices[0];
  const store::Observations& rows = slice.observations;
  EXPECT_EQ(rows.slice.measure, "offences");
  EXPECT_EQ(rows.slice.partition, Partition::kComplete);
  EXPECT_EQ(AxesOf(slice), "offence@code");
  ASSERT_EQ(rows.row_count(), 1u);
  EXPECT_EQ(TextOf(slice, rows.reporter.member[0]), "kent");
  EXPECT_EQ(TextOf(slice, rows.reporter.label[0]), "Kent Police");
  EXPECT_EQ(TextOf(slice, rows.axes[0].member[0]), "88A");
  EXPECT_EQ(TextOf(slice, rows.period_text[0]), "2017/18 Q1");
  EXPECT_EQ(rows.period_begin[0], Days("2017/18 Q1").begin);
  EXPECT_EQ(rows.value[0], 895);
  EXPECT_EQ(rows.has[0], store::kHasValue);
  EXPECT_EQ(TextOf(slice, rows.raw[0]), " 895 ");
  EXPECT_EQ(rows.locator[0].line, 2u);
  EXPECT_EQ(rows.locator[0].column, 8u);
}

TEST(HarmoniseTest, TotalHasOneAxisLess) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"offence", "88A"}, {"sex", "Female"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "88A"}, {"sex", "Total"}},
                .value = 5,
                .level = Level::kTotal,
                .level_axis = "sex"});
  AddRow(&raw, {.at = {{"offence", "71"}},
                .value = 7,
                .level = Level::kTotal,
                .level_axis = "sex"});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(2));
  EXPECT_EQ(AxesOf(harmonised.slices[0]), "offence@code");
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(5, 7));
  EXPECT_EQ(AxesOf(harmonised.slices[1]), "offence@code sex@sex");
}

TEST(HarmoniseTest, SubtotalAndPartOfAWholeNeverMeetLeaves) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 1});
  AddRow(&raw, {.at = {{"offence", "88A"}},
                .value = 2,
                .level = Level::kSubtotal,
                .level_axis = "offence"});
  AddRow(&raw,
         {.at = {{"offence", "88A"}}, .value = 3, .level = Level::kOfWhich});
  const Harmonised harmonised = HarmoniseOne(raw);
  std::vector<std::string> axes;
  for (const auto& slice : harmonised.slices) axes.push_back(AxesOf(slice));
  EXPECT_THAT(axes, ElementsAre("offence@code", "offence@code:of-which",
                                "offence@code:subtotal"));
}

TEST(HarmoniseTest, SubtotalOfNothingRefusesTheTable) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 2, .level = Level::kSubtotal});
  RefusalOf(HarmoniseOne(raw), "LEVEL_WITHOUT_AXIS");
}

TEST(HarmoniseTest, LevelsOfOneDimensionAreSlicesApart) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"offence", "Sexual offences"}}, .value = 9});
  AddRow(&raw, {.at = {{"offence", "71"}}, .value = 4});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(2));
  EXPECT_EQ(AxesOf(harmonised.slices[0]), "offence@code");
  EXPECT_EQ(AxesOf(harmonised.slices[1]), "offence@group");
}

TEST(HarmoniseTest, TablesOfOneMeaningShareASlice) {
  RawDocument raw = Table({.id = "a"});
  AddTable(&raw, {.id = "b"});
  AddTable(&raw, {.id = "c", .extent = {{"universe", "platform_known"}}});
  AddTable(&raw, {.id = "d", .extent = {{"universe", "all"}}});
  for (uint32_t table = 0; table < 4; ++table) {
    AddRow(&raw,
           {.period = absl::StrCat(2010 + table), .value = 1, .table = table});
  }
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(2));
  EXPECT_EQ(harmonised.slices[0].observations.slice.universe, "");
  EXPECT_THAT(harmonised.slices[0].table, ElementsAre(0, 1, 3));
  EXPECT_EQ(harmonised.slices[1].observations.slice.universe, "platform_known");
}

TEST(HarmoniseTest, MultiResponseHoldsWhereItsAxisIs) {
  RawDocument raw = Table(
      {.partition = Partition::kMultiResponse, .multi_response = {"platform"}});
  AddRow(&raw, {.at = {{"platform", "Snapchat"}}, .value = 3});
  AddRow(&raw, {.value = 4, .level = Level::kTotal, .level_axis = "platform"});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(2));
  EXPECT_EQ(harmonised.slices[0].observations.slice.partition,
            Partition::kIncomplete);
  EXPECT_EQ(harmonised.slices[1].observations.slice.partition,
            Partition::kMultiResponse);
}

// ---- Labels ----------------------------------------------------------------

TEST(HarmoniseTest, UnknownLabelIsKeptAsideAndToldOnce) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"offence", "88A"}}, .value = 1});
  AddRow(&raw, {.at = {{"offence", "88B"}}, .value = 2});
  AddRow(&raw, {.reporter = "Sussex", .at = {{"offence", "88B"}}, .value = 3});
  AddRow(&raw, {.at = {{"offence", "0"}}, .value = 4});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(2));
  const HarmonisedSlice& aside = harmonised.slices[0];
  EXPECT_EQ(AxesOf(aside), "offence@");
  EXPECT_TRUE(aside.IsUnmapped());
  EXPECT_THAT(aside.observations.axes[0].member, ElementsAre(0, 0, 0));
  EXPECT_EQ(TextOf(aside, aside.observations.axes[0].label[0]), "88B");
  EXPECT_FALSE(harmonised.slices[1].IsUnmapped());
  const auto findings = harmonised.findings.Sorted();
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].reason, "UNKNOWN_LABEL");
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
  EXPECT_EQ(findings[0].found, "88B");
  EXPECT_EQ(findings[0].count, 2u);
  EXPECT_EQ(findings[0].locator, "file.csv:L3:C8");
  EXPECT_THAT(findings[0].expected, HasSubstr("88A"));
  EXPECT_EQ(findings[1].found, "0");

  const auto reports = DocumentReportsOf(harmonised);
  EXPECT_EQ(reports[0].tables[0].row_count, 4);
  EXPECT_EQ(reports[0].tables[0].mapped_count, 1);
  EXPECT_EQ(reports[0].tables[0].unmapped_count, 3);
  EXPECT_FALSE(reports[0].tables[0].refused);
}

TEST(HarmoniseTest, UnknownReporterRefusesTheTableAndCitesTheCell) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 1});
  AddRow(&raw, {.reporter = "Kemt", .value = 2});
  AddRow(&raw, {.reporter = "Kemt", .value = 2});
  AddRow(&raw, {.reporter = "Atlantis", .value = 2});
  const Harmonised harmonised = HarmoniseOne(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_THAT(harmonised.slices, IsEmpty());
  const auto findings = harmonised.findings.Sorted();
  ASSERT_THAT(findings, SizeIs(2)) << "every unknown reporter is told";
  EXPECT_EQ(findings[0].reason, "UNKNOWN_REPORTER");
  EXPECT_EQ(findings[0].locator, "file.csv:L3:C8");
  EXPECT_EQ(findings[0].found, "Kemt");
  EXPECT_EQ(findings[0].count, 2u);
  EXPECT_THAT(findings[0].message, HasSubstr("did you mean kent"));
  EXPECT_EQ(findings[1].found, "Atlantis");
  const auto reports = DocumentReportsOf(harmonised);
  EXPECT_EQ(reports[0].tables[0].row_count, 4);
  EXPECT_EQ(reports[0].tables[0].mapped_count, 0);
  EXPECT_EQ(reports[0].tables[0].measure, "");
}

TEST(HarmoniseTest, OneRefusedTableLeavesTheOthers) {
  RawDocument raw = Table({.id = "bad"});
  AddTable(&raw, {.id = "good"});
  AddRow(&raw, {.reporter = "Atlantis", .value = 1, .table = 0});
  AddRow(&raw, {.value = 2, .table = 1});
  AddRow(&raw, {.period = "2018/19", .value = 3, .table = 0});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(harmonised.slices[0].observations.value, ElementsAre(2));
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_FALSE(harmonised.tables[1].report.refused);
}

TEST(HarmoniseTest, NamesHoldForTheirSourceAndTheirTime) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter = "Old Kent", .period = "1998/99", .value = 1});
  AddRow(&raw, {.reporter = "Ours", .value = 1});
  EXPECT_THAT(HarmoniseOne(raw).slices, SizeIs(1));
  AddRow(&raw, {.reporter = "Old Kent", .period = "2001/02", .value = 1});
  const Diagnostic late = RefusalOf(HarmoniseOne(raw), "UNKNOWN_REPORTER");
  EXPECT_THAT(late.message, HasSubstr("2001-04-01"));
}

TEST(HarmoniseTest, CodeNamesAReporterAndMayNotContradictTheName) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter = "", .reporter_code = "E23000032", .value = 1});
  AddRow(&raw, {.reporter = "Somewhere",
                .reporter_code = "E23000033",
                .period = "2018/19",
                .value = 2});
  const Harmonised good = HarmoniseOne(raw);
  ASSERT_THAT(good.slices, SizeIs(1));
  const store::Observations& rows = good.slices[0].observations;
  EXPECT_EQ(TextOf(good.slices[0], rows.reporter.member[0]), "kent");
  EXPECT_EQ(TextOf(good.slices[0], rows.reporter.label[0]), "E23000032");
  EXPECT_EQ(TextOf(good.slices[0], rows.reporter.member[1]), "sussex");

  AddRow(&raw, {.reporter = "Kent", .reporter_code = "E23000033", .value = 3});
  RefusalOf(HarmoniseOne(raw), "REPORTER_CONFLICT");
}

TEST(HarmoniseTest, UnknownCodeBesideAKnownNameIsAWarning) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter_code = "E99", .value = 1});
  const Harmonised harmonised = HarmoniseOne(raw);
  EXPECT_THAT(harmonised.slices, SizeIs(1));
  const auto findings = harmonised.findings.Sorted();
  EXPECT_NE(FindingOf(findings, "UNKNOWN_REPORTER_CODE"), nullptr);
}

TEST(HarmoniseTest, ManifestNamesTheReporterOfASilentDocument) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter = "", .value = 1});
  const Harmonised harmonised = HarmoniseOne(raw, {{"reporter", "Sussex"}});
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_EQ(TextOf(harmonised.slices[0],
                   harmonised.slices[0].observations.reporter.member[0]),
            "sussex");
  RefusalOf(HarmoniseOne(raw), "REPORTER_MISSING");
  RefusalOf(HarmoniseOne(raw, {{"reporter", "Kent"}, {"reporter", "Sussex"}}),
            "REPORTER_MISSING");
}

TEST(HarmoniseTest, UnknownDimensionRefusesTheTable) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"platfrom", "Snapchat"}}, .value = 1});
  const Diagnostic refusal = RefusalOf(HarmoniseOne(raw), "UNKNOWN_DIMENSION");
  EXPECT_EQ(refusal.expected, "perhaps platform");
}

TEST(HarmoniseTest, UnknownLevelAxisRefusesTheTable) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 1, .level = Level::kTotal, .level_axis = "gender"});
  RefusalOf(HarmoniseOne(raw), "UNKNOWN_DIMENSION");
}

TEST(HarmoniseTest, ReporterAsAnAxisRefusesTheTable) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"reporter", "Kent"}}, .value = 1});
  RefusalOf(HarmoniseOne(raw), "INVALID_DIMENSION");
}

TEST(HarmoniseTest, AxisTwiceRefusesTheTable) {
  RawDocument raw = Table();
  AddRow(&raw, {.at = {{"sex", "Male"}, {"sex", "Female"}}, .value = 1});
  RefusalOf(HarmoniseOne(raw), "INVALID_DIMENSION");
}

// ---- Tables ----------------------------------------------------------------

TEST(HarmoniseTest, UnknownMeasureRefusesTheTable) {
  RawDocument raw = Table({.measure = "recorded offence"});
  AddRow(&raw, {.value = 1});
  const Harmonised harmonised = HarmoniseOne(raw);
  const Diagnostic refusal = RefusalOf(harmonised, "UNKNOWN_MEASURE");
  EXPECT_THAT(refusal.expected, HasSubstr("Recorded offences"));
  EXPECT_EQ(refusal.locator, "file.csv:L1:C1");
  EXPECT_EQ(harmonised.tables[0].report.row_count, 1);
}

TEST(HarmoniseTest, OtherUnitRefusesTheTable) {
  RawDocument raw = Table({.unit = "victims"});
  AddRow(&raw, {.value = 1});
  const Diagnostic refusal = RefusalOf(HarmoniseOne(raw), "UNIT_MISMATCH");
  EXPECT_EQ(refusal.expected, "offences");
  EXPECT_EQ(refusal.found, "victims");
}

TEST(HarmoniseTest, UnsetEnumerationsAreRefused) {
  RawDocument raw = Table({.floor = static_cast<Floor>(0)});
  AddRow(&raw, {.value = 1});
  RefusalOf(HarmoniseOne(raw), "INVALID_TABLE");

  raw = Table();
  AddRow(&raw, {.state = State::kUnspecified});
  RefusalOf(HarmoniseOne(raw), "INVALID_OBSERVATION");

  raw = Table();
  AddRow(&raw, {.value = 1, .level = static_cast<Level>(0)});
  RefusalOf(HarmoniseOne(raw), "INVALID_OBSERVATION");

  raw = Table();
  AddRow(&raw, {.value = 1}).period_kind = 0;
  RefusalOf(HarmoniseOne(raw), "INVALID_PERIOD");
}

TEST(HarmoniseTest, EmptyTableIsAWarning) {
  const Harmonised harmonised = HarmoniseOne(Table());
  const auto findings = harmonised.findings.Sorted();
  EXPECT_NE(FindingOf(findings, "EMPTY_TABLE"), nullptr);
}

// ---- Periods and extents ---------------------------------------------------

TEST(HarmoniseTest, ManifestGivesThePeriodThatACellLacks) {
  RawDocument raw = Table();
  AddRow(&raw, {.period = "", .value = 1});
  RefusalOf(HarmoniseOne(raw), "PERIOD_MISSING");
  RefusalOf(HarmoniseOne(raw, {{"period", "last year"}}), "INVALID_PERIOD");

  const Harmonised by_name = HarmoniseOne(raw, {{"period", "FY 2017-18"}});
  ASSERT_THAT(by_name.slices, SizeIs(1));
  const store::Observations& rows = by_name.slices[0].observations;
  EXPECT_EQ((DayInterval{rows.period_begin[0], rows.period_end[0]}),
            Days("2017/18"));
  EXPECT_EQ(TextOf(by_name.slices[0], rows.period_text[0]), "FY 2017-18");

  const Harmonised by_days = HarmoniseOne(
      raw,
      {{"period_first_day", "2017-04-01"}, {"period_last_day", "2018-03-31"}});
  ASSERT_THAT(by_days.slices, SizeIs(1));
  EXPECT_EQ(by_days.slices[0].observations.period_end[0], Days("2017/18").end);
}

TEST(HarmoniseTest, PeriodThatEndsBeforeItBeginsRefusesTheTable) {
  RawDocument raw = Table();
  RawObservation& row = AddRow(&raw, {.value = 1});
  std::swap(row.period_begin, row.period_end);
  RefusalOf(HarmoniseOne(raw), "INVALID_PERIOD");
}

TEST(HarmoniseTest, ExtentIsWhatTheTableClaimsNotWhatItPrints) {
  RawDocument raw = Table({.extent = {{"period", "2017/18"}}});
  AddRow(&raw, {.reporter = "Sussex", .period = "2017/18 Q1", .value = 1});
  AddRow(&raw, {.reporter = "Kent", .period = "2017/18 Q2", .value = 2});
  const auto extents = ExtentsOf(HarmoniseOne(raw));
  ASSERT_THAT(extents, SizeIs(1));
  EXPECT_THAT(extents[0].reporters, ElementsAre("kent", "sussex"));
  EXPECT_THAT(extents[0].periods, ElementsAre(Days("2017/18")));
  EXPECT_EQ(extents[0].slice.measure, "offences");
}

TEST(HarmoniseTest, ExtentWithoutAClaimIsThePrintedPeriodsJoined) {
  RawDocument raw = Table();
  for (const char* quarter : {"2017/18 Q2", "2017/18 Q1", "2018/19 Q1"}) {
    AddRow(&raw, {.period = quarter, .value = 1});
  }
  const auto extents = ExtentsOf(HarmoniseOne(raw));
  ASSERT_THAT(extents, SizeIs(1));
  EXPECT_THAT(
      extents[0].periods,
      ElementsAre(DayInterval{Days("2017/18 Q1").begin, Days("2017/18 Q2").end},
                  Days("2018/19 Q1")));
}

TEST(HarmoniseTest, ExtentNeverClaimsWhatNoTableSpeaksOf) {
  RawDocument raw = Table({.id = "a"});
  AddTable(&raw, {.id = "b"});
  AddRow(&raw, {.reporter = "Kent", .period = "2017/18", .value = 1});
  AddRow(&raw,
         {.reporter = "Sussex", .period = "2018/19", .value = 1, .table = 1});
  const auto extents = ExtentsOf(HarmoniseOne(raw));
  ASSERT_THAT(extents, SizeIs(2)) << "not kent x both years";
  EXPECT_THAT(extents[0].reporters, ElementsAre("kent"));
  EXPECT_THAT(extents[0].periods, ElementsAre(Days("2017/18")));
  EXPECT_THAT(extents[1].reporters, ElementsAre("sussex"));
  EXPECT_THAT(extents[1].periods, ElementsAre(Days("2018/19")));
}

TEST(HarmoniseTest, ExtentsThatAgreeAreOne) {
  RawDocument raw = Table({.id = "a"});
  AddTable(&raw, {.id = "b"});
  AddRow(&raw, {.reporter = "Kent", .value = 1});
  AddRow(&raw, {.reporter = "Sussex", .value = 1, .table = 1});
  const auto extents = ExtentsOf(HarmoniseOne(raw));
  ASSERT_THAT(extents, SizeIs(1));
  EXPECT_THAT(extents[0].reporters, ElementsAre("kent", "sussex"));
}

TEST(HarmoniseTest, RowOutsideTheClaimIsTakenInAndTold) {
  RawDocument raw = Table({.extent = {{"period", "2017/18"}}});
  AddRow(&raw, {.period = "2018/19", .value = 1});
  const Harmonised harmonised = HarmoniseOne(raw);
  const auto findings = harmonised.findings.Sorted();
  EXPECT_NE(FindingOf(findings, "PERIOD_OUTSIDE_EXTENT"), nullptr);
  EXPECT_THAT(ExtentsOf(harmonised)[0].periods,
              ElementsAre(Days("2017/18"), Days("2018/19")));
}

TEST(HarmoniseTest, ExtentThatCannotBeReadRefusesTheTable) {
  RawDocument raw = Table({.extent = {{"period", "17/18"}}});
  AddRow(&raw, {.value = 1});
  RefusalOf(HarmoniseOne(raw), "INVALID_EXTENT");
  raw.tables[0].extent = {{"universe", "a"}, {"universe", "b"}};
  RefusalOf(HarmoniseOne(raw), "INVALID_EXTENT");
}

TEST(HarmoniseTest, UnusedExtentIsTold) {
  RawDocument raw = Table({.extent = {{"stated_coverage", "45"}}});
  AddRow(&raw, {.value = 1});
  const auto findings = HarmoniseOne(raw).findings.Sorted();
  const Diagnostic* told = FindingOf(findings, "EXTENT_NOT_USED");
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->found, "45");
}

// ---- One document after the other -------------------------------------------

TEST(HarmoniserTest, DocumentsMayGoOnceTheyAreAdded) {
  const auto vocabulary = IngestVocabulary();
  HarmoniseInput input;
  input.vocabulary = vocabulary.get();
  input.source = "src";
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) {
    input.documents.push_back({name, {}});
  }
  Harmoniser harmoniser(input);
  const std::vector<std::string> periods = {"2016/17", "2017/18", "2018/19"};
  for (const std::string& period : periods) {
    auto raw = std::make_unique<RawDocument>(Table());
    // Labels too long to stand within a string: their memory goes, too.
    AddRow(raw.get(), {.reporter = "Kent Police",
                       .at = {{"offence", std::string(64, 'x')}},
                       .period = period,
                       .value = 3});
    harmoniser.Add(*raw);
    raw.reset();
  }
  const Harmonised harmonised = harmoniser.Finish();
  EXPECT_THAT(harmonised.documents, SizeIs(3));
  EXPECT_THAT(harmonised.tables, SizeIs(3));
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  const HarmonisedSlice& slice = harmonised.slices[0];
  EXPECT_THAT(slice.table, ElementsAre(0, 1, 2));
  EXPECT_EQ(TextOf(slice, slice.observations.axes[0].label[2]),
            std::string(64, 'x'));
  const auto findings = harmonised.findings.Sorted();
  const Diagnostic* unknown = FindingOf(findings, "UNKNOWN_LABEL");
  ASSERT_NE(unknown, nullptr);
  EXPECT_EQ(unknown->count, 3u);
}

// ---- Values ----------------------------------------------------------------

TEST(HarmoniseTest, ReportedNeedsItsNumber) {
  RawDocument raw = Table();
  AddRow(&raw, {.state = State::kReported});
  const Diagnostic refusal = RefusalOf(HarmoniseOne(raw), "VALUE_MISSING");
  EXPECT_EQ(refusal.found, "*");
  EXPECT_EQ(refusal.locator, "file.csv:L2:C8");
}

TEST(HarmoniseTest, SuppressedCellIsNeverANumber) {
  RawDocument raw = Table();
  AddRow(&raw, {.state = State::kSuppressed, .lower = 1, .upper = 4});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  const store::Observations& rows = harmonised.slices[0].observations;
  EXPECT_EQ(rows.has[0], store::kHasLower | store::kHasUpper);
  EXPECT_EQ(rows.lower[0], 1);
  EXPECT_EQ(rows.upper[0], 4);

  AddRow(&raw, {.state = State::kSuppressed, .value = 3});
  RefusalOf(HarmoniseOne(raw), "VALUE_NOT_ALLOWED");
}

TEST(HarmoniseTest, SilentStatesCarryNoNumber) {
  for (const State state :
       {State::kRefused, State::kNoResponse, State::kNotHeld,
        State::kNotApplicable, State::kNotShown, State::kWithdrawn}) {
    RawDocument raw = Table();
    AddRow(&raw, {.state = state, .value = 0});
    RefusalOf(HarmoniseOne(raw), "VALUE_NOT_ALLOWED");
  }
}

TEST(HarmoniseTest, RoundedKeepsTheBoundsOfTheFile) {
  RawDocument raw = Table();
  AddRow(&raw,
         {.state = State::kRounded, .value = 10, .lower = 8, .upper = 12});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  const store::Observations& rows = harmonised.slices[0].observations;
  EXPECT_EQ(rows.has[0],
            store::kHasValue | store::kHasLower | store::kHasUpper);
  EXPECT_EQ(rows.lower[0], 8);
  EXPECT_EQ(rows.upper[0], 12);
}

// 15 may be rounded to 5 or to 15: nobody can tell the half step from it.
TEST(HarmoniseTest, RoundingThatNobodyStatesRefusesTheTable) {
  for (const RawRow& row : std::vector<RawRow>{
           {.state = State::kRounded, .value = 15},
           {.state = State::kRounded, .value = 15, .lower = 13},
           {.state = State::kRounded, .value = 15, .upper = 17}}) {
    RawDocument raw = Table();
    AddRow(&raw, row);
    const Diagnostic refusal =
        RefusalOf(HarmoniseOne(raw), "ROUNDING_UNSTATED");
    EXPECT_EQ(refusal.locator, "file.csv:L2:C8");
    EXPECT_EQ(refusal.found, " 15 ");
  }
}

TEST(HarmoniseTest, BoundsMayNotContradict) {
  for (const RawRow& row : std::vector<RawRow>{
           {.state = State::kSuppressed, .lower = 5, .upper = 4},
           {.state = State::kRounded, .value = 10, .lower = 11, .upper = 12},
           {.state = State::kRounded, .value = 10, .upper = 9},
           {.value = 10, .lower = 9, .upper = 11}}) {
    RawDocument raw = Table();
    AddRow(&raw, row);
    RefusalOf(HarmoniseOne(raw), "INVALID_BOUNDS");
  }
  RawDocument raw = Table();
  AddRow(&raw, {.value = 10, .lower = 10, .upper = 10});
  EXPECT_THAT(HarmoniseOne(raw).slices, SizeIs(1));
}

TEST(HarmoniseTest, NegativeCountIsRefusedWhereCountsBeginAtZero) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = -1});
  const Diagnostic refusal = RefusalOf(HarmoniseOne(raw), "NEGATIVE_COUNT");
  EXPECT_EQ(refusal.found, "-1");
  EXPECT_EQ(refusal.locator, "file.csv:L2:C8");

  raw.tables[0].floor = Floor::kNone;
  const Harmonised net = HarmoniseOne(raw);
  ASSERT_THAT(net.slices, SizeIs(1));
  EXPECT_THAT(net.slices[0].observations.value, ElementsAre(-1));
}

TEST(HarmoniseTest, CountsAreWholeNumbers) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 50, .scale = 1});
  const Harmonised whole = HarmoniseOne(raw);
  ASSERT_THAT(whole.slices, SizeIs(1)) << "5.0 is 5";
  EXPECT_EQ(whole.slices[0].observations.scale, 0);
  EXPECT_THAT(whole.slices[0].observations.value, ElementsAre(5));

  AddRow(&raw, {.value = -1255, .scale = 2});
  const Diagnostic refusal = RefusalOf(HarmoniseOne(raw), "NOT_AN_INTEGER");
  EXPECT_EQ(refusal.found, "-12.55");
}

TEST(HarmoniseTest, RatesKeepTheirDecimalsExactly) {
  RawDocument raw = Table({.measure = "Rate",
                           .unit = "per 1,000",
                           .aggregation = Aggregation::kNone});
  AddRow(&raw, {.value = 974028, .scale = 4});
  AddRow(&raw, {.period = "2018/19", .value = 5, .scale = 0});
  AddRow(&raw, {.period = "2019/20", .value = 25, .scale = 2});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_EQ(harmonised.slices[0].observations.scale, 4);
  EXPECT_THAT(harmonised.slices[0].observations.value,
              ElementsAre(974028, 50000, 2500));

  AddRow(&raw, {.period = "2020/21",
                .value = std::numeric_limits<int64_t>::max() - 1});
  const Diagnostic refusal = RefusalOf(HarmoniseOne(raw), "VALUE_OUT_OF_RANGE");
  EXPECT_EQ(refusal.locator, "file.csv:L5:C8");
}

// ---- Synthetic data --------------------------------------------------------

TEST(HarmoniseTest, SyntheticReleaseTaintsEveryRow) {
  RawDocument raw = Table({.extent = {{"synthetic", "true"}}});
  AddRow(&raw, {.value = 1, .flags = vocabulary::kFlagProvisional});
  const Harmonised harmonised = HarmoniseOne(raw, {}, /*synthetic=*/true);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_THAT(
      harmonised.slices[0].observations.flags,
      ElementsAre(vocabulary::kFlagProvisional | vocabulary::kFlagSynthetic));
}

TEST(HarmoniseTest, SyntheticFiguresMustBeDeclared) {
  RawDocument raw = Table({.extent = {{"synthetic", "true"}}});
  AddRow(&raw, {.value = 1});
  RefusalOf(HarmoniseOne(raw), "SYNTHETIC_NOT_DECLARED");

  raw.tables[0].extent.clear();
  const Pairs synthetic = {{"synthetic", "true"}};
  RefusalOf(HarmoniseOne(raw, synthetic), "SYNTHETIC_NOT_DECLARED");
  RefusalOf(HarmoniseOne(raw, {}, false, synthetic), "SYNTHETIC_NOT_DECLARED");
  EXPECT_THAT(HarmoniseOne(raw).slices, SizeIs(1));

  raw.observations[0].flags = vocabulary::kFlagSynthetic;
  RefusalOf(HarmoniseOne(raw), "SYNTHETIC_NOT_DECLARED");
}

// ---- Findings --------------------------------------------------------------

TEST(HarmoniseTest, AdapterFindingsAndNotesArePassedOn) {
  RawDocument raw = Table();
  raw.accounts = {{"rows_read", 1}};
  RawDiagnostic ignored;
  ignored.severity = Severity::kInfo;
  ignored.reason = "COLUMN_IGNORED";
  ignored.message = "a column";
  ignored.repeats = 7;
  ignored.locator.line = 1;
  ignored.locator.column = 3;
  raw.diagnostics.push_back(ignored);
  AddRow(&raw, {.value = 1}).notes = {"[Note 6]"};
  AddRow(&raw, {.period = "2018/19", .value = 1}).notes = {"[Note 6]"};
  const Harmonised harmonised = HarmoniseOne(raw);
  const auto findings = harmonised.findings.Sorted();
  const Diagnostic* column = FindingOf(findings, "COLUMN_IGNORED");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->count, 7u);
  EXPECT_EQ(column->locator, "file.csv:L1:C3");
  const Diagnostic* note = FindingOf(findings, "NOTE");
  ASSERT_NE(note, nullptr);
  EXPECT_EQ(note->found, "[Note 6]");
  EXPECT_EQ(note->count, 2u);
  EXPECT_THAT(DocumentReportsOf(harmonised)[0].accounts,
              ElementsAre(Pair("rows_read", 1)));
}

TEST(FindingsTest, NothingIsLostAboveTheListingLimit) {
  Findings findings;
  const uint64_t all = Findings::kMaxListed + 50;
  for (uint64_t i = 0; i < all; ++i) {
    findings.Add({Severity::kWarning, "X", absl::StrCat("m", i), "", "", ""});
  }
  findings.Add({Severity::kError, "Y", "error", "", "", ""});
  const auto sorted = findings.Sorted();
  ASSERT_THAT(sorted, SizeIs(Findings::kMaxListed + 2));
  EXPECT_EQ(sorted[0].reason, "Y") << "errors first";
  uint64_t count = 0;
  for (const Diagnostic& finding : sorted) {
    if (finding.reason == "X") count += finding.count;
  }
  EXPECT_EQ(count, all);
  EXPECT_EQ(sorted.back().count, 50u);
  EXPECT_THAT(sorted.back().message, HasSubstr("not listed"));
}

TEST(FindingsTest, TheSameFindingIsCounted) {
  Findings findings;
  findings.Add({Severity::kInfo, "X", "m", "e", "f", "a:L1:C1"});
  findings.Add({Severity::kInfo, "X", "m", "e", "f", "a:L2:C1", 3});
  findings.Add({Severity::kInfo, "X", "m", "e", "g", "a:L3:C1"});
  const auto sorted = findings.Sorted();
  ASSERT_THAT(sorted, SizeIs(2));
  EXPECT_EQ(sorted[0].count, 4u);
  EXPECT_EQ(sorted[0].locator, "a:L1:C1");
}

TEST(LocatorTest, SaysWhereInTheSameWordsEverywhere) {
  RawLocator csv;
  csv.line = 88;
  csv.row = 80;
  csv.column = 8;
  EXPECT_EQ(FormatRawLocator("file.csv", csv), "file.csv:L88:C8");
  csv.part = "file.csv";
  EXPECT_EQ(FormatRawLocator("file.csv", csv), "file.csv:L88:C8");
  csv.part = "inner.csv";
  EXPECT_EQ(FormatRawLocator("a.zip", csv), "a.zip/inner.csv:L88:C8");
  csv.part = "a.zip/inner.csv";
  EXPECT_EQ(FormatRawLocator("a.zip", csv), "a.zip/inner.csv:L88:C8");
  RawLocator cell;
  cell.sheet = "Table P1";
  cell.row = 7;
  cell.column = 28;
  EXPECT_EQ(FormatRawLocator("b.xlsx", cell), "b.xlsx:'Table P1'!AB7");
  EXPECT_EQ(FormatRawLocator("b.xlsx", {.sheet = "S"}), "b.xlsx:'S'");
  EXPECT_EQ(FormatRawLocator("b.xlsx", {}), "b.xlsx");
  EXPECT_EQ(FormatRawLocator("a.zip", {.part = "a.zip/x.csv"}), "a.zip/x.csv");
}

TEST(ReportTest, SurvivesBeingKept) {
  Report report;
  report.documents.push_back(
      {"file.csv",
       {{"t", "Title \"quoted\"", "offences", 5, 3, 1, 1, false, "form/2"},
        {"u", "", "", 2, 0, 0, 0, true}},
       {{"rows_read", 7}}});
  report.diagnostics.push_back({Severity::kWarning, "UNKNOWN_LABEL", "m\n", "e",
                                "\xc3\xa9", "file.csv:L1:C1", 9});
  Report read;
  ASSERT_TRUE(ParseReport(SerializeReport(report), &read).ok());
  ASSERT_THAT(read.documents, SizeIs(1));
  EXPECT_EQ(SerializeReport(read), SerializeReport(report));
  EXPECT_EQ(read.documents[0].tables[0].title, "Title \"quoted\"");
  EXPECT_EQ(read.documents[0].tables[0].duplicate_count, 1);
  EXPECT_EQ(read.documents[0].tables[0].recipe, "form/2");
  EXPECT_TRUE(read.documents[0].tables[1].refused);
  EXPECT_EQ(read.diagnostics[0].count, 9u);
  EXPECT_EQ(read.diagnostics[0].severity, Severity::kWarning);
}

TEST(ReportTest, DamageIsDataLoss) {
  for (const char* text :
       {"", "[]", "{\"version\":2,\"documents\":[],\"diagnostics\":[]}",
        "{\"version\":1,\"documents\":[{}],\"diagnostics\":[]}",
        "{\"version\":1,\"documents\":[],\"diagnostics\":[{\"severity\":9,"
        "\"reason\":\"\",\"message\":\"\",\"expected\":\"\",\"found\":\"\","
        "\"locator\":\"\",\"count\":1}]}"}) {
    Report report;
    EXPECT_EQ(ParseReport(text, &report).code(), absl::StatusCode::kDataLoss)
        << text;
  }
}

}  // namespace
}  // namespace collate::ingest
