#include "plugins/tabular/number.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace collate::tabular {
namespace {

std::string ReasonOf(const Status& status) {
  return status.ok() ? "OK" : status.error().reason;
}

TEST(NumberTest, ReadsExactly) {
  const struct {
    const char* text;
    Decimal want;
  } kCases[] = {
      {"0", {0, 0}},
      {"12", {12, 0}},
      {" 66776 ", {66776, 0}},
      {"\xC2\xA0"
       "5\xC2\xA0",
       {5, 0}},
      {"-45", {-45, 0}},
      {"+3", {3, 0}},
      {"-0", {0, 0}},
      {"1,234", {1234, 0}},
      {"1,234,567", {1234567, 0}},
      {"12,345.678", {12345678, 3}},
      {"0.50", {5, 1}},
      {"-0.05", {-5, 2}},
      {"12.0", {12, 0}},
      {"0.1", {1, 1}},  // not the nearest double
      {"9223372036854775807", {std::numeric_limits<int64_t>::max(), 0}},
      {"-9223372036854775808", {std::numeric_limits<int64_t>::min(), 0}},
  };
  for (const auto& c : kCases) {
    Decimal got;
    const Status status = ParseDecimal(c.text, &got);
    ASSERT_TRUE(status.ok()) << c.text;
    EXPECT_EQ(got.mantissa, c.want.mantissa) << c.text;
    EXPECT_EQ(got.scale, c.want.scale) << c.text;
  }
}

TEST(NumberTest, RefusesWhatIsNotOneNumber) {
  for (const char* text : {"",
                           " ",
                           "-",
                           "+",
                           ".",
                           "-.5",
                           ".5",
                           "5.",
                           "1.2.3",
                           "1.234,5",
                           "1,23",
                           "1234,567",
                           ",123",
                           "1,,234",
                           "1,234,",
                           "1,2345",
                           "12 3",
                           "1 234",
                           "1e3",
                           "0x10",
                           "5%",
                           "<5",
                           "*",
                           "-00",
                           "007",
                           "00",
                           "0,123",
                           "--5",
                           "5-",
                           "(5)",
                           "1.1,234",
                           "\xEF\xBC\x91",
                           "\xE2\x88\x92"
                           "5",
                           "nan",
                           "inf",
                           "1,234 567"}) {
    Decimal got;
    EXPECT_EQ(ReasonOf(ParseDecimal(text, &got)), "UNPARSED_NUMBER") << text;
  }
}

TEST(NumberTest, OverflowIsAnError) {
  Decimal got;
  EXPECT_EQ(ReasonOf(ParseDecimal("9223372036854775808", &got)),
            "NUMBER_OVERFLOW");
  EXPECT_EQ(ReasonOf(ParseDecimal("0.1234567890123456789", &got)),
            "NUMBER_OVERFLOW");
  EXPECT_EQ(ReasonOf(ParseDecimal(std::string(400, '9'), &got)),
            "NUMBER_OVERFLOW");
}

TEST(NumberTest, ACountHasNoFraction) {
  int64_t got = 0;
  EXPECT_TRUE(ParseInteger("12.0", &got).ok());
  EXPECT_EQ(got, 12);
  EXPECT_EQ(ReasonOf(ParseInteger("12.5", &got)), "NOT_AN_INTEGER");
}

TEST(NumberTest, RoundsHalfAwayFromZero) {
  const struct {
    const char* text;
    int64_t scale;
    Decimal want;
    bool exact;
  } kCases[] = {
      {"12", 2, {12, 0}, true},
      {"12.34", 2, {1234, 2}, true},
      {"12.3400", 2, {1234, 2}, true},
      {"12.344", 2, {1234, 2}, false},
      {"12.345", 2, {1235, 2}, false},
      {"-12.345", 2, {-1235, 2}, false},
      {"12.999", 2, {13, 0}, false},
      {"-0.005", 2, {-1, 2}, false},
      {"-0.0049", 2, {0, 0}, false},
      {"0.5", 0, {1, 0}, false},
      {"-2.5", 0, {-3, 0}, false},
      // Beyond what ParseDecimal takes.
      {"0.0047762866918323911", 10, {47762867, 10}, false},
      {"0.00000000000000000000001", 10, {0, 0}, false},
  };
  for (const auto& c : kCases) {
    Decimal got;
    bool exact = !c.exact;
    const Status status = ParseRounded(c.text, c.scale, &got, &exact);
    EXPECT_TRUE(status.ok()) << c.text << ": " << ReasonOf(status);
    EXPECT_EQ(got, c.want) << c.text << ": " << got.mantissa << " e-"
                           << got.scale;
    EXPECT_EQ(exact, c.exact) << c.text;
  }
  for (const char* bad :
       {"", "x", "1.23x5", "1.", ".123", "1.234E-5", "1.2.3"}) {
    Decimal got;
    bool exact = false;
    EXPECT_EQ(ReasonOf(ParseRounded(bad, 2, &got, &exact)), "UNPARSED_NUMBER")
        << bad;
  }
  Decimal got;
  bool exact = false;
  for (const char* large : {"9223372036854775807.5", "9223372036854775808",
                            "922337203685477580.75"}) {
    EXPECT_EQ(
        ReasonOf(ParseRounded(large, large[18] == '.' ? 1 : 0, &got, &exact)),
        "NUMBER_OVERFLOW")
        << large;
  }
}

TEST(NumberTest, TrimTakesOnlySpace) {
  EXPECT_EQ(Trim(" \t\r\n 88A \xC2\xA0"), "88A");
  EXPECT_EQ(Trim("  "), "");
  EXPECT_EQ(Trim("\xC2\xB0"), "\xC2\xB0");
}

}  // namespace
}  // namespace collate::tabular
