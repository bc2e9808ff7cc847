// What the tests of single families share: reading a document through the
// exported table, and finding rows and findings in what came of it.

#ifndef COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_TABLE_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_TABLE_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/adapter.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate::testing {

inline std::unique_ptr<RecordingHost> ReadDocument(
    const std::string& name, const std::string& bytes,
    MemoryDocument::Pairs manifest = {}) {
  auto host = std::make_unique<RecordingHost>();
  MemoryDocument document(name, bytes, {}, std::move(manifest));
  host->Run(collate_adapter_v1(), document);
  EXPECT_THAT(host->breaches, ::testing::IsEmpty());
  return host;
}

inline std::unique_ptr<RecordingHost> ReadPublished(const std::string& path) {
  return ReadDocument(std::filesystem::path(path).filename().string(),
                      ReadFile(path));
}

inline const ingest::RawDiagnostic* FindReason(const RecordingHost& host,
                                               const std::string& reason) {
  for (const ingest::RawDiagnostic& diagnostic : host.document.diagnostics) {
    if (diagnostic.reason == reason) return &diagnostic;
  }
  return nullptr;
}

// Rows of tables of the measure whose axes are exactly these.
inline std::vector<const ingest::RawObservation*> RowsOf(
    const RecordingHost& host, const std::string& measure,
    const ingest::Pairs& dimensions) {
  std::vector<const ingest::RawObservation*> found;
  for (const ingest::RawObservation& row : host.document.observations) {
    if (host.document.tables[row.table].measure != measure) continue;
    // The service takes the axis of a total out.
    ingest::Pairs axes;
    for (const auto& pair : row.dimensions) {
      if (row.level != ingest::Level::kTotal || pair.first != row.level_axis) {
        axes.push_back(pair);
      }
    }
    if (axes == dimensions) found.push_back(&row);
  }
  return found;
}

// The whole number of the only such row; nothing when there is not exactly one.
inline std::optional<int64_t> NumberOf(const RecordingHost& host,
                                       const std::string& measure,
                                       const ingest::Pairs& dimensions,
                                       const std::string& period = "") {
  std::vector<const ingest::RawObservation*> rows =
      RowsOf(host, measure, dimensions);
  std::erase_if(rows, [&](const ingest::RawObservation* row) {
    return !period.empty() && row->period_text != period;
  });
  if (rows.size() != 1 || !rows[0]->value.has_value()) return std::nullopt;
  int64_t number = rows[0]->value->mantissa;
  for (int64_t scale = rows[0]->value->scale; scale > 0; --scale) {
    if (number % 10 != 0) return std::nullopt;
    number /= 10;
  }
  return number;
}

// Every cell that was read is accounted for, as one thing.
inline void ExpectEveryCellAccountedFor(const RecordingHost& host) {
  uint64_t sum = 0;
  for (const char* what : {"cells_observed", "cells_header", "cells_label",
                           "cells_blank", "cells_refused", "cells_ignored"}) {
    if (const auto at = host.accounts.find(what); at != host.accounts.end()) {
      sum += at->second;
    }
  }
  ASSERT_TRUE(host.accounts.contains("cells_read"));
  EXPECT_EQ(host.accounts.at("cells_read"), sum);
  EXPECT_GT(sum, 0u);
}

// Each `step`th byte of a document in turn set to others, and the beginnings up
// to it: all are read with each cell accounted for, or refused, by the rules of
// the ABI.
inline void ExpectDamageIsReadOrRefused(const std::string& name,
                                        const std::string& bytes,
                                        size_t step = 1) {
  const auto expect = [&](const std::string& damaged) {
    const auto host = ReadDocument(name, damaged);
    if (host->code != COLLATE_CODE_OK) {
      EXPECT_FALSE(host->reason.empty());
      return;
    }
    ExpectEveryCellAccountedFor(*host);
    for (const ingest::RawObservation& row : host->document.observations) {
      EXPECT_EQ(row.value.has_value(),
                row.state == vocabulary::State::kReported);
    }
  };
  for (size_t at = 0; at < bytes.size(); at += step) {
    for (const char other : {'\0', '\xFF', '"', ',', '\n', '-', '9', '%'}) {
      std::string damaged = bytes;
      damaged[at] = other;
      expect(damaged);
    }
    expect(bytes.substr(0, at));
  }
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_TABLE_TESTING_H_
