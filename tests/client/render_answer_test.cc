#include "client/render_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/render_explanation.h"
#include "tests/client/kent_cell.h"
#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::KentCell;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

// One cell that is complete and one to which nobody has given a number.
v1::QueryStatisticsResponse Answer() {
  v1::QueryStatisticsResponse answer;
  *answer.add_cells() = KentCell();
  answer.MergeFrom(TextProto<v1::QueryStatisticsResponse>(R"pb(
    cells {
      measure: 'offences'
      unit: 'offences'
      coordinates { dimension: 'reporter' member: 'essex' title: 'Essex' }
      period {
        start_date: '2017-04-01'
        end_date: '2018-04-01'
        kind: PERIOD_KIND_FINANCIAL_YEAR
        text: '2017/18'
      }
      state: STATE_NO_RELEASE
      panel_bounds { lower: 0 }
      coverage {
        expected: 1
        due: 1
        complete: 0
        tally { state: STATE_NO_RELEASE count: 1 }
        missing { reporter: 'essex' title: 'Essex' state: STATE_NO_RELEASE }
      }
      basis: BASIS_PANEL_SUM
      handle: 'i'
    }
    caveats { code: 'NO_PANEL' message: 'no panel was named' }
    releases: 'sources/s/releases/r'
    panel { code: 'p' title: 'The forces' reporter_count: 2 }
    total_size: 2)pb"));
  return answer;
}

TEST(RenderAnswer, TableNamesAMissingNumberByItsState) {
  EXPECT_THAT(
      RenderAnswer(Answer(), {"reporter"}, false, Format::kTable),
      IsOkAndHolds(Eq(
          "reporter  period   reported offences  whole panel  coverage  notes\n"
          "--------  -------  -----------------  -----------  --------  "
          "-------------------------------------------------\n"
          "Kent      2017/18              4,429  4,429        1 of 1    "
          "added up from shorter periods; adds repeated rows\n"
          "Essex     2017/18     nothing loaded  at least 0   0 of 1\n")));
}

TEST(RenderAnswer, TableSaysWhatIsMissingBesideANumber) {
  v1::QueryStatisticsResponse answer = Answer();
  v1::Cell* cell = answer.mutable_cells(0);
  cell->clear_flags();
  cell->set_state(v1::STATE_NO_RELEASE);
  *cell->mutable_coverage() = TextProto<v1::Coverage>(
      "expected: 4 due: 4 complete: 1 "
      "tally { state: STATE_REPORTED count: 1 } "
      "tally { state: STATE_SUPPRESSED count: 1 } "
      "tally { state: STATE_NO_RELEASE count: 2 }");
  EXPECT_THAT(
      RenderAnswer(answer, {"reporter"}, false, Format::kTable),
      IsOkAndHolds(HasSubstr("incomplete: withheld (1), nothing loaded (2)")));
}

TEST(RenderAnswer, TableShowsBoundsOnlyWhereTheyDiffer) {
  v1::QueryStatisticsResponse answer = Answer();
  answer.mutable_cells(0)->mutable_reported_bounds()->set_upper(4432);
  EXPECT_THAT(RenderAnswer(answer, {"reporter"}, false, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("of those reporters"),
                                 HasSubstr("4,429 to 4,432"),
                                 HasSubstr("none printed"))));
}

TEST(RenderAnswer, CitedTableSaysHowManyCellsItLeavesOut) {
  EXPECT_THAT(RenderAnswer(Answer(), {"reporter"}, true, Format::kTable),
              IsOkAndHolds(AllOf(
                  HasSubstr("Kent, 2017/18: 7 printed cells\n"
                            "  f.csv:L2:C8  \" 59 \"  Kent, 2017/18 1, 88A\n"
                            "  and 6 more: --format json lists them all\n"),
                  HasSubstr("Essex, 2017/18: 0 printed cells\n"))));
}

TEST(RenderAnswer, CsvHasStableColumnsAndNoSeparators) {
  EXPECT_THAT(
      RenderAnswer(Answer(), {"reporter"}, false, Format::kCsv),
      IsOkAndHolds(
          Eq("measure,unit,reporter,period,period_start,period_end,state,"
             "reported,reported_lower,reported_upper,panel_lower,panel_upper,"
             "expected,due,complete,flags,basis,stated_reporters,sources\n"
             "offences,offences,kent,2017/18,2017-04-01,2018-04-01,REPORTED,"
             "4429,4429,4429,4429,4429,1,1,1,TILED_PERIOD;REPEATED_KEY_ADDED,"
             "PANEL_SUM,,s:1\n"
             "offences,offences,essex,2017/18,2017-04-01,2018-04-01,NO_RELEASE,"
             ",,,0,,1,1,0,,PANEL_SUM,,\n")));
}

TEST(RenderAnswer, CsvHasItsColumnsWithoutAnyCell) {
  EXPECT_THAT(RenderAnswer({}, {"reporter", "sex"}, false, Format::kCsv),
              IsOkAndHolds(HasSubstr("measure,unit,reporter,sex,period,")));
}

TEST(RenderAnswer, CitedCsvAddsCountAndFirstCitation) {
  EXPECT_THAT(
      RenderAnswer(Answer(), {"reporter"}, true, Format::kCsv),
      IsOkAndHolds(
          AllOf(HasSubstr(",flags,citation_count,citation_release,"
                          "citation_document,citation_sha256,citation_locator,"
                          "citation_raw,basis,stated_reporters,"
                          "citation_printed_by,sources\n"),
                HasSubstr(",7,sources/s/releases/r,f.csv,aa,f.csv:L2:C8, 59 ,"
                          "PANEL_SUM,,,s:1\n"),
                HasSubstr(",0,,,,,,PANEL_SUM,,,\n"))));
}

TEST(RenderAnswer, JsonWritesZerosAndLeavesOutWhatIsAbsent) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const std::string text,
      RenderAnswer(Answer(), {"reporter"}, false, Format::kJson));
  const auto json = nlohmann::json::parse(text);
  const auto& missing = json["cells"][1];
  EXPECT_FALSE(missing.contains("reported"));
  EXPECT_FALSE(missing.contains("reportedBounds"));
  EXPECT_EQ(missing["panelBounds"]["lower"], "0");
  EXPECT_FALSE(missing["panelBounds"].contains("upper"));
  EXPECT_EQ(missing["coverage"]["complete"], 0);
  EXPECT_EQ(missing["state"], "STATE_NO_RELEASE");
  EXPECT_EQ(json["cells"][0]["reported"], "4429");
  EXPECT_EQ(json["caveats"][0]["code"], "NO_PANEL");
}

TEST(RenderAnswer, NdjsonHasALineForEachCell) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const std::string text,
      RenderAnswer(Answer(), {"reporter"}, false, Format::kNdjson));
  EXPECT_THAT(std::count(text.begin(), text.end(), '\n'), Eq(2));
  EXPECT_EQ(nlohmann::json::parse(text.substr(0, text.find('\n')))["reported"],
            "4429");
}

TEST(RenderAnswer, MeasuresWithDifferentUnitsKeepThemApart) {
  v1::QueryStatisticsResponse answer = Answer();
  answer.mutable_cells(1)->set_measure("victims");
  answer.mutable_cells(1)->set_unit("victims");
  EXPECT_THAT(RenderAnswer(answer, {"reporter"}, false, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("measure "), HasSubstr("unit"),
                                 Not(HasSubstr("reported offences")))));
}

// A conflict with two figures, a rate that leaves somebody out, and a decimal.
v1::QueryStatisticsResponse DerivedAnswer() {
  return TextProto<v1::QueryStatisticsResponse>(R"pb(
    cells {
      measure: 'offences'
      unit: 'offences'
      period { text: '2017/18' }
      state: STATE_REPORTED
      reported: 61179
      reported_bounds { lower: 61179 upper: 61179 }
      panel_bounds { lower: 61179 upper: 61179 }
      flags: CELL_FLAG_CONFLICT
      conflicts {
        kind: CONFLICT_KIND_SAME_CELL
        source: 'a'
        other_source: 'b'
        compared_count: 44
        reported: 151120
        other_reported: 150798
        differences {
          coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
          served {
            state: STATE_REPORTED
            reported: 2284
            bounds { lower: 2284 upper: 2284 }
          }
          other {
            state: STATE_SUPPRESSED
            bounds { lower: 1 upper: 4 }
          }
        }
      }
      derived {
        rate {
          state: STATE_ROUNDED
          bounds { lower: '1097.395526' upper: '1097.411035' }
          numerator { lower: 61179 upper: 61179 }
          denominator { lower: 628050 upper: 628150 }
          denominator_measure: 'population'
          denominator_period { text: '2016-06-30' }
          per: 1000
          reporter_count: 1
          left_out {
            reporter: 'btp'
            title: 'British Transport Police'
            state: STATE_NO_RELEASE
            reason: 'no population on 2016-06-30'
          }
        }
      }
    }
  )pb");
}

TEST(RenderAnswer, WhatNobodyPrintedIsNoPublishedTotal) {
  v1::QueryStatisticsResponse answer = Answer();
  v1::Cell* silent = answer.mutable_cells(1);
  ASSERT_EQ(silent->citation_count(), 0);
  silent->set_basis(v1::BASIS_PUBLISHED_TOTAL);
  EXPECT_THAT(RenderAnswer(answer, {"reporter"}, false, Format::kTable),
              IsOkAndHolds(Not(HasSubstr("published total"))));
  silent->set_state(v1::STATE_SUPPRESSED);
  silent->set_citation_count(1);
  EXPECT_THAT(RenderAnswer(answer, {"reporter"}, false, Format::kTable),
              IsOkAndHolds(HasSubstr("published total")));
}

TEST(RenderAnswer, TableHasAColumnForARate) {
  EXPECT_THAT(RenderAnswer(DerivedAnswer(), {}, false, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("per 1,000 population (2016-06-30)"),
                                 HasSubstr("1,097.395526 to 1,097.411035"),
                                 HasSubstr("another figure contradicts it"))));
}

TEST(RenderAnswer, CsvHasTheEndsOfARate) {
  EXPECT_THAT(
      RenderAnswer(DerivedAnswer(), {}, false, Format::kCsv),
      IsOkAndHolds(AllOf(HasSubstr("rate_state,rate_lower,rate_upper,rate_per,"
                                   "rate_denominator,rate_reporters"),
                         HasSubstr("ROUNDED,1097.395526,1097.411035,1000,"
                                   "population@2016-06-30,1"))));
}

TEST(RenderAnswer, DecimalsStandWhereNumbersStand) {
  const auto answer = TextProto<v1::QueryStatisticsResponse>(R"pb(
    cells {
      measure: 'change'
      unit: 'per cent'
      period { text: '2017/18' }
      state: STATE_ROUNDED
      decimal_reported: '-1097.5'
      decimal_reported_bounds { lower: '-1097.55' upper: '-1097.45' }
      decimal_panel_bounds { lower: '-1097.55' upper: '-1097.45' }
    }
  )pb");
  EXPECT_THAT(RenderAnswer(answer, {}, false, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("-1,097.5  -1,097.55 to "))));
  // A number, so no spreadsheet takes it for a formula.
  EXPECT_THAT(RenderAnswer(answer, {}, false, Format::kCsv),
              IsOkAndHolds(HasSubstr(
                  "ROUNDED,-1097.5,-1097.55,-1097.45,-1097.55,-1097.45,")));
}

v1::QueryStatisticsResponse PublishedTotal() {
  return TextProto<v1::QueryStatisticsResponse>(R"pb(
    cells {
      measure: 'offences'
      unit: 'offences'
      period { text: '2017/18' }
      state: STATE_REPORTED
      reported: 3171
      reported_bounds { lower: 3171 upper: 3217 }
      panel_bounds { lower: 3171 upper: 3217 }
      coverage {
        expected: 1
        due: 1
        complete: 1
        tally { state: STATE_REPORTED count: 1 }
        stated { reporter_count: 45 }
      }
      flags: CELL_FLAG_CONFLICT
      basis: BASIS_PUBLISHED_TOTAL
      citations { locator: 'f.csv:L2:C8' raw: '3171' printed_by: 'a.example' }
      citation_count: 1
      conflicts {
        kind: CONFLICT_KIND_SAME_CELL
        source: 's'
        other_source: 's'
        compared_count: 1
        reported: 3171
        other_reported: 3217
        differences {
          coordinates { dimension: 'reporter' member: 'uk' title: 'UK' }
          served {
            reported: 3171
            bounds { lower: 3171 upper: 3171 }
            printed_by: 'a.example'
            printed_by: 'b.example'
          }
          other {
            reported: 3217
            bounds { lower: 3217 upper: 3217 }
            printed_by: 'c.example'
            stated { reporter_count: 43 }
          }
        }
      }
    }
  )pb");
}

std::string NoteOf(const std::string& conflict) {
  auto answer = TextProto<v1::QueryStatisticsResponse>(
      "cells { measure: 'offences' period { text: '2017/18' } }");
  v1::Conflict* added = answer.mutable_cells(0)->add_conflicts();
  *added = TextProto<v1::Conflict>(conflict);
  const std::vector<std::string> notes = AnswerNotes(answer);
  return notes.empty() ? std::string() : absl::StrJoin(notes, "\n");
}

TEST(RenderAnswer, AConflictBelowADivisionSaysWhereItIs) {
  const auto conflict = TextProto<v1::Conflict>(R"pb(
    kind: CONFLICT_KIND_SAME_CELL
    source: 'first'
    other_source: 'second'
    differences {
      coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
      served {
        reported: 122
        bounds { lower: 122 upper: 122 }
      }
      other {
        reported: 45
        bounds { lower: 45 upper: 45 }
      }
    }
  )pb");
  auto answer = TextProto<v1::QueryStatisticsResponse>(
      "cells { measure: 'offences' period { text: '2017/18' } }");
  v1::Cell& cell = *answer.mutable_cells(0);
  *cell.add_derived()->mutable_share()->add_base_conflicts() = conflict;
  *cell.add_derived()->mutable_change()->add_base_conflicts() = conflict;
  *cell.add_derived()->mutable_rate()->add_denominator_conflicts() = conflict;
  const std::string notes = absl::StrJoin(AnswerNotes(answer), "\n");
  EXPECT_THAT(notes, HasSubstr("conflict in the base: "));
  EXPECT_THAT(notes, HasSubstr("conflict in the denominator: "));
  EXPECT_THAT(notes, HasSubstr("Kent 122 v 45"));
}

TEST(RenderAnswer, AConflictSaysOfWhatTheOtherSideIs) {
  EXPECT_THAT(
      NoteOf(R"pb(
        kind: CONFLICT_KIND_PART_EXCEEDS_WHOLE
        source: 'foi'
        other_source: 'ho'
        other_coordinates { dimension: 'offence' member: '88A' title: 'Class' }
        differences {
          coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
          served {
            reported: 122
            bounds { lower: 122 upper: 122 }
          }
          other {
            reported: 45
            bounds { lower: 45 upper: 45 }
          }
        }
      )pb"),
      HasSubstr("a part is more than its whole: foi and ho (Class (88A)); 1 "
                "differs: Kent 122 v 45"));
  EXPECT_THAT(
      NoteOf(R"pb(
        kind: CONFLICT_KIND_SHARE_V_COUNT
        source: 'a'
        other_source: 'b'
        other_measure: 'percent'
        differences {
          coordinates { dimension: 'reporter' member: 'uk' title: 'UK' }
          served {
            reported: 350
            bounds { lower: 350 upper: 350 }
          }
          other {
            decimal_reported: '12'
            decimal_bounds { lower: '11.5' upper: '12.5' }
          }
          base {
            reported: 1824
            bounds { lower: 1824 upper: 1824 }
          }
        }
      )pb"),
      HasSubstr("a printed share is not that of the counts: a and b (percent); "
                "1 differs: UK 350 v 11.5 to 12.5 (base 1,824)"));
  EXPECT_THAT(NoteOf(R"pb(
                kind: CONFLICT_KIND_SILENT_REVISION
                source: 'a'
                other_source: 'a'
                differences {
                  served {
                    reported: 2
                    bounds { lower: 2 upper: 2 }
                  }
                  other {
                    reported: 1
                    bounds { lower: 1 upper: 1 }
                  }
                }
              )pb"),
              HasSubstr("a printed another number before; 1 differs:  2 v 1"));
  EXPECT_THAT(NoteOf(R"pb(
                kind: CONFLICT_KIND_PARTS_V_TOTAL
                source: 'a'
                other_source: 'b'
                compared_count: 1
                reported: 2
                other_reported: 3
              )pb"),
              HasSubstr("parts against a total: a and b print 2 and 3 for 1 "
                        "figure"));
}

TEST(RenderAnswer, APublishedTotalNeverLooksLikeASum) {
  EXPECT_THAT(
      RenderAnswer(PublishedTotal(), {}, true, Format::kTable),
      IsOkAndHolds(AllOf(
          HasSubstr("45 stated"), HasSubstr("published total; another"),
          HasSubstr("3,171 to 3,217"), HasSubstr("; printed by a.example"))));
  EXPECT_THAT(RenderAnswer(PublishedTotal(), {}, false, Format::kCsv),
              IsOkAndHolds(HasSubstr(",1,1,1,CONFLICT,PUBLISHED_TOTAL,45,\n")));
}

TEST(AnswerNotes, SayWhomAPublishedTotalCountsAndWhoContradictsIt) {
  EXPECT_THAT(
      AnswerNotes(PublishedTotal()),
      AllOf(Contains("2017/18: published total; 45 reporters stated, names "
                     "unknown"),
            Contains("2017/18: conflict: two sides that s repeats print 3,171 "
                     "and 3,217 for 1 figure; 1 differs: UK 3,171 (a.example; "
                     "b.example) v 3,217 (c.example; 43 reporters stated, "
                     "names unknown)")));
}

TEST(AnswerNotes, NameWhoDiffersBetweenSources) {
  EXPECT_THAT(AnswerNotes(DerivedAnswer()),
              Contains("2017/18: conflict: a and b print 151,120 and 150,798 "
                       "for 44 figures; 1 differs: Kent 2,284 v 1 to 4"));
}

TEST(RenderExplanation, SaysWhomAPublishedTotalCounts) {
  v1::ExplainCellResponse explanation;
  *explanation.mutable_cell() = PublishedTotal().cells(0);
  EXPECT_THAT(
      RenderExplanation(explanation, Format::kTable),
      IsOkAndHolds(HasSubstr("Coverage: published total; 45 reporters stated, "
                             "names unknown\n")));
}

TEST(RenderExplanation, SaysWhatARateIsMadeOfAndWhoIsLeftOut) {
  v1::ExplainCellResponse explanation;
  *explanation.mutable_cell() = DerivedAnswer().cells(0);
  EXPECT_THAT(
      RenderExplanation(explanation, Format::kTable),
      IsOkAndHolds(AllOf(
          HasSubstr("Per 1,000 population (2016-06-30): 1,097.395526 to "
                    "1,097.411035 = 61,179 over 628,050 to 628,150"),
          HasSubstr("  without British Transport Police: nothing loaded; no "
                    "population on 2016-06-30"))));
}

TEST(AnswerNotes, SayPanelGapsCaveatsAndReleases) {
  EXPECT_THAT(
      AnswerNotes(Answer()),
      ElementsAre("Panel: The forces (p), 2 reporters",
                  "Essex, 2017/18: 0 of 1; nothing loaded from Essex",
                  "NO_PANEL: no panel was named", "From sources/s/releases/r"));
}

TEST(AnswerNotes, NameTenReleasesAndCountTheRest) {
  v1::QueryStatisticsResponse answer = Answer();
  answer.clear_releases();
  for (int i = 0; i < 10; ++i) answer.add_releases(absl::StrCat("r", i));
  EXPECT_THAT(AnswerNotes(answer).back(), "From r9");
  answer.add_releases("r10");
  EXPECT_THAT(AnswerNotes(answer).back(),
              "From 1 more release, which --format json lists");
  answer.add_releases("r11");
  EXPECT_THAT(AnswerNotes(answer),
              AllOf(Contains("From r9"), Not(Contains("From r10")),
                    Contains("From 2 more releases, which --format json "
                             "lists")));
}

TEST(AnswerNotes, SayTheSameGapOfManyCellsOnce) {
  v1::QueryStatisticsResponse answer = Answer();
  answer.clear_caveats();
  answer.clear_releases();
  for (int i = 0; i < 4; ++i) *answer.add_cells() = answer.cells(1);
  EXPECT_THAT(AnswerNotes(answer),
              ElementsAre(HasSubstr("Panel"),
                          HasSubstr(" and 2 more: 0 of 1; nothing")));
}

TEST(AnswerNotes, CountTheGapsOfALongTable) {
  v1::QueryStatisticsResponse answer = Answer();
  answer.clear_caveats();
  answer.clear_releases();
  for (int i = 0; i < 14; ++i) {
    v1::Cell& cell = *answer.add_cells();
    cell = answer.cells(1);
    cell.mutable_coverage()->mutable_missing(0)->set_title(
        absl::StrCat("Force ", i));
  }
  const std::vector<std::string> notes = AnswerNotes(answer);
  EXPECT_THAT(notes.size(), Eq(12));
  EXPECT_THAT(notes, Contains(HasSubstr("5 more gaps")));
}

TEST(RenderAnswer, SaysWhatBecameOfAPolicyAndFromWhereTheFiguresCome) {
  v1::QueryStatisticsResponse answer = Answer();
  v1::Cell& cell = *answer.mutable_cells(1);
  for (const v1::CellFlag flag :
       {v1::CELL_FLAG_MIXED_SOURCES, v1::CELL_FLAG_INCOMPLETE_NOT_GIVEN,
        v1::CELL_FLAG_ANALYST_EXCLUDED, v1::CELL_FLAG_TIGHTENED,
        v1::CELL_FLAG_SOURCE_UNREADABLE}) {
    cell.add_flags(flag);
  }
  cell.add_sources()->set_source("first");
  cell.mutable_sources(0)->set_reporter_count(43);
  cell.add_sources()->set_source("second");
  cell.mutable_sources(1)->set_reporter_count(1);
  EXPECT_THAT(RenderAnswer(answer, {"reporter"}, false, Format::kTable),
              IsOkAndHolds(AllOf(
                  HasSubstr("mixed sources (first 43, second 1)"),
                  HasSubstr("not given, because somebody is missing"),
                  HasSubstr("a figure is left out by the analyst"),
                  HasSubstr("a printed total narrows what the panel can be"),
                  HasSubstr("a release that cannot be read may have more"))));
  EXPECT_THAT(RenderAnswer(answer, {"reporter"}, false, Format::kCsv),
              IsOkAndHolds(HasSubstr(",first:43;second:1\n")));
}

}  // namespace
}  // namespace collate::client
