#include "plugins/foi_spreadsheet/sheet.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace collate::foi_spreadsheet {

using tabular::CellKind;
using tabular::Locator;
using tabular::Merge;
using tabular::OkStatus;
using tabular::Status;

std::string CleanText(std::string_view text) {
  std::string out;
  bool space = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool wide =
        c == '\xC2' && i + 1 < text.size() && text[i + 1] == '\xA0';  // U+00A0
    if (wide || c == ' ' || (c >= '\t' && c <= '\r')) {
      i += wide;
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += c;
  }
  return out;
}

Status Sheet::BeginGrid(const tabular::GridInfo& grid) {
  name_ = grid.sheet;
  hidden_ = grid.hidden;
  return OkStatus();
}

Status Sheet::OnRow(const tabular::Row& row) {
  if (is_text()) lines_.emplace_back(row.locator.row, row.locator.line);
  for (const tabular::Cell& cell : row.cells) {
    std::string label = CleanText(cell.text);
    const bool no_result = cell.kind == CellKind::kEmpty && cell.formula;
    if (label.empty() && cell.superscript.empty() && !no_result) {
      ++blank_cells_;
      continue;
    }
    cells_.push_back({.kind = cell.kind,
                      .percent = cell.percent,
                      .formula = cell.formula,
                      .hidden = cell.hidden,
                      .text = std::string(cell.text),
                      .label = std::move(label),
                      .value = std::string(cell.value),
                      .superscript = std::string(cell.superscript),
                      .locator = cell.locator});
  }
  return OkStatus();
}

void Sheet::Finish(std::vector<Merge> merges) {
  merges_ = std::move(merges);
  std::sort(merges_.begin(), merges_.end(), [](const Merge& a, const Merge& b) {
    return std::tie(a.row, a.column) < std::tie(b.row, b.column);
  });
  std::map<uint32_t, std::vector<size_t>> columns;
  for (size_t i = 0; i < cells_.size(); ++i) {
    const SheetCell& cell = cells_[i];
    if (rows_.empty() || rows_.back().number != cell.row()) {
      rows_.push_back({cell.row(), {}});
    }
    rows_.back().cells.push_back(i);
    columns[cell.column()].push_back(i);
    last_row_ = std::max(last_row_, cell.row());
    last_column_ = std::max(last_column_, cell.column());
  }
  for (auto& [number, cells] : columns) {
    columns_.push_back({number, std::move(cells)});
  }
}

const Sheet::Line* Sheet::Find(const std::vector<Line>& lines,
                               int64_t number) const {
  const auto at = std::lower_bound(lines.begin(), lines.end(), number,
                                   [this](const Line& line, int64_t n) {
                                     ++comparisons_;
                                     return line.number < n;
                                   });
  return at != lines.end() && at->number == number ? &*at : nullptr;
}

size_t Sheet::LowerBound(const Line& line, bool by_column, int64_t at) const {
  return static_cast<size_t>(
      std::lower_bound(line.cells.begin(), line.cells.end(), at,
                       [&](size_t cell, int64_t n) {
                         ++comparisons_;
                         return (by_column ? cells_[cell].column()
                                           : cells_[cell].row()) < n;
                       }) -
      line.cells.begin());
}

size_t Sheet::Before(const Line* line, bool by_column, int64_t at) const {
  if (line == nullptr) return kNone;
  const size_t next = LowerBound(*line, by_column, at + 1);
  return next == 0 ? kNone : line->cells[next - 1];
}

size_t Sheet::After(const Line* line, bool by_column, int64_t at) const {
  if (line == nullptr) return kNone;
  const size_t next = LowerBound(*line, by_column, at);
  return next == line->cells.size() ? kNone : line->cells[next];
}

size_t Sheet::At(int64_t row, int64_t column) const {
  const size_t cell = AfterInRow(row, column);
  return cell != kNone && cells_[cell].column() == column ? cell : kNone;
}

size_t Sheet::BeforeInRow(int64_t row, int64_t column) const {
  return Before(Find(rows_, row), /*by_column=*/true, column);
}
size_t Sheet::AfterInRow(int64_t row, int64_t column) const {
  return After(Find(rows_, row), /*by_column=*/true, column);
}
size_t Sheet::BeforeInColumn(int64_t row, int64_t column) const {
  return Before(Find(columns_, column), /*by_column=*/false, row);
}
size_t Sheet::AfterInColumn(int64_t row, int64_t column) const {
  return After(Find(columns_, column), /*by_column=*/false, row);
}

Merge Sheet::MergeAt(uint32_t row, uint32_t column) const {
  const auto at =
      std::lower_bound(merges_.begin(), merges_.end(), std::tie(row, column),
                       [](const Merge& merge, const auto& place) {
                         return std::tie(merge.row, merge.column) < place;
                       });
  if (at != merges_.end() && at->row == row && at->column == column) return *at;
  return {row, column, row, column};
}

Locator Sheet::Place(uint32_t row, uint32_t column) const {
  Locator place{.row = row, .column = column};
  const auto line = std::lower_bound(
      lines_.begin(), lines_.end(), row,
      [](const auto& entry, uint32_t r) { return entry.first < r; });
  if (line != lines_.end() && line->first == row) place.line = line->second;
  return place;
}

}  // namespace collate::foi_spreadsheet
