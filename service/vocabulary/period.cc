#include "service/vocabulary/period.h"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::vocabulary {
namespace {

using absl::CivilDay;
using absl::CivilMonth;

constexpr CivilDay kEpoch(1970, 1, 1);
constexpr int kFirstYear = 1000;
constexpr int kLastYear = 9998;

constexpr std::array<absl::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

Day DayOf(CivilDay day) { return static_cast<Day>(day - kEpoch); }

struct Date {
  int64_t year = 0;
  int month = 0;
  int day = 0;

  CivilMonth civil_month() const { return CivilMonth(year, month); }
};

// Answers name many days; CivilDay, which knows every year, takes some ten
// times as long.
Date DateOf(Day day) {
  constexpr Day kFirst = -365'000;  // years that std::chrono knows for certain
  constexpr Day kLast = 3'650'000;
  if (day < kFirst || day > kLast) {
    const CivilDay date = kEpoch + day;
    return {date.year(), date.month(), date.day()};
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(day))};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

DayInterval MonthsFrom(CivilMonth first, int count) {
  return {DayOf(CivilDay(first)), DayOf(CivilDay(first + count))};
}

// What the days are called, were they of that kind.
int MonthCountOf(PeriodKind kind) {
  switch (kind) {
    case PeriodKind::kFinancialYear:
    case PeriodKind::kCalendarYear:
    case PeriodKind::kRollingYear:
      return 12;
    case PeriodKind::kFinancialQuarter:
    case PeriodKind::kCalendarQuarter:
      return 3;
    case PeriodKind::kMonth:
      return 1;
    default:
      return 0;
  }
}

bool StartsRight(PeriodKind kind, int month) {
  switch (kind) {
    case PeriodKind::kFinancialYear:
      return month == 4;
    case PeriodKind::kCalendarYear:
      return month == 1;
    case PeriodKind::kFinancialQuarter:
    case PeriodKind::kCalendarQuarter:
      return month % 3 == 1;
    default:
      return true;
  }
}

// The first month, when the interval is whole months.
std::optional<CivilMonth> WholeMonths(const DayInterval& days) {
  if (days.begin == kOpenBegin || days.end == kOpenEnd ||
      days.end <= days.begin) {
    return std::nullopt;
  }
  const Date begin = DateOf(days.begin);
  if (begin.day != 1 || DateOf(days.end).day != 1) return std::nullopt;
  return begin.civil_month();
}

bool Fits(PeriodKind kind, const DayInterval& days) {
  if (kind == PeriodKind::kInterval) return true;
  if (kind == PeriodKind::kDay) {
    return days.begin != kOpenBegin && days.end != kOpenEnd &&
           days.end - days.begin == 1;
  }
  const int count = MonthCountOf(kind);
  const auto first = WholeMonths(days);
  return count > 0 && first.has_value() &&
         DateOf(days.end).civil_month() - *first == count &&
         StartsRight(kind, first->month());
}

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_PERIOD",
                     absl::StrCat("period '", text, "': ", why))
      .With("value", text);
}

// Takes what it names from the front of `in` and says whether it was there.
class Reader {
 public:
  explicit Reader(absl::string_view in) : in_(in) {}

  bool done() const { return in_.empty(); }
  absl::string_view rest() const { return in_; }

  bool Take(absl::string_view text) { return absl::ConsumePrefix(&in_, text); }

  // Exactly `digits` digits, no digit after them.
  bool TakeNumber(size_t digits, int& number) {
    if (in_.size() < digits) return false;
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!absl::ascii_isdigit(in_[i])) return false;
      value = value * 10 + (in_[i] - '0');
    }
    if (in_.size() > digits && absl::ascii_isdigit(in_[digits])) return false;
    in_.remove_prefix(digits);
    number = value;
    return true;
  }

  // A month's name, whole or its first three letters ("sept" too).
  bool TakeMonthName(int& month) {
    size_t length = 0;
    while (length < in_.size() && absl::ascii_isalpha(in_[length])) ++length;
    const absl::string_view word = in_.substr(0, length);
    for (size_t i = 0; i < kMonths.size(); ++i) {
      if (word == kMonths[i] || word == kMonths[i].substr(0, 3) ||
          (i == 8 && word == "sept")) {
        month = static_cast<int>(i) + 1;
        in_.remove_prefix(length);
        return true;
      }
    }
    return false;
  }

 private:
  absl::string_view in_;
};

int FullYear(int two_digits) {
  return two_digits < 70 ? 2000 + two_digits : 1900 + two_digits;
}

// "2017/18", "2017/2018" and, where a prefix has said that it is a financial
// year, also with a hyphen.
bool TakeFinancialYear(Reader& in, bool hyphen, int& year) {
  Reader trial = in;
  int second = 0;
  if (!trial.TakeNumber(4, year)) return false;
  if (!trial.Take("/") && !(hyphen && trial.Take("-"))) return false;
  if (trial.TakeNumber(4, second)) {
    if (second != year + 1) return false;
  } else if (!trial.TakeNumber(2, second) || second != (year + 1) % 100) {
    return false;
  }
  in = trial;
  return true;
}

bool TakeQuarter(Reader& in, int& quarter) {
  Reader trial = in;
  if (!trial.Take(" ")) trial.Take("-");
  if (!trial.Take("q") || !trial.TakeNumber(1, quarter) || quarter < 1 ||
      quarter > 4) {
    return false;
  }
  in = trial;
  return true;
}

bool TakeHalf(Reader& in, int& half) {
  Reader trial = in;
  if (!trial.Take(" ")) trial.Take("-");
  if (!trial.Take("h") || !trial.TakeNumber(1, half) || half < 1 || half > 2) {
    return false;
  }
  in = trial;
  return true;
}

// "2017-04", "april 2017", "apr '17"; "sep 18" only with `short_year`.
bool TakeMonth(Reader& in, bool short_year, CivilMonth& month) {
  Reader trial = in;
  int year = 0;
  int number = 0;
  if (trial.TakeMonthName(number)) {
    if (!trial.Take(" ")) return false;
    if (!trial.TakeNumber(4, year)) {
      const bool quoted = trial.Take("'");
      if ((!quoted && !short_year) || !trial.TakeNumber(2, year)) return false;
      year = FullYear(year);
    }
  } else if (!trial.TakeNumber(4, year) || !trial.Take("-") ||
             !trial.TakeNumber(2, number) || number < 1 || number > 12) {
    return false;
  }
  if (year < kFirstYear || year > kLastYear) return false;
  month = CivilMonth(year, number);
  in = trial;
  return true;
}

bool TakeDay(Reader& in, Day& day) {
  Reader trial = in;
  int year = 0;
  int month = 0;
  int number = 0;
  if (!trial.TakeNumber(4, year) || !trial.Take("-") ||
      !trial.TakeNumber(2, month) || !trial.Take("-") ||
      !trial.TakeNumber(2, number)) {
    return false;
  }
  const CivilDay date(year, month, number);
  // A civil date carries over, 31 February would be read as 3 March.
  if (year < kFirstYear || date.year() != year || date.month() != month ||
      date.day() != number) {
    return false;
  }
  day = DayOf(date);
  in = trial;
  return true;
}

// "2011-12": a month, and also a financial year.
bool IsAmbiguousMonth(CivilMonth month) {
  return month.month() == (month.year() + 1) % 100;
}

std::string MonthTitle(CivilMonth month) {
  std::string name(kMonths[month.month() - 1]);
  name[0] = absl::ascii_toupper(name[0]);
  return absl::StrCat(name, " ", month.year());
}

// Writes so many digits of a number that has no more.
void PutDigits(int64_t number, int count, char* out) {
  for (int i = count - 1; i >= 0; --i, number /= 10) {
    out[i] = static_cast<char>('0' + number % 10);
  }
}

std::string YearSpan(int64_t year) {
  if (year < 0 || year > 9999) {
    return absl::StrFormat("%04d/%02d", year, (year + 1) % 100);
  }
  std::string text = "YYYY/YY";
  PutDigits(year, 4, &text[0]);
  PutDigits((year + 1) % 100, 2, &text[5]);
  return text;
}

// Lower case, single spaces, straight apostrophes, none around.
std::string FoldedWords(absl::string_view text) {
  std::string folded = absl::AsciiStrToLower(text);
  absl::RemoveExtraAsciiWhitespace(&folded);
  for (absl::string_view curly : {"\xe2\x80\x99", "\xe2\x80\x98"}) {
    for (size_t at = folded.find(curly.data(), 0, curly.size());
         at != std::string::npos;
         at = folded.find(curly.data(), at, curly.size())) {
      folded.replace(at, curly.size(), "'");
    }
  }
  for (char& c : folded) {
    if (absl::ascii_isspace(c)) c = ' ';
  }
  return folded;
}

Period Make(PeriodKind kind, CivilMonth first) {
  return {MonthsFrom(first, MonthCountOf(kind)), kind};
}

// A text that begins with a year in digits; nothing when it is no period.
std::optional<Period> ParseNumeric(absl::string_view text) {
  int year = 0;
  int quarter = 0;
  CivilMonth month;
  Day day = 0;
  if (Reader in(text); TakeFinancialYear(in, false, year)) {
    if (in.done()) {
      return Make(PeriodKind::kFinancialYear, CivilMonth(year, 4));
    }
    if (TakeQuarter(in, quarter) && in.done()) {
      return Make(PeriodKind::kFinancialQuarter,
                  CivilMonth(year, 4) + 3 * (quarter - 1));
    }
    return std::nullopt;
  }
  if (Reader in(text); TakeDay(in, day)) {
    if (in.done()) return Period{{day, day + 1}, PeriodKind::kDay};
    Day end = 0;
    if (in.Take("/") && TakeDay(in, end) && in.done() && day < end) {
      return PeriodOf({day, end});
    }
    return std::nullopt;
  }
  if (Reader in(text); TakeMonth(in, false, month) && in.done()) {
    if (IsAmbiguousMonth(month)) return std::nullopt;
    return Make(PeriodKind::kMonth, month);
  }
  if (Reader in(text); in.TakeNumber(4, year)) {
    if (in.done()) return Make(PeriodKind::kCalendarYear, CivilMonth(year, 1));
    if (TakeQuarter(in, quarter) && in.done()) {
      return Make(PeriodKind::kCalendarQuarter,
                  CivilMonth(year, 1) + 3 * (quarter - 1));
    }
    int half = 0;
    if (TakeHalf(in, half) && in.done()) {
      return PeriodOf(MonthsFrom(CivilMonth(year, 1) + 6 * (half - 1), 6));
    }
  }
  return std::nullopt;
}

// "year ending march 2018", "ye 31 march 2018", without the first words.
std::optional<Period> ParseYearEnding(absl::string_view text) {
  Reader in(text);
  int day = 0;
  if (in.TakeNumber(2, day) && !in.Take(" ")) return std::nullopt;
  CivilMonth last;
  if (!TakeMonth(in, true, last) || !in.done()) return std::nullopt;
  if (day != 0 && day != (CivilDay(last + 1) - 1).day()) return std::nullopt;
  return PeriodOf(MonthsFrom(last - 11, 12));
}

// Both sides of "to"; whole months.
std::optional<Period> ParseMonths(absl::string_view first_text,
                                  absl::string_view last_text) {
  CivilMonth first;
  CivilMonth last;
  Reader first_in(first_text);
  Reader last_in(last_text);
  if (!TakeMonth(first_in, false, first) || !first_in.done() ||
      !TakeMonth(last_in, false, last) || !last_in.done() || last < first) {
    return std::nullopt;
  }
  return PeriodOf(MonthsFrom(first, static_cast<int>(last - first) + 1));
}

// Why a text with several readings, or a common slip, is refused.
std::string Explain(absl::string_view text) {
  int year = 0;
  int second = 0;
  if (Reader in(text); in.TakeNumber(4, year) && in.Take("-") &&
                       in.TakeNumber(2, second) && in.done() &&
                       second == (year + 1) % 100) {
    const std::string financial = YearSpan(year);
    return absl::StrCat(
        "could be a financial year or a month; write ", financial,
        second >= 1 && second <= 12
            ? absl::StrCat(" or ", MonthTitle(CivilMonth(year, second)))
            : "");
  }
  if (Reader in(text); in.TakeNumber(2, year) &&
                       (in.Take("/") || in.Take("-")) &&
                       in.TakeNumber(2, second)) {
    return "two-digit years can be a date; write the first year in full, like "
           "2017/18";
  }
  if (Reader in(text); in.TakeNumber(4, year) && in.Take("/") &&
                       (in.TakeNumber(4, second) || in.TakeNumber(2, second))) {
    return absl::StrCat("a financial year ends in the year after it began; ",
                        YearSpan(year), " was expected");
  }
  int month = 0;
  if (Reader in(text); in.TakeMonthName(month) && in.Take(" ") &&
                       in.TakeNumber(2, second) && in.done()) {
    return "could be a day or a year; write the year in full";
  }
  return "not understood; write for example 2017/18, 2017/18 Q1, 2017, "
         "2017-04, 'year ending March 2018', '2017-04 to 2017-12' or "
         "2017-04-01/2018-01-01 (end exclusive)";
}

}  // namespace

absl::StatusOr<Day> ParseDay(absl::string_view iso_date) {
  Reader in(iso_date);
  Day day = 0;
  if (!TakeDay(in, day) || !in.done()) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_DATE",
                       absl::StrCat("'", iso_date,
                                    "' is not a date; YYYY-MM-DD of an "
                                    "existing day was expected"))
        .With("value", iso_date);
  }
  return day;
}

std::string FormatDay(Day day) {
  if (day == kOpenBegin || day == kOpenEnd) return "..";
  const Date date = DateOf(day);
  if (date.year < 0 || date.year > 9999) {
    return absl::StrFormat("%04d-%02d-%02d", date.year, date.month, date.day);
  }
  std::string text = "YYYY-MM-DD";
  PutDigits(date.year, 4, &text[0]);
  PutDigits(date.month, 2, &text[5]);
  PutDigits(date.day, 2, &text[8]);
  return text;
}

absl::StatusOr<Period> ParsePeriod(absl::string_view text) {
  const std::string folded = FoldedWords(text);
  absl::string_view rest = folded;
  std::optional<Period> period;
  if (absl::ConsumePrefix(&rest, "fy ") || absl::ConsumePrefix(&rest, "fy")) {
    Reader in(rest);
    int year = 0;
    int quarter = 0;
    if (TakeFinancialYear(in, true, year)) {
      if (in.done()) {
        period = Make(PeriodKind::kFinancialYear, CivilMonth(year, 4));
      } else if (TakeQuarter(in, quarter) && in.done()) {
        period = Make(PeriodKind::kFinancialQuarter,
                      CivilMonth(year, 4) + 3 * (quarter - 1));
      }
    }
  } else if (absl::ConsumePrefix(&rest, "year ending ") ||
             absl::ConsumePrefix(&rest, "ye ")) {
    period = ParseYearEnding(rest);
  } else if (const size_t to = folded.find(" to "); to != std::string::npos) {
    const absl::string_view first = rest.substr(0, to);
    const absl::string_view last = rest.substr(to + 4);
    for (absl::string_view side : {first, last}) {
      Reader in(side);
      CivilMonth month;
      if (absl::ascii_isdigit(side.empty() ? ' ' : side[0]) &&
          TakeMonth(in, false, month) && in.done() && IsAmbiguousMonth(month)) {
        return Invalid(text, absl::StrCat("'", side, "' ", Explain(side)));
      }
    }
    period = ParseMonths(first, last);
  } else if (!folded.empty() && absl::ascii_isdigit(folded[0])) {
    period = ParseNumeric(folded);
  } else {
    Reader in(folded);
    CivilMonth month;
    if (TakeMonth(in, false, month) && in.done()) {
      period = Make(PeriodKind::kMonth, month);
    }
  }
  if (!period.has_value()) return Invalid(text, Explain(folded));
  if (period->days.begin < DayOf(CivilDay(kFirstYear, 1, 1)) ||
      period->days.end > DayOf(CivilDay(kLastYear + 1, 1, 1))) {
    return Invalid(text, absl::StrCat("outside the years ", kFirstYear, " to ",
                                      kLastYear));
  }
  return *period;
}

Period PeriodOf(DayInterval days) {
  for (PeriodKind kind :
       {PeriodKind::kFinancialYear, PeriodKind::kFinancialQuarter,
        PeriodKind::kCalendarYear, PeriodKind::kMonth, PeriodKind::kRollingYear,
        PeriodKind::kDay}) {
    if (Fits(kind, days)) return {days, kind};
  }
  return {days, PeriodKind::kInterval};
}

std::string FormatPeriod(const Period& period) {
  const DayInterval& days = period.days;
  const PeriodKind kind =
      Fits(period.kind, days) ? period.kind : PeriodOf(days).kind;
  const auto first = WholeMonths(days);
  switch (kind) {
    case PeriodKind::kFinancialYear:
      return YearSpan(first->year());
    case PeriodKind::kFinancialQuarter: {
      const CivilMonth start = *first - 3;
      return absl::StrCat(YearSpan(start.year()), " Q",
                          (start.month() - 1) / 3 + 1);
    }
    case PeriodKind::kCalendarYear:
      return absl::StrFormat("%04d", first->year());
    case PeriodKind::kCalendarQuarter:
      return absl::StrFormat("%04d Q%d", first->year(),
                             (first->month() - 1) / 3 + 1);
    case PeriodKind::kMonth:
      if (IsAmbiguousMonth(*first)) return MonthTitle(*first);
      return absl::StrFormat("%04d-%02d", first->year(), first->month());
    case PeriodKind::kRollingYear:
      return absl::StrCat("year ending ", MonthTitle(*first + 11));
    case PeriodKind::kDay:
      return FormatDay(days.begin);
    default:
      break;
  }
  if (first.has_value()) {
    const CivilMonth last = DateOf(days.end).civil_month() - 1;
    if (!IsAmbiguousMonth(*first) && !IsAmbiguousMonth(last) && *first < last) {
      return absl::StrFormat("%04d-%02d to %04d-%02d", first->year(),
                             first->month(), last.year(), last.month());
    }
  }
  return absl::StrCat(FormatDay(days.begin), "/", FormatDay(days.end));
}

absl::StatusOr<std::vector<Period>> PeriodRange(const Period& first,
                                                const Period& last,
                                                int max_count) {
  const std::string text =
      absl::StrCat(FormatPeriod(first), " .. ", FormatPeriod(last));
  const int step = MonthCountOf(first.kind);
  if (first.kind != last.kind) {
    return Invalid(text, "the two ends are of different kinds");
  }
  if (step == 0) {
    return Invalid(text,
                   "only years, quarters and months can be counted through");
  }
  if (!Fits(first.kind, first.days) || !Fits(last.kind, last.days)) {
    return Invalid(text, "an end does not have the days of its kind");
  }
  const CivilMonth from = *WholeMonths(first.days);
  const CivilMonth to = *WholeMonths(last.days);
  if (to < from) return Invalid(text, "the last period is before the first");
  if ((to - from) % step != 0) {
    return Invalid(text,
                   "the last period is not a whole number of steps "
                   "after the first");
  }
  const int64_t count = (to - from) / step + 1;
  if (count > max_count) {
    return Invalid(text,
                   absl::StrCat(count, " periods, more than ", max_count));
  }
  std::vector<Period> periods;
  periods.reserve(count);
  for (int64_t i = 0; i < count; ++i) {
    periods.push_back(Make(first.kind, from + i * step));
  }
  return periods;
}

}  // namespace collate::vocabulary
