#include "service/answer/working_days.h"

#include <algorithm>
#include <vector>

#include "absl/time/civil_time.h"

namespace collate::answer {
namespace {

using absl::CivilDay;
using absl::Weekday;

bool IsWeekend(CivilDay day) {
  const Weekday weekday = absl::GetWeekday(day);
  return weekday == Weekday::saturday || weekday == Weekday::sunday;
}

// The Gregorian computus of Meeus, Jones and Butcher.
CivilDay EasterSunday(absl::civil_year_t year) {
  const auto a = year % 19;
  const auto b = year / 100;
  const auto c = year % 100;
  const auto d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const auto e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
  const auto f = d + e - 7 * ((a + 11 * d + 22 * e) / 451) + 114;
  return CivilDay(year, f / 31, f % 31 + 1);
}

CivilDay FirstMonday(absl::civil_year_t year, int month) {
  CivilDay day(year, month, 1);
  while (absl::GetWeekday(day) != Weekday::monday) ++day;
  return day;
}

CivilDay LastMonday(absl::civil_year_t year, int month) {
  CivilDay day = CivilDay(absl::CivilMonth(year, month) + 1) - 1;
  while (absl::GetWeekday(day) != Weekday::monday) --day;
  return day;
}

// What proclamations moved or added.
CivilDay EarlyMay(absl::civil_year_t year) {
  if (year == 1995 || year == 2020) return CivilDay(year, 5, 8);
  return FirstMonday(year, 5);
}
CivilDay Spring(absl::civil_year_t year) {
  if (year == 2002 || year == 2012) return CivilDay(year, 6, 4);
  if (year == 2022) return CivilDay(year, 6, 2);
  return LastMonday(year, 5);
}

bool IsOneOff(CivilDay day) {
  static constexpr struct {
    int year, month, day;
  } kOneOffs[] = {
      {1999, 12, 31},  // millennium
      {2002, 6, 3},    // golden jubilee
      {2011, 4, 29},   // royal wedding
      {2012, 6, 5},    // diamond jubilee
      {2022, 6, 3},    // platinum jubilee
      {2022, 9, 19},   // state funeral
      {2023, 5, 8},    // coronation
  };
  return std::any_of(std::begin(kOneOffs), std::end(kOneOffs),
                     [&](const auto& one) {
                       return day == CivilDay(one.year, one.month, one.day);
                     });
}

// Fixed days of one run, each of which moves to the next day that is neither
// at a weekend nor taken.
bool IsFixedHoliday(CivilDay day, const std::vector<CivilDay>& run) {
  std::vector<CivilDay> taken;
  for (const CivilDay& fixed : run) {
    if (!IsWeekend(fixed)) taken.push_back(fixed);
  }
  for (CivilDay moved : run) {
    if (!IsWeekend(moved)) continue;
    while (IsWeekend(moved) ||
           std::count(taken.begin(), taken.end(), moved) > 0) {
      ++moved;
    }
    taken.push_back(moved);
  }
  return std::count(taken.begin(), taken.end(), day) > 0;
}

bool IsBankHoliday(CivilDay day) {
  const absl::civil_year_t year = day.year();
  const CivilDay easter = EasterSunday(year);
  return day == easter - 2 || day == easter + 1 || day == EarlyMay(year) ||
         day == Spring(year) || day == FirstMonday(year, 8) ||
         day == LastMonday(year, 8) || IsOneOff(day) ||
         IsFixedHoliday(day, {CivilDay(year, 1, 1), CivilDay(year, 1, 2)}) ||
         IsFixedHoliday(day, {CivilDay(year, 3, 17)}) ||
         IsFixedHoliday(day, {CivilDay(year, 7, 12)}) ||
         IsFixedHoliday(day, {CivilDay(year, 11, 30)}) ||
         IsFixedHoliday(day, {CivilDay(year, 12, 25), CivilDay(year, 12, 26)});
}

}  // namespace

bool IsWorkingDay(vocabulary::Day day) {
  const CivilDay civil = CivilDay(1970, 1, 1) + day;
  return !IsWeekend(civil) && !IsBankHoliday(civil);
}

vocabulary::Day DueDay(vocabulary::Day request) {
  vocabulary::Day day = request;
  for (int left = kWorkingDaysToAnswer; left > 0;) {
    if (IsWorkingDay(++day)) --left;
  }
  return day;
}

}  // namespace collate::answer
