#include "plugins/transparency_report/long_table.h"

#include <string>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"

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

Status ReadLongTable(tabular::ByteSource& source, const ReadOptions& options,
                     const tabular::HeaderSpec& spec, LongTable* table,
                     const std::function<Status(const LongRow& row)>& on_row) {
  tabular::Budget budget(options.limits);
  Sink sink(options, spec, table, on_row);
  COLLATE_TABULAR_RETURN_IF_ERROR(
      tabular::ReadCsv(source, {.part = options.part}, budget, sink));
  return sink.Finish();
}

sdk::Status AccountFor(sdk::Host& host, const LongTable& table) {
  const uint64_t width = table.header.columns.size();
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Account("rows_read", 1 + table.rows + table.blank_rows));
  COLLATE_SDK_RETURN_IF_ERROR(host.Account("rows_observed", table.rows));
  return host.Account("cells_read", (1 + table.rows) * width);
}

}  // namespace collate::transparency_report
