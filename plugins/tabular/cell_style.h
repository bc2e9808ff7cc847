// Styles of cells as XLSX and XLS keep them, by index, and what a style makes
// of a stored value: a number, a date, a mark above the line.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_CELL_STYLE_H_
#define COLLATE_PLUGINS_TABULAR_CELL_STYLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/sheet_value.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

struct CellStyle {
  uint64_t format = 0;
  uint64_t font = 0;
  FormatKind kind = FormatKind::kNumber;
  std::string_view code;  // empty for General
  bool superscript = false;
};

class CellStyles {
 public:
  explicit CellStyles(const Budget& budget) : budget_(budget) {}
  CellStyles(const CellStyles&) = delete;
  CellStyles& operator=(const CellStyles&) = delete;

  Status AddFormat(uint64_t id, std::string_view code);
  Status AddFont(bool superscript);
  void SetLastFont(bool superscript) { fonts_.back() = superscript; }
  Status AddCell(uint64_t format, uint64_t font);
  // After the last of them; without any there is the plain style.
  void Finish();

  size_t fonts() const { return fonts_.size(); }
  bool IsSuperscript(uint64_t font) const {
    return font < fonts_.size() && fonts_[font];
  }
  // Null when there is no such style.
  const CellStyle* Get(uint64_t index) const {
    return index < cells_.size() ? &cells_[index] : nullptr;
  }

 private:
  const Budget& budget_;
  std::map<uint64_t, std::string> codes_;
  std::vector<bool> fonts_;
  std::vector<CellStyle> cells_;
};

// Makes a cell of its stored number, `raw`: a number, or a day where the style
// shows one. False when it is no finite number.
bool FillNumber(const CellStyle& style, bool epoch_1904, RowBuilder& rows,
                Cell* cell);

// A whole cell in a superscript font is a mark, whatever its type: a note's
// digit that stands alone must not be taken for a figure. True when it was.
bool MoveMark(const CellStyle& style, Cell* cell);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_CELL_STYLE_H_
