// What was published by a day, and nothing that came later. Figures are
// synthetic, except for the four editions of one of Meta's.

#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/engine.h"
#include "service/query/query.h"
#include "service/vocabulary/period.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::IsOk;
using ::collate::testing::World;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using vocabulary::State;

absl::Time At(const std::string& day) {
  absl::CivilDay civil;
  EXPECT_TRUE(absl::ParseCivilTime(day, &civil)) << day;
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

struct Known {
  Cell cell;
  std::vector<Caveat> caveats;
};

// What was known of p's offences of 2017/18; an empty day asks for all.
Known OfP(const World& world, const std::string& as_of) {
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.filters = {{.dimension = "reporter", .members = {"p"}}};
  if (!as_of.empty()) query.as_of = At(as_of);
  const absl::StatusOr<Answer> answer = world.Ask(query);
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells.size() != 1) return {};
  return {answer->cells[0], answer->summary.caveats};
}

void AddEdition(World& world, const std::string& day, int64_t value) {
  world.Release("first", day)
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = value});
}

TEST(AsOfTest, EachEditionAnswersUntilTheNext) {
  // Facebook, Child Nudity, 2020Q2: restated, and restated back.
  World world;
  AddEdition(world, "2021-08-18", 9'500'000);
  AddEdition(world, "2022-02-28", 9'400'000);
  AddEdition(world, "2022-08-25", 2'800'000);
  AddEdition(world, "2023-02-23", 9'400'000);
  EXPECT_THAT(OfP(world, "2021-08-18").cell.reported, Optional(9'500'000));
  EXPECT_THAT(OfP(world, "2022-02-27").cell.reported, Optional(9'500'000));
  EXPECT_THAT(OfP(world, "2022-02-28").cell.reported, Optional(9'400'000));
  EXPECT_THAT(OfP(world, "2023-02-22").cell.reported, Optional(2'800'000));
  EXPECT_THAT(OfP(world, "2023-02-23").cell.reported, Optional(9'400'000));
  EXPECT_THAT(OfP(world, "").cell.reported, Optional(9'400'000));
}

TEST(AsOfTest, BeforeTheFirstEditionThereIsNone) {
  World world;
  AddEdition(world, "2021-08-18", 50);
  const Known known = OfP(world, "2021-08-17");
  EXPECT_EQ(known.cell.state, State::kNoRelease);
  EXPECT_EQ(known.cell.reported, std::nullopt);
  EXPECT_THAT(known.cell.rows, IsEmpty());
}

TEST(AsOfTest, AKeyIsDroppedFromTheEditionThatLacksItToTheNextThatPrintsIt) {
  World world;
  AddEdition(world, "2021-01-01", 50);
  world.Release("first", "2022-01-01")
      .Slice({})
      .Row({.reporter = "q", .period = "2017/18", .value = 7})
      .Extent({"p", "q"}, {"2017/18"});
  AddEdition(world, "2023-01-01", 52);
  EXPECT_THAT(OfP(world, "2021-12-31").cell.reported, Optional(50));
  const Cell dropped = OfP(world, "2022-06-01").cell;
  EXPECT_EQ(dropped.state, State::kDroppedInEdition);
  EXPECT_EQ(dropped.reported, std::nullopt);
  EXPECT_EQ(dropped.rows.size(), 1) << "cites the figure it had";
  EXPECT_THAT(OfP(world, "2023-01-01").cell.reported, Optional(52));
  EXPECT_THAT(OfP(world, "").cell.reported, Optional(52));
}

TEST(AsOfTest, AnUndatedReleaseCountsFromItsLoadTimeAndIsFlagged) {
  World world;
  AddEdition(world, "", 50);  // loaded on 2020-01-01
  const Known before = OfP(world, "2020-01-01");
  EXPECT_EQ(before.cell.state, State::kNoRelease);
  ASSERT_THAT(before.caveats,
              ElementsAre(Field(&Caveat::code, "LEFT_OUT_AS_UNDATED")));
  EXPECT_THAT(before.caveats[0].message, HasSubstr("sources/first/releases/"));
  const Known known = OfP(world, "2020-01-02");
  EXPECT_THAT(known.cell.reported, Optional(50));
  EXPECT_THAT(known.caveats,
              Contains(Field(&Caveat::code, "PUBLISH_TIME_UNKNOWN")));
  EXPECT_THAT(known.caveats,
              Not(Contains(Field(&Caveat::code, "LEFT_OUT_AS_UNDATED"))));
}

TEST(AsOfTest, WhatIsKnownToBeLaterOrOfAnotherMeasureIsNotToldAsUndated) {
  World world;
  AddEdition(world, "2022-01-01", 50);
  world.Release("other", "")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2017/18", .value = 7});
  EXPECT_THAT(OfP(world, "2019-12-31").caveats,
              Not(Contains(Field(&Caveat::code, "LEFT_OUT_AS_UNDATED"))));
}

TEST(AsOfTest, AWithdrawnReleaseIsInNoAnswerOfAnyDay) {
  World world;
  AddEdition(world, "2021-01-01", 50);
  AddEdition(world, "2022-01-01", 99);
  world.Withdrawn("loaded by mistake");
  EXPECT_THAT(OfP(world, "2022-06-01").cell.reported, Optional(50));
}

TEST(AsOfTest, AReleaseThatWasNotOutYetClaimsNothing) {
  World world;
  world.Release("first", "2022-01-01")
      .Slice({})
      .Row({.reporter = "q", .period = "2017/18", .value = 7})
      .Extent({"p", "q"}, {"2017/18"});
  EXPECT_EQ(OfP(world, "2021-12-31").cell.state, State::kNoRelease);
  EXPECT_EQ(OfP(world, "2022-01-01").cell.state, State::kNotShown);
}

TEST(AsOfTest, WhatElseIsPublishedIsOfThatDayToo) {
  World world;
  world.Release("first", "2022-01-01")
      .Slice({.axes = {"platform@service"},
              .partition = store::Partition::kMultiResponse})
      .Row({.reporter = "p",
            .at = {"snapchat"},
            .period = "2017/18",
            .value = 7});
  EXPECT_EQ(OfP(world, "2021-12-31").cell.state, State::kNoRelease);
  EXPECT_EQ(OfP(world, "2022-01-01").cell.state, State::kNotCrossed);
}

}  // namespace
}  // namespace collate::query
