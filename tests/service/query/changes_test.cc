// Changes, as published and over a matched panel. Figures are synthetic unless
// a test says otherwise.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "service/base/error.h"
#include "service/query/query.h"
#include "service/vocabulary/state.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::FirstPath;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::kP;
using ::collate::testing::kR;
using ::collate::testing::kS;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

Query ChangeQueryOf(std::vector<std::string> reporters,
                    std::vector<std::string> periods,
                    const ChangeQuery& change) {
  Query query;
  query.measures = {"offences"};
  query.periods = std::move(periods);
  query.filters = {{.dimension = "reporter", .members = std::move(reporters)}};
  query.derivations = {change};
  return query;
}

const Change& ChangeOfCell(const Cell& cell) {
  return std::get<Change>(cell.derived.at(0));
}

Change OnlyChange(const absl::StatusOr<Answer>& answer) {
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells.size() != 1) {
    ADD_FAILURE() << "not one cell";
    return {};
  }
  return ChangeOfCell(answer->cells[0]);
}

// Everybody prints every year, but for what a test adds.
World Years(const std::vector<std::vector<int64_t>>& values) {
  World world;
  world.Release("first", "2024-06-01").Slice({});
  const char* const reporters[] = {"p", "q", "r", "s"};
  const char* const periods[] = {"2017/18", "2018/19", "2019/20"};
  for (size_t r = 0; r < values.size(); ++r) {
    for (size_t y = 0; y < values[r].size(); ++y) {
      if (values[r][y] < 0) continue;
      world.Row({.reporter = reporters[r],
                 .period = periods[y],
                 .value = values[r][y]});
    }
  }
  return world;
}

TEST(ChangesTest, ABlankThatIsCountedAsNothingReadsAsASmallRise) {
  // On The Wight's South East table (real): Hampshire (r) is blank in 2021/22.
  World world;
  world.Release("first", "2024-11-01").Slice({});
  const auto add = [&world](const char* reporter, int64_t then, int64_t now) {
    world.Row({.reporter = reporter, .period = "2017/18", .value = then})
        .Row({.reporter = reporter, .period = "2021/22", .value = now});
  };
  add("p", 122, 179);
  add("q", 27, 63);
  add("s", 77, 187);
  world.Row({.reporter = "r", .period = "2017/18", .value = 152})
      .Row({.reporter = "r", .period = "2021/22", .state = State::kNotShown});
  const auto answer = world.Ask(ChangeQueryOf({"p", "q", "r", "s"}, {"2021/22"},
                                              {.base_period = "2017/18"}));
  const Change change = OnlyChange(answer);

  EXPECT_EQ(change.as_published.outcome, Outcome::kGiven);
  EXPECT_EQ(change.as_published.base.reported, 378);
  EXPECT_EQ(change.as_published.current.reported, 429);
  EXPECT_EQ(change.as_published.percent, (Interval{13'492'063, 13'492'064}));
  EXPECT_EQ(change.as_published.base_reporters, 4);
  EXPECT_EQ(change.as_published.current_reporters, 3);
  EXPECT_THAT(change.as_published.flags,
              ElementsAre(ChangeFlag::kReportersDiffer));
  EXPECT_EQ(change.base->coverage.complete, 4);

  EXPECT_EQ(change.matched_panel.outcome, Outcome::kGiven);
  EXPECT_EQ(change.matched_panel.base.reported, 226);
  EXPECT_EQ(change.matched_panel.base.bounds, Interval::Exactly(226));
  EXPECT_EQ(change.matched_panel.current.reported, 429);
  EXPECT_EQ(change.matched_panel.percent, (Interval{89'823'008, 89'823'009}));
  EXPECT_EQ(change.matched_panel.current_reporters, 3);
  EXPECT_THAT(change.matched_panel.flags, IsEmpty());
  ASSERT_THAT(change.matched_panel.left_out, SizeIs(1));
  EXPECT_EQ(change.matched_panel.left_out[0].reporter, kR);
  EXPECT_EQ(change.matched_panel.left_out[0].state, State::kNotShown);
  EXPECT_EQ(change.matched_panel.left_out[0].reason, "in 2021/22");

  ASSERT_THAT(answer->summary.caveats, SizeIs(1));
  EXPECT_EQ(answer->summary.caveats[0].code, "LEFT_OUT_OF_MATCHED_PANEL");
  EXPECT_THAT(answer->summary.caveats[0].message, HasSubstr("Title of r"));
}

TEST(ChangesTest, AReporterThatLeavesDoesNotReadAsAFall) {
  // Sexual offences, year ending June 2019 (real): 163,076, of which Greater
  // Manchester (r) 9,523. The edition that omits it is synthetic.
  World world;
  world.Release("first", "2020-07-01")
      .Slice({})
      .Row(
          {.reporter = "p", .period = "year ending June 2019", .value = 153553})
      .Row({.reporter = "r", .period = "year ending June 2019", .value = 9523})
      .Row(
          {.reporter = "p", .period = "year ending June 2020", .value = 153553})
      .Row({.reporter = "r",
            .period = "year ending June 2020",
            .state = State::kOmittedByPublisher,
            .reason = "new system"});
  const Change change = OnlyChange(
      world.Ask(ChangeQueryOf({"p", "r"}, {"year ending June 2020"},
                              {.base_period = "year ending June 2019"})));
  EXPECT_EQ(change.as_published.base.reported, 163076);
  EXPECT_LT(*change.as_published.percent.upper, 0);
  EXPECT_EQ(change.matched_panel.base.reported, 153553);
  EXPECT_EQ(change.matched_panel.percent, Interval::Exactly(0));
  ASSERT_THAT(change.matched_panel.left_out, SizeIs(1));
  EXPECT_EQ(change.matched_panel.left_out[0].state, State::kOmittedByPublisher);
  EXPECT_EQ(change.matched_panel.left_out[0].reason,
            "in year ending June 2020: new system");
}

TEST(ChangesTest, APublishedTotalHasNobodyToMatch) {
  // NSPCC (real): 3,728 to 7,062.
  World world;
  world.Release("first", "2024-11-01")
      .Slice({})
      .Row({.reporter = "pq", .period = "2017/18", .value = 3728})
      .Row({.reporter = "pq", .period = "2023/24", .value = 7062});
  const auto answer =
      world.Ask(ChangeQueryOf({"pq"}, {"2023/24"}, {.base_period = "2017/18"}));
  const Change change = OnlyChange(answer);
  EXPECT_EQ(answer->cells[0].basis, Basis::kPublishedTotal);
  EXPECT_EQ(change.as_published.percent, (Interval{89'431'330, 89'431'331}));
  EXPECT_EQ(change.matched_panel.outcome, Outcome::kNotDeterminable);
  EXPECT_EQ(change.matched_panel.current.reported, std::nullopt);
  EXPECT_THAT(change.matched_panel.left_out, IsEmpty());
}

TEST(ChangesTest, ASeriesHasOnePanelUnlessAskedOtherwise) {
  // r is silent in the middle year only.
  const World world = Years({{100, 110, 120}, {}, {50, -1, 70}});
  const std::vector<std::string> years = {"2017/18", "2018/19", "2019/20"};
  const auto all =
      world.Ask(ChangeQueryOf({"p", "r"}, years, {.base_period = "2017/18"}));
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(all->cells, SizeIs(3));
  // The base is compared with nothing.
  const Change& base = ChangeOfCell(all->cells[0]);
  EXPECT_EQ(base.matched_panel.outcome, Outcome::kIsBase);
  EXPECT_EQ(base.as_published.outcome, Outcome::kIsBase);
  EXPECT_EQ(base.base, nullptr);
  for (const size_t year : {1, 2}) {
    const Comparison& matched = ChangeOfCell(all->cells[year]).matched_panel;
    EXPECT_EQ(matched.base.reported, 100);
    ASSERT_THAT(matched.left_out, SizeIs(1));
    EXPECT_EQ(matched.left_out[0].reporter, kR);
    EXPECT_EQ(matched.left_out[0].reason, "in 2018/19: nothing is loaded");
  }

  const auto fixed = world.Ask(ChangeQueryOf(
      {"p", "r"}, years,
      {.base_period = "2017/18", .match = MatchMethod::kFixedBase}));
  ASSERT_THAT(fixed, IsOk());
  EXPECT_EQ(ChangeOfCell(fixed->cells[1]).matched_panel.base.reported, 100);
  const Comparison& last = ChangeOfCell(fixed->cells[2]).matched_panel;
  EXPECT_EQ(last.base.reported, 150);
  EXPECT_EQ(last.current.reported, 190);
  EXPECT_THAT(last.left_out, IsEmpty());
}

TEST(ChangesTest, PairByPairEachPeriodIsComparedWithTheOneBefore) {
  const World world = Years({{100, 110, 121}, {}, {50, -1, 70}});
  // In whatever order they are asked for.
  const auto answer = world.Ask(ChangeQueryOf(
      {"p", "r"}, {"2019/20", "2018/19"},
      {.base_period = "2017/18", .match = MatchMethod::kPairwise}));
  ASSERT_THAT(answer, IsOk());
  const Change& last = ChangeOfCell(answer->cells[0]);
  const Change& first = ChangeOfCell(answer->cells[1]);
  const auto& planned = std::get<PlannedChange>(answer->plan.derivations[0]);
  EXPECT_EQ(vocabulary::FormatPeriod(planned.periods[last.base_period]),
            "2018/19");
  EXPECT_EQ(vocabulary::FormatPeriod(planned.periods[first.base_period]),
            "2017/18");
  EXPECT_EQ(last.matched_panel.percent, Interval::Exactly(10'000'000));
  EXPECT_EQ(first.matched_panel.percent, Interval::Exactly(10'000'000));
  EXPECT_EQ(last.as_published.base.reported, 110);
  EXPECT_EQ(last.as_published.current.reported, 191);

  const auto early = world.Ask(ChangeQueryOf(
      {"p"}, {"2017/18"},
      {.base_period = "2018/19", .match = MatchMethod::kPairwise}));
  EXPECT_THAT(early, HasReason("INVALID_QUERY"));
  EXPECT_EQ(FirstPath(early.status()),
            "query.derivations[0].change.base_period");
  // Against a later base, a single period may stand.
  EXPECT_THAT(
      world.Ask(ChangeQueryOf({"p"}, {"2017/18"}, {.base_period = "2018/19"})),
      IsOk());
}

TEST(ChangesTest, TwoSourcesAreNotOneSeries) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 100})
      .Row({.reporter = "r", .period = "2017/18", .value = 60})
      .Row({.reporter = "r", .period = "2018/19", .value = 66});
  world.Release("second", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2018/19", .value = 300});
  const Change change = OnlyChange(world.Ask(
      ChangeQueryOf({"p", "r"}, {"2018/19"}, {.base_period = "2017/18"})));
  EXPECT_THAT(
      change.as_published.flags,
      ElementsAre(ChangeFlag::kMixedSources, ChangeFlag::kMixedVintage));
  EXPECT_EQ(change.matched_panel.percent, Interval::Exactly(10'000'000));
  EXPECT_THAT(change.matched_panel.flags, IsEmpty());
  ASSERT_THAT(change.matched_panel.left_out, SizeIs(1));
  EXPECT_EQ(change.matched_panel.left_out[0].reporter, kP);
  EXPECT_EQ(change.matched_panel.left_out[0].reason,
            "from first in 2017/18, from second in 2018/19");
}

TEST(ChangesTest, TwoDefinitionsAreNotOneSeries) {
  World world;
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 100})
      .Row({.reporter = "p",
            .period = "2018/19",
            .value = 300,
            .flags = vocabulary::kFlagDefinitionDiffers});
  const Change change = OnlyChange(
      world.Ask(ChangeQueryOf({"p"}, {"2018/19"}, {.base_period = "2017/18"})));
  EXPECT_EQ(change.matched_panel.outcome, Outcome::kNotDeterminable);
  ASSERT_THAT(change.matched_panel.left_out, SizeIs(1));
  EXPECT_THAT(change.matched_panel.left_out[0].reason,
              HasSubstr("defined differently in 2017/18 and 2018/19"));
}

TEST(ChangesTest, RoundedAndWithheldFiguresGiveIntervals) {
  World world;
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kRounded,
            .value = 100,
            .lower = 98,
            .upper = 102})
      .Row({.reporter = "p", .period = "2018/19", .value = 150})
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "r", .at = {"88A"}, .period = "2017/18", .value = 40})
      .Row({.reporter = "r",
            .at = {"71"},
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Row({.reporter = "r", .at = {"88A"}, .period = "2018/19", .value = 50})
      .Row({.reporter = "r", .at = {"71"}, .period = "2018/19", .value = 6});
  const Change change = OnlyChange(world.Ask(
      ChangeQueryOf({"p", "r"}, {"2018/19"}, {.base_period = "2017/18"})));
  EXPECT_EQ(change.as_published.base.reported, 140);
  EXPECT_EQ(change.as_published.base.bounds, (Interval{139, 146}));
  // 206 over 146 and over 139.
  EXPECT_EQ(change.as_published.percent, (Interval{41'095'890, 48'201'439}));
  EXPECT_THAT(change.base->flags, ElementsAre(CellFlag::kIncompleteReporter,
                                              CellFlag::kDerivedFromParts));
  // A withheld leaf takes the reporter out, a rounded one does not.
  EXPECT_EQ(change.matched_panel.base.bounds, (Interval{98, 102}));
  EXPECT_EQ(change.matched_panel.percent, (Interval{47'058'823, 53'061'225}));
  ASSERT_THAT(change.matched_panel.left_out, SizeIs(1));
  EXPECT_EQ(change.matched_panel.left_out[0].state, State::kSuppressed);
}

TEST(ChangesTest, BasesNearZeroSaySo) {
  const auto of = [](std::vector<int64_t> values) {
    World world;
    world.Release("first", "2019-06-01")
        .Slice({.floor = store::Floor::kNone})
        .Row({.reporter = "p", .period = "2017/18", .value = values[0]})
        .Row({.reporter = "p", .period = "2018/19", .value = values[1]});
    return OnlyChange(world.Ask(
        ChangeQueryOf({"p"}, {"2018/19"}, {.base_period = "2017/18"})));
  };
  EXPECT_EQ(of({0, 5}).matched_panel.outcome, Outcome::kNotDefined);
  EXPECT_EQ(of({0, 5}).as_published.outcome, Outcome::kNotDefined);
  EXPECT_EQ(of({0, 5}).matched_panel.percent, Interval::Unknown());
  EXPECT_EQ(of({0, 5}).matched_panel.base.reported, 0);
  // Net of transfers, a quarter can be below nothing.
  EXPECT_EQ(of({-45, 5}).matched_panel.outcome, Outcome::kNotDefined);
  EXPECT_THAT(of({49, 50}).matched_panel.flags,
              ElementsAre(ChangeFlag::kSmallBase));
  EXPECT_THAT(of({50, 49}).matched_panel.flags, IsEmpty());
}

TEST(ChangesTest, ABaseThatMayBeZeroHasNoUpperEnd) {
  World world;
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kRounded,
            .value = 0,
            .lower = 0,
            .upper = 2})
      .Row({.reporter = "p", .period = "2018/19", .value = 5});
  const Change change = OnlyChange(
      world.Ask(ChangeQueryOf({"p"}, {"2018/19"}, {.base_period = "2017/18"})));
  EXPECT_EQ(change.matched_panel.outcome, Outcome::kGiven);
  EXPECT_EQ(change.matched_panel.percent, Interval::AtLeast(150'000'000));
  EXPECT_THAT(change.matched_panel.flags, ElementsAre(ChangeFlag::kSmallBase));
}

TEST(ChangesTest, NobodyIsNoNumber) {
  const World world = Years({{100}, {}, {-1, 70}});
  const Change change = OnlyChange(world.Ask(
      ChangeQueryOf({"p", "r"}, {"2018/19"}, {.base_period = "2017/18"})));
  // Somebody else in each year: a change as published, and of nobody.
  EXPECT_EQ(change.as_published.percent, Interval::Exactly(-30'000'000));
  EXPECT_THAT(change.as_published.flags,
              Contains(ChangeFlag::kReportersDiffer));
  EXPECT_EQ(change.matched_panel.outcome, Outcome::kNotDeterminable);
  EXPECT_THAT(change.matched_panel.left_out, SizeIs(2));

  const Change none = OnlyChange(
      world.Ask(ChangeQueryOf({"s"}, {"2018/19"}, {.base_period = "2017/18"})));
  EXPECT_EQ(none.as_published.outcome, Outcome::kNotDeterminable);
  EXPECT_EQ(none.as_published.current.reported, std::nullopt);
  ASSERT_THAT(none.matched_panel.left_out, SizeIs(1));
  EXPECT_EQ(none.matched_panel.left_out[0].reporter, kS);
}

TEST(ChangesTest, EachGroupHasItsOwnChange) {
  const World world = Years({{100, 150}, {}, {50, 40}});
  Query query =
      ChangeQueryOf({"p", "r"}, {"2018/19"}, {.base_period = "2017/18"});
  query.group_by = {"reporter"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(2));
  EXPECT_EQ(ChangeOfCell(answer->cells[0]).matched_panel.percent,
            Interval::Exactly(50'000'000));
  EXPECT_EQ(ChangeOfCell(answer->cells[1]).matched_panel.percent,
            Interval::Exactly(-20'000'000));
}

TEST(ChangesTest, ABreakBetweenTheTwoPeriodsIsSaid) {
  World world;
  world.Release("first", "2019-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2016/17", .value = 100})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 300});
  Query query = ChangeQueryOf({"p"}, {"2017/18"}, {.base_period = "2016/17"});
  query.filters.push_back({.dimension = "offence", .members = {"88A"}});
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->summary.caveats, SizeIs(1));
  EXPECT_EQ(answer->summary.caveats[0].code, "SERIES_BREAK");
  query.derivations.clear();
  EXPECT_THAT(world.Ask(query)->summary.caveats, IsEmpty());
}

TEST(ChangesTest, SyntheticBasesTaintTheAnswer) {
  World world;
  world.Release("first", "2018-06-01")
      .Synthetic()
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 100});
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2018/19", .value = 300});
  const auto answer =
      world.Ask(ChangeQueryOf({"p"}, {"2018/19"}, {.base_period = "2017/18"}));
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->summary.releases, SizeIs(2));
  ASSERT_THAT(answer->summary.caveats, SizeIs(1));
  EXPECT_EQ(answer->summary.caveats[0].code, "SYNTHETIC_INPUT");
}

TEST(ChangesTest, PeriodsAreAlikeAndApartUnlessAskedOtherwise) {
  const World world = Years({{100, 110, 120}});
  const auto ask = [&world](const std::string& period, ChangeQuery change) {
    return world.Ask(ChangeQueryOf({"p"}, {period}, change));
  };
  // A leap year is a year, and February is a month.
  EXPECT_THAT(ask("2019/20", {.base_period = "2018/19"}), IsOk());
  EXPECT_THAT(ask("2019-02", {.base_period = "2018-01"}), IsOk());
  EXPECT_THAT(ask("2018/19", {.base_period = "2017/18 Q1"}),
              HasReason("PERIODS_UNEQUAL"));
  // Two days short of a year.
  const auto shorter = ask("2018/19", {.base_period = "2017-04-03/2018-04-01"});
  EXPECT_THAT(shorter, HasReason("PERIODS_UNEQUAL"));
  EXPECT_EQ(FirstPath(shorter.status()),
            "query.derivations[0].change.base_period");
  const Change unequal = OnlyChange(ask(
      "2018/19", {.base_period = "2017/18 Q1", .allow_unequal_periods = true}));
  EXPECT_EQ(unequal.as_published.outcome, Outcome::kNotDeterminable);

  const ChangeQuery rolling = {.base_period = "year ending June 2018"};
  EXPECT_THAT(ask("2018/19", rolling), HasReason("PERIODS_OVERLAP"));
  World overlapping;
  overlapping.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "year ending June 2018", .value = 100})
      .Row({.reporter = "p", .period = "2018/19", .value = 110});
  ChangeQuery allowed = rolling;
  allowed.allow_overlapping_periods = true;
  const Change change =
      OnlyChange(overlapping.Ask(ChangeQueryOf({"p"}, {"2018/19"}, allowed)));
  EXPECT_THAT(change.matched_panel.flags,
              ElementsAre(ChangeFlag::kOverlappingPeriods));
}

TEST(ChangesTest, MistakesAreNamedByTheirField) {
  const World world = Years({{100, 110}});
  const auto none = world.Ask(ChangeQueryOf({"p"}, {"2018/19"}, {}));
  EXPECT_THAT(none, HasReason("INVALID_QUERY"));
  EXPECT_EQ(FirstPath(none.status()),
            "query.derivations[0].change.base_period");
  EXPECT_THAT(
      world.Ask(ChangeQueryOf({"p"}, {"2018/19"}, {.base_period = "some day"})),
      HasReason("INVALID_PERIOD"));
  const auto match = world.Ask(ChangeQueryOf(
      {"p"}, {"2018/19"},
      {.base_period = "2017/18", .match = static_cast<MatchMethod>(9)}));
  EXPECT_THAT(match, HasReason("INVALID_QUERY"));
  EXPECT_EQ(FirstPath(match.status()), "query.derivations[0].change.match");
}

TEST(ChangesTest, AChangeIsMadeOfCounts) {
  for (const int scale : {0, 1}) {
    World world;
    world.Release("first", "2019-06-01")
        .Slice({.aggregation = store::Aggregation::kNone,
                .measure = "printed_rate",
                .scale = scale})
        .Row({.reporter = "p", .period = "2017/18", .value = 48})
        .Row({.reporter = "p", .period = "2018/19", .value = 43});
    Query query = ChangeQueryOf({"p"}, {"2018/19"}, {.base_period = "2017/18"});
    query.measures = {"printed_rate"};
    EXPECT_THAT(world.Ask(query), HasReason("NOT_A_COUNT"));
  }
}

}  // namespace
}  // namespace collate::query
