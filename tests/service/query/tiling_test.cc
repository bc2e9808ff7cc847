#include "service/query/tiling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace collate::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using vocabulary::DayInterval;

TEST(TilingTest, QuartersTileTheYear) {
  const Tiling tiling =
      Tile({0, 365}, {{273, 365}, {0, 91}, {91, 182}, {182, 273}});
  EXPECT_THAT(tiling.tiles, ElementsAre(1, 2, 3, 0));
  EXPECT_THAT(tiling.gaps, IsEmpty());
}

TEST(TilingTest, FewestTilesWin) {
  const Tiling tiling =
      Tile({0, 12}, {{0, 3}, {3, 6}, {6, 9}, {9, 12}, {0, 6}, {6, 12}});
  EXPECT_THAT(tiling.tiles, ElementsAre(4, 5));
}

TEST(TilingTest, OverlappingWindowsNeverStandTogether) {
  // Two rolling years overlap by half; only one of them can be used.
  const Tiling tiling = Tile({0, 18}, {{0, 12}, {6, 18}});
  EXPECT_EQ(tiling.tiles.size(), 1);
  EXPECT_EQ(tiling.gaps.size(), 1);
}

TEST(TilingTest, ALongFirstTileDoesNotHideACompleteCover) {
  // Taking [0, 8) first would leave [8, 10) open.
  const Tiling tiling = Tile({0, 10}, {{0, 8}, {0, 5}, {5, 10}});
  EXPECT_THAT(tiling.tiles, ElementsAre(1, 2));
  EXPECT_THAT(tiling.gaps, IsEmpty());
}

TEST(TilingTest, NamesEveryGap) {
  const Tiling tiling = Tile({0, 12}, {{3, 6}, {9, 11}});
  EXPECT_THAT(tiling.tiles, ElementsAre(0, 1));
  EXPECT_THAT(tiling.gaps, ElementsAre(DayInterval{0, 3}, DayInterval{6, 9},
                                       DayInterval{11, 12}));
}

TEST(TilingTest, WhatReachesBeyondThePeriodIsNotUsed) {
  const Tiling tiling = Tile({0, 12}, {{-3, 6}, {6, 15}});
  EXPECT_THAT(tiling.tiles, IsEmpty());
  EXPECT_THAT(tiling.gaps, ElementsAre(DayInterval{0, 12}));
}

TEST(UncoveredTest, IsWhatNoneOfThemCovers) {
  EXPECT_THAT(Uncovered({0, 10}, {}), ElementsAre(DayInterval{0, 10}));
  EXPECT_THAT(Uncovered({0, 10}, {{0, 10}}), IsEmpty());
  EXPECT_THAT(Uncovered({0, 10}, {{-5, 2}, {4, 6}, {9, 20}}),
              ElementsAre(DayInterval{2, 4}, DayInterval{6, 9}));
  EXPECT_THAT(Uncovered({0, 10}, {{-5, 0}, {10, 12}}),
              ElementsAre(DayInterval{0, 10}));
}

}  // namespace
}  // namespace collate::query
