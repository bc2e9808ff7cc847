#include "service/ingest/stated_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/service/ingest/raw_documents.h"

namespace collate::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(StatedNotesTest, FixedFormsAreReadAndOthersKept) {
  const std::vector<std::string> notes = {
      "stated_coverage: 44 (all but Lincolnshire)", "up by a tenth",
      "printed_by:  lbc.co.uk 2024-11-01 ", "stated_coverage of a kind"};
  StatedNotes stated;
  EXPECT_FALSE(ReadStatedNotes(notes, &stated).has_value());
  EXPECT_EQ(stated.reporters, 44u);
  EXPECT_EQ(stated.coverage, "(all but Lincolnshire)");
  EXPECT_EQ(stated.printed_by, "lbc.co.uk 2024-11-01");
  EXPECT_THAT(stated.others,
              ElementsAre("up by a tenth", "stated_coverage of a kind"));
}

TEST(StatedNotesTest, NamesMayBeUnknown) {
  const std::vector<std::string> notes = {"stated_coverage:45"};
  StatedNotes stated;
  EXPECT_FALSE(ReadStatedNotes(notes, &stated).has_value());
  EXPECT_EQ(stated.reporters, 45u);
  EXPECT_EQ(stated.coverage, "");
}

TEST(StatedNotesTest, WhatCannotBeReadIsAFault) {
  const std::vector<std::vector<std::string>> cases = {
      {"stated_coverage: about 40"},
      {"stated_coverage:"},
      {"stated_coverage: 0"},
      {"stated_coverage: -3"},
      {"stated_coverage: 99999999999"},
      {"printed_by: "},
      {"printed_by: a", "printed_by: b"},
      {"stated_coverage: 41", "stated_coverage: 43"}};
  for (const std::vector<std::string>& notes : cases) {
    StatedNotes stated;
    const auto fault = ReadStatedNotes(notes, &stated);
    ASSERT_TRUE(fault.has_value()) << notes.back();
    EXPECT_EQ(fault->reason, "INVALID_NOTE");
    EXPECT_EQ(fault->found, notes.back());
    EXPECT_FALSE(fault->expected.empty());
  }
}

TEST(StatedNotesTest, TheyStandBesideTheFigure) {
  RawDocument raw = Table({.repeats = Repeats::kConflict});
  AddRow(&raw, {.reporter = "South East", .value = 9}).notes = {
      "stated_coverage: 2 of 3", "printed_by: a", "as told"};
  AddRow(&raw, {.reporter = "Kent", .value = 3});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  const store::Observations::Stated& stated =
      harmonised.slices[0].observations.stated;
  EXPECT_THAT(stated.reporters, ElementsAre(2, 0));
  EXPECT_EQ(TextOf(harmonised.slices[0], stated.coverage[0]), "of 3");
  EXPECT_EQ(TextOf(harmonised.slices[0], stated.printed_by[0]), "a");
  EXPECT_EQ(TextOf(harmonised.slices[0], stated.printed_by[1]), "");
  const Diagnostic* note = FindingOf(harmonised.findings.Sorted(), "NOTE");
  EXPECT_NE(note, nullptr);
}

TEST(StatedNotesTest, ADocumentWithoutThemHasNoSuchColumns) {
  RawDocument raw = Table();
  AddRow(&raw, {.value = 3});
  const Harmonised harmonised = HarmoniseOne(raw);
  ASSERT_THAT(harmonised.slices, SizeIs(1));
  EXPECT_TRUE(harmonised.slices[0].observations.stated.empty());
}

TEST(StatedNotesTest, AForcesOwnFigureComesFromNobodyElse) {
  RawDocument raw = Table();
  AddRow(&raw, {.reporter = "Kent", .value = 3}).notes = {"stated_coverage: 2"};
  const Harmonised harmonised = HarmoniseOne(raw);
  EXPECT_TRUE(harmonised.tables[0].report.refused);
  EXPECT_THAT(harmonised.slices, IsEmpty());
  const std::vector<Diagnostic> findings = harmonised.findings.Sorted();
  const Diagnostic* refusal = FindingOf(findings, "INVALID_NOTE");
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->severity, Severity::kError);
  EXPECT_EQ(refusal->locator, "file.csv:L2:C8");
}

}  // namespace
}  // namespace collate::ingest
