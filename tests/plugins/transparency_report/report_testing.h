// What tests of long tables share: refusals, findings and damage.

#ifndef COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_REPORT_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_REPORT_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "plugins/sdk/adapter.h"
#include "tests/plugins/transparency_report/table_testing.h"
#include "tests/testing/recording_host.h"

namespace collate::testing {

inline RecordingHost ReadReport(const std::string& name,
                                const std::string& bytes) {
  RecordingHost host;
  MemoryDocument document(name, bytes, {});
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, ::testing::IsEmpty());
  return host;
}

// "REASON L2:C5" of a refusal; nothing was handed over before it.
inline std::string RefusalOf(const RecordingHost& host) {
  EXPECT_NE(host.code, COLLATE_CODE_OK);
  EXPECT_THAT(host.document.tables, ::testing::IsEmpty());
  EXPECT_THAT(host.document.observations, ::testing::IsEmpty());
  for (const ingest::RawDiagnostic& finding : host.document.diagnostics) {
    if (finding.severity != ingest::Severity::kError) continue;
    EXPECT_EQ(finding.reason, host.reason);
    EXPECT_FALSE(finding.message.empty());
    return finding.reason + " L" + std::to_string(finding.locator.line) + ":C" +
           std::to_string(finding.locator.column);
  }
  return host.reason;
}

// Findings by reason, how often.
inline std::map<std::string, uint64_t> FindingsOf(const RecordingHost& host) {
  std::map<std::string, uint64_t> found;
  for (const ingest::RawDiagnostic& finding : host.document.diagnostics) {
    found[finding.reason] += finding.repeats;
  }
  return found;
}

// Every byte of a document in turn set to others, and every beginning of it: it
// is read or refused, by the rules of the ABI.
inline void ExpectDamageIsReadOrRefused(const std::string& bytes) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char other : {'\0', '\xFF', '"', ',', '\n', '-', '9', '%'}) {
      std::string damaged = bytes;
      damaged[at] = other;
      const RecordingHost host = ReadReport("damaged.csv", damaged);
      if (host.code == COLLATE_CODE_OK) ExpectEveryCellAccountedFor(host);
    }
    ReadReport("cut.csv", bytes.substr(0, at));
  }
}

inline const ingest::RawTable& TableOf(const RecordingHost& host,
                                       const ingest::RawObservation& row) {
  return host.document.tables.at(row.table);
}

// The rows of a table with these labels and no others.
inline std::vector<const ingest::RawObservation*> RowsOfTable(
    const RecordingHost& host, const std::string& table,
    const ingest::Pairs& labels, const std::string& period = "") {
  std::vector<const ingest::RawObservation*> rows;
  for (const ingest::RawObservation& row : host.document.observations) {
    if (TableOf(host, row).id == table && row.dimensions == labels &&
        (period.empty() || row.period_text == period)) {
      rows.push_back(&row);
    }
  }
  return rows;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_REPORT_TESTING_H_
