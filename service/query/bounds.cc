#include "service/query/bounds.h"

#include "service/base/error.h"

namespace collate::query {
namespace {

absl::Status Overflow() {
  return base::Error(absl::StatusCode::kOutOfRange, "OVERFLOW",
                     "a sum is beyond the range of 64-bit integers");
}

}  // namespace

absl::Status AddTo(int64_t term, int64_t* sum) {
  int64_t result;
  if (__builtin_add_overflow(*sum, term, &result)) return Overflow();
  *sum = result;
  return absl::OkStatus();
}

absl::Status AddTo(const Interval& term, Interval* sum) {
  Interval result;
  if (sum->lower.has_value() && term.lower.has_value()) {
    int64_t end;
    if (__builtin_add_overflow(*sum->lower, *term.lower, &end)) {
      return Overflow();
    }
    result.lower = end;
  }
  if (sum->upper.has_value() && term.upper.has_value()) {
    int64_t end;
    if (__builtin_add_overflow(*sum->upper, *term.upper, &end)) {
      return Overflow();
    }
    result.upper = end;
  }
  *sum = result;
  return absl::OkStatus();
}

}  // namespace collate::query
