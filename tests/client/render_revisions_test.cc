#include "client/render_revisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

v1::ListRevisionsResponse Revisions() {
  return TextProto<v1::ListRevisionsResponse>(R"pb(
    revisions {
      kind: REVISION_KIND_CHANGED
      measure: 'offences'
      coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
      coordinates { dimension: 'platform' }
      period { start_date: '2017-04-01' end_date: '2018-04-01' text: '2017/18' }
      before {
        state: STATE_REPORTED
        reported: 1045
        bounds { lower: 1045 upper: 1045 }
      }
      after {
        state: STATE_SUPPRESSED
        bounds { lower: 1 upper: 4 }
      }
      before_citation {
        release: 'r1'
        document: 'f.csv'
        document_sha256: 'abc'
        locator: 'f.csv:L2:C3'
        raw: '1,045'
      }
      after_citation {
        release: 'r2'
        locator: 'f.csv:L9:C3'
        raw: '*'
        labels { dimension: 'platform' text: 'Other app' }
      }
      silent: true
    }
    revisions {
      kind: REVISION_KIND_DROPPED
      measure: 'offences'
      coordinates { dimension: 'reporter' member: 'essex' title: 'Essex' }
      period { text: '2017/18' }
      before {
        state: STATE_REPORTED
        reported: 0
        bounds { lower: 0 upper: 0 }
      }
      before_citation { release: 'r1' locator: 'f.csv:L3:C3' }
    }
    reporters {
      reporter: 'kent'
      title: 'Kent'
      counts { kind: REVISION_KIND_CHANGED count: 1 }
      silent_count: 1
    }
    reporters {
      reporter: 'essex'
      title: 'Essex'
      counts { kind: REVISION_KIND_ADDED count: 2 }
      counts { kind: REVISION_KIND_DROPPED count: 1 }
    }
    unchanged_count: 1200
    total_size: 2
  )pb");
}

TEST(RenderRevisions, ATableHasBothNumbersAndWhereTheyStand) {
  const auto table = RenderRevisions(Revisions(), Format::kTable);
  EXPECT_THAT(table, IsOkAndHolds(AllOf(
                         HasSubstr("what"), HasSubstr("marked revised"),
                         HasSubstr("'Other app'"), HasSubstr("1,045"),
                         HasSubstr("withheld"), HasSubstr("not printed"),
                         HasSubstr("f.csv:L9:C3"), HasSubstr("f.csv:L3:C3"))));
}

TEST(RenderRevisions, CsvHasBothEditionsWithTheirCitations) {
  EXPECT_THAT(
      RenderRevisions(Revisions(), Format::kCsv),
      IsOkAndHolds(Eq(
          R"(kind,silent,measure,universe,reporter,dimensions,period,period_start,period_end,before_state,before_reported,before_lower,before_upper,before_release,before_document,before_sha256,before_locator,before_raw,after_state,after_reported,after_lower,after_upper,after_release,after_document,after_sha256,after_locator,after_raw,synthetic
CHANGED,true,offences,,kent,platform=,2017/18,2017-04-01,2018-04-01,REPORTED,1045,1045,1045,r1,f.csv,abc,f.csv:L2:C3,"1,045",SUPPRESSED,,1,4,r2,,,f.csv:L9:C3,*,false
DROPPED,false,offences,,essex,,2017/18,,,REPORTED,0,0,0,r1,,,f.csv:L3:C3,,,,,,,,,,,false
)")));
}

TEST(RenderRevisions, JsonIsTheWholeAndLinesAreTheRevisions) {
  EXPECT_THAT(RenderRevisions(Revisions(), Format::kJson),
              IsOkAndHolds(AllOf(HasSubstr("\"unchangedCount\": 1200"),
                                 HasSubstr("\"silentCount\": 1"))));
  const auto lines = RenderRevisions(Revisions(), Format::kNdjson);
  ASSERT_TRUE(lines.ok());
  EXPECT_THAT(std::count(lines->begin(), lines->end(), '\n'), Eq(2));
  EXPECT_THAT(*lines, Not(HasSubstr("unchangedCount")));
}

TEST(RenderRevisions, NotesSayHowMuchChangedAndOfWhom) {
  EXPECT_THAT(RevisionNotes(Revisions()),
              ElementsAre("2 revisions; 1,200 cells are printed alike",
                          "Kent: 1 changed, 1 of them silently",
                          "Essex: 2 added, 1 dropped"));
  v1::ListRevisionsResponse many;
  for (int i = 0; i < 60; ++i) many.add_reporters()->set_title("R");
  EXPECT_THAT(RevisionNotes(many).back(), HasSubstr("10 more reporters"));
}

}  // namespace
}  // namespace collate::client
