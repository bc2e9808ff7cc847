// Conflicts over a whole snapshot. Figures are synthetic.

#include "service/query/conflict_list.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::RowSpec;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

absl::Status Always() { return absl::OkStatus(); }

std::vector<FigureConflict> Conflicts(const World& world) {
  auto found = ListConflicts(*world.Build(), Always);
  EXPECT_THAT(found, IsOk());
  return found.ok() ? *std::move(found) : std::vector<FigureConflict>();
}

std::vector<std::string> Messages(const World& world) {
  std::vector<std::string> messages;
  for (const FigureConflict& one : Conflicts(world)) {
    messages.push_back(one.message);
  }
  return messages;
}

RowSpec At(const std::string& reporter, const std::string& member,
           int64_t value, const std::string& period = "2017/18") {
  return {
      .reporter = reporter, .at = {member}, .period = period, .value = value};
}

TEST(ConflictListTest, NothingIsListedWhereNothingIsContradicted) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("p", "88A", 1))
      .Row(At("p", "71", 2));
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("p", "88A", 1))
      .Row(At("q", "71", 3));
  EXPECT_THAT(Messages(world), IsEmpty());
}

TEST(ConflictListTest, EveryPairOfSourcesIsListedInTheirOrder) {
  World world;
  int value = 10;
  for (const char* source : {"third", "second", "first"}) {
    world.Release(source, "2018-06-01")
        .Slice({.axes = {"offence@code"}})
        .Row(At("p", "88A", value++));
  }
  EXPECT_THAT(
      Messages(world),
      ElementsAre(
          "Title of p, Title of 88A, 2017/18: first prints 12 and second 11",
          "Title of p, Title of 88A, 2017/18: first prints 12 and third 10",
          "Title of p, Title of 88A, 2017/18: second prints 11 and third 10"));
}

TEST(ConflictListTest, TwoSidesThatOneSourceRepeats) {
  World world;
  RowSpec one = At("p", "88A", 175);
  one.printed_by = "a.example";
  RowSpec two = At("p", "88A", 64);
  two.printed_by = "b.example";
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(one)
      .Row(two);
  const auto conflicts = Conflicts(world);
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].message,
            "Title of p, Title of 88A, 2017/18: first prints 175 (a.example) "
            "and 64 (b.example)");
  EXPECT_EQ(conflicts[0].first.source, conflicts[0].second.source);
  EXPECT_EQ(conflicts[0].first.figure.bounds, Interval::Exactly(175));
}

TEST(ConflictListTest, PartsOfQuartersStandAgainstAPrintedYear) {
  World world;
  world.Release("first", "2018-06-01").Slice({.axes = {"offence@code"}});
  for (const char* quarter :
       {"2017/18 Q1", "2017/18 Q2", "2017/18 Q3", "2017/18 Q4"}) {
    world.Row(At("p", "88A", 1, quarter)).Row(At("p", "71", 2, quarter));
  }
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"offence@group"}})
      .Row(At("p", "sexual", 13));
  const auto conflicts = Conflicts(world);
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].kind, ConflictKind::kPartsVTotal);
  EXPECT_EQ(conflicts[0].message,
            "Title of p, Title of sexual, 2017/18: second prints 13 and the "
            "parts that first prints make 12");
  EXPECT_THAT(conflicts[0].second.rows, SizeIs(8));
}

TEST(ConflictListTest, APartThatExceedsItsWholeIsListedOnce) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("p", "88A", 45));
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"offence@statute"}})
      .Row(At("p", "s15a", 122));
  const auto conflicts = Conflicts(world);
  ASSERT_THAT(conflicts, SizeIs(1));
  const FigureConflict& one = conflicts[0];
  EXPECT_EQ(one.kind, ConflictKind::kPartExceedsWhole);
  EXPECT_EQ(one.message,
            "Title of p, 2017/18: first prints 45 of Title of 88A and second "
            "122 of Title of s15a, a part of it");
  EXPECT_THAT(one.members, IsEmpty());
  ASSERT_THAT(one.first.members, SizeIs(1));
  EXPECT_EQ(
      one.first.members[0].first->member(one.first.members[0].second).code,
      "88A");
  EXPECT_THAT(one.second.figure.reported, Optional(122));
}

// The part is only in quarters, the whole only in the year.
TEST(ConflictListTest, APartInShorterPeriodsIsFound) {
  World world;
  world.Release("first", "2018-06-01").Slice({.axes = {"offence@code"}});
  for (const char* quarter :
       {"2017/18 Q1", "2017/18 Q2", "2017/18 Q3", "2017/18 Q4"}) {
    world.Row(At("p", "88A", 5, quarter));
  }
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"offence@group"}})
      .Row(At("p", "sexual", 13));
  const auto conflicts = Conflicts(world);
  // As parts, too: the class alone is the breakdown that is there.
  ASSERT_THAT(conflicts, SizeIs(2));
  EXPECT_EQ(conflicts[0].kind, ConflictKind::kPartsVTotal);
  EXPECT_EQ(conflicts[1].kind, ConflictKind::kPartExceedsWhole);
}

TEST(ConflictListTest, ASilentRevisionCitesBothEditions) {
  World world;
  for (const auto& [published, value] :
       {std::pair("2018-06-01", 64), {"2019-06-01", 175}}) {
    world.Release("first", published)
        .Slice({.axes = {"offence@code"}})
        .Row(At("p", "88A", value));
  }
  const auto conflicts = Conflicts(world);
  ASSERT_THAT(conflicts, SizeIs(1));
  EXPECT_EQ(conflicts[0].kind, ConflictKind::kSilentRevision);
  EXPECT_EQ(conflicts[0].message,
            "Title of p, Title of 88A, 2017/18: first prints 175 in place of "
            "64 and does not mark it as revised");
  ASSERT_THAT(conflicts[0].first.rows, SizeIs(1));
  EXPECT_NE(conflicts[0].first.rows[0].release,
            conflicts[0].second.rows[0].release);
}

TEST(ConflictListTest, TheOrderIsByKindThenReporter) {
  World world;
  world.Release("second", "2018-06-01")
      .Slice({.axes = {"offence@statute"}})
      .Row(At("p", "s15a", 9))
      .Slice({.axes = {"offence@code"}})
      .Row(At("q", "88A", 1))
      .Row(At("p", "71", 1));
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("q", "88A", 2))
      .Row(At("p", "71", 2))
      .Row(At("p", "88A", 3));
  std::vector<std::pair<ConflictKind, vocabulary::MemberId>> order;
  for (const FigureConflict& one : Conflicts(world)) {
    order.emplace_back(one.kind, one.reporter);
  }
  EXPECT_THAT(order,
              ElementsAre(std::pair(ConflictKind::kSameCell, 1u),
                          std::pair(ConflictKind::kSameCell, 2u),
                          std::pair(ConflictKind::kPartExceedsWhole, 1u)));
}

TEST(ConflictListTest, ASearchThatNobodyWaitsForEnds) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row(At("p", "88A", 1));
  EXPECT_THAT(ListConflicts(*world.Build(),
                            [] { return absl::CancelledError("gone"); }),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace collate::query
