// Reports by the EU template: synthetic ones for what they do, figures of the
// second half of 2025 in the template's layout, and the real sections held.

#include <algorithm>

#include "plugins/transparency_report/dsa_template/dsa_words.h"
#include "tests/plugins/transparency_report/dsa_template/dsa_testing.h"
#include "tests/plugins/transparency_report/sheet_testing.h"
#include "tests/plugins/transparency_report/table_testing.h"

namespace collate {
namespace {

using ingest::RawObservation;
using testing::DsaCsv;
using testing::DsaHeader;
using testing::DsaOracle;
using testing::DsaRow;
using testing::DsaRows;
using ::testing::ElementsAre;
using ::testing::Eq;
using testing::ExpectEveryCellAccountedFor;
using testing::FindReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNull;
using testing::kDsaPeriod;
using ::testing::NotNull;
using testing::NumberOf;
using ::testing::Optional;
using testing::ReadDocument;
using testing::ReadPublished;
using testing::RowsOf;
using testing::SheetOf;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kTerms[] = "DSA own-initiative measures, terms and conditions";
constexpr char kNotices[] = "DSA notices";
constexpr char kMinors[] = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS";
constexpr char kCsam[] = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL";
constexpr char kGrooming[] = "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS";

ingest::Pairs Of(const std::string& service, ingest::Pairs more = {}) {
  more.emplace_back("geography", "EU");
  more.emplace_back("platform", service);
  std::sort(more.begin(), more.end());
  return more;
}
ingest::Pairs Category(const std::string& service, const std::string& code) {
  return Of(service, {{"harm", code}});
}
ingest::Pairs Keyword(const std::string& service, const std::string& keyword,
                      const std::string& category = kMinors) {
  return Of(service, {{"harm", category}, {"dsa_keyword", keyword}});
}

std::unique_ptr<testing::RecordingHost> Read(const DsaRows& rows) {
  return ReadDocument("6_own_initiative_TC.csv", DsaCsv(rows));
}

// Synthetic: one service, two categories, with grooming of its own.
DsaRows Terms() {
  return {DsaHeader(6),
          DsaRow(6, "S", "TOTAL", {"1,010", "500", "7"}),
          DsaRow(6, "S", kMinors, {"1,000", "500", "7"}),
          DsaRow(6, "S", kCsam, {"990", "", "7"}),
          DsaRow(6, "S", kGrooming, {"10", "0", "0"}),
          DsaRow(6, "S", "STATEMENT_CATEGORY_VIOLENCE", {"10", "0", "0"}),
          DsaRow(6, "S", "KEYWORD_OTHER", {"4"}, "brawls"),
          DsaRow(6, "S", "KEYWORD_OTHER", {"6"}, "duels"),
          DsaRow(6, "S", "KEYWORD_OTHER_SPAM", {"1"})};
}

TEST(DsaWordsTest, PeriodsAndDatesAreReadAsServicesWriteThem) {
  for (const char* text : {"2025-07-01/2025-12-31", " 2025/07/01 - 2025/12/31 ",
                           "2025-07-01 to 2025-12-31"}) {
    const auto period = transparency_report::ParseDsaPeriod(text);
    ASSERT_TRUE(period.has_value()) << text;
    EXPECT_EQ(period->begin, 20270) << text;  // 1 July 2025
    EXPECT_EQ(period->end, 20454) << text;
  }
  for (const char* text : {"", "2025", "2025-07-01", "2025-12-31/2025-07-01",
                           "2025-07-01/2025-13-31", "2025-07-01;2025-12-31"}) {
    EXPECT_FALSE(transparency_report::ParseDsaPeriod(text).has_value()) << text;
  }
  EXPECT_EQ(transparency_report::ParseDsaDate("2026/04/01"),
            transparency_report::ParseDsaDate("2026-04-01"));
  EXPECT_FALSE(transparency_report::ParseDsaDate("2026/04-01").has_value());
  EXPECT_FALSE(transparency_report::ParseDsaDate("01/04/2026").has_value());
}

TEST(DsaWordsTest, ANameSaysTheSectionByItsNumber) {
  using transparency_report::SectionNumberIn;
  EXPECT_EQ(SectionNumberIn("snap-10_AMAR.csv"), 10);
  EXPECT_EQ(SectionNumberIn("1_report_identification.csv"), 1);
  EXPECT_EQ(SectionNumberIn("11_qualitative.csv"), 11);
  EXPECT_EQ(SectionNumberIn("9_human resources.csv"), 9);
  EXPECT_EQ(SectionNumberIn("6_own_initiative_TC_version2.csv"), 6);
  EXPECT_EQ(SectionNumberIn("[Facebook] DSA VLOP Transparency Report - 28 "
                            "August 2026 - 3_member_states_order.csv"),
            3);
  EXPECT_EQ(SectionNumberIn("report.csv"), 0);
}

TEST(DsaTemplateTest, LevelsOfOneColumnAreKeptApart) {
  const auto host = Read(Terms());
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(host->document.diagnostics, IsEmpty());
  EXPECT_THAT(NumberOf(*host, kTerms, Of("S")), Optional(1010));
  EXPECT_THAT(NumberOf(*host, kTerms, Category("S", kMinors)), Optional(1000));
  EXPECT_THAT(NumberOf(*host, kTerms, Keyword("S", kCsam)), Optional(990));
  EXPECT_THAT(NumberOf(*host, kTerms, Keyword("S", kGrooming)), Optional(10));
  EXPECT_THAT(
      NumberOf(*host, kTerms,
               Of("S", {{"harm", kMinors},
                        {"restriction", "Visibility restriction Removal"}})),
      Optional(7));
  EXPECT_THAT(NumberOf(*host, kTerms,
                       Of("S", {{"automated_detection",
                                 "Number of measures taken after detection "
                                 "with solely automated means"}})),
              Optional(500));
  // A code that a service invented is kept as printed.
  EXPECT_THAT(NumberOf(*host, kTerms,
                       Keyword("S", "KEYWORD_OTHER_SPAM",
                               "STATEMENT_CATEGORY_VIOLENCE")),
              Optional(1));
  ASSERT_THAT(host->document.tables, SizeIs(1));
  const ingest::RawTable& table = host->document.tables[0];
  EXPECT_EQ(table.unit, "measures");
  EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
  EXPECT_THAT(table.multi_response, ElementsAre("dsa_keyword", "restriction"));
  const RawObservation& total = host->document.observations[0];
  EXPECT_EQ(total.level, ingest::Level::kTotal);
  EXPECT_EQ(total.level_axis, "harm");
  EXPECT_EQ(total.reporter, "S");
  EXPECT_EQ(total.period_text, kDsaPeriod);
  EXPECT_EQ(total.period_begin, 20270);
  EXPECT_EQ(total.raw, "1,010");
  EXPECT_EQ(total.locator.line, 2u);
  EXPECT_EQ(total.locator.column, 6u);
  ExpectEveryCellAccountedFor(*host);
}

TEST(DsaTemplateTest, ABlankIsNotZero) {
  const auto host = Read(Terms());
  const auto rows =
      RowsOf(*host, kTerms,
             Of("S", {{"harm", kMinors},
                      {"dsa_keyword", kCsam},
                      {"automated_detection",
                       "Number of measures taken after detection with solely "
                       "automated means"}}));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0]->state, State::kNotShown);
  EXPECT_FALSE(rows[0]->value.has_value());
  EXPECT_EQ(rows[0]->locator.column, 7u);
}

TEST(DsaTemplateTest, OtherRowsOfOneCategoryAreToldApartByTheirDescription) {
  const auto host = Read(Terms());
  const char* const kViolence = "STATEMENT_CATEGORY_VIOLENCE";
  EXPECT_THAT(
      NumberOf(*host, kTerms, Keyword("S", "KEYWORD_OTHER: brawls", kViolence)),
      Optional(4));
  EXPECT_THAT(
      NumberOf(*host, kTerms, Keyword("S", "KEYWORD_OTHER: duels", kViolence)),
      Optional(6));
  // Alone in its category it is the keyword, with a note. The template's own
  // words are none.
  DsaRows rows = Terms();
  rows.erase(rows.begin() + 7);
  const auto alone = Read(rows);
  const auto found =
      RowsOf(*alone, kTerms, Keyword("S", "KEYWORD_OTHER", kViolence));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0]->notes, ElementsAre("brawls"));
  rows[6][4] = "Text to detail the \xE2\x80\x9COther\xE2\x80\x9D keyword.";
  const auto placeholder = Read(rows);
  EXPECT_THAT(
      RowsOf(*placeholder, kTerms, Keyword("S", "KEYWORD_OTHER", kViolence))[0]
          ->notes,
      IsEmpty());
}

// What a service prints of grooming, and whether it is a figure.
TEST(DsaTemplateTest, GroomingThatIsNotClassifiedIsNoZero) {
  const struct {
    const char* grooming;  // null: no such row
    const char* minors;
    State state;
  } kCases[] = {{"10", "1000", State::kReported},
                {"0", "1000", State::kIncludedElsewhere},
                {"", "1000", State::kIncludedElsewhere},
                {nullptr, "1000", State::kIncludedElsewhere},
                {"0", "0", State::kReported},
                {"", "0", State::kNotShown}};
  for (const auto& each : kCases) {
    DsaRows rows = Terms();
    rows[2][5] = each.minors;
    if (each.grooming == nullptr) {
      rows.erase(rows.begin() + 4);
    } else {
      rows[4][5] = each.grooming;
    }
    const auto host = Read(rows);
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    const auto found = RowsOf(*host, kTerms, Keyword("S", kGrooming));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0]->state, each.state);
    EXPECT_EQ(found[0]->value.has_value(), each.state == State::kReported);
    if (each.state == State::kIncludedElsewhere) {
      EXPECT_THAT(found[0]->reason, HasSubstr("not separately classified"));
      // Without a row of its own it cites that of the category.
      EXPECT_EQ(found[0]->locator.line, each.grooming == nullptr ? 3u : 5u);
      EXPECT_EQ(found[0]->raw, each.grooming == nullptr ? "" : each.grooming);
    }
    ExpectEveryCellAccountedFor(*host);
  }
  // Zeros beside a figure of grooming are zeros.
  const auto host = Read(Terms());
  const auto zero =
      RowsOf(*host, kTerms,
             Of("S", {{"harm", kMinors},
                      {"dsa_keyword", kGrooming},
                      {"restriction", "Visibility restriction Removal"}}));
  ASSERT_THAT(zero, SizeIs(1));
  EXPECT_EQ(zero[0]->state, State::kReported);
}

TEST(DsaTemplateTest, ATotalThatItsCategoriesDoNotMakeIsFlaggedAndKept) {
  DsaRows rows = Terms();
  rows[1][5] = "2,000";
  const auto host = Read(rows);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* mismatch = FindReason(*host, "TOTAL_MISMATCH");
  ASSERT_THAT(mismatch, NotNull());
  EXPECT_EQ(mismatch->expected, "1010");
  EXPECT_EQ(mismatch->found, "2,000");
  EXPECT_EQ(mismatch->locator.line, 2u);
  EXPECT_EQ(host->document.observations[0].flags,
            uint32_t{COLLATE_FLAG_TOTAL_MISMATCH});
  // A blank may be anything.
  rows[5][5] = "";
  EXPECT_THAT(FindReason(*Read(rows), "TOTAL_MISMATCH"), IsNull());
  // Which of two totals it is of cannot be known.
  rows[5][5] = "10";
  rows.push_back(DsaRow(6, "S", "TOTAL", {"3"}));
  EXPECT_THAT(FindReason(*Read(rows), "TOTAL_MISMATCH"), IsNull());
}

TEST(DsaTemplateTest, ContextIsANoteOfItsOwnCell) {
  DsaRows rows = Terms();
  rows[2][5 + 16] = "combined for two services";
  const auto host = Read(rows);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  for (const RawObservation& row : host->document.observations) {
    const bool its = row.locator.line == 3 && row.locator.column == 6;
    EXPECT_EQ(std::count(row.notes.begin(), row.notes.end(),
                         "combined for two services"),
              its ? 1 : 0);
  }
}

TEST(DsaTemplateTest, WhatIsNotOfTheTemplateRefusesItsSection) {
  const struct {
    size_t row;
    size_t column;
    const char* text;
    const char* reason;
  } kFaults[] = {
      {0, 5, "Number of measures", "UNKNOWN_COLUMN"},
      {0, 21, "Contextual information on the weather", "UNKNOWN_COLUMN"},
      {0, 6, "Number of measures taken at the provider's own initiative",
       "AMBIGUOUS_COLUMN"},
      {2, 5, "many", "NOT_A_FIGURE"},
      {2, 5, "10.5", "NOT_A_FIGURE"},
      {2, 5, "71%", "NOT_A_FIGURE"},
      {2, 5, "1-5", "NOT_A_FIGURE"},
      {2, 5, "-4", "NOT_A_FIGURE"},
      {2, 1, "", "NO_SERVICE"},
      {2, 2, "H2 2025", "NOT_A_PERIOD"},
      {2, 3, "Protection of minors", "UNKNOWN_CODE"},
      {1, 3, "KEYWORD_NUDITY", "KEYWORD_WITHOUT_CATEGORY"},
      {2, 37, "more", "CELL_WITHOUT_HEADER"},
  };
  for (const auto& fault : kFaults) {
    DsaRows rows = Terms();
    rows[fault.row].resize(std::max(rows[fault.row].size(), fault.column + 1));
    rows[fault.row][fault.column] = fault.text;
    const auto host = Read(rows);
    EXPECT_EQ(host->code, COLLATE_CODE_INVALID_ARGUMENT) << fault.reason;
    EXPECT_EQ(host->reason, fault.reason) << fault.text << host->message;
    EXPECT_THAT(host->document.observations, IsEmpty()) << fault.reason;
    const ingest::RawDiagnostic* told = FindReason(*host, fault.reason);
    ASSERT_THAT(told, NotNull()) << fault.reason;
    EXPECT_EQ(told->locator.line, fault.row + 1) << fault.reason;
    EXPECT_EQ(told->locator.column, fault.column + 1) << fault.reason;
  }
}

// Synthetic: sections of all kinds below one another.
std::string Combined() {
  return DsaCsv(
      {{"Applicability", "Service", "Indicator", "Value"},
       {"All", "S", "Name of the service provider", "S Ltd "},
       {"All", "S", "Date of the publication of the report", "soon"},
       {},
       {"Category label", "Category description",
        "Category of illegal content / incompatible with the terms and "
        "conditions"},
       {"Category 9", "Protection of minors", kMinors},
       {"Applicability", "Service", "Reporting period",
        "Category of illegal content",
        "Description of the sub-category \"Other\"", "Scope",
        "Number of orders to act against illegal content received",
        "Median time to give effect to the order to act against illegal "
        "content"},
       {"All", "S", kDsaPeriod, "TOTAL", "", "TOTAL", "7", "0.5"},
       {"All", "S", kDsaPeriod, kMinors, "", "TOTAL", "7", "0.5"},
       {"All", "S", kDsaPeriod, "TOTAL", "", "EL", "3", ""},
       {"Applicability", "Service", "Reporting period", "Section", "Indicator",
        "Scope", "Value", "Contextual Information"},
       {"All", "S", kDsaPeriod, "Internal complaints mechanism",
        "Number of complaints submitted to the internal-complaints mechanism",
        "Total number", "395348.0", "in all languages"},
       {"All", "S", kDsaPeriod, "Internal complaints mechanism",
        "Complaint regarding a decision to suspend or terminate an account ",
        "Decisions reversed", "9", ""},
       {"All", "S", kDsaPeriod, "Out-of-court dispute settlement bodies",
        "Number of disputes submitted to out-of-court dispute settlement "
        "bodies",
        "Median time", "2200.5", ""},
       {"All", "S", kDsaPeriod, "Use of automated means for content moderation",
        "Number of measures solely taken by automated means ", "de", "12", ""},
       {"All", "S", kDsaPeriod, "Use of automated means for content moderation",
        "Accuracy of the automated means - Recall", "NAM Total", "", ""},
       {"All", "S", kDsaPeriod,
        "Human resources dedicated to content moderation ",
        "Number of total moderators with sufficient linguistic expertise ",
        "Total number", "1832", ""},
       {"All", "S", kDsaPeriod, "Suspensions imposed on repeated offenders",
        "Number of suspensions enacted for the provision of manifestly "
        "unfounded notices",
        "Total number", "348", ""},
       {"Only for VLOPs", "", kDsaPeriod, "x", "y", "[...]", "", ""},
       {"Applicability", "Service", "Reporting period", "Indicator", "Value"},
       {"All", "S", kDsaPeriod, "Summary", "We moderate,\nwith care."}});
}

TEST(DsaTemplateTest, OneFileMayHoldSeveralSections) {
  const auto host = ReadDocument("report.csv", Combined());
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(
      NumberOf(*host, "DSA orders to act against illegal content", Of("S")),
      Optional(7));
  EXPECT_THAT(NumberOf(*host, "DSA orders to act against illegal content",
                       {{"geography", "EL"}, {"platform", "S"}}),
              Optional(3));
  EXPECT_THAT(NumberOf(*host, "DSA complaints", Of("S")), Optional(395348));
  EXPECT_THAT(RowsOf(*host, "DSA complaints", Of("S"))[0]->notes,
              ElementsAre("in all languages"));
  EXPECT_THAT(NumberOf(*host, "DSA complaints",
                       Of("S", {{"dsa_complaint",
                                 "Complaint regarding a decision to suspend or "
                                 "terminate an account"},
                                {"dsa_outcome", "Decisions reversed"}})),
              Optional(9));
  const auto time =
      RowsOf(*host, "Median time of DSA out-of-court disputes", Of("S"));
  ASSERT_THAT(time, SizeIs(1));
  EXPECT_EQ(time[0]->value->mantissa, 22005);
  EXPECT_EQ(time[0]->value->scale, 1);
  EXPECT_THAT(NumberOf(*host, "DSA measures by use of automated means",
                       Of("S", {{"dsa_scope", "de"},
                                {"automated_decision",
                                 "Number of measures solely taken by "
                                 "automated means"}})),
              Optional(12));
  const auto recall = RowsOf(*host, "Recall of automated means",
                             Of("S", {{"dsa_scope", "NAM Total"}}));
  ASSERT_THAT(recall, SizeIs(1));
  EXPECT_EQ(recall[0]->state, State::kNotShown);
  EXPECT_THAT(NumberOf(*host, "DSA content moderators by language", Of("S")),
              Optional(1832));
  EXPECT_THAT(NumberOf(*host, "DSA suspensions of repeat offenders",
                       Of("S", {{"dsa_suspension",
                                 "Number of suspensions enacted for the "
                                 "provision of manifestly unfounded "
                                 "notices"}})),
              Optional(348));
  for (const ingest::RawTable& table : host->document.tables) {
    const bool opaque = table.unit.find("not stated") != std::string::npos;
    EXPECT_EQ(table.aggregation == ingest::Aggregation::kNone, opaque)
        << table.measure;
  }
  EXPECT_THAT(FindReason(*host, "NOT_A_DATE"), NotNull());
  EXPECT_THAT(FindReason(*host, "PLACEHOLDER_ROW"), NotNull());
  EXPECT_THAT(FindReason(*host, "SECTION_WITHOUT_FIGURES"), NotNull());
  ExpectEveryCellAccountedFor(*host);
}

TEST(DsaTemplateTest, AFaultySectionLeavesTheOthers) {
  std::string text = Combined();
  const size_t at = text.find("Internal complaints mechanism");
  text.replace(at, 8, "Internet");
  const auto host = ReadDocument("report.csv", text);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* told = FindReason(*host, "UNKNOWN_INDICATOR");
  ASSERT_THAT(told, NotNull());
  EXPECT_EQ(told->severity, ingest::Severity::kError);
  EXPECT_EQ(told->locator.line, 12u);
  EXPECT_THAT(told->message, HasSubstr("not read"));
  EXPECT_THAT(
      NumberOf(*host, "DSA orders to act against illegal content", Of("S")),
      Optional(7));
  EXPECT_THAT(RowsOf(*host, "DSA complaints", Of("S")), IsEmpty());
  ExpectEveryCellAccountedFor(*host);
}

TEST(DsaTemplateTest, DamageIsReadOrRefused) {
  testing::ExpectDamageIsReadOrRefused("report.csv", Combined(), 5);
}

TEST(DsaTemplateTest, TheHeaderDecidesWhereTheNameSaysAnotherSection) {
  const auto host = ReadDocument("4_notices.csv", DsaCsv(Terms()));
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  const ingest::RawDiagnostic* differs =
      FindReason(*host, "SECTION_NUMBER_DIFFERS");
  ASSERT_THAT(differs, NotNull());
  EXPECT_EQ(differs->expected, "4");
  EXPECT_EQ(differs->found, "6");
  EXPECT_THAT(NumberOf(*host, kTerms, Of("S")), Optional(1010));
}

TEST(DsaTemplateTest, TheSenderMayNameTheProvider) {
  const auto host =
      ReadDocument("6_own.csv", DsaCsv(Terms()), {{"reporter", "Snap Inc."}});
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  for (const RawObservation& row : host->document.observations) {
    EXPECT_EQ(row.reporter, "Snap Inc.");
  }
}

TEST(DsaTemplateTest, AWorkbookHasASheetForEachSection) {
  DsaRows numbers = Terms();
  for (size_t r = 1; r < numbers.size(); ++r) {
    std::string& figure = numbers[r][5];
    figure.erase(std::remove(figure.begin(), figure.end(), ','), figure.end());
    figure.insert(0, "=");
  }
  const std::string bytes = testing::WorkbookOf(
      {{"6_own_initiative_TC", SheetOf(numbers)},
       {"4_notices",
        SheetOf({DsaHeader(4), DsaRow(4, "S", "TOTAL", {"=9", "=2"}),
                 DsaRow(4, "S", kMinors, {"=9", "=2"})})}});
  const auto host = ReadDocument("S-dsa-report.xlsx", bytes);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(NumberOf(*host, kTerms, Of("S")), Optional(1010));
  EXPECT_THAT(NumberOf(*host, kNotices, Of("S")), Optional(9));
  EXPECT_THAT(NumberOf(*host, kNotices,
                       Of("S", {{"dsa_source_type", "Trusted flaggers"}})),
              Optional(2));
  EXPECT_EQ(RowsOf(*host, kNotices, Of("S"))[0]->locator.sheet, "4_notices");
  ExpectEveryCellAccountedFor(*host);
}

// ---- Figures of the second half of 2025, in the template's layout ----------

TEST(DsaFiguresTest, MinorsOfEachServiceAreAsPublished) {
  COLLATE_SHARED_FILE(oracle,
                      "platform/dsa-template/vlop-h2-2025-tables-4-5-6.csv");
  const struct {
    const char* service;
    int64_t minors;
    int64_t csam;
    std::optional<int64_t> grooming;
  } kServices[] = {{"Facebook", 1182154, 1182154, std::nullopt},
                   {"Instagram", 576939, 576939, std::nullopt},
                   {"TikTok", 85825447, 2604655, std::nullopt},
                   {"Pinterest", 3006180, 113239, 1316}};
  for (const auto& each : kServices) {
    const auto host = Read(DsaOracle(oracle, each.service, 6));
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_THAT(NumberOf(*host, kTerms, Category(each.service, kMinors)),
                Optional(each.minors));
    EXPECT_THAT(NumberOf(*host, kTerms, Keyword(each.service, kCsam)),
                Optional(each.csam));
    EXPECT_EQ(NumberOf(*host, kTerms, Keyword(each.service, kGrooming)),
              each.grooming);
    const auto grooming =
        RowsOf(*host, kTerms, Keyword(each.service, kGrooming));
    ASSERT_THAT(grooming, SizeIs(1)) << each.service;
    EXPECT_EQ(grooming[0]->state, each.grooming.has_value()
                                      ? State::kReported
                                      : State::kIncludedElsewhere);
    // TikTok's categories do not make its total.
    EXPECT_EQ(FindReason(*host, "TOTAL_MISMATCH") != nullptr,
              std::string(each.service) == "TikTok");
    ExpectEveryCellAccountedFor(*host);
  }
}

TEST(DsaFiguresTest, NoticesMixDecimalsInTheirTimesOnly) {
  COLLATE_SHARED_FILE(oracle,
                      "platform/dsa-template/vlop-h2-2025-tables-4-5-6.csv");
  const auto host =
      ReadDocument("4_notices.csv", DsaCsv(DsaOracle(oracle, "TikTok", 4)));
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  EXPECT_THAT(NumberOf(*host, kNotices, Of("TikTok")), Optional(714523));
  const auto time =
      RowsOf(*host, "Median time to act on DSA notices", Of("TikTok"));
  ASSERT_THAT(time, SizeIs(1));
  EXPECT_EQ(time[0]->value->mantissa, 583);
  EXPECT_EQ(time[0]->value->scale, 2);
  ExpectEveryCellAccountedFor(*host);
}

// ---- The real sections -----------------------------------------------------

TEST(DsaFilesTest, RecipientsOfTheStatesDoNotMakeSnapsTotal) {
  COLLATE_SHARED_FILE(path, "platform/dsa-template/snap-10_AMAR.csv");
  const auto host = ReadPublished(path);
  ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
  constexpr char kRecipients[] = "DSA average monthly active recipients";
  EXPECT_THAT(NumberOf(*host, kRecipients, Of("Snap")), Optional(97153476));
  EXPECT_THAT(
      NumberOf(*host, kRecipients, {{"geography", "EL"}, {"platform", "Snap"}}),
      Optional(988014));
  ASSERT_THAT(host->document.diagnostics, SizeIs(1));
  const ingest::RawDiagnostic& mismatch = host->document.diagnostics[0];
  EXPECT_EQ(mismatch.reason, "TOTAL_MISMATCH");
  EXPECT_EQ(mismatch.severity, ingest::Severity::kWarning);
  EXPECT_EQ(mismatch.expected, "97153479");
  EXPECT_EQ(mismatch.found, "97,153,476");
  EXPECT_EQ(mismatch.locator.line, 2u);
  EXPECT_EQ(mismatch.locator.column, 7u);
  ASSERT_THAT(host->document.observations, SizeIs(28));
  EXPECT_EQ(host->document.observations[0].flags,
            uint32_t{COLLATE_FLAG_TOTAL_MISMATCH});
  EXPECT_EQ(host->document.tables[0].aggregation, ingest::Aggregation::kUnique);
  ExpectEveryCellAccountedFor(*host);
}

TEST(DsaFilesTest, IdentificationsHaveDatesAndNoFigures) {
  COLLATE_SHARED_FILE(snap,
                      "platform/dsa-template/snap-1_report_identification.csv");
  COLLATE_SHARED_FILE(
      facebook,
      "platform/dsa-template/[Facebook] DSA VLOP Transparency Report - 28 "
      "August 2026 - 1_report_identification.csv");
  for (const std::string& path : {snap, facebook}) {
    const auto host = ReadPublished(path);
    ASSERT_EQ(host->code, COLLATE_CODE_OK) << host->message;
    EXPECT_THAT(host->document.tables, IsEmpty());
    ASSERT_THAT(host->document.diagnostics, SizeIs(5));
    for (const ingest::RawDiagnostic& told : host->document.diagnostics) {
      EXPECT_EQ(told.reason, "REPORT_IDENTIFICATION") << told.found;
    }
    EXPECT_EQ(host->accounts.at("documents_without_figures"), 1u);
    ExpectEveryCellAccountedFor(*host);
  }
}

// It is an outside check, and no file of the template.
TEST(DsaFilesTest, TheReshapedFiguresAreNoReport) {
  COLLATE_SHARED_FILE(oracle,
                      "platform/dsa-template/vlop-h2-2025-tables-4-5-6.csv");
  EXPECT_EQ(ReadPublished(oracle)->reason, "NO_FAMILY");
}

}  // namespace
}  // namespace collate
