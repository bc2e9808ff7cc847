#include "plugins/tabular/xlsx_sheet.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "plugins/tabular/sheet_value.h"
#include "plugins/tabular/xlsx_package.h"

namespace collate::tabular {
namespace {

enum {
  kSheet = 1,
  kColumns,
  kData,
  kRow,
  kCell,
  kValue,
  kMerges,
  kInline,
  kPart  // and the parts of a string behind it
};

Status BadAddress(std::string message, std::string_view found, uint32_t row = 0,
                  uint32_t column = 0) {
  Error error{.reason = "WORKBOOK_BAD_ADDRESS",
              .message = std::move(message),
              .expected = "rows 1 to 1048576 and columns A to XFD, ascending",
              .found = Printable(std::string(found))};
  error.locator.row = row;
  error.locator.column = column;
  return Status(std::move(error));
}

}  // namespace

Status SheetPart::Placed(Status status) const {
  if (!status.ok() && status.error().locator.row == 0 && in_row_) {
    status.error().locator.row = row_;
    if (in_cell_) status.error().locator.column = column_;
  }
  return status;
}

Status SheetPart::Enter(int parent, const XmlElement& element, int* state) {
  const auto is = [&](std::string_view name) {
    return element.Is(Xmlns::kSheet, name);
  };
  switch (parent) {
    case kDocument:
      if (!is("worksheet")) {
        return BadStructure("the sheet's part is not a worksheet", "worksheet",
                            Printable(std::string(element.name().local)));
      }
      *state = kSheet;
      return OkStatus();
    case kSheet:
      if (is("sheetData")) {
        if (std::exchange(has_data_, true)) return Twice("sheetData");
        *state = rows_ != nullptr ? kData : kSkip;
      } else {
        *state = is("cols") ? kColumns : is("mergeCells") ? kMerges : kSkip;
      }
      return OkStatus();
    case kColumns:
      return is("col") ? AddColumn(element) : OkStatus();
    case kMerges:
      return is("mergeCell") ? AddMerge(element) : OkStatus();
    case kData:
      if (!is("row")) return Unread(element);
      *state = kRow;
      return BeginRow(element);
    case kRow:
      if (is("extLst")) return OkStatus();
      if (!is("c")) return Unread(element);
      *state = kCell;
      return BeginCell(element);
    case kCell:
      if (is("v")) {
        if (std::exchange(has_value_, true)) return Twice("v");
        *state = kValue;
      } else if (is("f")) {
        formula_ = true;
      } else if (is("is")) {
        if (std::exchange(has_inline_, true)) return Twice("is");
        parts_.Begin(style_->superscript);
        *state = kInline;
      } else if (!is("extLst")) {
        return Unread(element);
      }
      return OkStatus();
    default:
      if (parent >= kInline) {
        const int part = parts_.Enter(
            parent == kInline ? StringParts::kNone : parent - kPart, element);
        *state = part == StringParts::kNone ? kSkip : kPart + part;
      }
      return OkStatus();
  }
}

Status SheetPart::Leave(int state, uint64_t) {
  if (state > kPart) {
    parts_.Leave(state - kPart);
    return OkStatus();
  }
  if (state == kSheet && !has_data_) {
    return BadStructure("the sheet has no cells where they should be",
                        "sheetData");
  }
  if (state == kCell) return EndCell();
  if (state == kRow) {
    COLLATE_TABULAR_RETURN_IF_ERROR(rows_->Deliver(row_));
    rows_->Clear();
    in_row_ = false;
  }
  return OkStatus();
}

Status SheetPart::Text(int state, std::string_view text) {
  if (state == kValue) {
    value_.append(text);
    value_characters_ += CountCharacters(text);
    return context_.budget.CheckCell(value_characters_);
  }
  if (state > kPart) return parts_.Text(state - kPart, text);
  return OkStatus();
}

Status SheetPart::Twice(const char* name) const {
  return BadStructure(std::string("more than one ") + name, "one");
}

Status SheetPart::Unread(const XmlElement& element) const {
  return BadStructure("cells may stand inside something that is not read",
                      "row, c, v, f or is",
                      Printable(std::string(element.name().local)));
}

Status SheetPart::AddColumn(const XmlElement& element) {
  if (!XmlFlag(element, "hidden")) return OkStatus();
  std::string_view first, last;
  uint64_t from = 0, to = 0;
  element.Get(Xmlns::kNone, "min", &first);
  element.Get(Xmlns::kNone, "max", &last);
  if (!ParseUnsigned(first, &from) || !ParseUnsigned(last, &to) || from == 0 ||
      to < from || to > kMaxSheetColumn) {
    return BadAddress("hidden columns lie outside the sheet",
                      std::string(first) + " to " + std::string(last));
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(
      context_.budget.CheckColumns(++hidden_ranges_));
  hidden_columns_.resize(kMaxSheetColumn + 1);
  std::fill(hidden_columns_.begin() + static_cast<std::ptrdiff_t>(from),
            hidden_columns_.begin() + static_cast<std::ptrdiff_t>(to) + 1,
            true);
  return OkStatus();
}

Status SheetPart::AddMerge(const XmlElement& element) {
  std::string_view reference;
  Merge merge;
  element.Get(Xmlns::kNone, "ref", &reference);
  if (!ParseRange(reference, &merge)) {
    return BadAddress("a merge is not a range of this sheet", reference);
  }
  merges_->push_back(merge);
  return context_.budget.CheckMerges(merges_->size());
}

Status SheetPart::BeginRow(const XmlElement& element) {
  std::string_view number;
  uint64_t row = uint64_t{row_} + 1;
  if (element.Get(Xmlns::kNone, "r", &number) &&
      (!ParseUnsigned(number, &row) || row <= row_)) {
    return BadAddress("a row's number is none, or not above the last one's",
                      number, row_);
  }
  if (row > kMaxSheetRow) {
    return BadAddress(
        "a row lies outside the sheet", std::to_string(row),
        static_cast<uint32_t>(std::min<uint64_t>(row, UINT32_MAX)));
  }
  row_ = static_cast<uint32_t>(row);
  column_ = 0;
  row_hidden_ = XmlFlag(element, "hidden");
  in_row_ = true;
  return OkStatus();
}

Status SheetPart::BeginCell(const XmlElement& element) {
  std::string_view reference, style = "0";
  uint32_t row = row_, column = column_ + 1;
  type_ = "n";
  bool has_reference = false, bad_style = false;
  uint64_t style_index = 0;
  for (const auto& [name, value] : element.attributes()) {
    if (name.Is(Xmlns::kNone, "r")) {
      has_reference = true;
      reference = value;
    } else if (name.Is(Xmlns::kNone, "s")) {
      style = value;
      bad_style = !ParseUnsigned(value, &style_index);
    } else if (name.Is(Xmlns::kNone, "t")) {
      type_ = value;
    }
  }
  if (has_reference &&
      (!ParseCellName(reference, &row, &column) || row != row_)) {
    return BadAddress("a cell's address is none of its row", reference, row_);
  }
  if (column <= column_) {
    return BadAddress("a cell is not behind the last one", reference, row_,
                      column);
  }
  if (column > kMaxSheetColumn) {
    return BadAddress("a cell lies outside the sheet", CellName(row, column),
                      row_);
  }
  column_ = column;
  in_cell_ = true;
  formula_ = has_value_ = has_inline_ = false;
  value_.clear();
  value_characters_ = 0;
  COLLATE_TABULAR_RETURN_IF_ERROR(context_.budget.CheckColumns(column));
  style_ = bad_style ? nullptr : context_.styles.Get(style_index);
  if (style_ == nullptr) {
    return BadStructure("a cell has a style that the workbook has not",
                        "an index into the cell styles",
                        Printable(std::string(style)));
  }
  return OkStatus();
}

Status SheetPart::BadValue(const char* expected) const {
  Error error{.reason = "WORKBOOK_BAD_VALUE",
              .message = "a cell's value is not of the type it declares (" +
                         Printable(type_) + ")",
              .expected = expected,
              .found = Printable(value_)};
  return Status(std::move(error));
}

Status SheetPart::EndCell() {
  Cell cell;
  COLLATE_TABULAR_RETURN_IF_ERROR(Fill(&cell));
  in_cell_ = false;
  if (cell.kind == CellKind::kEmpty && !formula_) return OkStatus();
  cell.locator.row = row_;
  cell.locator.column = column_;
  cell.number_format = style_->code;
  cell.formula = formula_;
  cell.hidden =
      row_hidden_ || (!hidden_columns_.empty() && hidden_columns_[column_]);
  rows_->Add(cell);
  return rows_->CheckKept();
}

Status SheetPart::Fill(Cell* cell) {
  if (type_ == "s") {
    if (value_.empty()) return OkStatus();
    uint64_t index = 0;
    if (!ParseUnsigned(value_, &index) ||
        !context_.strings.Get(index, &cell->text, &cell->superscript)) {
      return BadValue("the index of a shared string");
    }
    cell->kind = CellKind::kText;
    runs_ += MoveMark(*style_, cell);
    cell->raw = cell->text;
    return OkStatus();
  }
  if (type_ == "inlineStr") {
    if (!has_inline_) return OkStatus();
    cell->kind = CellKind::kText;
    cell->text = rows_->Keep(parts_.rich().text());
    cell->superscript = rows_->Keep(parts_.rich().superscript());
    cell->raw = cell->text;
    runs_ += parts_.rich().runs();
    return OkStatus();
  }
  if (type_ == "str") {
    if (value_.empty() && !formula_) return OkStatus();
    cell->kind = CellKind::kText;
    cell->text = rows_->Keep(UnescapeXlsx(value_, &scratch_));
    runs_ += MoveMark(*style_, cell);
    cell->raw = cell->text;
    return OkStatus();
  }
  if (value_.empty()) {
    if (type_ == "n" || type_ == "b" || type_ == "d" || type_ == "e") {
      return OkStatus();
    }
    return BadValue("a type of cell: b, d, e, inlineStr, n, s or str");
  }
  cell->raw = rows_->Keep(value_);
  if (type_ == "n") {
    if (!FillNumber(*style_, context_.epoch_1904, *rows_, cell)) {
      return BadValue("a finite number");
    }
  } else if (type_ == "b") {
    const bool set = value_ == "1" || value_ == "true";
    if (!set && value_ != "0" && value_ != "false") {
      return BadValue("0 or 1");
    }
    cell->kind = CellKind::kBoolean;
    cell->value = set ? "true" : "false";
    cell->text = set ? "TRUE" : "FALSE";
  } else if (type_ == "e") {
    cell->kind = CellKind::kError;
    cell->text = cell->value = cell->raw;
  } else if (type_ == "d") {
    if (!IsIsoDate(value_)) return BadValue("a date such as 2018-03-31");
    cell->kind = CellKind::kDate;
    cell->text = cell->value = cell->raw;
  } else {
    return BadValue("a type of cell: b, d, e, inlineStr, n, s or str");
  }
  runs_ += MoveMark(*style_, cell);
  return OkStatus();
}

}  // namespace collate::tabular
