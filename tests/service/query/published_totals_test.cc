// Totals that somebody printed of an area, and figures that are printed in
// several ways. The figures are those that were printed of sexual communication
// with a child (tests/data/foi/published), unless a test says otherwise.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "service/query/engine.h"
#include "service/query/query.h"
#include "service/query/statements.h"
#include "tests/testing/shipped_vocabulary.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::OnlyCell;
using ::collate::testing::OverShippedVocabulary;
using ::collate::testing::World;
using store::Partition;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kGrooming[] = "online_grooming_uk";

class PublishedTotals : public OverShippedVocabulary {
 protected:
  static World Empty() { return World(vocabulary()); }

  // 7,062 in two articles, and the forces of one region.
  static World Story() {
    World world = Empty();
    world.Release("nspcc-foi", "2024-11-01")
        .Slice({.axes = {"offence@union"}, .partition = Partition::kIncomplete})
        .Row({.reporter = "united-kingdom",
              .at = {kGrooming},
              .period = "2023/24",
              .value = 7062,
              .stated_reporters = 45,
              .printed_by = "itv.com"})
        .Row({.reporter = "united-kingdom",
              .at = {kGrooming},
              .period = "2023/24",
              .value = 7062,
              .line = 3,
              .stated_reporters = 45,
              .printed_by = "lbc.co.uk"})
        .Slice({.axes = {"offence@union"},
                .partition = Partition::kIncomplete,
                .universe = "platform_known"})
        .Row({.reporter = "united-kingdom",
              .at = {kGrooming},
              .period = "2023/24",
              .value = 1824,
              .stated_reporters = 45})
        .Slice(
            {.axes = {"offence@statute"}, .partition = Partition::kIncomplete});
    for (const auto& [force, count] :
         {std::pair("hampshire", 95), std::pair("kent", 264),
          std::pair("surrey", 98), std::pair("sussex", 223)}) {
      world.Row({.reporter = force,
                 .at = {"s15a"},
                 .period = "2023/24",
                 .value = count});
    }
    world.Row({.reporter = "south-east-without-thames-valley",
               .at = {"s15a"},
               .period = "2023/24",
               .value = 680});
    return world;
  }

  static Query Of(const std::string& offence, const std::string& reporter,
                  const std::string& period = "2023/24") {
    Query query;
    query.measures = {"offences"};
    query.periods = {period};
    query.filters = {{.dimension = "offence", .members = {offence}}};
    if (!reporter.empty()) {
      query.filters.push_back({.dimension = "reporter", .members = {reporter}});
    }
    return query;
  }
};

TEST_F(PublishedTotals, TheAreaServesWhatWasPrintedOfItWithItsBasis) {
  const Cell cell = OnlyCell(Story().Ask(Of(kGrooming, "united-kingdom")));
  EXPECT_EQ(cell.basis, Basis::kPublishedTotal);
  EXPECT_EQ(cell.reported, 7062);
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(7062));
  EXPECT_THAT(cell.coverage.stated, Optional(StatedCoverage{45, ""}));
  EXPECT_THAT(cell.conflicts, IsEmpty());
  // Each article is cited, the figure is counted once.
  EXPECT_THAT(cell.rows, SizeIs(2));
  // The union adds offences that are defined differently.
  EXPECT_THAT(cell.flags, Contains(CellFlag::kDefinitionDiffers));

  Query known = Of(kGrooming, "united-kingdom");
  known.universe = "platform_known";
  EXPECT_EQ(OnlyCell(Story().Ask(known)).reported, 1824);
}

TEST_F(PublishedTotals, AForcesFigureOfTheUnionIsThatOfItsOwnLaw) {
  constexpr char kScottish[] = "scotland-communicating-indecently-with-a-child";
  World world = Empty();
  world.Release("nspcc-foi", "2024-11-01")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {"s15a"},
            .period = "2023/24",
            .value = 264})
      .Row({.reporter = "police-scotland",
            .at = {kScottish},
            .period = "2023/24",
            .value = 672})
      // Not its law: no part of its figure of the union.
      .Row({.reporter = "surrey",
            .at = {kScottish},
            .period = "2023/24",
            .value = 1})
      .Row({.reporter = "psni",
            .at = {"ni-sexual-communication-with-a-child"},
            .period = "2023/24",
            .state = State::kNoResponse})
      .Extent({"sussex"}, {"2023/24"});
  Query query = Of(kGrooming, "");
  query.panel = "uk-territorial-forces";
  const Cell sum = OnlyCell(world.Ask(query));
  EXPECT_EQ(sum.reported, 264 + 672);
  EXPECT_EQ(sum.panel_bounds, Interval::AtLeast(264 + 672));
  EXPECT_EQ(sum.coverage.complete, 2);
  EXPECT_THAT(sum.flags, IsSupersetOf({CellFlag::kDefinitionDiffers,
                                       CellFlag::kDerivedFromParts}));
  const auto state_of = [&](const std::string& reporter) {
    return OnlyCell(world.Ask(Of(kGrooming, reporter))).state;
  };
  EXPECT_EQ(state_of("surrey"), State::kNoRelease);
  EXPECT_EQ(state_of("psni"), State::kNoResponse);
  EXPECT_EQ(state_of("sussex"), State::kNotShown);

  // Without a panel, whoever records any part of it is asked.
  EXPECT_EQ(OnlyCell(world.Ask(Of(kGrooming, ""))).reported, 264 + 672);

  // A figure that is printed of the union itself goes first.
  world.Slice({.axes = {"offence@union"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "kent",
            .at = {kGrooming},
            .period = "2023/24",
            .value = 265});
  const Cell own = OnlyCell(world.Ask(Of(kGrooming, "kent")));
  EXPECT_EQ(own.reported, 265);
  EXPECT_THAT(own.flags, Not(Contains(CellFlag::kDerivedFromParts)));
}

TEST_F(PublishedTotals, NoPanelSumTakesThemIn) {
  // What the press prints of the kingdom is no figure of any force.
  Query of_kingdom = Of(kGrooming, "");
  of_kingdom.panel = "uk-territorial-forces";
  const Cell printed = OnlyCell(Story().Ask(of_kingdom));
  EXPECT_EQ(printed.basis, Basis::kPanelSum);
  EXPECT_EQ(printed.reported, 95 + 264 + 98 + 223);
  EXPECT_EQ(printed.panel_bounds, Interval::AtLeast(95 + 264 + 98 + 223));
  EXPECT_EQ(printed.coverage.expected, 45);
  EXPECT_EQ(printed.coverage.complete, 4);
  EXPECT_FALSE(printed.coverage.stated.has_value());

  // A panel with figures of its members still sums those and no more.
  Query of_forces = Of("s15a", "");
  of_forces.panel = "uk-territorial-forces";
  const Cell forces = OnlyCell(Story().Ask(of_forces));
  EXPECT_EQ(forces.reported, 95 + 264 + 98 + 223);
  EXPECT_EQ(forces.coverage.complete, 4);
  EXPECT_THAT(forces.flags, Not(Contains(CellFlag::kDefinitionDiffers)));

  Query no_panel = Of("s15a", "");
  EXPECT_EQ(OnlyCell(Story().Ask(no_panel)).reported, 680);
  no_panel.group_by = {"reporter"};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Answer by_reporter, Story().Ask(no_panel));
  EXPECT_THAT(by_reporter.cells, SizeIs(4));
}

TEST_F(PublishedTotals, AnAreaIsAddedToNothing) {
  Query query = Of("s15a", "");
  query.filters.push_back(
      {.dimension = "reporter",
       .members = {"south-east-without-thames-valley", "durham"}});
  EXPECT_THAT(Story().Ask(query), HasReason("PUBLISHED_TOTAL_NOT_ADDED"));
  query.filters.back().members = {"south-east-without-thames-valley", "kent"};
  EXPECT_THAT(Story().Ask(query), HasReason("OVERLAPPING_MEMBERS"));
  // Side by side is another matter.
  query.group_by = {"reporter"};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Answer answer, Story().Ask(query));
  ASSERT_THAT(answer.cells, SizeIs(2));
  EXPECT_EQ(answer.cells[0].basis, Basis::kPublishedTotal);
  EXPECT_EQ(answer.cells[1].basis, Basis::kPanelSum);
  EXPECT_EQ(answer.cells[0].reported, 680);
  EXPECT_EQ(answer.cells[1].reported, 264);
}

TEST_F(PublishedTotals, AnAreaWithoutAFigureSaysSo) {
  const Cell cell =
      OnlyCell(Story().Ask(Of(kGrooming, "united-kingdom", "2019/20")));
  EXPECT_EQ(cell.basis, Basis::kPublishedTotal);
  EXPECT_EQ(cell.state, State::kNoRelease);
  EXPECT_FALSE(cell.reported.has_value());
  EXPECT_FALSE(cell.coverage.stated.has_value());
  EXPECT_THAT(cell.flags, Not(Contains(CellFlag::kDefinitionDiffers)));
}

// 2017/18: 3,171 from 41 when it was first printed, 3,217 from 43 a year later.
World TwoTotals(World world) {
  world.Release("nspcc-foi", "")
      .Slice({.axes = {"offence@statute"}, .partition = Partition::kIncomplete})
      .Row({.reporter = "england-and-wales",
            .at = {"s15a"},
            .period = "2017/18",
            .value = 3171,
            .stated_reporters = 41,
            .stated_coverage = "of \"44\"",
            .printed_by = "thelincolnite.co.uk 2018-06-18"})
      .Row({.reporter = "england-and-wales",
            .at = {"s15a"},
            .period = "2017/18",
            .value = 3217,
            .line = 3,
            .stated_reporters = 43,
            .printed_by = "nspcc.org.uk 2019"});
  return world;
}

TEST_F(PublishedTotals, TwoTotalsOfOneCellAreAConflictWithinTheSource) {
  ExecuteOptions options;
  options.with_leaves = true;
  const Cell cell = OnlyCell(TwoTotals(Empty()).Ask(
      Of("s15a", "england-and-wales", "2017/18"), {}, options));
  // The side that stands first is reported; no bound hides the other one.
  EXPECT_EQ(cell.reported, 3171);
  EXPECT_EQ(cell.reported_bounds, (Interval{3171, 3217}));
  EXPECT_EQ(cell.panel_bounds, (Interval{3171, 3217}));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kConflict));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  const Conflict& conflict = cell.conflicts[0];
  EXPECT_EQ(conflict.source, "nspcc-foi");
  EXPECT_EQ(conflict.other_source, "nspcc-foi");
  EXPECT_EQ(conflict.reported, 3171);
  EXPECT_EQ(conflict.other_reported, 3217);
  ASSERT_THAT(conflict.differences, SizeIs(1));
  const Difference& difference = conflict.differences[0];
  EXPECT_EQ(difference.bounds, Interval::Exactly(3171));
  EXPECT_EQ(difference.other_bounds, Interval::Exactly(3217));
  ASSERT_THAT(difference.rows, SizeIs(1));
  ASSERT_THAT(difference.other_rows, SizeIs(1));

  const auto snapshot = TwoTotals(Empty()).Build();
  EXPECT_THAT(StatedCoverageOf(*snapshot, difference.other_rows[0]),
              Optional(StatedCoverage{43, ""}));
  EXPECT_EQ(snapshot->Cite(difference.rows[0])->printed_by,
            "thelincolnite.co.uk 2018-06-18");
  EXPECT_THAT(cell.coverage.stated, Optional(StatedCoverage{41, "of \"44\""}));
}

// Facebook and Messenger in 2023/24: 12% in the agency's copy, 10% in regional
// releases; whole percentages, so half of one either way.
World TwoShares(World world) {
  world.Release("nspcc-foi", "")
      .Slice({.axes = {"offence@union", "platform@grouping"},
              .partition = Partition::kMultiResponse,
              .aggregation = store::Aggregation::kNone,
              .universe = "platform_known",
              .measure = "platform_share_percent",
              .scale = 1});
  const auto add = [&world](int percent, const std::string& by, uint64_t line) {
    world.Row({.reporter = "united-kingdom",
               .at = {kGrooming, "facebook-and-messenger"},
               .period = "2023/24",
               .state = State::kRounded,
               .value = percent * 10,
               .lower = percent * 10 - 5,
               .upper = percent * 10 + 5,
               .line = line,
               .printed_by = by});
  };
  add(12, "itv.com", 2);
  add(12, "lbc.co.uk", 3);
  add(10, "todaysfamilylawyer.co.uk", 4);
  add(10, "onthewight.com", 5);
  return world;
}

TEST_F(PublishedTotals, BothFacebookAndMessengerSharesAreTold) {
  Query query = Of(kGrooming, "united-kingdom");
  query.measures = {"platform_share_percent"};
  query.universe = "platform_known";
  query.filters.push_back(
      {.dimension = "platform", .members = {"facebook-and-messenger"}});
  const Cell cell = OnlyCell(TwoShares(Empty()).Ask(query));
  EXPECT_EQ(cell.scale, 1);
  EXPECT_EQ(cell.state, State::kRounded);
  EXPECT_EQ(cell.reported_bounds, (Interval{95, 125}));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  ASSERT_THAT(cell.conflicts[0].differences, SizeIs(1));
  const Difference& difference = cell.conflicts[0].differences[0];
  EXPECT_EQ(difference.reported, 120);
  EXPECT_EQ(difference.bounds, (Interval{115, 125}));
  EXPECT_EQ(difference.other_reported, 100);
  EXPECT_EQ(difference.other_bounds, (Interval{95, 105}));
  // Every article is named on its side.
  const auto snapshot = TwoShares(Empty()).Build();
  const auto printers = [&](absl::Span<const RowRef> rows) {
    std::vector<std::string> names;
    for (const RowRef& row : rows) {
      names.push_back(snapshot->Cite(row)->printed_by);
    }
    return names;
  };
  EXPECT_THAT(printers(difference.rows), ElementsAre("itv.com", "lbc.co.uk"));
  EXPECT_THAT(printers(difference.other_rows),
              ElementsAre("todaysfamilylawyer.co.uk", "onthewight.com"));
}

TEST_F(PublishedTotals, SharesAreAddedOverNothing) {
  Query query = Of(kGrooming, "united-kingdom");
  query.measures = {"platform_share_percent"};
  query.universe = "platform_known";
  query.filters.push_back({.dimension = "platform",
                           .members = {"facebook-and-messenger", "snapchat"}});
  EXPECT_THAT(TwoShares(Empty()).Ask(query),
              HasReason("NON_ADDITIVE_DIMENSION"));
}

TEST_F(PublishedTotals, ThreeSidesAreTwoConflicts) {
  World world = Empty();  // synthetic
  world.Release("nspcc-foi", "")
      .Slice(
          {.axes = {"offence@statute"}, .partition = Partition::kIncomplete});
  for (const int count : {175, 64, 175, 70}) {
    world.Row({.reporter = "lancashire",
               .at = {"s15a"},
               .period = "2017/18",
               .value = count,
               .printed_by = "x"});
  }
  const Cell cell = OnlyCell(world.Ask(Of("s15a", "lancashire", "2017/18")));
  EXPECT_EQ(cell.basis, Basis::kPanelSum);
  EXPECT_EQ(cell.reported, 175);
  EXPECT_EQ(cell.reported_bounds, (Interval{64, 175}));
  ASSERT_THAT(cell.conflicts, SizeIs(2));
  EXPECT_EQ(cell.conflicts[0].other_reported, 64);
  EXPECT_EQ(cell.conflicts[1].other_reported, 70);
  EXPECT_EQ(cell.conflicts[0].compared, 1);
  EXPECT_THAT(cell.conflicts[0].differences[0].rows, SizeIs(2));
}

TEST_F(PublishedTotals, AContestedQuarterIsContestedInTheYear) {
  World world = Empty();  // synthetic
  world.Release("nspcc-foi", "")
      .Slice(
          {.axes = {"offence@statute"}, .partition = Partition::kIncomplete});
  const auto add = [&world](const std::string& period, int count) {
    world.Row({.reporter = "kent",
               .at = {"s15a"},
               .period = period,
               .value = count,
               .printed_by = "x"});
  };
  add("2018/19 Q1", 10);
  add("2018/19 Q2", 20);
  add("2018/19 Q2", 25);
  add("2018/19 Q3", 30);
  add("2018/19 Q4", 40);
  const Cell cell = OnlyCell(world.Ask(Of("s15a", "kent", "2018/19")));
  EXPECT_EQ(cell.reported, 100);
  EXPECT_EQ(cell.panel_bounds, (Interval{100, 105}));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kTiledPeriod));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_EQ(cell.conflicts[0].other_reported, 105);
}

// On The Wight's table of 2024; Hampshire 2021/22 is blank.
World SouthEast(World world) {
  world.Release("onthewight", "")
      .Slice(
          {.axes = {"offence@statute"}, .partition = Partition::kIncomplete});
  const std::vector<std::pair<std::string, std::vector<int>>> table = {
      {"hampshire", {152, 181, 291, 18, -1, 279, 95}},
      {"kent", {122, 140, 176, 224, 179, 230, 264}},
      {"surrey", {27, 76, 67, 78, 63, 74, 98}},
      {"sussex", {77, 76, 145, 205, 187, 189, 223}}};
  const std::vector<std::string> years = {"2017/18", "2018/19", "2019/20",
                                          "2020/21", "2021/22", "2022/23",
                                          "2023/24"};
  for (const auto& [force, counts] : table) {
    for (size_t i = 0; i < years.size(); ++i) {
      const bool blank = counts[i] < 0;
      world.Row(
          {.reporter = force,
           .at = {"s15a"},
           .period = years[i],
           .state = blank ? State::kNotShown : State::kReported,
           .value = blank ? std::nullopt : std::optional<int64_t>(counts[i])});
    }
  }
  return world;
}

TEST_F(PublishedTotals, TheSouthEastOfOnTheWightIsAPanelOfFour) {
  const World world = SouthEast(Empty());
  Query query = Of("s15a", "");
  query.periods.clear();
  query.period_range = {"2017/18", "2023/24"};
  query.panel = "onthewight-south-east-4";
  COLLATE_ASSERT_OK_AND_ASSIGN(const Answer answer, world.Ask(query));
  std::vector<int64_t> reported;
  for (const Cell& cell : answer.cells) {
    reported.push_back(cell.reported.value_or(-1));
  }
  EXPECT_THAT(reported, ElementsAre(378, 473, 679, 525, 429, 772, 680));

  const Cell& blank = answer.cells[4];
  EXPECT_EQ(blank.coverage.complete, 3);
  EXPECT_EQ(blank.coverage.due, 4);
  ASSERT_THAT(blank.coverage.missing, SizeIs(1));
  EXPECT_EQ(
      vocabulary()->reporters().member(blank.coverage.missing[0].reporter).code,
      "hampshire");
  EXPECT_EQ(blank.coverage.missing[0].state, State::kNotShown);
  EXPECT_EQ(blank.panel_bounds, Interval::AtLeast(429));
  EXPECT_EQ(answer.cells[3].coverage.complete, 4);

  // The region of the ONS has Thames Valley, too.
  query.panel = "ons-south-east";
  query.period_range.reset();
  query.periods = {"2021/22"};
  const Cell region = OnlyCell(world.Ask(query));
  EXPECT_EQ(region.reported, 429);
  EXPECT_EQ(region.coverage.complete, 3);
  EXPECT_EQ(region.coverage.due, 5);
  EXPECT_THAT(region.coverage.tally,
              ElementsAre(Pair(State::kReported, 3), Pair(State::kNoRelease, 1),
                          Pair(State::kNotShown, 1)));
}

}  // namespace
}  // namespace collate::query
