#include "plugins/foi_spreadsheet/suggest_cells.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "plugins/foi_spreadsheet/period_text.h"
#include "plugins/tabular/number.h"

namespace collate::foi_spreadsheet {
namespace {

namespace pb = ::collate::recipe::v1;
using tabular::CellKind;

constexpr int64_t kScale = 4;
constexpr size_t kLongestMark = 40;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// As words, so that "sum" is not found in "consumption".
bool HasWord(const std::string& lower, std::string_view word) {
  for (size_t at = lower.find(word); at != std::string::npos;
       at = lower.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !IsLetter(lower[at - 1])) &&
        (end == lower.size() || !IsLetter(lower[end]))) {
      return true;
    }
  }
  return false;
}

bool HasAnyWord(std::string_view text,
                std::initializer_list<std::string_view> words) {
  const std::string lower = Lower(text);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return HasWord(lower, word);
  });
}

bool Scaled(std::string_view text, int64_t* value) {
  tabular::Decimal number;
  bool exact = false;
  if (!tabular::ParseRounded(text, kScale, &number, &exact).ok()) return false;
  int64_t out = number.mantissa;
  for (int64_t i = number.scale; i < kScale; ++i) {
    if (__builtin_mul_overflow(out, int64_t{10}, &out)) return false;
  }
  *value = out;
  return true;
}

bool IsYear(int64_t value) {
  return value % 10'000 == 0 && value >= 19'000'000 && value <= 21'000'000;
}

// Words and signs that stand for a figure.
bool IsMark(std::string_view label) {
  if (label.empty() || label.size() > kLongestMark) return false;
  if (std::none_of(label.begin(), label.end(), IsLetter)) {
    // "*", "<5", "..", "-"; a range such as "12-15" is a label.
    return !IsDigit(label[0]);
  }
  if (label.front() == '[' && label.back() == ']') return true;
  static constexpr std::array<std::string_view, 22> kWords = {
      "nil",          "none",          "n/a",
      "na",           "not available", "not applicable",
      "not held",     "not recorded",  "not known",
      "no data",      "no response",   "not provided",
      "not supplied", "refused",       "withheld",
      "redacted",     "suppressed",    "exempt",
      "unavailable",  "not disclosed", "no information held",
      "zero"};
  const std::string lower = Lower(label);
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) {
    return true;
  }
  return lower.starts_with("less than ") || lower.starts_with("fewer than ") ||
         lower.ends_with(" or less") || lower.ends_with(" or fewer");
}

}  // namespace

CellLook LookAt(const SheetCell& cell, bool text_file) {
  CellLook out;
  switch (cell.kind) {
    case CellKind::kNumber:
      if (cell.percent) {
        out.looks = Looks::kPercent;
      } else if (Scaled(cell.value, &out.value)) {
        out.looks = IsYear(out.value) ? Looks::kYear : Looks::kNumber;
      } else {
        out.looks = Looks::kOther;
      }
      return out;
    case CellKind::kText:
      break;
    default:
      out.looks = Looks::kOther;
      return out;
  }
  const std::string& label = cell.label;
  if (Scaled(label, &out.value)) {
    const bool grouped = label.find(',') != std::string::npos;
    out.looks = IsYear(out.value) && !grouped ? Looks::kYear : Looks::kNumber;
    out.number_as_text = !text_file;
    return out;
  }
  if (label.ends_with('%') &&
      Scaled(std::string_view(label).substr(0, label.size() - 1), &out.value)) {
    out.looks = Looks::kPercent;
    return out;
  }
  // "6*", "12 (r)": a number and up to four signs that are no word.
  size_t end = label.size();
  while (end > 0 && !IsDigit(label[end - 1]) && label.size() - end < 4) --end;
  if (end > 0 && end < label.size() &&
      Scaled(std::string_view(label).substr(0, end), &out.value)) {
    const std::string rest = CleanText(std::string_view(label).substr(end));
    const auto letters = std::count_if(rest.begin(), rest.end(), IsLetter);
    // "18+" is a band of ages.
    if (letters <= 1 && rest[0] != '+') {
      out.looks = Looks::kNumber;
      out.suffix = rest;
      return out;
    }
  }
  out.looks = IsMark(label) ? Looks::kMark : Looks::kText;
  return out;
}

bool SoundsLikeTotal(std::string_view label) {
  if (SoundsLikePart(label) && Lower(label).starts_with("of which")) {
    return false;
  }
  return HasAnyWord(label, {"total", "totals", "sum", "subtotal", "overall"}) ||
         Lower(label).starts_with("all ") || Lower(label) == "all";
}

bool SoundsLikePart(std::string_view label) {
  return Lower(label).find("of which") != std::string::npos;
}

bool SoundsLikeReporter(std::string_view heading) {
  // "Type of force" is another thing.
  const std::string lower = Lower(heading);
  if (lower == "force" || lower == "forces" || lower == "force name") {
    return true;
  }
  return HasAnyWord(
      heading,
      {"police", "constabulary", "council", "authority", "authorities", "trust",
       "reporter", "organisation", "public body", "police force area"});
}

bool SoundsLikePeriod(std::string_view heading) {
  return HasAnyWord(heading, {"year", "years", "period", "quarter", "month",
                              "financial year", "calendar year"});
}

std::optional<pb::PeriodForm> PeriodFormOf(std::string_view label) {
  for (const pb::PeriodForm form :
       {pb::PERIOD_FORM_FINANCIAL_YEAR, pb::PERIOD_FORM_CALENDAR_YEAR,
        pb::PERIOD_FORM_YEAR_ENDING, pb::PERIOD_FORM_DAYS,
        pb::PERIOD_FORM_MONTHS}) {
    if (ReadPeriod(form, label).has_value()) return form;
  }
  return std::nullopt;
}

std::optional<PeriodInText> FindPeriod(std::string_view text) {
  std::optional<PeriodInText> out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsDigit(text[i]) || (i > 0 && IsDigit(text[i - 1]))) continue;
    size_t end = i;
    while (end < text.size() &&
           (IsDigit(text[end]) || text[end] == '/' || text[end] == '-')) {
      ++end;
    }
    const std::string_view word = text.substr(i, end - i);
    const auto form = PeriodFormOf(word);
    const bool year = form == pb::PERIOD_FORM_CALENDAR_YEAR && word >= "1900" &&
                      word <= "2100";
    if (form == pb::PERIOD_FORM_FINANCIAL_YEAR || year) {
      // Two periods in one text: whose they are, nobody can tell.
      if (out.has_value()) return std::nullopt;
      out =
          PeriodInText{year ? "(?:^|[^0-9/-])((?:19|20)[0-9]{2})(?:[^0-9/-]|$)"
                            : "([0-9]{4}[/-][0-9]{2,4})",
                       *form};
    }
    i = end;
  }
  return out;
}

}  // namespace collate::foi_spreadsheet
