// The handlers of statistics over a small world, for tests that ask them.

#ifndef COLLATE_TESTS_SERVICE_API_STATISTICS_FIXTURE_H_
#define COLLATE_TESTS_SERVICE_API_STATISTICS_FIXTURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"

namespace collate::testing {

class StatisticsFixture : public ::testing::Test {
 protected:
  explicit StatisticsFixture(const World& world) : world_(world) {
    options_.publisher = &world_.publisher();
  }

  // 88A of panel `four` in the two years of ThreeReporters().
  static v1::QueryStatisticsRequest TwoYearsOfFour() {
    v1::QueryStatisticsRequest request;
    v1::StatisticsQuery& query = *request.mutable_query();
    query.add_measures("offences");
    query.set_panel("four");
    query.add_periods("2017/18");
    query.add_periods("2018/19");
    v1::Filter* filter = query.add_filters();
    filter->set_dimension("offence");
    filter->add_members("88A");
    return request;
  }

  absl::StatusOr<v1::QueryStatisticsResponse> Query(
      const v1::QueryStatisticsRequest& request) {
    api::CallContext context(clock_);
    return api::StatisticsHandlers(options_).QueryStatistics(context, request);
  }
  // The only cell of the answer; fails the test where there is another number.
  v1::Cell Only(const v1::QueryStatisticsRequest& request) {
    const auto answer = Query(request);
    EXPECT_THAT(answer, IsOk());
    if (!answer.ok()) return {};
    EXPECT_EQ(answer->cells_size(), 1);
    return answer->cells_size() == 1 ? answer->cells(0) : v1::Cell();
  }
  absl::StatusOr<v1::ExplainCellResponse> Explain(const std::string& handle) {
    api::CallContext context(clock_);
    v1::ExplainCellRequest request;
    request.set_handle(handle);
    return api::StatisticsHandlers(options_).ExplainCell(context, request);
  }

  FakeClock clock_;
  PublishedWorld world_;
  api::StatisticsHandlers::Options options_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_SERVICE_API_STATISTICS_FIXTURE_H_
