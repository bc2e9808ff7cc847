#include "plugins/transparency_report/figure_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace collate::transparency_report {
namespace {

// "number 20800000", "range% 4 5", "below 0.05%" ...
std::string Read(const std::string& text) {
  Figure figure;
  const tabular::Status status = ParseFigure(text, &figure);
  if (!status.ok()) return status.error().reason;
  const auto number = [](const sdk::Decimal& decimal) {
    std::string digits = std::to_string(decimal.mantissa);
    if (decimal.scale == 0) return digits;
    const size_t scale = static_cast<size_t>(decimal.scale);
    if (digits.size() <= scale) {
      digits.insert(0, scale + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - scale, ".");
    return digits;
  };
  std::string said = figure.approximate ? "about " : "";
  const std::string unit = figure.percent ? "%" : "";
  switch (figure.form) {
    case FigureForm::kBlank:
      return said + "blank";
    case FigureForm::kNotApplicable:
      return said + "not applicable";
    case FigureForm::kNumber:
      EXPECT_EQ(number(figure.lower), number(figure.upper));
      return said + number(figure.lower) + unit;
    case FigureForm::kRange:
      return said + number(figure.lower) + " to " + number(figure.upper) + unit;
    case FigureForm::kBelow:
      return said + "below " + number(figure.upper) + unit;
    case FigureForm::kText:
      return "text";
  }
  return "no form";
}

TEST(FigureTextTest, NumbersAreExact) {
  EXPECT_EQ(Read("600"), "600");
  EXPECT_EQ(Read(" 20,800,000 "), "20800000");
  EXPECT_EQ(Read("920793.0"), "920793");
  EXPECT_EQ(Read("0.9109999999999999"), "0.9109999999999999");
  EXPECT_EQ(Read("0"), "0");
  EXPECT_EQ(Read("-5"), "-5");
  EXPECT_EQ(Read("9,223,372,036,854,775,807"), "9223372036854775807");
}

TEST(FigureTextTest, APercentSignIsKeptApart) {
  EXPECT_EQ(Read("94.40%"), "94.4%");
  EXPECT_EQ(Read("4 %"), "4%");
  EXPECT_EQ(Read("100%"), "100%");
  EXPECT_EQ(Read("%"), "text");
}

TEST(FigureTextTest, ThousandsAndMillionsAreMultipliedOut) {
  EXPECT_EQ(Read("1.2M"), "1200000");
  EXPECT_EQ(Read("771.7k"), "771700");
  EXPECT_EQ(Read("1.2345K"), "1234.5");
  EXPECT_EQ(Read("3 m"), "3000000");
  EXPECT_EQ(Read("M"), "text");
  EXPECT_EQ(Read("1.2M%"), "text");
}

TEST(FigureTextTest, RangesHaveTwoEndsOfOneUnit) {
  EXPECT_EQ(Read("4%-5%"), "4 to 5%");
  EXPECT_EQ(Read("4-5%"), "4 to 5%");
  EXPECT_EQ(Read("0-249"), "0 to 249");
  EXPECT_EQ(Read("1,250 - 1,499"), "1250 to 1499");
  EXPECT_EQ(Read("10\xE2\x80\x93"
                 "20"),
            "10 to 20");
  EXPECT_EQ(Read("1K-2K"), "1000 to 2000");
  EXPECT_EQ(Read("7-7"), "7 to 7");
  // What the unit of one end is, or which end is the lower, is not said.
  EXPECT_EQ(Read("4%-5"), "text");
  EXPECT_EQ(Read("1-2M"), "text");
  EXPECT_EQ(Read("1K-2"), "text");
  EXPECT_EQ(Read("0.6-0.50"), "text");
  EXPECT_EQ(Read("2022-06-30"), "text");
  EXPECT_EQ(Read("5-"), "text");
}

TEST(FigureTextTest, BelowHasNoLowerEnd) {
  EXPECT_EQ(Read("<0.05%"), "below 0.05%");
  EXPECT_EQ(Read("< 1,000"), "below 1000");
  EXPECT_EQ(Read("<1"), "below 1");
  EXPECT_EQ(Read("<"), "text");
  EXPECT_EQ(Read("<few"), "text");
}

TEST(FigureTextTest, ApproximateFiguresSaySo) {
  EXPECT_EQ(Read("approximately 5%"), "about 5%");
  EXPECT_EQ(Read("Approximately 4%-5%"), "about 4 to 5%");
  EXPECT_EQ(Read("about 3"), "about 3");
  EXPECT_EQ(Read("~5%"), "about 5%");
}

TEST(FigureTextTest, WhatStandsForNoFigure) {
  EXPECT_EQ(Read(""), "blank");
  EXPECT_EQ(Read(" \t"), "blank");
  for (const char* text : {"N/A", "n/a", "NA", "Not Applicable", "-", "--",
                           "\xE2\x80\x93", "\xE2\x80\x94", " N/A "}) {
    EXPECT_EQ(Read(text), "not applicable") << text;
  }
}

TEST(FigureTextTest, AnythingElseIsText) {
  for (const char* text :
       {"Accounts Disabled", "nan", "12 offences", "4.3086543E7", "1,23",
        "0x10", "n/a*", "$5", "--5", "1.2.3", "007"}) {
    EXPECT_EQ(Read(text), "text") << text;
  }
}

TEST(FigureTextTest, WhatDoesNotFitIsRefused) {
  for (const char* text : {"9223372036854775808", "9223372036854775M",
                           "1-99999999999999999999", "<99999999999999999999"}) {
    EXPECT_EQ(Read(text), "NUMBER_OVERFLOW") << text;
  }
}

TEST(FigureTextTest, WholeNumbersMayHaveZerosBehindThePoint) {
  int64_t whole = 0;
  EXPECT_TRUE(IsWhole({1200, 2}, &whole));
  EXPECT_EQ(whole, 12);
  EXPECT_TRUE(IsWhole({0, 5}, &whole));
  EXPECT_EQ(whole, 0);
  EXPECT_TRUE(IsWhole({-7, 0}, &whole));
  EXPECT_EQ(whole, -7);
  EXPECT_FALSE(IsWhole({1210, 2}, &whole));
}

}  // namespace
}  // namespace collate::transparency_report
