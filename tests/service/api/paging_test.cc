#include "service/api/paging.h"

#include <string>

#include "collate/v1/catalogue_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;

constexpr char kDigest[] = "00112233445566778899aabbccddeeff";
constexpr char kOtherDigest[] = "ff112233445566778899aabbccddeeff";

v1::ListMembersRequest MembersRequest(int size, const std::string& token = "") {
  v1::ListMembersRequest request;
  request.set_parent("dimensions/offence");
  request.set_page_size(size);
  request.set_page_token(token);
  return request;
}

TEST(PagingTest, SizeZeroMeansTheStandardSize) {
  EXPECT_EQ(ReadPage(MembersRequest(0), kDigest)->size, 100);
}

TEST(PagingTest, TooLargeSizesAreLowered) {
  EXPECT_EQ(ReadPage(MembersRequest(5000), kDigest)->size, 1000);
  EXPECT_EQ(ReadPage(MembersRequest(1000), kDigest)->size, 1000);
}

TEST(PagingTest, NegativeSizesAreRefused) {
  const auto page = ReadPage(MembersRequest(-1), kDigest);
  EXPECT_THAT(page, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(page, HasReason("INVALID_PAGE_SIZE"));
}

TEST(PagingTest, TheNextTokenContinuesWhereThePageEnded) {
  const auto first = ReadPage(MembersRequest(10), kDigest);
  const std::string token = first->NextToken(10, 25);
  const auto second = ReadPage(MembersRequest(10, token), kDigest);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->offset, 10);
}

TEST(PagingTest, TheLastPageHasNoToken) {
  const auto page = ReadPage(MembersRequest(10), kDigest);
  EXPECT_EQ(page->NextToken(25, 25), "");
}

TEST(PagingTest, ThePageSizeMayChangeBetweenPages) {
  const std::string token =
      ReadPage(MembersRequest(10), kDigest)->NextToken(10, 25);
  EXPECT_THAT(ReadPage(MembersRequest(3, token), kDigest), IsOk());
}

TEST(PagingTest, ATokenOfAnotherRequestIsRefused) {
  const std::string token =
      ReadPage(MembersRequest(10), kDigest)->NextToken(10, 25);
  v1::ListMembersRequest other = MembersRequest(10, token);
  other.set_level("code");
  const auto page = ReadPage(other, kDigest);
  EXPECT_THAT(page, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(page, HasReason("INVALID_PAGE_TOKEN"));

  // Same fields, other message.
  v1::ListSourcesRequest sources;
  v1::ListMeasuresRequest measures;
  measures.set_page_token(ReadPage(sources, kDigest)->NextToken(1, 2));
  EXPECT_THAT(ReadPage(measures, kDigest), HasReason("INVALID_PAGE_TOKEN"));
}

TEST(PagingTest, TextThatIsNoTokenIsRefused) {
  for (const char* text : {"x", "%%%", "AAAA", "eyJhIjoxfQ"}) {
    EXPECT_THAT(ReadPage(MembersRequest(10, text), kDigest),
                HasReason("INVALID_PAGE_TOKEN"))
        << text;
  }
}

TEST(PagingTest, ATokenFromBeforeAChangeAborts) {
  const std::string token =
      ReadPage(MembersRequest(10), kDigest)->NextToken(10, 25);
  const auto page = ReadPage(MembersRequest(10, token), kOtherDigest);
  EXPECT_THAT(page, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(page, HasReason("ANSWER_CHANGED"));
}

}  // namespace
}  // namespace collate::api
