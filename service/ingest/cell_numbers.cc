#include "service/ingest/cell_numbers.h"

#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "service/base/decimal.h"
#include "service/vocabulary/state.h"

namespace collate::ingest {
namespace {

using vocabulary::State;

constexpr int64_t kMaxScale = 18;

absl::int128 Scaled(const Decimal& value) {
  absl::int128 result = value.mantissa;
  for (int64_t i = value.scale; i < kMaxScale; ++i) result *= 10;
  return result;
}

bool Less(const Decimal& a, const Decimal& b) { return Scaled(a) < Scaled(b); }

Diagnostic Fault(absl::string_view reason, absl::string_view found,
                 absl::string_view message, absl::string_view expected) {
  Diagnostic fault;
  fault.severity = Severity::kError;
  fault.reason = std::string(reason);
  fault.message = std::string(message);
  fault.expected = std::string(expected);
  fault.found = std::string(found);
  return fault;
}

std::optional<Diagnostic> ReadNumber(const RawObservation& raw,
                                     const RawTable& table,
                                     absl::string_view unit,
                                     const std::optional<Decimal>& from,
                                     std::optional<Decimal>* to) {
  if (!from.has_value()) return std::nullopt;
  if (from->scale < 0 || from->scale > kMaxScale) {
    return Fault("INVALID_OBSERVATION", raw.raw,
                 absl::StrCat("a number has ", from->scale, " decimals"),
                 absl::StrCat("0 to ", kMaxScale));
  }
  *to = Reduced(*from);
  const bool is_count = table.aggregation != store::Aggregation::kNone;
  if (is_count && (*to)->scale != 0) {
    return Fault(
        "NOT_AN_INTEGER", FormatDecimal(**to),
        absl::StrCat(unit, " are counted, and the cell has a fraction"),
        "a whole number");
  }
  if ((*to)->mantissa < 0 && table.floor == store::Floor::kZero) {
    return Fault("NEGATIVE_COUNT", FormatDecimal(**to),
                 "a figure below zero in a table that counts from zero",
                 "0 or more, or a table of net figures");
  }
  return std::nullopt;
}

}  // namespace

Decimal Reduced(Decimal value) {
  while (value.scale > 0 && value.mantissa % 10 == 0) {
    value.mantissa /= 10;
    --value.scale;
  }
  return value;
}

std::optional<int64_t> MantissaAt(const Decimal& value, int64_t scale) {
  int64_t mantissa = value.mantissa;
  for (int64_t i = value.scale; i < scale && mantissa != 0; ++i) {
    if (__builtin_mul_overflow(mantissa, 10, &mantissa)) return std::nullopt;
  }
  return mantissa;
}

std::string FormatDecimal(const Decimal& value) {
  return base::FormatDecimal(value.mantissa, value.scale);
}

std::optional<Diagnostic> ReadNumbers(const RawObservation& raw,
                                      const RawTable& table,
                                      absl::string_view unit,
                                      CellNumbers* numbers) {
  for (const auto& [from, to] : {std::make_pair(&raw.value, &numbers->value),
                                 std::make_pair(&raw.lower, &numbers->lower),
                                 std::make_pair(&raw.upper, &numbers->upper)}) {
    if (auto fault = ReadNumber(raw, table, unit, *from, to)) return fault;
  }
  const absl::string_view state = vocabulary::StateName(raw.state);
  const bool printed = vocabulary::IsPrinted(raw.state);
  if (printed && !numbers->value.has_value()) {
    return Fault("VALUE_MISSING", raw.raw,
                 absl::StrCat("a ", state, " cell has no number"), "a number");
  }
  if (!printed && raw.state != State::kPartialPeriod &&
      numbers->value.has_value()) {
    return Fault("VALUE_NOT_ALLOWED", raw.raw,
                 absl::StrCat("a ", state,
                              " cell has a number; if it was "
                              "printed, it is REPORTED"),
                 "no number, or bounds");
  }
  const auto above = [](const std::optional<Decimal>& a,
                        const std::optional<Decimal>& b) {
    return a.has_value() && b.has_value() && Less(*b, *a);
  };
  const bool exact = raw.state == State::kReported;
  if (above(numbers->lower, numbers->upper) ||
      above(numbers->lower, numbers->value) ||
      above(numbers->value, numbers->upper) ||
      (exact && (above(numbers->value, numbers->lower) ||
                 above(numbers->upper, numbers->value)))) {
    const auto text = [](const std::optional<Decimal>& number) {
      return number.has_value() ? FormatDecimal(*number) : "unknown";
    };
    return Fault(
        "INVALID_BOUNDS",
        absl::StrCat(text(numbers->value), " within [", text(numbers->lower),
                     ", ", text(numbers->upper), "]"),
        absl::StrCat("the bounds of a ", state,
                     " cell contradict it or one another"),
        exact ? "no bounds, or bounds equal to the number"
              : "lower <= number <= upper");
  }
  // Half a step either side says nothing while nobody says the step.
  if (raw.state == State::kRounded &&
      !(numbers->lower.has_value() && numbers->upper.has_value())) {
    return Fault("ROUNDING_UNSTATED", raw.raw,
                 "a ROUNDED cell does not say between which bounds its number "
                 "lies, and no base is stated to find them by",
                 "a lower and an upper bound");
  }
  return std::nullopt;
}

}  // namespace collate::ingest
