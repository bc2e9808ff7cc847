#include "client/render_explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/kent_cell.h"
#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::KentCell;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;

v1::ExplainCellResponse Explanation() {
  v1::ExplainCellResponse explanation = TextProto<v1::ExplainCellResponse>(R"pb(
    leaves {
      coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
      period { start_date: '2017-04-01' end_date: '2018-04-01' text: '2017/18' }
      state: STATE_REPORTED
      reported: 4429
      bounds { lower: 4429 upper: 4429 }
      method: METHOD_TILED
      source: 's'
      citations {
        release: 'r'
        document: 'f.csv'
        document_sha256: 'aa'
        locator: 'f.csv:L2:C8'
        raw: '4000'
      }
      citations {
        release: 'r'
        document: 'f.csv'
        document_sha256: 'aa'
        locator: 'f.csv:L3:C8'
        raw: '429'
      }
    }
    leaves {
      coordinates { dimension: 'reporter' member: 'essex' title: 'Essex' }
      period { start_date: '2017-04-01' end_date: '2018-04-01' text: '2017/18' }
      state: STATE_NOT_CROSSED
      bounds { lower: 0 }
      available: 'offence@group'
    }
    derivation {
      kind: STEP_KIND_CELL
      title: 'Kent'
      state: STATE_REPORTED
      reported: 4429
    }
    caveats { code: 'SERIES_BREAK' message: 'breaks' })pb");
  *explanation.mutable_cell() = KentCell();
  return explanation;
}

TEST(RenderExplanation, ShowsEveryFigureAndHowTheyCameToBe) {
  EXPECT_THAT(RenderExplanation(Explanation(), Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("Kent, 2017/18: 4,429 offences\n"),
                                 HasSubstr("Coverage: 1 of 1\n"),
                                 HasSubstr("shorter periods added"),
                                 HasSubstr("not broken down this way"),
                                 HasSubstr("available: offence@group"),
                                 HasSubstr("\nHow it came to be\nKent"))));
}

TEST(RenderExplanation, ShowsWhatIsLeftOut) {
  v1::ExplainCellResponse explanation = Explanation();
  v1::Leaf& leaf = *explanation.mutable_leaves(1);
  leaf.set_state(v1::STATE_ANALYST_EXCLUDED);
  leaf.set_reason("left out on 2024-11-05: a typing error (by AB)");
  EXPECT_THAT(RenderExplanation(explanation, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("left out by the analyst"),
                                 HasSubstr("a typing error (by AB)"))));
}

TEST(RenderExplanation, CsvHasARowForEachPrintedCellAndForAFigureWithout) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string text,
                               RenderExplanation(Explanation(), Format::kCsv));
  EXPECT_THAT(std::count(text.begin(), text.end(), '\n'), Eq(4));
  EXPECT_THAT(text, HasSubstr("essex,2017/18,2017-04-01,2018-04-01,"
                              "NOT_CROSSED,,0,,NOTHING_FOUND,,"));
}

TEST(ExplanationNotes, AreTheCaveats) {
  EXPECT_THAT(ExplanationNotes(Explanation()),
              ElementsAre("SERIES_BREAK: breaks"));
}

}  // namespace
}  // namespace collate::client
