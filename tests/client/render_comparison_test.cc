// Measures side by side, and questions that are only checked.

#include "client/render_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/render_check.h"
#include "client/words.h"
#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::CompareMeasuresResponse Comparison() {
  return TextProto<v1::CompareMeasuresResponse>(R"pb(
    columns {
      label: 'Offences'
      measure: 'offences'
      unit: 'offences'
      panel_title: 'The forces'
      releases: 'sources/a/releases/1'
    }
    columns {
      label: 'Accounts'
      measure: 'accounts'
      unit: 'accounts'
      panel_title: 'the reporters named in the query'
    }
    rows {
      coordinates { dimension: 'platform' member: 'snap' title: 'Snapchat' }
      period { start_date: '2023-04-01' end_date: '2024-04-01' text: '2023/24' }
      cells {
        cell {
          coordinates { dimension: 'platform' member: 'snap' title: 'Snap' }
          period { text: '2023/24' }
          state: STATE_NO_RELEASE
          basis: BASIS_PUBLISHED_TOTAL
          flags: CELL_FLAG_SYNTHETIC_INPUT
          flags: CELL_FLAG_MIXED_SOURCES
          sources { source: 'a' reporter_count: 3 }
          citation_count: 3
          conflicts {
            kind: CONFLICT_KIND_PARTS_V_TOTAL
            source: 'a'
            other_source: 'b'
            differences {
              coordinates { member: 'kent' title: 'Kent' }
              served { bounds { lower: 3 upper: 3 } }
              other { bounds { lower: 5 upper: 5 } }
            }
          }
          reported: 1824
          reported_bounds { lower: 1824 upper: 1830 }
          panel_bounds { lower: 1824 }
          coverage {
            expected: 45
            due: 45
            complete: 44
            missing {
              reporter: 'lincolnshire'
              title: 'Lincolnshire'
              state: STATE_NO_RELEASE
            }
          }
        }
      }
      cells {
        cell {
          state: STATE_NO_RELEASE
          basis: BASIS_PANEL_SUM
          panel_bounds { lower: 0 }
          coverage {
            expected: 1
            due: 1
            stated { reporter_count: 45 }
          }
        }
        unaligned_periods { text: '2023' }
        unaligned_periods { text: '2024' }
      }
    }
    caveats { code: 'UNITS_DIFFER' message: 'not added' })pb");
}

TEST(RenderComparison, HasAUnitAboveEachColumn) {
  EXPECT_THAT(
      RenderComparison(Comparison(), Format::kTable),
      IsOkAndHolds(AllOf(HasSubstr("Offences [offences]"),
                         HasSubstr("Accounts [accounts]"),
                         HasSubstr("1,824 (1,824 to 1,830; 44 of 45)"),
                         HasSubstr("nothing loaded (only 2023, 2024)"))));
}

TEST(RenderComparison, CsvMixesNoUnitsInARow) {
  EXPECT_THAT(
      RenderComparison(Comparison(), Format::kCsv),
      IsOkAndHolds(Eq(
          "platform,period,period_start,period_end,column,measure,unit,state,"
          "reported,reported_lower,reported_upper,panel_lower,panel_upper,"
          "complete,due,expected,unaligned_periods,flags,basis,"
          "stated_reporters\n"
          "snap,2023/24,2023-04-01,2024-04-01,Offences,offences,offences,"
          "NO_RELEASE,1824,1824,1830,1824,,44,45,45,,"
          "SYNTHETIC_INPUT;MIXED_SOURCES,PUBLISHED_TOTAL,\n"
          "snap,2023/24,2023-04-01,2024-04-01,Accounts,accounts,accounts,"
          "NO_RELEASE,,,,0,,0,1,1,2023;2024,,PANEL_SUM,45\n")));
}

TEST(ComparisonNotes, SayPanelsGapsMarksConflictsCaveatsAndReleases) {
  EXPECT_THAT(
      ComparisonNotes(Comparison()),
      ElementsAre(
          HasSubstr("Offences: offences in offences"),
          HasSubstr("Accounts: accounts in accounts"),
          HasSubstr("nothing loaded from Lincolnshire"),
          "Offences, Snap, 2023/24: published total",
          AllOf(StartsWith("Offences, Snap, 2023/24: "),
                HasSubstr(FlagWords(v1::CELL_FLAG_SYNTHETIC_INPUT))),
          AllOf(StartsWith("Offences, Snap, 2023/24: "), HasSubstr("(a 3)")),
          "Offences, Snap, 2023/24: conflict: parts against a "
          "total: a and b; 1 differs: Kent 3 v 5",
          "UNITS_DIFFER: not added", "Offences: from sources/a/releases/1"));
}

// Offences with a rate and a change; accounts with a rate of another base.
v1::CompareMeasuresResponse Deriving() {
  v1::CompareMeasuresResponse comparison = Comparison();
  v1::ComparedRow& row = *comparison.mutable_rows(0);
  row.mutable_cells(0)->mutable_cell()->MergeFrom(TextProto<v1::Cell>(R"pb(
    derived {
      rate {
        per: 1000
        denominator_measure: 'population'
        denominator_period { text: '2023' }
        state: STATE_REPORTED
        bounds { lower: '0.25' upper: '0.25' }
        reporter_count: 44
      }
    }
    derived {
      change {
        match: MATCH_METHOD_FIXED_BASE
        base_period { text: '2017/18' }
        matched_panel {
          outcome: OUTCOME_GIVEN
          percent { lower: '10' upper: '10' }
          current_reporter_count: 3
          base_reporter_count: 3
        }
        as_published {
          outcome: OUTCOME_GIVEN
          percent { lower: '12.5' upper: '12.5' }
          current_reporter_count: 4
          base_reporter_count: 3
          flags: CHANGE_FLAG_REPORTERS_DIFFER
        }
      }
    })pb"));
  row.mutable_cells(1)->mutable_cell()->MergeFrom(TextProto<v1::Cell>(R"pb(
    derived {
      rate {
        per: 100000
        denominator_measure: 'users'
        denominator_period { text: '2022' }
        state: STATE_NO_RELEASE
      }
    })pb"));
  // Another row, of somebody outside the first column's panel.
  v1::ComparedRow& outside = *comparison.add_rows();
  outside.mutable_coordinates()->CopyFrom(row.coordinates());
  outside.mutable_period()->set_text("2024/25");
  outside.add_cells()->mutable_cell()->set_state(v1::STATE_NOT_APPLICABLE);
  *outside.add_cells() = row.cells(1);
  return comparison;
}

TEST(RenderComparison, WhatIsDerivedStandsBehindItsColumn) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string table,
                               RenderComparison(Deriving(), Format::kTable));
  EXPECT_THAT(
      table,
      AllOf(ContainsRegex("Offences \\[offences\\] +"
                          "Offences: per 1,000 population \\(2023\\) +"
                          "Offences: change on 2017/18, matched panel +"
                          "Offences: as published +Accounts \\[accounts\\] +"
                          "Accounts: per 100,000 users \\(2022\\)"),
            ContainsRegex("44 of 45\\) +0.25 +\\+10.0% +\\+12.5% +"
                          "nothing loaded \\(only 2023, 2024\\) +"
                          "nothing loaded"),
            ContainsRegex("2024/25( +not applicable){4} +nothing loaded")));
  EXPECT_THAT(ComparisonNotes(Deriving()),
              Contains(AllOf(StartsWith("Offences, Snap, 2023/24: change on "
                                        "2017/18, matched panel: 3 reporters"),
                             HasSubstr("reporters differ"))));
}

TEST(RenderComparison, CsvHasWhatIsDerivedAtTheEndUnderOneName) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string csv,
                               RenderComparison(Deriving(), Format::kCsv));
  const std::vector<std::string> lines = absl::StrSplit(csv, '\n');
  ASSERT_GE(lines.size(), 5u);
  EXPECT_THAT(lines[0],
              HasSubstr(",basis,stated_reporters,rate_state,rate_lower,"
                        "rate_upper,rate_per,rate_denominator,rate_reporters,"
                        "change_match,change_base_period,"));
  EXPECT_THAT(lines[1], HasSubstr(",REPORTED,0.25,0.25,1000,population@2023,44,"
                                  "FIXED_BASE,2017/18,GIVEN,10,10,"));
  EXPECT_THAT(lines[2], HasSubstr(",NO_RELEASE,,,100000,users@2022,0,,,"));
  const auto fields = [](const std::string& line) {
    return std::count(line.begin(), line.end(), ',');
  };
  for (int i = 1; i < 5; ++i) EXPECT_EQ(fields(lines[i]), fields(lines[0]));
}

v1::CheckQueryResponse Check() {
  return TextProto<v1::CheckQueryResponse>(R"pb(
    problems {
      reason: 'UNKNOWN_MEMBER'
      code: 'INVALID_ARGUMENT'
      field: 'query.filters[0].members[1]'
      message: "no offence '88B'; did you mean 88A?"
      near_matches: '88A'
      near_matches: '88C'
    }
    problems { reason: 'CELL_LIMIT' message: 'too many' }
    cell_count: 4000
    cell_limit: 3000
    availability {
      measure: 'offences'
      source: 'sources/home-office-prc'
      dimensions {
        dimension: 'offence'
        level: 'code'
        members: '71'
        members: '88A'
        member_count: 12
      }
      partition: 'COMPLETE'
      periods { text: '2016/17' }
      periods { text: '2017/18' }
      period_count: 2
      reporters: 'kent'
      observation_count: 1234
    }
    caveats { code: 'NO_PANEL' message: 'none named' })pb");
}

TEST(RenderCheck, SaysWhatIsWrongThenWhatThereIs) {
  EXPECT_THAT(
      RenderCheck(Check(), Format::kTable),
      IsOkAndHolds(Eq("It would be refused:\n"
                      "  UNKNOWN_MEMBER at query.filters[0].members[1]: no "
                      "offence '88B'; did you mean 88A?\n"
                      "  CELL_LIMIT: too many\n"
                      "It comes to 4,000 cells of 3,000 at most.\n"
                      "Published:\n"
                      "  offences from home-office-prc\n"
                      "    by offence (code): 71, 88A and 10 more\n"
                      "    the parts make the whole\n"
                      "    2 periods: 2016/17, 2017/18\n"
                      "    1 reporter: kent\n"
                      "    1,234 figures\n")));
  EXPECT_THAT(CheckNotes(Check()), ElementsAre("NO_PANEL: none named"));
}

TEST(RenderCheck, AGoodQuestionOfNothingPublished) {
  EXPECT_THAT(RenderCheck(v1::CheckQueryResponse(), Format::kTable),
              IsOkAndHolds(Eq("Nothing is wrong with the question.\n"
                              "Nothing is published of its measures.\n")));
}

TEST(RenderCheck, CsvAndJsonLinesHaveProblemsFirst) {
  EXPECT_THAT(
      RenderCheck(Check(), Format::kCsv),
      IsOkAndHolds(AllOf(
          HasSubstr("\nproblem,UNKNOWN_MEMBER,INVALID_ARGUMENT,"),
          HasSubstr(",88A;88C,,"),
          HasSubstr("\navailable,,,,,,offences,sources/home-office-prc,,"
                    "offence@code,COMPLETE,2,2016/17,2017/18,1,1234\n"))));
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string lines,
                               RenderCheck(Check(), Format::kNdjson));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_LT(lines.find("UNKNOWN_MEMBER"), lines.find("observationCount"));
}

}  // namespace
}  // namespace collate::client
