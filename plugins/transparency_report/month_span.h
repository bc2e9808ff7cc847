// Whole months in a row: the quarters and half-years of these reports.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_MONTH_SPAN_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_MONTH_SPAN_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/sdk/adapter.hpp"

namespace collate::transparency_report {

struct MonthSpan {
  int32_t first = 0;  // year * 12 + month - 1
  int32_t count = 0;

  friend auto operator<=>(const MonthSpan&, const MonthSpan&) = default;
};

// "2023Q3", "2025-H1", letters in either case. False for anything else and for
// years outside 1900 to 2199.
bool ParseQuarter(std::string_view text, MonthSpan* span);
bool ParseHalfYear(std::string_view text, MonthSpan* span);

// `text` is what was printed.
sdk::Period PeriodOf(const MonthSpan& span, std::string_view text);

// The extent of a table that covers these spans: a "period" for each run of
// them that has no gap.
std::vector<sdk::Pair> ExtentOf(const std::set<MonthSpan>& spans);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_MONTH_SPAN_H_
