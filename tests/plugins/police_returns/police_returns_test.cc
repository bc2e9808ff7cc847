// The adapter through its exported table, as a worker would call it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "plugins/sdk/adapter.h"
#include "tests/plugins/tabular/xls_testing.h"
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

constexpr char kHeader[] =
    "Financial Year,Financial Quarter,Force Name,Offence Description,"
    "Offence Group,Offence Subgroup,Offence Code,Number of Offences\n";

void ReadInto(RecordingHost& host, const std::string& bytes,
              MemoryDocument::Pairs options = {}) {
  MemoryDocument document("prc.csv", bytes, std::move(options));
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
}

std::string Str(const collate_str& text) {
  return std::string(text.data, text.size);
}

TEST(PoliceReturnsTest, TheTableSaysWhatTheManifestFileSays) {
  const collate_adapter* adapter = collate_adapter_v1();
  ASSERT_NE(adapter, nullptr);
  EXPECT_EQ(adapter->abi_major, uint32_t{COLLATE_ABI_MAJOR});
  EXPECT_EQ(Str(adapter->id), "police_returns");
  const std::string manifest = testing::ReadFile(testing::SourcePath(
      "plugins/police_returns/police_returns.manifest.textproto"));
  EXPECT_THAT(manifest,
              HasSubstr("version: \"" + Str(adapter->version) + "\""));
  EXPECT_THAT(manifest, HasSubstr("title: \"" + Str(adapter->title) + "\""));
  ASSERT_EQ(adapter->family_count, 5u);
  for (size_t i = 0; i < adapter->family_count; ++i) {
    const collate_family& family = *adapter->families[i];
    EXPECT_THAT(manifest, HasSubstr("id: \"" + Str(family.id) + "\""));
    EXPECT_THAT(manifest, HasSubstr("title: \"" + Str(family.title) + "\""));
  }
}

TEST(PoliceReturnsTest, TheForceTableIsDeclaredAsTheFamilyMeansIt) {
  RecordingHost host;
  ReadInto(host,
           std::string(kHeader) +
               "2018/19,1,Kent,d,g,s,88A,1\n2017/18,4,Kent,d,g,s,88A,-1\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.tables, SizeIs(1));
  const ingest::RawTable& table = host.document.tables[0];
  EXPECT_EQ(table.id, "prc_long_force");
  EXPECT_EQ(table.measure, "recorded offences");
  EXPECT_EQ(table.unit, "offences");
  EXPECT_EQ(table.aggregation, ingest::Aggregation::kSum);
  EXPECT_EQ(table.repeats, ingest::Repeats::kAdd);
  EXPECT_EQ(table.partition, ingest::Partition::kComplete);
  EXPECT_EQ(table.floor, ingest::Floor::kNone);
  EXPECT_THAT(table.extent, ElementsAre(Pair("period", "2017/18"),
                                        Pair("period", "2018/19")));
}

TEST(PoliceReturnsTest, ARowIsOneObservationWithItsTokenAndPlace) {
  RecordingHost host;
  ReadInto(host,
           std::string(kHeader) +
               "2017/18,1,\"London, City of\",Sexual grooming,g,s,88A, 12 \n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.observations, SizeIs(1));
  const RawObservation& row = host.document.observations[0];
  EXPECT_EQ(row.reporter, "London, City of");
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("offence", "88A")));
  EXPECT_EQ(row.period_begin, 17257);  // 1 April 2017
  EXPECT_EQ(row.period_end, 17348);    // 1 July 2017
  EXPECT_EQ(row.period_kind, COLLATE_PERIOD_FINANCIAL_QUARTER);
  EXPECT_EQ(row.period_text, "2017/18 Q1");
  EXPECT_EQ(row.state, State::kReported);
  ASSERT_TRUE(row.value.has_value());
  EXPECT_EQ(row.value->mantissa, 12);
  EXPECT_EQ(row.value->scale, 0);
  EXPECT_FALSE(row.lower.has_value());
  EXPECT_EQ(row.raw, " 12 ");
  EXPECT_EQ(row.level, ingest::Level::kLeaf);
  EXPECT_EQ(row.records, 0u);
  EXPECT_EQ(row.locator.part, "");
  EXPECT_EQ(row.locator.line, 2u);
  EXPECT_EQ(row.locator.row, 2u);
  EXPECT_EQ(row.locator.column, 8u);
  ASSERT_THAT(row.headers, SizeIs(1));
  EXPECT_EQ(row.headers[0].line, 1u);
  EXPECT_EQ(row.headers[0].column, 8u);
}

TEST(PoliceReturnsTest, MissingQuartersAreNotInvented) {
  RecordingHost host;
  ReadInto(host, std::string(kHeader) + "2023/24,1,Kent,d,g,s,88A,3\n");
  EXPECT_THAT(host.document.observations, SizeIs(1));
  // What the year lacks follows from what the table claims to cover.
  EXPECT_THAT(host.document.tables[0].extent,
              ElementsAre(Pair("period", "2023/24")));
}

TEST(PoliceReturnsTest, AMarkIsNeverANumber) {
  RecordingHost host;
  ReadInto(host, std::string(kHeader) +
                     "2017/18,1,A,d,g,s,1,[c]\n2017/18,1,B,d,g,s,1,[x]\n"
                     "2017/18,1,C,d,g,s,1,[z]\n2017/18,1,D,d,g,s,1,[low]\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  const State states[] = {State::kSuppressed, State::kNotShown,
                          State::kNotApplicable, State::kSuppressed};
  for (size_t i = 0; i < 4; ++i) {
    const RawObservation& row = host.document.observations[i];
    EXPECT_EQ(row.state, states[i]);
    EXPECT_FALSE(row.value || row.lower || row.upper);
    EXPECT_THAT(row.reason, HasSubstr(row.raw));
  }
}

TEST(PoliceReturnsTest, PartnershipRowsHaveATableAndAnAxisOfTheirOwn) {
  RecordingHost host;
  ReadInto(host,
           "Financial Year,Financial Quarter,Force Name,CSP Name,"
           "Offence Description,Offence Group,Offence Subgroup,Offence Code,"
           "Offence Count\n"
           "2017/18,1,Kent,Ashford,d,g,s,88A,7\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.document.tables[0].id, "prc_long_csp");
  EXPECT_EQ(host.document.observations[0].reporter, "Kent");
  EXPECT_THAT(host.document.observations[0].dimensions,
              ElementsAre(Pair("csp", "Ashford"), Pair("offence", "88A")));
}

TEST(PoliceReturnsTest, NotesOfAForceTravelBesideItsName) {
  RecordingHost host;
  ReadInto(host, std::string(kHeader) + "2017/18,1,Kent[Note 6],d,g,s,88A,7\n");
  EXPECT_EQ(host.document.observations[0].reporter, "Kent");
  EXPECT_THAT(host.document.observations[0].notes, ElementsAre("[Note 6]"));
}

TEST(PoliceReturnsTest, WhatIsReadIsObservedOrIgnored) {
  RecordingHost host;
  ReadInto(
      host,
      "Some title\n"
      ",Financial Year,Financial Quarter,Force Name,Offence Description,"
      "Offence Group,Offence Subgroup,Offence Code,Number of Offences,"
      "ITL1 region\n"
      "0,2017/18,1,Kent,d,g,s,88A,7,SE\n\n1,2017/18,2,Kent,d,g,s,88A,7,SE\n");
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.accounts["rows_read"], 3u);
  EXPECT_EQ(host.accounts["rows_observed"], 2u);
  EXPECT_EQ(host.accounts["rows_ignored"], 1u);
  EXPECT_EQ(host.accounts["rows_above_data"], 2u);
  EXPECT_EQ(host.accounts["cells_read"], 21u);
  EXPECT_EQ(host.accounts["cells_observed"], 16u);
  EXPECT_EQ(host.accounts["cells_ignored"], 5u);
  std::map<std::string, uint64_t> ignored;
  for (const ingest::RawDiagnostic& finding : host.document.diagnostics) {
    EXPECT_EQ(finding.severity, ingest::Severity::kInfo);
    ignored[finding.reason] += finding.repeats;
  }
  EXPECT_THAT(ignored, ElementsAre(Pair("COLUMN_IGNORED", 4),
                                   Pair("PREAMBLE_IGNORED", 1)));
}

TEST(PoliceReturnsTest, NamesAsPrintedGoAlongAsAnAttachment) {
  RecordingHost host;
  ReadInto(host, std::string(kHeader) +
                     "2017/18,1,Kent,\"a \"\"b\"\", c\",g,s,88A,7\n");
  ASSERT_THAT(host.document.attachments, SizeIs(1));
  EXPECT_EQ(host.document.attachments[0].name, "offence-labels.csv");
  EXPECT_EQ(host.document.attachments[0].content,
            "offence_code,offence_description,offence_group,offence_subgroup,"
            "first_place\n\"88A\",\"a \"\"b\"\", c\",\"g\",\"s\","
            "\"prc.csv:L2:C7\"\n");
}

TEST(PoliceReturnsTest, AFaultAtTheEndRefusesTheFileBeforeAnyRow) {
  RecordingHost host;
  ReadInto(host,
           std::string(kHeader) +
               "2017/18,1,Kent,d,g,s,88A,1\n2017/18,1,Essex,d,g,s,88A,*\n");
  EXPECT_EQ(host.code, COLLATE_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(host.reason, "UNDECLARED_MARKER");
  EXPECT_THAT(host.message, HasSubstr("prc.csv:L3:C8"));
  EXPECT_THAT(host.document.tables, IsEmpty());
  EXPECT_THAT(host.document.observations, IsEmpty());
  ASSERT_THAT(host.document.diagnostics, SizeIs(1));
  const ingest::RawDiagnostic& finding = host.document.diagnostics[0];
  EXPECT_EQ(finding.severity, ingest::Severity::kError);
  EXPECT_EQ(finding.code, COLLATE_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(finding.reason, "UNDECLARED_MARKER");
  EXPECT_EQ(finding.found, "\"*\"");
  EXPECT_EQ(finding.locator.line, 3u);
  EXPECT_EQ(finding.locator.column, 8u);
}

TEST(PoliceReturnsTest, ManyFaultsAreListedAndTheRestCounted) {
  std::string csv = kHeader;
  for (int i = 0; i < 130; ++i) csv += "2017/18,1,Kent,d,g,s,88A,*\n";
  RecordingHost host;
  ReadInto(host, csv);
  EXPECT_THAT(host.message, HasSubstr("130 faulty rows"));
  ASSERT_THAT(host.document.diagnostics, SizeIs(101));
  EXPECT_EQ(host.document.diagnostics[100].reason, "MORE_FAULTS");
  EXPECT_EQ(host.document.diagnostics[100].repeats, 30u);
}

TEST(PoliceReturnsTest, RowLevelRecordsAreRefusedWithTheReasonWhy) {
  RecordingHost host;
  ReadInto(
      host,
      "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
      "LSOA code,LSOA name,Crime type,Last outcome category,Context\n"
      "x,2024-01,Kent,Kent,0.1,51.1,A,E01,B,Violence,,\n");
  EXPECT_EQ(host.code, COLLATE_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(host.reason, "ROW_LEVEL_DATA");
  EXPECT_THAT(host.message, HasSubstr("identify a person"));
  EXPECT_THAT(host.document.observations, IsEmpty());
  // Nothing of the record itself may reach a report.
  for (const ingest::RawDiagnostic& finding : host.document.diagnostics) {
    EXPECT_THAT(finding.message + finding.found,
                ::testing::Not(HasSubstr("51.1")));
  }
}

std::string ReasonOf(const std::string& bytes) {
  RecordingHost host;
  ReadInto(host, bytes);
  EXPECT_NE(host.code, COLLATE_CODE_OK);
  EXPECT_THAT(host.document.tables, IsEmpty());
  EXPECT_THAT(host.document.observations, IsEmpty());
  return host.reason;
}

TEST(PoliceReturnsTest, OtherKindsAreRefusedByWhatTheyAre) {
  EXPECT_EQ(ReasonOf("a,b\n1,2\n"), "HEADER_NOT_FOUND");
  EXPECT_EQ(ReasonOf("PK\x03\x04 and so on"), "ZIP_TRUNCATED");
  EXPECT_EQ(ReasonOf(tabular::XlsOf("")), "WORKBOOK_XLS_NOT_READ");
  EXPECT_EQ(ReasonOf("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"),
            "COMPOUND_TRUNCATED");
  EXPECT_EQ(ReasonOf("%PDF-1.7"), "UNSUPPORTED_FORMAT");
  EXPECT_EQ(ReasonOf("\x1F\x8B\x08"), "UNSUPPORTED_FORMAT");
}

TEST(PoliceReturnsTest, AHeaderWithoutRowsIsNotASuccess) {
  RecordingHost host;
  ReadInto(host, kHeader);
  EXPECT_EQ(host.reason, "NOTHING_TO_READ");
}

TEST(PoliceReturnsTest, TheEncodingOptionIsHeeded) {
  const std::string bytes =
      std::string(kHeader) + "2017/18,1,Dyfed\x96Powys,d,g,s,88A,1\n";
  RecordingHost undeclared;
  ReadInto(undeclared, bytes);
  EXPECT_EQ(undeclared.reason, "BAD_ENCODING");
  EXPECT_THAT(undeclared.message, HasSubstr("prc.csv:L2"));
  RecordingHost declared;
  ReadInto(declared, bytes, {{"encoding", "windows-1252"}});
  ASSERT_EQ(declared.code, COLLATE_CODE_OK) << declared.message;
  EXPECT_EQ(declared.document.observations[0].reporter,
            "Dyfed\xE2\x80\x93Powys");
  RecordingHost unknown;
  ReadInto(unknown, bytes, {{"encoding", "latin1"}});
  EXPECT_EQ(unknown.reason, "UNKNOWN_ENCODING");
}

TEST(PoliceReturnsTest, LimitsOfTheDocumentAreHeeded) {
  MemoryDocument document("prc.csv",
                          std::string(kHeader) + "2017/18,1,K,d,g,s,88A,1\n");
  document.abi()->max_cells = 15;
  RecordingHost host;
  host.Run(collate_adapter_v1(), document);
  EXPECT_EQ(host.code, COLLATE_CODE_RESOURCE_EXHAUSTED);
  EXPECT_EQ(host.reason, "CELL_COUNT_LIMIT");
}

TEST(PoliceReturnsTest, BytesThatCannotBeHadAreDataLoss) {
  MemoryDocument document("prc.csv", kHeader);
  document.FailReadsFrom(0);
  RecordingHost host;
  host.Run(collate_adapter_v1(), document);
  EXPECT_EQ(host.code, COLLATE_CODE_DATA_LOSS);
  EXPECT_EQ(host.reason, "DOCUMENT_UNREADABLE");
}

std::string ManyRows(int n) {
  std::string csv = kHeader;
  for (int i = 0; i < n; ++i) {
    csv += "2017/18,1,Force " + std::to_string(i) + ",d,g,s,88A,1\n";
  }
  return csv;
}

TEST(PoliceReturnsTest, AHostThatWantsNoMoreIsObeyed) {
  RecordingHost full;
  full.stop_after_rows = 600;
  ReadInto(full, ManyRows(5000));
  EXPECT_EQ(full.code, COLLATE_CODE_RESOURCE_EXHAUSTED);
  EXPECT_EQ(full.document.observations.size(), 600u);
  RecordingHost cancelled;
  cancelled.cancelled = true;
  ReadInto(cancelled, ManyRows(5000));
  EXPECT_EQ(cancelled.code, COLLATE_CODE_CANCELLED);
  EXPECT_LT(cancelled.document.observations.size(), 5000u);
}

TEST(PoliceReturnsFilesTest, ThePublishedFileComesOutWhole) {
  COLLATE_SHARED_FILE(path, "police/prc-pfa-mar2013-onwards-tables201718.csv");
  RecordingHost host;
  ReadInto(host, testing::ReadFile(path));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.diagnostics, IsEmpty());
  EXPECT_THAT(host.document.observations, SizeIs(23'068));
  int64_t sum = 0;
  int64_t negative_sum = 0;
  int negatives = 0;
  int zeros = 0;
  std::map<std::tuple<std::string, int32_t, std::string>, int> keys;
  for (const RawObservation& row : host.document.observations) {
    ASSERT_EQ(row.state, State::kReported);
    sum += row.value->mantissa;
    if (row.value->mantissa < 0) {
      ++negatives;
      negative_sum += row.value->mantissa;
    }
    if (row.raw == "-00 ") ++zeros;
    ++keys[{row.reporter, row.period_begin, row.dimensions[0].second}];
  }
  EXPECT_EQ(sum, 5'519'401);
  EXPECT_EQ(zeros, 5'792);
  EXPECT_EQ(negatives, 36);
  EXPECT_EQ(negative_sum, -115);
  int repeated = 0;
  int repeated_rows = 0;
  for (const auto& [key, count] : keys) {
    if (count > 1) {
      ++repeated;
      repeated_rows += count;
    }
  }
  EXPECT_EQ(repeated, 176);
  EXPECT_EQ(repeated_rows, 704);
  EXPECT_EQ(host.accounts["rows_read"], 23'068u);
  EXPECT_EQ(host.accounts["rows_observed"], 23'068u);
  EXPECT_EQ(host.accounts["cells_read"], 184'544u);
  EXPECT_EQ(host.accounts["cells_ignored"], 0u);
}

TEST(PoliceReturnsFilesTest, EveryCellCitesTheBytesItWasReadFrom) {
  const std::string bytes = testing::ReadFile(testing::SourcePath(
      "tests/data/police/prc-pfa-mar2013-onwards-tables201718-88A.csv"));
  RecordingHost host;
  ReadInto(host, bytes);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.observations, SizeIs(176));
  for (const RawObservation& row : host.document.observations) {
    EXPECT_EQ(bytes.substr(row.locator.byte_begin,
                           row.locator.byte_end - row.locator.byte_begin),
              row.raw);
  }
}

TEST(PoliceReturnsFilesTest, TheExtractOf202425ReportsItsUnusedColumns) {
  COLLATE_SHARED_FILE(
      path, "police/CLEANED-national_forces_crime_data_2024-2025.csv");
  RecordingHost host;
  ReadInto(host, testing::ReadFile(path));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(host.document.observations, SizeIs(588));
  EXPECT_THAT(host.document.diagnostics, SizeIs(3));
  EXPECT_EQ(host.accounts["cells_read"],
            host.accounts["cells_observed"] + host.accounts["cells_ignored"]);
  EXPECT_EQ(host.accounts["cells_ignored"], 1764u);
}

}  // namespace
}  // namespace collate
