#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "plugins/sdk/adapter.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate {
namespace {

using ingest::RawObservation;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using ::testing::Pair;
using testing::RecordingHost;
using ::testing::SizeIs;
using vocabulary::State;

void ReadInto(RecordingHost& host, const std::string& bytes) {
  MemoryDocument document("long.csv", bytes);
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
}

constexpr char kHeader[] =
    "table,measure,unit,reporter,period_begin,period_end,period_kind,state,"
    "value\n";
constexpr char kRow[] = "t,m,u,P,2023-04-01,2024-04-01,FINANCIAL_YEAR,";

TEST(LongFormatTest, TheFourReportersAreReadAsTheirReadmeSays) {
  RecordingHost host;
  ReadInto(host, testing::ReadFile(testing::SourcePath(
                     "tests/data/synthetic/four_reporters.csv")));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  const auto& tables = host.document.tables;
  const auto& rows = host.document.observations;
  ASSERT_THAT(tables, SizeIs(4));
  ASSERT_THAT(rows, SizeIs(10));

  EXPECT_EQ(tables[0].id, "p-total");
  EXPECT_EQ(tables[0].floor, ingest::Floor::kZero);
  EXPECT_EQ(rows[0].reporter, "P");
  EXPECT_EQ(rows[0].value->mantissa, 50);
  EXPECT_THAT(rows[0].dimensions, IsEmpty());

  EXPECT_EQ(tables[1].partition, ingest::Partition::kMultiResponse);
  EXPECT_THAT(tables[1].multi_response, ElementsAre("platform"));
  EXPECT_THAT(tables[1].extent,
              ElementsAre(Pair("period", "2023-04-01/2024-04-01"),
                          Pair("universe", "platform_known")));
  EXPECT_THAT(rows[1].dimensions, ElementsAre(Pair("platform", "Snapchat")));
  EXPECT_EQ(rows[3].level, ingest::Level::kTotal);
  EXPECT_EQ(rows[3].level_axis, "platform");
  EXPECT_EQ(rows[3].value->mantissa, 30);

  EXPECT_EQ(tables[2].floor, ingest::Floor::kNone);
  EXPECT_THAT(tables[2].extent, SizeIs(4));
  EXPECT_EQ(rows[6].value->mantissa, -1);
  const RawObservation& withheld = rows[7];
  EXPECT_EQ(withheld.state, State::kSuppressed);
  EXPECT_FALSE(withheld.value.has_value());
  EXPECT_EQ(withheld.lower->mantissa, 1);
  EXPECT_EQ(withheld.upper->mantissa, 4);
  EXPECT_EQ(withheld.raw, "*");
  EXPECT_EQ(withheld.locator.line, 9u);

  EXPECT_EQ(tables[3].partition, ingest::Partition::kComplete);
  EXPECT_THAT(rows[9].dimensions, ElementsAre(Pair("sex", "Male")));
  EXPECT_EQ(host.accounts["rows_read"], host.accounts["rows_observed"]);
}

TEST(LongFormatTest, EveryStateLevelAndKindHasItsName) {
  const char* const states[] = {"REPORTED",
                                "ROUNDED",
                                "SUPPRESSED",
                                "PARTIAL_PERIOD",
                                "REFUSED",
                                "NO_RESPONSE",
                                "NO_RELEASE",
                                "OMITTED_BY_PUBLISHER",
                                "NOT_HELD",
                                "NOT_YET_PUBLISHED",
                                "NOT_ASKED",
                                "NOT_APPLICABLE",
                                "INCLUDED_ELSEWHERE",
                                "AGGREGATED",
                                "WITHDRAWN",
                                "DROPPED_IN_EDITION",
                                "NOT_SHOWN",
                                "NOT_CROSSED"};
  std::string csv = kHeader;
  for (const char* state : states) csv += std::string(kRow) + state + ",\n";
  RecordingHost host;
  ReadInto(host, csv);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.observations, SizeIs(18));
  for (size_t i = 0; i < 18; ++i) {
    EXPECT_EQ(static_cast<size_t>(host.document.observations[i].state), i + 1);
  }
  EXPECT_EQ(host.document.observations[2].state, State::kSuppressed);
  EXPECT_EQ(host.document.observations[17].state, State::kNotCrossed);

  const char* const levels[] = {"LEAF",     "TOTAL",   "SUBTOTAL",
                                "OF_WHICH", "UNKNOWN", "RESIDUAL"};
  csv = "level,parent,flags,notes,records," + std::string(kHeader);
  for (const char* level : levels) {
    csv += std::string(level) + ",whole,REVISED|SYNTHETIC,a|b,3," + kRow +
           "REPORTED,1.50\n";
  }
  RecordingHost other;
  ReadInto(other, csv);
  ASSERT_EQ(other.code, COLLATE_CODE_OK) << other.message;
  for (size_t i = 0; i < 6; ++i) {
    const RawObservation& row = other.document.observations[i];
    EXPECT_EQ(static_cast<size_t>(row.level), i + 1);
    EXPECT_EQ(row.parent, "whole");
    EXPECT_EQ(row.flags,
              uint32_t{COLLATE_FLAG_REVISED | COLLATE_FLAG_SYNTHETIC});
    EXPECT_THAT(row.notes, ElementsAre("a", "b"));
    EXPECT_EQ(row.records, 3u);
    EXPECT_EQ(row.value->mantissa, 15);
    EXPECT_EQ(row.value->scale, 1);
  }
}

TEST(LongFormatTest, RowsOfOneTableMayStandApart) {
  RecordingHost host;
  ReadInto(host,
           std::string(kHeader) +
               "a,m,u,P,2023-04-01,2024-04-01,FINANCIAL_YEAR,REPORTED,1\n"
               "b,m,u,P,2023-04-01,2024-04-01,FINANCIAL_YEAR,REPORTED,2\n"
               "a,m,u,P,2022-04-01,2023-04-01,FINANCIAL_YEAR,REPORTED,3\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.tables, SizeIs(2));
  EXPECT_THAT(host.document.tables[0].extent, SizeIs(2));
  EXPECT_EQ(host.document.observations[2].table, 0u);
}

TEST(LongFormatTest, MistakesOfATestAreRefusedByName) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "NOTHING_TO_READ"},
      {kHeader, "NOTHING_TO_READ"},
      {"table,colour\n", "UNKNOWN_COLUMN"},
      {"table,table\n", "AMBIGUOUS_COLUMN"},
      {"table,measure\n", "HEADER_NOT_FOUND"},
      {kHeader + std::string(kRow) + "REPORTD,1\n", "UNKNOWN_NAME"},
      {kHeader + std::string(kRow) + ",1\n", "UNKNOWN_NAME"},
      {kHeader + std::string(kRow) + "REPORTED,x\n", "UNPARSED_NUMBER"},
      {kHeader + std::string(kRow) + "REPORTED\n", "RAGGED_ROW"},
      {kHeader + std::string("t,m,u,P,2023-02-29,2024-04-01,MONTH,REPORTED,1"),
       "INVALID_PERIOD"},
      {kHeader + std::string("t,m,u,P,2023-04-01,2023-04-01,MONTH,REPORTED,1"),
       "INVALID_PERIOD"},
      {kHeader + std::string(",m,u,P,2023-04-01,2024-04-01,MONTH,REPORTED,1"),
       "EMPTY_LABEL"},
      {kHeader + std::string(kRow) + "REPORTED,1\n" +
           "t,m,v,P,2023-04-01,2024-04-01,MONTH,REPORTED,1\n",
       "TABLE_CONFLICT"}};
  for (const auto& [csv, reason] : cases) {
    RecordingHost host;
    ReadInto(host, csv);
    EXPECT_NE(host.code, COLLATE_CODE_OK) << csv;
    EXPECT_EQ(host.reason, reason) << csv << host.message;
    EXPECT_THAT(host.message, HasSubstr("long.csv"));
    EXPECT_THAT(host.document.diagnostics, SizeIs(1));
  }
}

}  // namespace
}  // namespace collate
