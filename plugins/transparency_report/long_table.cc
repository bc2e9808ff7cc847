#include "plugins/transparency_report/long_table.h"

#include <string>
#include <utility>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::transparency_report {
namespace {

using tabular::OkStatus;
using tabular::Status;

class Sink : public tabular::GridSink {
 public:
  Sink(const ReadOptions& options, const tabular::HeaderSpec& spec,
       LongTable* table,
       const std::function<Status(const LongRow& row)>& on_row)
      : options_(options), finder_(spec), table_(*table), on_row_(on_row) {}

  Status OnRow(const tabular::Row& row) override {
    if (!begun_) {
      finder_.Offer(row);
      COLLATE_TABULAR_RETURN_IF_ERROR(finder_.Decide(&table_.header));
      begun_ = true;
      return OkStatus();
    }
    if (row.IsBlank()) {
      ++table_.blank_rows;
      return OkStatus();
    }
    const size_t width = table_.header.columns.size();
    if (row.cells.size() != width) {
      return Status(tabular::Error{
          .reason = "WRONG_CELL_COUNT",
          .message = "a record with more or fewer cells than the header has",
          .expected = std::to_string(width) + " cells",
          .found = std::to_string(row.cells.size()) + " cells",
          .part = options_.part,
          .locator = row.locator});
    }
    ++table_.rows;
    return on_row_(LongRow(table_, row));
  }

  // A document without a record never meets OnRow.
  Status Finish() {
    return begun_ ? OkStatus() : finder_.Decide(&table_.header);
  }

 private:
  const ReadOptions& options_;
  tabular::HeaderFinder finder_;
  LongTable& table_;
  const std::function<Status(const LongRow& row)>& on_row_;
  bool begun_ = false;
};

}  // namespace

const tabular::Cell& LongRow::CellOf(int role) const {
  const uint32_t column = table_.header.column_of_role[role];
  return row_.cells[column - 1];
}

std::string_view LongRow::Text(int role) const {
  if (table_.header.column_of_role[role] == 0) return {};
  return tabular::Trim(CellOf(role).text);
}

sdk::Observation LongRow::Observe(int role) const {
  const tabular::Cell& cell = CellOf(role);
  const uint32_t column = table_.header.column_of_role[role];
  sdk::Observation row;
  row.raw = std::string(cell.text);
  row.locator = tabular::ToSdk(cell.locator);
  row.headers.push_back(
      tabular::ToSdk(table_.header.columns[column - 1].locator));
  return row;
}

Status ReadLongTable(tabular::ByteSource& source, const ReadOptions& options,
                     const tabular::HeaderSpec& spec, LongTable* table,
                     const std::function<Status(const LongRow& row)>& on_row) {
  tabular::Budget budget(options.limits);
  Sink sink(options, spec, table, on_row);
  COLLATE_TABULAR_RETURN_IF_ERROR(
      tabular::ReadCsv(source, {.part = options.part}, budget, sink));
  return sink.Finish();
}

sdk::Status AccountFor(sdk::Host& host, const LongTable& table,
                       uint64_t rows_aside) {
  const uint64_t width = table.header.columns.size();
  const uint64_t observed = table.rows - rows_aside;
  const std::pair<const char*, uint64_t> accounts[] = {
      {"rows_read", 1 + table.rows + table.blank_rows},
      {"rows_observed", observed},
      {"rows_ignored", rows_aside + table.blank_rows},
      {"cells_read", (1 + table.rows) * width},
      {"cells_header", width},
      {"cells_observed", observed},
      {"cells_label", observed * (width - 1)},
      {"cells_ignored", rows_aside * width}};
  for (const auto& [what, count] : accounts) {
    COLLATE_SDK_RETURN_IF_ERROR(host.Account(what, count));
  }
  return sdk::OkStatus();
}

}  // namespace collate::transparency_report
