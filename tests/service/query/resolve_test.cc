// Which of several sources answers for a figure, and in which order the others
// are told. Figures are synthetic.

#include "service/query/resolve.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/query.h"
#include "service/vocabulary/state.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::RowSpec;
using ::collate::testing::World;
using ::testing::SizeIs;
using vocabulary::State;

// What a source may say of the one figure, and whether the next source may
// answer instead.
struct Says {
  std::string name;
  std::optional<RowSpec> row;
  bool next_may_answer = false;
};

RowSpec Row(State state, std::string reason = "") {
  RowSpec row = {.reporter = "p", .period = "2017/18", .state = state};
  row.reason = std::move(reason);
  if (state == State::kReported) row.value = 7;
  return row;
}

const std::vector<Says>& AllThatASourceMaySay() {
  static const auto* const says = new std::vector<Says>{
      {"nothing", std::nullopt, true},
      {"a number", Row(State::kReported), false},
      {"withheld", Row(State::kSuppressed), false},
      {"not shown", Row(State::kNotShown), false},
      {"a part of the period", Row(State::kPartialPeriod), true},
      {"not held", Row(State::kNotHeld), true},
      {"no response", Row(State::kNoResponse), true},
      {"refused for cost", Row(State::kRefused, "s.12"), true},
      {"refused for a person", Row(State::kRefused, "s.40"), false}};
  return *says;
}

Query OfP() {
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  query.preferred_sources = {"first", "second"};
  return query;
}

// The figure of p, from sources `first`, `second` and `third` in this order.
std::optional<Leaf> Answered(const std::vector<const Says*>& sources) {
  World world;
  const char* const names[] = {"first", "second", "third"};
  for (size_t i = 0; i < sources.size(); ++i) {
    world.Release(names[i], "2018-06-01").Slice({});
    world.Row({.reporter = "q", .period = "2017/18", .value = 1});
    if (sources[i]->row.has_value()) world.Row(*sources[i]->row);
  }
  ExecuteOptions explain;
  explain.with_leaves = true;
  const auto answer = world.Ask(OfP(), {}, explain);
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells.size() != 1 ||
      answer->cells[0].leaves.size() != 1) {
    return std::nullopt;
  }
  return answer->cells[0].leaves[0];
}

TEST(ResolveTest, TheMildestOfThoseThatMayAnswerAnswersTheFirstOnATie) {
  const char* const names[] = {"first", "second", "third"};
  for (const Says& a : AllThatASourceMaySay()) {
    for (const Says& b : AllThatASourceMaySay()) {
      for (const Says& c : AllThatASourceMaySay()) {
        const std::vector<const Says*> all = {&a, &b, &c};
        SCOPED_TRACE(absl::StrCat(a.name, ", ", b.name, ", ", c.name));
        // Up to and with the first that ends the search.
        std::string expected;
        std::vector<std::string> others;
        State state = State::kNoRelease;
        bool open = true;
        for (size_t i = 0; i < all.size(); ++i) {
          if (!all[i]->row.has_value()) continue;
          others.push_back(names[i]);
          const State its = all[i]->row->state;
          if (open && (expected.empty() || vocabulary::Severity(its) <
                                               vocabulary::Severity(state))) {
            expected = names[i];
            state = its;
          }
          open = open && all[i]->next_may_answer;
        }
        std::erase(others, expected);

        const std::optional<Leaf> leaf = Answered(all);
        ASSERT_TRUE(leaf.has_value());
        EXPECT_EQ(leaf->source, expected);
        EXPECT_EQ(leaf->state, state);
        std::vector<std::string> told;
        for (const OtherFigure& other : leaf->others) {
          told.push_back(other.source);
        }
        EXPECT_EQ(told, others);
      }
    }
  }
}

TEST(ResolveTest, TheOthersAreToldInTheOrderOfTheSources) {
  const Says worse{"", Row(State::kNoResponse), true};
  const Says bad{"", Row(State::kNotHeld), true};
  const Says number{"", Row(State::kReported), false};
  const std::optional<Leaf> leaf = Answered({&bad, &worse, &number});
  ASSERT_TRUE(leaf.has_value());
  EXPECT_EQ(leaf->source, "third");
  ASSERT_THAT(leaf->others, SizeIs(2));
  EXPECT_EQ(leaf->others[0].source, "first");
  EXPECT_EQ(leaf->others[1].source, "second");
}

// A row does not say which member its figure is counted in: another force, or
// another offence. The printed figure of p's region need not be one that takes
// it in, so that it is no bound.
TEST(ResolveTest, AFigureIncludedElsewhereHasNoGuessedUpperEnd) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kIncludedElsewhere,
            .reason = "counted in q"})
      .Row({.reporter = "pq", .period = "2017/18", .value = 5});
  const auto answer = world.Ask(OfP());
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(1));
  const Cell& cell = answer->cells[0];
  EXPECT_EQ(cell.state, State::kIncludedElsewhere);
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(0));
}

// Counted in q as well, p's figure would be there twice.
TEST(ResolveTest, AFigureIncludedElsewhereMayAddNothingWhateverIsStatedOfIt) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kIncludedElsewhere,
            .lower = 3,
            .upper = 4})
      .Row({.reporter = "q", .period = "2017/18", .value = 10})
      .Slice({.floor = store::Floor::kNone, .measure = "people"})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kIncludedElsewhere,
            .lower = -4,
            .upper = -3})
      .Row({.reporter = "q", .period = "2017/18", .value = 10});
  Query query = OfP();
  query.measures = {"offences", "people"};
  query.filters = {{.dimension = "reporter", .members = {"p", "q"}}};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(2));
  EXPECT_EQ(answer->cells[0].reported, 10);
  EXPECT_EQ(answer->cells[0].panel_bounds, (Interval{10, 14}));
  EXPECT_EQ(answer->cells[1].panel_bounds, (Interval{6, 10}));
}

TEST(ResolveTest, AFigureGivenTogetherWithOthersIsAtMostThatTotal) {
  World world;
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2016-04-01/2018-04-01",
            .state = State::kRounded,
            .value = 20,
            .lower = 18,
            .upper = 22})
      .Row({.reporter = "p",
            .period = "2016/17",
            .state = State::kAggregated,
            .reason = "one figure for two years"})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kAggregated,
            .lower = 2,
            .upper = 9})
      // Neither another reporter's nor another year's bounds anything.
      .Row({.reporter = "q", .period = "2017/18", .state = State::kAggregated})
      .Row({.reporter = "q", .period = "2018/19", .value = 5})
      // Nor one that is withheld.
      .Row({.reporter = "r",
            .period = "2016-04-01/2018-04-01",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Row({.reporter = "r", .period = "2017/18", .state = State::kAggregated});
  Query query = OfP();
  query.periods = {"2016/17", "2017/18", "2016-04-01/2018-04-01"};
  query.group_by = {"reporter"};
  query.filters = {{.dimension = "reporter", .members = {"p", "q", "r"}}};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(9));
  EXPECT_EQ(answer->cells[0].panel_bounds, (Interval{0, 22}));
  EXPECT_EQ(answer->cells[0].state, State::kAggregated);
  EXPECT_EQ(answer->cells[1].panel_bounds, (Interval{0, 9}));
  EXPECT_EQ(answer->cells[2].reported, 20);
  EXPECT_EQ(answer->cells[4].panel_bounds, Interval::AtLeast(0));
  EXPECT_EQ(answer->cells[7].panel_bounds, Interval::AtLeast(0));
}

TEST(ResolveTest, ATotalOfAnotherReleaseOrOneNetOfSomethingIsNoUpperEnd) {
  for (const bool net : {true, false}) {
    World world;
    const collate::testing::SliceSpec slice = {
        .floor = net ? store::Floor::kNone : store::Floor::kZero};
    world.Release("first", "2019-06-01")
        .Slice(slice)
        .Row({.reporter = "p", .period = "2016-04-01/2018-04-01", .value = 20});
    if (!net) world.Release("first", "2019-07-01").Slice(slice);
    world.Row(
        {.reporter = "p", .period = "2017/18", .state = State::kAggregated});
    const auto answer = world.Ask(OfP());
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->cells[0].panel_bounds.upper, std::nullopt) << net;
  }
}

// What is withheld beside something that is merely missing is withheld still.
TEST(ResolveTest, AWithheldPartOfAYearKeepsTheNextSourceAway) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18 Q1", .value = 5})
      .Row({.reporter = "p",
            .period = "2017/18 Q2",
            .state = State::kSuppressed});
  world.Release("second", "2018-06-02")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 60});
  const auto answer = world.Ask(OfP());
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(1));
  EXPECT_EQ(answer->cells[0].reported, std::nullopt);
  EXPECT_EQ(answer->cells[0].panel_bounds.lower, 5);
}

TEST(ResolveTest, OnlyARefusalForCostAloneLetsTheNextSourceAnswer) {
  for (const auto& [reason, next] :
       {std::pair("s.12", true), std::pair("Section 12 (2) cost", true),
        std::pair("s.12(1), cost", true), std::pair("s.12 and 40(2)", false),
        std::pair("s.12/s.40", false), std::pair("s.12/40", false),
        std::pair("s.120", false), std::pair("s.40(2)", false),
        std::pair("cost", false), std::pair("12", false)}) {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({})
        .Row(Row(State::kRefused, reason));
    world.Release("second", "2018-06-02")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 60});
    const auto answer = world.Ask(OfP());
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->cells[0].reported.has_value(), next) << reason;
  }
}

}  // namespace
}  // namespace collate::query
