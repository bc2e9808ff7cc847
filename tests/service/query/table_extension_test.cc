// A publication makes a table from the one before: whatever is published and
// withdrawn in whatever order, the tables are those that would be built from
// everything at once. Figures are made up.

#include "service/query/table_extension.h"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "service/query/publisher.h"
#include "tests/service/query/random_worlds.h"
#include "tests/service/query/same_tables.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Built;
using ::collate::testing::DraftsOf;
using ::collate::testing::IsOk;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::MemoryStore;
using ::collate::testing::RowSpec;
using ::collate::testing::SliceSpec;
using ::collate::testing::World;
using ::collate::testing::WorldMaker;
using vocabulary::State;

// Editions of two sources with rows of every kind: on several axes, of unknown
// labels, repeated within a release, without a number, counted from records,
// in decimals, with reasons and statements beside them; some declare their
// slice otherwise, some claim what they do not print.
class Editions {
 public:
  explicit Editions(uint32_t seed) : random_(seed) {}

  std::vector<store::ReleaseDraft> Make() {
    World world;
    const int editions = 2 + Below(5);
    for (int edition = 0; edition < editions; ++edition) {
      world.Release(Below(4) == 0 ? "second" : "first",
                    Below(8) == 0 ? ""
                                  : absl::StrCat("20", 18 + Below(3), "-0",
                                                 1 + Below(9), "-01"));
      const int slices = 1 + Below(3);
      for (int slice = 0; slice < slices; ++slice) AddSlice(world);
    }
    return DraftsOf(*world.Build());
  }

  int Below(int n) { return static_cast<int>(random_() % n); }

 private:
  void AddSlice(World& world) {
    SliceSpec spec;
    switch (Below(4)) {
      case 0:
        break;
      case 1:
        spec.axes = {"offence@code"};
        break;
      default:
        spec.axes = {"offence@code", "sex@sex"};
    }
    if (Below(6) == 0) spec.partition = store::Partition::kIncomplete;
    if (Below(6) == 0) spec.scale = 1;
    if (Below(8) == 0) spec.universe = "platform_known";
    world.Slice(spec);
    const int rows = 1 + Below(30);
    for (int i = 0; i < rows; ++i) world.Row(MakeRow(spec));
    for (int i = Below(3); i > 0; --i) {
      world.Extent({Reporter(), "s"}, {Period()});
    }
  }

  RowSpec MakeRow(const SliceSpec& spec) {
    RowSpec row;
    row.reporter = Reporter();
    row.period = Period();
    for (const std::string& axis : spec.axes) {
      row.at.push_back(axis[0] == 'o' ? (Below(2) == 0 ? "88A" : "71")
                                      : (Below(2) == 0 ? "f" : "m"));
    }
    if (!row.at.empty() && Below(20) == 0) row.at.back() = "nobody knows";
    switch (Below(4)) {
      case 0:
        row.state = State::kRefused;
        row.reason = Below(2) == 0 ? "s.12" : "s.31";
        break;
      case 1:
        row.state = State::kSuppressed;
        row.lower = 1;
        row.upper = 4;
        break;
      default:
        row.value = Below(2) == 0 ? Below(100) : Below(100'000);
        if (Below(3) == 0) row.flags = vocabulary::kFlagRevised;
        if (Below(10) == 0) row.records = 3;
    }
    if (Below(15) == 0) row.stated_reporters = 2;
    row.line = ++line_;
    return row;
  }

  std::string Reporter() { return std::string(1, "pqrs"[Below(4)]); }
  std::string Period() {
    static const char* const kPeriods[] = {"2016", "2017", "2018", "2017 Q1",
                                           "2017 Q2"};
    return kPeriods[Below(5)];
  }

  std::mt19937 random_;
  uint64_t line_ = 1;
};

void ExpectAsBuiltAtOnce(Publisher& publisher, MemoryStore& store) {
  const auto anew = Publisher::Open(MakeTestVocabulary(), &store);
  ASSERT_THAT(anew, IsOk());
  ExpectSameSnapshot(*publisher.Current(), *(*anew)->Current());
}

// Publishes in any order, and withdraws some between.
void ExpectEveryStepRight(std::vector<store::ReleaseDraft> drafts,
                          std::mt19937& random) {
  std::shuffle(drafts.begin(), drafts.end(), random);
  MemoryStore store;
  const auto publisher = Publisher::Open(MakeTestVocabulary(), &store);
  ASSERT_THAT(publisher, IsOk());
  for (size_t i = 0; i < drafts.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("after publication ", i));
    ASSERT_THAT((*publisher)->Publish(drafts[i]), IsOk());
    ExpectAsBuiltAtOnce(**publisher, store);
    if (random() % 4 != 0) continue;
    SCOPED_TRACE("and a withdrawal");
    ASSERT_THAT(
        (*publisher)
            ->Withdraw(drafts[random() % (i + 1)].release.name, "an error"),
        IsOk());
    ExpectAsBuiltAtOnce(**publisher, store);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(TableExtension, EveryStepIsAsIfBuiltAtOnce) {
  for (uint32_t seed = 0; seed < 400 && !::testing::Test::HasFailure();
       ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    ExpectEveryStepRight(Editions(seed).Make(), random);
    ExpectEveryStepRight(
        DraftsOf(*Built(WorldMaker(seed).MakeContradicting()).Build()), random);
  }
}

// What the test above would not see if no table ever went on.
TEST(TableExtension, RowsThatNobodySpeaksAboutAreCopiedAndNotDecidedAnew) {
  World before;
  before.Release("first", "2018-06-01").Slice({.axes = {"sex@sex"}});
  for (const char* sex : {"f", "m"}) {
    for (const char* reporter : {"p", "q"}) {
      before.Row(
          {.reporter = reporter, .at = {sex}, .period = "2017", .value = 1});
    }
  }
  const auto base = before.Build();
  TableExtension extension(base->tables()[0]);
  TableGroup group(1);
  group.axes = base->tables()[0].axes;
  group.NumberOf(0);
  // A later edition has one of the four keys.
  const auto& rows = *base->tables()[0].rows;
  group.rows.Add(rows, 2, group.NumberOf(1), 0, kStillKnown);
  RankedReleases ranked;
  ranked.rank = {0, 1};
  ranked.by_rank = {0, 1};
  extension.MoveTouched(ranked, {false, true}, {0}, group);
  ASSERT_EQ(group.rows.size(), 2u) << "the new row, and the one of its key";
  EXPECT_EQ(group.rows.reporter(1), rows.reporter(2));
  EXPECT_EQ(group.rows.member(0, 1), rows.member(0, 2));
}

}  // namespace
}  // namespace collate::query
