// One small sheet of a workbook, whole in memory, with its merges: a table of
// some seventy rows whose header can only be read with its neighbours in view.
//
// Owns its cells. One thread at a time.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PFA_GRID_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PFA_GRID_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plugins/tabular/workbook.h"

namespace collate::police_returns {

// A table of every area and column has about 1,500 cells.
inline constexpr size_t kMaxPfaCells = 20'000;

struct PfaSheetCell {
  tabular::CellKind kind = tabular::CellKind::kEmpty;
  std::string text;
  std::string raw;
  std::string value;
  std::string superscript;
  bool percent = false;
  bool hidden = false;
  tabular::Locator locator;

  bool IsBlank() const;
};

struct PfaSheetRow {
  uint32_t row = 0;
  std::vector<PfaSheetCell> cells;  // ascending columns

  // Null when the row has no such cell or a blank one.
  const PfaSheetCell* Find(uint32_t column) const;
  bool IsBlank() const;
};

struct PfaGrid {
  std::string part;
  std::string sheet;
  std::vector<PfaSheetRow> rows;  // ascending, those that hold something
  std::vector<tabular::Merge> merges;

  // Null when nothing stands in that row.
  const PfaSheetRow* FindRow(uint32_t row) const;
  // The merge whose first cell this is, else the cell alone.
  tabular::Merge RangeOf(const PfaSheetCell& cell) const;
  // Refusals with part and sheet in place; the last cites a cell and what it
  // says.
  tabular::Status Refuse(tabular::Error error) const;
  tabular::Status Refuse(const char* reason, std::string message,
                         std::string expected, std::string found,
                         const tabular::Locator& locator) const;
  tabular::Status Refuse(const char* reason, const std::string& message,
                         std::string expected, const PfaSheetCell& cell) const;
};

// TABLE_TOO_LARGE beyond kMaxPfaCells.
tabular::Status ReadPfaGrid(tabular::Workbook& workbook, uint32_t index,
                            const std::string& part, PfaGrid* grid);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PFA_GRID_H_
