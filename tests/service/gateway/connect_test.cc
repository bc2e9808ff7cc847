#include "service/gateway/connect.h"

#include <set>
#include <string>

#include "collate/v1/statistics_service.pb.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "service/base/error.h"
#include "tests/testing/status_matchers.h"

namespace collate::gateway {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::nlohmann::json;
using ::testing::HasSubstr;

TEST(ContentTypeTest, TheFourTypesAreKnownWhateverTheirCase) {
  const auto type = ReadContentType("Application/JSON; charset=UTF-8");
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(type->encoding, Encoding::kJson);
  EXPECT_FALSE(type->streaming);
  for (const char* name :
       {"application/json", "application/proto", "application/connect+json",
        "application/connect+proto"}) {
    const auto read = ReadContentType(name);
    ASSERT_TRUE(read.has_value()) << name;
    EXPECT_EQ(NameOf(*read), name);
  }
}

TEST(ContentTypeTest, OthersAreNot) {
  for (const char* name :
       {"", "text/plain", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "application/grpc",
        "application/grpc-web+proto", "application/jsonp",
        "application/json; charset=iso-8859-1"}) {
    EXPECT_FALSE(ReadContentType(name).has_value()) << name;
  }
}

TEST(TimeoutTest, MillisecondsOfAtMostTenDigits) {
  EXPECT_THAT(ReadTimeout(""), IsOkAndHolds(absl::InfiniteDuration()));
  EXPECT_THAT(ReadTimeout("250"), IsOkAndHolds(absl::Milliseconds(250)));
  EXPECT_THAT(ReadTimeout("0"), IsOkAndHolds(absl::ZeroDuration()));
  EXPECT_THAT(ReadTimeout("9999999999"),
              IsOkAndHolds(absl::Milliseconds(9999999999)));
  for (const char* bad : {"10000000000", "-1", "1.5", "soon"}) {
    EXPECT_THAT(ReadTimeout(bad), HasReason("INVALID_TIMEOUT")) << bad;
  }
}

TEST(CodeTest, EveryCodeHasItsNameAndStatus) {
  std::set<std::string> names;
  for (int code = 1; code <= 16; ++code) {
    const auto one = static_cast<absl::StatusCode>(code);
    names.insert(std::string(CodeName(one)));
    EXPECT_GE(HttpStatusOf(one), 400);
    EXPECT_LT(HttpStatusOf(one), 600);
  }
  EXPECT_EQ(names.size(), 16u);
  // The table of Connect's specification.
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kInvalidArgument), 400);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kUnauthenticated), 401);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kPermissionDenied), 403);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kNotFound), 404);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kAborted), 409);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kResourceExhausted), 429);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kUnimplemented), 501);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kUnavailable), 503);
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kDeadlineExceeded), 504);
}

TEST(ErrorTest, CarriesCodeMessageAndGooglesDetails) {
  const json error = json::parse(ErrorJson(
      base::Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER",
                  "no offence '88B'; did you mean 88A?")
          .With("value", "88B")
          .Field("query.filters[0].members[0]", "unknown member")));
  EXPECT_EQ(error["code"], "invalid_argument");
  EXPECT_EQ(error["message"], "no offence '88B'; did you mean 88A?");
  ASSERT_EQ(error["details"].size(), 2u);
  EXPECT_EQ(error["details"][0]["type"], "google.rpc.ErrorInfo");
  EXPECT_EQ(error["details"][0]["debug"]["reason"], "UNKNOWN_MEMBER");
  EXPECT_EQ(error["details"][0]["debug"]["metadata"]["value"], "88B");
  EXPECT_EQ(error["details"][1]["type"], "google.rpc.BadRequest");
  EXPECT_EQ(error["details"][1]["debug"]["fieldViolations"][0]["field"],
            "query.filters[0].members[0]");
  // Base64 without padding, as Connect writes it.
  const std::string value = error["details"][0]["value"];
  EXPECT_EQ(value.find('='), std::string::npos);
}

TEST(ErrorTest, BytesThatAreNoTextDoNotBreakTheJson) {
  const json error = json::parse(ErrorJson(base::Error(
      absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER", "no '\xff\"\n'")));
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("\xEF\xBF\xBD"));
}

TEST(DecodeTest, JsonAndProtobufSayTheSame) {
  v1::QueryStatisticsRequest sent;
  sent.set_page_size(7);
  for (const Encoding encoding : {Encoding::kJson, Encoding::kProto}) {
    const auto body = Encode(sent, encoding);
    ASSERT_THAT(body, IsOk());
    v1::QueryStatisticsRequest read;
    ASSERT_THAT(Decode(*body, encoding, &read), IsOk());
    EXPECT_EQ(read.page_size(), 7);
  }
}

TEST(DecodeTest, WhatIsNoneIsRefusedWithItsPlace) {
  v1::QueryStatisticsRequest read;
  EXPECT_THAT(Decode("{\"pageSizes\": 7}", Encoding::kJson, &read),
              HasReason("INVALID_JSON"));
  EXPECT_THAT(Decode("{", Encoding::kJson, &read), HasReason("INVALID_JSON"));
  EXPECT_THAT(Decode("{\"pageSize\": \"x\"}", Encoding::kJson, &read),
              HasReason("INVALID_JSON"));
  EXPECT_THAT(Decode("\xff\xff", Encoding::kProto, &read),
              HasReason("INVALID_MESSAGE"));
  EXPECT_THAT(Decode("  ", Encoding::kJson, &read), IsOk());
  // Deep enough to end a parser's stack.
  const std::string deep(100000, '[');
  EXPECT_THAT(Decode(deep, Encoding::kJson, &read), HasReason("INVALID_JSON"));
}

TEST(EnvelopeTest, OneMessageComesBack) {
  EXPECT_THAT(ReadEnvelope(Envelope("abc")), IsOkAndHolds("abc"));
  EXPECT_THAT(ReadEnvelope(Envelope("")), IsOkAndHolds(""));
  EXPECT_EQ(Envelope("abc"), std::string("\0\0\0\0\3abc", 8));
}

TEST(EnvelopeTest, AnythingElseIsRefused) {
  const std::string whole = Envelope("abc");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ReadEnvelope(whole.substr(0, size)),
                HasReason("INVALID_ENVELOPE"))
        << size;
  }
  EXPECT_THAT(ReadEnvelope(whole + whole), HasReason("INVALID_ENVELOPE"));
  EXPECT_THAT(ReadEnvelope(std::string("\1\0\0\0\0", 5)),
              HasReason("COMPRESSED_REQUEST"));
  EXPECT_THAT(ReadEnvelope(std::string("\2\0\0\0\0", 5)),
              HasReason("INVALID_ENVELOPE"));
}

TEST(EnvelopeTest, TheEndTellsTheOutcome) {
  EXPECT_EQ(EndOfStream(absl::OkStatus()), std::string("\2\0\0\0\2{}", 7));
  const std::string end = EndOfStream(
      base::Error(absl::StatusCode::kNotFound, "NOTHING", "nothing"));
  EXPECT_EQ(end[0], '\2');
  EXPECT_EQ(json::parse(end.substr(5))["error"]["code"], "not_found");
}

}  // namespace
}  // namespace collate::gateway
