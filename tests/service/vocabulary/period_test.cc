#include "service/vocabulary/period.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "tests/testing/status_matchers.h"

namespace collate::vocabulary {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::IsOkAndHolds;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;

Day At(const std::string& iso) {
  const auto day = ParseDay(iso);
  EXPECT_THAT(day, IsOk());
  return day.value_or(0);
}

DayInterval Days(const std::string& begin, const std::string& end) {
  return {At(begin), At(end)};
}

Period Parsed(const std::string& text) {
  const auto period = ParsePeriod(text);
  EXPECT_THAT(period, IsOk()) << text;
  return period.value_or(Period{});
}

std::vector<std::string> Texts(const std::vector<Period>& periods) {
  std::vector<std::string> texts;
  for (const Period& period : periods) texts.push_back(FormatPeriod(period));
  return texts;
}

TEST(DayTest, CountsFrom1970) {
  EXPECT_THAT(ParseDay("1970-01-01"), IsOkAndHolds(0));
  EXPECT_THAT(ParseDay("1969-12-31"), IsOkAndHolds(-1));
  EXPECT_THAT(ParseDay("2017-04-03"), IsOkAndHolds(17259));
}

TEST(DayTest, LeapYearsAreThoseOfTheCalendar) {
  EXPECT_EQ(At("2024-03-01") - At("2024-02-01"), 29);
  EXPECT_EQ(At("2023-03-01") - At("2023-02-01"), 28);
  EXPECT_THAT(ParseDay("2000-02-29"), IsOk());
  EXPECT_THAT(ParseDay("1900-02-29"), HasReason("INVALID_DATE"));
}

TEST(DayTest, DatesThatDoNotExistAreRefused) {
  for (const char* text :
       {"2023-02-29", "2023-02-31", "2023-04-31", "2023-13-01", "2023-00-10",
        "2023-01-00", "2023-1-1", "23-01-01", "20230101", "2023-01-01 ",
        " 2023-01-01", "2023-01-01T00:00", "01/02/2023", "", "2023-01",
        "0000-01-01", "-023-01-01", "+2023-01-01"}) {
    EXPECT_THAT(ParseDay(text), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(DayTest, TextReadsBack) {
  for (Day day = At("1999-12-25"); day < At("2000-03-05"); ++day) {
    EXPECT_THAT(ParseDay(FormatDay(day)), IsOkAndHolds(day));
  }
  EXPECT_EQ(FormatDay(kOpenBegin), "..");
  EXPECT_EQ(FormatDay(kOpenEnd), "..");
}

TEST(DayTest, EveryYearIsWrittenAsTheCalendarHasIt) {
  const absl::CivilDay epoch(1970, 1, 1);
  // Beyond the years that a text may name, too: a store may hold any number.
  for (Day day = -1'000'000; day < 12'000'000; day += 1009) {
    const absl::CivilDay date = epoch + day;
    EXPECT_EQ(FormatDay(day), absl::StrFormat("%04d-%02d-%02d", date.year(),
                                              date.month(), date.day()))
        << day;
  }
}

TEST(DayIntervalTest, TheEndDoesNotBelong) {
  const DayInterval april = Days("2017-04-01", "2017-05-01");
  EXPECT_TRUE(april.Contains(At("2017-04-01")));
  EXPECT_TRUE(april.Contains(At("2017-04-30")));
  EXPECT_FALSE(april.Contains(At("2017-05-01")));
  EXPECT_FALSE(april.Overlaps(Days("2017-05-01", "2017-06-01")));
  EXPECT_TRUE(april.Overlaps(Days("2017-04-30", "2017-06-01")));
  EXPECT_TRUE(DayInterval{}.Contains(april));
  EXPECT_FALSE(april.Contains(DayInterval{}));
}

struct Form {
  const char* text;
  const char* begin;
  const char* end;
  PeriodKind kind;
};

class PeriodFormTest : public ::testing::TestWithParam<Form> {};

TEST_P(PeriodFormTest, IsRead) {
  const Form& form = GetParam();
  const Period period = Parsed(form.text);
  EXPECT_EQ(period.days, Days(form.begin, form.end));
  EXPECT_EQ(period.kind, form.kind);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, PeriodFormTest,
    ::testing::Values(
        Form{"2017/18", "2017-04-01", "2018-04-01", PeriodKind::kFinancialYear},
        Form{"2017/2018", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"FY 2017-18", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"fy 2017/18", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"FY2011-12", "2011-04-01", "2012-04-01",
             PeriodKind::kFinancialYear},
        Form{"1999/00", "1999-04-01", "2000-04-01", PeriodKind::kFinancialYear},
        Form{"  2017/18\t", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"2017/18 Q1", "2017-04-01", "2017-07-01",
             PeriodKind::kFinancialQuarter},
        Form{"2017/18-Q2", "2017-07-01", "2017-10-01",
             PeriodKind::kFinancialQuarter},
        Form{"2017/18 q3", "2017-10-01", "2018-01-01",
             PeriodKind::kFinancialQuarter},
        Form{"FY 2017-18 Q4", "2018-01-01", "2018-04-01",
             PeriodKind::kFinancialQuarter},
        Form{"2017", "2017-01-01", "2018-01-01", PeriodKind::kCalendarYear},
        Form{"2017 Q1", "2017-01-01", "2017-04-01",
             PeriodKind::kCalendarQuarter},
        Form{"2025-H1", "2025-01-01", "2025-07-01", PeriodKind::kInterval},
        Form{"2025 h2", "2025-07-01", "2026-01-01", PeriodKind::kInterval},
        Form{"2017-Q4", "2017-10-01", "2018-01-01",
             PeriodKind::kCalendarQuarter},
        Form{"2017-04", "2017-04-01", "2017-05-01", PeriodKind::kMonth},
        Form{"2024-02", "2024-02-01", "2024-03-01", PeriodKind::kMonth},
        Form{"2011-11", "2011-11-01", "2011-12-01", PeriodKind::kMonth},
        Form{"April 2017", "2017-04-01", "2017-05-01", PeriodKind::kMonth},
        Form{"APR  2017", "2017-04-01", "2017-05-01", PeriodKind::kMonth},
        Form{"Sept 2018", "2018-09-01", "2018-10-01", PeriodKind::kMonth},
        Form{"Apr '17", "2017-04-01", "2017-05-01", PeriodKind::kMonth},
        Form{"Apr \xe2\x80\x99"
             "17",
             "2017-04-01", "2017-05-01", PeriodKind::kMonth},
        Form{"year ending March 2018", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"Year ending 31 March 2018", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"year ending 29 February 2024", "2023-03-01", "2024-03-01",
             PeriodKind::kRollingYear},
        Form{"YE Sep 18", "2017-10-01", "2018-10-01", PeriodKind::kRollingYear},
        Form{"YE March 03", "2002-04-01", "2003-04-01",
             PeriodKind::kFinancialYear},
        Form{"year ending December 2018", "2018-01-01", "2019-01-01",
             PeriodKind::kCalendarYear},
        Form{"2017-04 to 2017-12", "2017-04-01", "2018-01-01",
             PeriodKind::kInterval},
        Form{"Apr '17 to Dec '17", "2017-04-01", "2018-01-01",
             PeriodKind::kInterval},
        Form{"Apr '17 to Mar '18", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear},
        Form{"December 2011 to January 2012", "2011-12-01", "2012-02-01",
             PeriodKind::kInterval},
        Form{"2018-09-30", "2018-09-30", "2018-10-01", PeriodKind::kDay},
        Form{"2017-04-01/2018-01-01", "2017-04-01", "2018-01-01",
             PeriodKind::kInterval},
        Form{"2017-04-03/2018-04-01", "2017-04-03", "2018-04-01",
             PeriodKind::kInterval},
        Form{"2017-04-01/2018-04-01", "2017-04-01", "2018-04-01",
             PeriodKind::kFinancialYear}));

TEST(PeriodTest, OneThingHasManyNames) {
  const Period year = Parsed("2017/18");
  for (const char* text : {"FY 2017-18", "year ending March 2018",
                           "2017-04 to 2018-03", "2017-04-01/2018-04-01"}) {
    EXPECT_EQ(Parsed(text), year) << text;
  }
  EXPECT_EQ(Parsed("2017/18 Q1"), Parsed("2017 Q2"));
  EXPECT_FALSE(Parsed("2017/18 Q1") == Parsed("2017 Q1"));
}

TEST(PeriodTest, AHyphenatedYearCouldBeAMonth) {
  EXPECT_THAT(ParsePeriod("2017-18"),
              AllOf(StatusIs(absl::StatusCode::kInvalidArgument),
                    HasReason("INVALID_PERIOD"), MessageHas("2017/18")));
  EXPECT_THAT(ParsePeriod("2011-12"),
              AllOf(MessageHas("write 2011/12 or December 2011"),
                    HasReason("INVALID_PERIOD")));
  EXPECT_THAT(ParsePeriod("2000-01"), MessageHas("2000/01 or January 2000"));
  EXPECT_THAT(ParsePeriod("2011-12 to 2012-06"),
              MessageHas("write 2011/12 or December 2011"));
  EXPECT_THAT(ParsePeriod("2011-06 to 2011-12"), MessageHas("'2011-12'"));
}

TEST(PeriodTest, OtherAmbiguitiesAreRefused) {
  EXPECT_THAT(ParsePeriod("17/18"), MessageHas("can be a date"));
  EXPECT_THAT(ParsePeriod("Apr 17"), MessageHas("could be a day or a year"));
  EXPECT_THAT(ParsePeriod("2017/19"), MessageHas("2017/18 was expected"));
  EXPECT_THAT(ParsePeriod("2017/2019"), MessageHas("2017/18 was expected"));
}

TEST(PeriodTest, EverythingElseIsRefused) {
  for (const char* text : {"",
                           " ",
                           "soon",
                           "2017/18 Q5",
                           "2017/18 Q0",
                           "2017/18 Q",
                           "2017 Q12",
                           "2017 H3",
                           "2017/18 H1",
                           "2017/18 Q1 x",
                           "2017-13",
                           "2017-00",
                           "20171",
                           "201",
                           "2017/17",
                           "FY 2017",
                           "FY",
                           "fy 2017-19",
                           "year ending 30 March 2018",
                           "year ending 2018",
                           "year to April 2019",
                           "YE",
                           "April",
                           "Aprill 2017",
                           "2017-04-01/2017-04-01",
                           "2017-04-02/2017-04-01",
                           "2017-04-01/",
                           "2017-02-29/2017-04-01",
                           "2017-12 to 2017-04",
                           "2017-04 to",
                           "to",
                           " to 2017-04",
                           "2017 to 2018",
                           "2017/18 to 2018/19",
                           "01/04/2017",
                           "Sep-18",
                           "0999",
                           "9999",
                           "0000/01",
                           "2017/18\xff"}) {
    EXPECT_THAT(ParsePeriod(text), HasReason("INVALID_PERIOD")) << text;
  }
}

TEST(PeriodTest, TheMessageNamesTheTextAndWhatIsExpected) {
  EXPECT_THAT(ParsePeriod("last year"),
              AllOf(MessageHas("'last year'"), MessageHas("2017/18 Q1")));
}

TEST(PeriodTest, FourFinancialQuartersTileTheirYear) {
  const Period year = Parsed("2019/20");
  Day at = year.days.begin;
  for (const char* quarter : {"Q1", "Q2", "Q3", "Q4"}) {
    const Period part = Parsed(std::string("2019/20 ") + quarter);
    EXPECT_EQ(part.days.begin, at);
    at = part.days.end;
  }
  EXPECT_EQ(at, year.days.end);
  EXPECT_EQ(year.days.end - year.days.begin, 366);  // February 2020
}

TEST(PeriodTest, TheKindFollowsTheDays) {
  EXPECT_EQ(PeriodOf(Days("2017-04-01", "2018-04-01")).kind,
            PeriodKind::kFinancialYear);
  EXPECT_EQ(PeriodOf(Days("2017-01-01", "2018-01-01")).kind,
            PeriodKind::kCalendarYear);
  EXPECT_EQ(PeriodOf(Days("2017-07-01", "2018-07-01")).kind,
            PeriodKind::kRollingYear);
  EXPECT_EQ(PeriodOf(Days("2017-01-01", "2017-04-01")).kind,
            PeriodKind::kFinancialQuarter);
  EXPECT_EQ(PeriodOf(Days("2017-02-01", "2017-05-01")).kind,
            PeriodKind::kInterval);
  EXPECT_EQ(PeriodOf(Days("2017-02-01", "2017-03-01")).kind,
            PeriodKind::kMonth);
  EXPECT_EQ(PeriodOf(Days("2017-02-01", "2017-02-02")).kind, PeriodKind::kDay);
  EXPECT_EQ(PeriodOf({}).kind, PeriodKind::kInterval);
  EXPECT_EQ(PeriodOf({kOpenBegin, At("2017-04-01")}).kind,
            PeriodKind::kInterval);
}

TEST(PeriodTest, CanonicalTexts) {
  const std::vector<std::pair<const char*, const char*>> texts = {
      {"FY 2017-18", "2017/18"},
      {"1999/2000", "1999/00"},
      {"2017/18-Q4", "2017/18 Q4"},
      {"2017-Q4", "2017 Q4"},
      {"April 2017", "2017-04"},
      {"Dec 2011", "December 2011"},
      {"YE Sep 18", "year ending September 2018"},
      {"Apr '17 to Dec '17", "2017-04 to 2017-12"},
      {"Jun 2011 to Dec 2011", "2011-06-01/2012-01-01"},
      {"2017-04-03/2018-04-01", "2017-04-03/2018-04-01"},
      {"2018-09-30", "2018-09-30"},
  };
  for (const auto& [text, canonical] : texts) {
    EXPECT_EQ(FormatPeriod(Parsed(text)), canonical);
  }
}

TEST(PeriodTest, AKindThatTheDaysBelieIsNotPrinted) {
  EXPECT_EQ(FormatPeriod(
                {Days("2017-04-03", "2018-04-01"), PeriodKind::kFinancialYear}),
            "2017-04-03/2018-04-01");
  EXPECT_EQ(FormatPeriod(
                {Days("2017-04-01", "2018-04-01"), PeriodKind::kCalendarYear}),
            "2017/18");
  EXPECT_EQ(FormatPeriod(
                {Days("2017-04-01", "2018-04-01"), PeriodKind::kUnspecified}),
            "2017/18");
}

// Every whole-month interval of up to 14 months, under every kind.
TEST(PeriodTest, TextReadsBackToAnEqualPeriod) {
  const Period first = Parsed("1999-10");
  const auto months = PeriodRange(first, Parsed("2012-06"));
  ASSERT_THAT(months, IsOk());
  int count = 0;
  for (size_t i = 0; i < months->size(); ++i) {
    for (size_t j = i; j < months->size() && j < i + 14; ++j) {
      const DayInterval days = {(*months)[i].days.begin, (*months)[j].days.end};
      for (int kind = 0; kind <= 8; ++kind) {
        const Period period = {days, static_cast<PeriodKind>(kind)};
        const std::string text = FormatPeriod(period);
        const auto back = ParsePeriod(text);
        ASSERT_THAT(back, IsOk()) << text;
        ASSERT_EQ(*back, period) << text;
        ASSERT_EQ(FormatPeriod({days, PeriodOf(days).kind}),
                  FormatPeriod(PeriodOf(days)));
        ++count;
      }
    }
  }
  EXPECT_GT(count, 15000);
}

TEST(PeriodRangeTest, CountsThroughYearsQuartersAndMonths) {
  const auto years = PeriodRange(Parsed("2016/17"), Parsed("2018/19"));
  ASSERT_THAT(years, IsOk());
  EXPECT_THAT(Texts(*years), ElementsAre("2016/17", "2017/18", "2018/19"));
  const auto quarters = PeriodRange(Parsed("2017/18 Q3"), Parsed("2018/19 Q2"));
  ASSERT_THAT(quarters, IsOk());
  EXPECT_THAT(Texts(*quarters), ElementsAre("2017/18 Q3", "2017/18 Q4",
                                            "2018/19 Q1", "2018/19 Q2"));
  const auto months = PeriodRange(Parsed("2017-11"), Parsed("2018-02"));
  ASSERT_THAT(months, IsOk());
  EXPECT_THAT(Texts(*months),
              ElementsAre("2017-11", "2017-12", "2018-01", "2018-02"));
  const auto rolling =
      PeriodRange(Parsed("YE Sep 2017"), Parsed("YE Sep 2018"));
  ASSERT_THAT(rolling, IsOk());
  EXPECT_THAT(Texts(*rolling), ElementsAre("year ending September 2017",
                                           "year ending September 2018"));
  EXPECT_THAT(PeriodRange(Parsed("2017"), Parsed("2017")), IsOk());
}

TEST(PeriodRangeTest, ItsPeriodsTileWithoutGapOrOverlap) {
  const auto quarters = PeriodRange(Parsed("2003/04 Q1"), Parsed("2024/25 Q4"));
  ASSERT_THAT(quarters, IsOk());
  ASSERT_EQ(quarters->size(), 88u);
  for (size_t i = 1; i < quarters->size(); ++i) {
    EXPECT_EQ((*quarters)[i].days.begin, (*quarters)[i - 1].days.end);
  }
}

TEST(PeriodRangeTest, OverlappingYearsAreRefused) {
  EXPECT_THAT(
      PeriodRange(Parsed("YE June 2017"), Parsed("YE Sep 2018")),
      AllOf(HasReason("INVALID_PERIOD"), MessageHas("whole number of steps")));
}

TEST(PeriodRangeTest, RefusesWhatCannotBeCountedThrough) {
  EXPECT_THAT(PeriodRange(Parsed("2018/19"), Parsed("2016/17")),
              MessageHas("before the first"));
  EXPECT_THAT(PeriodRange(Parsed("2016/17"), Parsed("2018")),
              MessageHas("different kinds"));
  EXPECT_THAT(PeriodRange(Parsed("2018-09-30"), Parsed("2019-09-30")),
              HasReason("INVALID_PERIOD"));
  EXPECT_THAT(
      PeriodRange(Parsed("2017-04 to 2017-05"), Parsed("2017-06 to 2017-07")),
      HasReason("INVALID_PERIOD"));
  EXPECT_THAT(PeriodRange({Days("2017-04-03", "2018-04-01"),
                           PeriodKind::kFinancialYear},
                          Parsed("2018/19")),
              MessageHas("does not have the days"));
}

TEST(PeriodRangeTest, MoreThanTheLimitIsRefusedNotCut) {
  EXPECT_THAT(PeriodRange(Parsed("2000"), Parsed("2009"), 10), IsOk());
  EXPECT_THAT(PeriodRange(Parsed("2000"), Parsed("2010"), 10),
              MessageHas("11 periods, more than 10"));
  EXPECT_THAT(PeriodRange(Parsed("1000-06"), Parsed("9998-06")),
              HasReason("INVALID_PERIOD"));
}

}  // namespace
}  // namespace collate::vocabulary
