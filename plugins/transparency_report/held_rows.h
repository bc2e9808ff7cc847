// The rows of one small table held as a whole: for documents in which a row can
// only be told by those around it, such as stacked tables.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_HELD_ROWS_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_HELD_ROWS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/transparency_report/read_options.h"

namespace collate::transparency_report {

// See tabular::Cell.
struct HeldCell {
  tabular::CellKind kind = tabular::CellKind::kEmpty;
  std::string text;
  std::string value;
  std::string superscript;
  tabular::Locator locator;

  std::string_view Trimmed() const;
  bool IsBlank() const { return Trimmed().empty(); }
  // As a number is to be read: of a typed cell the stored one, else the text.
  std::string_view Number() const;
};

struct HeldRow {
  tabular::Locator locator;
  std::vector<HeldCell> cells;  // ascending columns; absent ones of a sheet

  // Null when the row has no such cell.
  const HeldCell* Find(uint32_t column) const;
  // Without the spaces around it; empty when there is no such cell.
  std::string_view Text(uint32_t column) const;
  bool IsBlank() const { return Filled() == 0; }
  size_t Filled() const;  // cells that are not blank
  // Null when all are blank.
  const HeldCell* FirstFilled() const;
};

tabular::Status HoldCsv(tabular::ByteSource& source, const ReadOptions& options,
                        std::vector<HeldRow>* rows);
tabular::Status HoldSheet(tabular::Workbook& workbook, uint32_t index,
                          std::vector<HeldRow>* rows);

// Tells of a table that is not read, while the document's others are.
sdk::Status RefuseTable(sdk::Host& host, const tabular::Error& error);

// What the workbook's reader set aside.
sdk::Status ReportFindings(sdk::Host& host, const tabular::Workbook& workbook);

// What became of cells: the sum of the others is `read`.
struct CellCount {
  uint64_t read = 0;
  uint64_t observed = 0;
  uint64_t header = 0;
  uint64_t label = 0;
  uint64_t blank = 0;
  uint64_t refused = 0;  // of tables that are not read
  uint64_t ignored = 0;  // each with a finding that says why

  sdk::Status Account(sdk::Host& host) const;
};

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_HELD_ROWS_H_
