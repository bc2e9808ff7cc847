#include "plugins/transparency_report/month_span.h"

#include <algorithm>

namespace collate::transparency_report {
namespace {

constexpr int32_t kQuarter = 3;
constexpr int32_t kHalfYear = 6;

// Four digits, `mark`, one digit of 1 to 12 / months.
bool Parse(std::string_view text, std::string_view mark, int32_t months,
           MonthSpan* span) {
  if (text.size() != 5 + mark.size()) return false;
  int32_t year = 0;
  for (const char c : text.substr(0, 4)) {
    if (c < '0' || c > '9') return false;
    year = year * 10 + (c - '0');
  }
  for (size_t i = 0; i < mark.size(); ++i) {
    const char c = text[4 + i];
    const bool lower = c >= 'a' && c <= 'z';
    if ((lower ? static_cast<char>(c - 32) : c) != mark[i]) return false;
  }
  const int32_t part = text.back() - '1';
  if (year < 1900 || year > 2199 || part < 0 || part >= 12 / months) {
    return false;
  }
  *span = {.first = year * 12 + part * months, .count = months};
  return true;
}

std::string FirstDay(int32_t month) {
  const int32_t of_year = month % 12 + 1;
  return std::to_string(month / 12) + (of_year < 10 ? "-0" : "-") +
         std::to_string(of_year) + "-01";
}

// A month that exists: Parse() made it.
int32_t DayOf(int32_t month) {
  return *sdk::FirstOfMonth(month / 12, month % 12 + 1);
}

}  // namespace

bool ParseQuarter(std::string_view text, MonthSpan* span) {
  return Parse(text, "Q", kQuarter, span);
}

bool ParseHalfYear(std::string_view text, MonthSpan* span) {
  return Parse(text, "-H", kHalfYear, span);
}

sdk::Period PeriodOf(const MonthSpan& span, std::string_view text) {
  return {.begin = DayOf(span.first),
          .end = DayOf(span.first + span.count),
          .kind = span.count == kQuarter ? sdk::PeriodKind::kCalendarQuarter
                                         : sdk::PeriodKind::kInterval,
          .text = std::string(text)};
}

std::vector<sdk::Pair> ExtentOf(const std::set<MonthSpan>& spans) {
  std::vector<sdk::Pair> extent;
  for (auto at = spans.begin(); at != spans.end();) {
    const int32_t begin = at->first;
    int32_t end = begin;
    for (; at != spans.end() && at->first <= end; ++at) {
      end = std::max(end, at->first + at->count);
    }
    extent.emplace_back("period", FirstDay(begin) + "/" + FirstDay(end));
  }
  return extent;
}

}  // namespace collate::transparency_report
