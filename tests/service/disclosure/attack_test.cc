#include "service/disclosure/attack.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace collate::disclosure {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using query::Interval;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Unknown Shown(int64_t value) { return {Interval::Exactly(value), 0}; }
Unknown Hidden(int64_t lower, int64_t upper, int64_t width) {
  return {{lower, upper}, width};
}
Unknown Hidden(int64_t width) { return {Interval::AtLeast(0), width}; }

// parts = whole.
Relation Adds(const std::vector<uint32_t>& parts, uint32_t whole) {
  Relation relation;
  for (const uint32_t part : parts) relation.terms.push_back({part, 1});
  relation.terms.push_back({whole, -1});
  relation.sum = Interval::Exactly(0);
  return relation;
}

// A 4 by 4 table of the tests of R's package sdcTable (test-simpleheuristic.R),
// with its margins: every line has two figures withheld or more, and yet one
// can be computed from two rows less two columns.
constexpr int64_t kTable[4][4] = {{30, 47, 64, 89},
                                  {90, 124, 5, 31},
                                  {92, 100, 59, 85},
                                  {800, 991, 651, 685}};
constexpr bool kHidden[4][4] = {{true, true, true, false},
                                {true, false, true, false},
                                {false, true, false, true},
                                {false, true, false, true}};

System KnownTable() {
  System system;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      system.figures.push_back(
          kHidden[row][column] ? Hidden(2) : Shown(kTable[row][column]));
    }
  }
  for (int line = 0; line < 8; ++line) {
    std::vector<uint32_t> parts;
    int64_t sum = 0;
    for (int i = 0; i < 4; ++i) {
      const int row = line < 4 ? line : i;
      const int column = line < 4 ? i : line - 4;
      parts.push_back(static_cast<uint32_t>(row * 4 + column));
      sum += kTable[row][column];
    }
    const auto whole = static_cast<uint32_t>(system.figures.size());
    system.figures.push_back(Shown(sum));
    system.relations.push_back(Adds(parts, whole));
  }
  return system;
}

TEST(AttackTest, FindsTheOneFigureOfTheKnownTable) {
  const auto exposed = FindExposed(KnownTable());
  ASSERT_THAT(exposed, IsOk());
  ASSERT_THAT(*exposed, SizeIs(1));
  EXPECT_EQ((*exposed)[0].figure, 1);
  EXPECT_TRUE((*exposed)[0].exact());
  EXPECT_EQ((*exposed)[0].known, Interval::Exactly(47));
}

TEST(AttackTest, FindsNothingOnceAnotherFigureIsWithheld) {
  System system = KnownTable();
  system.figures[5] = Hidden(2);
  EXPECT_THAT(*FindExposed(system), IsEmpty());
  // As sdcTable finds it: 0 to 141.
  system.figures[1].least_width = 141;
  EXPECT_THAT(*FindExposed(system), IsEmpty());
  system.figures[1].least_width = 142;
  const auto exposed = FindExposed(system);
  ASSERT_THAT(*exposed, SizeIs(1));
  EXPECT_EQ((*exposed)[0].known, (Interval{0, 141}));
}

TEST(AttackTest, TotalLessPartsIsExact) {
  System system;
  system.figures = {Shown(50), Hidden(1, 4, 2), Shown(53)};
  system.relations = {Adds({0, 1}, 2)};
  const auto exposed = FindExposed(system);
  ASSERT_THAT(*exposed, SizeIs(1));
  EXPECT_EQ((*exposed)[0].known, Interval::Exactly(3));
}

TEST(AttackTest, WidthIsOfWhatIsPossibleTogether) {
  // Two figures of 1 to 4 that make 3: each is 1 or 2.
  System system;
  system.figures = {Hidden(1, 4, 2), Hidden(1, 4, 2), Shown(3)};
  system.relations = {Adds({0, 1}, 2)};
  const auto exposed = FindExposed(system);
  ASSERT_THAT(*exposed, SizeIs(2));
  EXPECT_EQ((*exposed)[0].known, (Interval{1, 2}));
  EXPECT_FALSE((*exposed)[0].exact());
  // That make 5: each is 1 to 4.
  system.figures[2] = Shown(5);
  EXPECT_THAT(*FindExposed(system), IsEmpty());
}

TEST(AttackTest, FractionsHideNothing) {
  // 2a = b with b from 3 to 5: a is 2, though fractions run from 1.5 to 2.5.
  System system;
  system.figures = {{Interval::AtLeast(0), 1}, Hidden(3, 5, 0)};
  system.relations = {{{{0, 2}, {1, -1}}, Interval::Exactly(0)}};
  const auto exposed = FindExposed(system);
  ASSERT_THAT(*exposed, SizeIs(1));
  EXPECT_EQ((*exposed)[0].known, Interval::Exactly(2));
}

TEST(AttackTest, WholeNumbersAreLookedForWhereFractionsWouldDo) {
  // a + b = b + c = a + c = 1 has only halves; with a total of up to 3 beside
  // them whole solutions put 1 on one of them.
  System system;
  system.figures = {Hidden(0, 1, 1), Hidden(0, 1, 1), Hidden(0, 1, 1)};
  system.relations = {{{{0, 1}, {1, 1}}, {std::nullopt, 1}},
                      {{{1, 1}, {2, 1}}, {std::nullopt, 1}},
                      {{{0, 1}, {2, 1}}, {std::nullopt, 1}}};
  EXPECT_THAT(*FindExposed(system), IsEmpty());
  // That all three make two is possible in no whole numbers.
  system.relations.push_back({{{0, 1}, {1, 1}, {2, 1}}, Interval::Exactly(2)});
  EXPECT_THAT(*FindExposed(system), SizeIs(3));
}

TEST(AttackTest, WhatIsNoLessThanItsPartTellsOfIt) {
  // A part of 1 to 4 in a whole of 2.
  System system;
  system.figures = {Hidden(1, 4, 2), Shown(2)};
  system.relations = {{{{0, 1}, {1, -1}}, {std::nullopt, 0}}};
  const auto exposed = FindExposed(system);
  ASSERT_THAT(*exposed, SizeIs(1));
  EXPECT_EQ((*exposed)[0].known, (Interval{1, 2}));
}

TEST(AttackTest, WithoutAFloorNothingIsKnownOfASum) {
  System system;
  system.figures = {
      {Interval::Unknown(), 4}, {Interval::Unknown(), 4}, Shown(3)};
  system.relations = {Adds({0, 1}, 2)};
  EXPECT_THAT(*FindExposed(system), IsEmpty());
}

TEST(AttackTest, LooksAtWhatIsConnectedAlone) {
  System system;
  for (int i = 0; i < 2; ++i) {
    system.figures.push_back(Shown(50));
    system.figures.push_back(Hidden(1, 4, 2));
    system.figures.push_back(Shown(53));
  }
  system.relations = {Adds({0, 1}, 2), Adds({3, 4}, 5)};
  const std::vector<uint32_t> among = {4};
  const auto exposed = FindExposed(system, &among);
  ASSERT_THAT(*exposed, SizeIs(1));
  EXPECT_EQ((*exposed)[0].figure, 4);
}

TEST(AttackTest, ContradictionsProveNothing) {
  System system;
  system.figures = {Shown(60), Hidden(1, 4, 2), Hidden(1, 4, 2), Shown(53)};
  system.relations = {Adds({0, 1, 2}, 3)};
  EXPECT_THAT(*FindExposed(system), SizeIs(2));
}

TEST(AttackTest, TooManyConnectedFiguresAreRefused) {
  System system;
  system.figures = {Hidden(2), Hidden(2), Hidden(2), Shown(60)};
  system.relations = {Adds({0, 1, 2}, 3)};
  AttackLimits limits;
  limits.max_figures = 2;
  const auto refused = FindExposed(system, nullptr, limits);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(refused, HasReason("DISCLOSURE_LIMIT"));
}

// Each figure and the next make 10, all the way round.
System Ring(uint32_t count) {
  System system;
  for (uint32_t i = 0; i < count; ++i) {
    system.figures.push_back(Hidden(0, 10, 4));
    system.relations.push_back(
        {{{i, 1}, {(i + 1) % count, 1}}, Interval::Exactly(10)});
    std::sort(system.relations.back().terms.begin(),
              system.relations.back().terms.end());
  }
  return system;
}

TEST(AttackTest, WhatIsFarAwayCountsToo) {
  // In an odd ring all are 5, which no part of it tells.
  const auto odd = FindExposed(Ring(301));
  ASSERT_THAT(odd, IsOk());
  ASSERT_THAT(*odd, SizeIs(301));
  for (const Exposure& exposure : *odd) {
    EXPECT_EQ(exposure.known, Interval::Exactly(5));
  }
  EXPECT_THAT(*FindExposed(Ring(300)), IsEmpty());
}

TEST(AttackTest, WhatIsSupposedChangesNoFinding) {
  for (const int64_t supposed : {5, 7, 99}) {
    Attacker odd;
    odd.Suppose(0, supposed);
    EXPECT_THAT(*odd.FindExposed(Ring(301)), SizeIs(301)) << supposed;
    Attacker even;
    even.Suppose(0, supposed);
    EXPECT_THAT(*even.FindExposed(Ring(300)), IsEmpty()) << supposed;
  }
}

TEST(AttackTest, ProofsAreKeptWhileMoreIsWithheld) {
  System system;
  system.figures = {Shown(50), Hidden(1, 4, 2), Shown(7), Shown(60)};
  system.relations = {Adds({0, 1, 2}, 3)};
  Attacker attacker;
  EXPECT_THAT(*attacker.FindExposed(system, nullptr, true), SizeIs(1));
  system.figures[2] = Hidden(2);
  EXPECT_THAT(*attacker.FindExposed(system, nullptr, true), IsEmpty());
  EXPECT_THAT(*attacker.FindExposed(system), IsEmpty());
}

TEST(AttackTest, WhatTakesTooLongIsRefused) {
  AttackLimits limits;
  limits.max_effort = 1000;
  const auto refused = FindExposed(Ring(301), nullptr, limits);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(refused, HasReason("DISCLOSURE_LIMIT"));
}

TEST(AttackTest, AnErrorOfTheProgressEndsIt) {
  const auto ended = FindExposed(KnownTable(), nullptr, {}, [] {
    return absl::CancelledError("nobody waits");
  });
  EXPECT_THAT(ended, StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace collate::disclosure
