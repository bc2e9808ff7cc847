// What an answer says where sources disagree. Figures are synthetic.

#include "service/query/conflicts.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/query.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::IsOk;
using ::collate::testing::OnlyCell;
using ::collate::testing::RowSpec;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using vocabulary::State;

Query TotalBy(std::vector<std::string> preferred = {}) {
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.panel = "four";
  query.preferred_sources = std::move(preferred);
  return query;
}

RowSpec Year(const std::string& reporter, int64_t value) {
  return {.reporter = reporter, .period = "2017/18", .value = value};
}

// p agrees, q differs, r is in the first only, s in the second only.
World FirstAndSecond() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row(Year("p", 10))
      .Row(Year("q", 20))
      .Row(Year("r", 30));
  world.Release("second", "2019-06-01")
      .Slice({})
      .Row(Year("p", 10))
      .Row(Year("q", 25))
      .Row(Year("s", 40));
  return world;
}

TEST(ConflictsTest, TheAnswerNamesWhoDiffersAndBothSums) {
  const Cell cell = OnlyCell(FirstAndSecond().Ask(TotalBy()));
  // Served as ever: the preferred source, then the next for who is missing.
  EXPECT_THAT(cell.reported, Optional(100));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kConflict));
  ASSERT_EQ(cell.conflicts.size(), 1u);
  const Conflict& conflict = cell.conflicts[0];
  EXPECT_EQ(conflict.source, "first");
  EXPECT_EQ(conflict.other_source, "second");
  EXPECT_EQ(conflict.compared, 2);
  EXPECT_EQ(conflict.reported, 30);
  EXPECT_EQ(conflict.other_reported, 35);
  ASSERT_EQ(conflict.differences.size(), 1u);
  EXPECT_EQ(conflict.differences[0].reporter, 2u);  // q
  EXPECT_THAT(conflict.differences[0].reported, Optional(20));
  EXPECT_THAT(conflict.differences[0].other_reported, Optional(25));
}

TEST(ConflictsTest, ThePreferredSourceIsServedAndTheOtherCompared) {
  const Cell cell = OnlyCell(FirstAndSecond().Ask(TotalBy({"second"})));
  EXPECT_THAT(cell.reported, Optional(105));
  ASSERT_EQ(cell.conflicts.size(), 1u);
  EXPECT_EQ(cell.conflicts[0].source, "second");
  EXPECT_EQ(cell.conflicts[0].reported, 35);
  EXPECT_EQ(cell.conflicts[0].other_reported, 30);
}

TEST(ConflictsTest, AgreementIsNoConflict) {
  World world;
  world.Release("first", "2018-06-01").Slice({}).Row(Year("p", 10));
  world.Release("second", "2018-06-01").Slice({}).Row(Year("p", 10));
  const Cell cell = OnlyCell(world.Ask(TotalBy()));
  EXPECT_THAT(cell.conflicts, IsEmpty());
  EXPECT_THAT(cell.flags, Not(Contains(CellFlag::kConflict)));
}

TEST(ConflictsTest, AFigureWithinTheOthersBoundsIsNoConflict) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Row({.reporter = "q",
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4});
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row(Year("p", 4))
      .Row(Year("q", 5));
  const Cell cell = OnlyCell(world.Ask(TotalBy()));
  // The other source's value is listed, never merged into the withheld one.
  EXPECT_EQ(cell.reported, std::nullopt);
  ASSERT_EQ(cell.conflicts.size(), 1u);
  EXPECT_EQ(cell.conflicts[0].compared, 0);
  ASSERT_EQ(cell.conflicts[0].differences.size(), 1u);
  const Difference& difference = cell.conflicts[0].differences[0];
  EXPECT_EQ(difference.state, State::kSuppressed);
  EXPECT_EQ(difference.bounds, (Interval{1, 4}));
  EXPECT_EQ(difference.other_bounds, Interval::Exactly(5));
}

TEST(ConflictsTest, QuartersAreComparedWithTheYearThatTheyTile) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18 Q1", .value = 1})
      .Row({.reporter = "p", .period = "2017/18 Q2", .value = 2})
      .Row({.reporter = "p", .period = "2017/18 Q3", .value = 3})
      .Row({.reporter = "p", .period = "2017/18 Q4", .value = 4});
  world.Release("second", "2018-06-01").Slice({}).Row(Year("p", 11));
  const Cell cell = OnlyCell(world.Ask(TotalBy()));
  ASSERT_EQ(cell.conflicts.size(), 1u);
  EXPECT_THAT(cell.conflicts[0].differences[0].reported, Optional(10));
  EXPECT_THAT(cell.conflicts[0].differences[0].other_reported, Optional(11));
}

TEST(ConflictsTest, AnExplainedLeafHasTheOtherSourcesCells) {
  Query query = TotalBy();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"q"}}};
  const Cell cell =
      OnlyCell(FirstAndSecond().Ask(query, {}, {.with_leaves = true}));
  ASSERT_EQ(cell.leaves.size(), 1u);
  ASSERT_EQ(cell.leaves[0].others.size(), 1u);
  const OtherFigure& other = cell.leaves[0].others[0];
  EXPECT_EQ(other.source, "second");
  EXPECT_TRUE(other.disjoint);
  EXPECT_EQ(other.rows.size(), 1u);
  // What is compared is no input.
  EXPECT_EQ(cell.rows.size(), 1u);
}

}  // namespace
}  // namespace collate::query
