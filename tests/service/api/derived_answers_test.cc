// Conflicts, rates and decimals on their way into messages. Figures are
// synthetic.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::Answered;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using vocabulary::State;

World Disagreeing() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 100})
      .Row({.reporter = "r", .period = "2017/18", .value = 9})
      .Slice({.measure = "people"})
      .Row({.reporter = "p",
            .period = "2016-06-30",
            .state = State::kRounded,
            .value = 2000,
            .lower = 1950,
            .upper = 2050})
      .Slice({.aggregation = store::Aggregation::kNone,
              .measure = "printed_rate",
              .scale = 4})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kRounded,
            .value = 500000,
            .lower = 499999,
            .upper = 500001});
  world.Release("second", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 101});
  return world;
}

class DerivedAnswersTest : public StatisticsFixture {
 protected:
  DerivedAnswersTest() : StatisticsFixture(Disagreeing()) {}

  static v1::QueryStatisticsRequest Request(const std::string& measure) {
    v1::QueryStatisticsRequest request;
    request.set_view(v1::VIEW_CITED);
    v1::StatisticsQuery& query = *request.mutable_query();
    query.add_measures(measure);
    query.add_periods("2017/18");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("reporter");
    filter->add_members("p");
    return request;
  }
};

TEST_F(DerivedAnswersTest, AConflictNamesBothSourcesAndWhoDiffers) {
  const v1::Cell cell = Only(Request("offences"));
  EXPECT_EQ(cell.reported(), 100);
  EXPECT_THAT(cell.flags(), ElementsAre(v1::CELL_FLAG_CONFLICT));
  ASSERT_THAT(cell.conflicts(), SizeIs(1));
  const v1::Conflict& conflict = cell.conflicts(0);
  EXPECT_EQ(conflict.kind(), v1::CONFLICT_KIND_SAME_CELL);
  EXPECT_EQ(conflict.source(), "first");
  EXPECT_EQ(conflict.other_source(), "second");
  EXPECT_EQ(conflict.compared_count(), 1);
  EXPECT_EQ(conflict.reported(), 100);
  EXPECT_EQ(conflict.other_reported(), 101);
  ASSERT_THAT(conflict.differences(), SizeIs(1));
  const v1::Difference& difference = conflict.differences(0);
  EXPECT_EQ(difference.coordinates(0).member(), "p");
  EXPECT_EQ(difference.served().reported(), 100);
  EXPECT_EQ(difference.other().reported(), 101);
}

TEST_F(DerivedAnswersTest, AnExplanationCitesTheOtherSource) {
  const auto answer = Explain(Only(Request("offences")).handle());
  ASSERT_THAT(answer, IsOk());
  ASSERT_THAT(answer->leaves(), SizeIs(1));
  ASSERT_THAT(answer->leaves(0).others(), SizeIs(1));
  const v1::OtherFigure& other = answer->leaves(0).others(0);
  EXPECT_EQ(other.source(), "second");
  EXPECT_TRUE(other.conflicting());
  EXPECT_EQ(other.figure().bounds().lower(), 101);
  ASSERT_THAT(other.citations(), SizeIs(1));
  EXPECT_EQ(other.citations(0).raw(), " 101 ");
}

TEST_F(DerivedAnswersTest, ARateCarriesBothSidesAndItsDenominatorsCells) {
  v1::QueryStatisticsRequest request = Request("offences");
  request.mutable_query()->mutable_filters(0)->add_members("r");
  v1::RateDerivation* asked =
      request.mutable_query()->add_derivations()->mutable_rate();
  asked->set_denominator("people");
  asked->set_denominator_period("2016-06-30");
  const v1::Cell cell = Only(request);
  ASSERT_THAT(cell.derived(), SizeIs(1));
  const v1::Rate& rate = cell.derived(0).rate();
  EXPECT_EQ(rate.state(), v1::STATE_ROUNDED);
  EXPECT_EQ(rate.bounds().lower(), "48.780487");
  EXPECT_EQ(rate.bounds().upper(), "51.282052");
  EXPECT_EQ(rate.numerator().lower(), 100);
  EXPECT_EQ(rate.denominator().upper(), 2050);
  EXPECT_EQ(rate.denominator_measure(), "people");
  EXPECT_EQ(rate.denominator_period().text(), "2016-06-30");
  EXPECT_EQ(rate.per(), 1000);
  EXPECT_EQ(rate.reporter_count(), 1);
  ASSERT_THAT(rate.left_out(), SizeIs(1));
  EXPECT_EQ(rate.left_out(0).reporter(), "r");
  ASSERT_THAT(rate.denominator_citations(), SizeIs(1));
  EXPECT_EQ(rate.denominator_citations(0).raw(), " 2000 ");

  asked->set_per(-1);
  CallContext context(clock_);
  const auto refused = Answered(StatisticsHandlers(options_), context, request);
  EXPECT_THAT(refused, HasReason("INVALID_QUERY"));
  EXPECT_EQ(base::DetailOf(refused.status()).fields[0].path,
            "query.derivations[0].rate.per");
}

TEST_F(DerivedAnswersTest, NobodyCanTakeAMantissaForANumber) {
  const v1::Cell cell = Only(Request("printed_rate"));
  EXPECT_FALSE(cell.has_reported());
  EXPECT_FALSE(cell.has_reported_bounds());
  EXPECT_FALSE(cell.has_panel_bounds());
  EXPECT_EQ(cell.decimal_reported(), "50");
  EXPECT_EQ(cell.decimal_reported_bounds().lower(), "49.9999");
  EXPECT_EQ(cell.decimal_panel_bounds().upper(), "50.0001");

  v1::ListObservationsRequest request;
  request.set_measure("printed_rate");
  CallContext context(clock_);
  const auto listed =
      StatisticsHandlers(options_).ListObservations(context, request);
  ASSERT_THAT(listed, IsOk());
  ASSERT_THAT(listed->observations(), SizeIs(1));
  const v1::Observation& observation = listed->observations(0);
  EXPECT_FALSE(observation.has_value());
  EXPECT_FALSE(observation.has_bounds());
  EXPECT_EQ(observation.decimal_value(), "50");
  EXPECT_EQ(observation.decimal_bounds().lower(), "49.9999");
}

}  // namespace
}  // namespace collate::api
