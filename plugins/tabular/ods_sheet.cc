#include "plugins/tabular/ods_sheet.h"

#include <algorithm>
#include <utility>

#include "plugins/tabular/sheet_value.h"

namespace collate::tabular {
namespace {

enum {
  kHead = 1,
  kTable,  // and the groups of rows and columns inside it
  kHiddenGroup,
  kHiddenColumnGroup,
  kRow,
  kCell,
  kPlain,  // a paragraph or what is inside one ...
  kRaised  // ... when it is superscript
};

// The text that is shown for an error, which some writers store as zero.
bool IsErrorText(std::string_view text) {
  for (const char* error : {"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?",
                            "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}) {
    if (text == error) return true;
  }
  return text.substr(0, 4) == "Err:" && text.size() == 7;
}

bool IsHiddenState(std::string_view visibility) {
  return visibility == "collapse" || visibility == "filter";
}

// PT09H30M00S as 09:30:00; false for a day or more.
bool TimeOfDay(std::string_view duration, std::string* time) {
  if (duration.substr(0, 2) != "PT") return false;
  duration.remove_prefix(2);
  std::string out;
  for (const auto& [unit, limit] :
       {std::pair<char, uint64_t>{'H', 24}, std::pair<char, uint64_t>{'M', 60},
        std::pair<char, uint64_t>{'S', 60}}) {
    const size_t end = duration.find(unit);
    std::string_view digits =
        end == std::string_view::npos ? "0" : duration.substr(0, end);
    if (end != std::string_view::npos) duration.remove_prefix(end + 1);
    std::string_view fraction;
    if (const size_t point = digits.find_first_of(".,");
        unit == 'S' && point != std::string_view::npos) {
      fraction = digits.substr(point + 1);
      digits = digits.substr(0, point);
      if (fraction.find_first_not_of("0123456789") != fraction.npos) {
        return false;
      }
      while (!fraction.empty() && fraction.back() == '0') {
        fraction.remove_suffix(1);
      }
    }
    uint64_t value = 0;
    if (!ParseUnsigned(digits, &value) || value >= limit) return false;
    if (!out.empty()) out += ':';
    if (value < 10) out += '0';
    out += std::to_string(value);
    if (!fraction.empty()) out += "." + std::string(fraction);
  }
  *time = std::move(out);
  return duration.empty();
}

std::string_view WithoutMidnight(std::string_view date) {
  const size_t at = date.find("T00:00:00");
  return at != std::string_view::npos &&
                 date.find_first_not_of("0.,Z", at + 9) ==
                     std::string_view::npos
             ? date.substr(0, at)
             : date;
}

}  // namespace

Status OdsSheetPart::Placed(Status status) const {
  if (!status.ok() && status.error().locator.row == 0 && in_row_) {
    status.error().locator.row =
        static_cast<uint32_t>(std::min<uint64_t>(row_, UINT32_MAX));
    if (in_cell_) {
      status.error().locator.column =
          static_cast<uint32_t>(std::min<uint64_t>(column_, UINT32_MAX));
    }
  }
  return status;
}

Status OdsSheetPart::Enter(int parent, const XmlElement& element, int* state) {
  switch (parent) {
    case kDocument:
      *state = kHead;
      return OkStatus();
    case kHead:
      *state = element.Is(Xmlns::kTable, "table") ? kTable : kSkip;
      return OkStatus();
    case kTable:
    case kHiddenGroup:
    case kHiddenColumnGroup:
      return EnterTable(element, state);
    case kRow:
      if (element.Is(Xmlns::kTable, "table-cell") ||
          element.Is(Xmlns::kTable, "covered-table-cell")) {
        *state = kCell;
        return BeginCell(element);
      }
      return BadStructure("a row holds something that is not a cell",
                          "table-cell or covered-table-cell",
                          Printable(std::string(element.name().local)));
    case kCell:
      return EnterCell(element, state);
    default:
      return EnterText(parent, element, state);
  }
}

Status OdsSheetPart::EnterTable(const XmlElement& element, int* state) {
  const auto is = [&](std::string_view name) {
    return element.Is(Xmlns::kTable, name);
  };
  std::string_view display;
  const bool displayed =
      !element.Get(Xmlns::kTable, "display", &display) || display != "false";
  if (is("table-row")) {
    *state = kRow;
    return BeginRow(element);
  }
  if (is("table-column")) return AddColumns(element);
  if (is("table-row-group")) {
    *state = displayed ? kTable : kHiddenGroup;
    hidden_groups_ += !displayed;
  } else if (is("table-column-group")) {
    *state = displayed ? kTable : kHiddenColumnGroup;
    hidden_column_groups_ += !displayed;
  } else if (is("table-header-rows") || is("table-rows") ||
             is("table-header-columns") || is("table-columns")) {
    *state = kTable;
  } else if (is("shapes")) {
    ++shapes_;
  }
  return OkStatus();
}

Status OdsSheetPart::EnterCell(const XmlElement& element, int* state) {
  if (element.name().ns == Xmlns::kText) {
    if (element.name().local != "p" && element.name().local != "h") {
      return BadStructure("a cell holds text in a form that is not read",
                          "text:p",
                          Printable(std::string(element.name().local)));
    }
    if (has_paragraph_) rich_.Append("\n", false);
    has_paragraph_ = true;
    after_space_ = true;
    std::string_view style;
    element.Get(Xmlns::kText, "style-name", &style);
    const OdsStyles::Answer answer = styles_.Superscript("paragraph", style);
    const bool raised = answer == OdsStyles::Answer::kUnset
                            ? cell_superscript_
                            : answer == OdsStyles::Answer::kYes;
    *state = raised ? kRaised : kPlain;
  } else if (element.Is(Xmlns::kOffice, "annotation")) {
    ++annotations_;
  } else if (element.name().ns == Xmlns::kTable &&
             (element.name().local == "table" ||
              element.name().local == "sub-table")) {
    return BadStructure("a table inside a cell is not read");
  } else if (element.name().ns == Xmlns::kOther) {
    ++shapes_;
  }
  return OkStatus();
}

Status OdsSheetPart::EnterText(int parent, const XmlElement& element,
                               int* state) {
  const bool raised = parent == kRaised;
  if (element.Is(Xmlns::kOffice, "annotation")) ++annotations_;
  if (element.name().ns != Xmlns::kText) return OkStatus();
  const std::string_view name = element.name().local;
  std::string_view value;
  if (name == "s") {
    uint64_t count = 1;
    if (element.Get(Xmlns::kText, "c", &value) &&
        !ParseUnsigned(value, &count)) {
      return BadStructure("a run of spaces has no count", "digits",
                          Printable(std::string(value)));
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckCell(count));
    after_space_ = false;
    return Append(std::string(static_cast<size_t>(count), ' '), raised);
  }
  if (name == "tab" || name == "line-break") {
    after_space_ = false;
    return Append(name == "tab" ? "\t" : "\n", raised);
  }
  // A note's or a reading aid's text is not the cell's.
  if (name == "note" || name == "ruby-text") return OkStatus();
  *state = parent;
  rich_.BeginRun();
  if (name == "span" && element.Get(Xmlns::kText, "style-name", &value)) {
    const OdsStyles::Answer answer = styles_.Superscript("text", value);
    if (answer != OdsStyles::Answer::kUnset) {
      *state = answer == OdsStyles::Answer::kYes ? kRaised : kPlain;
    }
  }
  return OkStatus();
}

Status OdsSheetPart::Leave(int state, uint64_t) {
  if (state == kCell) return EndCell();
  if (state == kRow) return EndRow();
  if (state == kHiddenGroup) --hidden_groups_;
  if (state == kHiddenColumnGroup) --hidden_column_groups_;
  return OkStatus();
}

Status OdsSheetPart::Text(int state, std::string_view text) {
  if (state != kPlain && state != kRaised) return OkStatus();
  const bool raised = state == kRaised;
  constexpr std::string_view kSpace = " \t\r\n";
  while (!text.empty()) {
    const size_t space = std::min(text.find_first_of(kSpace), text.size());
    if (space > 0) {
      after_space_ = false;
      COLLATE_TABULAR_RETURN_IF_ERROR(Append(text.substr(0, space), raised));
    }
    text.remove_prefix(space);
    const size_t rest = std::min(text.find_first_not_of(kSpace), text.size());
    if (rest > 0 && !after_space_) {
      after_space_ = true;
      COLLATE_TABULAR_RETURN_IF_ERROR(Append(" ", raised));
    }
    text.remove_prefix(rest);
  }
  return OkStatus();
}

Status OdsSheetPart::Append(std::string_view text, bool superscript) {
  rich_.Append(text, superscript);
  return budget_.CheckCell(rich_.characters());
}

Status OdsSheetPart::Repeat(const XmlElement& element, std::string_view name,
                            uint64_t* count) const {
  std::string_view text;
  *count = 1;
  if (!element.Get(Xmlns::kTable, name, &text)) return OkStatus();
  // Beyond any sheet, yet small enough that a few of them can be added.
  constexpr uint64_t kMost = uint64_t{1} << 40;
  if (!ParseUnsigned(text, count) || *count == 0 || *count > kMost) {
    return BadStructure(std::string(name) + " is no count", "a number from 1",
                        Printable(std::string(text)));
  }
  return OkStatus();
}

Status OdsSheetPart::Outside(const char* what, uint64_t row,
                             uint64_t column) const {
  return Status(Error{.reason = "WORKBOOK_BAD_ADDRESS",
                      .message = std::string(what) + " lies outside the sheet",
                      .expected = "rows 1 to 1048576 and columns 1 to 16384",
                      .found = "row " + std::to_string(row) + ", column " +
                               std::to_string(column)});
}

Status OdsSheetPart::AddColumns(const XmlElement& element) {
  uint64_t count = 1;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Repeat(element, "number-columns-repeated", &count));
  const uint64_t first = columns_declared_ + 1;
  columns_declared_ =
      std::min<uint64_t>(columns_declared_ + count, kMaxSheetColumn);
  std::string_view visibility;
  element.Get(Xmlns::kTable, "visibility", &visibility);
  if ((IsHiddenState(visibility) || hidden_column_groups_ > 0) &&
      first <= columns_declared_) {
    hidden_columns_.push_back({static_cast<uint32_t>(first),
                               static_cast<uint32_t>(columns_declared_)});
  }
  return OkStatus();
}

bool OdsSheetPart::IsHiddenColumn(uint32_t column) const {
  const auto after = std::upper_bound(
      hidden_columns_.begin(), hidden_columns_.end(), column,
      [](uint32_t c, const Hidden& hidden) { return c < hidden.first; });
  return after != hidden_columns_.begin() && column <= (after - 1)->last;
}

Status OdsSheetPart::BeginRow(const XmlElement& element) {
  std::string_view visibility;
  row_ += row_repeat_;
  if (row_ == 0) row_ = 1;
  row_repeat_ = 1;
  in_row_ = true;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Repeat(element, "number-rows-repeated", &row_repeat_));
  element.Get(Xmlns::kTable, "visibility", &visibility);
  row_hidden_ = IsHiddenState(visibility) || hidden_groups_ > 0;
  column_ = 0;
  column_repeat_ = 1;
  row_merges_.clear();
  row_empty_ = true;
  return OkStatus();
}

Status OdsSheetPart::EndRow() {
  // What is merged in rows that repeat nothing covers nothing.
  const uint64_t merged_rows = row_merges_.empty() ? 0
                               : row_repeat_ == 1  ? 1
                               : row_empty_        ? 0
                                                   : row_repeat_;
  for (uint64_t i = 0; i < merged_rows; ++i) {
    for (Merge merge : row_merges_) {
      if (merge.row_end + i > kMaxSheetRow) {
        return Outside("a merge", merge.row_end + i, merge.column);
      }
      merge.row += static_cast<uint32_t>(i);
      merge.row_end += static_cast<uint32_t>(i);
      merges_->push_back(merge);
      COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckMerges(merges_->size()));
    }
  }
  if (rows_ != nullptr && !rows_->cells().empty()) {
    if (row_ + row_repeat_ - 1 > kMaxSheetRow) {
      return Outside("a row", row_ + row_repeat_ - 1, 1);
    }
    for (uint64_t i = 0; i < row_repeat_; ++i) {
      const auto number = static_cast<uint32_t>(row_ + i);
      for (Cell& cell : rows_->cells()) cell.locator.row = number;
      COLLATE_TABULAR_RETURN_IF_ERROR(rows_->Deliver(number));
    }
    rows_->Clear();
  }
  in_row_ = false;
  return OkStatus();
}

Status OdsSheetPart::BeginCell(const XmlElement& element) {
  column_ += column_ == 0 ? 1 : column_repeat_;
  in_cell_ = true;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Repeat(element, "number-columns-repeated", &column_repeat_));
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Repeat(element, "number-columns-spanned", &columns_spanned_));
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Repeat(element, "number-rows-spanned", &rows_spanned_));
  type_.clear();
  value_.clear();
  rich_.Clear();
  has_value_ = has_paragraph_ = formula_ = error_ = false;
  std::string_view style;
  for (const auto& [name, text] : element.attributes()) {
    if (name.ns == Xmlns::kOffice) {
      if (name.local == "value-type") {
        type_ = text;
      } else if (name.local == "value" || name.local == "date-value" ||
                 name.local == "time-value" || name.local == "boolean-value" ||
                 name.local == "string-value") {
        value_ = text;
        has_value_ = true;
      }
    } else if (name.Is(Xmlns::kTable, "formula")) {
      formula_ = true;
    } else if (name.Is(Xmlns::kTable, "style-name")) {
      style = text;
    } else if (name.Is(Xmlns::kCalcExtension, "value-type")) {
      error_ = text == "error";
    }
  }
  cell_superscript_ =
      styles_.Superscript("table-cell", style) == OdsStyles::Answer::kYes;
  return budget_.CheckCell(CountCharacters(value_));
}

Status OdsSheetPart::EndCell() {
  COLLATE_TABULAR_RETURN_IF_ERROR(AddMerges());
  runs_ += rich_.runs();
  const bool holds = !type_.empty() || error_ || formula_ ||
                     !rich_.text().empty() || !rich_.superscript().empty();
  row_empty_ = row_empty_ && !holds;
  if (rows_ == nullptr || !holds) {
    in_cell_ = false;
    return OkStatus();
  }
  Cell cell;
  COLLATE_TABULAR_RETURN_IF_ERROR(Fill(&cell));
  const uint64_t last = column_ + column_repeat_ - 1;
  if (last > kMaxSheetColumn || row_ > kMaxSheetRow) {
    return Outside("a cell", row_, last);
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckColumns(last));
  cell.formula = formula_;
  for (uint64_t column = column_; column <= last; ++column) {
    cell.locator.column = static_cast<uint32_t>(column);
    cell.hidden = row_hidden_ || IsHiddenColumn(cell.locator.column);
    rows_->Add(cell);
  }
  in_cell_ = false;
  return rows_->CheckKept();
}

Status OdsSheetPart::AddMerges() {
  if (columns_spanned_ == 1 && rows_spanned_ == 1) return OkStatus();
  const uint64_t column_end = column_ + columns_spanned_ - 1;
  const uint64_t row_end = row_ + rows_spanned_ - 1;
  if (column_end > kMaxSheetColumn || row_end > kMaxSheetRow) {
    return Outside("a merge", row_end, column_end);
  }
  row_merges_.push_back(
      {static_cast<uint32_t>(row_), static_cast<uint32_t>(column_),
       static_cast<uint32_t>(row_end), static_cast<uint32_t>(column_end)});
  return budget_.CheckMerges(row_merges_.size());
}

Status OdsSheetPart::BadValue(const char* expected) const {
  return Status(Error{.reason = "WORKBOOK_BAD_VALUE",
                      .message = "a cell's value is not of the type it "
                                 "declares (" +
                                 Printable(type_) + ")",
                      .expected = expected,
                      .found = Printable(value_)});
}

Status OdsSheetPart::Fill(Cell* cell) {
  const std::string& shown = rich_.text();
  cell->superscript = rows_->Keep(rich_.superscript());
  if (error_ || (type_ != "string" && !type_.empty() && IsErrorText(shown))) {
    cell->kind = CellKind::kError;
    cell->text = cell->raw = cell->value = rows_->Keep(shown);
    return OkStatus();
  }
  if (type_.empty()) {
    if (shown.empty() && rich_.superscript().empty()) return OkStatus();
    cell->kind = CellKind::kText;
    cell->text = cell->raw = rows_->Keep(shown);
    return OkStatus();
  }
  if (type_ == "string") {
    cell->kind = CellKind::kText;
    cell->text = rows_->Keep(has_paragraph_ ? shown : value_);
    cell->raw = has_value_ ? rows_->Keep(value_) : cell->text;
    return OkStatus();
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(FillTyped(cell));
  cell->text = has_paragraph_ ? rows_->Keep(shown) : cell->value;
  // A cell that shows a mark only is one, whatever it stores.
  if (cell->text.empty() && !cell->superscript.empty()) {
    cell->kind = CellKind::kText;
    cell->value = "";
    cell->percent = false;
  }
  return OkStatus();
}

Status OdsSheetPart::FillTyped(Cell* cell) {
  cell->raw = rows_->Keep(value_);
  std::string plain;
  if (type_ == "float" || type_ == "percentage" || type_ == "currency") {
    double number = 0;
    if (!PlainNumber(value_, &plain, &number)) {
      return BadValue("a finite number");
    }
    cell->kind = CellKind::kNumber;
    cell->percent = type_ == "percentage";
    cell->value = plain == cell->raw ? cell->raw : rows_->Keep(plain);
  } else if (type_ == "date") {
    if (!IsIsoDate(value_)) return BadValue("a date such as 2018-03-31");
    cell->kind = CellKind::kDate;
    cell->value = WithoutMidnight(cell->raw);
  } else if (type_ == "time") {
    // A day or more is a duration, not a time; its text says how long.
    const bool time = TimeOfDay(value_, &plain);
    if (!time && value_.substr(0, 1) != "P" && value_.substr(0, 2) != "-P") {
      return BadValue("a duration such as PT09H30M00S");
    }
    cell->kind = time ? CellKind::kDate : CellKind::kText;
    if (time) cell->value = rows_->Keep(plain);
  } else if (type_ == "boolean") {
    if (value_ != "true" && value_ != "false") {
      return BadValue("true or false");
    }
    cell->kind = CellKind::kBoolean;
    cell->value = cell->raw;
  } else {
    return BadValue(
        "a type of cell: boolean, currency, date, float, percentage, string "
        "or time");
  }
  return OkStatus();
}

}  // namespace collate::tabular
