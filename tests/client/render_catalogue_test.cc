#include "client/render_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/text_proto.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::collate::testing::TextProto;
using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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
              IsOkAndHolds(Eq(R"(name: sources/s/releases/r
publish time: unknown
load time: 2019-01-24T00:00:00Z
adapter: adapters/a
synthetic: yes
state: withdrawn
withdrawn reason: wrong file
observation count: 1,234

extents:
measure   axes          reporter count  first period  last period
--------  ------------  --------------  ------------  -----------
offences  offence@code               0  2017/18 Q1    2017/18 Q4
)")));
}

TEST(RenderOne, CsvHasEveryFieldWithItsPath) {
  EXPECT_THAT(
      RenderOne(Release(), Format::kCsv),
      IsOkAndHolds(AllOf(StartsWith("field,value\n"
                                    "name,sources/s/releases/r\n"
                                    "load_time,2019-01-24T00:00:00Z\n"),
                         HasSubstr("\nstate,WITHDRAWN\n"),
                         HasSubstr("\nsynthetic,true\n"),
                         HasSubstr("\nextents[0].axes[0],offence@code\n"),
                         HasSubstr("\nobservation_count,1234\n"),
                         Not(HasSubstr("publish_time")))));
}

TEST(RenderOne, AMemberShowsSpellingsAndNeighbours) {
  const auto member = TextProto<v1::Member>(R"pb(
    code: 'kent'
    labels: 'Kent'
    labels: 'Kent Police'
    spellings { text: 'Kent Police' source: 'sources/s' }
    spellings { text: 'Kent' valid_until_date: '2020-01-01' }
    containers { member: 'south-east' title: 'South East' level: 'region' }
  )pb");
  EXPECT_THAT(RenderOne(member, Format::kTable), IsOkAndHolds(Eq(R"(code: kent
labels: Kent | Kent Police

spellings:
text         source     valid until date
-----------  ---------  ----------------
Kent Police  sources/s
Kent                    2020-01-01

containers:
member      title       level
----------  ----------  ------
south-east  South East  region
)")));
}

TEST(RenderPanel, SaysWhichAreaItEqualsOrThatItEqualsNone) {
  auto panel = TextProto<v1::Panel>(
      "name: 'panels/p' reporters { reporter: 'kent' title: 'Kent' }");
  EXPECT_THAT(RenderPanel(panel, Format::kTable),
              IsOkAndHolds(HasSubstr("equal areas: none")));
  v1::EqualArea* area = panel.add_equal_areas();
  area->set_title("South East");
  area->set_gss_code("E12000008");
  EXPECT_THAT(RenderPanel(panel, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("South East  E12000008"),
                                 Not(HasSubstr("none")))));
}

TEST(RenderList, ATableSpansManyPeriodsAndCsvNamesThem) {
  v1::Release release = Release();
  release.clear_extents();
  for (const char* year : {"2019", "2017", "2020", "2018"}) {
    v1::Period& period = *release.add_extents()->mutable_first_period();
    period.set_text(year);
    period.set_start_date(std::string(year) + "-01-01");
    period.set_end_date(std::to_string(std::stoi(year) + 1) + "-01-01");
    *release.mutable_extents()->rbegin()->mutable_last_period() = period;
  }
  const std::vector<v1::Release> releases = {release};
  EXPECT_THAT(RenderList(releases, Format::kTable),
              IsOkAndHolds(HasSubstr("2017-01-01 to 2020-12-31, 4 extents")));
  EXPECT_THAT(RenderList(releases, Format::kCsv),
              IsOkAndHolds(HasSubstr(",2019; 2017; 2020; 2018,")));
}

TEST(RenderSource, ATableHasItsReleasesAndJsonTheirNames) {
  const auto source = TextProto<v1::Source>(
      "name: 'sources/s' licence: 'OGL' release_count: 1 "
      "releases: 'sources/s/releases/r'");
  EXPECT_THAT(RenderSource(source, {Release()}, Format::kTable),
              IsOkAndHolds(AllOf(HasSubstr("licence: OGL\n"),
                                 HasSubstr("\nreleases:\nrelease "),
                                 HasSubstr("withdrawn"))));
  EXPECT_THAT(RenderSource(source, {}, Format::kTable),
              IsOkAndHolds(Not(HasSubstr("releases:"))));
  EXPECT_THAT(RenderSource(source, {Release()}, Format::kJson),
              IsOkAndHolds(AllOf(HasSubstr("\"sources/s/releases/r\""),
                                 Not(HasSubstr("withdrawn")))));
}

TEST(RenderCatalogueTest, SourceWhoseAdapterIsGoneIsDegraded) {
  const auto source = TextProto<v1::Source>(
      "name: 'sources/s' title: 'S' release_count: 1 "
      "state: SOURCE_STATE_DEGRADED missing_adapters: 'adapters/a' "
      "missing_adapters: 'adapters/b'");
  EXPECT_THAT(RenderList(std::vector<v1::Source>{source}, Format::kCsv),
              IsOkAndHolds(Eq("source,title,publisher,licence,rank,releases,"
                              "state,missing_adapters\n"
                              "s,S,,,0,1,degraded,a; b\n")));
}

}  // namespace
}  // namespace collate::client
