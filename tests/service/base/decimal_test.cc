#include "service/base/decimal.h"

#include <limits>

#include "gtest/gtest.h"

namespace collate::base {
namespace {

TEST(DecimalTest, IsPlainExactText) {
  EXPECT_EQ(FormatDecimal(974028, 4), "97.4028");
  EXPECT_EQ(FormatDecimal(-5, 1), "-0.5");
  EXPECT_EQ(FormatDecimal(5, 10), "0.0000000005");
  EXPECT_EQ(FormatDecimal(12, 0), "12");
  EXPECT_EQ(FormatDecimal(std::numeric_limits<int64_t>::min(), 18),
            "-9.223372036854775808");
}

TEST(DecimalTest, ZerosAtTheEndOfAFractionAreNotWritten) {
  EXPECT_EQ(FormatDecimal(97500000, 6), "97.5");
  EXPECT_EQ(FormatDecimal(97000000, 6), "97");
  EXPECT_EQ(FormatDecimal(0, 6), "0");
  EXPECT_EQ(FormatDecimal(100, 0), "100");
}

}  // namespace
}  // namespace collate::base
