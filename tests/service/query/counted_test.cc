// Figures that were counted from records: where all records were counted, what
// has no figure is none. Figures are synthetic.

#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/engine.h"
#include "service/query/query.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::World;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using vocabulary::State;

Cell OfP(const World& world, const std::string& offence,
         const std::string& period) {
  Query query;
  query.measures = {"offences"};
  query.periods = {period};
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  if (!offence.empty()) {
    query.filters.push_back({.dimension = "offence", .members = {offence}});
  }
  const auto answer = world.Ask(query, {}, {.with_leaves = true});
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells.size() != 1) return {};
  return answer->cells[0];
}

// From the first to the last of the fortnight's pairs of days that February
// 2024 begins with, 1 to 14.
std::string Pairs(int first, int last) {
  const auto day = [](int number) {
    return "2024-02-" + std::string(number < 10 ? "0" : "") +
           std::to_string(number);
  };
  return day(2 * first - 1) + "/" + day(2 * last + 1);
}

// 28 days, counted pair by pair up to `last`; 88A stands in the first and the
// tenth, 71 in all others.
World Counted(int last, uint64_t records = 1) {
  World world;
  for (int pair = 1; pair <= last; ++pair) {
    const bool grooming = pair == 1 || pair == 10;
    world.Release("first", "2024-04-01")
        .Slice({.axes = {"offence@code"}})
        .Row({.reporter = "p",
              .at = {grooming ? "88A" : "71"},
              .period = Pairs(pair, pair),
              .value = grooming ? 5 : 2,
              .records = records})
        .Extent({"p"}, {Pairs(pair, pair)});
  }
  return world;
}

TEST(CountedTest, DaysWithoutAFigureHadNone) {
  const Cell cell = OfP(Counted(14), "88A", Pairs(1, 14));
  EXPECT_EQ(cell.state, State::kReported);
  EXPECT_THAT(cell.reported, Optional(10));
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(10));
}

TEST(CountedTest, PartsThatStandOnOtherDaysAddUpToTheWhole) {
  const Cell cell = OfP(Counted(14), "", Pairs(1, 14));
  EXPECT_THAT(cell.reported, Optional(2 * 5 + 12 * 2));
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(34));
}

TEST(CountedTest, ADayThatNobodyCountedIsMissing) {
  const Cell cell = OfP(Counted(13), "88A", Pairs(1, 14));
  EXPECT_EQ(cell.state, State::kPartialPeriod);
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(10));
  EXPECT_THAT(cell.leaves.at(0).reason, HasSubstr("2024-02-27 to 2024-02-28"));
}

TEST(CountedTest, NothingInAllOfThePeriodIsZero) {
  const World world = Counted(14);
  const Cell cell = OfP(world, "88A", Pairs(2, 9));
  EXPECT_EQ(cell.state, State::kReported);
  EXPECT_THAT(cell.reported, Optional(0));
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(0));
  EXPECT_THAT(cell.rows, IsEmpty());
  // Not where some of its days were not counted.
  EXPECT_EQ(OfP(world, "88A", "2024-02-25/2024-03-05").reported, std::nullopt);
}

TEST(CountedTest, AFigureThatCannotBeAddedUpIsNotZero) {
  // Of a longer period than the one asked for.
  World world;
  world.Release("first", "2024-04-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = Pairs(1, 4),
            .value = 5,
            .records = 5})
      .Extent({"p"}, {Pairs(1, 14)});
  EXPECT_EQ(OfP(world, "88A", Pairs(3, 6)).reported, std::nullopt);
  EXPECT_THAT(OfP(world, "88A", Pairs(5, 6)).reported, Optional(0));
}

TEST(CountedTest, APublishedTableThatPrintsNothingSaysNothing) {
  const World world = Counted(14, /*records=*/0);
  const Cell month = OfP(world, "88A", Pairs(1, 14));
  EXPECT_EQ(month.state, State::kPartialPeriod);
  EXPECT_EQ(month.reported, std::nullopt);
  EXPECT_EQ(OfP(world, "88A", Pairs(2, 9)).reported, std::nullopt);
}

}  // namespace
}  // namespace collate::query
