#include "service/disclosure/profile.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Floor;
using ::testing::ElementsAre;
using vocabulary::State;

Stated Count(int64_t value) { return {State::kReported, value, {}}; }
Stated Withheld(std::optional<int64_t> lower, std::optional<int64_t> upper) {
  return {State::kSuppressed, std::nullopt, {lower, upper}};
}
Stated Rounded(int64_t value, int64_t lower, int64_t upper) {
  return {State::kRounded, value, {lower, upper}};
}
Stated Of(const char* profile, const Stated& stated,
          Floor floor = Floor::kZero) {
  return Protect(*FindProfile(profile), stated, floor);
}

TEST(ProfileTest, TheSetIsClosed) {
  EXPECT_THAT(ProfileNames(),
              ElementsAre("none", "ons-10-5", "nhs-7-5", "count-below-5"));
  EXPECT_EQ(FindProfile("none"), nullptr);
  EXPECT_EQ(FindProfile("ons"), nullptr);
}

TEST(ProfileTest, Ons) {
  EXPECT_EQ(Of("ons-10-5", Count(0)), Withheld(0, 9));
  EXPECT_EQ(Of("ons-10-5", Count(9)), Withheld(0, 9));
  // 8 and 9 would be rounded to 10, too, and are withheld.
  EXPECT_EQ(Of("ons-10-5", Count(10)), Rounded(10, 10, 12));
  EXPECT_EQ(Of("ons-10-5", Count(12)), Rounded(10, 10, 12));
  EXPECT_EQ(Of("ons-10-5", Count(13)), Rounded(15, 13, 17));
}

TEST(ProfileTest, Nhs) {
  EXPECT_EQ(Of("nhs-7-5", Count(0)), Count(0));
  EXPECT_EQ(Of("nhs-7-5", Count(1)), Withheld(1, 7));
  EXPECT_EQ(Of("nhs-7-5", Count(7)), Withheld(1, 7));
  EXPECT_EQ(Of("nhs-7-5", Count(8)), Rounded(10, 8, 12));
  EXPECT_EQ(Of("nhs-7-5", Count(13)), Rounded(15, 13, 17));
}

TEST(ProfileTest, CountBelowFive) {
  EXPECT_EQ(Of("count-below-5", Count(0)), Count(0));
  EXPECT_EQ(Of("count-below-5", Count(1)), Withheld(1, 4));
  EXPECT_EQ(Of("count-below-5", Count(4)), Withheld(1, 4));
  EXPECT_EQ(Of("count-below-5", Count(5)), Count(5));
}

TEST(ProfileTest, NegativeCountsAreWithheld) {
  for (const char* profile : {"nhs-7-5", "count-below-5"}) {
    EXPECT_EQ(Of(profile, Count(-3), Floor::kNone), Withheld({}, {}));
  }
  // It is below 10, which may be said.
  EXPECT_EQ(Of("ons-10-5", Count(-3), Floor::kNone), Withheld({}, 9));
  EXPECT_EQ(Of("ons-10-5", Count(3), Floor::kNone), Withheld({}, 9));
}

TEST(ProfileTest, WhatASourceRoundsStaysAsVague) {
  const Stated hundred = Rounded(100, 50, 149);
  EXPECT_EQ(Of("count-below-5", hundred), hundred);
  EXPECT_EQ(Of("ons-10-5", hundred), Rounded(100, 48, 152));
  // What may be small is withheld, and may be as much as before.
  EXPECT_EQ(Of("count-below-5", Rounded(0, 0, 49)), Withheld(0, 49));
  EXPECT_EQ(Of("nhs-7-5", Rounded(5, 3, 7)), Withheld(1, 7));
}

TEST(ProfileTest, WhatASourceWithholdsStaysAsVague) {
  EXPECT_EQ(Of("nhs-7-5", Withheld(1, 4)), Withheld(1, 7));
  EXPECT_EQ(Of("ons-10-5", Withheld(1, 4)), Withheld(0, 9));
  EXPECT_EQ(Of("nhs-7-5", Withheld(1, 9)), Withheld(1, 12));
  EXPECT_EQ(Of("nhs-7-5", Withheld({}, {})), Withheld({}, {}));
}

TEST(ProfileTest, NumbersBesideOtherStatesAreRanges) {
  const Stated part = {State::kPartialPeriod, 46, {}};
  EXPECT_EQ(Of("ons-10-5", part),
            (Stated{State::kPartialPeriod, std::nullopt, {43, {}}}));
  EXPECT_EQ(Of("count-below-5", Stated{State::kPartialPeriod, 3, {}}),
            (Stated{State::kPartialPeriod, std::nullopt, {1, {}}}));
  const Stated refused = {State::kRefused, std::nullopt, {}};
  EXPECT_EQ(Of("ons-10-5", refused), refused);
}

// Whatever is shown of a count, the count is in it, and others are.
TEST(ProfileTest, WhatIsShownIsTrueAndVague) {
  for (const std::string& name : ProfileNames()) {
    const Profile* profile = FindProfile(name);
    if (profile == nullptr) continue;
    for (int64_t count = 0; count < 200; ++count) {
      const Stated shown = Protect(*profile, Count(count), Floor::kZero);
      const Interval possible = Possible(shown, Floor::kZero);
      EXPECT_LE(possible.lower, count);
      EXPECT_GE(possible.upper, count);
      if (shown.state == State::kSuppressed) {
        EXPECT_GE(*possible.upper - *possible.lower, profile->least_width);
      }
      for (int64_t other = *possible.lower; other <= *possible.upper; ++other) {
        EXPECT_EQ(Protect(*profile, Count(other), Floor::kZero), shown);
      }
    }
  }
}

}  // namespace
}  // namespace collate::disclosure
