#include "plugins/tabular/held_workbook.h"

#include "plugins/tabular/package_workbook.h"

namespace collate::tabular {

uint64_t HeldTable::bytes() const {
  uint64_t bytes = sizeof(HeldTable) + merges.size() * sizeof(Merge);
  for (const HeldRow& row : rows) {
    bytes += sizeof(HeldRow) + row.cells.size() * sizeof(HeldCell);
    for (const HeldCell& cell : row.cells) {
      bytes += cell.text.size() + cell.superscript.size();
    }
  }
  return bytes;
}

Status HeldWorkbook::Add(HeldTable table) {
  held_ += table.bytes();
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckHeld(held_));
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckSheets(tables_.size() + 1));
  sheets_.push_back(
      {.name = table.name, .index = static_cast<uint32_t>(tables_.size())});
  tables_.push_back(std::move(table));
  spent_.push_back(0);
  return OkStatus();
}

void HeldWorkbook::Found(const char* reason, const char* message,
                         uint64_t count, bool warning) {
  if (count == 0) return;
  findings_.push_back(Finding{.reason = reason,
                              .message = message,
                              .part = part_,
                              .count = count,
                              .warning = warning});
}

Status HeldWorkbook::Check(uint32_t index) const {
  if (index >= tables_.size()) {
    return Status(Error{.code = Code::kInternal,
                        .reason = "WORKBOOK_NO_SUCH_SHEET",
                        .message = "the document has no table of this index",
                        .expected = "below " + std::to_string(tables_.size()),
                        .found = std::to_string(index),
                        .part = part_});
  }
  const HeldTable& table = tables_[index];
  if (table.refusal.ok()) return OkStatus();
  Error error = table.refusal.error();
  error.part = part_;
  error.sheet = table.name;
  return Status(std::move(error));
}

Status HeldWorkbook::ReadSheet(uint32_t index, GridSink& sink) {
  COLLATE_TABULAR_RETURN_IF_ERROR(Check(index));
  const HeldTable& table = tables_[index];
  const GridInfo grid{.part = part_, .sheet = table.name, .index = index};
  const auto read = [&]() -> Status {
    RowBuilder builder(grid, budget_, sink, &spent_[index]);
    COLLATE_TABULAR_RETURN_IF_ERROR(sink.BeginGrid(grid));
    for (const HeldRow& row : table.rows) {
      builder.Clear();
      for (const HeldCell& held : row.cells) {
        Cell cell;
        cell.kind = held.text.empty() ? CellKind::kEmpty : CellKind::kText;
        cell.text = held.text;
        cell.raw = held.text;
        cell.superscript = held.superscript;
        cell.hidden = held.hidden;
        cell.formula = held.formula;
        cell.locator.row = row.number;
        cell.locator.column = held.column;
        builder.Add(cell);
      }
      COLLATE_TABULAR_RETURN_IF_ERROR(builder.Deliver(row.number));
    }
    return sink.EndGrid(grid);
  };
  Status status = read();
  if (status.IsStop()) return OkStatus();
  if (!status.ok()) {
    if (status.error().sheet.empty()) status.error().sheet = table.name;
    if (status.error().part.empty()) status.error().part = part_;
  }
  return status;
}

Status HeldWorkbook::ReadMerges(uint32_t index, std::vector<Merge>* merges) {
  merges->clear();
  COLLATE_TABULAR_RETURN_IF_ERROR(Check(index));
  *merges = tables_[index].merges;
  return OkStatus();
}

}  // namespace collate::tabular
