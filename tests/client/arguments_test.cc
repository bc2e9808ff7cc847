#include "client/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(ParseFilter, TakesOneOrMoreMembers) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::Filter filter,
                               ParseFilter("offence=71,1/4.1/4.10/4.2"));
  EXPECT_THAT(filter.dimension(), Eq("offence"));
  EXPECT_THAT(filter.members(), ElementsAre("71", "1/4.1/4.10/4.2"));
  EXPECT_FALSE(filter.exclude());
  EXPECT_FALSE(filter.include_descendants());
}

TEST(ParseFilter, NotEqualExcludes) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::Filter filter,
                               ParseFilter("reporter!=btp"));
  EXPECT_THAT(filter.dimension(), Eq("reporter"));
  EXPECT_TRUE(filter.exclude());
}

TEST(ParseFilter, PlusTakesInWhatLiesBelow) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::Filter filter,
                               ParseFilter("offence=a+,b+"));
  EXPECT_THAT(filter.members(), ElementsAre("a", "b"));
  EXPECT_TRUE(filter.include_descendants());
}

TEST(ParseFilter, PlusBehindSomeMembersOnlyIsRefused) {
  EXPECT_THAT(ParseFilter("offence=a+,b"), StatusIs(kInvalid));
}

TEST(ParseFilter, BackslashKeepsCommaAndPlus) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::Filter filter,
                               ParseFilter("x=a\\,b,c\\+"));
  EXPECT_THAT(filter.members(), ElementsAre("a,b", "c+"));
  EXPECT_FALSE(filter.include_descendants());
}

TEST(ParseFilter, RefusesWhatNamesNothing) {
  for (const char* text : {"", "offence", "=88A", "!=88A", "offence=",
                           "offence=a,,b", "offence=,", "offence=+"}) {
    EXPECT_THAT(ParseFilter(text), StatusIs(kInvalid)) << text;
  }
}

TEST(ParseKeyValue, ValueMayBeEmptyOrHoldEqualsSigns) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::KeyValue pair, ParseKeyValue("a=b=c"));
  EXPECT_THAT(pair.key(), Eq("a"));
  EXPECT_THAT(pair.value(), Eq("b=c"));
  EXPECT_THAT(ParseKeyValue("a="), IsOk());
  EXPECT_THAT(ParseKeyValue("a"), StatusIs(kInvalid));
  EXPECT_THAT(ParseKeyValue("=b"), StatusIs(kInvalid));
}

TEST(ParsePeriodRange, SplitsAtTheDots) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::PeriodRange range,
                               ParsePeriodRange("2017/18 Q1 .. 2017/18 Q4"));
  EXPECT_THAT(range.first(), Eq("2017/18 Q1"));
  EXPECT_THAT(range.last(), Eq("2017/18 Q4"));
  EXPECT_THAT(ParsePeriodRange("2017/18"), StatusIs(kInvalid));
  EXPECT_THAT(ParsePeriodRange("2017/18.."), StatusIs(kInvalid));
}

TEST(ParseList, RefusesEmptyElements) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto items, ParseList("a, b"));
  EXPECT_THAT(items, ElementsAre("a", "b"));
  EXPECT_THAT(ParseList("a,,b"), StatusIs(kInvalid));
  EXPECT_THAT(ParseList(""), StatusIs(kInvalid));
  EXPECT_THAT(ParseList("a,"), StatusIs(kInvalid));
}

TEST(ParseExclusion, TakesAReporterItsPeriodsAndAReason) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::Exclusion plain,
                               ParseExclusion("kent=a typing error"));
  EXPECT_EQ(plain.reporter(), "kent");
  EXPECT_EQ(plain.reason(), "a typing error");
  EXPECT_EQ(plain.source(), "");
  EXPECT_TRUE(plain.periods().empty());
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const v1::Exclusion full,
      ParseExclusion("nspcc-foi:kent@2017/18 Q1, 2018/19=a=b: c@d"));
  EXPECT_EQ(full.source(), "nspcc-foi");
  EXPECT_EQ(full.reporter(), "kent");
  EXPECT_THAT(full.periods(), ElementsAre("2017/18 Q1", "2018/19"));
  EXPECT_EQ(full.reason(), "a=b: c@d");
  EXPECT_EQ(full.measure(), "");
}

TEST(ParseExclusion, TakesOneMeasure) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const v1::Exclusion one,
      ParseExclusion("offences/kent@2017/18=counts victims"));
  EXPECT_EQ(one.measure(), "offences");
  EXPECT_EQ(one.reporter(), "kent");
  EXPECT_EQ(one.source(), "");
  EXPECT_THAT(one.periods(), ElementsAre("2017/18"));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const v1::Exclusion both,
      ParseExclusion("nspcc-foi:offences/kent=either/or"));
  EXPECT_EQ(both.source(), "nspcc-foi");
  EXPECT_EQ(both.measure(), "offences");
  EXPECT_EQ(both.reporter(), "kent");
  EXPECT_EQ(both.reason(), "either/or");
}

TEST(ParseExclusion, RefusesOneWithoutReporterPeriodOrReason) {
  for (const char* text :
       {"kent", "kent=", "kent= ", "=why", "kent@=why", "kent@2017/18,=why",
        ":kent=why", "first:=why", "/kent=why", "offences/=why"}) {
    EXPECT_THAT(ParseExclusion(text), MessageHas("=REASON")) << text;
  }
}

TEST(SetPublication, TakesADayOrSaysUnknown) {
  v1::ReleaseHeader header;
  ASSERT_THAT(SetPublication("2019-01-24", header), IsOk());
  EXPECT_THAT(header.publish_time().seconds(), Eq(1548288000));
  ASSERT_THAT(SetPublication("unknown", header), IsOk());
  EXPECT_TRUE(header.has_publish_time_unknown());
  EXPECT_FALSE(header.has_publish_time());
}

TEST(SetPublication, RefusesOtherFormsAndDaysThatDoNotExist) {
  for (const char* text :
       {"2019-02-29", "24/01/2019", "2019-1-24", "2019-01", "Unknown", "",
        "2019-01-24 ", "2019-01-24T00:00:00Z"}) {
    v1::ReleaseHeader header;
    EXPECT_THAT(SetPublication(text, header), StatusIs(kInvalid)) << text;
  }
  v1::ReleaseHeader header;
  EXPECT_THAT(SetPublication("2019-02-29", header), MessageHas("2019-02-29"));
}

TEST(ResourceName, EncodesWhatIsSpecialInAPath) {
  EXPECT_THAT(ResourceName("panels", "kent"), Eq("panels/kent"));
  EXPECT_THAT(ResourceName("panels", "panels/kent"), Eq("panels/kent"));
  EXPECT_THAT(ResourceName("members", "1/4.1 A*"),
              Eq("members/1%2F4.1%20A%2A"));
}

}  // namespace
}  // namespace collate::client
