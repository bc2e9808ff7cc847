#include "client/render_audit.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace collate::client {
namespace {

using ::collate::testing::IsOkAndHolds;
using ::testing::Eq;

audit::Verification Verified() {
  audit::Verification verified;
  verified.first.sequence = 1000;
  verified.last = {.sequence = 3345, .hash = "9f86"};
  verified.unsealed = 2;
  return verified;
}

TEST(RenderAudit, SaysHowFarItGoesAndFromWhere) {
  EXPECT_THAT(RenderAudit(Verified(), Format::kTable),
              IsOkAndHolds(Eq(
                  R"(whole: 2,345 records
anchor 3345:9f86
begins after record 1,000, as an anchor says
2 of them were written after the log was sealed last
)")));
  audit::Verification short_one;
  short_one.last.sequence = 1;
  short_one.last.hash = "ab";
  EXPECT_THAT(RenderAudit(short_one, Format::kTable),
              IsOkAndHolds(Eq("whole: 1 records\nanchor 1:ab\n")));
}

TEST(RenderAudit, OtherProgramsReadTheSame) {
  EXPECT_THAT(RenderAudit(Verified(), Format::kCsv),
              IsOkAndHolds(Eq("record_count,anchor,unsealed_count\n"
                              "2345,3345:9f86,2\n")));
  EXPECT_THAT(
      RenderAudit(Verified(), Format::kNdjson),
      IsOkAndHolds(
          Eq(R"({"recordCount":2345,"anchor":"3345:9f86","unsealedCount":2})"
             "\n")));
}

}  // namespace
}  // namespace collate::client
