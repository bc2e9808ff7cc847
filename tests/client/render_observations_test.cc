#include "client/render_observations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

v1::ListObservationsResponse Page() {
  return TextProto<v1::ListObservationsResponse>(R"pb(
    observations {
      measure: 'offences'
      coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
      coordinates { dimension: 'offence' member: '88A' title: 'Grooming' }
      period {
        start_date: '2017-04-01'
        end_date: '2017-07-01'
        text: '2017/18 Q1'
      }
      state: STATE_REPORTED
      value: -45
      bounds { lower: -45 upper: -45 }
      flags: OBSERVATION_FLAG_REPEATED_KEY_ADDED
      citation {
        release: 'r'
        document: 'f.csv'
        document_sha256: 'aa'
        locator: 'f.csv:L2:C8'
        raw: '-45 '
        reporter_text: 'Kent'
      }
    }
    observations {
      measure: 'offences'
      coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
      coordinates { dimension: 'platform' title: 'Snap chat' }
      period { start_date: '2017-04-01' end_date: '2018-04-01' text: '2017/18' }
      state: STATE_SUPPRESSED
      bounds { lower: 1 upper: 4 }
      reason: 'small number'
      universe: 'platform_known'
      citation { locator: 'f.csv:L3:C8' raw: '*' }
      unmapped: true
    })pb");
}

TEST(RenderObservations, TableSaysWhyThereIsNoNumberAndWhatIsUnmapped) {
  EXPECT_THAT(RenderObservations(Page(), true, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("offence=88A"),
                                 HasSubstr("\"-45 \""), HasSubstr("withheld"),
                                 HasSubstr("platform=\"Snap chat\""),
                                 HasSubstr("unmapped, in no sum; universe "
                                           "platform_known; small number"))));
}

TEST(RenderObservations, CsvKeepsTokenButGuardsAgainstFormulas) {
  EXPECT_THAT(
      RenderObservations(Page(), true, Format::kCsv),
      IsOkAndHolds(AllOf(
          StartsWith("measure,universe,reporter,dimensions,period,"),
          HasSubstr(",REPORTED,-45,-45,-45,,REPEATED_KEY_ADDED,0,0,r,f.csv,aa,"
                    "f.csv:L2:C8,'-45 ,Kent,,\n"),
          HasSubstr(",SUPPRESSED,,1,4,small number,,1,0,"))));
}

TEST(RenderObservations, OnlyTheFirstPageHasTheCsvHeader) {
  EXPECT_THAT(RenderObservations(Page(), false, Format::kCsv),
              IsOkAndHolds(Not(HasSubstr("measure,universe"))));
}

}  // namespace
}  // namespace collate::client
