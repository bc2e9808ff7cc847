#include "service/api/admission.h"

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;

TEST(AdmissionTest, ThePortIsNoPartOfAnAddress) {
  EXPECT_EQ(AddressOf("ipv4:127.0.0.1:5000"), "ipv4:127.0.0.1");
  EXPECT_EQ(AddressOf("ipv6:[::1]:5000"), "ipv6:[::1]");
  EXPECT_EQ(AddressOf("unix:12"), "unix");
}

TEST(AdmissionTest, OneAddressCannotTakeEverything) {
  Admission admission({.max_calls = 3, .max_calls_per_address = 2});
  EXPECT_THAT(admission.Enter("ipv4:10.0.0.1:1"), IsOk());
  EXPECT_THAT(admission.Enter("ipv4:10.0.0.1:2"), IsOk());
  const absl::Status refused = admission.Enter("ipv4:10.0.0.1:3");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(refused, HasReason("OVERLOADED"));
  EXPECT_THAT(admission.Enter("ipv4:10.0.0.2:1"), IsOk());
  EXPECT_THAT(admission.Enter("ipv4:10.0.0.3:1"), HasReason("OVERLOADED"));
  EXPECT_EQ(admission.live_count(), 3);
}

TEST(AdmissionTest, TheErrorSaysWhatIsCounted) {
  Admission admission(
      {.max_calls = 2, .max_calls_per_address = 1, .what = "downloads"});
  ASSERT_THAT(admission.Enter("unix:1"), IsOk());
  EXPECT_THAT(admission.Enter("unix:2"),
              MessageHas("1 downloads of one address at one time"));
  ASSERT_THAT(admission.Enter("ipv4:10.0.0.1:1"), IsOk());
  EXPECT_THAT(admission.Enter("ipv4:10.0.0.2:1"),
              MessageHas("2 downloads at one time"));
}

TEST(AdmissionTest, ACallThatLeftMakesRoom) {
  Admission admission({.max_calls = 1, .max_calls_per_address = 1});
  ASSERT_THAT(admission.Enter("ipv4:10.0.0.1:1"), IsOk());
  EXPECT_FALSE(admission.WaitUntilEmpty(absl::ZeroDuration()));
  admission.Leave("ipv4:10.0.0.1:1");
  EXPECT_TRUE(admission.WaitUntilEmpty(absl::ZeroDuration()));
  EXPECT_THAT(admission.Enter("ipv4:10.0.0.1:2"), IsOk());
}

}  // namespace
}  // namespace collate::api
