#include "service/query/snapshot.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::MakeTestVocabulary;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

store::Observations ChunkWithStrings(std::vector<std::string> strings) {
  store::Observations chunk;
  chunk.strings = std::move(strings);
  return chunk;
}

TEST(FormatLocatorTest, ACsvCellIsLineAndColumn) {
  const auto chunk = ChunkWithStrings({""});
  store::Locator locator;
  locator.line = 88;
  locator.column = 8;
  EXPECT_EQ(FormatLocator(locator, chunk, "file.csv"), "file.csv:L88:C8");
}

TEST(FormatLocatorTest, AMemberOfAnArchiveNamesBoth) {
  const auto chunk = ChunkWithStrings({"", "b.csv", "a.zip/b.csv"});
  store::Locator locator;
  locator.part = 1;
  locator.line = 3;
  locator.column = 2;
  EXPECT_EQ(FormatLocator(locator, chunk, "a.zip"), "a.zip/b.csv:L3:C2");
  locator.part = 2;
  EXPECT_EQ(FormatLocator(locator, chunk, "a.zip"), "a.zip/b.csv:L3:C2");
}

TEST(FormatLocatorTest, ASheetCellIsQuotedAndLettered) {
  const auto chunk = ChunkWithStrings({"", "Table P1", "O'Neill"});
  store::Locator locator;
  locator.sheet = 1;
  locator.row = 7;
  locator.column = 11;
  EXPECT_EQ(FormatLocator(locator, chunk, "x.xlsx"), "'Table P1'!K7");
  locator.column = 27;
  EXPECT_EQ(FormatLocator(locator, chunk, "x.xlsx"), "'Table P1'!AA7");
  locator.column = 703;
  locator.row_end = 9;
  EXPECT_EQ(FormatLocator(locator, chunk, "x.xlsx"), "'Table P1'!AAA7:AAA9");
  locator = {.sheet = 2, .row = 1, .column = 26};
  EXPECT_EQ(FormatLocator(locator, chunk, "x.xlsx"), "'O''Neill'!Z1");
}

TEST(SnapshotTest, ACitationRepeatsWhatWasPrinted) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = "2017/18",
            .value = 5,
            .line = 88});
  const auto snapshot = world.Build();
  const Citation citation = *snapshot->Cite({0, 0, 0});
  EXPECT_EQ(citation.locator, "file.csv:L88:C8");
  EXPECT_EQ(citation.raw, " 5 ");
  EXPECT_EQ(citation.reporter_text, "as printed p");
  EXPECT_EQ(citation.period_text, "2017/18");
  EXPECT_THAT(citation.labels,
              ElementsAre(std::pair("offence", "as printed 88A")));
}

TEST(SnapshotTest, EveryRowKnowsWhenItWasTheSourcesStatement) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 50});
  world.Release("first", "2019-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 60});
  const auto snapshot = world.Build();
  ASSERT_EQ(snapshot->tables().size(), 1);
  const SliceTable& table = snapshot->tables()[0];
  ASSERT_EQ(table.row_count(), 2);
  EXPECT_EQ(table.value(0), 50);
  EXPECT_EQ(table.value(1), 60);
  EXPECT_EQ(table.known_until(0), table.known_from(1));
  EXPECT_EQ(table.known_until(1), kStillKnown);
}

TEST(SnapshotTest, LoadOrderChangesNothing) {
  auto build = [](bool reversed) {
    World world;
    auto early = [&] {
      world.Release("first", "2018-06-01")
          .Slice({})
          .Row({.reporter = "p", .period = "2017/18", .value = 50});
    };
    auto late = [&] {
      world.Release("first", "2019-06-01")
          .Slice({})
          .Row({.reporter = "p", .period = "2017/18", .value = 60});
    };
    reversed ? (late(), early()) : (early(), late());
    return world.Build();
  };
  const auto rows = [&build](bool reversed) {
    const auto snapshot = build(reversed);
    const SliceTable& table = snapshot->tables()[0];
    std::vector<std::pair<int64_t, KnownTime>> rows;
    for (size_t row = 0; row < table.row_count(); ++row) {
      rows.emplace_back(table.value(row), table.known_until(row));
    }
    return rows;
  };
  EXPECT_EQ(rows(false), rows(true));
  EXPECT_THAT(rows(false), SizeIs(2));
}

TEST(SnapshotTest, TheDigestTellsWithdrawnFromPublished) {
  auto build = [](bool withdrawn) {
    World world;
    world.Release("first", "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 50});
    if (withdrawn) world.Withdrawn("wrong");
    return world.Build()->digest();
  };
  EXPECT_EQ(build(false), build(false));
  EXPECT_NE(build(false), build(true));
}

TEST(SnapshotTest, SourcesStandInTheirOrderOfPreference) {
  World world;
  for (const char* source : {"zeta", "second", "alpha", "first"}) {
    world.Release(source, "2018-06-01")
        .Slice({})
        .Row({.reporter = "p", .period = "2017/18", .value = 1});
  }
  EXPECT_THAT(world.Build()->sources(),
              ElementsAre("first", "second", "alpha", "zeta"));
}

TEST(SnapshotTest, AReleaseOfAnUnknownMeasureIsKeptWithItsProblem) {
  auto loaded = std::make_shared<LoadedRelease>();
  loaded->release.name = "sources/first/releases/1";
  std::vector<store::Observations> chunks(1);
  chunks[0].slice.measure = "no-such-measure";
  loaded->chunks = std::make_shared<const ChunksInMemory>(chunks);
  const auto snapshot = Snapshot::Build(MakeTestVocabulary(), {loaded});
  ASSERT_THAT(snapshot->releases(), SizeIs(1));
  EXPECT_THAT(snapshot->releases()[0]->problem, HasReason("CORRUPT_RELEASE"));
  EXPECT_EQ(snapshot->releases()[0]->chunks->size(), 0);
  EXPECT_THAT(snapshot->tables(), IsEmpty());
}

}  // namespace
}  // namespace collate::query
