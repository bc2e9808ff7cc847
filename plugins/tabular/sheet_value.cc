#include "plugins/tabular/sheet_value.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace collate::tabular {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct BuiltIn {
  uint8_t id;
  const char* code;
};

constexpr BuiltIn kBuiltIns[] = {
    {1, "0"},
    {2, "0.00"},
    {3, "#,##0"},
    {4, "#,##0.00"},
    {9, "0%"},
    {10, "0.00%"},
    {11, "0.00E+00"},
    {12, "# ?/?"},
    {13, "# ?\?/?\?"},
    {14, "mm-dd-yy"},
    {15, "d-mmm-yy"},
    {16, "d-mmm"},
    {17, "mmm-yy"},
    {18, "h:mm AM/PM"},
    {19, "h:mm:ss AM/PM"},
    {20, "h:mm"},
    {21, "h:mm:ss"},
    {22, "m/d/yy h:mm"},
    {37, "#,##0 ;(#,##0)"},
    {38, "#,##0 ;[Red](#,##0)"},
    {39, "#,##0.00;(#,##0.00)"},
    {40, "#,##0.00;[Red](#,##0.00)"},
    {45, "mm:ss"},
    {46, "[h]:mm:ss"},
    {47, "mmss.0"},
    {48, "##0.0E+0"},
    {49, "@"},
};

void AppendTime(int64_t milliseconds, std::string* out) {
  const int64_t seconds = milliseconds / 1000;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d",
                static_cast<int>(seconds / 3600 % 24),
                static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  *out += buffer;
  if (milliseconds % 1000 != 0) {
    std::snprintf(buffer, sizeof buffer, ".%03d",
                  static_cast<int>(milliseconds % 1000));
    *out += buffer;
  }
}

bool TakeNumber(std::string_view* text, size_t digits, int* value) {
  if (text->size() < digits) return false;
  *value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!IsDigit((*text)[i])) return false;
    *value = *value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(digits);
  return true;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

}  // namespace

bool ParseUnsigned(std::string_view text, uint64_t* value) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && at == end && !text.empty();
}

bool ParseCellName(std::string_view name, uint32_t* row, uint32_t* column) {
  Take(&name, '$');
  uint64_t letters = 0;
  size_t count = 0;
  while (count < name.size() && Lower(name[count]) >= 'a' &&
         Lower(name[count]) <= 'z') {
    letters =
        letters * 26 + static_cast<uint64_t>(Lower(name[count]) - 'a') + 1;
    if (++count > 3) return false;
  }
  name.remove_prefix(count);
  Take(&name, '$');
  uint64_t number = 0;
  if (count == 0 || !ParseUnsigned(name, &number)) return false;
  if (letters > kMaxSheetColumn || number == 0 || number > kMaxSheetRow) {
    return false;
  }
  *row = static_cast<uint32_t>(number);
  *column = static_cast<uint32_t>(letters);
  return true;
}

bool ParseRange(std::string_view name, Merge* range) {
  const size_t colon = name.find(':');
  if (!ParseCellName(name.substr(0, colon), &range->row, &range->column)) {
    return false;
  }
  if (colon == std::string_view::npos) {
    range->row_end = range->row;
    range->column_end = range->column;
    return true;
  }
  return ParseCellName(name.substr(colon + 1), &range->row_end,
                       &range->column_end) &&
         range->row_end >= range->row && range->column_end >= range->column;
}

bool PlainNumber(std::string_view stored, std::string* plain, double* value) {
  constexpr std::string_view kSpace = " \t\r\n";
  while (!stored.empty() && kSpace.find(stored.front()) != kSpace.npos) {
    stored.remove_prefix(1);
  }
  while (!stored.empty() && kSpace.find(stored.back()) != kSpace.npos) {
    stored.remove_suffix(1);
  }
  if (!stored.empty() && stored.front() == '+') {
    stored.remove_prefix(1);
    if (!stored.empty() && stored.front() == '-') return false;
  }
  const char* end = stored.data() + stored.size();
  const auto [at, error] = std::from_chars(stored.data(), end, *value);
  if (error != std::errc() || at != end || !std::isfinite(*value)) return false;

  const bool negative = stored.front() == '-';
  const std::string_view digits = stored.substr(negative ? 1 : 0);
  size_t whole = 0, fraction = 0;
  while (whole < digits.size() && IsDigit(digits[whole])) ++whole;
  bool is_plain = whole > 0 && (whole == 1 || digits[0] != '0');
  if (is_plain && whole < digits.size()) {
    fraction = digits.size() - whole - 1;
    is_plain = digits[whole] == '.' && fraction > 0;
    for (const char c : digits.substr(whole + 1)) is_plain &= IsDigit(c);
  }
  // A double carries 15 digits whatever they are; beyond, a fraction shows the
  // binary noise, while a whole number may be more exact than the double.
  if (is_plain && (fraction == 0 || whole + fraction <= 15)) {
    plain->assign(stored);
  } else {
    char buffer[400];
    const auto [last, failed] = std::to_chars(buffer, buffer + sizeof buffer,
                                              *value, std::chars_format::fixed);
    if (failed != std::errc()) return false;
    plain->assign(buffer, last);
  }
  if (*value == 0) *plain = "0";  // no sign of zero
  return true;
}

FormatKind ClassifyFormat(std::string_view code) {
  bool day = false, clock = false, month = false, percent = false;
  for (size_t i = 0; i < code.size(); ++i) {
    const char c = Lower(code[i]);
    if (c == ';') break;  // the first section is the one for plain values
    if (c == '"') {
      i = code.find('"', i + 1);
      if (i == std::string_view::npos) break;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const size_t close = code.find(']', i);
      if (close == std::string_view::npos) break;
      const char unit = Lower(code[i + 1]);
      bool elapsed = unit == 'h' || unit == 'm' || unit == 's';
      for (size_t j = i + 1; j < close; ++j) elapsed &= Lower(code[j]) == unit;
      if (elapsed) return FormatKind::kNumber;
      i = close;
    } else if (c == 'y' || c == 'd') {
      day = true;
    } else if (c == 'm') {
      month = true;
    } else if (c == 'h' || c == 's') {
      clock = true;
    } else if (c == '%') {
      percent = true;
    }
  }
  if (day || (month && !clock)) return FormatKind::kDate;
  if (clock) return FormatKind::kTime;
  return percent ? FormatKind::kPercent : FormatKind::kNumber;
}

FormatKind ClassifyBuiltInFormat(uint64_t id, std::string_view* code) {
  *code = "";
  for (const BuiltIn& built_in : kBuiltIns) {
    if (built_in.id != id) continue;
    *code = built_in.code;
    return ClassifyFormat(*code);
  }
  // East Asian dates and times, whose codes depend on the locale.
  if ((id >= 32 && id <= 35) || id == 55 || id == 56) return FormatKind::kTime;
  if ((id >= 27 && id <= 36) || (id >= 50 && id <= 58)) {
    return FormatKind::kDate;
  }
  return FormatKind::kNumber;
}

bool SerialToIso(double serial, FormatKind kind, bool epoch_1904,
                 std::string* iso) {
  using std::chrono::day;
  using std::chrono::days;
  using std::chrono::month;
  using std::chrono::sys_days;
  using std::chrono::year;
  using std::chrono::year_month_day;
  constexpr double kLast = 2958466;  // past any day either system has
  constexpr int64_t kDay = 86'400'000;
  if (!(serial >= 0) || serial >= kLast) return false;
  auto whole = static_cast<int64_t>(std::floor(serial));
  int64_t milliseconds =
      std::llround((serial - static_cast<double>(whole)) * kDay);
  if (milliseconds == kDay) {
    milliseconds = 0;
    ++whole;
  }
  iso->clear();
  if (whole == 0 && kind == FormatKind::kTime) {
    AppendTime(milliseconds, iso);
    return true;
  }
  sys_days origin = year(1904) / month(1) / day(1);
  if (!epoch_1904) {
    // The 1900 system counts a 29 February 1900 that never was.
    if (whole == 0 || whole == 60) return false;
    origin = sys_days(year(1899) / month(12) / day(whole < 60 ? 31 : 30));
  }
  const year_month_day date(origin + days(whole));
  if (date.year() > year(9999)) return false;
  char buffer[32];
  std::snprintf(
      buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  *iso = buffer;
  if (milliseconds != 0) {
    *iso += 'T';
    AppendTime(milliseconds, iso);
  }
  return true;
}

bool IsIsoDate(std::string_view text) {
  int y = 0, m = 0, d = 0, hour = 0, minute = 0, second = 0;
  if (!TakeNumber(&text, 4, &y) || !Take(&text, '-') ||
      !TakeNumber(&text, 2, &m) || !Take(&text, '-') ||
      !TakeNumber(&text, 2, &d)) {
    return false;
  }
  const std::chrono::year_month_day date{
      std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
      std::chrono::day(static_cast<unsigned>(d))};
  if (!date.ok()) return false;
  if (text.empty()) return true;
  if (!Take(&text, 'T') || !TakeNumber(&text, 2, &hour) || !Take(&text, ':') ||
      !TakeNumber(&text, 2, &minute) || !Take(&text, ':') ||
      !TakeNumber(&text, 2, &second) || hour > 23 || minute > 59 ||
      second > 60) {
    return false;
  }
  if (Take(&text, '.') || Take(&text, ',')) {
    if (text.empty()) return false;
    while (!text.empty() && IsDigit(text.front())) text.remove_prefix(1);
  }
  Take(&text, 'Z');
  return text.empty();
}

}  // namespace collate::tabular
