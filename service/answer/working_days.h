// Working days, by which an answer to a request for information is due.
//
// As section 10(6) of the Freedom of Information Act 2000 has it: neither
// Saturday nor Sunday, Good Friday or Christmas Day, nor a bank holiday in any
// part of the United Kingdom. So 2 January and St Andrew's Day (Scotland), St
// Patrick's Day and 12 July (Northern Ireland) do not count for an English
// force either, and nobody is called overdue a day too early. Days that were
// moved or added by proclamation are listed for 1995 to 2026; a later one that
// is not listed counts as a working day.
//
// Pure functions.

#ifndef COLLATE_SERVICE_ANSWER_WORKING_DAYS_H_
#define COLLATE_SERVICE_ANSWER_WORKING_DAYS_H_

#include "service/vocabulary/period.h"

namespace collate::answer {

// Within the years 1000 to 9998, as periods are.
bool IsWorkingDay(vocabulary::Day day);

inline constexpr int kWorkingDaysToAnswer = 20;

// The last day on which an answer to a request of `request` is in time: the
// 20th working day after it.
vocabulary::Day DueDay(vocabulary::Day request);

}  // namespace collate::answer

#endif  // COLLATE_SERVICE_ANSWER_WORKING_DAYS_H_
