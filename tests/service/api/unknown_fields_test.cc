#include "service/api/unknown_fields.h"

#include "collate/v1/statistics_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;

v1::QueryStatisticsRequest QueryRequest() {
  v1::QueryStatisticsRequest request;
  request.mutable_query()->add_measures("offences");
  request.mutable_query()->add_filters()->set_dimension("offence");
  return request;
}

TEST(UnknownFieldsTest, ARequestOfThisVersionPasses) {
  EXPECT_THAT(CheckNoUnknownFields(QueryRequest()), IsOk());
}

TEST(UnknownFieldsTest, AFieldOfALaterVersionIsRefusedWhereverItStands) {
  v1::QueryStatisticsRequest request = QueryRequest();
  v1::Filter* filter = request.mutable_query()->mutable_filters(0);
  filter->GetReflection()->MutableUnknownFields(filter)->AddVarint(99, 1);
  const absl::Status status = CheckNoUnknownFields(request);
  EXPECT_THAT(status, HasReason("UNKNOWN_FIELD"));
  EXPECT_THAT(status, MessageHas("query.filters[0]"));
  EXPECT_THAT(status, MessageHas("99"));
}

}  // namespace
}  // namespace collate::api
