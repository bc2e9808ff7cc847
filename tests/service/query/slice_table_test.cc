#include "service/query/slice_table.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/vocabulary/state.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::Pair;
using vocabulary::MemberId;
using vocabulary::State;

// Rows of every combination that `there` lets pass, of members 0 to
// `first` - 1, 0 to `second` - 1 and reporters 0 to `reporters` - 1, two of
// each.
template <typename There>
TableRows RowsOf(uint32_t first, uint32_t second, uint32_t reporters,
                 There there) {
  TableRows rows(2);
  uint32_t stored = 0;
  for (MemberId a = 0; a < first; ++a) {
    for (MemberId b = 0; b < second; ++b) {
      for (MemberId reporter = 0; reporter < reporters; ++reporter) {
        if (!there(a, b, reporter)) continue;
        for (int day = 0; day < 2; ++day) {
          const std::vector<MemberId> members = {a, b};
          rows.Add(
              members,
              {.reporter = reporter,
               .period = {day, day + 1},
               .state = State::kReported,
               .value = static_cast<int64_t>(a * 10000 + b * 100 + reporter),
               .stored = stored++},
              "");
        }
      }
    }
  }
  rows.Finish();
  return rows;
}

template <typename There>
void ExpectEveryCombinationIsFound(uint32_t first, uint32_t second,
                                   uint32_t reporters, There there) {
  const TableRows rows = RowsOf(first, second, reporters, there);
  for (MemberId a = 0; a <= first; ++a) {
    for (MemberId b = 0; b <= second; ++b) {
      for (MemberId reporter = 0; reporter <= reporters; ++reporter) {
        const std::vector<MemberId> members = {a, b};
        const auto [begin, end] = rows.Find(members, reporter);
        const bool is = a < first && b < second && reporter < reporters &&
                        there(a, b, reporter);
        ASSERT_EQ(end - begin, is ? 2u : 0u)
            << a << " " << b << " " << reporter;
        for (size_t row = begin; row < end; ++row) {
          ASSERT_EQ(rows.value(row), a * 10000 + b * 100 + reporter);
        }
      }
    }
  }
}

TEST(TableRows, FindsTheRowsOfACombinationWhereMostAreThere) {
  ExpectEveryCombinationIsFound(5, 4, 6,
                                [](MemberId a, MemberId b, MemberId reporter) {
                                  return (a + b + reporter) % 5 != 0;
                                });
}

TEST(TableRows, FindsTheRowsOfACombinationWhereFewAreThere) {
  // More combinations than an index is made for.
  ExpectEveryCombinationIsFound(40, 40, 40,
                                [](MemberId a, MemberId b, MemberId reporter) {
                                  return a == b && b == reporter;
                                });
}

TEST(TableRows, TellsWhetherAMemberOccurs) {
  const TableRows rows =
      RowsOf(6, 6, 6, [](MemberId a, MemberId, MemberId) { return a != 3; });
  EXPECT_TRUE(rows.Occurs(0, 2));
  EXPECT_FALSE(rows.Occurs(0, 3));
  EXPECT_TRUE(rows.Occurs(1, 3));
}

// Rows that one knows of can be read; who looks for others is noted.
TEST(TableRows, APartTellsThatRowsWereLookedFor) {
  const TableRows rows =
      RowsOf(6, 6, 6, [](MemberId, MemberId, MemberId) { return true; });
  const auto absences = std::make_shared<Absences>();
  const TableRows part =
      TableRows::Partial(rows, {{2, 3}, {1}, {4, 5}}, absences);
  EXPECT_EQ(part.value(0), rows.value(0));
  EXPECT_EQ(part.place_count(0), 2u);
  EXPECT_EQ(part.PlaceOf(0, 3), 1u);
  EXPECT_EQ(part.PlaceOf(0, 1), 2u);
  EXPECT_EQ(part.PlaceOf(2, 5), 1u);
  EXPECT_EQ(part.MemberAt(0, 1), MemberId{3});
  EXPECT_TRUE(part.Occurs(0, 1));
  EXPECT_FALSE(absences->any());
  const std::vector<MemberId> members = {2, 1};
  for (const auto& look : std::vector<std::function<void()>>{
           [&] { static_cast<void>(part.size()); },
           [&] { static_cast<void>(part.starts()); },
           [&] { static_cast<void>(part.Find(members, 4)); }}) {
    look();
    EXPECT_TRUE(absences->any());
    absences->Clear();
  }
}

TEST(TableRows, TellsWhoOccursAndSinceWhen) {
  TableRows rows(1);
  rows.Add(std::vector<MemberId>{1}, {.reporter = 4, .known_from = 30}, "late");
  rows.Add(std::vector<MemberId>{1}, {.reporter = 5, .known_from = 20}, "");
  rows.Add(std::vector<MemberId>{2}, {.reporter = 4, .known_from = 10}, "late");
  rows.Finish();
  EXPECT_THAT(rows.first_known(0), ElementsAre(Pair(1, 20), Pair(2, 10)));
  EXPECT_THAT(rows.reporters(), ElementsAre(Pair(4, 10), Pair(5, 20)));
  EXPECT_EQ(rows.reason(0), "late");
  EXPECT_EQ(rows.reason(1), "");
}

TEST(TableRows, KnowsWhichStatesOccur) {
  TableRows rows(0);
  rows.Add({}, {.state = State::kSuppressed}, "");
  rows.Finish();
  EXPECT_TRUE(rows.has_state(State::kSuppressed));
  EXPECT_FALSE(rows.has_state(State::kReported));
}

TEST(SliceTable, IsSharedBetweenSnapshotsThatDifferElsewhere) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  world.Release("second", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 60});
  const auto whole = world.Build();
  const auto narrow = whole->Narrow({1});
  ASSERT_EQ(narrow->tables().size(), 1u);
  EXPECT_EQ(narrow->tables()[0].rows, whole->tables()[1].rows);
  EXPECT_EQ(narrow->tables()[0].ref(0).release, 0u)
      << "releases are numbered anew";
}

}  // namespace
}  // namespace collate::query
