#include "client/render_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::TextProto;
using ::testing::Eq;
using ::testing::HasSubstr;

std::vector<v1::Finding> Findings() {
  return {TextProto<v1::Finding>(R"pb(
    kind: FINDING_KIND_LEVEL_SHIFT
    message: '18 lies far below'
    source: 'sources/foi'
    measure: 'offences'
    coordinates { dimension: 'reporter' member: 'hampshire' }
    coordinates { dimension: 'offence' member: 's15a' }
    period { start_date: '2018-04-01' end_date: '2019-04-01' text: '2018/19' }
    thresholds { name: 'factor' number: 4 }
    cells {
      role: 'figure'
      period { text: '2018/19' }
      bounds { lower: 18 upper: 18 }
      citation {
        release: 'sources/foi/releases/r'
        document: 'f.csv'
        document_sha256: 'abc'
        locator: 'f.csv:L2:C3'
        raw: ' 18'
      }
    }
    cells {
      role: 'before'
      period { text: '2017/18' }
      bounds { lower: 291 }
      citation { locator: 'f.csv:L2:C2' }
    }
    cell_count: 2
  )pb")};
}

TEST(RenderFindings, ATableSaysWhatAndWhere) {
  EXPECT_THAT(
      RenderFindings(Findings(), Format::kTable),
      IsOkAndHolds(Eq(
          R"(kind         source  measure   finding            printed cell
-----------  ------  --------  -----------------  ------------
LEVEL_SHIFT  foi     offences  18 lies far below  f.csv:L2:C3
)")));
}

TEST(RenderFindings, CsvHasEveryCellThatWasCompared) {
  EXPECT_THAT(RenderFindings(Findings(), Format::kCsv),
              IsOkAndHolds(Eq(
                  "kind,source,measure,universe,reporter,dimensions,period,"
                  "period_start,period_end,message,thresholds,cells,cell_count,"
                  "release,document,sha256,locator,raw\n"
                  "LEVEL_SHIFT,foi,offences,,hampshire,offence=s15a,2018/19,"
                  "2018-04-01,2019-04-01,18 lies far below,factor=4,"
                  "\"figure=18 (2018/19, f.csv:L2:C3); "
                  "before=291.. (2017/18, f.csv:L2:C2)\",2,"
                  "sources/foi/releases/r,f.csv,abc,f.csv:L2:C3, 18\n")));
}

TEST(RenderFindings, NoneAreAHeadingOrAnEmptyList) {
  EXPECT_THAT(RenderFindings({}, Format::kTable),
              IsOkAndHolds(HasSubstr("kind  source")));
  EXPECT_THAT(RenderFindings({}, Format::kJson), IsOkAndHolds(Eq("[\n]\n")));
  EXPECT_THAT(RenderFindings({}, Format::kNdjson), IsOkAndHolds(Eq("")));
}

TEST(FindingKind, EveryCodeIsReadBack) {
  for (int number = 1; number <= v1::FindingKind_MAX; ++number) {
    const auto kind = static_cast<v1::FindingKind>(number);
    EXPECT_THAT(ParseFindingKind(FindingKindCode(kind)), IsOkAndHolds(kind));
  }
  EXPECT_THAT(ParseFindingKind("part-year"),
              IsOkAndHolds(v1::FINDING_KIND_PART_YEAR));
  EXPECT_THAT(ParseFindingKind("shift"),
              MessageHas("level-shift, repeated-value"));
}

}  // namespace
}  // namespace collate::client
