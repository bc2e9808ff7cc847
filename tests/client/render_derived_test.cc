#include "client/render_derived.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/render_answer.h"
#include "client/render_explanation.h"
#include "client/said_once.h"
#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

std::string Percent(const char* lower, const char* upper,
                    bool is_signed = true) {
  v1::DecimalInterval interval;
  interval.set_lower(lower);
  interval.set_upper(upper);
  return PercentWords(interval, is_signed);
}

TEST(PercentWords, IsOneNumberWhereBothEndsComeToIt) {
  EXPECT_THAT(Percent("89.823008", "89.823009"), Eq("+89.8%"));
  EXPECT_THAT(Percent("89.45", "89.450001"), Eq("+89.5%"));
  EXPECT_THAT(Percent("-30", "-30"), Eq("-30.0%"));
  EXPECT_THAT(Percent("-0.06", "-0.06"), Eq("-0.1%"));
  EXPECT_THAT(Percent("0", "0"), Eq("0.0%"));
  EXPECT_THAT(Percent("1234.5", "1234.5"), Eq("+1,234.5%"));
  EXPECT_THAT(Percent("48.026315", "48.026316", false), Eq("48.0%"));
}

TEST(PercentWords, IsRoundedOutwardsElse) {
  EXPECT_THAT(Percent("41.09589", "48.201439"), Eq("+41.0% to +48.3%"));
  EXPECT_THAT(Percent("-0.149", "0.11"), Eq("-0.2% to +0.2%"));
  EXPECT_THAT(Percent("31.25", "35.714286", false), Eq("31.2% to 35.8%"));
}

TEST(PercentWords, NamesAnUnknownEnd) {
  EXPECT_THAT(Percent("150", ""), Eq("at least +150.0%"));
  EXPECT_THAT(Percent("", "12.01"), Eq("at most +12.1%"));
  EXPECT_THAT(Percent("", ""), Eq("unknown"));
}

TEST(PercentWords, RepeatsWhatItCannotRead) {
  EXPECT_THAT(Percent("1.1234567", "1.1234567"), Eq("1.1234567%"));
}

v1::QueryStatisticsResponse ChangedAnswer() {
  return TextProto<v1::QueryStatisticsResponse>(R"pb(
    cells {
      measure: 'offences'
      unit: 'offences'
      period { text: '2021/22' }
      state: STATE_NOT_SHOWN
      reported: 429
      reported_bounds { lower: 429 upper: 429 }
      panel_bounds { lower: 429 }
      derived {
        change {
          match: MATCH_METHOD_FIXED_BASE
          base_period { text: '2017/18' }
          matched_panel {
            outcome: OUTCOME_GIVEN
            percent { lower: '89.823008' upper: '89.823009' }
            current {
              reported: 429
              bounds { lower: 429 upper: 429 }
            }
            base {
              reported: 226
              bounds { lower: 226 upper: 226 }
            }
            current_reporter_count: 3
            base_reporter_count: 3
            left_out {
              reporter: 'hampshire'
              title: 'Hampshire'
              state: STATE_NOT_SHOWN
              reason: 'in 2021/22'
            }
            flags: CHANGE_FLAG_SMALL_BASE
          }
          as_published {
            outcome: OUTCOME_GIVEN
            percent { lower: '13.492063' upper: '13.492064' }
            current {
              reported: 429
              bounds { lower: 429 upper: 429 }
            }
            base {
              reported: 378
              bounds { lower: 378 upper: 380 }
            }
            current_reporter_count: 3
            base_reporter_count: 4
            flags: CHANGE_FLAG_REPORTERS_DIFFER
            flags: CHANGE_FLAG_MIXED_VINTAGE
          }
          base_coverage { expected: 4 due: 4 complete: 4 }
        }
      }
      derived {
        share {
          outcome: OUTCOME_GIVEN
          percent { lower: '48.026315' upper: '48.026316' }
          numerator {
            reported: 876
            bounds { lower: 876 upper: 876 }
          }
          base {
            reported: 1824
            bounds { lower: 1824 upper: 1824 }
          }
          dimension: 'platform'
          base_kind: SHARE_BASE_KNOWN_OFFENCES
          base_measure: 'offences'
          base_universe: 'platform_known'
          reporter_count: 45
          multi_response: true
        }
      }
    }
  )pb");
}

TEST(RenderDerived, TheTablePutsTheMatchedPanelFirst) {
  const auto table = RenderAnswer(ChangedAnswer(), {}, false, Format::kTable);
  EXPECT_THAT(table,
              IsOkAndHolds(AllOf(
                  HasSubstr("change on 2017/18, matched panel  as published"),
                  HasSubstr("+89.8% (226 -> 429), small base   +13.5% (378 to "
                            "380 -> 429)"),
                  HasSubstr("share of known offences"),
                  HasSubstr("48.0% (876 of 1,824)"))));
}

TEST(RenderDerived, PairByPairTheHeadingNamesNoPeriod) {
  v1::QueryStatisticsResponse answer = ChangedAnswer();
  answer.mutable_cells(0)->mutable_derived(0)->mutable_change()->set_match(
      v1::MATCH_METHOD_PAIRWISE);
  EXPECT_THAT(RenderAnswer(answer, {}, false, Format::kTable),
              IsOkAndHolds(HasSubstr("change on the period before, matched")));
}

TEST(RenderDerived, WhereThereIsNoNumberWordsSayWhy) {
  v1::QueryStatisticsResponse answer = ChangedAnswer();
  v1::Change& change =
      *answer.mutable_cells(0)->mutable_derived(0)->mutable_change();
  change.mutable_matched_panel()->Clear();
  change.mutable_matched_panel()->set_outcome(v1::OUTCOME_NOT_DETERMINABLE);
  v1::Comparison& published = *change.mutable_as_published();
  published.set_outcome(v1::OUTCOME_NOT_DEFINED);
  published.clear_percent();
  EXPECT_THAT(
      RenderAnswer(answer, {}, false, Format::kTable),
      IsOkAndHolds(AllOf(HasSubstr("not determinable "),
                         HasSubstr("not defined (378 to 380 -> 429)"))));
  change.mutable_matched_panel()->set_outcome(v1::OUTCOME_IS_BASE);
  published.Clear();
  published.set_outcome(v1::OUTCOME_IS_BASE);
  EXPECT_THAT(RenderAnswer(answer, {}, false, Format::kTable),
              IsOkAndHolds(HasSubstr("the base  ")));
  EXPECT_THAT(DerivedNotes({{"2021/22", &answer.cells(0)}}),
              SizeIs(1));  // of the share
}

TEST(RenderDerived, CsvHasEveryNumberInAColumnOfItsOwnAtTheEnd) {
  EXPECT_THAT(
      RenderAnswer(ChangedAnswer(), {}, false, Format::kCsv),
      IsOkAndHolds(AllOf(
          HasSubstr(
              ",basis,stated_reporters,change_match,change_base_period,"
              "change_matched_outcome,change_matched_lower,"
              "change_matched_upper,change_matched_base,"
              "change_matched_base_lower,change_matched_base_upper,"
              "change_matched_current,change_matched_current_lower,"
              "change_matched_current_upper,change_matched_base_reporters,"
              "change_matched_current_reporters,change_matched_flags,"
              "change_matched_left_out,change_published_outcome,"),
          HasSubstr(",FIXED_BASE,2017/18,GIVEN,89.823008,89.823009,226,226,"
                    "226,429,429,429,3,3,SMALL_BASE,hampshire,GIVEN,13.492063,"
                    "13.492064,378,378,380,429,429,429,4,3,"
                    "REPORTERS_DIFFER;MIXED_VINTAGE,"),
          HasSubstr(",share_dimension,share_base_kind,share_outcome,"
                    "share_lower,share_upper,share_numerator,"
                    "share_numerator_lower,share_numerator_upper,share_base,"
                    "share_base_lower,share_base_upper,share_reporters,"
                    "share_left_out,sources\n"),
          HasSubstr(",platform,KNOWN_OFFENCES,GIVEN,48.026315,48.026316,876,"
                    "876,876,1824,1824,1824,45,,\n"))));
}

TEST(RenderDerived, SeveralOfAKindAreNumbered) {
  v1::QueryStatisticsResponse answer = ChangedAnswer();
  *answer.mutable_cells(0)->add_derived() = answer.cells(0).derived(1);
  EXPECT_THAT(RenderAnswer(answer, {}, false, Format::kCsv),
              IsOkAndHolds(AllOf(HasSubstr(",change_match,"),
                                 HasSubstr(",share1_dimension,"),
                                 HasSubstr(",share2_dimension,"))));
}

TEST(RenderDerived, NumbersThatAreNotThereLeaveTheirFieldsEmpty) {
  v1::QueryStatisticsResponse answer = ChangedAnswer();
  v1::Share& share =
      *answer.mutable_cells(0)->mutable_derived(1)->mutable_share();
  share.clear_percent();
  share.clear_numerator();
  share.clear_base();
  share.set_outcome(v1::OUTCOME_NOT_DETERMINABLE);
  EXPECT_THAT(RenderAnswer(answer, {}, false, Format::kCsv),
              IsOkAndHolds(HasSubstr(
                  ",platform,KNOWN_OFFENCES,NOT_DETERMINABLE,,,,,,,,,45,,\n")));
}

TEST(DerivedNotes, SayWhoIsInAndWhoIsNot) {
  const v1::QueryStatisticsResponse answer = ChangedAnswer();
  EXPECT_THAT(
      DerivedNotes({{"2021/22", &answer.cells(0)}}),
      ElementsAre(
          "2021/22: change on 2017/18, matched panel: 3 reporters; without "
          "Hampshire (not shown; in 2021/22); small base. As published: 4 "
          "reporters then and 3 now; reporters differ; mixed vintage",
          "2021/22: share of known offences: 45 reporters; one case may name "
          "several, so that shares may come to more than 100% together"));
}

TEST(ExplainDerived, SaysWhatAChangeAndAShareAreMadeOf) {
  v1::ExplainCellResponse explanation;
  *explanation.mutable_cell() = ChangedAnswer().cells(0);
  EXPECT_THAT(
      RenderExplanation(explanation, Format::kTable),
      IsOkAndHolds(AllOf(
          HasSubstr("Change on 2017/18, matched panel of 3 reporters: +89.8% "
                    "(226 -> 429); small base\n"
                    "  without Hampshire: not shown; in 2021/22\n"
                    "Change on 2017/18, as published: +13.5% (378 to 380 -> "
                    "429); reporters differ; mixed vintage\n"
                    "  coverage of the base: 4 of 4\n"),
          HasSubstr("Share of known offences, 45 reporters: 48.0% (876 of "
                    "1,824)\n"))));
}

TEST(SaidOnce, NamesTheFirstCellsAndCountsTheRest) {
  SaidOnce said;
  for (const char* cell : {"a", "b", "c", "d"}) said.Add("x", cell);
  said.Add("y", "a");
  EXPECT_THAT(said.Notes("$ more"),
              ElementsAre("a | b | c and 1 more: x", "a: y"));
  for (int i = 0; i < 9; ++i)
    said.Add(std::string(1, static_cast<char>('A' + i)), "e");
  const std::vector<std::string> notes = said.Notes("$ more");
  EXPECT_THAT(notes, SizeIs(11));
  EXPECT_THAT(notes[0], Eq("1 more"));
  EXPECT_THAT(notes, Not(Contains("e: I")));
}

}  // namespace
}  // namespace collate::client
