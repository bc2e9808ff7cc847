#include "service/query/plausibility.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::SliceSpec;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using store::Floor;
using store::Partition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StrEq;
using vocabulary::State;

std::vector<Finding> Search(const World& world,
                            PlausibilityOptions options = {}) {
  // The findings refer to the vocabulary, which the world keeps.
  auto found = FindImplausible(*world.Build(), options);
  EXPECT_THAT(found, IsOk());
  return found.ok() ? *std::move(found) : std::vector<Finding>();
}

// The kinds of what is found, with the period, in order.
std::vector<std::pair<FindingKind, std::string>> Kinds(
    const std::vector<Finding>& findings) {
  std::vector<std::pair<FindingKind, std::string>> kinds;
  for (const Finding& finding : findings) {
    kinds.emplace_back(finding.kind, FormatPeriod(finding.period));
  }
  return kinds;
}

std::vector<std::string> Roles(const Finding& finding) {
  std::vector<std::string> roles;
  for (const FindingCell& cell : finding.cells) roles.emplace_back(cell.role);
  return roles;
}

std::string FinancialYear(int begin) {
  return absl::StrCat(begin, "/", (begin + 1) % 100);
}

constexpr int64_t kBlank = -1;

// One reporter's figures for successive financial years from 2017/18.
World YearsOfP(const std::vector<int64_t>& values) {
  World world;
  world.Release("first", "2023-01-01").Slice({.axes = {"offence@code"}});
  for (size_t i = 0; i < values.size(); ++i) {
    const bool blank = values[i] == kBlank;
    world.Row({.reporter = "p",
               .at = {"88A"},
               .period = FinancialYear(2017 + static_cast<int>(i)),
               .state = blank ? State::kNotShown : State::kReported,
               .value = blank ? std::nullopt : std::optional(values[i])});
  }
  return world;
}

// ---- Level shifts ----------------------------------------------------------

TEST(LevelShift, HampshiresEighteenIsTheOneThatLiesFarOff) {
  const auto findings = Search(YearsOfP({291, 18, kBlank, 279, 95}));
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kLevelShift, "2018/19")));
  EXPECT_EQ(findings[0].message,
            "Title of p, Title of 88A, 2018/19: 18 lies far below the nearest "
            "figures, 291 (2017/18) and 279 (2020/21)");
  EXPECT_THAT(Roles(findings[0]), ElementsAre("figure", "before", "after"));
  EXPECT_THAT(
      findings[0].thresholds,
      ElementsAre(Pair(StrEq("factor"), 4), Pair(StrEq("least_difference"), 50),
                  Pair(StrEq("reach_periods"), 3)));
  EXPECT_EQ(findings[0].cells[0].bounds, Interval::Exactly(18));
  EXPECT_EQ(findings[0].cell_count, 3u);
}

TEST(LevelShift, TheFactorIsFourOfTheNearerNeighbour) {
  EXPECT_THAT(Kinds(Search(YearsOfP({100, 400, 99}))),
              ElementsAre(Pair(FindingKind::kLevelShift, "2018/19")));
  EXPECT_THAT(Search(YearsOfP({100, 399, 99})), IsEmpty());
  EXPECT_THAT(Kinds(Search(YearsOfP({400, 100, 500}))),
              ElementsAre(Pair(FindingKind::kLevelShift, "2018/19")));
  EXPECT_THAT(Search(YearsOfP({400, 101, 500})), IsEmpty());
}

TEST(LevelShift, SmallCountsMustDifferByFifty) {
  EXPECT_THAT(Kinds(Search(YearsOfP({5, 55, 4}))),
              ElementsAre(Pair(FindingKind::kLevelShift, "2018/19")));
  EXPECT_THAT(Search(YearsOfP({5, 54, 4})), IsEmpty());
  EXPECT_THAT(Kinds(Search(YearsOfP({50, 0, 60}))),
              ElementsAre(Pair(FindingKind::kLevelShift, "2018/19")));
  EXPECT_THAT(Search(YearsOfP({49, 0, 60})), IsEmpty());
}

TEST(LevelShift, AStepThatLastsIsNone) {
  EXPECT_THAT(Search(YearsOfP({100, 100, 900, 910, 905})), IsEmpty());
}

TEST(LevelShift, AnEndIsComparedWithTheTwoNearest) {
  EXPECT_THAT(Kinds(Search(YearsOfP({100, 101, 900}))),
              ElementsAre(Pair(FindingKind::kLevelShift, "2019/20")));
  EXPECT_THAT(Kinds(Search(YearsOfP({900, 101, 100}))),
              ElementsAre(Pair(FindingKind::kLevelShift, "2017/18")));
  EXPECT_THAT(Search(YearsOfP({100, 900})), IsEmpty());
}

TEST(LevelShift, NeighboursAreAtMostThreePeriodsAway) {
  EXPECT_THAT(Search(YearsOfP({100, kBlank, kBlank, 900, 100})), SizeIs(1));
  EXPECT_THAT(Search(YearsOfP({100, kBlank, kBlank, kBlank, 900, 100})),
              IsEmpty());
}

TEST(LevelShift, PeriodsOfOtherLengthsAreNoNeighbours) {
  World world = YearsOfP({400, kBlank, 400});
  world.Row(
      {.reporter = "p", .at = {"88A"}, .period = "2018/19 Q1", .value = 90});
  EXPECT_THAT(Search(world), IsEmpty());
}

TEST(LevelShift, NegativeRoundedAndWithheldFiguresArePassedOver) {
  World world = YearsOfP({400, kBlank, 400});
  world.Row({.reporter = "p",
             .at = {"88A"},
             .period = "2018/19",
             .state = State::kSuppressed,
             .lower = 1,
             .upper = 4});
  world.Row({.reporter = "p",
             .at = {"71"},
             .period = "2018/19",
             .state = State::kRounded,
             .value = 0,
             .lower = 0,
             .upper = 4});
  EXPECT_THAT(Search(world), IsEmpty());
  World negative;
  negative.Release("first", "2023-01-01")
      .Slice({.axes = {"offence@code"}, .floor = Floor::kNone});
  int year = 2017;
  for (const int64_t value : {400, -20, 400}) {
    negative.Row({.reporter = "p",
                  .at = {"88A"},
                  .period = FinancialYear(year++),
                  .value = value});
  }
  EXPECT_THAT(Search(negative), IsEmpty());
}

TEST(LevelShift, OnlyWhatStandsNowIsLookedAt) {
  World world = YearsOfP({400, 20, 400});
  world.Release("first", "2024-01-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2018/19", .value = 390});
  EXPECT_THAT(Search(world), IsEmpty());
}

// `values` of 2018/19 for as many reporters, each between two years of 400.
World Reporters(const std::vector<int64_t>& values) {
  const std::vector<std::string> names = {"p", "q", "r", "s", "t"};
  World world;
  world.Release("first", "2023-01-01").Slice({.axes = {"offence@code"}});
  for (size_t i = 0; i < values.size(); ++i) {
    for (const auto& [period, value] :
         {std::pair<std::string, int64_t>{"2017/18", 400},
          {"2018/19", values[i]},
          {"2019/20", 400}}) {
      world.Row({.reporter = names[i],
                 .at = {"88A"},
                 .period = period,
                 .value = value});
    }
  }
  return world;
}

TEST(LevelShift, WhatManyReportersShareIsToldOnceOfTheFarthest) {
  const World world = Reporters({90, 80, 95, 401, 399});
  const auto findings = Search(world);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(
      findings[0].message,
      HasSubstr("Title of q, Title of 88A, 2018/19: 80 lies far below"));
  EXPECT_THAT(findings[0].message,
              HasSubstr("so do those of 2 more of 5 reporters"));
  // Who asks for one reporter sees whether it is among them.
  const vocabulary::Dimension& reporters = world.vocabulary().reporters();
  const auto of_r = Search(world, {.reporter = reporters.Find("r")});
  ASSERT_THAT(of_r, SizeIs(1));
  EXPECT_THAT(of_r[0].message, HasSubstr("95 lies far below"));
  EXPECT_THAT(of_r[0].message, HasSubstr("of 2 more of 5 reporters"));
  EXPECT_THAT(Search(world, {.reporter = reporters.Find("s")}), IsEmpty());
}

TEST(LevelShift, TwoReportersAreEachTold) {
  EXPECT_THAT(Search(Reporters({90, 80, 390, 401, 399})), SizeIs(2));
}

TEST(LevelShift, OppositeShiftsAreNotAlike) {
  EXPECT_THAT(Search(Reporters({90, 80, 1700, 401, 399})), SizeIs(3));
}

TEST(LevelShift, OtherCellsDoNotCountAsAlike) {
  World world = Reporters({90, 80});
  for (const char* period : {"2017/18", "2018/19", "2019/20"}) {
    world.Row({.reporter = "r",
               .at = {"71"},
               .period = period,
               .value = std::string(period) == "2018/19" ? 70 : 400});
  }
  EXPECT_THAT(Search(world), SizeIs(3));
}

// ---- Repeated values -------------------------------------------------------

TEST(RepeatedValue, ThreeYearsRunningFromFiftyUpwards) {
  const auto findings = Search(YearsOfP({50, 50, 50, 70}));
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kRepeatedValue, "2019/20")));
  EXPECT_THAT(findings[0].message,
              HasSubstr("50 is printed for 3 years running, from 2017/18"));
  EXPECT_THAT(Roles(findings[0]), ElementsAre("figure", "repeat", "repeat"));
  EXPECT_THAT(Search(YearsOfP({49, 49, 49, 70})), IsEmpty());
  EXPECT_THAT(Search(YearsOfP({50, 50, 51, 50})), IsEmpty());
}

TEST(RepeatedValue, TwoYearsRunningFromFiveThousandUpwards) {
  EXPECT_THAT(Kinds(Search(YearsOfP({5000, 5000, 5100}))),
              ElementsAre(Pair(FindingKind::kRepeatedValue, "2018/19")));
  EXPECT_THAT(Search(YearsOfP({4999, 4999, 5100})), IsEmpty());
}

TEST(RepeatedValue, AGapEndsTheRun) {
  EXPECT_THAT(Search(YearsOfP({5000, kBlank, 5000})), IsEmpty());
}

TEST(RepeatedValue, QuartersAreComparedWithTheSameQuarter) {
  World world;
  world.Release("first", "2023-01-01").Slice({.axes = {"offence@code"}});
  // Equal beside each other, which is no repeat across years.
  for (const char* period : {"2017/18 Q1", "2017/18 Q2", "2017/18 Q3"}) {
    world.Row(
        {.reporter = "p", .at = {"88A"}, .period = period, .value = 6000});
  }
  for (const char* period : {"2017/18 Q1", "2018/19 Q1"}) {
    world.Row(
        {.reporter = "q", .at = {"88A"}, .period = period, .value = 6000});
  }
  const auto findings = Search(world);
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kRepeatedValue, "2018/19 Q1")));
  EXPECT_EQ(world.vocabulary().reporters().member(findings[0].reporter).code,
            "q");
}

// ---- Part years ------------------------------------------------------------

World YearWithQuarters(int64_t year, const std::vector<int64_t>& quarters) {
  World world = YearsOfP({year});
  for (size_t i = 0; i < quarters.size(); ++i) {
    world.Row({.reporter = "p",
               .at = {"88A"},
               .period = absl::StrCat("2017/18 Q", i + 1),
               .value = quarters[i]});
  }
  return world;
}

TEST(PartYear, AYearThatIsItsFirstNineMonths) {
  const auto findings = Search(YearWithQuarters(60, {10, 20, 30, 25}));
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kPartYear, "2017/18")));
  EXPECT_THAT(findings[0].message,
              HasSubstr("60 is the sum of its first 9 months alone; the "
                        "others have 25"));
  EXPECT_THAT(Roles(findings[0]),
              ElementsAre("figure", "month", "month", "month"));
}

TEST(PartYear, AYearThatIsItsLastSixMonths) {
  const auto findings = Search(YearWithQuarters(55, {10, 20, 30, 25}));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].message, HasSubstr("its last 6 months alone"));
}

TEST(PartYear, WholeYearsAndOtherSumsAreNone) {
  EXPECT_THAT(Search(YearWithQuarters(85, {10, 20, 30, 25})), IsEmpty());
  EXPECT_THAT(Search(YearWithQuarters(61, {10, 20, 30, 25})), IsEmpty());
  // The quarter left out may be empty, or unknown.
  EXPECT_THAT(Search(YearWithQuarters(60, {10, 20, 30, 0})), IsEmpty());
  EXPECT_THAT(Search(YearWithQuarters(60, {10, 20, 30})), IsEmpty());
}

TEST(PartYear, SmallYearsAreEqualByChance) {
  EXPECT_THAT(Search(YearWithQuarters(20, {5, 5, 10, 4})), SizeIs(1));
  EXPECT_THAT(Search(YearWithQuarters(19, {5, 5, 9, 4})), IsEmpty());
}

// ---- Parts and totals ------------------------------------------------------

// A total of 88A and its parts by sex, all of one release.
World Split(std::optional<int64_t> total, const std::vector<int64_t>& parts,
            Partition partition = Partition::kComplete,
            Floor floor = Floor::kZero, const std::string& published = "") {
  World world;
  world.Release("first", "2023-01-01")
      .Slice({.axes = {"offence@code"}, .floor = floor})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = "2017/18",
            .state = total.has_value() ? State::kReported : State::kSuppressed,
            .value = total});
  if (!published.empty()) world.Release("first", published);
  world.Slice({.axes = {"offence@code", "sex@sex"},
               .partition = partition,
               .floor = floor});
  const std::vector<std::string> sexes = {"f", "m", "unknown"};
  for (size_t i = 0; i < parts.size(); ++i) {
    world.Row(
        {.reporter = "p",
         .at = {"88A", sexes[i]},
         .period = "2017/18",
         .state = parts[i] == kBlank ? State::kSuppressed : State::kReported,
         .value = parts[i] == kBlank ? std::nullopt : std::optional(parts[i])});
  }
  return world;
}

TEST(PartsVTotal, CompletePartsMustMakeTheTotal) {
  const auto more = Search(Split(20, {12, 9}));
  ASSERT_THAT(Kinds(more),
              ElementsAre(Pair(FindingKind::kPartsVTotal, "2017/18")));
  EXPECT_THAT(more[0].message,
              HasSubstr("the printed total is 20 and its 2 parts by sex make "
                        "21"));
  EXPECT_THAT(Roles(more[0]), ElementsAre("total", "part", "part"));
  EXPECT_THAT(Search(Split(20, {12, 7})), SizeIs(1));
  EXPECT_THAT(Search(Split(20, {12, 8})), IsEmpty());
}

TEST(PartsVTotal, ASumThatIgnoresMarksIsComparedWithNothing) {
  World world = Split(20, {12, 9});
  EXPECT_THAT(Search(world), SizeIs(1));
  World flagged;
  flagged.Release("first", "2023-01-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = "2017/18",
            .value = 20,
            .flags = vocabulary::kFlagTotalIgnoresMarkers})
      .Slice({.axes = {"offence@code", "sex@sex"},
              .partition = Partition::kComplete})
      .Row({.reporter = "p",
            .at = {"88A", "f"},
            .period = "2017/18",
            .value = 12})
      .Row({.reporter = "p",
            .at = {"88A", "m"},
            .period = "2017/18",
            .value = 9});
  EXPECT_THAT(Search(flagged), IsEmpty());
}

TEST(PartsVTotal, IncompletePartsMayBeLessButNotMore) {
  EXPECT_THAT(Search(Split(20, {12, 7}, Partition::kIncomplete)), IsEmpty());
  EXPECT_THAT(Search(Split(20, {12, 8}, Partition::kIncomplete)), IsEmpty());
  EXPECT_THAT(Kinds(Search(Split(20, {12, 9}, Partition::kIncomplete))),
              ElementsAre(Pair(FindingKind::kPartsVTotal, "2017/18")));
  // What may be negative may make up for it.
  EXPECT_THAT(Search(Split(20, {12, 9}, Partition::kIncomplete, Floor::kNone)),
              IsEmpty());
}

TEST(PartsVTotal, OverlappingPartsHaveNoSum) {
  EXPECT_THAT(Search(Split(20, {12, 9}, Partition::kMultiResponse)), IsEmpty());
}

TEST(PartsVTotal, WhatIsWithheldMayBeAnything) {
  EXPECT_THAT(Search(Split(20, {12, kBlank})), IsEmpty());
  EXPECT_THAT(Search(Split(std::nullopt, {12, 8})), IsEmpty());
  EXPECT_THAT(Search(Split(20, {12, 9, kBlank})), SizeIs(1));
}

TEST(PartsVTotal, ReleasesAreNotMixed) {
  EXPECT_THAT(Search(Split(20, {12, 9}, Partition::kComplete, Floor::kZero,
                           "2023-02-01")),
              IsEmpty());
}

TEST(PartsVTotal, PartsOfAnUnknownLabelMakeTheRestALowerBound) {
  World world = Split(20, {12, 7});
  world.Slice({.axes = {"offence@code", "sex@"}})
      .Row({.reporter = "p",
            .at = {"88A", ""},
            .label = "other",
            .period = "2017/18",
            .value = 1});
  EXPECT_THAT(Search(world), IsEmpty());
}

// Region `pq` and its forces p and q, and r beside it.
World Region(int64_t region, std::optional<int64_t> p, std::optional<int64_t> q,
             Floor floor = Floor::kZero) {
  World world;
  world.Release("first", "2023-01-01")
      .Slice({.axes = {"offence@code"}, .floor = floor})
      .Row({.reporter = "pq",
            .at = {"88A"},
            .period = "2017/18",
            .value = region})
      .Row(
          {.reporter = "r", .at = {"88A"}, .period = "2017/18", .value = 1000});
  for (const auto& [reporter, value] :
       {std::pair<std::string, std::optional<int64_t>>{"p", p}, {"q", q}}) {
    if (!value.has_value()) continue;
    world.Row({.reporter = reporter,
               .at = {"88A"},
               .period = "2017/18",
               .value = value});
  }
  return world;
}

TEST(PartsVTotal, ForcesAreNeverMoreThanTheirRegion) {
  const auto findings = Search(Region(20, 12, 9));
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kPartsVTotal, "2017/18")));
  EXPECT_THAT(findings[0].message,
              HasSubstr("Title of pq, Title of 88A, 2017/18: the printed total "
                        "is 20 and its 2 parts by reporter make 21"));
  EXPECT_THAT(Search(Region(20, 12, 8)), IsEmpty());
  // Others may have been counted into the region.
  EXPECT_THAT(Search(Region(20, 12, 7)), IsEmpty());
  EXPECT_THAT(Search(Region(20, 21, std::nullopt)), SizeIs(1));
  EXPECT_THAT(Search(Region(20, 12, 9), {.reporter = findings[0].reporter}),
              SizeIs(1));
}

TEST(PartsVTotal, WhereFiguresMayBeNegativeEveryForceMustBeThere) {
  EXPECT_THAT(Search(Region(20, 12, 9, Floor::kNone)), SizeIs(1));
  EXPECT_THAT(Search(Region(20, 21, std::nullopt, Floor::kNone)), IsEmpty());
}

World Group(int64_t group, int64_t one, int64_t other) {
  World world;
  world.Release("first", "2023-01-01")
      .Slice({.axes = {"offence@group"}})
      .Row({.reporter = "p",
            .at = {"sexual"},
            .period = "2017/18",
            .value = group})
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = one})
      .Row(
          {.reporter = "p", .at = {"71"}, .period = "2017/18", .value = other});
  return world;
}

TEST(PartsVTotal, CodesAreNeverMoreThanTheirGroup) {
  const auto findings = Search(Group(20, 12, 9));
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kPartsVTotal, "2017/18")));
  EXPECT_THAT(findings[0].message,
              HasSubstr("Title of sexual, 2017/18: the printed total is 20 and "
                        "its 2 parts by offence make 21"));
  EXPECT_THAT(Search(Group(20, 12, 8)), IsEmpty());
  EXPECT_THAT(Search(Group(20, 12, 7)), IsEmpty());
}

TEST(PartExceedsWhole, OnePartAloneWhateverThePartition) {
  for (const Partition partition :
       {Partition::kComplete, Partition::kIncomplete,
        Partition::kMultiResponse}) {
    const auto findings = Search(Split(20, {21, 3}, partition));
    ASSERT_THAT(Kinds(findings),
                ElementsAre(Pair(FindingKind::kPartExceedsWhole, "2017/18")));
    EXPECT_THAT(findings[0].message,
                HasSubstr("Title of f, 2017/18: 21, which is a part, is more "
                          "than the printed whole, 20"));
    EXPECT_THAT(Roles(findings[0]), ElementsAre("part", "total"));
  }
  EXPECT_THAT(Search(Split(20, {20, 0})), IsEmpty());
}

TEST(PartExceedsWhole, NotWhereFiguresMayBeNegative) {
  EXPECT_THAT(
      Kinds(Search(Split(20, {21, 3}, Partition::kComplete, Floor::kNone))),
      ElementsAre(Pair(FindingKind::kPartsVTotal, "2017/18")));
}

// ---- The search as a whole -------------------------------------------------

TEST(FindImplausible, FiltersAndOrderHoldForEveryKind) {
  World world = Split(20, {21, 3});
  world.Slice({.axes = {"offence@code"}});
  for (const char* reporter : {"s", "r"}) {
    int year = 2018;
    for (const int64_t value : {6000, 10, 6000, 6000}) {
      world.Row({.reporter = reporter,
                 .at = {"71"},
                 .period = FinancialYear(year++),
                 .value = value});
    }
  }
  const auto all = Search(world);
  EXPECT_THAT(Kinds(all),
              ElementsAre(Pair(FindingKind::kLevelShift, "2019/20"),
                          Pair(FindingKind::kLevelShift, "2019/20"),
                          Pair(FindingKind::kRepeatedValue, "2021/22"),
                          Pair(FindingKind::kRepeatedValue, "2021/22"),
                          Pair(FindingKind::kPartExceedsWhole, "2017/18")));
  EXPECT_LT(all[0].reporter, all[1].reporter);
  EXPECT_THAT(Search(world, {.kinds = {FindingKind::kRepeatedValue}}),
              SizeIs(2));
  EXPECT_THAT(Search(world, {.reporter = all[0].reporter}), SizeIs(2));
  EXPECT_THAT(Search(world, {.source = "second"}), IsEmpty());
  EXPECT_THAT(Search(world, {.source = "first"}), SizeIs(5));
  EXPECT_THAT(Search(world, {.measure = "accounts"}), IsEmpty());
}

TEST(FindImplausible, StopsWhenItIsTold) {
  PlausibilityOptions options;
  options.check = [] { return absl::CancelledError("enough"); };
  EXPECT_THAT(FindImplausible(*YearsOfP({1, 2}).Build(), options),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST(FindImplausible, CitesAHundredCellsAndCountsTheRest) {
  World world;
  world.Release("first", "2023-01-01").Slice({});
  world.Row({.reporter = "p", .period = "2017/18", .value = 1});
  world.Slice({.axes = {"sex@sex"}});
  // One key many times, as a family may declare it.
  for (int i = 0; i < 150; ++i) {
    world.Row({.reporter = "p",
               .at = {"f"},
               .period = "2017/18",
               .value = 1,
               .flags = vocabulary::kFlagRepeatedKeyAdded});
  }
  const auto findings = Search(world);
  ASSERT_THAT(Kinds(findings),
              ElementsAre(Pair(FindingKind::kPartsVTotal, "2017/18")));
  EXPECT_THAT(findings[0].cells, SizeIs(kCitedCells));
  EXPECT_EQ(findings[0].cell_count, 151u);
}

}  // namespace
}  // namespace collate::query
