#include "client/chart/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/chart/layout.h"

namespace collate::client {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;

TEST(Svg, TextCannotBecomeMarkup) {
  EXPECT_THAT(EscapeXml("a<b>&\"c\""), Eq("a&lt;b&gt;&amp;&quot;c&quot;"));
  EXPECT_THAT(EscapeXml("\xC2\xA3 \xE2\x82\xAC \xF0\x9F\x8D\x8C"),
              Eq("\xC2\xA3 \xE2\x82\xAC \xF0\x9F\x8D\x8C"));
}

TEST(Svg, WhatXmlHasNoPlaceForIsReplaced) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_THAT(EscapeXml(absl::string_view("a\0b", 3)), Eq("a" + r + "b"));
  EXPECT_THAT(EscapeXml("\x1b["), Eq(r + "["));
  for (const char* bad : {"\xff", "\xC0\x80", "\xED\xA0\x80", "\xEF\xBF\xBE",
                          "\xF4\x90\x80\x80", "\xC2\x9B"}) {
    EXPECT_THAT(EscapeXml(bad).substr(0, 3), Eq(r))
        << ::testing::PrintToString(bad);
  }
  EXPECT_THAT(EscapeXml("\xE2\x82"), Eq(r + r)) << "cut short";
}

TEST(Svg, CoordinatesAreTenths) {
  EXPECT_THAT(Tenths(12), Eq("12"));
  EXPECT_THAT(Tenths(12.34), Eq("12.3"));
  EXPECT_THAT(Tenths(-0.51), Eq("-0.5"));
  EXPECT_THAT(Tenths(-0.01), Eq("0"));
}

TEST(Scale, StepsAreRoundAndTakeInZero) {
  EXPECT_THAT(Steps(ScaleFor(120, 430)),
              ElementsAre(0, 100, 200, 300, 400, 500));
  EXPECT_THAT(Steps(ScaleFor(-12, 31)),
              ElementsAre(-20, -10, 0, 10, 20, 30, 40));
  EXPECT_THAT(Steps(ScaleFor(0, 0)).front(), Eq(0));
  const Scale small = ScaleFor(0, 0.9);
  EXPECT_THAT(StepWords(0.4, small, false), Eq("0.4"));
  EXPECT_THAT(StepWords(-20, ScaleFor(-12, 31), true), Eq("-20%"));
  EXPECT_THAT(StepWords(1500, ScaleFor(0, 2900), false), Eq("1,500"));
}

TEST(Layout, LinesBreakAtSpaces) {
  EXPECT_THAT(Wrapped("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrapped("unbreakable", 4), ElementsAre("unbreakable"));
  EXPECT_THAT(Wrapped("", 4), ElementsAre());
}

}  // namespace
}  // namespace collate::client
