// The handlers of statistics over a small world, for tests that ask them.

#ifndef COLLATE_TESTS_SERVICE_API_STATISTICS_FIXTURE_H_
#define COLLATE_TESTS_SERVICE_API_STATISTICS_FIXTURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/unpack.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "service/base/status_macros.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"

namespace collate::testing {

// Asks in columns, too, and holds what is read from them to `plain`, number by
// number; but for handles, which columns do not have.
inline void ExpectTheSameInColumns(const api::StatisticsHandlers& handlers,
                                   api::CallContext& context,
                                   v1::QueryStatisticsRequest request,
                                   v1::QueryStatisticsResponse plain) {
  request.set_form(v1::ANSWER_FORM_PACKED);
  COLLATE_ASSERT_OK_AND_ASSIGN(const api::AnswerCache::Answer answer,
                               handlers.QueryStatistics(context, request, ""));
  v1::QueryStatisticsResponse packed;
  ASSERT_TRUE(packed.ParseFromString(answer->bytes));
  EXPECT_EQ(packed.SerializeAsString(), answer->bytes);
  EXPECT_EQ(packed.cells_size(), 0);
  if (packed.name() != plain.name()) return;  // published in between
  ASSERT_EQ(packed.packed().cell_count() == 0, plain.cells_size() == 0);
  ASSERT_THAT(client::Unpack(&packed), IsOk());
  // A page of columns has room for more cells.
  ASSERT_GE(packed.cells_size(), plain.cells_size());
  for (int i = 0; i < plain.cells_size(); ++i) {
    plain.mutable_cells(i)->clear_handle();
    EXPECT_EQ(packed.cells(i).DebugString(), plain.cells(i).DebugString());
  }
  if (packed.cells_size() > plain.cells_size()) return;
  packed.clear_cells();
  plain.clear_cells();
  packed.clear_next_page_token();
  plain.clear_next_page_token();
  EXPECT_EQ(packed.DebugString(), plain.DebugString());
}

// What a caller makes of an answer, in either form.
inline absl::StatusOr<v1::QueryStatisticsResponse> Answered(
    const api::StatisticsHandlers& handlers, api::CallContext& context,
    const v1::QueryStatisticsRequest& request) {
  COLLATE_ASSIGN_OR_RETURN(
      const api::AnswerCache::Answer answer,
      handlers.QueryStatistics(context, request, request.SerializeAsString()));
  v1::QueryStatisticsResponse response;
  EXPECT_TRUE(response.ParseFromString(answer->bytes));
  // Nothing depends on how it was written.
  EXPECT_EQ(response.SerializeAsString(), answer->bytes);
  if (request.form() != v1::ANSWER_FORM_PACKED &&
      request.page_token().empty()) {
    ExpectTheSameInColumns(handlers, context, request, response);
  }
  return response;
}

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
    return Answered(api::StatisticsHandlers(options_), context, request);
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
