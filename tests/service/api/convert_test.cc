#include "service/api/convert.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "collate/v1/statistics.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/convert_ingestion.h"
#include "service/api/convert_statistics.h"
#include "tests/testing/status_matchers.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::testing::ElementsAre;

TEST(ConvertTest, EveryStateKeepsItsNameAndNumber) {
  for (int i = 1; i < vocabulary::kStateCount; ++i) {
    const auto state = static_cast<vocabulary::State>(i);
    EXPECT_EQ(v1::State_Name(ToProto(state)),
              absl::StrCat("STATE_", vocabulary::StateName(state)));
  }
}

TEST(ConvertTest, AnUnknownEndOfAnIntervalIsAbsentNeverZero) {
  const v1::Interval at_least = ToProto(query::Interval::AtLeast(0));
  EXPECT_TRUE(at_least.has_lower());
  EXPECT_FALSE(at_least.has_upper());
  EXPECT_FALSE(ToProto(query::Interval::Unknown()).has_lower());
}

TEST(ConvertTest, AnOpenEndOfADateIsEmpty) {
  EXPECT_EQ(DayText(vocabulary::kOpenBegin), "");
  EXPECT_EQ(DayText(vocabulary::kOpenEnd), "");
  EXPECT_EQ(DayText(0), "1970-01-01");
}

TEST(ConvertTest, TheDayIsThatOfUtc) {
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(86399)), 0);
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(86400)), 1);
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(-1)), -1);
}

TEST(ConvertTest, SegmentsOfNamesSurviveSlashesAndUtf8) {
  for (const std::string code :
       {"88A", "1/4.1/4.10/4.2", "50% more", "caf\xC3\xA9", "a b"}) {
    const std::string segment = EncodeSegment(code);
    EXPECT_EQ(segment.find('/'), std::string::npos);
    EXPECT_EQ(DecodeSegment(segment), code);
  }
  EXPECT_EQ(EncodeSegment("1/4.1"), "1%2F4.1");
  EXPECT_EQ(DecodeSegment("50%"), std::nullopt);
  EXPECT_EQ(DecodeSegment("50%zz"), std::nullopt);
}

TEST(ConvertTest, TimesOutsideTheCalendarAreRefused) {
  google::protobuf::Timestamp time;
  time.set_seconds(1528848000);
  time.set_nanos(5);
  EXPECT_EQ(FromProto(time),
            absl::FromUnixSeconds(1528848000) + absl::Nanoseconds(5));
  EXPECT_EQ(ToProto(*FromProto(time)).nanos(), 5);
  time.set_nanos(-1);
  EXPECT_EQ(FromProto(time), std::nullopt);
  time.set_nanos(0);
  time.set_seconds(int64_t{1} << 60);
  EXPECT_EQ(FromProto(time), std::nullopt);
}

TEST(ConvertTest, EqualQuestionsHaveOneCanonicalForm) {
  v1::StatisticsQuery a;
  a.add_measures("offences");
  auto* filter = a.add_filters();
  filter->set_dimension("sex");
  filter->add_members("m");
  filter->add_members("f");
  filter->add_members("m");
  a.add_filters()->set_dimension("offence");
  v1::StatisticsQuery b;
  b.add_measures("offences");
  b.add_filters()->set_dimension("offence");
  filter = b.add_filters();
  filter->set_dimension("sex");
  filter->add_members("f");
  filter->add_members("m");
  EXPECT_EQ(Canonical(a).SerializeAsString(), Canonical(b).SerializeAsString());
  // So have rates: 0 means per 1000, and the order of names means nothing.
  v1::RateDerivation* rate = a.add_derivations()->mutable_rate();
  rate->add_numerator_only("q");
  rate->add_numerator_only("p");
  rate = b.add_derivations()->mutable_rate();
  rate->set_per(1000);
  rate->add_numerator_only("p");
  rate->add_numerator_only("q");
  EXPECT_EQ(Canonical(a).SerializeAsString(), Canonical(b).SerializeAsString());
  // The order of groups shows in the answer.
  a.add_group_by("sex");
  a.add_group_by("offence");
  EXPECT_THAT(Canonical(a).group_by(), ElementsAre("sex", "offence"));
}

v1::ReleaseHeader Header() {
  v1::ReleaseHeader header;
  header.set_source("home-office-prc");
  header.mutable_publish_time_unknown();
  return header;
}

TEST(ConvertTest, APublishTimeMustBeSaidOrSaidToBeUnknown) {
  const auto unknown = FromProto(Header());
  ASSERT_THAT(unknown, IsOk());
  EXPECT_EQ(unknown->publish_time, std::nullopt);
  v1::ReleaseHeader header = Header();
  header.clear_publication();
  EXPECT_THAT(FromProto(header), HasReason("PUBLISH_TIME_MISSING"));
  header.mutable_publish_time()->set_nanos(-5);
  EXPECT_THAT(FromProto(header), HasReason("INVALID_PUBLISH_TIME"));
}

TEST(ConvertTest, SourceIdsAndSortedKeysAreChecked) {
  v1::ReleaseHeader header = Header();
  header.set_source("Home Office");
  EXPECT_THAT(FromProto(header), HasReason("INVALID_SOURCE"));
  header = Header();
  header.add_options()->set_key("b");
  header.add_options()->set_key("b");
  EXPECT_THAT(FromProto(header), IsOk()) << "a key may repeat";
  header.add_options()->set_key("a");
  EXPECT_THAT(FromProto(header), HasReason("UNSORTED_KEYS"));
}

}  // namespace
}  // namespace collate::api
