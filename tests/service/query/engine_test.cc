// What an answer means, rule by rule. Figures are synthetic unless a test
// says otherwise.

#include "service/query/engine.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/query.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::OnlyCell;
using ::collate::testing::World;
using store::Floor;
using store::Partition;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using vocabulary::State;

Query TotalIn(const std::string& period = "2017/18") {
  Query query;
  query.measures = {"offences"};
  query.periods = {period};
  query.panel = "four";
  return query;
}

Query Of(const std::string& offence, const std::string& period = "2017/18") {
  Query query = TotalIn(period);
  query.filters = {{.dimension = "offence", .members = {offence}}};
  return query;
}

Query OnlyP(const std::string& period) {
  Query query;
  query.measures = {"offences"};
  query.periods = {period};
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  return query;
}

bool HasCaveat(const Answer& answer, const std::string& code) {
  return std::any_of(answer.summary.caveats.begin(),
                     answer.summary.caveats.end(),
                     [&](const Caveat& caveat) { return caveat.code == code; });
}

// The panel of four: P prints a total; Q only a multi-response split and the
// number of offences whose platform is known; R four quarters of net
// figures, one withheld; S a complete split by sex.
World PanelOfFour() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50})
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse,
              .universe = "platform_known"})
      .Row({.reporter = "q",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 20})
      .Row({.reporter = "q",
            .at = {"whatsapp"},
            .period = "2017/18",
            .value = 15})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "q", .period = "2017/18", .value = 30})
      .Slice({.floor = Floor::kNone})
      .Row({.reporter = "r", .period = "2017/18 Q1", .value = 5})
      .Row({.reporter = "r", .period = "2017/18 Q2", .value = 6})
      .Row({.reporter = "r", .period = "2017/18 Q3", .value = -1})
      .Row({.reporter = "r",
            .period = "2017/18 Q4",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "s", .at = {"f"}, .period = "2017/18", .value = 12})
      .Row({.reporter = "s", .at = {"m"}, .period = "2017/18", .value = 8});
  return world;
}

TEST(EngineTest, ThePanelOfFourComesOutToTheDigit) {
  const auto answer = PanelOfFour().Ask(TotalIn(), {}, {.with_leaves = true});
  const Cell cell = OnlyCell(answer);

  EXPECT_THAT(cell.reported, Optional(80));
  EXPECT_EQ(cell.reported_bounds, (Interval{81, 84}));
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(111));
  EXPECT_EQ(cell.coverage.expected, 4);
  EXPECT_EQ(cell.coverage.due, 4);
  EXPECT_EQ(cell.coverage.complete, 2);
  EXPECT_THAT(cell.coverage.tally, ElementsAre(Pair(State::kReported, 2),
                                               Pair(State::kSuppressed, 1),
                                               Pair(State::kNotCrossed, 1)));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kIncompleteReporter));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kTiledPeriod));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kDerivedFromParts));

  ASSERT_EQ(cell.leaves.size(), 4);
  const Leaf& q = cell.leaves[1];
  EXPECT_EQ(q.bounds, Interval::AtLeast(30));
  EXPECT_EQ(q.reported, std::nullopt);
  EXPECT_EQ(q.method, Method::kLowerBound);
  EXPECT_THAT(q.available, UnorderedElementsAre(
                               HasSubstr("platform@platform (MULTI_RESPONSE)"),
                               "total of platform_known"));
  const Leaf& r = cell.leaves[2];
  EXPECT_THAT(r.reported, Optional(10));
  EXPECT_EQ(r.bounds, (Interval{11, 14}));
  const Leaf& s = cell.leaves[3];
  EXPECT_THAT(s.reported, Optional(20));
  EXPECT_EQ(s.method, Method::kParts);
}

// What a reporter withholds beside what it prints is in the bounds of what is
// reported, whether it is part of one figure or a figure of its own; whoever
// prints nothing is not.
TEST(EngineTest, WithheldFiguresAreInTheBoundsOfTheirReporter) {
  const auto suppressed = [](const char* reporter, const char* sex) {
    return collate::testing::RowSpec{.reporter = reporter,
                                     .at = {sex},
                                     .period = "2017/18",
                                     .state = State::kSuppressed,
                                     .lower = 1,
                                     .upper = 4};
  };
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 12})
      .Row(suppressed("p", "m"))
      .Row(suppressed("q", "f"))
      .Row(suppressed("q", "m"));
  Query by_sex = TotalIn();
  by_sex.panel = "";
  by_sex.filters = {{.dimension = "reporter", .members = {"p", "q"}},
                    {.dimension = "sex", .members = {"f", "m"}}};
  Query whole = by_sex;
  whole.filters.pop_back();
  for (const Query& query : {by_sex, whole}) {
    const Cell cell = OnlyCell(world.Ask(query));
    EXPECT_THAT(cell.reported, Optional(12));
    EXPECT_EQ(cell.reported_bounds, (Interval{13, 16}));
    EXPECT_EQ(cell.panel_bounds, (Interval{15, 24}));
  }
}

TEST(EngineTest, AMultiResponseSplitNeverYieldsATotal) {
  Query query = TotalIn();
  query.universe = "platform_known";
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"q"}}};
  EXPECT_THAT(OnlyCell(PanelOfFour().Ask(query)).reported, Optional(30));
  // Without the printed total there is nothing to serve.
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"platform@platform"},
              .partition = Partition::kMultiResponse})
      .Row({.reporter = "q",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 20});
  query.universe = "";
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.state, State::kNotCrossed);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(0));
}

TEST(EngineTest, ASilentReporterIsNeverZero) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  const Cell cell = OnlyCell(world.Ask(TotalIn()));
  EXPECT_THAT(cell.reported, Optional(50));
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(50));
  EXPECT_EQ(cell.state, State::kNoRelease);
  EXPECT_EQ(cell.coverage.complete, 1);
  EXPECT_EQ(cell.coverage.due, 4);
  ASSERT_EQ(cell.coverage.missing.size(), 3);
  EXPECT_EQ(cell.coverage.missing[0].state, State::kNoRelease);

  Query nobody = TotalIn("2016/17");
  const Cell empty = OnlyCell(world.Ask(nobody));
  EXPECT_EQ(empty.reported, std::nullopt);
  EXPECT_EQ(empty.reported_bounds, Interval::Unknown());
}

TEST(EngineTest, SilenceHasNoLowerEndWhereFiguresAreNet) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.floor = Floor::kNone})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  EXPECT_EQ(OnlyCell(world.Ask(TotalIn())).panel_bounds, Interval::Unknown());
}

TEST(EngineTest, NetFiguresOfAnotherOffenceDoNotTakeTheFloorAway) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}, .floor = Floor::kNone})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 5});
  EXPECT_EQ(OnlyCell(world.Ask(Of("s15a"))).panel_bounds, Interval::AtLeast(0));
  EXPECT_EQ(OnlyCell(world.Ask(Of("88A"))).panel_bounds, Interval::Unknown());
}

TEST(EngineTest, SuppressedIsNeverZero) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .state = State::kSuppressed});
  Query query = TotalIn();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.state, State::kSuppressed);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(0));
}

TEST(EngineTest, ATrueZeroIsReported) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 0});
  Query query = TotalIn();
  query.group_by = {"reporter"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_EQ(answer->cells.size(), 4);
  EXPECT_THAT(answer->cells[0].reported, Optional(0));
  EXPECT_EQ(answer->cells[0].state, State::kReported);
  // The others are there, and say why they have no number.
  EXPECT_EQ(answer->Code(answer->cells[1], 0), "q");
  EXPECT_EQ(answer->cells[1].reported, std::nullopt);
  EXPECT_EQ(answer->cells[1].state, State::kNoRelease);
}

TEST(EngineTest, TheExactFigureIsPreferredToItsParts) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 12})
      .Row({.reporter = "p", .at = {"m"}, .period = "2017/18", .value = 8})
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 21});
  EXPECT_THAT(OnlyCell(world.Ask(TotalIn())).reported, Optional(21));
}

TEST(EngineTest, AnIncompleteSplitGivesOnlyALowerBound) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 12})
      .Row({.reporter = "p", .at = {"m"}, .period = "2017/18", .value = 8});
  Query query = TotalIn();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(20));
}

TEST(EngineTest, PartsWithAnUnknownLabelAreNotTheWhole) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 12})
      .Slice({.axes = {"sex@"}})
      .Row({.reporter = "p", .at = {""}, .period = "2017/18", .value = 8});
  Query query = TotalIn();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  const auto answer = world.Ask(query);
  EXPECT_EQ(OnlyCell(answer).reported, std::nullopt);
  EXPECT_TRUE(HasCaveat(*answer, "UNMAPPED_OBSERVATIONS"));
}

TEST(EngineTest, APartYearIsPartialAndNotReported) {
  World world;
  world.Release("first", "2018-02-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18 Q1", .value = 5})
      .Row({.reporter = "p", .period = "2017/18 Q2", .value = 6})
      .Extent({"p"}, {"2017/18"});
  Query query = TotalIn();
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.state, State::kPartialPeriod);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(11));
  EXPECT_THAT(cell.coverage.missing.at(0).reason,
              HasSubstr("NOT_YET_PUBLISHED"));
}

TEST(EngineTest, AMissingQuarterIsNotYetPublishedAndDueOnceItHasEnded) {
  World world;
  world.Release("first", "2018-02-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18 Q1", .value = 5})
      .Extent({"p"}, {"2017/18"});
  Query query = TotalIn("2017/18 Q3");
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  const Cell before = OnlyCell(
      world.Ask(query, {.today = *vocabulary::ParseDay("2017-12-31")}));
  EXPECT_EQ(before.state, State::kNotYetPublished);
  EXPECT_EQ(before.coverage.due, 0);
  EXPECT_EQ(before.panel_bounds, Interval::Unknown());
  const Cell after = OnlyCell(
      world.Ask(query, {.today = *vocabulary::ParseDay("2018-01-01")}));
  EXPECT_EQ(after.state, State::kNotYetPublished);
  EXPECT_EQ(after.coverage.due, 1);
  EXPECT_EQ(after.panel_bounds, Interval::AtLeast(0));
  // Beyond what any release claims, nothing is held at all.
  const Cell beyond = OnlyCell(world.Ask([&] {
    Query later = query;
    later.periods = {"2019/20 Q1"};
    return later;
  }()));
  EXPECT_EQ(beyond.state, State::kNoRelease);
}

TEST(EngineTest, OverlappingWindowsAreNeverAdded) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "year ending September 2017",
            .value = 40})
      .Row({.reporter = "p",
            .period = "year ending December 2017",
            .value = 44});
  Query query = TotalIn("2016-10-01/2018-01-01");
  query.panel = "";
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.state, State::kPartialPeriod);
}

TEST(EngineTest, ALaterReleaseSupersedesAnEarlierOne) {
  World world;
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 60});
  world
      .Release("first", "2018-06-01")  // loaded later, published earlier
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50})
      .Row({.reporter = "q", .period = "2017/18", .value = 7});
  const Cell cell = OnlyCell(world.Ask(TotalIn()));
  EXPECT_THAT(cell.reported, Optional(67));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kMixedVintage));
}

TEST(EngineTest, AKeyThatALaterEditionLacksIsDropped) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50})
      .Row({.reporter = "q", .period = "2017/18", .value = 7});
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 51})
      .Extent({"p", "q"}, {"2017/18"});
  Query query = TotalIn();
  query.group_by = {"reporter"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->cells[0].reported, Optional(51));
  EXPECT_EQ(answer->cells[1].state, State::kDroppedInEdition);
  EXPECT_EQ(answer->cells[1].reported, std::nullopt);
  EXPECT_EQ(answer->cells[1].rows.size(), 1) << "cites the figure it had";
}

TEST(EngineTest, AWithdrawnReleaseLeavesTheEarlierOne) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 99})
      .Row({.reporter = "q", .period = "2017/18", .value = 99})
      .Withdrawn("wrong file");
  Query query = TotalIn();
  query.group_by = {"reporter"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->cells[0].reported, Optional(50));
  EXPECT_EQ(answer->cells[1].state, State::kWithdrawn);
  EXPECT_EQ(answer->cells[1].coverage.missing.at(0).reason, "wrong file");
}

TEST(EngineTest, SourcesAreNeverAddedAndThePreferredOneAnswers) {
  World world;
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 48})
      .Row({.reporter = "q", .period = "2017/18", .value = 9});
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  const Cell cell = OnlyCell(world.Ask(TotalIn()));
  EXPECT_THAT(cell.reported, Optional(59));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kMixedSources));
  Query query = TotalIn();
  query.preferred_sources = {"second"};
  EXPECT_THAT(OnlyCell(world.Ask(query)).reported, Optional(57));
}

TEST(EngineTest, NoSourceStepsInForASuppressedFigure) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kSuppressed,
            .lower = 1,
            .upper = 4})
      .Row({.reporter = "q", .period = "2017/18", .state = State::kNoResponse});
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 3})
      .Row({.reporter = "q", .period = "2017/18", .value = 9});
  Query query = TotalIn();
  query.group_by = {"reporter"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->cells[0].state, State::kSuppressed);
  EXPECT_EQ(answer->cells[0].panel_bounds, (Interval{1, 4}));
  EXPECT_THAT(answer->cells[1].reported, Optional(9));
}

TEST(EngineTest, AGroupIsTheSumOfItsCompleteCodes) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 5})
      .Row({.reporter = "p", .at = {"71"}, .period = "2017/18", .value = 3});
  Query query = Of("sexual");
  query.panel = "";
  const auto answer = world.Ask(query);
  EXPECT_THAT(OnlyCell(answer).reported, Optional(8));
  EXPECT_TRUE(HasCaveat(*answer, "NO_PANEL"));
  // A case in the group or in one of its codes is a case in the group.
  query.filters[0].members = {"sexual", "88A"};
  EXPECT_THAT(OnlyCell(world.Ask(query)).reported, Optional(8));
  query.filters[0].members = {"88A"};
  query.filters[0].exclude = true;
  EXPECT_THAT(OnlyCell(world.Ask(query)).reported, Optional(3));
}

TEST(EngineTest, ANarrowerLawIsNeverAnsweredByTheClassAroundIt) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 5})
      .Extent({"p"}, {"2017/18"});
  const auto answer = world.Ask(Of("s15a"));
  const Cell cell = OnlyCell(answer);
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.state, State::kNoRelease);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(0));
  EXPECT_TRUE(HasCaveat(*answer, "WIDER_MEMBER_AVAILABLE"));
}

TEST(EngineTest, RepeatedKeysAreAddedAndAllCited) {
  World world;
  world.Release("first", "2018-06-01").Slice({.axes = {"offence@code"}});
  for (uint64_t line : {10, 11, 12, 13}) {
    world.Row({.reporter = "p",
               .at = {"71"},
               .period = "2017/18 Q1",
               .value = static_cast<int64_t>(line),
               .flags = vocabulary::kFlagRepeatedKeyAdded,
               .line = line});
  }
  const auto answer = world.Ask(Of("71", "2017/18 Q1"));
  const Cell cell = OnlyCell(answer);
  EXPECT_THAT(cell.reported, Optional(46));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kRepeatedKeyAdded));
  std::vector<std::string> cited;
  for (const RowRef& ref : cell.rows) {
    cited.push_back(answer->snapshot->Cite(ref)->locator);
  }
  EXPECT_THAT(cited, ElementsAre("file.csv:L10:C8", "file.csv:L11:C8",
                                 "file.csv:L12:C8", "file.csv:L13:C8"));
}

TEST(EngineTest, AChangeAcrossASeriesBreakIsSaid) {
  World world = PanelOfFour();
  Query query = Of("88A");
  query.periods = {"2016/17", "2017/18"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  EXPECT_TRUE(HasCaveat(*answer, "SERIES_BREAK"));
  const auto one_side = world.Ask(Of("88A"));
  ASSERT_THAT(one_side, IsOk());
  EXPECT_FALSE(HasCaveat(*one_side, "SERIES_BREAK"));
}

TEST(EngineTest, SyntheticInputTaintsTheAnswer) {
  World world;
  world.Release("first", "")
      .Synthetic()
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .value = 50,
            .flags = vocabulary::kFlagSynthetic});
  const auto answer = world.Ask(TotalIn());
  EXPECT_THAT(OnlyCell(answer).flags, Contains(CellFlag::kSyntheticInput));
  EXPECT_TRUE(HasCaveat(*answer, "SYNTHETIC_INPUT"));
  EXPECT_TRUE(HasCaveat(*answer, "PUBLISH_TIME_UNKNOWN"));
}

TEST(EngineTest, ACaveatNamesTenReleasesAndCountsTheRest) {
  World world;
  Query query = TotalIn();
  query.periods.clear();
  for (int year = 2001; year <= 2012; ++year) {
    query.periods.push_back(absl::StrCat(year));
    world.Release("first", "2020-01-01")
        .Synthetic()
        .Slice({})
        .Row({.reporter = "p",
              .period = query.periods.back(),
              .value = 50,
              .flags = vocabulary::kFlagSynthetic});
  }
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->summary.releases.size(), 12u);
  for (const Caveat& caveat : answer->summary.caveats) {
    if (caveat.code != "SYNTHETIC_INPUT") continue;
    EXPECT_TRUE(absl::EndsWith(caveat.message, ", and 2 more"))
        << caveat.message;
    return;
  }
  FAIL() << "no SYNTHETIC_INPUT";
}

TEST(EngineTest, WhatNobodyOwesIsNotDue) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50})
      .Row({.reporter = "q",
            .period = "2017/18",
            .state = State::kNotApplicable});
  const Cell cell = OnlyCell(world.Ask(TotalIn()));
  EXPECT_EQ(cell.coverage.expected, 4);
  EXPECT_EQ(cell.coverage.due, 3);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(50));
  int tally = 0;
  for (const auto& [state, count] : cell.coverage.tally) tally += count;
  EXPECT_EQ(tally, cell.coverage.expected);
}

TEST(EngineTest, PartsOfDifferentPeriodsAreNoWhole) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18 Q1", .value = 12})
      .Row({.reporter = "p", .at = {"m"}, .period = "2017/18", .value = 40});
  const Cell quarter = OnlyCell(world.Ask(OnlyP("2017/18 Q1")));
  EXPECT_EQ(quarter.reported, std::nullopt);
  EXPECT_EQ(quarter.panel_bounds, Interval::AtLeast(12));
  EXPECT_EQ(quarter.coverage.complete, 0);
}

TEST(EngineTest, APartThatIsPrintedForOtherYearsIsMissedInThisOne) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2016/17", .value = 10})
      .Row({.reporter = "p", .at = {"m"}, .period = "2016/17", .value = 5})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 13});
  EXPECT_THAT(OnlyCell(world.Ask(OnlyP("2016/17"))).reported, Optional(15));
  const Cell cell = OnlyCell(world.Ask(OnlyP("2017/18")));
  EXPECT_EQ(cell.reported, std::nullopt);
  EXPECT_EQ(cell.state, State::kNotShown);
  EXPECT_EQ(cell.panel_bounds, Interval::AtLeast(13));
}

TEST(EngineTest, WhatNobodyDatedNeverBeatsADatedEdition) {
  World world;
  world.Release("first", "")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 1});
  world.Release("first", "2019-07-24")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 11});
  EXPECT_THAT(OnlyCell(world.Ask(OnlyP("2017/18"))).reported, Optional(11));
}

TEST(EngineTest, AWithdrawnYearDoesNotHideQuartersThatStand) {
  World world;
  world.Release("first", "2018-06-01")
      .Synthetic()
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .value = 50,
            .flags = vocabulary::kFlagSynthetic})
      .Withdrawn("wrong file");
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 48});
  const auto answer = world.Ask(OnlyP("2017/18"));
  EXPECT_THAT(OnlyCell(answer).reported, Optional(48));
  EXPECT_THAT(OnlyCell(answer).flags, Not(Contains(CellFlag::kSyntheticInput)));
  EXPECT_EQ(answer->summary.releases.size(), 1);

  world.Release("first", "2019-06-01").Slice({});
  for (const char* quarter : {"Q1", "Q2", "Q3", "Q4"}) {
    world.Row({.reporter = "p",
               .period = std::string("2017/18 ") + quarter,
               .value = 12});
  }
  EXPECT_THAT(OnlyCell(world.Ask(OnlyP("2017/18"))).reported, Optional(48));
  Query first = OnlyP("2017/18");
  first.preferred_sources = {"first"};
  const Cell tiled = OnlyCell(world.Ask(first));
  EXPECT_THAT(tiled.reported, Optional(48));
  EXPECT_THAT(tiled.flags, Contains(CellFlag::kTiledPeriod));
}

TEST(EngineTest, AnEditionThatCorrectsItsDeclarationSupersedes) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.partition = Partition::kComplete})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  world.Release("first", "2019-06-01")
      .Slice({.partition = Partition::kIncomplete, .floor = Floor::kNone})
      .Row({.reporter = "p", .period = "2017/18", .value = 60});
  EXPECT_THAT(OnlyCell(world.Ask(OnlyP("2017/18"))).reported, Optional(60));
}

TEST(EngineTest, FiguresThatDoNotAddUpAreNeverAdded) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.aggregation = store::Aggregation::kNone})
      .Row({.reporter = "p", .period = "2017/18", .value = 40})
      .Row({.reporter = "q", .period = "2017/18", .value = 60});
  EXPECT_THAT(world.Ask(TotalIn()), HasReason("NON_ADDITIVE_DIMENSION"));
  EXPECT_THAT(OnlyCell(world.Ask(OnlyP("2017/18"))).reported, Optional(40));
}

TEST(EngineTest, ARefusalThatProtectsEndsTheSearch) {
  auto ask = [](const std::string& reason) {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18 Q1", .value = 2});
    world.Release("second", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p",
              .period = "2017/18",
              .state = State::kRefused,
              .reason = reason});
    world.Release("third", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 3});
    return OnlyCell(world.Ask(OnlyP("2017/18"))).reported;
  };
  EXPECT_EQ(ask("s.40(2) personal data"), std::nullopt);
  EXPECT_EQ(ask("s.40(2) personal data; s.12 not relied on"), std::nullopt);
  EXPECT_EQ(ask("s.120"), std::nullopt);
  EXPECT_THAT(ask("Section 12 (cost)"), Optional(3));
  EXPECT_THAT(ask("s.12"), Optional(3));
}

TEST(EngineTest, TheFirstYearOfALawIsMetByTheDaysItWasInForce) {
  World world;  // s15a is in force from 3 April 2017
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@statute"}})
      .Row({.reporter = "p",
            .at = {"s15a"},
            .period = "2017-04-03/2018-04-01",
            .value = 114});
  Query query = OnlyP("2017/18");
  query.filters.push_back({.dimension = "offence", .members = {"s15a"}});
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_THAT(cell.reported, Optional(114));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kPeriodShortened));
  query.periods = {"2015/16"};
  const Cell before = OnlyCell(world.Ask(query));
  EXPECT_EQ(before.state, State::kNotApplicable);
  EXPECT_EQ(before.coverage.due, 0);
}

TEST(EngineTest, ALabelThatTheVocabularyHasLearntIsMapped) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@"}})
      .Row({.reporter = "p",
            .at = {""},
            .label = "m",
            .period = "2017/18",
            .value = 8})
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 12});
  EXPECT_THAT(OnlyCell(world.Ask(OnlyP("2017/18"))).reported, Optional(20));
}

TEST(EngineTest, AMemberThatTheVocabularyHasLostIsSaid) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 12})
      .Row({.reporter = "p", .at = {"gone"}, .period = "2017/18", .value = 8});
  const auto answer = world.Ask(OnlyP("2017/18"));
  EXPECT_EQ(OnlyCell(answer).reported, std::nullopt);
  EXPECT_EQ(OnlyCell(answer).panel_bounds, Interval::AtLeast(12));
  EXPECT_TRUE(HasCaveat(*answer, "UNMAPPED_OBSERVATIONS"));
}

TEST(EngineTest, SumsThatLeaveTheRangeAreRefused) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p",
            .period = "2017/18",
            .value = std::numeric_limits<int64_t>::max()})
      .Row({.reporter = "q", .period = "2017/18", .value = 1});
  EXPECT_THAT(world.Ask(TotalIn()), HasReason("OVERFLOW"));
}

TEST(EngineTest, APageIsASliceOfTheWholeAnswer) {
  const World world = PanelOfFour();
  Query query = TotalIn();
  query.group_by = {"reporter"};
  const auto whole = world.Ask(query);
  ASSERT_THAT(whole, IsOk());
  const auto page = world.Ask(query, {}, {.first_cell = 1, .max_cells = 2});
  ASSERT_THAT(page, IsOk());
  ASSERT_EQ(page->cells.size(), 2);
  EXPECT_EQ(page->Code(page->cells[0], 0), "q");
  EXPECT_EQ(page->cells[1].reported, whole->cells[2].reported);
  EXPECT_EQ(page->cells[1].panel_bounds, whole->cells[2].panel_bounds);
}

TEST(EngineTest, OneCellAloneIsTheSameCell) {
  const World world = PanelOfFour();
  Query query = TotalIn();
  query.group_by = {"reporter"};
  const auto whole = world.Ask(query);
  ASSERT_THAT(whole, IsOk());
  ExecuteOptions options;
  options.only = CellSelector{0, whole->cells[2].coordinates, 0};
  const Cell one = OnlyCell(world.Ask(query, {}, options));
  EXPECT_EQ(one.reported, whole->cells[2].reported);
  EXPECT_EQ(one.reported_bounds, whole->cells[2].reported_bounds);
}

TEST(EngineTest, ACancelledRunStops) {
  ExecuteOptions options;
  options.cancelled = [] { return true; };
  EXPECT_THAT(PanelOfFour().Ask(TotalIn(), {}, options),
              ::collate::testing::StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace collate::query
