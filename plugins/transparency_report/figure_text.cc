#include "plugins/transparency_report/figure_text.h"

#include <cstdint>
#include <string>

#include "plugins/tabular/number.h"

namespace collate::transparency_report {
namespace {

using tabular::OkStatus;
using tabular::Status;

constexpr std::string_view kEnDash = "\xE2\x80\x93";

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool TakePrefix(std::string_view prefix, std::string_view* text) {
  if (text->size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (Lower((*text)[i]) != prefix[i]) return false;
  }
  *text = tabular::Trim(text->substr(prefix.size()));
  return true;
}

bool IsNotApplicable(std::string_view text) {
  for (const std::string_view word :
       {"n/a", "na", "not applicable", "-", "--"}) {
    std::string_view rest = text;
    if (TakePrefix(word, &rest) && rest.empty()) return true;
  }
  return text == kEnDash || text == "\xE2\x80\x94";
}

// "12", "0.05", "1.2M", "71.10%". *is_number is false for other text.
Status ParseNumber(std::string_view text, sdk::Decimal* number, bool* percent,
                   bool* is_number) {
  *percent = !text.empty() && text.back() == '%';
  if (*percent) text = tabular::Trim(text.substr(0, text.size() - 1));
  int64_t factor = 1;
  if (!*percent && !text.empty()) {
    const char last = Lower(text.back());
    if (last == 'k') factor = 1'000;
    if (last == 'm') factor = 1'000'000;
    if (factor != 1) text = tabular::Trim(text.substr(0, text.size() - 1));
  }
  tabular::Decimal decimal;
  Status status = tabular::ParseDecimal(text, &decimal);
  *is_number = status.ok();
  if (!status.ok()) {
    return status.error().reason == "NUMBER_OVERFLOW" ? std::move(status)
                                                      : OkStatus();
  }
  while (factor > 1 && decimal.scale > 0) {
    factor /= 10;
    --decimal.scale;
  }
  if (__builtin_mul_overflow(decimal.mantissa, factor, &decimal.mantissa)) {
    return Status(tabular::Error{
        .reason = "NUMBER_OVERFLOW",
        .message =
            "a number too large: " + tabular::Printable(std::string(text)),
        .expected = "at most 18 digits",
        .found = tabular::Printable(std::string(text))});
  }
  *number = {decimal.mantissa, decimal.scale};
  return OkStatus();
}

bool EndsInFactor(std::string_view text) {
  const char last = text.empty() ? '0' : Lower(text.back());
  return last == 'k' || last == 'm';
}

bool IsLess(const sdk::Decimal& a, const sdk::Decimal& b) {
  const auto scaled = [](const sdk::Decimal& number) {
    __int128 value = number.mantissa;
    for (int64_t i = number.scale; i < 18; ++i) value *= 10;
    return value;
  };
  return scaled(a) < scaled(b);
}

// The dash of a range, not the sign of its first number.
size_t FindDash(std::string_view text, size_t* width) {
  const size_t plain = text.find('-', 1);
  const size_t en = text.find(kEnDash, 1);
  *width = en < plain ? kEnDash.size() : 1;
  return en < plain ? en : plain;
}

Status ParseRange(std::string_view text, Figure* figure, bool* is_range) {
  *is_range = false;
  size_t width = 0;
  const size_t dash = FindDash(text, &width);
  if (text.empty() || dash == std::string_view::npos) return OkStatus();
  sdk::Decimal lower;
  sdk::Decimal upper;
  bool lower_percent = false;
  bool upper_percent = false;
  bool is_number = false;
  const std::string_view first = tabular::Trim(text.substr(0, dash));
  const std::string_view last = tabular::Trim(text.substr(dash + width));
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ParseNumber(first, &lower, &lower_percent, &is_number));
  if (!is_number) return OkStatus();
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ParseNumber(last, &upper, &upper_percent, &is_number));
  // "4-5%" is meant as "4%-5%"; "4%-5" and "1-2M" are not clear, nor is a range
  // that falls.
  if (!is_number || (lower_percent && !upper_percent) ||
      EndsInFactor(first) != EndsInFactor(last) || IsLess(upper, lower)) {
    return OkStatus();
  }
  *is_range = true;
  figure->form = FigureForm::kRange;
  figure->percent = upper_percent;
  figure->lower = lower;
  figure->upper = upper;
  return OkStatus();
}

}  // namespace

Status ParseFigure(std::string_view text, Figure* figure) {
  *figure = {};
  text = tabular::Trim(text);
  if (text.empty()) return OkStatus();
  figure->form = FigureForm::kText;
  if (IsNotApplicable(text)) {
    figure->form = FigureForm::kNotApplicable;
    return OkStatus();
  }
  for (const std::string_view word : {"approximately ", "about ", "~"}) {
    if (TakePrefix(word, &text)) figure->approximate = true;
  }
  bool is_number = false;
  if (TakePrefix("<", &text)) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ParseNumber(text, &figure->upper, &figure->percent, &is_number));
    if (is_number) figure->form = FigureForm::kBelow;
    return OkStatus();
  }
  bool is_range = false;
  COLLATE_TABULAR_RETURN_IF_ERROR(ParseRange(text, figure, &is_range));
  if (is_range) return OkStatus();
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ParseNumber(text, &figure->lower, &figure->percent, &is_number));
  if (is_number) {
    figure->form = FigureForm::kNumber;
    figure->upper = figure->lower;
  }
  return OkStatus();
}

bool IsWhole(const sdk::Decimal& number, int64_t* whole) {
  int64_t mantissa = number.mantissa;
  for (int64_t scale = number.scale; scale > 0; --scale) {
    if (mantissa % 10 != 0) return false;
    mantissa /= 10;
  }
  *whole = mantissa;
  return true;
}

}  // namespace collate::transparency_report
