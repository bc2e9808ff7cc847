#include "service/query/ratio.h"

#include <limits>
#include <optional>

#include "absl/numeric/int128.h"

namespace collate::query {
namespace {

constexpr int64_t kRatioUnit = 1'000'000;  // 10^kRatioScale

std::optional<int64_t> Fit(absl::int128 value) {
  if (value > std::numeric_limits<int64_t>::max() ||
      value < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(value);
}

// numerator * per * kRatioUnit / denominator, towards minus or plus infinity.
std::optional<int64_t> Divide(int64_t numerator, int64_t per,
                              int64_t denominator, bool up) {
  // 63 bits each of numerator and per leave no room for the unit; `per` is at
  // most 10^9, which does.
  const absl::int128 product = absl::int128(numerator) * per * kRatioUnit;
  absl::int128 quotient = product / denominator;
  const absl::int128 rest = product - quotient * denominator;
  if (rest > 0 && up) quotient += 1;
  if (rest < 0 && !up) quotient -= 1;
  return Fit(quotient);
}

}  // namespace

Interval RatioOf(const Interval& numerator, const Interval& denominator,
                 int64_t per) {
  Interval ratio;
  if (!denominator.lower.has_value() || *denominator.lower < 0) return ratio;
  if (denominator.upper.has_value() && *denominator.upper <= 0) return ratio;
  const bool may_be_zero = *denominator.lower == 0;
  // A positive number is least over the greatest denominator, a negative one
  // over the least.
  if (numerator.lower.has_value()) {
    if (*numerator.lower < 0) {
      if (!may_be_zero) {
        ratio.lower =
            Divide(*numerator.lower, per, *denominator.lower, /*up=*/false);
      }
    } else if (denominator.upper.has_value()) {
      ratio.lower =
          Divide(*numerator.lower, per, *denominator.upper, /*up=*/false);
    } else {
      ratio.lower = 0;
    }
  }
  if (numerator.upper.has_value() && !may_be_zero) {
    if (*numerator.upper >= 0) {
      ratio.upper =
          Divide(*numerator.upper, per, *denominator.lower, /*up=*/true);
    } else if (denominator.upper.has_value()) {
      ratio.upper =
          Divide(*numerator.upper, per, *denominator.upper, /*up=*/true);
    } else {
      ratio.upper = 0;
    }
  }
  return ratio;
}

Interval ChangeOf(const Interval& current, const Interval& base) {
  const Interval ratio = RatioOf(current, base, 100);
  const auto less = [](const std::optional<int64_t>& end) {
    return end.has_value() ? Fit(absl::int128(*end) - 100 * kRatioUnit)
                           : std::nullopt;
  };
  return {less(ratio.lower), less(ratio.upper)};
}

Outcome OutcomeOver(const Interval& denominator) {
  if (denominator.upper.has_value() && *denominator.upper <= 0) {
    return Outcome::kNotDefined;
  }
  if (!denominator.lower.has_value() || *denominator.lower < 0) {
    return Outcome::kNotDeterminable;
  }
  return Outcome::kGiven;
}

}  // namespace collate::query
