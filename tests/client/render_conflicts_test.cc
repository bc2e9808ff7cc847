#include "client/render_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;

std::vector<v1::FigureConflict> Conflicts() {
  return {TextProto<v1::FigureConflict>(R"pb(
    kind: CONFLICT_KIND_SHARE_V_COUNT
    message: '12 per cent and 350'
    coordinates { dimension: 'reporter' member: 'kent' }
    coordinates { dimension: 'platform' member: 'snapchat' }
    period { start_date: '2018-04-01' end_date: '2019-04-01' text: '2018/19' }
    sides {
      source: 'sources/a'
      measure: 'percent'
      universe: 'known'
      figure {
        state: STATE_ROUNDED
        decimal_reported: '12'
        decimal_bounds { lower: '11.5' upper: '12.5' }
        printed_by: 'x.example'
      }
      citations { locator: 'f.csv:L2:C3' release: 'sources/a/releases/r' }
      citation_count: 1
    }
    sides {
      source: 'sources/b'
      measure: 'offences'
      coordinates { dimension: 'offence' member: '88A' }
      figure {
        state: STATE_REPORTED
        reported: 350
        bounds { lower: 350 upper: 350 }
      }
      citations { locator: 'g.csv:L4:C5' raw: '=350' }
      citation_count: 2
      base { state: STATE_REPORTED reported: 1824 }
    }
  )pb")};
}

TEST(RenderConflicts, ATableSaysWhatAndWhere) {
  EXPECT_THAT(
      RenderConflicts(Conflicts(), Format::kTable),
      IsOkAndHolds(Eq(
          R"(kind           conflict             first cell   second cell
-------------  -------------------  -----------  -----------
SHARE_V_COUNT  12 per cent and 350  f.csv:L2:C3  g.csv:L4:C5
)")));
}

TEST(RenderConflicts, CsvHasBothSides) {
  EXPECT_THAT(
      RenderConflicts(Conflicts(), Format::kCsv),
      IsOkAndHolds(AllOf(
          HasSubstr("kind,reporter,dimensions,period,period_start,period_end,"
                    "message,first_source,first_measure,first_universe,"),
          HasSubstr("\nSHARE_V_COUNT,kent,platform=snapchat,2018/19,"
                    "2018-04-01,2019-04-01,12 per cent and 350,a,percent,"
                    "known,,ROUNDED,12,11.5,12.5,,x.example,1,"
                    "sources/a/releases/r,,,f.csv:L2:C3,,b,offences,,"
                    "offence=88A,REPORTED,350,350,350,1824,,2,,,,g.csv:L4:C5,"
                    "'=350"))));
}

TEST(RenderConflicts, JsonHasTheMessages) {
  EXPECT_THAT(RenderConflicts(Conflicts(), Format::kJson),
              IsOkAndHolds(HasSubstr("\"CONFLICT_KIND_SHARE_V_COUNT\"")));
  EXPECT_THAT(RenderConflicts(Conflicts(), Format::kNdjson),
              IsOkAndHolds(HasSubstr("12 per cent and 350")));
}

TEST(RenderConflicts, AConflictWithoutSidesIsWrittenAllTheSame) {
  EXPECT_THAT(RenderConflicts({v1::FigureConflict()}, Format::kCsv),
              IsOkAndHolds(HasSubstr("\nUNSPECIFIED,")));
}

TEST(ConflictKindCode, KindsAreReadInAnyCase) {
  EXPECT_THAT(ParseConflictKind("share-v-count"),
              IsOkAndHolds(v1::CONFLICT_KIND_SHARE_V_COUNT));
  EXPECT_THAT(ParseConflictKind("unspecified"),
              MessageHas("parts-v-total, part-exceeds-whole"));
}

}  // namespace
}  // namespace collate::client
