// A test adapter: any observation that a test can write down. See README.md.

#include <optional>
#include <string>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/sdk_bridge.h"
#include "tests/adapters/long_format/long_rows.h"

namespace collate::long_format {
namespace {

using sdk::Document;
using sdk::Host;
using sdk::Status;

sdk::Description Describe() {
  return {.id = "long_format",
          .version = "1.0.0",
          .title = "Test data, one row per cell",
          .families = {{"long_format", "One row per cell, for tests"}}};
}

std::optional<sdk::Decimal> Number(
    const std::optional<tabular::Decimal>& from) {
  if (!from.has_value()) return std::nullopt;
  return sdk::Decimal{from->mantissa, from->scale};
}

sdk::Table TableOf(const LongTable& from) {
  sdk::Table out;
  out.id = from.id;
  out.title = from.id;
  out.measure = from.measure;
  out.unit = from.unit;
  out.aggregation = static_cast<sdk::Aggregation>(from.aggregation);
  out.repeats = static_cast<sdk::Repeats>(from.repeats);
  out.partition = static_cast<sdk::Partition>(from.partition);
  out.floor = static_cast<sdk::Floor>(from.floor);
  out.multi_response = from.multi_response;
  for (const std::string& period : from.periods) {
    out.extent.emplace_back("period", period);
  }
  if (!from.universe.empty()) {
    out.extent.emplace_back("universe", from.universe);
  }
  out.locator = tabular::ToSdk(from.locator);
  return out;
}

sdk::Observation RowOf(const LongRow& from, uint64_t table) {
  sdk::Observation out;
  out.table = table;
  out.reporter = from.reporter;
  out.reporter_code = from.reporter_code;
  out.period = {.begin = from.period_begin,
                .end = from.period_end,
                .kind = static_cast<sdk::PeriodKind>(from.period_kind),
                .text = from.period_text};
  out.state = static_cast<sdk::State>(from.state);
  out.dimensions = from.dimensions;
  out.level = static_cast<sdk::Level>(from.level);
  out.level_axis = from.level_axis;
  out.parent = from.parent;
  out.value = Number(from.value);
  out.lower = Number(from.lower);
  out.upper = Number(from.upper);
  out.flags = from.flags;
  out.raw = from.raw;
  out.reason = from.reason;
  out.notes = from.notes;
  out.records = from.records;
  out.locator = tabular::ToSdk(from.locator);
  out.headers.push_back(tabular::ToSdk(from.header));
  return out;
}

Status Read(Host& host, const Document& document) {
  tabular::FileSource source(document.file());
  LongFile file;
  if (tabular::Status status =
          ReadLongFile(source, std::string(document.file().name()), &file);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  if (document.max_cells() > 0 && file.cells > document.max_cells()) {
    return Status(sdk::Code::kResourceExhausted, "CELL_LIMIT",
                  std::to_string(file.cells) + " cells");
  }
  std::vector<uint64_t> handles(file.tables.size());
  for (size_t i = 0; i < handles.size(); ++i) {
    COLLATE_SDK_RETURN_IF_ERROR(
        host.BeginTable(TableOf(file.tables[i]), &handles[i]));
  }
  for (const LongRow& row : file.rows) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Emit(RowOf(row, handles[row.table])));
  }
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_read", file.rows.size()));
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_observed", file.rows.size()));
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("cells_read", file.cells));
  return host.Account("cells_observed", file.cells);
}

}  // namespace
}  // namespace collate::long_format

COLLATE_ADAPTER(collate::long_format::Describe, collate::long_format::Read);
