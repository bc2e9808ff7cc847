// Rates: over whom and out of what. Figures are synthetic unless a test says
// otherwise.

#include "service/query/rates.h"

#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/query/query.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::query {
namespace {

using ::collate::testing::Answer;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using vocabulary::State;

// p and q make up a region that has a printed rate of its own, q has none; r
// has no people; s has no offences.
World Region() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 100})
      .Row({.reporter = "q", .period = "2017/18", .value = 7})
      .Row({.reporter = "r", .period = "2017/18", .value = 9})
      .Slice({.measure = "people"})
      .Row({.reporter = "p",
            .period = "2016-06-30",
            .state = State::kRounded,
            .value = 2000,
            .lower = 1950,
            .upper = 2050})
      .Row({.reporter = "q", .period = "2016-06-30", .value = 50})
      .Row({.reporter = "s", .period = "2016-06-30", .value = 500})
      .Slice({.aggregation = store::Aggregation::kNone,
              .measure = "printed_rate",
              .scale = 2})
      .Row({.reporter = "p", .period = "2017/18", .value = 5000})
      .Row({.reporter = "q",
            .period = "2017/18",
            .state = State::kIncludedElsewhere,
            .reason = "counted in pq"});
  return world;
}

Query RateQueryOf(std::vector<std::string> reporters) {
  Query query;
  query.measures = {"offences"};
  query.periods = {"2017/18"};
  query.filters = {{.dimension = "reporter", .members = std::move(reporters)}};
  query.derivations = {
      RateQuery{.denominator = "people", .period = "2016-06-30"}};
  return query;
}

RateQuery& Asked(Query& query) {
  return std::get<RateQuery>(query.derivations[0]);
}

Rate OnlyRate(const absl::StatusOr<Answer>& answer) {
  EXPECT_THAT(answer, IsOk());
  if (!answer.ok() || answer->cells.size() != 1 ||
      answer->cells[0].derived.size() != 1) {
    return {};
  }
  return std::get<Rate>(answer->cells[0].derived[0]);
}

TEST(RatesTest, ARoundedDenominatorGivesAnInterval) {
  const auto answer = Region().Ask(RateQueryOf({"p"}));
  const Rate rate = OnlyRate(answer);
  EXPECT_EQ(rate.state, State::kRounded);
  EXPECT_EQ(rate.numerator, Interval::Exactly(100));
  EXPECT_EQ(rate.denominator, (Interval{1950, 2050}));
  EXPECT_EQ(rate.rate, (Interval{48780487, 51282052}));
  EXPECT_EQ(rate.reporter_count, 1);
  EXPECT_THAT(rate.denominator_rows, SizeIs(1));
  EXPECT_THAT(rate.left_out, IsEmpty());
}

TEST(RatesTest, WhoHasNoDenominatorIsLeftOutOfBothSidesAndNamed) {
  const auto answer = Region().Ask(RateQueryOf({"p", "r"}));
  const Rate rate = OnlyRate(answer);
  EXPECT_EQ(rate.numerator, Interval::Exactly(100));
  ASSERT_THAT(rate.left_out, SizeIs(1));
  EXPECT_EQ(rate.left_out[0].reporter, 3u);  // r
  EXPECT_EQ(rate.left_out[0].state, State::kNoRelease);
  EXPECT_THAT(rate.left_out[0].reason, HasSubstr("no people on 2016-06-30"));
  // The cell itself keeps its figure.
  EXPECT_EQ(answer->cells[0].reported, 109);
  ASSERT_THAT(answer->summary.caveats, SizeIs(1));
  EXPECT_EQ(answer->summary.caveats[0].code, "LEFT_OUT_OF_RATE");
  EXPECT_THAT(answer->summary.caveats[0].message, HasSubstr("Title of r"));
}

TEST(RatesTest, WhoHasNoFigureIsLeftOut) {
  const Rate rate = OnlyRate(Region().Ask(RateQueryOf({"p", "s"})));
  EXPECT_EQ(rate.denominator, (Interval{1950, 2050}));
  ASSERT_THAT(rate.left_out, SizeIs(1));
  EXPECT_EQ(rate.left_out[0].reporter, 4u);  // s
}

TEST(RatesTest, AReporterIsCountedInTheNumeratorAloneOnlyByName) {
  Query query = RateQueryOf({"p", "r"});
  Asked(query).numerator_only = {"r"};
  const Rate rate = OnlyRate(Region().Ask(query));
  EXPECT_EQ(rate.numerator, Interval::Exactly(109));
  EXPECT_EQ(rate.denominator, (Interval{1950, 2050}));
  EXPECT_EQ(rate.reporter_count, 2);
  EXPECT_THAT(rate.left_out, IsEmpty());
}

TEST(RatesTest, WhoHasADenominatorIsNeverCountedInTheNumeratorAlone) {
  Query query = RateQueryOf({"p", "r"});
  Asked(query).numerator_only = {"p"};
  const auto answer = Region().Ask(query);
  EXPECT_THAT(answer, HasReason("HAS_DENOMINATOR"));
  EXPECT_THAT(std::string(answer.status().message()),
              HasSubstr("reporter 'p' has people on 2016-06-30"));
}

TEST(RatesTest, AFigureThatNobodyOwesLeavesTheRateKnown) {
  // s15a is an offence from 3 April 2017 only.
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"71"}, .period = "2016/17", .value = 20})
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 1000});
  Query query = RateQueryOf({"p"});
  query.periods = {"2016/17"};
  query.filters.push_back({.dimension = "offence", .members = {"71", "s15a"}});
  const auto answer = world.Ask(query);
  const Rate rate = OnlyRate(answer);
  EXPECT_EQ(answer->cells[0].reported, 20);
  EXPECT_EQ(rate.state, State::kReported);
  EXPECT_EQ(rate.numerator, Interval::Exactly(20));
  EXPECT_EQ(rate.rate, Interval::Exactly(20'000'000));
}

TEST(RatesTest, WhoseRateIsIncludedElsewhereHasNoneOfItsOwn) {
  const Rate rate = OnlyRate(Region().Ask(RateQueryOf({"q"})));
  EXPECT_EQ(rate.state, State::kIncludedElsewhere);
  EXPECT_EQ(rate.rate, Interval::Unknown());
  EXPECT_EQ(rate.reporter_count, 0);
  ASSERT_THAT(rate.left_out, SizeIs(1));
  EXPECT_EQ(rate.left_out[0].reason, "counted in pq");
}

TEST(RatesTest, TheWholeThatItIsIncludedInTakesItIn) {
  const Rate rate = OnlyRate(Region().Ask(RateQueryOf({"p", "q"})));
  EXPECT_EQ(rate.numerator, Interval::Exactly(107));
  EXPECT_EQ(rate.denominator, (Interval{2000, 2100}));
  EXPECT_THAT(rate.left_out, IsEmpty());
  // A sum without the rest of that whole does not.
  World world = Region();
  world.Release("second", "2018-06-01")
      .Slice({.measure = "people"})
      .Row({.reporter = "r", .period = "2016-06-30", .value = 10});
  const Rate other = OnlyRate(world.Ask(RateQueryOf({"q", "r"})));
  EXPECT_EQ(other.numerator, Interval::Exactly(9));
  ASSERT_THAT(other.left_out, SizeIs(1));
  EXPECT_EQ(other.left_out[0].state, State::kIncludedElsewhere);
}

TEST(RatesTest, FiguresOfOneReporterShareItsDenominator) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18", .value = 30})
      .Row({.reporter = "p", .at = {"71"}, .period = "2017/18", .value = 20})
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 1000});
  Query query = RateQueryOf({"p"});
  query.filters.push_back({.dimension = "offence", .members = {"88A", "71"}});
  const Rate rate = OnlyRate(world.Ask(query));
  EXPECT_EQ(rate.numerator, Interval::Exactly(50));
  EXPECT_EQ(rate.denominator, Interval::Exactly(1000));
}

TEST(RatesTest, ADimensionOfBothIsKeptApartInBoth) {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({.axes = {"sex@sex"}})
      .Row({.reporter = "p", .at = {"f"}, .period = "2017/18", .value = 30})
      .Slice({.axes = {"sex@sex"}, .measure = "people"})
      .Row({.reporter = "p", .at = {"f"}, .period = "2016-06-30", .value = 600})
      .Row(
          {.reporter = "p", .at = {"m"}, .period = "2016-06-30", .value = 400});
  Query query = RateQueryOf({"p"});
  query.filters.push_back({.dimension = "sex", .members = {"f"}});
  EXPECT_EQ(OnlyRate(world.Ask(query)).denominator, Interval::Exactly(600));
}

TEST(RatesTest, MistakesAreNamedByTheirField) {
  const World world = Region();
  Query query = RateQueryOf({"p"});
  Asked(query).denominator = "peple";
  EXPECT_THAT(world.Ask(query), HasReason("UNKNOWN_MEASURE"));
  query = RateQueryOf({"p"});
  Asked(query).denominator = "offences";
  EXPECT_THAT(world.Ask(query), HasReason("INVALID_QUERY"));
  query = RateQueryOf({"p"});
  Asked(query).period = "some day";
  EXPECT_THAT(world.Ask(query), HasReason("INVALID_PERIOD"));
  query = RateQueryOf({"p"});
  Asked(query).per = 0;
  EXPECT_THAT(world.Ask(query), HasReason("INVALID_QUERY"));
  query = RateQueryOf({"p"});
  Asked(query).numerator_only = {"nobody"};
  EXPECT_THAT(world.Ask(query), HasReason("UNKNOWN_MEMBER"));
  // Known, but none of those asked about.
  Asked(query).numerator_only = {"r"};
  EXPECT_THAT(world.Ask(query), HasReason("INVALID_QUERY"));
  query = RateQueryOf({"p"});
  Asked(query).denominator = "";
  EXPECT_THAT(world.Ask(query), HasReason("INVALID_QUERY"));
  query = RateQueryOf({"p"});
  query.derivations.resize(16, query.derivations[0]);
  EXPECT_THAT(world.Ask(query), IsOk());
  query.derivations.resize(17, query.derivations[0]);
  EXPECT_THAT(world.Ask(query), HasReason("INVALID_QUERY"));
}

TEST(RatesTest, ARateIsMadeOfCounts) {
  const World world = Region();
  Query query = RateQueryOf({"p"});
  Asked(query).denominator = "printed_rate";
  Asked(query).period = "2017/18";
  EXPECT_THAT(world.Ask(query), HasReason("NOT_A_COUNT"));
  query = RateQueryOf({"p"});
  query.measures = {"printed_rate"};
  EXPECT_THAT(world.Ask(query), HasReason("NOT_A_COUNT"));
}

TEST(DecimalsTest, APublishedRateIsAnsweredAtItsScale) {
  World world = Region();
  world.Release("second", "2019-06-01")
      .Slice({.aggregation = store::Aggregation::kNone,
              .measure = "printed_rate",
              .scale = 3})
      .Row({.reporter = "p", .period = "2018/19", .value = 51234});
  Query query = RateQueryOf({"p"});
  query.measures = {"printed_rate"};
  query.derivations.clear();
  query.periods = {"2017/18", "2018/19"};
  const auto answer = world.Ask(query);
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->cells, SizeIs(2));
  for (const Cell& cell : answer->cells) EXPECT_EQ(cell.scale, 3);
  EXPECT_EQ(answer->cells[0].reported, 50000);
  EXPECT_EQ(answer->cells[1].reported, 51234);
}

TEST(DecimalsTest, PublishedRatesAreNeverAdded) {
  Query query = RateQueryOf({"p", "q"});
  query.measures = {"printed_rate"};
  query.derivations.clear();
  EXPECT_THAT(Region().Ask(query), HasReason("NON_ADDITIVE_DIMENSION"));
}

}  // namespace
}  // namespace collate::query
