// What is published of a measure, and periods that do not align. Figures are
// synthetic.

#include "service/query/availability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

const auto kNever = [] { return false; };

std::vector<std::string> Texts(const Periods& periods) {
  std::vector<std::string> texts;
  for (const vocabulary::Period& period : periods) {
    texts.push_back(vocabulary::FormatPeriod(period));
  }
  return texts;
}

World Published() {
  World world;
  world.Release("b", "2019-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "q", .at = {"71"}, .period = "2018/19", .value = 1})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2018/19 Q1", .value = 1})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 2})
      .Slice({.axes = {"offence@"}})
      .Row({.reporter = "p", .at = {""}, .period = "2016/17", .value = 9})
      .Slice({.measure = "accounts"})
      .Row({.reporter = "t", .period = "2017", .value = 5});
  world.Release("a", "2020-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "r", .at = {"88A"}, .period = "2017/18", .value = 3});
  return world;
}

TEST(Availability, TellsSourcesBreakdownsPeriodsAndReporters) {
  const auto snapshot = Published().Build();
  const auto* offences = snapshot->vocabulary().FindMeasure("offences");
  const auto* accounts = snapshot->vocabulary().FindMeasure("accounts");
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto all,
      AvailabilityOf(*snapshot, {accounts, offences}, kToday, kNever));
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].measure, accounts);
  EXPECT_THAT(all[0].dimensions, IsEmpty());
  EXPECT_EQ(all[1].source, "a");
  EXPECT_EQ(all[2].source, "b");
  EXPECT_THAT(Texts(all[2].periods),
              ElementsAre("2017/18", "2018/19", "2018/19 Q1"))
      << "no year of a label that nobody knows";
  EXPECT_THAT(all[2].reporters, ElementsAre(1, 2));
  EXPECT_EQ(all[2].rows, 3);
  ASSERT_THAT(all[2].dimensions, SizeIs(1));
  EXPECT_EQ(all[2].dimensions[0].level, "code");
  EXPECT_THAT(all[2].dimensions[0].members, SizeIs(2));
}

TEST(Availability, IsOfTheDayThatWasAskedFor) {
  const auto snapshot = Published().Build();
  const auto* offences = snapshot->vocabulary().FindMeasure("offences");
  const KnownTime then = KnownFrom(snapshot->releases()[1]->release);
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto all, AvailabilityOf(*snapshot, {offences}, then, kNever));
  ASSERT_THAT(all, SizeIs(1)) << "the later source was not there yet";
  EXPECT_EQ(all[0].source, "b");
}

TEST(Availability, EndsWhenNobodyWaits) {
  const auto snapshot = Published().Build();
  const auto* offences = snapshot->vocabulary().FindMeasure("offences");
  EXPECT_THAT(
      AvailabilityOf(*snapshot, {offences}, kToday, [] { return true; }),
      StatusIs(absl::StatusCode::kCancelled));
}

TEST(UnalignedPeriods, AreThoseOfTheCellsOwnFigures) {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017", .value = 1})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2018", .value = 1})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2020", .value = 1})
      .Row({.reporter = "p", .at = {"71"}, .period = "2017/18 Q1", .value = 1})
      .Row({.reporter = "p", .at = {"71"}, .period = "2017/18", .value = 1})
      .Row({.reporter = "q",
            .at = {"88A"},
            .period = "2017/18 Q2",
            .state = State::kSuppressed})
      .Row({.reporter = "t", .at = {"88A"}, .period = "2017/18 Q3", .value = 1})
      .Slice({.axes = {"offence@code"}, .universe = "platform_known"})
      .Row(
          {.reporter = "p", .at = {"88A"}, .period = "2017/18 Q4", .value = 1});
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.panel = "four";
  query.group_by = {"offence"};
  query.filters = {{.dimension = "offence", .members = {"88A", "sexual"}}};
  COLLATE_ASSERT_OK_AND_ASSIGN(const Answer answer, world.Ask(query));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto unaligned, UnalignedPeriods(*answer.snapshot, answer.plan,
                                             *answer.plan.measures[0], kNever));
  ASSERT_THAT(unaligned, SizeIs(2));
  for (const Cell& cell : answer.cells) {
    const auto found = unaligned.find(cell.coordinates);
    ASSERT_NE(found, unaligned.end());
    if (answer.Code(cell, 0) == "88A") {
      EXPECT_THAT(Texts(found->second), ElementsAre("2017", "2018"));
    } else {
      EXPECT_THAT(Texts(found->second),
                  ElementsAre("2017", "2017/18 Q1", "2018"));
    }
  }
}

}  // namespace
}  // namespace collate::query
