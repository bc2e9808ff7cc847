#include "service/query/revisions.h"

#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::RowSpec;
using ::collate::testing::SliceSpec;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;
using vocabulary::State;

using Rows = std::vector<RowSpec>;

// Two editions of one slice; the later one claims p and q in 2017/18.
World TwoEditions(const Rows& before, const Rows& after,
                  const SliceSpec& slice = {}) {
  World world;
  world.Release("first", "2021-01-01").Slice(slice);
  for (const RowSpec& row : before) world.Row(row);
  world.Release("first", "2022-01-01").Slice(slice);
  for (const RowSpec& row : after) world.Row(row);
  world.Extent({"p", "q"}, {"2017/18"});
  return world;
}

RowSpec P(int64_t value, uint32_t flags = 0) {
  return {.reporter = "p", .period = "2017/18", .value = value, .flags = flags};
}

// Of the last release, against all before it.
Revisions Compare(const World& world, const RevisionOptions& options = {}) {
  const auto whole = world.Build();
  std::vector<uint32_t> earlier;
  for (uint32_t i = 0; i + 1 < whole->releases().size(); ++i) {
    earlier.push_back(i);
  }
  const auto before = whole->Narrow(earlier);
  const auto after =
      whole->Narrow({static_cast<uint32_t>(whole->releases().size() - 1)});
  auto found = FindRevisions(*before, *after, options);
  EXPECT_THAT(found, IsOk());
  return found.ok() ? *std::move(found) : Revisions();
}

RevisionKind KindOf(const Rows& before, const Rows& after) {
  const Revisions found = Compare(TwoEditions(before, after));
  EXPECT_THAT(found.revisions, SizeIs(1));
  return found.revisions.empty() ? RevisionKind() : found.revisions[0].kind;
}

TEST(RevisionsTest, AnotherNumberIsAChange) {
  const Revisions found = Compare(TwoEditions({P(50)}, {P(52)}));
  ASSERT_THAT(found.revisions, SizeIs(1));
  const Revision& revision = found.revisions[0];
  EXPECT_EQ(revision.kind, RevisionKind::kChanged);
  EXPECT_EQ(revision.measure, "offences");
  EXPECT_EQ(vocabulary::FormatPeriod(revision.period), "2017/18");
  ASSERT_TRUE(revision.before.has_value() && revision.after.has_value());
  EXPECT_THAT(revision.before->value, Optional(50));
  EXPECT_THAT(revision.after->value, Optional(52));
  EXPECT_EQ(revision.after->bounds, Interval::Exactly(52));
  EXPECT_TRUE(revision.silent);
  EXPECT_EQ(found.unchanged, 0);
}

TEST(RevisionsTest, AChangeThatIsMarkedIsNotSilent) {
  const Revisions found =
      Compare(TwoEditions({P(50)}, {P(52, vocabulary::kFlagRevised)}));
  ASSERT_THAT(found.revisions, SizeIs(1));
  EXPECT_FALSE(found.revisions[0].silent);
  const Revisions silent =
      Compare(TwoEditions({P(50)}, {P(52, vocabulary::kFlagRevised)}),
              {.silent_only = true});
  EXPECT_THAT(silent.revisions, IsEmpty());
  EXPECT_THAT(silent.reporters, IsEmpty());
}

TEST(RevisionsTest, WhatIsPrintedAlikeIsOnlyCounted) {
  const Revisions found =
      Compare(TwoEditions({P(50)}, {P(50, vocabulary::kFlagProvisional)}));
  EXPECT_THAT(found.revisions, IsEmpty());
  EXPECT_EQ(found.unchanged, 1);
}

TEST(RevisionsTest, AddedDroppedAndNotSpokenOf) {
  const RowSpec q = {.reporter = "q", .period = "2017/18", .value = 7};
  const RowSpec r = {.reporter = "r", .period = "2017/18", .value = 9};
  const RowSpec before = {.reporter = "p", .period = "2016/17", .value = 1};
  EXPECT_EQ(KindOf({P(50)}, {P(50), q}), RevisionKind::kAdded);
  EXPECT_EQ(KindOf({P(50), q}, {P(50)}), RevisionKind::kDropped);
  // The later edition claims neither r nor 2016/17.
  const Revisions found = Compare(TwoEditions({P(50), r, before}, {P(50)}));
  EXPECT_THAT(found.revisions, IsEmpty());
  EXPECT_EQ(found.unchanged, 1);
  EXPECT_FALSE(Compare(TwoEditions({P(50), q}, {P(50)})).revisions[0].silent)
      << "silence cannot be marked";
}

TEST(RevisionsTest, AMarkForANumberIsAChangeOfState) {
  const RowSpec withheld = {.reporter = "p",
                            .period = "2017/18",
                            .state = State::kSuppressed,
                            .lower = 1,
                            .upper = 4};
  RowSpec wider = withheld;
  wider.upper = 9;
  const RowSpec blank = {
      .reporter = "p", .period = "2017/18", .state = State::kNotShown};
  RowSpec rounded = P(50);
  rounded.state = State::kRounded;
  rounded.lower = 48;
  rounded.upper = 52;
  EXPECT_EQ(KindOf({P(3)}, {withheld}), RevisionKind::kStateChanged);
  EXPECT_EQ(KindOf({withheld}, {P(3)}), RevisionKind::kStateChanged);
  EXPECT_EQ(KindOf({withheld}, {blank}), RevisionKind::kStateChanged);
  EXPECT_EQ(KindOf({withheld}, {wider}), RevisionKind::kStateChanged);
  EXPECT_EQ(KindOf({P(50)}, {rounded}), RevisionKind::kStateChanged);
  EXPECT_EQ(KindOf({P(51)}, {rounded}), RevisionKind::kChanged);
  EXPECT_THAT(Compare(TwoEditions({withheld}, {withheld})).revisions,
              IsEmpty());
}

TEST(RevisionsTest, NumbersOfTwoScalesAreCompared) {
  World world;
  world.Release("first", "2021-01-01")
      .Slice({.measure = "printed_rate", .scale = 1})
      .Row(P(125))
      .Row({.reporter = "q", .period = "2017/18", .value = 125});
  world.Release("first", "2022-01-01")
      .Slice({.measure = "printed_rate", .scale = 2})
      .Row(P(1250))
      .Row({.reporter = "q", .period = "2017/18", .value = 1251});
  const Revisions found = Compare(world);
  ASSERT_THAT(found.revisions, SizeIs(1));
  EXPECT_EQ(found.revisions[0].kind, RevisionKind::kChanged);
  EXPECT_EQ(found.revisions[0].before->scale, 1);
  EXPECT_EQ(found.revisions[0].after->scale, 2);
  EXPECT_EQ(found.unchanged, 1);
}

TEST(RevisionsTest, ARepeatedKeyIsComparedRowByRow) {
  const Revisions found =
      Compare(TwoEditions({P(1), P(2), P(3)}, {P(3), P(4)}));
  ASSERT_THAT(found.revisions, SizeIs(2));
  EXPECT_EQ(found.unchanged, 1);
  EXPECT_EQ(found.revisions[0].kind, RevisionKind::kChanged);
  EXPECT_THAT(found.revisions[0].before->value, Optional(1));
  EXPECT_THAT(found.revisions[0].after->value, Optional(4));
  EXPECT_EQ(found.revisions[1].kind, RevisionKind::kDropped);
  EXPECT_THAT(found.revisions[1].before->value, Optional(2));
}

TEST(RevisionsTest, BeforeIsWhatTheSourceStatedWhicheverEditionThatCameFrom) {
  World world;
  world.Release("first", "2020-01-01")
      .Slice({})
      .Row(P(50))
      .Row({.reporter = "q", .period = "2017/18", .value = 7});
  world.Release("first", "2021-01-01").Slice({}).Row(P(51));
  world.Release("first", "2022-01-01")
      .Slice({})
      .Row(P(52))
      .Row({.reporter = "q", .period = "2017/18", .value = 8});
  const Revisions found = Compare(world);
  ASSERT_THAT(found.revisions, SizeIs(2));
  EXPECT_THAT(found.revisions[0].before->value, Optional(51));
  EXPECT_THAT(found.revisions[1].before->value, Optional(7));
}

TEST(RevisionsTest, AFirstEditionAddsEverything) {
  World world;
  world.Release("first", "2021-01-01").Slice({}).Row(P(50));
  EXPECT_EQ(Compare(world).revisions.at(0).kind, RevisionKind::kAdded);
}

TEST(RevisionsTest, CellsAreApartByDimensionUniverseAndLabel) {
  World world;
  const auto edition = [&world](const std::string& day, int64_t value) {
    world.Release("first", day)
        .Slice({.axes = {"offence@code"}})
        .Row({.reporter = "p",
              .at = {"88A"},
              .period = "2017/18",
              .value = value})
        .Row({.reporter = "p", .at = {"71"}, .period = "2017/18", .value = 5})
        .Slice({.universe = "platform_known"})
        .Row(P(3))
        .Slice({.axes = {"offence@"}})
        .Row({.reporter = "p",
              .at = {""},
              .label = "Offences that no code is known of",
              .period = "2017/18",
              .value = 1})
        .Row({.reporter = "p",
              .at = {""},
              .label = "Offences that no code is known of, others",
              .period = "2017/18",
              .value = value});
  };
  edition("2021-01-01", 50);
  edition("2022-01-01", 52);
  const Revisions found = Compare(world);
  ASSERT_THAT(found.revisions, SizeIs(2));
  EXPECT_EQ(found.unchanged, 3);
  EXPECT_THAT(found.revisions[0].members, ElementsAre(vocabulary::kUnmapped));
  EXPECT_THAT(found.revisions[0].before->value, Optional(50));
  const auto& offence = *found.revisions[1].dimensions.at(0);
  EXPECT_EQ(offence.member(found.revisions[1].members.at(0)).code, "88A");
}

TEST(RevisionsTest, TheyAreCountedByReporterAndKept) {
  const RowSpec q7 = {.reporter = "q", .period = "2017/18", .value = 7};
  RowSpec q8 = q7;
  q8.value = 8;
  const World world =
      TwoEditions({P(50), q7}, {P(52, vocabulary::kFlagRevised), q8});
  const auto& reporters = world.vocabulary().reporters();
  const Revisions all = Compare(world);
  ASSERT_THAT(all.reporters, SizeIs(2));
  EXPECT_THAT(all.reporters.at(*reporters.Find("p")).counts,
              ElementsAre(Pair(RevisionKind::kChanged, 1)));
  EXPECT_EQ(all.reporters.at(*reporters.Find("p")).silent, 0);
  EXPECT_EQ(all.reporters.at(*reporters.Find("q")).silent, 1);
  EXPECT_THAT(Compare(world, {.reporter = reporters.Find("q")}).revisions,
              SizeIs(1));
  EXPECT_THAT(Compare(world, {.measure = "accounts"}).revisions, IsEmpty());
  EXPECT_THAT(Compare(world, {.silent_only = true}).revisions, SizeIs(1));
}

TEST(RevisionsTest, ALongComparisonCanBeEnded) {
  const auto whole = TwoEditions({P(50)}, {P(52)}).Build();
  EXPECT_THAT(
      FindRevisions(*whole->Narrow({0}), *whole->Narrow({1}),
                    {.check = [] { return absl::CancelledError("gone"); }}),
      ::collate::testing::StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace collate::query
