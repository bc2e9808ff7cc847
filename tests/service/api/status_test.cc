#include "service/api/status.h"

#include <string>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

google::rpc::ErrorInfo InfoOf(const google::rpc::Status& status) {
  google::rpc::ErrorInfo info;
  EXPECT_TRUE(status.details(0).UnpackTo(&info));
  return info;
}

TEST(StatusTest, CarriesReasonMetadataAndFields) {
  const google::rpc::Status status =
      ToRpcStatus(base::Error(absl::StatusCode::kInvalidArgument,
                              "UNKNOWN_MEMBER", "no offence '88B'")
                      .With("near_matches", "88A")
                      .Field("query.filters[0].members[0]", "unknown member"));

  EXPECT_EQ(status.code(), 3);
  EXPECT_EQ(status.message(), "no offence '88B'");
  ASSERT_THAT(status.details(), SizeIs(2));
  const google::rpc::ErrorInfo info = InfoOf(status);
  EXPECT_EQ(info.reason(), "UNKNOWN_MEMBER");
  EXPECT_EQ(info.domain(), "collate");
  EXPECT_EQ(info.metadata().at("near_matches"), "88A");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(status.details(1).UnpackTo(&bad_request));
  ASSERT_THAT(bad_request.field_violations(), SizeIs(1));
  EXPECT_EQ(bad_request.field_violations(0).field(),
            "query.filters[0].members[0]");
}

TEST(StatusTest, EveryErrorHasAReason) {
  const google::rpc::Status status = ToRpcStatus(absl::InternalError("oops"));
  EXPECT_EQ(InfoOf(status).reason(), "INTERNAL");
  EXPECT_THAT(status.details(), SizeIs(1));
}

TEST(StatusTest, SaysHowLongToWait) {
  const google::rpc::Status status =
      ToRpcStatus(base::Error(absl::StatusCode::kResourceExhausted, "BUSY", "x")
                      .RetryAfter(absl::Milliseconds(1500)));
  ASSERT_EQ(status.details_size(), 2);
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(status.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500000000);
}

TEST(StatusTest, FitsIntoHeadersAndSaysWhatIsLeftOut) {
  base::Error error(absl::StatusCode::kFailedPrecondition, "DOCUMENT_REFUSED",
                    std::string(5000, 'm'));
  for (int i = 0; i < 50; ++i) {
    error.With("diagnostic_" + std::to_string(i), std::string(300, 'd'));
  }
  error.Field("document", std::string(300, 'f'));
  const google::rpc::Status status = ToRpcStatus(error);

  EXPECT_LT(status.ByteSizeLong(), 5500u);
  EXPECT_THAT(status.message(), HasSubstr("[cut]"));
  EXPECT_LE(status.message().size(), kMaxMessageBytes);
  const google::rpc::ErrorInfo info = InfoOf(status);
  ASSERT_TRUE(info.metadata().contains("left_out"));
  const int left_out = std::stoi(info.metadata().at("left_out"));
  EXPECT_EQ(static_cast<int>(info.metadata().size()) - 1 + left_out, 50);
  EXPECT_THAT(status.details(), SizeIs(2)) << "fields go before metadata";
}

TEST(StatusTest, BytesThatAreNotTextAreReplaced) {
  const google::rpc::Status status =
      ToRpcStatus(base::Error(absl::StatusCode::kInvalidArgument, "R",
                              "caf\xE9 \xED\xA0\x80 caf\xC3\xA9")
                      .With("value", "\xFF"));
  EXPECT_EQ(status.message(),
            "caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD caf\xC3\xA9");
  EXPECT_EQ(InfoOf(status).metadata().at("value"), "\xEF\xBF\xBD");
}

TEST(StatusTest, AMessageOfTheGreatestLengthIsNotCut) {
  const std::string message(kMaxMessageBytes, 'm');
  EXPECT_EQ(ToRpcStatus(absl::InternalError(message)).message(), message);
}

}  // namespace
}  // namespace collate::api
