#include "plugins/tabular/number.h"

#include <string>

namespace collate::tabular {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Status Unparsed(std::string_view text) {
  return Status(
      Error{.reason = "UNPARSED_NUMBER",
            .message = "not a number: " + Printable(std::string(text)),
            .expected = "digits such as 1234, 1,234 or -12.5",
            .found = Printable(std::string(text))});
}

Status Overflow(std::string_view text) {
  return Status(Error{.reason = "NUMBER_OVERFLOW",
                      .message = "a number too large or too fine: " +
                                 Printable(std::string(text)),
                      .expected = "at most 18 digits",
                      .found = Printable(std::string(text))});
}

}  // namespace

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  constexpr std::string_view kNoBreak = "\xC2\xA0";
  while (!text.empty()) {
    if (kSpace.find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
    } else if (text.substr(0, 2) == kNoBreak) {
      text.remove_prefix(2);
    } else if (kSpace.find(text.back()) != std::string_view::npos) {
      text.remove_suffix(1);
    } else if (text.size() >= 2 && text.substr(text.size() - 2) == kNoBreak) {
      text.remove_suffix(2);
    } else {
      break;
    }
  }
  return text;
}

Status ParseDecimal(std::string_view text, Decimal* number) {
  std::string_view rest = Trim(text);
  const bool negative = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    rest.remove_prefix(1);
  }
  const size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = rest.substr(point + 1);
    if (fraction.empty()) return Unparsed(text);
    for (const char c : fraction) {
      if (!IsDigit(c)) return Unparsed(text);
    }
  }
  std::string digits;
  const bool grouped = whole.find(',') != std::string_view::npos;
  size_t group = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (IsDigit(whole[i])) {
      digits += whole[i];
      if (grouped && ++group > 3) return Unparsed(text);
    } else if (whole[i] == ',') {
      // The first group may be shorter, every other one has three digits.
      const bool first = digits.size() == group;
      if (group == 0 || (!first && group != 3)) return Unparsed(text);
      group = 0;
    } else {
      return Unparsed(text);
    }
  }
  if (digits.empty() || (grouped && group != 3)) return Unparsed(text);
  // "007" and "0,123" are codes or typing errors, not counts.
  if (digits.size() > 1 && digits[0] == '0') return Unparsed(text);
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  digits += fraction;
  // Whoever scales such a number back multiplies by a power of ten.
  const bool too_fine = fraction.size() > 18;
  int64_t mantissa = 0;
  for (const char c : digits) {
    const int64_t digit = negative ? -(c - '0') : c - '0';
    if (too_fine || __builtin_mul_overflow(mantissa, int64_t{10}, &mantissa) ||
        __builtin_add_overflow(mantissa, digit, &mantissa)) {
      return Overflow(text);
    }
  }
  number->mantissa = mantissa;
  number->scale = static_cast<int64_t>(fraction.size());
  return OkStatus();
}

Status ParseInteger(std::string_view text, int64_t* number) {
  Decimal decimal;
  COLLATE_TABULAR_RETURN_IF_ERROR(ParseDecimal(text, &decimal));
  if (decimal.scale != 0) {
    return Status(Error{.reason = "NOT_AN_INTEGER",
                        .message = "a fraction where a count is meant: " +
                                   Printable(std::string(text)),
                        .expected = "a whole number",
                        .found = Printable(std::string(text))});
  }
  *number = decimal.mantissa;
  return OkStatus();
}

Status ParseRounded(std::string_view text, int64_t scale, Decimal* number,
                    bool* exact) {
  const std::string_view plain = Trim(text);
  const size_t point = plain.find('.');
  const size_t kept = static_cast<size_t>(scale);
  *exact = point == std::string_view::npos || plain.size() - point - 1 <= kept;
  if (*exact) return ParseDecimal(plain, number);
  const std::string_view rest = plain.substr(point + 1 + kept);
  for (const char c : rest) {
    if (!IsDigit(c)) return Unparsed(text);
  }
  *exact = rest.find_first_not_of('0') == std::string_view::npos;
  const std::string_view head =
      plain.substr(0, kept == 0 ? point : point + 1 + kept);
  COLLATE_TABULAR_RETURN_IF_ERROR(ParseDecimal(head, number));
  if (rest[0] < '5') return OkStatus();
  // Minus nought has no sign left in its mantissa.
  const int64_t step = plain[0] == '-' ? -1 : 1;
  for (; number->scale < scale; ++number->scale) {
    if (__builtin_mul_overflow(number->mantissa, int64_t{10},
                               &number->mantissa)) {
      return Overflow(text);
    }
  }
  if (__builtin_add_overflow(number->mantissa, step, &number->mantissa)) {
    return Overflow(text);
  }
  while (number->scale > 0 && number->mantissa % 10 == 0) {
    number->mantissa /= 10;
    --number->scale;
  }
  return OkStatus();
}

}  // namespace collate::tabular
