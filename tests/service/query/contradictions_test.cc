// What an answer says of parts, wholes, shares and earlier editions that do not
// fit its figures. Figures are synthetic but for Kent's.

#include "service/query/contradictions.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/conflicts.h"
#include "service/query/query.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::OnlyCell;
using ::collate::testing::RowSpec;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using vocabulary::State;

// The test vocabulary with a printed percentage: of the offences that name a
// platform, or of its uses, in all offences of the universe.
World SharesWorld() {
  const auto base = MakeTestVocabulary();
  vocabulary::Vocabulary::Parts parts;
  parts.measures = base->measures();
  vocabulary::Measure percent;
  percent.code = "percent";
  percent.title = "percent";
  percent.unit = "per cent";
  percent.share = {"platform", {"offences", "uses"}, "offences"};
  parts.measures.push_back(std::move(percent));
  parts.dimensions = base->dimensions();
  parts.panels = base->panels();
  parts.sources = base->sources();
  parts.sha256 = "test with shares";
  auto made = vocabulary::Vocabulary::Make(std::move(parts));
  EXPECT_THAT(made, IsOk());
  return World(
      std::make_shared<const vocabulary::Vocabulary>(*std::move(made)));
}

Query Of(std::vector<Filter> filters) {
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  filters.push_back({.dimension = "reporter", .members = {"p"}});
  query.filters = std::move(filters);
  return query;
}

Query OfOffence(const std::string& offence) {
  return Of({{.dimension = "offence", .members = {offence}}});
}

Query OfPlatform(const std::string& measure) {
  Query query = Of({{.dimension = "platform", .members = {"snapchat"}}});
  query.measures = {measure};
  query.universe = "platform_known";
  return query;
}

RowSpec At(const std::string& member, int64_t value,
           const std::string& period = "2017/18") {
  return {.reporter = "p", .at = {member}, .period = period, .value = value};
}

// The figures of Kent: 45 of the class in four quarters, 122 of the offence
// that the class contains.
World Kent() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}, .floor = store::Floor::kNone})
      .Row(At("88A", 10, "2017/18 Q1"))
      .Row(At("88A", 11, "2017/18 Q2"))
      .Row(At("88A", 12, "2017/18 Q3"))
      .Row(At("88A", 12, "2017/18 Q4"));
  world.Release("second", "2024-06-01")
      .Slice({.axes = {"offence@statute"}})
      .Row(At("s15a", 122));
  return world;
}

TEST(ContradictionsTest, APartIsMoreThanTheWholeOfAnotherSource) {
  const Cell cell = OnlyCell(Kent().Ask(OfOffence("s15a")));
  EXPECT_THAT(cell.reported, Optional(122));
  // Neither bounds the other.
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(122));
  EXPECT_THAT(cell.flags, Contains(CellFlag::kConflict));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  const Conflict& conflict = cell.conflicts[0];
  EXPECT_EQ(conflict.kind, ConflictKind::kPartExceedsWhole);
  EXPECT_EQ(conflict.source, "second");
  EXPECT_EQ(conflict.other_source, "first");
  EXPECT_EQ(conflict.other_measure, "offences");
  EXPECT_EQ(conflict.compared, 0);
  ASSERT_THAT(conflict.other_members, SizeIs(1));
  EXPECT_EQ(conflict.other_members[0]
                .first->member(conflict.other_members[0].second)
                .code,
            "88A");
  ASSERT_THAT(conflict.differences, SizeIs(1));
  EXPECT_THAT(conflict.differences[0].reported, Optional(122));
  EXPECT_THAT(conflict.differences[0].other_reported, Optional(45));
  EXPECT_THAT(conflict.differences[0].other_rows, SizeIs(4));
}

TEST(ContradictionsTest, WhatTheQuestionLeavesOutIsNoSide) {
  Query query = OfOffence("88A");
  query.exclusions = {{.reporter = "p",
                       .source = "second",
                       .reason = "keyed twice",
                       .date = "2024-11-05"}};
  const Cell cell = OnlyCell(Kent().Ask(query));
  EXPECT_THAT(cell.conflicts, IsEmpty());
  EXPECT_THAT(cell.flags, Contains(CellFlag::kAnalystExcluded));
  query.conflict_policy = ConflictPolicy::kFail;
  EXPECT_THAT(Kent().Ask(query), IsOk());
}

TEST(ContradictionsTest, ARefusalSaysWhatTheOtherSideIs) {
  Query query = OfOffence("88A");
  query.conflict_policy = ConflictPolicy::kFail;
  const auto refused = Kent().Ask(query);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()),
              HasSubstr("first prints 45 of p and second prints 122 of Title "
                        "of s15a"));
}

TEST(ContradictionsTest, TheHullHidesNoPartThatExceedsItsWhole) {
  World world = Kent();
  world.Release("third", "2024-06-01")
      .Slice({.axes = {"offence@statute"}})
      .Row(At("s15a", 40));
  Query query = OfOffence("s15a");
  query.conflict_policy = ConflictPolicy::kHull;
  query.preferred_sources = {"second"};
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_EQ(cell.panel_bounds, (Interval{40, 122}));
  EXPECT_TRUE(std::any_of(cell.conflicts.begin(), cell.conflicts.end(),
                          [](const Conflict& conflict) {
                            return conflict.kind ==
                                   ConflictKind::kPartExceedsWhole;
                          }));
}

TEST(ContradictionsTest, TheWholeNamesThePart) {
  const Cell cell = OnlyCell(Kent().Ask(OfOffence("88A")));
  EXPECT_THAT(cell.reported, Optional(45));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_EQ(cell.conflicts[0].kind, ConflictKind::kPartExceedsWhole);
  EXPECT_EQ(cell.conflicts[0].other_source, "second");
  EXPECT_THAT(cell.conflicts[0].differences[0].other_reported, Optional(122));
}

TEST(ContradictionsTest, OneSourceIsNotHeldAgainstItself) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("88A", 45))
      .Slice({.axes = {"offence@statute"}})
      .Row(At("s15a", 122));
  EXPECT_THAT(OnlyCell(world.Ask(OfOffence("s15a"))).conflicts, IsEmpty());
}

TEST(ContradictionsTest, WhatFitsIsNoConflict) {
  const auto conflicts_of = [](const RowSpec& whole, int64_t part) {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({.axes = {"offence@code"}, .floor = store::Floor::kNone})
        .Row(whole);
    world.Release("second", "2018-06-01")
        .Slice({.axes = {"offence@statute"}})
        .Row(At("s15a", part));
    return OnlyCell(world.Ask(OfOffence("s15a"))).conflicts;
  };
  EXPECT_THAT(conflicts_of(At("88A", 45), 45), IsEmpty());
  EXPECT_THAT(conflicts_of(At("88A", 45), 46), SizeIs(1));
  // A negative whole is net of transfers, which the part knows nothing of.
  EXPECT_THAT(conflicts_of(At("88A", -3), 1), IsEmpty());
  RowSpec withheld = At("88A", 0);
  withheld.value.reset();
  withheld.state = State::kSuppressed;
  EXPECT_THAT(conflicts_of(withheld, 122), IsEmpty());
  withheld.lower = 1;
  withheld.upper = 4;
  EXPECT_THAT(conflicts_of(withheld, 4), IsEmpty());
  EXPECT_THAT(conflicts_of(withheld, 5), SizeIs(1));
  // Of another year.
  EXPECT_THAT(conflicts_of(At("88A", 45, "2018/19"), 122), IsEmpty());
}

TEST(ContradictionsTest, ABreakdownAndAUniverseArePartsOfAllCases) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 10});
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row(At("f", 12));
  world.Release("third", "2018-06-01")
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p", .period = "2017/18", .value = 11});
  const Cell women =
      OnlyCell(world.Ask(Of({{.dimension = "sex", .members = {"f"}}})));
  ASSERT_THAT(women.conflicts, SizeIs(1));
  EXPECT_EQ(women.conflicts[0].other_source, "first");
  ASSERT_THAT(women.conflicts[0].other_members, SizeIs(1));
  EXPECT_EQ(women.conflicts[0].other_members[0].second, vocabulary::kUnmapped);

  Query known = Of({});
  known.universe = "platform_known";
  const Cell cell = OnlyCell(world.Ask(known));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_EQ(cell.conflicts[0].kind, ConflictKind::kPartExceedsWhole);
  EXPECT_EQ(cell.conflicts[0].other_source, "first");
  EXPECT_EQ(cell.conflicts[0].other_universe, "");

  // The other way round, the universe is a part that the source has in place of
  // a figure; the two sexes are a breakdown, of which one is not there.
  const Cell all = OnlyCell(world.Ask(Of({})));
  ASSERT_THAT(all.conflicts, SizeIs(2));
  EXPECT_EQ(all.conflicts[0].kind, ConflictKind::kPartsVTotal);
  EXPECT_EQ(all.conflicts[1].kind, ConflictKind::kPartExceedsWhole);
  EXPECT_EQ(all.conflicts[1].other_source, "third");
  EXPECT_EQ(all.conflicts[1].other_universe, "platform_known");
  EXPECT_EQ(all.panel_bounds, Interval::Exactly(10));
}

TEST(ContradictionsTest, PartsOfACompleteBreakdownStandAgainstATotal) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row(At("f", 12))
      .Row(At("m", 8));
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 19});
  for (const std::string preferred : {"first", "second"}) {
    Query query = Of({});
    query.preferred_sources = {preferred};
    const Cell cell = OnlyCell(world.Ask(query));
    ASSERT_THAT(cell.conflicts, SizeIs(1));
    EXPECT_EQ(cell.conflicts[0].kind, ConflictKind::kPartsVTotal);
    EXPECT_EQ(cell.conflicts[0].source, preferred);
    EXPECT_EQ(cell.conflicts[0].compared, 1);
  }
}

// 30% of 1,000 is what is printed.
World Percentages(int64_t count, const std::string& measure,
                  State state = State::kReported) {
  World world = SharesWorld();
  RowSpec percent = At("snapchat", 30);
  percent.state = state;
  if (state == State::kRounded) {
    percent.lower = 25;
    percent.upper = 35;
  }
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse,
              .aggregation = store::Aggregation::kNone,
              .universe = "platform_known",
              .measure = "percent"})
      .Row(percent);
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = measure})
      .Row(At("snapchat", count))
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p", .period = "2017/18", .value = 1000});
  return world;
}

TEST(ContradictionsTest, APercentageThatItsCountsDoNotMake) {
  for (const std::string measure : {"offences", "uses"}) {
    const Cell cell =
        OnlyCell(Percentages(350, measure).Ask(OfPlatform("percent")));
    ASSERT_THAT(cell.conflicts, SizeIs(1)) << measure;
    const Conflict& conflict = cell.conflicts[0];
    EXPECT_EQ(conflict.kind, ConflictKind::kShareVCount);
    EXPECT_EQ(conflict.source, "first");
    EXPECT_EQ(conflict.other_source, "second");
    EXPECT_EQ(conflict.other_measure, measure);
    EXPECT_THAT(conflict.differences[0].other_reported, Optional(350));
    ASSERT_TRUE(conflict.differences[0].base.has_value());
    EXPECT_THAT(conflict.differences[0].base->reported, Optional(1000));
    EXPECT_THAT(conflict.differences[0].other_rows, SizeIs(2));
  }
}

TEST(ContradictionsTest, CountsThatThePrintedPercentageIsNotOf) {
  const Cell cell =
      OnlyCell(Percentages(350, "offences").Ask(OfPlatform("offences")));
  EXPECT_THAT(cell.reported, Optional(350));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_EQ(cell.conflicts[0].kind, ConflictKind::kShareVCount);
  EXPECT_EQ(cell.conflicts[0].other_measure, "percent");
  EXPECT_THAT(cell.conflicts[0].differences[0].other_reported, Optional(30));
  EXPECT_THAT(cell.conflicts[0].differences[0].base->reported, Optional(1000));
}

TEST(ContradictionsTest, ARoundedPercentageFitsWhatItMayBe) {
  // A percentage is never exact: half a unit either way, unless it says more.
  for (const auto& [count, conflicts] :
       {std::pair(294, 1), {295, 0}, {305, 0}, {306, 1}}) {
    const World world = Percentages(count, "offences");
    EXPECT_THAT(OnlyCell(world.Ask(OfPlatform("percent"))).conflicts,
                SizeIs(conflicts))
        << count;
  }
  const World wide = Percentages(350, "offences", State::kRounded);
  EXPECT_THAT(OnlyCell(wide.Ask(OfPlatform("percent"))).conflicts, IsEmpty());
}

TEST(ContradictionsTest, CountAndBaseAreOfOneSource) {
  World world = Percentages(300, "offences");
  // Other counts that would contradict it, but their source has no base.
  world.Release("third", "2018-06-01")
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse,
              .universe = "platform_known"})
      .Row(At("snapchat", 900));
  EXPECT_THAT(OnlyCell(world.Ask(OfPlatform("percent"))).conflicts, IsEmpty());
}

// Editions of one source, each with one number.
struct Edition {
  int64_t value;
  uint32_t flags = 0;
};

World Editions(const std::vector<Edition>& editions) {
  World world;
  int year = 2018;
  for (const Edition& edition : editions) {
    RowSpec row = At("88A", edition.value);
    row.flags = edition.flags;
    world.Release("first", absl::StrCat(year++, "-06-01"))
        .Slice({.axes = {"offence@code"}})
        .Row(row)
        .Extent({"p"}, {"2017/18"});
  }
  return world;
}

TEST(ContradictionsTest, AnotherNumberWithoutAWordIsASilentRevision) {
  const Cell cell = OnlyCell(Editions({{64}, {175}}).Ask(OfOffence("88A")));
  EXPECT_THAT(cell.reported, Optional(175));
  EXPECT_EQ(cell.panel_bounds, Interval::Exactly(175));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  const Conflict& conflict = cell.conflicts[0];
  EXPECT_EQ(conflict.kind, ConflictKind::kSilentRevision);
  EXPECT_EQ(conflict.source, "first");
  EXPECT_EQ(conflict.other_source, "first");
  EXPECT_THAT(conflict.differences[0].other_reported, Optional(64));
}

TEST(ContradictionsTest, ARevisionThatIsMarkedIsNotSilent) {
  const uint32_t revised = vocabulary::kFlagRevised;
  const auto conflicts_of = [](const std::vector<Edition>& editions) {
    return OnlyCell(Editions(editions).Ask(OfOffence("88A"))).conflicts;
  };
  EXPECT_THAT(conflicts_of({{64}, {175, revised}}), IsEmpty());
  // The next edition need not say so again.
  EXPECT_THAT(conflicts_of({{64}, {175, revised}, {175}}), IsEmpty());
  EXPECT_THAT(conflicts_of({{64}, {175}, {175}}), SizeIs(1));
  EXPECT_THAT(conflicts_of({{64}, {64}}), IsEmpty());
  // Of several earlier numbers the latest is told.
  const auto back = conflicts_of({{9}, {64}, {9}});
  ASSERT_THAT(back, SizeIs(1));
  EXPECT_THAT(back[0].differences[0].other_reported, Optional(64));
}

TEST(ContradictionsTest, OnlyEditionsThatStandAndWereKnownAreCompared) {
  Query then = OfOffence("88A");
  then.as_of = absl::FromUnixSeconds(1546300800);  // 2019-01-01
  EXPECT_THAT(OnlyCell(Editions({{64}, {175}}).Ask(then)).conflicts, IsEmpty());

  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("88A", 64))
      .Withdrawn("an error");
  world.Release("first", "2019-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("88A", 175));
  EXPECT_THAT(OnlyCell(world.Ask(OfOffence("88A"))).conflicts, IsEmpty());
}

TEST(ContradictionsTest, AnEditionThatDeclaresItselfOtherwiseIsOneToo) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}, .floor = store::Floor::kZero})
      .Row(At("88A", 64));
  world.Release("first", "2019-06-01")
      .Slice({.axes = {"offence@code"}, .floor = store::Floor::kNone})
      .Row(At("88A", 175));
  ASSERT_THAT(OnlyCell(world.Ask(OfOffence("88A"))).conflicts, SizeIs(1));
}

TEST(ContradictionsTest, AYearOfRevisedQuartersIsToldOnce) {
  World world;
  for (const auto& [year, first] :
       {std::pair("2018-06-01", 1), {"2019-06-01", 5}}) {
    world.Release("first", year)
        .Slice({.axes = {"offence@code"}})
        .Row(At("88A", first, "2017/18 Q1"))
        .Row(At("88A", 2, "2017/18 Q2"))
        .Row(At("88A", 3, "2017/18 Q3"))
        .Row(At("88A", 4, "2017/18 Q4"));
  }
  const Cell cell = OnlyCell(world.Ask(OfOffence("88A")));
  EXPECT_THAT(cell.reported, Optional(14));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_THAT(cell.conflicts[0].differences[0].other_reported, Optional(10));
  EXPECT_THAT(cell.conflicts[0].differences[0].other_rows, SizeIs(1));
}

TEST(ContradictionsTest, TheBaseOfAChangeIsFlaggedAsACellOfItsOwnWouldBe) {
  World world = Kent();
  world.Release("second", "2025-06-01")
      .Slice({.axes = {"offence@statute"}})
      .Row(At("s15a", 130, "2018/19"));
  Query query = OfOffence("s15a");
  query.periods = {"2018/19"};
  query.derivations = {ChangeQuery{.base_period = "2017/18"}};
  const Cell cell = OnlyCell(world.Ask(query));
  EXPECT_THAT(cell.conflicts, IsEmpty());
  ASSERT_THAT(cell.derived, SizeIs(1));
  const auto& change = std::get<Change>(cell.derived[0]);
  ASSERT_NE(change.base, nullptr);
  EXPECT_THAT(change.base->flags, Contains(CellFlag::kConflict));
}

TEST(ContradictionsTest, APanelHasOneConflictForAllOfItsReporters) {
  World world;
  world.Release("first", "2018-06-01").Slice({.axes = {"offence@code"}});
  for (const char* reporter : {"p", "q"}) {
    world.Row(
        {.reporter = reporter, .at = {"88A"}, .period = "2017/18", .value = 5});
  }
  world.Release("second", "2018-06-01").Slice({.axes = {"offence@statute"}});
  for (const char* reporter : {"p", "q"}) {
    world.Row({.reporter = reporter,
               .at = {"s15a"},
               .period = "2017/18",
               .value = 6});
  }
  Query query = OfOffence("s15a");
  query.filters.pop_back();
  query.panel = "four";
  const Cell cell = OnlyCell(world.Ask(query));
  ASSERT_THAT(cell.conflicts, SizeIs(1));
  EXPECT_THAT(cell.conflicts[0].differences, SizeIs(2));
}

}  // namespace
}  // namespace collate::query
