#include "plugins/police_returns/rolling_year.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "plugins/sdk/adapter.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate {
namespace {

using ingest::RawDiagnostic;
using ingest::RawObservation;
using police_returns::ParseWindow;
using police_returns::Window;
using police_returns::WindowText;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using ::testing::Pair;
using testing::RecordingHost;
using ::testing::SizeIs;
using vocabulary::State;

constexpr char kHeader[] =
    "12 months ending,PFA,Region,Offence,"
    "Rolling year total number of offences\r\n";

RecordingHost ReadText(const std::string& bytes) {
  RecordingHost host;
  MemoryDocument document("rolling.csv", bytes, {});
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
  return host;
}

RecordingHost ReadRows(const std::string& rows) {
  return ReadText(kHeader + rows);
}

// A refusal with its place; nothing was handed over before it.
std::string RefusalOf(const std::string& rows) {
  const RecordingHost host = ReadRows(rows);
  EXPECT_NE(host.code, COLLATE_CODE_OK);
  EXPECT_THAT(host.document.tables, IsEmpty());
  EXPECT_THAT(host.document.observations, IsEmpty());
  if (host.document.diagnostics.empty()) return host.reason;
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    if (finding.severity != ingest::Severity::kError) continue;
    EXPECT_THAT(host.message, HasSubstr("rolling.csv:L"));
    return finding.reason + " L" + std::to_string(finding.locator.line) + ":C" +
           std::to_string(finding.locator.column);
  }
  return host.reason;
}

TEST(RollingYearTest, WindowsAreTwelveWholeMonthsDayFirst) {
  Window window;
  for (const char* text : {"31-12-2018", "31/12/2018"}) {
    ASSERT_TRUE(ParseWindow(text, &window)) << text;
    EXPECT_EQ(window.begin(), 17532);  // 1 January 2018
    EXPECT_EQ(window.end(), 17897);    // 1 January 2019
    EXPECT_FALSE(window.corrected);
    EXPECT_EQ(WindowText(window), "year ending December 2018");
  }
  ASSERT_TRUE(ParseWindow("29-02-2016", &window));
  EXPECT_EQ(window.end() - window.begin(), 366);
  ASSERT_TRUE(ParseWindow("30-06-2007", &window));
  EXPECT_FALSE(window.corrected);
  for (const char* text : {"30-12-2017", "30/03/2018"}) {
    ASSERT_TRUE(ParseWindow(text, &window)) << text;
    EXPECT_TRUE(window.corrected);
  }
  // Month first, another day of the month, no date, another form.
  for (const char* text :
       {"12-31-2018", "03/31/2018", "29-12-2018", "01-12-2018", "30-01-2018",
        "28-02-2016", "31-06-2018", "32-12-2018", "31-13-2018", "31-00-2018",
        "31-12/2018", "31.12.2018", "2018-12-31", "31-12-18", "31-12-2O18",
        "31-12-0018", "", "YE Dec 2018"}) {
    EXPECT_FALSE(ParseWindow(text, &window)) << text;
  }
}

TEST(RollingYearTest, ARowIsAWindowWithItsTextAndItsPlace) {
  const RecordingHost host =
      ReadRows("31/12/2018,Kent,South East,Sexual offences, 7182 \r\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.observations, SizeIs(1));
  const RawObservation& row = host.document.observations[0];
  EXPECT_EQ(row.reporter, "Kent");
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("offence", "Sexual offences")));
  EXPECT_EQ(row.period_begin, 17532);
  EXPECT_EQ(row.period_end, 17897);
  EXPECT_EQ(row.period_kind, COLLATE_PERIOD_ROLLING_YEAR);
  EXPECT_EQ(row.period_text, "31/12/2018");
  EXPECT_EQ(row.state, State::kReported);
  EXPECT_EQ(row.value->mantissa, 7182);
  EXPECT_EQ(row.raw, " 7182 ");
  EXPECT_EQ(row.locator.line, 2u);
  EXPECT_EQ(row.locator.column, 5u);
  EXPECT_EQ(row.headers[0].line, 1u);
  EXPECT_EQ(row.headers[0].column, 5u);
}

TEST(RollingYearTest, TheTableClaimsEachWindowAndNoWhole) {
  const RecordingHost host = ReadRows(
      "30-09-2018,Kent,South East,Robbery,-1\r\n"
      "31-12-2018,Kent,South East,Robbery,2\r\n"
      "31-12-2018,CIFAS,Fraud: CIFAS,CIFAS,3\r\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.tables, SizeIs(1));
  const ingest::RawTable& table = host.document.tables[0];
  EXPECT_EQ(table.id, "rolling_year");
  EXPECT_EQ(table.measure, "recorded offences");
  EXPECT_EQ(table.unit, "offences");
  EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
  EXPECT_EQ(table.repeats, ingest::Repeats::kError);
  EXPECT_EQ(table.partition, ingest::Partition::kIncomplete);
  EXPECT_EQ(table.floor, ingest::Floor::kNone);
  EXPECT_THAT(table.extent,
              ElementsAre(Pair("period", "year ending September 2018"),
                          Pair("period", "year ending December 2018")));
  EXPECT_EQ(host.document.observations[0].value->mantissa, -1);
  EXPECT_EQ(host.document.observations[2].reporter, "CIFAS");
  EXPECT_THAT(host.document.observations[2].dimensions,
              ElementsAre(Pair("offence", "CIFAS")));
}

TEST(RollingYearTest, AnOddDateIsReadAsTheQuartersEndAndTold) {
  const RecordingHost host = ReadRows(
      "30-12-2017,Kent,South East,Robbery,1\r\n"
      "30-12-2017,Essex,East,Robbery,2\r\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.document.observations[0].period_end, 17532);
  EXPECT_EQ(host.document.observations[0].period_text, "30-12-2017");
  ASSERT_THAT(host.document.diagnostics, SizeIs(2));
  const RawDiagnostic& date = host.document.diagnostics[0];
  EXPECT_EQ(date.severity, ingest::Severity::kInfo);
  EXPECT_EQ(date.reason, "DATE_READ_AS_QUARTER_END");
  EXPECT_EQ(date.found, "30-12-2017");
  EXPECT_EQ(date.repeats, 2u);
  EXPECT_EQ(date.locator.line, 2u);
  EXPECT_EQ(date.locator.column, 1u);
  const RawDiagnostic& region = host.document.diagnostics[1];
  EXPECT_EQ(region.severity, ingest::Severity::kInfo);
  EXPECT_EQ(region.reason, "REGION_NOT_USED");
  EXPECT_EQ(region.locator.column, 3u);
}

TEST(RollingYearTest, RepeatedKeysRefuseHoweverTheDateIsSpelt) {
  EXPECT_EQ(RefusalOf("31-12-2017,Kent,South East,Robbery,1\r\n"
                      "31-12-2017,Kent,South East,Robbery,1\r\n"),
            "REPEATED_KEY L3:C5");
  EXPECT_EQ(RefusalOf("31-12-2017,Kent,South East,Robbery,1\r\n"
                      "31/12/2017,Kent,South East,Robbery,2\r\n"),
            "REPEATED_KEY L3:C5");
  EXPECT_EQ(RefusalOf("31-12-2017,Kent,South East,Robbery,1\r\n"
                      "30-12-2017,Kent,South East,Robbery,2\r\n"),
            "REPEATED_KEY L3:C5");
}

TEST(RollingYearTest, FaultsCiteTheirCell) {
  EXPECT_EQ(RefusalOf("12-31-2018,Kent,South East,Robbery,1\r\n"),
            "INVALID_PERIOD L2:C1");
  EXPECT_EQ(RefusalOf("31-12-2018, ,South East,Robbery,1\r\n"),
            "EMPTY_LABEL L2:C2");
  EXPECT_EQ(RefusalOf("31-12-2018,Kent,,Robbery,1\r\n"), "EMPTY_LABEL L2:C3");
  EXPECT_EQ(RefusalOf("31-12-2018,Kent,South East,,1\r\n"),
            "EMPTY_LABEL L2:C4");
  EXPECT_EQ(RefusalOf("31-12-2018,Kent,South East,Robbery,*\r\n"),
            "UNDECLARED_MARKER L2:C5");
  EXPECT_EQ(RefusalOf("31-12-2018,Kent,South East,Robbery,1.5\r\n"),
            "NOT_AN_INTEGER L2:C5");
  EXPECT_EQ(RefusalOf("31-12-2018,Kent,South East,Robbery\r\n"),
            "RAGGED_ROW L2:C0");
  EXPECT_EQ(RefusalOf("31-12-2018,Kent,South East,Robbery,1\r\n"
                      "31-12-2018,Kent,London,Homicide,1\r\n"),
            "REGION_CONFLICT L3:C3");
  EXPECT_EQ(RefusalOf(""), "NOTHING_TO_READ L1:C0");
}

TEST(RollingYearTest, OtherHeadersAreRefused) {
  EXPECT_EQ(ReadText("12 months ending,PFA,Offence,"
                     "Rolling year total number of offences\n")
                .reason,
            "HEADER_NOT_FOUND");
  EXPECT_EQ(ReadText("12 months ending,PFA,Region,Offence,Rate,"
                     "Rolling year total number of offences\n")
                .reason,
            "UNKNOWN_COLUMN");
  const RecordingHost moved = ReadText(
      "Police recorded crime\n\n"
      "Offence,Region,PFA,rolling_year_total_number_of_offences,"
      "12 Months Ending\nRobbery,South East,Kent,5,31-12-2018\n");
  ASSERT_EQ(moved.code, COLLATE_CODE_OK) << moved.message;
  EXPECT_EQ(moved.document.observations[0].value->mantissa, 5);
  EXPECT_EQ(moved.accounts.at("rows_above_data"), 3u);
}

TEST(RollingYearTest, MoreWindowsThanATableMayClaimAreRefused) {
  const auto rows = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) {
      const bool december = i % 2 == 0;
      out += (december ? "31-12-" : "30-06-") + std::to_string(1900 + i / 2) +
             ",Kent,South East,Robbery,1\r\n";
    }
    return out;
  };
  EXPECT_EQ(ReadRows(rows(256)).code, COLLATE_CODE_OK);
  EXPECT_EQ(RefusalOf(rows(257)), "WINDOW_LIMIT L258:C0");
}

// ---- The publisher's file ---------------------------------------------------

class RollingFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    COLLATE_SHARED_FILE(path, "police/rec-crime-pfa.csv");
    host_ = ReadText(testing::ReadFile(path));
    ASSERT_EQ(host_.code, COLLATE_CODE_OK) << host_.message;
  }
  // Of one group over all recorders, by the last day of the window.
  std::pair<int64_t, size_t> Sum(const std::string& offence, int32_t end) {
    std::set<std::string> areas;
    int64_t sum = 0;
    for (const RawObservation& row : host_.document.observations) {
      if (row.dimensions[0].second != offence || row.period_end != end) {
        continue;
      }
      sum += row.value->mantissa;
      areas.insert(row.reporter);
    }
    return {sum, areas.size()};
  }
  RecordingHost host_;
};

TEST_F(RollingFileTest, ComesOutWhole) {
  std::set<std::string> dates, offences, areas;
  int negatives = 0;
  int64_t least = 0;
  ASSERT_THAT(host_.document.observations, SizeIs(46'469));
  for (const RawObservation& row : host_.document.observations) {
    ASSERT_EQ(row.state, State::kReported);
    dates.insert(row.period_text);
    areas.insert(row.reporter);
    offences.insert(row.dimensions[0].second);
    negatives += row.value->mantissa < 0;
    least = std::min(least, row.value->mantissa);
  }
  EXPECT_EQ(dates.size(), 52u);
  EXPECT_EQ(areas.size(), 47u);
  EXPECT_EQ(offences.size(), 25u);
  EXPECT_EQ(negatives, 25);
  EXPECT_EQ(least, -120);
  EXPECT_THAT(host_.document.tables[0].extent, SizeIs(52));
  EXPECT_EQ(host_.accounts.at("rows_observed"), 46'469u);
  EXPECT_EQ(host_.accounts.at("cells_read"), 46'469u * 5);
  std::map<std::string, uint64_t> found;
  for (const RawDiagnostic& finding : host_.document.diagnostics) {
    found[finding.reason] += finding.repeats;
  }
  EXPECT_THAT(found, ElementsAre(Pair("DATE_READ_AS_QUARTER_END", 927),
                                 Pair("REGION_NOT_USED", 46'469)));
}

TEST_F(RollingFileTest, PublishedFiguresComeOut) {
  // Days after 31 March 2018 and 31 December 2018, over 43 forces and British
  // Transport Police.
  EXPECT_THAT(Sum("Sexual offences", 17622), Pair(150'798, 44u));
  EXPECT_THAT(Sum("Sexual offences", 17897), Pair(159'740, 44u));
}

TEST_F(RollingFileTest, NeighbouringWindowsOverlapByNineMonths) {
  // What makes a sum over windows wrong: from 2007 on each quarter ends one.
  std::set<std::pair<int32_t, int32_t>> windows;
  for (const RawObservation& row : host_.document.observations) {
    windows.emplace(row.period_begin, row.period_end);
  }
  ASSERT_EQ(windows.size(), 52u);
  int overlapping = 0;
  int32_t last_end = 0;
  for (const auto& [begin, end] : windows) {
    overlapping += begin < last_end;
    last_end = end;
  }
  EXPECT_EQ(overlapping, 47);
}

}  // namespace
}  // namespace collate
