// Meta's cumulative file: small texts for each quirk, then the publisher's
// editions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "tests/plugins/transparency_report/report_testing.h"
#include "tests/testing/paths.h"

namespace collate {
namespace {

using ingest::RawObservation;
using ingest::RawTable;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::ExpectEveryCellAccountedFor;
using testing::FindingsOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::ReadReport;
using testing::RecordingHost;
using testing::RefusalOf;
using testing::RowsOfTable;
using ::testing::SizeIs;
using testing::TableOf;
using vocabulary::State;

constexpr char kHeader[] = "app,policy_area,metric,period,value\n";

RecordingHost ReadRows(const std::string& rows) {
  return ReadReport("meta.csv", kHeader + rows);
}

// The only figure of a row of spam, "Facebook,Spam," before it.
RawObservation Only(const std::string& rest) {
  const RecordingHost host = ReadRows("Facebook,Spam," + rest + "\n");
  EXPECT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.observations, SizeIs(1)) << rest;
  return host.document.observations.empty() ? RawObservation()
                                            : host.document.observations[0];
}

std::string RefusedRow(const std::string& row) {
  return RefusalOf(ReadRows("Facebook,Spam,Prevalence,2023Q1,5%\n" + row));
}

TEST(MetaCserTest, ARowIsARoundedCountWithItsPlace) {
  const RecordingHost host = ReadRows(
      "Instagram,Bullying & Harassment,Content "
      "Actioned,2023Q3,\"7,000,000\"\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.observations, SizeIs(1));
  const RawObservation& row = host.document.observations[0];
  EXPECT_EQ(row.reporter, "Meta Platforms, Inc.");
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("geography", "Global"),
                                          Pair("harm", "Bullying & Harassment"),
                                          Pair("platform", "Instagram")));
  EXPECT_EQ(row.period_begin, 19539);  // 1 July 2023
  EXPECT_EQ(row.period_end, 19631);
  EXPECT_EQ(row.period_kind, COLLATE_PERIOD_CALENDAR_QUARTER);
  EXPECT_EQ(row.period_text, "2023Q3");
  EXPECT_EQ(row.state, State::kRounded);
  EXPECT_EQ(row.value->mantissa, 7'000'000);
  EXPECT_EQ(row.raw, "7,000,000");
  EXPECT_EQ(row.locator.line, 2u);
  EXPECT_EQ(row.locator.column, 5u);
  EXPECT_EQ(row.headers[0].column, 5u);
  ASSERT_THAT(host.document.tables, SizeIs(1));
  const RawTable& table = host.document.tables[0];
  EXPECT_EQ(table.measure, "Meta: content actioned");
  EXPECT_EQ(table.unit, "content items");
  EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
  EXPECT_EQ(table.repeats, ingest::Repeats::kConflict);
  EXPECT_EQ(table.partition, ingest::Partition::kIncomplete);
  EXPECT_EQ(table.floor, ingest::Floor::kZero);
  EXPECT_THAT(FindingsOf(host), IsEmpty());
  ExpectEveryCellAccountedFor(host);
}

TEST(MetaCserTest, CountsLieWithinHalfAStep) {
  const std::tuple<const char*, int64_t, int64_t, int64_t> cases[] = {
      {"\"20,800,000\"", 20'800'000, 20'750'000, 20'850'000},
      {"\"1,000,000\"", 1'000'000, 950'000, 1'050'000},
      {"\"771,700\"", 771'700, 771'650, 771'750},
      {"600", 600, 550, 650},
      {"100", 100, 50, 150},
      {"90", 90, 85, 95},
      {"0", 0, 0, 5}};
  for (const auto& [text, value, lower, upper] : cases) {
    const RawObservation row =
        Only(std::string("Content Appealed,2023Q1,") + text);
    EXPECT_EQ(row.state, State::kRounded) << text;
    EXPECT_EQ(row.value->mantissa, value) << text;
    EXPECT_EQ(row.lower->mantissa, lower) << text;
    EXPECT_EQ(row.upper->mantissa, upper) << text;
  }
}

TEST(MetaCserTest, ACountThatIsFinerThanTheRuleIsKeptAndTold) {
  const RecordingHost host = ReadRows(
      "Facebook,Spam,Content Actioned,2023Q1,\"1,234,567\"\n"
      "Facebook,Spam,Content Actioned,2023Q2,95\n"
      "Facebook,Spam,Content Actioned,2023Q3,90\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.document.observations[0].lower->mantissa, 1'184'567);
  EXPECT_EQ(host.document.observations[0].upper->mantissa, 1'284'567);
  EXPECT_THAT(FindingsOf(host), ElementsAre(Pair("ROUNDED_OTHERWISE", 2)));
  EXPECT_EQ(host.document.diagnostics[0].locator.line, 2u);
  EXPECT_EQ(host.document.diagnostics[0].severity, ingest::Severity::kWarning);
}

TEST(MetaCserTest, NotAvailableIsNeverZero) {
  for (const char* rest :
       {"Content Actioned,2023Q1,N/A", "Proactive rate,2023Q1,N/A",
        "Lowerbound Prevalence,2023Q1,N/A", "UBP,2023Q1,N/A"}) {
    const RawObservation row = Only(rest);
    EXPECT_EQ(row.state, State::kNotShown) << rest;
    EXPECT_FALSE(row.value || row.lower || row.upper) << rest;
    EXPECT_EQ(row.raw, "N/A");
    EXPECT_THAT(row.reason, HasSubstr("N/A"));
  }
  const RawObservation blank = Only("Content Actioned,2023Q1,");
  EXPECT_EQ(blank.state, State::kNotShown);
  EXPECT_EQ(blank.raw, "");
  EXPECT_EQ(blank.reason, "left blank");
}

TEST(MetaCserTest, RatesAreExactAndNeverAdded) {
  const RecordingHost host =
      ReadRows("Facebook,Spam,Proactive rate,2023Q1,94.40%\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  const RawObservation& row = host.document.observations[0];
  EXPECT_EQ(row.state, State::kReported);
  EXPECT_EQ(row.value->mantissa, 944);
  EXPECT_EQ(row.value->scale, 1);
  EXPECT_EQ(host.document.tables[0].unit, "per cent");
  EXPECT_EQ(host.document.tables[0].aggregation, ingest::Aggregation::kNone);
}

TEST(MetaCserTest, PrevalenceIsAShareARangeOrABound) {
  const RawObservation share = Only("Prevalence,2023Q1,4%");
  EXPECT_EQ(share.state, State::kReported);
  EXPECT_EQ(share.value->mantissa, 4);
  const RawObservation about = Only("Prevalence,2024Q2,approximately 3%");
  EXPECT_EQ(about.state, State::kReported);
  EXPECT_EQ(about.flags, uint32_t{COLLATE_FLAG_ESTIMATED});
  const RawObservation range = Only("Prevalence,2022Q4,4%-5%");
  EXPECT_EQ(range.state, State::kSuppressed);
  EXPECT_FALSE(range.value.has_value());
  EXPECT_EQ(range.lower->mantissa, 4);
  EXPECT_EQ(range.upper->mantissa, 5);
  for (const char* printed : {"0.05%", "<0.05%"}) {
    const RawObservation below = Only(std::string("UBP,2023Q1,") + printed);
    EXPECT_EQ(below.state, State::kSuppressed);
    EXPECT_FALSE(below.value.has_value());
    EXPECT_EQ(below.lower->mantissa, 0);
    EXPECT_EQ(below.upper->mantissa, 5);
    EXPECT_EQ(below.upper->scale, 2);
  }
}

TEST(MetaCserTest, ABoundAloneStandsBesideThePrevalenceThatOthersHave) {
  const RecordingHost host = ReadRows(
      "Facebook,Spam,UBP,2023Q1,0.05%\n"
      "Facebook,Fake Accounts,Prevalence,2023Q1,5%\n"
      "Facebook,Spam,Lowerbound Prevalence,2022Q1,0.03%\n"
      "Facebook,Spam,Upperbound Prevalence,2022Q1,0.04%\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  std::vector<std::string> tables;
  for (const RawObservation& row : host.document.observations) {
    tables.push_back(TableOf(host, row).id);
  }
  EXPECT_THAT(tables,
              ElementsAre("prevalence", "prevalence", "prevalence_lower_bound",
                          "prevalence_upper_bound"));
  EXPECT_THAT(host.document.tables, SizeIs(3));
}

TEST(MetaCserTest, FakeAccountsAreAccounts) {
  const RecordingHost host = ReadRows(
      "Facebook,Fake Accounts,Content Actioned,2023Q1,\"426,000,000\"\n"
      "Facebook,Spam,Content Actioned,2023Q1,\"1,100,000,000\"\n");
  ASSERT_THAT(host.document.tables, SizeIs(2));
  EXPECT_EQ(TableOf(host, host.document.observations[0]).unit, "accounts");
  EXPECT_EQ(TableOf(host, host.document.observations[1]).unit, "content items");
}

// A key that a later edition lacks is known to have gone only if the edition
// says that it covers the quarter.
TEST(MetaCserTest, EveryTableClaimsEveryQuarterOfTheFile) {
  const RecordingHost host = ReadRows(
      "Facebook,Spam,Content Actioned,2022Q3,100\n"
      "Facebook,Spam,Content Actioned,2022Q4,100\n"
      "Facebook,Spam,UBP,2023Q1,0.05%\n");
  ASSERT_THAT(host.document.tables, SizeIs(2));
  for (const RawTable& table : host.document.tables) {
    EXPECT_THAT(table.extent,
                ElementsAre(Pair("period", "2022-07-01/2023-04-01")));
  }
}

TEST(MetaCserTest, RowsOfUnknownMetricsAreLeftAsideAndTold) {
  const RecordingHost host = ReadRows(
      "Facebook,Spam,Views,2023Q1,12\n"
      "Facebook,Spam,Content Actioned,2023Q1,100\n"
      "Instagram,Spam,Views,2023Q1,anything\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.observations, SizeIs(1));
  ASSERT_THAT(host.document.diagnostics, SizeIs(1));
  const ingest::RawDiagnostic& finding = host.document.diagnostics[0];
  EXPECT_EQ(finding.reason, "UNKNOWN_METRIC");
  EXPECT_EQ(finding.severity, ingest::Severity::kWarning);
  EXPECT_EQ(finding.found, "Views");
  EXPECT_EQ(finding.repeats, 2u);
  EXPECT_EQ(finding.locator.line, 2u);
  EXPECT_EQ(finding.locator.column, 3u);
  EXPECT_EQ(host.accounts.at("rows_ignored"), 2u);
  ExpectEveryCellAccountedFor(host);
}

TEST(MetaCserTest, WhatIsNotOfItsMetricRefusesTheFileAtItsCell) {
  const char* metrics[] = {"Content Actioned,2023Q1,94.40%",
                           "Content Actioned,2023Q1,12.5",
                           "Content Actioned,2023Q1,-100",
                           "Content Actioned,2023Q1,10-20",
                           "Content Actioned,2023Q1,<100",
                           "Content Actioned,2023Q1,many",
                           "Proactive rate,2023Q1,0.944",
                           "Proactive rate,2023Q1,100.1%",
                           "Proactive rate,2023Q1,90%-95%",
                           "Proactive rate,2023Q1,-1%",
                           "Prevalence,2023Q1,5",
                           "Prevalence,2023Q1,5%-4%",
                           "UBP,2023Q1,0.01%-0.05%"};
  for (const char* rest : metrics) {
    EXPECT_EQ(RefusedRow(std::string("Facebook,Spam,") + rest + "\n"),
              "UNREADABLE_FIGURE L3:C5")
        << rest;
  }
  EXPECT_EQ(RefusedRow("Facebook,Spam,Content Actioned,2023Q1,"
                       "99999999999999999999\n"),
            "NUMBER_OVERFLOW L3:C5");
}

TEST(MetaCserTest, OtherFaultsCiteTheirCell) {
  EXPECT_EQ(RefusedRow("Facebook,Spam,Content Actioned,2023,100\n"),
            "INVALID_PERIOD L3:C4");
  EXPECT_EQ(RefusedRow("Facebook,Spam,Content Actioned,2023-H1,100\n"),
            "INVALID_PERIOD L3:C4");
  EXPECT_EQ(RefusedRow(",Spam,Content Actioned,2023Q1,100\n"),
            "EMPTY_LABEL L3:C1");
  EXPECT_EQ(RefusedRow("Facebook, ,Content Actioned,2023Q1,100\n"),
            "EMPTY_LABEL L3:C2");
  EXPECT_EQ(RefusedRow("Facebook,Spam,Content Actioned,2023Q1\n"),
            "WRONG_CELL_COUNT L3:C0");
  EXPECT_EQ(RefusedRow("Facebook,Spam,Content Actioned,2023Q1,1,000\n"),
            "WRONG_CELL_COUNT L3:C0");
  EXPECT_EQ(RefusalOf(ReadRows("")), "NOTHING_TO_READ L1:C0");
  EXPECT_EQ(RefusalOf(ReadReport(
                "meta.csv", "app,policy_area,metric,period,value,country\n")),
            "UNKNOWN_COLUMN L1:C6");
  EXPECT_EQ(
      RefusalOf(ReadReport("meta.csv", "app,policy_area,metric,period\n")),
      "HEADER_NOT_FOUND L1:C0");
  EXPECT_THAT(ReadRows(",Spam,UBP,2023Q1,1%\n").message,
              HasSubstr("meta.csv:L2:C1"));
}

TEST(MetaCserTest, ColumnsMayStandInAnotherOrder) {
  const RecordingHost host =
      ReadReport("meta.csv",
                 "\xEF\xBB\xBFValue,Period,Metric,Policy Area,App\r\n"
                 "100,2023Q1,content actioned,Spam,Facebook\r\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.document.observations[0].value->mantissa, 100);
  EXPECT_EQ(host.document.observations[0].locator.column, 1u);
}

TEST(MetaCserTest, DamagedBytesAreReadOrRefused) {
  testing::ExpectDamageIsReadOrRefused(
      std::string(kHeader) +
      "Facebook,Spam,Content Actioned,2023Q1,\"1,000,000\"\n"
      "Facebook,Fake Accounts,Prevalence,2023Q1,4%-5%\n");
}

TEST(MetaCserTest, ItStopsWhenTheHostDoes) {
  RecordingHost host;
  host.stop_after_rows = 0;
  testing::MemoryDocument document(
      "meta.csv", std::string(kHeader) + "Facebook,Spam,UBP,2023Q1,0.05%\n",
      {});
  host.Run(collate_adapter_v1(), document);
  EXPECT_EQ(host.code, COLLATE_CODE_RESOURCE_EXHAUSTED);
}

// ---- The publisher's editions ----------------------------------------------

struct Edition {
  const char* file;
  size_t rows;
  size_t not_shown;
  int64_t child_nudity;  // Facebook, content actioned, 2020Q2
};
constexpr Edition kEditions[] = {{"meta-2021-q2.csv", 1904, 847, 9'500'000},
                                 {"meta-2021-q4.csv", 2339, 992, 9'400'000},
                                 {"meta-2022-q2.csv", 2633, 992, 2'800'000},
                                 {"meta-2022-q3.csv", 2780, 992, 2'800'000},
                                 {"meta-2022-q4.csv", 2927, 992, 9'400'000},
                                 {"meta-2023-q1.csv", 3074, 992, 9'400'000},
                                 {"meta-2023-q2.csv", 3221, 992, 9'400'000},
                                 {"meta-2023-q3.csv", 3368, 992, 9'400'000},
                                 {"meta-2023-q4.csv", 3515, 992, 9'400'000},
                                 {"meta-2024-q1.csv", 3662, 992, 9'400'000}};

ingest::Pairs At(const std::string& app, const std::string& area) {
  return {{"geography", "Global"}, {"harm", area}, {"platform", app}};
}

TEST(MetaEditionsTest, EveryCellIsReadAndNoneIsLeftAside) {
  for (const Edition& edition : kEditions) {
    COLLATE_SHARED_FILE(path,
                        std::string("platform/meta-cser/") + edition.file);
    const RecordingHost host =
        ReadReport(edition.file, testing::ReadFile(path));
    ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
    EXPECT_THAT(host.document.observations, SizeIs(edition.rows));
    EXPECT_EQ(host.accounts.at("cells_ignored"), 0u) << edition.file;
    ExpectEveryCellAccountedFor(host);
    // Also: each count is rounded by the rule, in every edition.
    EXPECT_THAT(FindingsOf(host), IsEmpty()) << edition.file;
    size_t not_shown = 0;
    for (const RawObservation& row : host.document.observations) {
      not_shown += row.state == State::kNotShown;
    }
    EXPECT_EQ(not_shown, edition.not_shown) << edition.file;
    const auto nudity = RowsOfTable(
        host, "content_actioned",
        At("Facebook", "Child Nudity & Sexual Exploitation"), "2020Q2");
    ASSERT_THAT(nudity, SizeIs(1));
    EXPECT_EQ(nudity[0]->value->mantissa, edition.child_nudity) << edition.file;
  }
}

TEST(MetaEditionsTest, PublishedFiguresComeOut) {
  COLLATE_SHARED_FILE(path, "platform/meta-cser/meta-2024-q1.csv");
  const RecordingHost host = ReadReport("m.csv", testing::ReadFile(path));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  const std::map<std::string, std::vector<int64_t>> hundred_thousands = {
      {"Facebook", {256, 212, 198, 165, 204, 301, 252, 89, 72, 169, 162, 144}},
      {"Instagram", {14, 16, 26, 15, 12, 13, 97, 87, 17, 16, 21, 27}}};
  for (const auto& [app, expected] : hundred_thousands) {
    std::vector<int64_t> found;
    for (const RawObservation* row :
         RowsOfTable(host, "content_actioned",
                     At(app, "Child Endangerment: Sexual Exploitation"))) {
      if (row->value) found.push_back(row->value->mantissa / 100'000);
    }
    EXPECT_EQ(found, expected) << app;
  }
}

// What an edition prints of its own latest quarter alone.
TEST(MetaEditionsTest, BoundsOfPrevalenceAreOfTheLatestQuarter) {
  COLLATE_SHARED_FILE(path, "platform/meta-cser/meta-2023-q3.csv");
  const RecordingHost host = ReadReport("m.csv", testing::ReadFile(path));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  std::set<std::string> periods;
  size_t rows = 0;
  for (const RawObservation& row : host.document.observations) {
    if (TableOf(host, row).id != "prevalence") continue;
    ++rows;
    periods.insert(row.period_text);
    EXPECT_EQ(row.state, State::kSuppressed);
  }
  EXPECT_EQ(rows, 9u);
  EXPECT_THAT(periods, ElementsAre("2023Q3"));
  for (const RawTable& table : host.document.tables) {
    EXPECT_THAT(table.extent,
                ElementsAre(Pair("period", "2017-10-01/2023-10-01")));
  }
}

}  // namespace
}  // namespace collate
