// One sheet in memory: its cells that are not blank, found by row and by
// column.
//
// Lookups are binary searches and are counted, so that a test can hold the cost
// of a reading to the number of its cells. Not thread-safe.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SHEET_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SHEET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/grid.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"

namespace collate::foi_spreadsheet {

// A cell that holds something.
struct SheetCell {
  tabular::CellKind kind = tabular::CellKind::kEmpty;
  bool percent = false;
  bool formula = false;
  bool hidden = false;
  std::string text;         // as shown
  std::string label;        // `text`, trimmed, white space made single spaces
  std::string value;        // of a typed cell
  std::string superscript;  // marks that are no part of `text`
  tabular::Locator locator;

  uint32_t row() const { return locator.row; }
  uint32_t column() const { return locator.column; }
};

// Trimmed, runs of white space made one space; U+00A0 is white space.
std::string CleanText(std::string_view text);

class Sheet final : public tabular::GridSink {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // `typed`: cells say whether they are numbers, as those of spreadsheets do.
  explicit Sheet(bool typed = true) : typed_(typed) {}
  // A table that is there and was refused, such as one of a PDF that no total
  // proves: what reads it is refused with this.
  Sheet(std::string name, tabular::Error refusal)
      : name_(std::move(name)), refusal_(std::move(refusal)) {}

  tabular::Status BeginGrid(const tabular::GridInfo& grid) override;
  tabular::Status OnRow(const tabular::Row& row) override;
  // To be called when every row is there, and before anything is looked up.
  void Finish(std::vector<tabular::Merge> merges);

  // Empty for a text file.
  const std::string& name() const { return name_; }
  bool hidden() const { return hidden_; }
  bool is_text() const { return name_.empty(); }
  // False for files of text and documents, whose figures are text.
  bool typed() const { return typed_; }
  const std::optional<tabular::Error>& refusal() const { return refusal_; }
  const std::vector<SheetCell>& cells() const { return cells_; }
  uint32_t last_row() const { return last_row_; }
  uint32_t last_column() const { return last_column_; }
  uint64_t blank_cells() const { return blank_cells_; }

  // The cell's index, or kNone when it is blank or lies outside.
  size_t At(int64_t row, int64_t column) const;
  // The nearest cell of the row or column at or before the place, or after it.
  size_t BeforeInRow(int64_t row, int64_t column) const;
  size_t AfterInRow(int64_t row, int64_t column) const;
  size_t BeforeInColumn(int64_t row, int64_t column) const;
  size_t AfterInColumn(int64_t row, int64_t column) const;

  // The merged cells that begin at the place, or that one cell.
  tabular::Merge MergeAt(uint32_t row, uint32_t column) const;

  // The place of a cell that may be blank.
  tabular::Locator Place(uint32_t row, uint32_t column) const;

  uint64_t comparisons() const { return comparisons_; }

 private:
  // Indices of one row's or column's cells, ascending.
  struct Line {
    uint32_t number = 0;
    std::vector<size_t> cells;
  };

  const Line* Find(const std::vector<Line>& lines, int64_t number) const;
  // The first cell of the line at or after `at`, as a position in it.
  size_t LowerBound(const Line& line, bool by_column, int64_t at) const;
  size_t Before(const Line* line, bool by_column, int64_t at) const;
  size_t After(const Line* line, bool by_column, int64_t at) const;

  std::string name_;
  std::optional<tabular::Error> refusal_;
  bool typed_ = true;
  bool hidden_ = false;
  std::vector<SheetCell> cells_;  // by row, then column
  std::vector<Line> rows_;
  std::vector<Line> columns_;
  std::vector<tabular::Merge> merges_;                // by row, then column
  std::vector<std::pair<uint32_t, uint64_t>> lines_;  // of text: row, line
  uint32_t last_row_ = 0;
  uint32_t last_column_ = 0;
  uint64_t blank_cells_ = 0;
  mutable uint64_t comparisons_ = 0;
};

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SHEET_H_
