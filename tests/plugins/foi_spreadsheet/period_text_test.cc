#include "plugins/foi_spreadsheet/period_text.h"

#include <gtest/gtest.h>

#include <string>

namespace collate::foi_spreadsheet {
namespace {

namespace pb = ::collate::recipe::v1;

// "2017-04-01 +365", or "none".
std::string Read(pb::PeriodForm form, const std::string& text) {
  const auto period = ReadPeriod(form, text);
  if (!period.has_value()) return "none";
  const std::chrono::year_month_day day{
      std::chrono::sys_days(std::chrono::days(period->begin))};
  char out[40];
  std::snprintf(out, sizeof out, "%d-%02u-%02u +%d",
                static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()),
                static_cast<unsigned>(day.day()), period->end - period->begin);
  return out;
}

TEST(PeriodText, FinancialYears) {
  const auto form = pb::PERIOD_FORM_FINANCIAL_YEAR;
  for (const char* text : {"2017/18", "2017-18", "2017/2018"}) {
    EXPECT_EQ(Read(form, text), "2017-04-01 +365") << text;
  }
  EXPECT_EQ(Read(form, "1999/00"), "1999-04-01 +366");
  // A misprint, a date, a year alone.
  for (const char* text :
       {"2017/19", "17/18", "2017", "2017/18 ", "x2017/18"}) {
    EXPECT_EQ(Read(form, text), "none") << text;
  }
  EXPECT_EQ(Read(pb::PERIOD_FORM_FINANCIAL_YEAR_TWO_DIGITS, "17/18"),
            "2017-04-01 +365");
  EXPECT_EQ(Read(pb::PERIOD_FORM_FINANCIAL_YEAR_TWO_DIGITS, "17/19"), "none");
}

TEST(PeriodText, DaysAreInclusiveAndDayFirst) {
  const auto form = pb::PERIOD_FORM_DAYS;
  EXPECT_EQ(Read(form, "1 April 2017 to 31 March 2018"), "2017-04-01 +365");
  EXPECT_EQ(Read(form, "01/04/2022-31/03/2023"), "2022-04-01 +365");
  EXPECT_EQ(Read(form, "1 Jan-31 Dec 2014"), "2014-01-01 +365");
  // A part year is one, and keeps its days.
  EXPECT_EQ(Read(form, "1 Jan-30th Nov 2016"), "2016-01-01 +335");
  EXPECT_EQ(Read(form, "1 Oct 2018-2 Apr 2019"), "2018-10-01 +184");
  EXPECT_EQ(Read(form, "31/03/2023-01/04/2022"), "none");
  EXPECT_EQ(Read(form, "1 April to 31 March"), "none");
  EXPECT_EQ(Read(form, "31 February 2017 to 1 March 2017"), "none");
}

TEST(PeriodText, MonthsAndYears) {
  EXPECT_EQ(Read(pb::PERIOD_FORM_MONTHS, "January to March 2017"),
            "2017-01-01 +90");
  EXPECT_EQ(Read(pb::PERIOD_FORM_MONTHS, "April 2018-September 2018"),
            "2018-04-01 +183");
  EXPECT_EQ(Read(pb::PERIOD_FORM_MONTHS, "March 2020"), "2020-03-01 +31");
  EXPECT_EQ(Read(pb::PERIOD_FORM_CALENDAR_YEAR, "2016"), "2016-01-01 +366");
  EXPECT_EQ(Read(pb::PERIOD_FORM_SCHOOL_YEAR, "2021/22"), "2021-09-01 +365");
  EXPECT_EQ(Read(pb::PERIOD_FORM_YEAR_ENDING, "Year ending 31 March 2018"),
            "2017-04-01 +365");
  EXPECT_EQ(Read(pb::PERIOD_FORM_YEAR_ENDING, "Year ending 31 December 2018"),
            "2018-01-01 +365");
  // Neither says on which day it begins.
  EXPECT_EQ(Read(pb::PERIOD_FORM_YEAR_ENDING, "year to April 2019"), "none");
  EXPECT_EQ(Read(pb::PERIOD_FORM_YEAR_ENDING, "Year ending 30 March 2018"),
            "none");
}

TEST(PeriodText, TheKindFollowsFromTheDays) {
  EXPECT_EQ(
      ReadPeriod(pb::PERIOD_FORM_DAYS, "1 April 2017 to 31 March 2018")->kind,
      sdk::PeriodKind::kFinancialYear);
  EXPECT_EQ(
      ReadPeriod(pb::PERIOD_FORM_MONTHS, "January to December 2016")->kind,
      sdk::PeriodKind::kCalendarYear);
  EXPECT_EQ(ReadPeriod(pb::PERIOD_FORM_DAYS, "1 Jan-30th Nov 2016")->kind,
            sdk::PeriodKind::kInterval);
}

}  // namespace
}  // namespace collate::foi_spreadsheet
