#include "plugins/police_returns/survey.h"

#include <utility>

namespace collate::police_returns {

using tabular::Cell;
using tabular::Error;
using tabular::OkStatus;
using tabular::Row;
using tabular::Status;

const tabular::Locator& GridSurvey::HeaderOf(int role) const {
  for (const tabular::HeaderColumn& column : header.columns) {
    if (column.role == role) return column.locator;
  }
  return header.locator;
}

void Faults::Add(Error error) {
  if (count++ < kListedFaults) listed.push_back(std::move(error));
}

const Cell& CellAt(const Row& row, uint32_t column, Cell* missing) {
  if (column <= row.cells.size() &&
      row.cells[column - 1].locator.column == column) {
    return row.cells[column - 1];
  }
  if (const Cell* cell = row.Find(column); cell != nullptr) return *cell;
  *missing = Cell{.locator = row.locator};
  missing->locator.column = column;
  return *missing;
}

void GridSurveyor::AddFault(Error error) {
  error.part = options_.part;
  error.sheet = grid_->sheet;
  faults_->Add(std::move(error));
}

Status GridSurveyor::OnRow(const Row& row) {
  const tabular::Header& header = grid_->header;
  if (row.locator.row <= header.locator.row) {
    if (row.locator.row < header.locator.row) ++grid_->preamble_rows;
    return OkStatus();
  }
  ++grid_->data_rows;
  grid_->data_cells += row.cells.size();
  if (row.IsBlank()) {
    ++grid_->blank_rows;
    grid_->ignored_cells += row.cells.size();
    return OkStatus();
  }
  // Text has a cell for every column; a sheet leaves out what is empty.
  if (grid_->sheet.empty() && row.cells.size() != header.columns.size()) {
    AddFault(Error{.reason = "RAGGED_ROW",
                   .message = "a row that is not as long as the header",
                   .expected = std::to_string(header.columns.size()) + " cells",
                   .found = std::to_string(row.cells.size()) + " cells",
                   .locator = row.locator});
    return OkStatus();
  }
  auto column = header.columns.begin();
  for (const Cell& cell : row.cells) {
    while (column != header.columns.end() &&
           column->locator.column < cell.locator.column) {
      ++column;
    }
    grid_->hidden_cells += cell.hidden;
    grid_->formula_cells += cell.formula;
    if (column != header.columns.end() &&
        column->locator.column == cell.locator.column && column->role >= 0) {
      continue;
    }
    ++grid_->ignored_cells;
    ++grid_->ignored_columns[cell.locator.column];
  }
  return OnData(row);
}

}  // namespace collate::police_returns
