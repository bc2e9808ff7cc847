// What every reader of tabular files delivers: grids, row by row, each cell
// with its text, its raw token, its kind and its place. A reader of any format
// pushes into a GridSink; a sink never needs the whole file.
//
// Rows may be sparse: a cell knows its column, absent columns are absent.
// Everything handed to a sink is lent for the call.

#ifndef COLLATE_PLUGINS_TABULAR_GRID_H_
#define COLLATE_PLUGINS_TABULAR_GRID_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "plugins/tabular/status.h"

namespace collate::tabular {

// What the file says a cell holds. CSV has text only: a number there is a
// reading of text, and whose reading it is must stay visible.
enum class CellKind : uint8_t {
  kEmpty = 1,
  kText = 2,
  kNumber = 3,
  kBoolean = 4,
  kDate = 5,
  kError = 6,  // a spreadsheet's #N/A and its like
};

struct Cell {
  CellKind kind = CellKind::kEmpty;
  bool quoted = false;    // CSV: `""` is not the same as nothing
  std::string_view text;  // as a reader sees it, UTF-8, spaces kept
  // As it is stored: a CSV field with its quotes (in UTF-8 whatever the file
  // is in), a sheet's value behind its number format.
  std::string_view raw;
  Locator locator;

  // Of a typed cell, in one spelling for every format: a number as plain
  // decimal (no exponent, no grouping), a date as 2018-03-31 or
  // 2018-03-31T09:30:00, a time of day as 09:30:00, a boolean as true or
  // false, an error as #N/A. Empty for text and in CSV.
  std::string_view value;
  // Superscript runs, which are marks and never part of `text`; runs that do
  // not touch are parted by a line feed.
  std::string_view superscript;
  // A spreadsheet's format code, empty for General and where the file names
  // none by code (ODS).
  std::string_view number_format;
  bool percent = false;  // shown times 100; `value` is not
  bool formula = false;  // `value` is what was last computed
  bool hidden = false;   // its row or its column is
};

struct GridInfo {
  std::string part;     // file, or archive member
  std::string sheet;    // empty for CSV
  uint32_t index = 0;   // position in the workbook, from 0
  bool hidden = false;  // very hidden too
};

struct Row {
  const GridInfo* grid = nullptr;
  Locator locator;              // column 0: the whole record
  std::span<const Cell> cells;  // ascending columns

  // Null when the row has no such cell.
  const Cell* Find(uint32_t column) const {
    const auto at = std::lower_bound(
        cells.begin(), cells.end(), column,
        [](const Cell& cell, uint32_t c) { return cell.locator.column < c; });
    return at != cells.end() && at->locator.column == column ? &*at : nullptr;
  }
  bool IsBlank() const {
    return std::all_of(cells.begin(), cells.end(), [](const Cell& cell) {
      return cell.text.find_first_not_of(" \t") == std::string_view::npos;
    });
  }
};

class GridSink {
 public:
  virtual ~GridSink() = default;

  // Any status but OK ends the reading and is returned by the reader, except
  // Status::Stop(), with which the reader returns OK and EndGrid is not called.
  virtual Status BeginGrid(const GridInfo& grid) { return OkStatus(); }
  virtual Status OnRow(const Row& row) = 0;
  virtual Status EndGrid(const GridInfo& grid) { return OkStatus(); }
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_GRID_H_
