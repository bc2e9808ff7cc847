#include "service/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "service/base/status_macros.h"
#include "tests/testing/status_matchers.h"

namespace collate::base {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

TEST(ErrorTest, CarriesCodeReasonMetadataAndFields) {
  const absl::Status status =
      Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER", "no '88B'")
          .With("dimension", "offence")
          .With("value", "88B")
          .Field("query.filters[0].members[0]", "unknown member");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(status.message(), "no '88B'");
  const ErrorDetail detail = DetailOf(status);
  EXPECT_EQ(detail.reason, "UNKNOWN_MEMBER");
  EXPECT_THAT(detail.metadata,
              ElementsAre(Pair("dimension", "offence"), Pair("value", "88B")));
  ASSERT_EQ(detail.fields.size(), 1u);
  EXPECT_EQ(detail.fields[0].path, "query.filters[0].members[0]");
  EXPECT_EQ(detail.fields[0].description, "unknown member");
}

TEST(ErrorTest, AnyBytesPassThroughTheDetail) {
  const std::string odd("3:a\0M1:x\xff", 9);
  const absl::Status status = Error(absl::StatusCode::kInternal, "X", "m")
                                  .With(odd, "")
                                  .With("", odd)
                                  .Field("", odd);
  const ErrorDetail detail = DetailOf(status);
  EXPECT_THAT(detail.metadata, ElementsAre(Pair(odd, ""), Pair("", odd)));
  ASSERT_EQ(detail.fields.size(), 1u);
  EXPECT_EQ(detail.fields[0].description, odd);
}

TEST(ErrorTest, OrderAndRepeatsOfMetadataAreKept) {
  const absl::Status status = Error(absl::StatusCode::kInternal, "X", "m")
                                  .With("b", "1")
                                  .With("a", "2")
                                  .With("b", "3");
  EXPECT_THAT(DetailOf(status).metadata,
              ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3")));
}

TEST(ErrorTest, CarriesHowLongToWait) {
  const absl::Status status = Error(absl::StatusCode::kUnavailable, "BUSY", "x")
                                  .RetryAfter(absl::Milliseconds(1500));
  EXPECT_EQ(DetailOf(status).retry_delay, absl::Milliseconds(1500));
  EXPECT_EQ(
      DetailOf(Error(absl::StatusCode::kUnavailable, "BUSY", "x")).retry_delay,
      std::nullopt);
}

TEST(ErrorTest, ConvertsToStatusOr) {
  const auto fail = []() -> absl::StatusOr<int> {
    return Error(absl::StatusCode::kNotFound, "NO_RELEASE", "none");
  };
  EXPECT_THAT(fail(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(fail(), HasReason("NO_RELEASE"));
}

TEST(ErrorTest, AStatusOfOthersHasNoDetail) {
  EXPECT_EQ(DetailOf(absl::InternalError("x")).reason, "");
  EXPECT_EQ(DetailOf(absl::OkStatus()).reason, "");
}

TEST(ErrorTest, AForgedPayloadIsNotReadPastItsEnd) {
  for (const char* forged : {"R", "R5", "R9:abc1:x", "Rx:", "R1:a",
                             "M99999999999999999999:a1:b", "Q1:a1:b"}) {
    absl::Status status = absl::InternalError("x");
    status.SetPayload("collate/error-detail", absl::Cord(forged));
    const ErrorDetail detail = DetailOf(status);
    EXPECT_EQ(detail.reason, "") << forged;
    EXPECT_THAT(detail.metadata, IsEmpty()) << forged;
  }
}

TEST(AnnotateTest, KeepsCodeAndDetail) {
  const absl::Status status = Annotate(
      Error(absl::StatusCode::kDataLoss, "CORRUPT", "bad chunk").With("a", "b"),
      "release x");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(status.message(), "release x: bad chunk");
  EXPECT_THAT(status, HasReason("CORRUPT"));
  EXPECT_THAT(DetailOf(status).metadata, ElementsAre(Pair("a", "b")));
}

TEST(AnnotateTest, LeavesSuccessAlone) {
  EXPECT_THAT(Annotate(absl::OkStatus(), "x"), IsOk());
}

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return absl::InvalidArgumentError("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  COLLATE_ASSIGN_OR_RETURN(const int half, Half(n));
  COLLATE_ASSIGN_OR_RETURN(const int quarter, Half(half));
  COLLATE_RETURN_IF_ERROR(absl::OkStatus());
  return quarter;
}

TEST(StatusMacrosTest, ReturnTheFirstError) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const int quarter, Quarter(8));
  EXPECT_EQ(quarter, 2);
  EXPECT_THAT(Quarter(6), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Quarter(6), Not(IsOk()));
}

}  // namespace
}  // namespace collate::base
