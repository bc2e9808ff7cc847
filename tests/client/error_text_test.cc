#include "client/error_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/base/error.h"

namespace collate::client {
namespace {

using ::testing::Eq;

TEST(ErrorText, NamesReasonFieldAndNearMatches) {
  const absl::Status status =
      base::Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER",
                  "no offence '88B'")
          .With("near_matches", "88A, 88C")
          .With("empty", "")
          .Field("query.filters[0].members[0]", "unknown member '88B'");
  EXPECT_THAT(ErrorText(status),
              Eq("collate: no offence '88B' [UNKNOWN_MEMBER]\n"
                 "  query.filters[0].members[0]: unknown member '88B'\n"
                 "  near matches: 88A, 88C\n"));
}

TEST(ErrorText, FallsBackOnTheCodeOfAnUntypedError) {
  EXPECT_THAT(ErrorText(absl::DeadlineExceededError("too late")),
              Eq("collate: too late [DEADLINE_EXCEEDED]\n"));
}

TEST(ErrorText, AServersWordsCannotSteerTheTerminal) {
  EXPECT_THAT(ErrorText(absl::InternalError("x\x1B[2Jy")),
              Eq("collate: x\\x1B[2Jy [INTERNAL]\n"));
}

}  // namespace
}  // namespace collate::client
