#include "client/render_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Release Release() {
  return TextProto<v1::Release>(R"pb(
    name: 'sources/s/releases/r'
    load_time { seconds: 1548288000 }
    adapter: 'adapters/a'
    state: RELEASE_STATE_WITHDRAWN
    observation_count: 1234
    withdrawn_reason: 'wrong file'
    synthetic: true
    extents {
      measure: 'offences'
      axes: 'offence@code'
      first_period { text: '2017/18 Q1' }
      last_period { text: '2017/18 Q4' }
    })pb");
}

TEST(RenderList, AnUnknownTimeIsCalledUnknown) {
  EXPECT_THAT(RenderList(std::vector<v1::Release>{Release()}, Format::kCsv),
              IsOkAndHolds(HasSubstr(
                  "sources/s/releases/r,unknown,2019-01-24T00:00:00Z,,a,1234,"
                  "2017/18 Q1 to 2017/18 Q4,withdrawn,yes\n")));
}

TEST(RenderList, ARefusedAdapterSaysWhy) {
  EXPECT_THAT(
      RenderList(std::vector<v1::Adapter>{TextProto<v1::Adapter>(
                     "name: 'adapters/a' state: ADAPTER_STATE_REFUSED "
                     "problems: 'x.so: absent' problems: 'y'")},
                 Format::kTable),
      IsOkAndHolds(AllOf(HasSubstr("refused"), HasSubstr("x.so: absent | y"))));
}

TEST(RenderList, JsonIsAnArrayEvenWhenEmpty) {
  EXPECT_THAT(RenderList(std::vector<v1::Panel>{}, Format::kJson),
              IsOkAndHolds(Eq("[\n]\n")));
}

TEST(RenderList, MembersKeepTheirSpellings) {
  EXPECT_THAT(
      RenderList(std::vector<v1::Member>{TextProto<v1::Member>(
                     "code: '4.10' title: 'T' level: 'code' parents: 'g' "
                     "labels: 'a' labels: 'b'")},
                 Format::kCsv),
      IsOkAndHolds(Eq("member,title,level,parents,labels\n4.10,T,code,g,a | "
                      "b\n")));
}

TEST(RenderOne, ShowsEveryFieldThatIsThere) {
  EXPECT_THAT(RenderOne(Release(), Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("load time: 2019-01-24T00:00:00Z\n"),
                                 HasSubstr("state: RELEASE_STATE_WITHDRAWN\n"),
                                 HasSubstr("extents:\n  measure: offences\n"),
                                 HasSubstr("synthetic: true\n"),
                                 Not(HasSubstr("publish time")))));
}

TEST(RenderOne, IsNoCsv) {
  EXPECT_THAT(RenderOne(Release(), Format::kCsv), HasReason("NOT_A_TABLE"));
}

}  // namespace
}  // namespace collate::client
