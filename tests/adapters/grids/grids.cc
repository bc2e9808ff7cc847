// A test adapter: any grid of cells. See README.md.

#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/csv.h"
#include "plugins/tabular/pdf.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/tabular/workbook.h"

namespace collate::grids {
namespace {

using sdk::Document;
using sdk::Host;
using sdk::Status;

constexpr uint64_t kShownCells = 20;

sdk::Description Describe() {
  return {.id = "grids",
          .version = "1.0.0",
          .title = "Any grid of cells, for tests",
          .families = {
              {"grids", "CSV files, workbooks and documents of any kind"}}};
}

uint64_t PeakMemoryKb() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss);
}

class CellSink : public tabular::GridSink {
 public:
  explicit CellSink(Host& host) : host_(host) {}

  tabular::Status BeginGrid(const tabular::GridInfo&) override {
    ++grids;
    return tabular::OkStatus();
  }

  tabular::Status OnRow(const tabular::Row& row) override {
    ++rows;
    for (const tabular::Cell& cell : row.cells) {
      if (++cells > kShownCells) continue;
      sdk::Diagnostic shown{.severity = sdk::Severity::kInfo,
                            .reason = "CELL",
                            .message = std::string(cell.value),
                            .expected = KindName(cell.kind),
                            .found = std::string(cell.text)};
      shown.locator = tabular::ToSdk(cell.locator, row.grid->sheet);
      stopped = host_.Diagnose(shown);
      if (!stopped.ok()) return tabular::Status::Stop();
    }
    return tabular::OkStatus();
  }

  Status stopped;
  uint64_t grids = 0;
  uint64_t rows = 0;
  uint64_t cells = 0;

 private:
  static const char* KindName(tabular::CellKind kind) {
    switch (kind) {
      case tabular::CellKind::kEmpty:
        return "empty";
      case tabular::CellKind::kText:
        return "text";
      case tabular::CellKind::kNumber:
        return "number";
      case tabular::CellKind::kBoolean:
        return "boolean";
      case tabular::CellKind::kDate:
        return "date";
      case tabular::CellKind::kError:
        return "error";
    }
    return "";
  }

  Host& host_;
};

bool IsContainer(tabular::ByteSource& source) {
  char head[2] = {};
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  return bytes == "PK" || bytes == "\xD0\xCF";
}

tabular::Status ReadGrids(tabular::ByteSource& source, const std::string& part,
                          CellSink& sink) {
  tabular::Budget budget;
  std::unique_ptr<tabular::Workbook> workbook;
  if (tabular::DetectPdf(source)) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        tabular::OpenPdf(source, {.part = part}, budget, &workbook));
  } else if (IsContainer(source)) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        tabular::Workbook::Open(source, {.part = part}, budget, &workbook));
  } else {
    return tabular::ReadCsv(source, {.part = part}, budget, sink);
  }
  for (const tabular::SheetInfo& sheet : workbook->sheets()) {
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadSheet(sheet.index, sink));
  }
  return tabular::OkStatus();
}

Status Read(Host& host, const Document& document) {
  tabular::FileSource source(document.file());
  CellSink sink(host);
  if (tabular::Status status =
          ReadGrids(source, std::string(document.file().name()), sink);
      !status.ok()) {
    std::fprintf(stderr, "peak_memory_kb=%llu\n",
                 static_cast<unsigned long long>(PeakMemoryKb()));
    return tabular::Refuse(host, status.error());
  }
  COLLATE_SDK_RETURN_IF_ERROR(sink.stopped);
  sdk::Table table;
  table.id = "grids";
  table.title = "Cells of a grid";
  table.measure = "offences";
  table.unit = "offences";
  table.aggregation = sdk::Aggregation::kSum;
  table.repeats = sdk::Repeats::kError;
  table.partition = sdk::Partition::kIncomplete;
  table.floor = sdk::Floor::kZero;
  table.extent = {{"period", "2017/18"}, {"synthetic", "true"}};
  uint64_t handle = 0;
  COLLATE_SDK_RETURN_IF_ERROR(host.BeginTable(table, &handle));
  sdk::Observation row;
  row.table = handle;
  row.reporter = "Kent";
  row.period = {.begin = 17257,
                .end = 17622,
                .kind = sdk::PeriodKind::kFinancialYear,
                .text = "2017/18"};
  row.state = sdk::State::kReported;
  row.dimensions = {{"offence", "88A"}};
  row.value = sdk::Decimal{.mantissa = static_cast<int64_t>(sink.cells)};
  COLLATE_SDK_RETURN_IF_ERROR(host.Emit(std::move(row)));
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("grids_read", sink.grids));
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_read", sink.rows));
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("cells_read", sink.cells));
  return host.Account("peak_memory_kb", PeakMemoryKb());
}

}  // namespace
}  // namespace collate::grids

COLLATE_ADAPTER(collate::grids::Describe, collate::grids::Read);
