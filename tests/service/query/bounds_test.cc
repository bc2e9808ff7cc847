#include "service/query/bounds.h"

#include <cstdint>
#include <limits>
#include <optional>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::query {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

TEST(BoundsTest, EndsAddUp) {
  Interval sum = Interval::Exactly(10);
  ASSERT_THAT(AddTo({1, 4}, &sum), IsOk());
  EXPECT_EQ(sum, (Interval{11, 14}));
}

TEST(BoundsTest, AnUnknownEndStaysUnknown) {
  Interval sum = Interval::Exactly(10);
  ASSERT_THAT(AddTo(Interval::AtLeast(0), &sum), IsOk());
  ASSERT_THAT(AddTo(Interval::Exactly(5), &sum), IsOk());
  EXPECT_EQ(sum, (Interval{15, std::nullopt}));
  ASSERT_THAT(AddTo(Interval::Unknown(), &sum), IsOk());
  EXPECT_EQ(sum, Interval::Unknown());
}

TEST(BoundsTest, OverflowIsRefusedAndChangesNothing) {
  Interval sum = {1, kMax};
  EXPECT_THAT(AddTo(Interval::Exactly(1), &sum), HasReason("OVERFLOW"));
  EXPECT_EQ(sum, (Interval{1, kMax}));
  int64_t count = std::numeric_limits<int64_t>::min();
  EXPECT_THAT(AddTo(-1, &count), HasReason("OVERFLOW"));
  EXPECT_EQ(count, std::numeric_limits<int64_t>::min());
}

TEST(BoundsTest, DecimalsAreShiftedExactlyOrRefused) {
  EXPECT_EQ(*ShiftDecimals(-12, 3), -12000);
  EXPECT_EQ(*ShiftDecimals(7, 0), 7);
  EXPECT_EQ(*ShiftDecimals(0, 40), 0);
  EXPECT_EQ(*ShiftDecimals(9, 18), int64_t{9'000'000'000'000'000'000});
  EXPECT_THAT(ShiftDecimals(10, 18), HasReason("OVERFLOW"));
}

TEST(BoundsTest, IntervalsAreDisjointOnlyWhereTheirEndsTell) {
  EXPECT_TRUE(AreDisjoint({1, 4}, {5, 9}));
  EXPECT_TRUE(AreDisjoint({5, 9}, {1, 4}));
  EXPECT_FALSE(AreDisjoint({1, 5}, {5, 9}));
  EXPECT_FALSE(AreDisjoint(Interval::AtLeast(3), Interval::Exactly(3)));
  EXPECT_TRUE(AreDisjoint(Interval::AtLeast(4), Interval::Exactly(3)));
  EXPECT_FALSE(AreDisjoint(Interval::Unknown(), Interval::Exactly(3)));
}

}  // namespace
}  // namespace collate::query
