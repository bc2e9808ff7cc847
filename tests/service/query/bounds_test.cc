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

}  // namespace
}  // namespace collate::query
