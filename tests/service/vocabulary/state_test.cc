#include "service/vocabulary/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "plugins/sdk/adapter.h"
#include "service/vocabulary/period.h"
#include "tests/testing/paths.h"

namespace collate::vocabulary {
namespace {

using ::collate::testing::ReadFile;
using ::collate::testing::SourcePath;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

State At(int number) { return static_cast<State>(number); }

TEST(StateTest, EveryStateHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i < kStateCount; ++i) {
    EXPECT_TRUE(names.insert(std::string(StateName(At(i)))).second) << i;
  }
  EXPECT_EQ(StateName(State::kReported), "REPORTED");
  EXPECT_EQ(StateName(State::kNoRelease), "NO_RELEASE");
  EXPECT_EQ(StateName(State::kNotCrossed), "NOT_CROSSED");
}

TEST(StateTest, AnUnknownNumberIsUnspecified) {
  EXPECT_EQ(StateName(At(kStateCount)), "UNSPECIFIED");
  EXPECT_EQ(StateName(At(255)), "UNSPECIFIED");
}

// The API, the plugin ABI and stored chunks carry the numbers.
TEST(StateTest, NumbersAreThoseOfThePublicApi) {
  const std::string proto =
      ReadFile(SourcePath("protos/collate/v1/observation.proto"));
  for (int i = 0; i < kStateCount; ++i) {
    EXPECT_THAT(proto, HasSubstr(" STATE_" + std::string(StateName(At(i))) +
                                 " = " + std::to_string(i) + ";"));
  }
}

TEST(StateTest, NumbersAreThoseOfThePluginAbi) {
  const std::string header = ReadFile(SourcePath("plugins/sdk/adapter.h"));
  for (int i = 0; i < kPublishedStateCount; ++i) {
    EXPECT_THAT(header, ContainsRegex(" COLLATE_STATE_" +
                                      std::string(StateName(At(i))) + " = " +
                                      std::to_string(i) + "[^0-9]"));
  }
  EXPECT_EQ(int{COLLATE_STATE_NOT_CROSSED}, kPublishedStateCount - 1);
}

TEST(StateTest, NoAdapterCanSayWhatOnlyAnAnalystDecides) {
  EXPECT_EQ(At(kPublishedStateCount), State::kAnalystExcluded);
  EXPECT_THAT(ReadFile(SourcePath("plugins/sdk/adapter.h")),
              ::testing::Not(HasSubstr("ANALYST_EXCLUDED")));
  EXPECT_FALSE(IsPrinted(State::kAnalystExcluded));
  EXPECT_FALSE(IsNeverDue(State::kAnalystExcluded));
}

TEST(StateTest, FlagsAndPeriodKindsAreThoseOfThePluginAbi) {
  EXPECT_EQ(uint64_t{COLLATE_FLAG_PROVISIONAL}, kFlagProvisional);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_REVISED}, kFlagRevised);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_ESTIMATED}, kFlagEstimated);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_SERIES_BREAK}, kFlagSeriesBreak);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_DEFINITION_DIFFERS}, kFlagDefinitionDiffers);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_TOTAL_MISMATCH}, kFlagTotalMismatch);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_SYNTHETIC}, kFlagSynthetic);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_REPEATED_KEY_ADDED}, kFlagRepeatedKeyAdded);
  EXPECT_EQ(uint64_t{COLLATE_FLAG_TOTAL_IGNORES_MARKERS},
            kFlagTotalIgnoresMarkers);
  EXPECT_EQ(int{COLLATE_PERIOD_FINANCIAL_YEAR},
            static_cast<int>(PeriodKind::kFinancialYear));
  EXPECT_EQ(int{COLLATE_PERIOD_FINANCIAL_QUARTER},
            static_cast<int>(PeriodKind::kFinancialQuarter));
  EXPECT_EQ(int{COLLATE_PERIOD_CALENDAR_YEAR},
            static_cast<int>(PeriodKind::kCalendarYear));
  EXPECT_EQ(int{COLLATE_PERIOD_CALENDAR_QUARTER},
            static_cast<int>(PeriodKind::kCalendarQuarter));
  EXPECT_EQ(int{COLLATE_PERIOD_MONTH}, static_cast<int>(PeriodKind::kMonth));
  EXPECT_EQ(int{COLLATE_PERIOD_ROLLING_YEAR},
            static_cast<int>(PeriodKind::kRollingYear));
  EXPECT_EQ(int{COLLATE_PERIOD_INTERVAL},
            static_cast<int>(PeriodKind::kInterval));
  EXPECT_EQ(int{COLLATE_PERIOD_DAY}, static_cast<int>(PeriodKind::kDay));
}

TEST(StateTest, SeveritiesDiffer) {
  std::set<int> severities;
  for (int i = 0; i < kStateCount; ++i) {
    EXPECT_TRUE(severities.insert(Severity(At(i))).second) << StateName(At(i));
  }
}

TEST(StateTest, NothingAtAllIsWorseThanEverything) {
  for (int i = 0; i < kStateCount; ++i) {
    EXPECT_LE(Severity(At(i)), Severity(State::kNoRelease)) << StateName(At(i));
  }
}

TEST(StateTest, WithheldIsWorseThanPrinted) {
  EXPECT_GT(Severity(State::kSuppressed), Severity(State::kRounded));
  EXPECT_GT(Severity(State::kRounded), Severity(State::kReported));
}

TEST(StateTest, ALeafWithoutADueNumberNeverHidesOneThatHasANumber) {
  for (State never : {State::kNotAsked, State::kNotApplicable}) {
    EXPECT_TRUE(IsNeverDue(never));
    EXPECT_LT(Severity(never), Severity(State::kReported));
    EXPECT_GT(Severity(never), Severity(State::kUnspecified));
  }
}

TEST(StateTest, OnlyAPrintedNumberIsPrinted) {
  for (int i = 0; i < kStateCount; ++i) {
    EXPECT_EQ(IsPrinted(At(i)),
              At(i) == State::kReported || At(i) == State::kRounded)
        << StateName(At(i));
  }
}

}  // namespace
}  // namespace collate::vocabulary
