// The ABI as a C++20 compiler sees it, and the numbers that the rest of the
// project shares with it.

#include "tests/abi/layout.inc"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

#include "plugins/sdk/adapter.h"
#include "service/ingest/raw.h"
#include "service/ingest/supervisor.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"
#include "service/worker/protocol.h"
#include "tests/testing/paths.h"

extern "C" const char* collate_first_line_in_c(void);

namespace collate {
namespace {

TEST(AbiTest, HeaderServesC) {
  EXPECT_STREQ(collate_first_line_in_c(), "collate_adapter_v1");
}

TEST(AbiTest, StatesAreThoseOfTheVocabulary) {
  using vocabulary::State;
  EXPECT_EQ(COLLATE_STATE_REPORTED, static_cast<int>(State::kReported));
  EXPECT_EQ(COLLATE_STATE_ROUNDED, static_cast<int>(State::kRounded));
  EXPECT_EQ(COLLATE_STATE_SUPPRESSED, static_cast<int>(State::kSuppressed));
  EXPECT_EQ(COLLATE_STATE_PARTIAL_PERIOD,
            static_cast<int>(State::kPartialPeriod));
  EXPECT_EQ(COLLATE_STATE_REFUSED, static_cast<int>(State::kRefused));
  EXPECT_EQ(COLLATE_STATE_NO_RESPONSE, static_cast<int>(State::kNoResponse));
  EXPECT_EQ(COLLATE_STATE_NO_RELEASE, static_cast<int>(State::kNoRelease));
  EXPECT_EQ(COLLATE_STATE_OMITTED_BY_PUBLISHER,
            static_cast<int>(State::kOmittedByPublisher));
  EXPECT_EQ(COLLATE_STATE_NOT_HELD, static_cast<int>(State::kNotHeld));
  EXPECT_EQ(COLLATE_STATE_NOT_YET_PUBLISHED,
            static_cast<int>(State::kNotYetPublished));
  EXPECT_EQ(COLLATE_STATE_NOT_ASKED, static_cast<int>(State::kNotAsked));
  EXPECT_EQ(COLLATE_STATE_NOT_APPLICABLE,
            static_cast<int>(State::kNotApplicable));
  EXPECT_EQ(COLLATE_STATE_INCLUDED_ELSEWHERE,
            static_cast<int>(State::kIncludedElsewhere));
  EXPECT_EQ(COLLATE_STATE_AGGREGATED, static_cast<int>(State::kAggregated));
  EXPECT_EQ(COLLATE_STATE_WITHDRAWN, static_cast<int>(State::kWithdrawn));
  EXPECT_EQ(COLLATE_STATE_DROPPED_IN_EDITION,
            static_cast<int>(State::kDroppedInEdition));
  EXPECT_EQ(COLLATE_STATE_NOT_SHOWN, static_cast<int>(State::kNotShown));
  EXPECT_EQ(COLLATE_STATE_NOT_CROSSED, static_cast<int>(State::kNotCrossed));
  EXPECT_EQ(COLLATE_STATE_NOT_CROSSED + 1, vocabulary::kPublishedStateCount);
}

TEST(AbiTest, FlagsAreThoseOfTheVocabulary) {
  EXPECT_EQ(COLLATE_FLAG_PROVISIONAL, vocabulary::kFlagProvisional);
  EXPECT_EQ(COLLATE_FLAG_REVISED, vocabulary::kFlagRevised);
  EXPECT_EQ(COLLATE_FLAG_ESTIMATED, vocabulary::kFlagEstimated);
  EXPECT_EQ(COLLATE_FLAG_SERIES_BREAK, vocabulary::kFlagSeriesBreak);
  EXPECT_EQ(COLLATE_FLAG_DEFINITION_DIFFERS,
            vocabulary::kFlagDefinitionDiffers);
  EXPECT_EQ(COLLATE_FLAG_TOTAL_MISMATCH, vocabulary::kFlagTotalMismatch);
  EXPECT_EQ(COLLATE_FLAG_SYNTHETIC, vocabulary::kFlagSynthetic);
  EXPECT_EQ(COLLATE_FLAG_REPEATED_KEY_ADDED, vocabulary::kFlagRepeatedKeyAdded);
  EXPECT_EQ(COLLATE_FLAG_TOTAL_IGNORES_MARKERS,
            vocabulary::kFlagTotalIgnoresMarkers);
}

TEST(AbiTest, LevelsAndTablePropertiesAreThoseOfRawDocuments) {
  using namespace ingest;  // NOLINT(google-build-using-namespace)
  EXPECT_EQ(COLLATE_LEVEL_LEAF, static_cast<int>(Level::kLeaf));
  EXPECT_EQ(COLLATE_LEVEL_TOTAL, static_cast<int>(Level::kTotal));
  EXPECT_EQ(COLLATE_LEVEL_SUBTOTAL, static_cast<int>(Level::kSubtotal));
  EXPECT_EQ(COLLATE_LEVEL_OF_WHICH, static_cast<int>(Level::kOfWhich));
  EXPECT_EQ(COLLATE_LEVEL_UNKNOWN, static_cast<int>(Level::kUnknown));
  EXPECT_EQ(COLLATE_LEVEL_RESIDUAL, static_cast<int>(Level::kResidual));
  EXPECT_EQ(COLLATE_AGGREGATION_SUM, static_cast<int>(Aggregation::kSum));
  EXPECT_EQ(COLLATE_AGGREGATION_NONE, static_cast<int>(Aggregation::kNone));
  EXPECT_EQ(COLLATE_AGGREGATION_UNIQUE, static_cast<int>(Aggregation::kUnique));
  EXPECT_EQ(COLLATE_REPEATS_ERROR, static_cast<int>(Repeats::kError));
  EXPECT_EQ(COLLATE_REPEATS_ADD, static_cast<int>(Repeats::kAdd));
  EXPECT_EQ(COLLATE_REPEATS_CONFLICT, static_cast<int>(Repeats::kConflict));
  EXPECT_EQ(COLLATE_PARTITION_COMPLETE, static_cast<int>(Partition::kComplete));
  EXPECT_EQ(COLLATE_PARTITION_INCOMPLETE,
            static_cast<int>(Partition::kIncomplete));
  EXPECT_EQ(COLLATE_PARTITION_MULTI_RESPONSE,
            static_cast<int>(Partition::kMultiResponse));
  EXPECT_EQ(COLLATE_FLOOR_ZERO, static_cast<int>(Floor::kZero));
  EXPECT_EQ(COLLATE_FLOOR_NONE, static_cast<int>(Floor::kNone));
  EXPECT_EQ(COLLATE_SEVERITY_INFO, static_cast<int>(Severity::kInfo));
  EXPECT_EQ(COLLATE_SEVERITY_WARNING, static_cast<int>(Severity::kWarning));
  EXPECT_EQ(COLLATE_SEVERITY_ERROR, static_cast<int>(Severity::kError));
  EXPECT_EQ(COLLATE_PURPOSE_INGEST, static_cast<int>(Purpose::kIngest));
  EXPECT_EQ(COLLATE_PURPOSE_PREVIEW, static_cast<int>(Purpose::kPreview));
  EXPECT_EQ(COLLATE_PURPOSE_SUGGEST, static_cast<int>(Purpose::kSuggest));
}

TEST(AbiTest, PeriodKindsAreThoseOfTheVocabulary) {
  using vocabulary::PeriodKind;
  EXPECT_EQ(COLLATE_PERIOD_FINANCIAL_YEAR,
            static_cast<int>(PeriodKind::kFinancialYear));
  EXPECT_EQ(COLLATE_PERIOD_FINANCIAL_QUARTER,
            static_cast<int>(PeriodKind::kFinancialQuarter));
  EXPECT_EQ(COLLATE_PERIOD_CALENDAR_YEAR,
            static_cast<int>(PeriodKind::kCalendarYear));
  EXPECT_EQ(COLLATE_PERIOD_CALENDAR_QUARTER,
            static_cast<int>(PeriodKind::kCalendarQuarter));
  EXPECT_EQ(COLLATE_PERIOD_MONTH, static_cast<int>(PeriodKind::kMonth));
  EXPECT_EQ(COLLATE_PERIOD_ROLLING_YEAR,
            static_cast<int>(PeriodKind::kRollingYear));
  EXPECT_EQ(COLLATE_PERIOD_INTERVAL, static_cast<int>(PeriodKind::kInterval));
  EXPECT_EQ(COLLATE_PERIOD_DAY, static_cast<int>(PeriodKind::kDay));
}

// What `nm` prints of an adapter's dynamic symbols, names only.
std::string ExportedSymbols(const std::string& library) {
  const std::string command = "nm --dynamic --defined-only --format=posix '" +
                              library + "' 2>&1 | cut -d' ' -f1";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"),
                                             &pclose);
  std::string text;
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    text.append(buffer.data(), n);
  }
  return text;
}

TEST(AbiTest, AdapterExportsOneSymbol) {
#ifdef COLLATE_SANITIZED
  GTEST_SKIP() << "sanitizers add symbols of their own";
#endif
  EXPECT_EQ(ExportedSymbols(testing::BuildPath(
                "tests/bad_adapters/bad_good/libbad_good.so")),
            "collate_adapter_v1\n");
}

}  // namespace
}  // namespace collate
