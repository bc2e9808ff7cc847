#include "service/api/call_rate.h"

#include "gtest/gtest.h"

namespace collate::api {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1767225600);

TEST(CallRateTest, ASecondIsUsedUpAndTheNextOneIsNot) {
  CallRate rate(2);
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(rate.Take("a", kStart + absl::Milliseconds(300)),
            absl::Milliseconds(700));
  EXPECT_EQ(rate.Take("a", kStart + absl::Seconds(1)), absl::ZeroDuration());
}

TEST(CallRateTest, EachKeyHasItsOwn) {
  CallRate rate(1);
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(rate.Take("b", kStart), absl::ZeroDuration());
  EXPECT_GT(rate.Take("b", kStart), absl::ZeroDuration());
}

TEST(CallRateTest, WhatIsGivenBackCanBeTakenOnceMore) {
  CallRate rate(1);
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_GT(rate.Take("a", kStart), absl::ZeroDuration());
  rate.GiveBack("a");
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_GT(rate.Take("a", kStart), absl::ZeroDuration());
}

TEST(CallRateTest, NoMoreIsGivenBackThanWasTaken) {
  CallRate rate(1);
  rate.GiveBack("a");
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  rate.GiveBack("a");
  rate.GiveBack("a");
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_GT(rate.Take("a", kStart), absl::ZeroDuration());
}

TEST(CallRateTest, OneKeyGivesNothingBackOfAnother) {
  CallRate rate(1);
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(rate.Take("b", kStart), absl::ZeroDuration());
  rate.GiveBack("a");
  EXPECT_GT(rate.Take("b", kStart), absl::ZeroDuration());
}

// A clock that is set back must not shut anybody out for long.
TEST(CallRateTest, AClockThatGoesBackBeginsAnew) {
  CallRate rate(1);
  EXPECT_EQ(rate.Take("a", kStart), absl::ZeroDuration());
  EXPECT_EQ(rate.Take("a", kStart - absl::Hours(1)), absl::ZeroDuration());
}

}  // namespace
}  // namespace collate::api
