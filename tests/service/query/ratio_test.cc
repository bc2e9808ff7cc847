// How far apart the ends of a quotient are.

#include "service/query/ratio.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/query.h"

namespace collate::query {
namespace {

TEST(RatioOfTest, DurhamPerThousandContainsThePrintedRate) {
  // ONS, year ending March 2018: 61,179 offences over 628,100 people, printed
  // to 100; the printed rate is 97.402814506537936.
  const Interval rate =
      RatioOf(Interval::Exactly(61179), {628050, 628150}, 1000);
  EXPECT_EQ(rate, (Interval{97395526, 97411035}));
  EXPECT_LE(*rate.lower, 97402814);
  EXPECT_GE(*rate.upper, 97402815);
}

TEST(RatioOfTest, EndsAreRoundedOutwards) {
  EXPECT_EQ(RatioOf(Interval::Exactly(1), Interval::Exactly(3), 1),
            (Interval{333333, 333334}));
  EXPECT_EQ(RatioOf(Interval::Exactly(-1), Interval::Exactly(3), 1),
            (Interval{-333334, -333333}));
  EXPECT_EQ(RatioOf(Interval::Exactly(1), Interval::Exactly(4), 1000),
            Interval::Exactly(250000000));
}

TEST(RatioOfTest, SignsChooseTheDenominator) {
  EXPECT_EQ(RatioOf({-4, 4}, {2, 4}, 1), (Interval{-2000000, 2000000}));
  EXPECT_EQ(RatioOf({-8, -4}, {2, 4}, 1), (Interval{-4000000, -1000000}));
}

TEST(RatioOfTest, UnknownEndsStayUnknown) {
  EXPECT_EQ(RatioOf(Interval::AtLeast(4), {2, 4}, 1),
            Interval::AtLeast(1000000));
  EXPECT_EQ(RatioOf(Interval::Exactly(4), Interval::AtLeast(2), 1),
            (Interval{0, 2000000}));
  EXPECT_EQ(RatioOf(Interval::Exactly(4), {-1, 4}, 1), Interval::Unknown());
  EXPECT_EQ(RatioOf(Interval::Exactly(4), Interval::Unknown(), 1),
            Interval::Unknown());
  // No room is not a wrong number.
  EXPECT_EQ(RatioOf(Interval::Exactly(std::numeric_limits<int64_t>::max()),
                    Interval::Exactly(1), 1'000'000'000),
            Interval::Unknown());
}

TEST(RatioOfTest, ADenominatorThatMayBeZeroLeavesNoUpperEnd) {
  EXPECT_EQ(RatioOf(Interval::Exactly(4), {0, 4}, 1),
            Interval::AtLeast(1000000));
  EXPECT_EQ(RatioOf(Interval::Exactly(4), Interval::AtLeast(0), 1),
            Interval::AtLeast(0));
  EXPECT_EQ(RatioOf(Interval::Exactly(-4), {0, 4}, 1), Interval::Unknown());
  EXPECT_EQ(RatioOf(Interval::Exactly(4), Interval::Exactly(0), 1),
            Interval::Unknown());
}

TEST(RatioOfTest, EveryCompletionLiesWithin) {
  constexpr int64_t kUnit = 1'000'000;
  int compared = 0;
  for (int64_t low = -3; low <= 6; ++low) {
    for (int64_t high = low; high <= 6; ++high) {
      for (int64_t least = 0; least <= 6; ++least) {
        for (int64_t most = least; most <= 6; ++most) {
          const Interval ratio = RatioOf({low, high}, {least, most}, 7);
          for (int64_t n = low; n <= high; ++n) {
            for (int64_t d = std::max<int64_t>(least, 1); d <= most; ++d) {
              ++compared;
              const int64_t exact = n * 7 * kUnit;
              if (ratio.lower.has_value()) {
                ASSERT_LE(*ratio.lower * d, exact) << n << " / " << d;
              }
              if (ratio.upper.has_value()) {
                ASSERT_GE(*ratio.upper * d, exact) << n << " / " << d;
              }
            }
          }
          // Ends are met, so they are no wider than they need to be.
          if (least > 0) {
            ASSERT_EQ(ratio.lower,
                      RatioOf(Interval::Exactly(low),
                              Interval::Exactly(low < 0 ? least : most), 7)
                          .lower);
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 10000);
}

TEST(RatioOfTest, APercentageStandsForSeveralCounts) {
  // 48% of 1,824, printed whole, is any count from 867 to 884: those whose
  // share lies within half of one. It says nothing of which.
  constexpr int64_t kLeast = 47'500'000;
  constexpr int64_t kMost = 48'500'000;
  const auto share = [](int64_t count) {
    return RatioOf(Interval::Exactly(count), Interval::Exactly(1824), 100);
  };
  EXPECT_LT(*share(866).upper, kLeast);
  EXPECT_GE(*share(867).lower, kLeast);
  EXPECT_LE(*share(884).upper, kMost);
  EXPECT_GT(*share(885).lower, kMost);
  EXPECT_EQ(RatioOf({867, 884}, Interval::Exactly(1824), 100),
            (Interval{47'532'894, 48'464'913}));
}

TEST(ChangeOfTest, PublishedChangesComeOut) {
  // NSPCC, 2017/18 to 2023/24: "+89%"; the story of 2025: "+99%".
  EXPECT_EQ(ChangeOf(Interval::Exactly(7062), Interval::Exactly(3728)),
            (Interval{89'431'330, 89'431'331}));
  EXPECT_EQ(ChangeOf(Interval::Exactly(7263), Interval::Exactly(3644)),
            (Interval{99'313'940, 99'313'941}));
  // On The Wight: +13% as published, +90% without the blank.
  EXPECT_EQ(ChangeOf(Interval::Exactly(429), Interval::Exactly(378)),
            (Interval{13'492'063, 13'492'064}));
  EXPECT_EQ(ChangeOf(Interval::Exactly(429), Interval::Exactly(226)),
            (Interval{89'823'008, 89'823'009}));
}

TEST(ChangeOfTest, TheLeastIsOfTheGreatestBase) {
  EXPECT_EQ(ChangeOf({90, 110}, {100, 200}),
            (Interval{-55'000'000, 10'000'000}));
  EXPECT_EQ(ChangeOf(Interval::Exactly(0), Interval::Exactly(7)),
            Interval::Exactly(-100'000'000));
  EXPECT_EQ(ChangeOf(Interval::Exactly(-7), Interval::Exactly(7)),
            Interval::Exactly(-200'000'000));
}

TEST(ChangeOfTest, ABaseThatMayBeZeroLeavesNoUpperEnd) {
  EXPECT_EQ(ChangeOf(Interval::Exactly(8), {0, 4}),
            Interval::AtLeast(100'000'000));
}

TEST(OutcomeTest, TheBaseDecides) {
  EXPECT_EQ(OutcomeOver(Interval::Exactly(1)), Outcome::kGiven);
  EXPECT_EQ(OutcomeOver({0, 4}), Outcome::kGiven);
  EXPECT_EQ(OutcomeOver(Interval::AtLeast(0)), Outcome::kGiven);
  EXPECT_EQ(OutcomeOver(Interval::Exactly(0)), Outcome::kNotDefined);
  EXPECT_EQ(OutcomeOver(Interval::Exactly(-5)), Outcome::kNotDefined);
  EXPECT_EQ(OutcomeOver({std::nullopt, 0}), Outcome::kNotDefined);
  EXPECT_EQ(OutcomeOver({-5, 5}), Outcome::kNotDeterminable);
  EXPECT_EQ(OutcomeOver(Interval::Unknown()), Outcome::kNotDeterminable);
}

}  // namespace
}  // namespace collate::query
