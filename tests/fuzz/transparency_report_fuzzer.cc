// Any bytes, or lines as a workbook, through the whole adapter: read or refused
// by name, by the rules of the ABI; a refusal hands over no figure, and every
// cell that is read is accounted for.

#include <cstdint>
#include <string>

#include "plugins/sdk/adapter.h"
#include "tests/fuzz/grid_workbook.h"
#include "tests/fuzz/require.h"
#include "tests/testing/recording_host.h"

namespace {

using collate::fuzz::Require;
using collate::ingest::RawDiagnostic;
using collate::ingest::RawObservation;
using collate::testing::MemoryDocument;
using collate::testing::RecordingHost;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string bytes = collate::fuzz::Text(data + 1, size - 1);
  const bool workbook = data[0] == 'W';
  if (workbook) bytes = collate::fuzz::WorkbookOfLines(bytes);
  MemoryDocument document(
      workbook ? "report-2022-q4.xlsx" : "report-2022-q4.csv", bytes, {});
  document.abi()->max_cells = 100'000;
  RecordingHost host;
  host.Run(collate_adapter_v1(), document);
  for (const std::string& breach : host.breaches) {
    Require(false, breach.c_str());
  }
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    Require(!finding.reason.empty() && !finding.message.empty(),
            "a finding says what it is");
  }
  if (host.code != COLLATE_CODE_OK) {
    Require(
        host.code != COLLATE_CODE_INTERNAL && host.code != COLLATE_CODE_UNKNOWN,
        "a refusal is no accident");
    Require(!host.message.empty(), "a refusal says what is wrong");
    return 0;
  }
  for (const RawObservation& row : host.document.observations) {
    Require(row.locator.row > 0 || row.locator.line > 0 || row.records > 0,
            "a figure has a place");
  }
  // Of a dump records are counted, not cells.
  if (host.accounts.contains("cells_read")) {
    uint64_t cells = 0;
    for (const char* what : {"cells_observed", "cells_header", "cells_label",
                             "cells_blank", "cells_refused", "cells_ignored"}) {
      cells += host.accounts[what];
    }
    Require(cells > 0 && cells == host.accounts["cells_read"],
            "every cell is accounted for");
  }
  return 0;
}
