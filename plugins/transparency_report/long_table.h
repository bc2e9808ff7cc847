// Long tables in text: a header in the first record, then one figure a record.
// Most families of this adapter are one.
//
//   LongTable table;
//   ReadLongTable(source, options, spec, &table, on_row);
//
// Every record that holds something has as many cells as the header, or the
// document is refused at that line (WRONG_CELL_COUNT); `on_row` may refuse a
// record by returning an error with its place.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_LONG_TABLE_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_LONG_TABLE_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/header.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"
#include "plugins/transparency_report/read_options.h"

namespace collate::transparency_report {

struct LongTable {
  tabular::Header header;
  uint64_t rows = 0;        // that hold something, after the header
  uint64_t blank_rows = 0;  // after the header
};

// One record; lent for the call.
class LongRow {
 public:
  LongRow(const LongTable& table, const tabular::Row& row)
      : table_(table), row_(row) {}

  // The cell under the header that has this role; the role must be required.
  const tabular::Cell& CellOf(int role) const;
  // Its text without the spaces around it; empty for a role that is absent.
  std::string_view Text(int role) const;
  const tabular::Row& row() const { return row_; }

  // An observation of that cell: its token, its place and its header.
  sdk::Observation Observe(int role) const;

 private:
  const LongTable& table_;
  const tabular::Row& row_;
};

// HEADER_NOT_FOUND when the first record is not the header, and what
// tabular::HeaderFinder refuses. `table` is complete after the call; its header
// is before the first row is given.
tabular::Status ReadLongTable(
    tabular::ByteSource& source, const ReadOptions& options,
    const tabular::HeaderSpec& spec, LongTable* table,
    const std::function<tabular::Status(const LongRow& row)>& on_row);

// Rows and cells of a table that was read as a whole: every row is one figure
// with its labels, but those that were left aside.
sdk::Status AccountFor(sdk::Host& host, const LongTable& table,
                       uint64_t rows_aside = 0);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_LONG_TABLE_H_
