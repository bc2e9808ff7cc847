#include "service/answer/working_days.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace collate::answer {
namespace {

vocabulary::Day On(const std::string& text) {
  return *vocabulary::ParseDay(text);
}

TEST(WorkingDaysTest, WeekendsAndBankHolidaysOfAnyPartOfTheKingdomAreNone) {
  for (const char* day :
       {"2024-05-18",                                            // Saturday
        "2024-05-19",                                            // Sunday
        "2024-03-29", "2024-04-01", "2000-04-24", "2038-04-26",  // Easter
        "2024-01-01", "2024-01-02",  // the second in Scotland
        "2022-01-03", "2022-01-04",  // both on a weekend
        "2023-01-02", "2023-01-03",  // the first on a Sunday
        "2021-12-27", "2021-12-28", "2022-12-26", "2022-12-27",
        "2024-03-18",                // St Patrick's Day, a Sunday
        "2024-07-12",                // Northern Ireland
        "2024-11-30", "2025-12-25",  //
        "2024-05-06", "2024-05-27", "2024-08-05", "2024-08-26",
        "2020-05-08", "2022-06-02", "2022-06-03", "2022-09-19",
        "2023-05-08", "2012-06-04", "2012-06-05", "2011-04-29"}) {
    EXPECT_FALSE(IsWorkingDay(On(day))) << day;
  }
}

TEST(WorkingDaysTest, OtherDaysAreOnes) {
  for (const char* day :
       {"2024-05-17", "2024-03-28", "2024-04-02", "2024-12-24", "2024-12-27",
        // Moved away from in these years.
        "2020-05-04", "2022-05-30", "2012-05-28",
        // Nobody's holiday: the Monday after a weekday's holiday.
        "2024-07-15", "2024-01-03"}) {
    EXPECT_TRUE(IsWorkingDay(On(day))) << day;
  }
}

TEST(WorkingDaysTest, AnAnswerIsDueOnTheTwentiethWorkingDayAfterTheRequest) {
  const std::pair<const char*, const char*> cases[] = {
      // Four plain weeks.
      {"2024-09-02", "2024-09-30"},
      // Over Easter: Good Friday and Easter Monday.
      {"2024-03-18", "2024-04-17"},
      // Over Christmas, New Year and 2 January.
      {"2023-12-01", "2024-01-04"},
      // A request of a Saturday counts from Monday.
      {"2024-09-07", "2024-10-04"},
  };
  for (const auto& [request, due] : cases) {
    EXPECT_EQ(vocabulary::FormatDay(DueDay(On(request))), due) << request;
  }
}

}  // namespace
}  // namespace collate::answer
