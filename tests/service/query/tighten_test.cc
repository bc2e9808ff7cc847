// Where a published total narrows a figure, and above all where it must not.
// All figures are synthetic.

#include "service/query/tighten.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/engine.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::IsOk;
using ::collate::testing::RowSpec;
using ::collate::testing::World;
using store::Floor;
using store::Partition;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using vocabulary::State;

constexpr Interval kOpen = {0, std::nullopt};

RowSpec Rounded(const std::string& reporter, const std::string& sex,
                int64_t value, int64_t half = 2) {
  return {.reporter = reporter,
          .at = {sex},
          .period = "2017/18",
          .state = State::kRounded,
          .value = value,
          .lower = value - half,
          .upper = value + half};
}

RowSpec Row(const std::string& reporter, const std::string& sex,
            int64_t value) {
  return {
      .reporter = reporter, .at = {sex}, .period = "2017/18", .value = value};
}

RowSpec Without(const std::string& reporter, const std::string& sex,
                State state) {
  return {
      .reporter = reporter, .at = {sex}, .period = "2017/18", .state = state};
}

// What is known of one reporter's figure of one sex, or of all of them.
Leaf Of(const World& world, const std::string& reporter, const std::string& sex,
        Query query = {}) {
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.filters.push_back({.dimension = "reporter", .members = {reporter}});
  if (!sex.empty()) {
    query.filters.push_back({.dimension = "sex", .members = {sex}});
  }
  const auto answer = world.Ask(query, {}, {.with_leaves = true});
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells.size() != 1) return {};
  const Cell& cell = answer->cells[0];
  const Leaf& leaf = cell.leaves.at(0);
  // What is tightened shows in the cell, and nowhere else.
  EXPECT_EQ(
      std::count(cell.flags.begin(), cell.flags.end(), CellFlag::kTightened),
      leaf.tightened_by.empty() ? 0 : 1);
  EXPECT_EQ(cell.panel_bounds, leaf.bounds);
  EXPECT_EQ(cell.reported, leaf.reported);
  if (leaf.reported.has_value()) {
    EXPECT_EQ(cell.reported_bounds, leaf.reported_bounds);
  }
  return leaf;
}

World Table(const std::vector<RowSpec>& parts, const RowSpec& total,
            Partition partition = Partition::kComplete,
            Floor floor = Floor::kZero) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}, .partition = partition, .floor = floor});
  for (const RowSpec& row : parts) world.Row(row);
  world.Slice({.floor = floor}).Row(total);
  return world;
}

RowSpec Total(int64_t value) {
  return {.reporter = "p", .period = "2017/18", .value = value};
}

TEST(TightenTest, RoundedPartsShareAnExactTotal) {
  const World world =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(33));
  const Leaf leaf = Of(world, "p", "f");
  EXPECT_EQ(leaf.state, State::kRounded);
  EXPECT_EQ(leaf.reported, 10);
  EXPECT_EQ(leaf.reported_bounds, (Interval{8, 12})) << "as it is printed";
  EXPECT_EQ(leaf.bounds, (Interval{11, 12}));
  EXPECT_EQ(leaf.own_bounds, (Interval{8, 12}));
  ASSERT_THAT(leaf.tightened_by, SizeIs(1));
  const auto snapshot = world.Build();
  EXPECT_EQ(snapshot->Cite(leaf.tightened_by[0])->raw, " 33 ");
  EXPECT_EQ(Of(world, "p", "m").bounds, (Interval{21, 22}));
}

TEST(TightenTest, ARoundedTotalLeavesMoreRoom) {
  RowSpec total = Total(30);
  total.state = State::kRounded;
  total.lower = 26;
  total.upper = 34;
  const World world = Table({Rounded("p", "f", 10), Row("p", "m", 25)}, total);
  EXPECT_EQ(Of(world, "p", "f").bounds, (Interval{8, 9}));
}

TEST(TightenTest, WhatIsNotRecordedOrShortIsNarrowedToo) {
  for (const State state : {State::kNotHeld, State::kPartialPeriod}) {
    const World world = Table(
        {Row("p", "f", 12), Without("p", "m", state), Row("p", "unknown", 1)},
        Total(33));
    EXPECT_EQ(Of(world, "p", "m").bounds, Interval::Exactly(20))
        << vocabulary::StateName(state);
    EXPECT_EQ(Of(world, "p", "m").state, state);
  }
  // Two of them share what is left.
  const World two =
      Table({Row("p", "f", 12), Without("p", "m", State::kNotHeld),
             Without("p", "unknown", State::kNotHeld)},
            Total(33));
  EXPECT_EQ(Of(two, "p", "m").bounds, (Interval{0, 21}));
}

// Its reporter publishes the total, and has never been seen to break it down
// this way; that is another state, which is left alone.
TEST(TightenTest, APartThatIsNotPrintedIsNeverWorkedOut) {
  const World world = Table({Row("p", "f", 12), Row("q", "m", 3)}, Total(33));
  const Leaf leaf = Of(world, "p", "m");
  EXPECT_EQ(leaf.state, State::kNotCrossed);
  EXPECT_EQ(leaf.bounds, kOpen);
  World claimed;
  claimed.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row(Row("p", "f", 12))
      .Row(Row("q", "m", 3))
      .Extent({"p", "q"}, {"2017/18"})
      .Slice({})
      .Row(Total(33));
  EXPECT_EQ(Of(claimed, "p", "m").state, State::kNotShown);
  EXPECT_EQ(Of(claimed, "p", "m").bounds, kOpen);
}

// Every state among the other parts, but for those that are allowed.
TEST(TightenTest, AnyOtherStateAmongThePartsForbidsIt) {
  for (int number = 1; number < vocabulary::kPublishedStateCount; ++number) {
    const auto state = static_cast<State>(number);
    RowSpec other = Without("p", "unknown", state);
    if (vocabulary::IsPrinted(state))
      other.value = other.lower = other.upper = 1;
    const World world =
        Table({Rounded("p", "f", 10), Row("p", "m", 20), other}, Total(33));
    const bool allowed =
        state == State::kReported || state == State::kRounded ||
        state == State::kNoRelease || state == State::kNotHeld ||
        state == State::kPartialPeriod;
    EXPECT_EQ(!Of(world, "p", "f").tightened_by.empty(),
              allowed && state != State::kNotHeld &&
                  state != State::kNoRelease && state != State::kPartialPeriod)
        << vocabulary::StateName(state);
    // An unbounded part leaves an upper end alone, which 10 is far from.
    const World tight =
        Table({Rounded("p", "f", 10), Row("p", "m", 20), other}, Total(31));
    EXPECT_EQ(!Of(tight, "p", "f").tightened_by.empty(), allowed)
        << vocabulary::StateName(state);
  }
}

TEST(TightenTest, WithheldAndRefusedFiguresAreNeverNarrowed) {
  for (const State state :
       {State::kSuppressed, State::kRefused, State::kNoResponse,
        State::kNotShown, State::kOmittedByPublisher, State::kWithdrawn}) {
    for (const char* reason : {"", "s.12 cost", "s.40 personal data"}) {
      RowSpec hidden = Without("p", "m", state);
      hidden.reason = reason;
      const World world = Table({Row("p", "f", 12), hidden}, Total(33));
      const Leaf leaf = Of(world, "p", "m");
      EXPECT_EQ(leaf.state, state);
      EXPECT_EQ(leaf.bounds, kOpen) << vocabulary::StateName(state);
      EXPECT_THAT(leaf.tightened_by, IsEmpty());
    }
  }
}

// A quarter is withheld and another is missing, so that the year as a whole has
// the state of the gap.
TEST(TightenTest, ASumWithAWithheldCellIsNeverNarrowed) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p",
            .at = {"m"},
            .period = "2017/18 Q1",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Row({.reporter = "p", .at = {"m"}, .period = "2017/18 Q2", .value = 5})
      .Row(Row("p", "f", 12))
      .Slice({})
      .Row(Total(33));
  const Leaf leaf = Of(world, "p", "m");
  EXPECT_EQ(leaf.state, State::kPartialPeriod);
  EXPECT_THAT(leaf.tightened_by, IsEmpty());
  EXPECT_FALSE(leaf.bounds.upper.has_value());
  // And so is f against what the quarters hide.
  EXPECT_THAT(Of(world, "p", "f").tightened_by, IsEmpty());
}

// Northamptonshire FOI 10905/25: victims by sex and age are 22, 22, 2 and three
// marks; the printed sum takes the marks as 0, and 52 are offences, no victims.
TEST(TightenTest, NorthamptonshireIsRepeatedAndNeverComputedWith) {
  for (const uint32_t flags :
       {uint32_t{0}, uint32_t{vocabulary::kFlagTotalIgnoresMarkers}}) {
    World world;
    world.Release("first", "2025-06-01")
        .Slice({.axes = {"sex@sex"}, .measure = "people"})
        .Row(Row("p", "f", 22))
        .Row(Without("p", "m", State::kNotShown))
        .Row(Without("p", "unknown", State::kSuppressed))
        .Slice({.measure = "people"})
        .Row(
            {.reporter = "p", .period = "2017/18", .value = 22, .flags = flags})
        .Slice({})
        .Row(Total(52));
    for (const char* sex : {"m", "unknown"}) {
      Query query;
      query.measures = {"people"};
      query.periods = {"2017/18"};
      query.filters = {{.dimension = "reporter", .members = {"p"}},
                       {.dimension = "sex", .members = {sex}}};
      const auto answer = world.Ask(query, {}, {.with_leaves = true});
      ASSERT_THAT(answer, IsOk());
      EXPECT_EQ(answer->cells[0].panel_bounds, kOpen) << sex;
      EXPECT_THAT(answer->cells[0].flags, Not(Contains(CellFlag::kTightened)));
    }
  }
}

// By sex all is printed, by offence another figure is withheld: 88A of f made
// exact would tell what 71 of f is.
TEST(TightenTest, APartOfTwoTotalsIsLeftAloneWhenOneForbidsIt) {
  for (const bool withheld : {false, true}) {
    World world;
    const auto row = [&world](const char* offence, const char* sex, int64_t v) {
      world.Row({.reporter = "p",
                 .at = {offence, sex},
                 .period = "2017/18",
                 .value = v});
    };
    world.Release("first", "2018-06-01")
        .Slice({.axes = {"offence@code", "sex@sex"}})
        .Row({.reporter = "p",
              .at = {"88A", "f"},
              .period = "2017/18",
              .state = State::kRounded,
              .value = 10,
              .lower = 8,
              .upper = 12});
    row("88A", "m", 20);
    if (withheld) {
      world.Row({.reporter = "p",
                 .at = {"71", "f"},
                 .period = "2017/18",
                 .state = State::kSuppressed,
                 .lower = 1,
                 .upper = 4});
    } else {
      row("71", "f", 2);
    }
    row("71", "m", 5);
    world.Slice({.axes = {"offence@code"}})
        .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 31})
        .Slice({.axes = {"sex@sex"}})
        .Row(Row("p", "f", 13));
    Query query;
    query.filters = {{.dimension = "offence", .members = {"88A"}}};
    const Leaf leaf = Of(world, "p", "f", query);
    EXPECT_EQ(leaf.bounds,
              withheld ? (Interval{8, 12}) : Interval::Exactly(11));
    EXPECT_THAT(leaf.tightened_by, SizeIs(withheld ? 0 : 1));
  }
}

TEST(TightenTest, ATotalThatDoesNotAddUpSaysNothing) {
  for (const uint32_t flag :
       {vocabulary::kFlagTotalMismatch, vocabulary::kFlagTotalIgnoresMarkers,
        vocabulary::kFlagDefinitionDiffers}) {
    RowSpec total = Total(33);
    total.flags = flag;
    const World world =
        Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, total);
    EXPECT_EQ(Of(world, "p", "f").bounds, (Interval{8, 12})) << flag;
  }
  // An empty intersection is a contradiction, not knowledge.
  const World world =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(50));
  EXPECT_EQ(Of(world, "p", "f").bounds, (Interval{8, 12}));
}

TEST(TightenTest, OnlyACompleteBreakdownHasATotal) {
  for (const Partition partition :
       {Partition::kIncomplete, Partition::kMultiResponse}) {
    const World world = Table({Rounded("p", "f", 10), Rounded("p", "m", 20)},
                              Total(33), partition);
    EXPECT_EQ(Of(world, "p", "f").bounds, (Interval{8, 12}));
  }
}

TEST(TightenTest, ALonePartOfAnIncompleteBreakdownIsNotItsTotal) {
  const World world =
      Table({Rounded("p", "m", 2, 1)}, Total(4), Partition::kIncomplete);
  const Leaf leaf = Of(world, "p", "m");
  EXPECT_EQ(leaf.bounds, (Interval{1, 3}));
  EXPECT_THAT(leaf.tightened_by, IsEmpty());
}

TEST(TightenTest, NetFiguresHaveNoFloorToReckonFrom) {
  const World world =
      Table({Row("p", "f", 12), Without("p", "m", State::kNotHeld),
             Without("p", "unknown", State::kNotHeld)},
            Total(33), Partition::kComplete, Floor::kNone);
  EXPECT_EQ(Of(world, "p", "m").bounds, Interval::Unknown());
  const World one =
      Table({Row("p", "f", 40), Without("p", "m", State::kNotHeld)}, Total(33),
            Partition::kComplete, Floor::kNone);
  EXPECT_EQ(Of(one, "p", "m").bounds, Interval::Exactly(-7));
}

TEST(TightenTest, TwoReleasesAndTwoSourcesNeverBoundEachOther) {
  for (const char* source : {"first", "second"}) {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({.axes = {"sex@sex"}})
        .Row(Rounded("p", "f", 10))
        .Row(Rounded("p", "m", 20))
        .Release(source, "2018-07-01")
        .Slice({})
        .Row(Total(33));
    EXPECT_EQ(Of(world, "p", "f").bounds, (Interval{8, 12})) << source;
  }
}

TEST(TightenTest, ATotalThatWasReplacedNoLongerBounds) {
  World world =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(33));
  world.Release("first", "2018-07-01").Slice({}).Row(Total(30));
  EXPECT_EQ(Of(world, "p", "f").bounds, (Interval{8, 12}));
  Query before;
  before.as_of = absl::FromUnixSeconds(1529000000);  // 2018-06-14
  EXPECT_EQ(Of(world, "p", "f", before).bounds, (Interval{11, 12}));
}

TEST(TightenTest, DoubtAboutThePartsForbidsIt) {
  // A label that nobody knows may be a part.
  World unknown =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(33));
  unknown.Slice({.axes = {"sex@"}})
      .Row({.reporter = "p", .at = {""}, .period = "2017/18", .value = 3});
  EXPECT_EQ(Of(unknown, "p", "f").bounds, (Interval{8, 12}));
  // A part that is printed twice.
  const World twice = Table(
      {Rounded("p", "f", 10), Rounded("p", "m", 20), Rounded("p", "m", 21)},
      Total(33));
  EXPECT_EQ(Of(twice, "p", "f").bounds, (Interval{8, 12}));
  // A part that another reporter has.
  World other =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(28));
  other.Release("first", "2018-06-02");
  EXPECT_EQ(Of(other, "p", "f").bounds, (Interval{8, 10}));
  World more = Table(
      {Rounded("p", "f", 10), Rounded("p", "m", 20), Row("q", "unknown", 1)},
      Total(33));
  EXPECT_EQ(Of(more, "p", "f").bounds, (Interval{8, 12}))
      << "p may have some of it, too";
}

TEST(TightenTest, WhatAnAnalystLeavesOutDoesNotComeBack) {
  const World world =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(33));
  Query query;
  query.exclusions = {
      {.reporter = "p", .reason = "wrong", .date = "2024-01-01"}};
  const Leaf leaf = Of(world, "p", "f", query);
  EXPECT_EQ(leaf.state, State::kAnalystExcluded);
  EXPECT_EQ(leaf.bounds, kOpen);
  EXPECT_THAT(leaf.tightened_by, IsEmpty());
}

TEST(TightenTest, TheHullIsTakenOfWhatIsTightened) {
  World world =
      Table({Rounded("p", "f", 10), Rounded("p", "m", 20)}, Total(33));
  world.Release("second", "2018-07-01")
      .Slice({.axes = {"sex@sex"}})
      .Row(Row("p", "f", 9));
  Query query;
  query.conflict_policy = ConflictPolicy::kHull;
  const Leaf leaf = Of(world, "p", "f", query);
  EXPECT_EQ(leaf.bounds, (Interval{9, 12}));
  EXPECT_EQ(leaf.own_bounds, (Interval{8, 12}));
}

// Region pq has the forces p and q.
World Region(const std::vector<RowSpec>& rows) {
  World world;
  world.Release("first", "2018-06-01").Slice({});
  for (const RowSpec& row : rows) world.Row(row);
  return world;
}

RowSpec Force(const std::string& reporter, int64_t value) {
  return {.reporter = reporter, .period = "2017/18", .value = value};
}

TEST(TightenAreaTest, TheForcesOfAnAreaShareItsTotal) {
  const World world = Region({Force("pq", 33), Force("p", 12)});
  const Leaf q = Of(world, "q", "");
  EXPECT_EQ(q.state, State::kNoRelease);
  EXPECT_EQ(q.bounds, Interval::Exactly(21));
  EXPECT_EQ(q.reported, std::nullopt);
  ASSERT_THAT(q.tightened_by, SizeIs(1));
  // Nobody else is in the area.
  EXPECT_EQ(Of(world, "r", "").bounds, kOpen);
}

TEST(TightenAreaTest, APanelIsNarrowedAndItsSumIsNot) {
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.filters = {{.dimension = "reporter", .members = {"p", "q"}}};
  const auto answer =
      Region({Force("pq", 33), Force("p", 12)}).Ask(query, {}, {});
  ASSERT_THAT(answer, IsOk());
  const Cell& cell = answer->cells[0];
  EXPECT_EQ(cell.reported, 12);
  EXPECT_EQ(cell.reported_bounds, Interval::Exactly(12));
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(33));
  EXPECT_EQ(cell.coverage.complete, 1);
  EXPECT_THAT(cell.flags, Contains(CellFlag::kTightened));
  EXPECT_EQ(cell.state, State::kNoRelease);
}

TEST(TightenAreaTest, ATotalWithoutForcesHasNoParts) {
  EXPECT_EQ(Of(Region({Force("pq", 33)}), "q", "").bounds, kOpen);
}

TEST(TightenAreaTest, AWithheldOrRefusedForceForbidsItForAll) {
  for (const State state : {State::kSuppressed, State::kRefused,
                            State::kOmittedByPublisher, State::kNotShown}) {
    RowSpec p = Force("p", 0);
    p.value.reset();
    p.state = state;
    p.reason = "s.12 cost";
    const World world = Region({Force("pq", 33), p, Force("r", 1)});
    EXPECT_EQ(Of(world, "p", "").bounds, kOpen);
    EXPECT_EQ(Of(world, "q", "").bounds, kOpen);
  }
}

// q has no total, and half of its split is withheld.
TEST(TightenAreaTest, AForceThatIsBrokenDownOtherwiseForbidsIt) {
  World world = Region({Force("pq", 33),
                        {.reporter = "p",
                         .period = "2017/18",
                         .state = State::kRounded,
                         .value = 35,
                         .lower = 30,
                         .upper = 40}});
  EXPECT_EQ(Of(world, "p", "").bounds, (Interval{30, 33}));
  world.Slice({.axes = {"sex@sex"}})
      .Row(Row("q", "f", 1))
      .Row(Without("q", "m", State::kSuppressed));
  EXPECT_EQ(Of(world, "p", "").bounds, (Interval{30, 40}));
  EXPECT_EQ(Of(world, "q", "").bounds, (Interval{1, std::nullopt}));
}

TEST(TightenAreaTest, AQuarterlyForceForbidsIt) {
  const World world = Region(
      {Force("pq", 33), {.reporter = "p", .period = "2017/18 Q1", .value = 4}});
  EXPECT_EQ(Of(world, "q", "").bounds, kOpen);
  // Of its own it is a part of the year.
  const World own =
      Region({Force("pq", 33),
              Force("q", 20),
              {.reporter = "p", .period = "2017/18 Q1", .value = 4}});
  const Leaf leaf = Of(own, "p", "");
  EXPECT_EQ(leaf.state, State::kPartialPeriod);
  EXPECT_EQ(leaf.bounds, Interval::Exactly(13));
  EXPECT_EQ(leaf.own_bounds, Interval::AtLeast(4));
}

TEST(TightenAreaTest, WhomATotalCountsMustBeWholeArea) {
  RowSpec one = Force("pq", 33);
  one.stated_reporters = 1;
  EXPECT_EQ(Of(Region({one, Force("p", 12)}), "q", "").bounds, kOpen);
  one.stated_reporters = 2;
  EXPECT_EQ(Of(Region({one, Force("p", 12)}), "q", "").bounds,
            Interval::Exactly(21));
  // t belongs to no area, so that the total may count it, or not.
  EXPECT_EQ(
      Of(Region({Force("pq", 33), Force("p", 12), Force("t", 5)}), "q", "")
          .bounds,
      kOpen);
}

TEST(TightenAreaTest, WhatAnAnalystLeavesOutIsNoPart) {
  const World world = Region({Force("pq", 33), Force("p", 12)});
  for (const char* reporter : {"p", "pq"}) {
    Query query;
    query.exclusions = {
        {.reporter = reporter, .reason = "wrong", .date = "2024-01-01"}};
    EXPECT_EQ(Of(world, "q", "", query).bounds, kOpen) << reporter;
  }
}

TEST(TightenAreaTest, AnotherSourceAnswersAndIsNotBounded) {
  World world = Region({Force("pq", 33), Force("p", 12)});
  world.Release("second", "2018-07-01")
      .Slice({})
      .Row({.reporter = "q",
            .period = "2017/18",
            .state = State::kRounded,
            .value = 20,
            .lower = 15,
            .upper = 25});
  EXPECT_EQ(Of(world, "q", "").bounds, (Interval{15, 25}));
}

}  // namespace
}  // namespace collate::query
