// Interval arithmetic over whole numbers whose ends may be unknown.
//
// Sums are exact or refused: nothing here wraps around. Pure values.

#ifndef COLLATE_SERVICE_QUERY_BOUNDS_H_
#define COLLATE_SERVICE_QUERY_BOUNDS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace collate::query {

// A closed interval; an absent end is unknown.
struct Interval {
  std::optional<int64_t> lower;
  std::optional<int64_t> upper;

  static Interval Exactly(int64_t value) { return {value, value}; }
  static Interval AtLeast(int64_t value) { return {value, std::nullopt}; }
  static Interval Unknown() { return {}; }

  friend bool operator==(const Interval&, const Interval&) = default;
};

// OUT_OF_RANGE (reason OVERFLOW).
absl::Status Overflow();

// Adds two counts, or OUT_OF_RANGE (reason OVERFLOW), and then *sum is
// unchanged.
inline absl::Status AddTo(int64_t term, int64_t* sum) {
  int64_t result;
  if (__builtin_add_overflow(*sum, term, &result)) return Overflow();
  *sum = result;
  return absl::OkStatus();
}

// Adds `term` to `*sum`; an unknown end stays unknown. OUT_OF_RANGE (reason
// OVERFLOW) when an end leaves int64, and then *sum is unchanged.
inline absl::Status AddTo(const Interval& term, Interval* sum) {
  const bool has_lower = sum->lower.has_value() && term.lower.has_value();
  const bool has_upper = sum->upper.has_value() && term.upper.has_value();
  int64_t lower = 0;
  int64_t upper = 0;
  if ((has_lower && __builtin_add_overflow(*sum->lower, *term.lower, &lower)) ||
      (has_upper && __builtin_add_overflow(*sum->upper, *term.upper, &upper))) {
    return Overflow();
  }
  sum->lower = has_lower ? std::optional(lower) : std::nullopt;
  sum->upper = has_upper ? std::optional(upper) : std::nullopt;
  return absl::OkStatus();
}

// Takes a count off another, or OUT_OF_RANGE (reason OVERFLOW).
absl::Status SubtractFrom(int64_t term, int64_t* sum);

// value * 10^digits, digits >= 0, or OUT_OF_RANGE (reason OVERFLOW).
absl::StatusOr<int64_t> ShiftDecimals(int64_t value, int digits);

// The least interval that takes in both; an unknown end stays unknown.
Interval Hull(const Interval& a, const Interval& b);

// Whether no number lies in both; never while the ends that would tell are
// unknown.
bool AreDisjoint(const Interval& a, const Interval& b);

// Whether every number of a part is more than every number of its whole, which
// is then not below 0: a negative whole is net of something, and no part is.
bool IsMoreThan(const Interval& part, const Interval& whole);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_BOUNDS_H_
