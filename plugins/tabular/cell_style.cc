#include "plugins/tabular/cell_style.h"

#include <utility>

#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {

Status CellStyles::AddFormat(uint64_t id, std::string_view code) {
  codes_[id] = code;
  return budget_.CheckStyles(codes_.size());
}

Status CellStyles::AddFont(bool superscript) {
  fonts_.push_back(superscript);
  return budget_.CheckStyles(fonts_.size());
}

Status CellStyles::AddCell(uint64_t format, uint64_t font) {
  cells_.push_back({.format = format, .font = font});
  return budget_.CheckStyles(cells_.size());
}

void CellStyles::Finish() {
  if (cells_.empty()) cells_.emplace_back();
  for (CellStyle& cell : cells_) {
    const auto own = codes_.find(cell.format);
    if (own == codes_.end()) {
      cell.kind = ClassifyBuiltInFormat(cell.format, &cell.code);
    } else {
      cell.code = own->second;
      if (SameName(cell.code, "General")) cell.code = "";
      cell.kind = ClassifyFormat(cell.code);
    }
    cell.superscript = IsSuperscript(cell.font);
  }
}

bool FillNumber(const CellStyle& style, bool epoch_1904, RowBuilder& rows,
                Cell* cell) {
  std::string plain;
  double number = 0;
  if (!PlainNumber(cell->raw, &plain, &number)) return false;
  cell->kind = CellKind::kNumber;
  cell->percent = style.kind == FormatKind::kPercent;
  if (style.kind == FormatKind::kDate || style.kind == FormatKind::kTime) {
    std::string iso;
    if (SerialToIso(number, style.kind, epoch_1904, &iso)) {
      cell->kind = CellKind::kDate;
      plain = std::move(iso);
    }
  }
  cell->value = plain == cell->raw ? cell->raw : rows.Keep(plain);
  cell->text = cell->value;
  return true;
}

bool MoveMark(const CellStyle& style, Cell* cell) {
  if (!style.superscript || cell->text.empty()) return false;
  if (!cell->superscript.empty()) return false;  // its runs say what is a mark
  cell->superscript = cell->text;
  cell->text = "";
  cell->value = "";
  cell->percent = false;
  cell->kind = CellKind::kText;
  return true;
}

}  // namespace collate::tabular
