#include "service/query/bounds.h"

#include <algorithm>

#include "service/base/error.h"

namespace collate::query {
absl::Status Overflow() {
  return base::Error(absl::StatusCode::kOutOfRange, "OVERFLOW",
                     "a number is beyond the range of 64-bit integers");
}

absl::Status SubtractFrom(int64_t term, int64_t* sum) {
  int64_t result;
  if (__builtin_sub_overflow(*sum, term, &result)) return Overflow();
  *sum = result;
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ShiftDecimals(int64_t value, int digits) {
  for (; digits > 0 && value != 0; --digits) {
    if (__builtin_mul_overflow(value, 10, &value)) return Overflow();
  }
  return value;
}

Interval Hull(const Interval& a, const Interval& b) {
  Interval hull;
  if (a.lower.has_value() && b.lower.has_value()) {
    hull.lower = std::min(*a.lower, *b.lower);
  }
  if (a.upper.has_value() && b.upper.has_value()) {
    hull.upper = std::max(*a.upper, *b.upper);
  }
  return hull;
}

bool AreDisjoint(const Interval& a, const Interval& b) {
  const auto below = [](const Interval& x, const Interval& y) {
    return x.upper.has_value() && y.lower.has_value() && *x.upper < *y.lower;
  };
  return below(a, b) || below(b, a);
}

bool IsMoreThan(const Interval& part, const Interval& whole) {
  return part.lower.has_value() && whole.upper.has_value() &&
         *whole.upper >= 0 && *part.lower > *whole.upper;
}

}  // namespace collate::query
