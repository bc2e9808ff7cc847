// Matchers for absl::Status and absl::StatusOr.
//
//   EXPECT_THAT(Parse("x"), IsOk());
//   EXPECT_THAT(Parse("y"), StatusIs(absl::StatusCode::kInvalidArgument));
//   EXPECT_THAT(Parse("y"), HasReason("INVALID_PERIOD"));
//   EXPECT_THAT(Parse("1"), IsOkAndHolds(Eq(1)));
//   EXPECT_THAT(Parse("y"), MessageHas("line 3"));

#ifndef COLLATE_TESTS_TESTING_STATUS_MATCHERS_H_
#define COLLATE_TESTS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/error.h"

namespace collate::testing {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).ok();
}

MATCHER_P(StatusIs, code,
          std::string(negation ? "has not" : "has") + " code " +
              absl::StatusCodeToString(code)) {
  *result_listener << StatusOf(arg).ToString();
  return StatusOf(arg).code() == code;
}

// The field that an error names first, or "".
inline std::string FirstPath(const absl::Status& status) {
  const base::ErrorDetail detail = base::DetailOf(status);
  return detail.fields.empty() ? "" : detail.fields[0].path;
}

MATCHER_P(HasReason, reason,
          std::string(negation ? "has not" : "has") + " reason " + reason) {
  const std::string found = base::DetailOf(StatusOf(arg)).reason;
  *result_listener << StatusOf(arg).ToString() << " with reason '" << found
                   << "'";
  return found == reason;
}

// `text` stands somewhere in the message.
MATCHER_P(MessageHas, text,
          std::string(negation ? "has not" : "has") +
              " in its message: " + text) {
  const std::string message(StatusOf(arg).message());
  *result_listener << StatusOf(arg).ToString();
  return message.find(text) != std::string::npos;
}

MATCHER_P(IsOkAndHolds, matcher, "is OK and holds what matches") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(matcher, arg.value(), result_listener);
}

}  // namespace collate::testing

#define COLLATE_ASSERT_OK_CONCAT_INNER(a, b) a##b
#define COLLATE_ASSERT_OK_CONCAT(a, b) COLLATE_ASSERT_OK_CONCAT_INNER(a, b)
#define COLLATE_ASSERT_OK_AND_ASSIGN_IMPL(result, lhs, expr) \
  auto result = (expr);                                      \
  ASSERT_THAT(result, ::collate::testing::IsOk());           \
  lhs = std::move(result).value()

// Declares or assigns lhs from a StatusOr, or ends the test.
#define COLLATE_ASSERT_OK_AND_ASSIGN(lhs, expr) \
  COLLATE_ASSERT_OK_AND_ASSIGN_IMPL(            \
      COLLATE_ASSERT_OK_CONCAT(assert_ok_result_, __LINE__), lhs, expr)

#endif  // COLLATE_TESTS_TESTING_STATUS_MATCHERS_H_
