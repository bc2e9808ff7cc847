#include "service/disclosure/suppress.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/status_macros.h"
#include "service/disclosure/audit.h"
#include "service/disclosure/protected_store.h"
#include "tests/service/disclosure/restricted_world.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_scale.h"

namespace collate::disclosure {
namespace {

namespace testing = ::collate::testing;

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MemoryStore;
using ::collate::testing::PublishAll;
using ::collate::testing::RandomTable;
using ::collate::testing::Shown;
using ::collate::testing::ShownFigure;
using ::collate::testing::Widths;
using ::collate::testing::World;
using store::Partition;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

// What is shown of a table, and what it stands for.
std::vector<ShownFigure> FiguresOf(const RandomTable& table,
                                   const ProtectedStore& shown) {
  std::vector<ShownFigure> figures;
  std::map<int, bool> says_complete;  // by edition that is shown
  const auto releases = shown.ListReleases();
  for (size_t edition = 0; edition < releases->size(); ++edition) {
    const auto chunks = shown.ReadObservations((*releases)[edition].name);
    if (!chunks.ok()) {
      // What was shown before may leave no way to show an edition, and so may
      // absent rows where a 0 is withheld; then none of it is shown.
      EXPECT_THAT(chunks, HasReason("DISCLOSURE_WITHHELD"));
      EXPECT_TRUE(edition > 0 ||
                  (table.lacks_rows() && shown.profile().withheld_from == 0));
      continue;
    }
    says_complete[static_cast<int>(edition)] = false;
    for (const store::Observations& chunk : *chunks) {
      for (size_t row = 0; row < chunk.row_count(); ++row) {
        ShownFigure figure;
        figure.edition = static_cast<int>(edition);
        figure.cells = RandomTable::CellsOf(chunk, row);
        figure.state = chunk.state[row];
        figure.known = Possible(StatedIn(chunk, row), chunk.slice.floor);
        figure.truth = table.Sum(figure.edition, figure.cells);
        figures.push_back(std::move(figure));
      }
      bool& says = says_complete[static_cast<int>(edition)];
      says = says || chunk.slice.partition == Partition::kComplete;
    }
  }
  const size_t printed = figures.size();
  for (const RandomTable::Absent& absent : table.absent()) {
    if (!says_complete.contains(absent.edition)) continue;
    ShownFigure figure;
    figure.edition = absent.edition;
    figure.cells = absent.cells;
    figure.state = State::kReported;
    figure.known = query::Interval::Exactly(0);
    figure.is_printed = false;
    // Where a profile withholds that a figure is 0 it is not known of what lies
    // in it or around it, either, unless it is said.
    const bool is_withheld = std::any_of(
        figures.begin(), figures.begin() + static_cast<ptrdiff_t>(printed),
        [&](const ShownFigure& other) {
          return other.state == State::kSuppressed && other.truth == 0 &&
                 other.edition == figure.edition &&
                 std::find_first_of(other.cells.begin(), other.cells.end(),
                                    figure.cells.begin(),
                                    figure.cells.end()) != other.cells.end();
        });
    if (is_withheld && !(absent.is_said && says_complete[absent.edition])) {
      continue;
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

// Tables 0 to 999, each by one of the profiles.
void ExpectSafe(uint32_t first, uint32_t count) {
  for (uint32_t seed = first; seed < first + count; ++seed) {
    const RandomTable table(seed);
    SCOPED_TRACE(seed);
    MemoryStore store;
    PublishAll(table.world(), store);
    const std::string profile = ProfileNames()[1 + seed % 3];
    const ProtectedStore shown = Shown(store, profile);
    const std::vector<ShownFigure> figures = FiguresOf(table, shown);
    const int64_t least = FindProfile(profile)->least_width;
    const std::vector<int64_t> widths =
        Widths(figures, table.editions(), least);
    for (size_t i = 0; i < figures.size(); ++i) {
      const ShownFigure& figure = figures[i];
      // It is true.
      EXPECT_LE(figure.known.lower.value_or(figure.truth), figure.truth);
      EXPECT_GE(figure.known.upper.value_or(figure.truth), figure.truth);
      if (figure.state == State::kSuppressed) {
        EXPECT_GE(widths[i], least)
            << profile << ", table " << seed << ", figure " << i << " of "
            << figure.truth;
      } else if (figure.state == State::kRounded) {
        EXPECT_GE(widths[i], 1) << profile << ", table " << seed << ", figure "
                                << i << " of " << figure.truth;
      } else {
        EXPECT_EQ(figure.state, State::kReported);
      }
    }
    const auto audit = Audit(shown, {});
    ASSERT_THAT(audit, IsOk());
    EXPECT_THAT(audit->findings, IsEmpty()) << "table " << seed;
  }
}

// A table of one kind by place, of one reporter and year.
World OfPlaces(const std::vector<std::pair<std::string, int64_t>>& places,
               std::optional<int64_t> total, const std::string& published) {
  World world(testing::MakeRestrictedVocabulary());
  world.Release("first", published)
      .Slice({.axes = {"place@town"}, .measure = "cases"});
  for (const auto& [place, count] : places) {
    world.Row(
        {.reporter = "p", .at = {place}, .period = "2018", .value = count});
  }
  if (total.has_value()) {
    world.Slice({.measure = "cases"})
        .Row({.reporter = "p", .period = "2018", .value = *total});
  }
  return world;
}

// "REPORTED 50", "SUPPRESSED [1,4]", of each row of a release.
std::vector<std::string> RowsOf(const ProtectedStore& shown,
                                const std::string& release) {
  std::vector<std::string> rows;
  const auto end = [](const std::optional<int64_t>& number) {
    return number.has_value() ? absl::StrCat(*number) : "";
  };
  const auto chunks = shown.ReadObservations(release);
  EXPECT_THAT(chunks, IsOk());
  for (const store::Observations& chunk : *chunks) {
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      const Stated figure = StatedIn(chunk, row);
      std::string text(vocabulary::StateName(figure.state));
      if (figure.value.has_value()) absl::StrAppend(&text, " ", *figure.value);
      if (figure.bounds != query::Interval::Unknown()) {
        absl::StrAppend(&text, " [", end(figure.bounds.lower), ",",
                        end(figure.bounds.upper), "]");
      }
      rows.push_back(std::move(text));
    }
  }
  return rows;
}

TEST(SuppressTest, NothingElseIsWithheldWhereNothingAddsUp) {
  MemoryStore store;
  PublishAll(OfPlaces({{"n1", 50}, {"n2", 3}, {"s1", 7}}, {}, "2019-01-01"),
             store);
  EXPECT_THAT(RowsOf(Shown(store, "count-below-5"), "sources/first/releases/1"),
              ElementsAre("REPORTED 50", "SUPPRESSED [1,4]", "REPORTED 7"));
}

TEST(SuppressTest, TheLeastFigureThatHidesTheOtherIsWithheldToo) {
  MemoryStore store;
  PublishAll(
      OfPlaces({{"n1", 50}, {"n2", 3}, {"s1", 7}, {"s2", 0}}, 60, "2019-01-01"),
      store);
  EXPECT_THAT(RowsOf(Shown(store, "count-below-5"), "sources/first/releases/1"),
              ElementsAre("REPORTED 50", "SUPPRESSED [1,4]", "SUPPRESSED",
                          "REPORTED 0", "REPORTED 60"));
}

TEST(SuppressTest, RoundingHidesByItself) {
  MemoryStore store;
  PublishAll(OfPlaces({{"n1", 51}, {"n2", 3}, {"s1", 27}}, 81, "2019-01-01"),
             store);
  EXPECT_THAT(RowsOf(Shown(store, "ons-10-5"), "sources/first/releases/1"),
              ElementsAre("ROUNDED 50 [48,52]", "SUPPRESSED [0,9]",
                          "ROUNDED 25 [23,27]", "ROUNDED 80 [78,82]"));
}

TEST(SuppressTest, ARangeThatGivesOthersAwayIsNotStated) {
  // Three of 1 or more that make 4 in all are known too well.
  MemoryStore store;
  PublishAll(OfPlaces({{"n1", 1}, {"n2", 1}, {"s1", 2}}, 4, "2019-01-01"),
             store);
  EXPECT_THAT(
      RowsOf(Shown(store, "count-below-5"), "sources/first/releases/1"),
      ElementsAre("SUPPRESSED", "SUPPRESSED", "SUPPRESSED", "SUPPRESSED"));
}

TEST(SuppressTest, WhatDidNotChangeIsShownAsBefore) {
  MemoryStore store;
  PublishAll(OfPlaces({{"n1", 50}, {"n2", 3}, {"s1", 7}}, 60, "2019-01-01"),
             store);
  World later = OfPlaces({{"n1", 50}, {"n2", 3}, {"s1", 7}}, 61, "2019-02-01");
  auto drafts = testing::DraftsOf(*later.Build());
  drafts[0].release.name = "sources/first/releases/2";
  drafts[0].release.load_time += absl::Hours(1);
  ASSERT_THAT(store.Publish(drafts[0]), IsOk());
  const ProtectedStore shown = Shown(store, "count-below-5");
  EXPECT_THAT(RowsOf(shown, "sources/first/releases/1"),
              ElementsAre("REPORTED 50", "SUPPRESSED [1,4]", "SUPPRESSED",
                          "REPORTED 60"));
  // Its total is another, the rest is as it was.
  EXPECT_THAT(RowsOf(shown, "sources/first/releases/2"),
              ElementsAre("REPORTED 50", "SUPPRESSED [1,4]", "SUPPRESSED",
                          "REPORTED 61"));
}

TEST(SuppressTest, AnEditionThatGivesAnEarlierOneAwayIsNotShown) {
  // What was shown: 50 and 60. That 3 is all that lies between 57 and 60 is
  // new.
  MemoryStore store;
  PublishAll(OfPlaces({{"n1", 50}, {"s1", 7}}, 60, "2019-01-01"), store);
  World later = OfPlaces({{"n1", 50}, {"n2", 3}, {"s1", 7}}, 60, "2019-02-01");
  auto drafts = testing::DraftsOf(*later.Build());
  drafts[0].release.name = "sources/first/releases/2";
  drafts[0].release.load_time += absl::Hours(1);
  ASSERT_THAT(store.Publish(drafts[0]), IsOk());
  const ProtectedStore shown = Shown(store, "count-below-5");
  EXPECT_THAT(RowsOf(shown, "sources/first/releases/1"),
              ElementsAre("REPORTED 50", "REPORTED 7", "REPORTED 60"));
  EXPECT_THAT(shown.ReadObservations("sources/first/releases/2"),
              HasReason("DISCLOSURE_WITHHELD"));
  const auto audit = Audit(shown, {});
  ASSERT_THAT(audit, IsOk());
  EXPECT_THAT(audit->findings, IsEmpty());
  ASSERT_THAT(audit->sources, SizeIs(1));
  EXPECT_EQ(audit->sources[0].releases, 1);
  EXPECT_EQ(audit->sources[0].hidden_releases, 1);
}

// Kind b is nothing, and the breakdown by kind leaves it out.
World LacksNothing() {
  World world(testing::MakeRestrictedVocabulary());
  world.Release("first", "2019-01-01")
      .Slice({.axes = {"kind@kind"}, .measure = "cases"})
      .Row({.reporter = "p", .at = {"a"}, .period = "2018", .value = 40})
      .Slice({.axes = {"kind@kind", "place@town"}, .measure = "cases"});
  for (const auto& [kind, town, count] :
       std::vector<std::tuple<std::string, std::string, int64_t>>{
           {"a", "n1", 25}, {"a", "n2", 15}, {"b", "n1", 0}, {"b", "n2", 0}}) {
    world.Row({.reporter = "p",
               .at = {kind, town},
               .period = "2018",
               .value = count});
  }
  return world;
}

TEST(SuppressTest, AnAbsentRowDoesNotTellAWithheldZero) {
  MemoryStore store;
  PublishAll(LacksNothing(), store);
  // Where a 0 is shown nothing is told.
  const ProtectedStore open = Shown(store, "nhs-7-5");
  EXPECT_EQ(open.ReadChunk("sources/first/releases/1", 0)->slice.partition,
            Partition::kComplete);
  // Where it is not, whoever knew that nothing is left out would know it.
  const ProtectedStore shown = Shown(store, "ons-10-5");
  EXPECT_THAT(RowsOf(shown, "sources/first/releases/1"),
              ElementsAre("ROUNDED 40 [38,42]", "ROUNDED 25 [23,27]",
                          "ROUNDED 15 [13,17]", "SUPPRESSED [0,9]",
                          "SUPPRESSED [0,9]"));
  for (const uint32_t chunk : {0u, 1u}) {
    EXPECT_EQ(
        shown.ReadChunk("sources/first/releases/1", chunk)->slice.partition,
        Partition::kIncomplete);
  }
  const auto audit = Audit(shown, {});
  ASSERT_THAT(audit, IsOk());
  EXPECT_THAT(audit->findings, IsEmpty());
}

TEST(SuppressTest, WhatABreakdownLacksIsCountedIn) {
  // Without the absent row of 40, n1 less (b, n1) would be nobody's 3; with
  // it, kind a less what is absent from it is.
  MemoryStore store;
  World world(testing::MakeRestrictedVocabulary());
  world.Release("first", "2019-01-01")
      .Slice({.axes = {"kind@kind", "place@town"},
              .partition = Partition::kIncomplete,
              .measure = "cases"})
      .Row({.reporter = "p", .at = {"a", "n1"}, .period = "2018", .value = 3})
      .Row({.reporter = "p", .at = {"b", "n1"}, .period = "2018", .value = 20})
      .Row({.reporter = "p", .at = {"b", "n2"}, .period = "2018", .value = 30})
      .Slice({.axes = {"kind@kind"}, .measure = "cases"})
      .Row({.reporter = "p", .at = {"a"}, .period = "2018", .value = 43})
      .Row({.reporter = "p", .at = {"b"}, .period = "2018", .value = 50})
      .Slice({.axes = {"place@town"}, .measure = "cases"})
      .Row({.reporter = "p", .at = {"n2"}, .period = "2018", .value = 70});
  PublishAll(world, store);
  // n2 less (b, n2) is what (a, n2) lacks, and kind a less that is 3: of one of
  // these no number is shown.
  const std::vector<std::string> rows =
      RowsOf(Shown(store, "count-below-5"), "sources/first/releases/1");
  EXPECT_TRUE(absl::StartsWith(rows[0], "SUPPRESSED")) << rows[0];
  EXPECT_TRUE(rows[2] == "SUPPRESSED" || rows[3] == "SUPPRESSED" ||
              rows[5] == "SUPPRESSED");
}

TEST(SuppressTest, WhatTakesTooLongIsNotShownAndSaid) {
  MemoryStore store;
  PublishAll(RandomTable(3).world(), store);
  ProtectedStore::Options options;
  const auto vocabulary = testing::MakeRestrictedVocabulary();
  options.vocabulary = vocabulary;
  options.store = &store;
  options.profile = FindProfile("nhs-7-5");
  options.limits.max_effort = 100;
  const ProtectedStore shown(options);
  const auto read = shown.ReadObservations((*store.ListReleases())[0].name);
  EXPECT_THAT(read, HasReason("DISCLOSURE_LIMIT"));
  const auto audit = Audit(shown, {});
  ASSERT_THAT(audit, IsOk());
  ASSERT_THAT(audit->sources, SizeIs(1));
  EXPECT_EQ(audit->sources[0].hidden_releases,
            static_cast<int64_t>(store.ListReleases()->size()));
}

TEST(SuppressTest, TheOrderOfReadingChangesNothing) {
  const RandomTable table(3);
  MemoryStore store;
  PublishAll(table.world(), store);
  const ProtectedStore first = Shown(store, "nhs-7-5");
  const ProtectedStore second = Shown(store, "nhs-7-5");
  const auto releases = store.ListReleases();
  std::vector<std::vector<std::string>> forwards;
  std::vector<std::vector<std::string>> backwards;
  for (const store::Release& release : *releases) {
    forwards.push_back(RowsOf(first, release.name));
  }
  for (auto release = releases->rbegin(); release != releases->rend();
       ++release) {
    backwards.insert(backwards.begin(), RowsOf(second, release->name));
  }
  EXPECT_EQ(forwards, backwards);
}

// In parts, which run beside each other; a thousand take minutes.
int Tables() { return testing::TestScale() >= 10 ? 250 : 25; }

TEST(RandomTablesTest, TheFirstAreSafe) { ExpectSafe(0, Tables()); }
TEST(RandomTablesTest, TheSecondAreSafe) { ExpectSafe(250, Tables()); }
TEST(RandomTablesTest, TheThirdAreSafe) { ExpectSafe(500, Tables()); }
TEST(RandomTablesTest, TheFourthAreSafe) { ExpectSafe(750, Tables()); }

}  // namespace
}  // namespace collate::disclosure
