#include "plugins/police_returns/pfa_grid.h"

#include <algorithm>
#include <utility>

#include "plugins/tabular/number.h"

namespace collate::police_returns {
namespace {

using tabular::Error;
using tabular::OkStatus;
using tabular::Status;

class GridCopy : public tabular::GridSink {
 public:
  explicit GridCopy(PfaGrid* grid) : grid_(grid) {}

  Status OnRow(const tabular::Row& row) override {
    count_ += row.cells.size();
    if (count_ > kMaxPfaCells) {
      return Status(
          Error{.code = tabular::Code::kResourceExhausted,
                .reason = "TABLE_TOO_LARGE",
                .message = "more cells than a table of police force areas has",
                .expected = "at most " + std::to_string(kMaxPfaCells),
                .found = std::to_string(count_),
                .part = grid_->part,
                .sheet = grid_->sheet,
                .locator = row.locator});
    }
    PfaSheetRow& copy = grid_->rows.emplace_back();
    copy.row = row.locator.row;
    for (const tabular::Cell& cell : row.cells) {
      copy.cells.push_back({.kind = cell.kind,
                            .text = std::string(cell.text),
                            .raw = std::string(cell.raw),
                            .value = std::string(cell.value),
                            .superscript = std::string(cell.superscript),
                            .percent = cell.percent,
                            .hidden = cell.hidden,
                            .locator = cell.locator});
    }
    return OkStatus();
  }

 private:
  PfaGrid* grid_;
  size_t count_ = 0;
};

}  // namespace

bool PfaSheetCell::IsBlank() const { return tabular::Trim(text).empty(); }

const PfaSheetCell* PfaSheetRow::Find(uint32_t column) const {
  const auto at = std::lower_bound(cells.begin(), cells.end(), column,
                                   [](const PfaSheetCell& cell, uint32_t c) {
                                     return cell.locator.column < c;
                                   });
  return at != cells.end() && at->locator.column == column && !at->IsBlank()
             ? &*at
             : nullptr;
}

bool PfaSheetRow::IsBlank() const {
  return std::all_of(cells.begin(), cells.end(),
                     [](const PfaSheetCell& cell) { return cell.IsBlank(); });
}

const PfaSheetRow* PfaGrid::FindRow(uint32_t row) const {
  const auto at = std::lower_bound(
      rows.begin(), rows.end(), row,
      [](const PfaSheetRow& other, uint32_t r) { return other.row < r; });
  return at != rows.end() && at->row == row ? &*at : nullptr;
}

tabular::Merge PfaGrid::RangeOf(const PfaSheetCell& cell) const {
  for (const tabular::Merge& merge : merges) {
    if (merge.row == cell.locator.row && merge.column == cell.locator.column) {
      return merge;
    }
  }
  return {cell.locator.row, cell.locator.column, cell.locator.row,
          cell.locator.column};
}

Status PfaGrid::Refuse(Error error) const {
  error.part = part;
  error.sheet = sheet;
  return Status(std::move(error));
}

Status PfaGrid::Refuse(const char* reason, std::string message,
                       std::string expected, std::string found,
                       const tabular::Locator& locator) const {
  return Refuse(Error{.reason = reason,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found),
                      .locator = locator});
}

Status PfaGrid::Refuse(const char* reason, const std::string& message,
                       std::string expected, const PfaSheetCell& cell) const {
  const std::string found = tabular::Printable(cell.text);
  return Refuse(reason, message + ": " + found, std::move(expected), found,
                cell.locator);
}

Status ReadPfaGrid(tabular::Workbook& workbook, uint32_t index,
                   const std::string& part, PfaGrid* grid) {
  *grid = PfaGrid();
  grid->part = part;
  grid->sheet = workbook.sheets()[index].name;
  GridCopy copy(grid);
  COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadSheet(index, copy));
  return workbook.ReadMerges(index, &grid->merges);
}

}  // namespace collate::police_returns
