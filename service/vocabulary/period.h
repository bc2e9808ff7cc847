// Periods as half-open day intervals, and the ways in which publishers write
// them. "2017/18", "FY 2017-18" and "year ending March 2018" are one period:
// equality looks at the days only, the kind is for display.
//
// Pure values and functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_VOCABULARY_PERIOD_H_
#define COLLATE_SERVICE_VOCABULARY_PERIOD_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace collate::vocabulary {

// Days since 1970-01-01 in the proleptic Gregorian calendar.
using Day = int32_t;
inline constexpr Day kOpenBegin = std::numeric_limits<Day>::min();
inline constexpr Day kOpenEnd = std::numeric_limits<Day>::max();

// Days from begin, which belongs to it, to end, which does not.
struct DayInterval {
  Day begin = kOpenBegin;
  Day end = kOpenEnd;

  bool Contains(Day day) const { return begin <= day && day < end; }
  bool Contains(const DayInterval& other) const {
    return begin <= other.begin && other.end <= end;
  }
  bool Overlaps(const DayInterval& other) const {
    return begin < other.end && other.begin < end;
  }
  friend auto operator<=>(const DayInterval&, const DayInterval&) = default;
};

// Numbers are those of collate_period_kind in the plugin ABI.
enum class PeriodKind : uint8_t {
  kUnspecified = 0,
  kFinancialYear = 1,     // 1 April to 31 March
  kFinancialQuarter = 2,  // Q1 is April to June
  kCalendarYear = 3,
  kCalendarQuarter = 4,
  kMonth = 5,
  kRollingYear = 6,  // any other 12 whole months
  kInterval = 7,
  kDay = 8,  // a stock date
};

struct Period {
  DayInterval days;
  PeriodKind kind = PeriodKind::kUnspecified;

  friend bool operator==(const Period& a, const Period& b) {
    return a.days == b.days;
  }
};

// "2024-02-29" -> days; refuses dates that do not exist. INVALID_ARGUMENT
// (reason INVALID_DATE).
absl::StatusOr<Day> ParseDay(absl::string_view iso_date);
// ".." for kOpenBegin and kOpenEnd.
std::string FormatDay(Day day);

// Reads one period as a person or a publisher writes it:
//   2017/18  2017/2018  FY 2017-18        financial year
//   2017/18 Q1  2017/18-Q1                financial quarter
//   2017                                  calendar year
//   2017 Q1  2017-Q1                      calendar quarter
//   2017 H1  2017-H1                      January to June, or July to December
//   2017-04  April 2017  Apr '17          month
//   year ending March 2018  YE Sep 18     12 months; a day before the month
//                                         must be its last
//   2017-04 to 2017-12  Apr '17 to Dec '17  whole months, inclusive
//   2018-09-30                            day (a stock date)
//   2017-04-01/2018-01-01                 days, end exclusive (ISO 8601)
// Case and runs of space do not matter; a two-digit year is 1970 to 2069.
// INVALID_ARGUMENT (reason INVALID_PERIOD) for anything else, with the
// readings to choose from where there are several: "2017-18" and "2011-12"
// could be a financial year or a month, "17/18" a date, "Apr 17" a day.
// Periods lie within the years 1000 to 9998.
absl::StatusOr<Period> ParsePeriod(absl::string_view text);

// The interval with the kind that fits it best: exactly one financial year,
// financial quarter, calendar year, month, other 12 whole months, or day;
// kInterval when none does. (Both kinds of quarter have the same days.)
Period PeriodOf(DayInterval days);

// The canonical text; ParsePeriod reads it back to an equal period. Follows
// the kind where it is true of the days, else the days alone.
std::string FormatPeriod(const Period& period);

// Every period of first's kind from first to last, both included.
// INVALID_ARGUMENT (reason INVALID_PERIOD) when the kinds differ, last is
// before first or not a whole number of steps after it (years ending March
// 2018 to September 2018), the kind cannot be stepped (kInterval, kDay), or
// there would be more than max_count. Steps never overlap.
absl::StatusOr<std::vector<Period>> PeriodRange(const Period& first,
                                                const Period& last,
                                                int max_count = 1000);

}  // namespace collate::vocabulary

#endif  // COLLATE_SERVICE_VOCABULARY_PERIOD_H_
