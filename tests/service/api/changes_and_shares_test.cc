// Changes and shares on their way into messages. Figures are synthetic.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "service/api/convert_statistics.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using vocabulary::State;

// p prints two years, r the first only; p alone says how many are known.
World TwoYears() {
  World world;
  world.Release("first", "2018-06-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2016/17", .value = 40})
      .Row({.reporter = "r", .period = "2016/17", .value = 60})
      .Row({.reporter = "p", .period = "2017/18", .value = 50})
      .Row({.reporter = "r",
            .period = "2017/18",
            .state = State::kRefused,
            .reason = "s.40"})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p",
            .period = "2017/18",
            .state = State::kRounded,
            .value = 30,
            .lower = 28,
            .upper = 32})
      .Slice({.axes = {"platform@platform"},
              .partition = store::Partition::kMultiResponse,
              .universe = "platform_known",
              .measure = "uses"});
  for (const char* reporter : {"p", "r"}) {
    world.Row({.reporter = reporter,
               .at = {"snapchat"},
               .period = "2017/18",
               .value = 10});
  }
  return world;
}

class ChangesAndSharesTest : public StatisticsFixture {
 protected:
  ChangesAndSharesTest() : StatisticsFixture(TwoYears()) {}

  static v1::QueryStatisticsRequest Request(const std::string& measure) {
    v1::QueryStatisticsRequest request;
    request.set_view(v1::VIEW_CITED);
    v1::StatisticsQuery& query = *request.mutable_query();
    query.add_measures(measure);
    query.add_periods("2017/18");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("reporter");
    filter->add_members("p");
    filter->add_members("r");
    return request;
  }
  static v1::QueryStatisticsRequest ShareRequest() {
    v1::QueryStatisticsRequest request = Request("uses");
    v1::StatisticsQuery& query = *request.mutable_query();
    query.set_universe("platform_known");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("platform");
    filter->add_members("snapchat");
    v1::ShareDerivation* share = query.add_derivations()->mutable_share();
    share->set_dimension("platform");
    share->set_base(v1::SHARE_BASE_KNOWN_OFFENCES);
    return request;
  }
};

TEST_F(ChangesAndSharesTest, AChangeCarriesBothItsBasesAndTheirEvidence) {
  v1::QueryStatisticsRequest request = Request("offences");
  request.mutable_query()->add_derivations()->mutable_change()->set_base_period(
      "2016/17");
  const v1::Cell cell = Only(request);
  ASSERT_THAT(cell.derived(), SizeIs(1));
  const v1::Change& change = cell.derived(0).change();
  EXPECT_EQ(change.match(), v1::MATCH_METHOD_ALL_PERIODS);
  EXPECT_EQ(change.base_period().text(), "2016/17");

  const v1::Comparison& matched = change.matched_panel();
  EXPECT_EQ(matched.outcome(), v1::OUTCOME_GIVEN);
  EXPECT_EQ(matched.percent().lower(), "25");
  EXPECT_EQ(matched.percent().upper(), "25");
  EXPECT_EQ(matched.current().reported(), 50);
  EXPECT_EQ(matched.base().reported(), 40);
  EXPECT_EQ(matched.base().bounds().lower(), 40);
  EXPECT_EQ(matched.current_reporter_count(), 1);
  EXPECT_THAT(matched.flags(), ElementsAre(v1::CHANGE_FLAG_SMALL_BASE));
  ASSERT_THAT(matched.left_out(), SizeIs(1));
  EXPECT_EQ(matched.left_out(0).reporter(), "r");
  EXPECT_EQ(matched.left_out(0).state(), v1::STATE_REFUSED);
  EXPECT_EQ(matched.left_out(0).reason(), "in 2017/18: s.40");

  const v1::Comparison& published = change.as_published();
  EXPECT_EQ(published.percent().lower(), "-50");
  EXPECT_EQ(published.base().reported(), 100);
  EXPECT_EQ(published.base_reporter_count(), 2);
  EXPECT_EQ(published.current_reporter_count(), 1);
  EXPECT_THAT(published.flags(), ElementsAre(v1::CHANGE_FLAG_REPORTERS_DIFFER));
  EXPECT_EQ(change.base_coverage().complete(), 2);
  ASSERT_THAT(change.base_citations(), SizeIs(2));
  EXPECT_EQ(change.base_citations(0).raw(), " 40 ");

  request.set_view(v1::VIEW_BASIC);
  EXPECT_THAT(Only(request).derived(0).change().base_citations(), SizeIs(0));
}

TEST_F(ChangesAndSharesTest, TheBasePeriodIsComparedWithNothing) {
  v1::QueryStatisticsRequest request = Request("offences");
  request.mutable_query()->add_derivations()->mutable_change()->set_base_period(
      "2017/18");
  const v1::Change change = Only(request).derived(0).change();
  EXPECT_EQ(change.matched_panel().outcome(), v1::OUTCOME_IS_BASE);
  EXPECT_FALSE(change.matched_panel().has_percent());
  EXPECT_FALSE(change.as_published().has_base());
  EXPECT_FALSE(change.has_base_coverage());
}

TEST_F(ChangesAndSharesTest, AShareNamesItsBaseAndWhoIsLeftOut) {
  const v1::Cell cell = Only(ShareRequest());
  ASSERT_THAT(cell.derived(), SizeIs(1));
  const v1::Share& share = cell.derived(0).share();
  EXPECT_EQ(share.outcome(), v1::OUTCOME_GIVEN);
  EXPECT_EQ(share.percent().lower(), "31.25");
  EXPECT_EQ(share.percent().upper(), "35.714286");
  EXPECT_EQ(share.numerator().reported(), 10);
  EXPECT_EQ(share.base().reported(), 30);
  EXPECT_EQ(share.base().bounds().upper(), 32);
  EXPECT_EQ(share.dimension(), "platform");
  EXPECT_EQ(share.base_kind(), v1::SHARE_BASE_KNOWN_OFFENCES);
  EXPECT_EQ(share.base_measure(), "offences");
  EXPECT_EQ(share.base_universe(), "platform_known");
  EXPECT_EQ(share.reporter_count(), 1);
  EXPECT_TRUE(share.multi_response());
  ASSERT_THAT(share.left_out(), SizeIs(1));
  EXPECT_EQ(share.left_out(0).reporter(), "r");
  ASSERT_THAT(share.base_citations(), SizeIs(1));
  EXPECT_EQ(share.base_citations(0).raw(), " 30 ");
}

// A second source prints another base of the change and of the share, and
// other people.
TEST_F(ChangesAndSharesTest, WhatDoesNotFitABaseStandsBesideIt) {
  World disputed = TwoYears();
  disputed.Release("first", "2018-06-02")
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 900})
      .Release("second", "2018-07-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2016/17", .value = 41})
      .Slice({.universe = "platform_known"})
      .Row({.reporter = "p", .period = "2017/18", .value = 35})
      .Slice({.measure = "people"})
      .Row({.reporter = "p", .period = "2016-06-30", .value = 800});
  PublishedWorld world(disputed);
  options_.publisher = &world.publisher();
  const auto expect = [](const auto& conflicts, int64_t served, int64_t other) {
    ASSERT_THAT(conflicts, SizeIs(1));
    EXPECT_EQ(conflicts[0].kind(), v1::CONFLICT_KIND_SAME_CELL);
    EXPECT_EQ(conflicts[0].other_measure(), "");
    ASSERT_THAT(conflicts[0].differences(), SizeIs(1));
    const v1::Difference& difference = conflicts[0].differences(0);
    ASSERT_THAT(difference.coordinates(), SizeIs(1));
    EXPECT_EQ(difference.coordinates(0).member(), "p");
    EXPECT_EQ(difference.served().reported(), served);
    EXPECT_EQ(difference.other().reported(), other);
    EXPECT_THAT(difference.other_citations(), SizeIs(1));
  };
  const v1::Cell shared = Only(ShareRequest());
  EXPECT_THAT(shared.conflicts(), SizeIs(0));
  EXPECT_THAT(shared.flags(), ElementsAre(v1::CELL_FLAG_CONFLICT));
  const v1::Share& share = shared.derived(0).share();
  expect(share.base_conflicts(), 30, 35);
  EXPECT_EQ(share.base_conflicts(0).other_universe(), "platform_known");

  v1::QueryStatisticsRequest request = Request("offences");
  request.mutable_query()->add_derivations()->mutable_change()->set_base_period(
      "2016/17");
  v1::RateDerivation* rate =
      request.mutable_query()->add_derivations()->mutable_rate();
  rate->set_denominator("people");
  rate->set_denominator_period("2016-06-30");
  const v1::Cell cell = Only(request);
  expect(cell.derived(0).change().base_conflicts(), 40, 41);
  expect(cell.derived(1).rate().denominator_conflicts(), 900, 800);
}

TEST_F(ChangesAndSharesTest, MistakesNameTheirField) {
  v1::QueryStatisticsRequest request = ShareRequest();
  request.mutable_query()
      ->mutable_derivations(0)
      ->mutable_share()
      ->clear_base();
  const auto share = Query(request);
  EXPECT_THAT(share, HasReason("INVALID_QUERY"));
  EXPECT_EQ(share.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::DetailOf(share.status()).fields[0].path,
            "query.derivations[0].share.base");

  request = Request("offences");
  v1::ChangeDerivation* change =
      request.mutable_query()->add_derivations()->mutable_change();
  change->set_base_period("2016/17 Q1");
  const auto unequal = Query(request);
  EXPECT_THAT(unequal, HasReason("PERIODS_UNEQUAL"));
  EXPECT_EQ(unequal.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(base::DetailOf(unequal.status()).fields[0].path,
            "query.derivations[0].change.base_period");
  change->set_allow_unequal_periods(true);
  EXPECT_THAT(Query(request), IsOk());
}

TEST_F(ChangesAndSharesTest, AHandleAsksForTheSameDerivations) {
  v1::QueryStatisticsRequest request = Request("offences");
  v1::ChangeDerivation* change =
      request.mutable_query()->add_derivations()->mutable_change();
  change->set_base_period("2016/17");
  const v1::Cell plain = Only(request);
  change->set_match(v1::MATCH_METHOD_ALL_PERIODS);
  EXPECT_EQ(Only(request).handle(), plain.handle());
  change->set_match(v1::MATCH_METHOD_FIXED_BASE);
  EXPECT_NE(Only(request).handle(), plain.handle());

  v1::ExplainCellRequest explain;
  explain.set_handle(plain.handle());
  CallContext context(clock_);
  const auto answer =
      StatisticsHandlers(options_).ExplainCell(context, explain);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(
      answer->cell().derived(0).change().matched_panel().base().reported(), 40);
}

}  // namespace
}  // namespace collate::api
