#include "plugins/tabular/xls_sheet.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

namespace collate::tabular {
namespace {

constexpr uint64_t kRows = 65536;
constexpr uint64_t kColumns = 256;
constexpr uint64_t kMostSorted = 1'000'000;

struct ErrorName {
  uint64_t code;
  const char* name;
};

constexpr ErrorName kErrorNames[] = {
    {0x00, "#NULL!"}, {0x07, "#DIV/0!"},      {0x0F, "#VALUE!"},
    {0x17, "#REF!"},  {0x1D, "#NAME?"},       {0x24, "#NUM!"},
    {0x2A, "#N/A"},   {0x2B, "#GETTING_DATA"}};

uint64_t Get(const XlsRecord& record, size_t at, size_t width) {
  return LittleEndian(record.data, at, width);
}

// A number in four bytes: an integer or the upper half of a double, of either a
// hundredth.
double FromRk(uint64_t rk) {
  double number;
  if ((rk & 2) != 0) {
    number = static_cast<int32_t>(static_cast<uint32_t>(rk)) >> 2;
  } else {
    number = std::bit_cast<double>((rk & 0xFFFFFFFC) << 32);
  }
  return (rk & 1) != 0 ? number / 100 : number;
}

bool IsCell(XlsType type) {
  switch (type) {
    case XlsType::kBlank:
    case XlsType::kMulBlank:
    case XlsType::kNumber:
    case XlsType::kRk:
    case XlsType::kMulRk:
    case XlsType::kLabel:
    case XlsType::kRichString:
    case XlsType::kLabelSst:
    case XlsType::kBoolErr:
    case XlsType::kFormula:
      return true;
    default:
      return false;
  }
}

Status BadAddress(std::string message, std::string found) {
  return Status(Error{.reason = "WORKBOOK_BAD_ADDRESS",
                      .message = std::move(message),
                      .expected = "rows 1 to 65536 and columns A to IV, each "
                                  "cell once",
                      .found = std::move(found)});
}

Status BadValue(std::string message, std::string expected, std::string found) {
  return Status(Error{.reason = "WORKBOOK_BAD_VALUE",
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .found = std::move(found)});
}

}  // namespace

Status CheckXlsBegin(const XlsRecord& record, XlsKind kind, uint64_t* version) {
  // Versions 2 to 4 have a record of their own for the beginning.
  const auto type = static_cast<uint16_t>(record.type);
  const bool begins = (type & 0xF0FF) == 0x0009 && record.data.size() >= 4;
  *version = begins ? Get(record, 0, 2) : 0;
  if (begins &&
      (record.type != XlsType::kBof || *version < XlsDialect::kBiff5)) {
    return OldWorkbook();
  }
  if (!begins ||
      (*version != XlsDialect::kBiff5 && *version != XlsDialect::kBiff8) ||
      Get(record, 2, 2) != static_cast<uint64_t>(kind)) {
    return BadStructure(kind == XlsKind::kWorkbook
                            ? "the workbook's stream is not a workbook"
                            : "the sheet's records are not a worksheet's");
  }
  return OkStatus();
}

Status XlsSheet::Placed(Status status) const {
  if (!status.ok() && status.error().locator.row == 0 && row_ != 0) {
    status.error().locator.row = row_;
    status.error().locator.column = column_;
  }
  return status;
}

Status XlsSheet::Survey(std::vector<Merge>* merges) {
  reader_.Seek(offset_);
  XlsRecord record;
  COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Next(&record));
  uint64_t version;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      CheckXlsBegin(record, XlsKind::kWorksheet, &version));
  if (version != context_.dialect.version) {
    return BadStructure("the sheet is of another version than its workbook");
  }
  // A chart that stands in a sheet has records of its own inside.
  for (uint64_t depth = 1; depth > 0;) {
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Next(&record));
    if (record.type == XlsType::kBof) {
      ++depth;
    } else if (record.type == XlsType::kEof) {
      --depth;
    } else if (depth == 1) {
      COLLATE_TABULAR_RETURN_IF_ERROR(SurveyRecord(record, merges));
    }
  }
  bytes_ = reader_.position() - offset_;
  return OkStatus();
}

Status XlsSheet::SurveyRecord(const XlsRecord& record,
                              std::vector<Merge>* merges) {
  const auto short_record = [&](size_t size) {
    return record.data.size() < size;
  };
  if (IsCell(record.type)) return SurveyCell(record);
  switch (record.type) {
    case XlsType::kRow:
      if (short_record(14)) return reader_.Bad(record, "a row cut short");
      if ((Get(record, 12, 1) & 0x20) != 0) {
        hidden_rows_.resize(kRows);
        hidden_rows_[Get(record, 0, 2)] = true;
      }
      return OkStatus();
    case XlsType::kColumns: {
      if (short_record(10)) return reader_.Bad(record, "columns cut short");
      if ((Get(record, 8, 1) & 1) == 0) return OkStatus();
      const uint64_t first = Get(record, 0, 2), last = Get(record, 2, 2);
      if (first > last || last > kColumns) {  // some say one too many
        return BadAddress(
            "hidden columns are no columns of this sheet",
            std::to_string(first) + " to " + std::to_string(last));
      }
      hidden_columns_.resize(kColumns);
      for (uint64_t i = first; i <= last && i < kColumns; ++i) {
        hidden_columns_[i] = true;
      }
      return OkStatus();
    }
    case XlsType::kMerges:
      return SurveyMerges(record, merges);
    case XlsType::kNote: {
      // In BIFF5 a long comment goes on in records of no row.
      constexpr uint64_t kGoesOn = 0xFFFF;
      if (short_record(2)) return reader_.Bad(record, "a comment cut short");
      comments_ += context_.dialect.version >= XlsDialect::kBiff8 ||
                   Get(record, 0, 2) != kGoesOn;
      return OkStatus();
    }
    case XlsType::kObject: {
      // Not the box of a comment, nor the button of a filter.
      constexpr uint64_t kNoteBox = 0x19, kDropDown = 0x14, kOfExcel = 0x0100;
      if (short_record(10)) return reader_.Bad(record, "a shape cut short");
      const uint64_t kind = Get(record, 4, 2);
      const bool button =
          kind == kDropDown && (Get(record, 8, 2) & kOfExcel) != 0;
      shapes_ += kind != kNoteBox && !button;
      return OkStatus();
    }
    default:
      return OkStatus();
  }
}

Status XlsSheet::SurveyCell(const XlsRecord& record) {
  if (record.data.size() < 6) return reader_.Bad(record, "a cell cut short");
  if (record.type == XlsType::kBlank || record.type == XlsType::kMulBlank) {
    return OkStatus();
  }
  const auto key =
      static_cast<uint32_t>(Get(record, 0, 2) << 16 | Get(record, 2, 2));
  ++records_;
  if (any_ && key <= last_key_) in_order_ = false;
  any_ = true;
  last_key_ = key;
  return OkStatus();
}

Status XlsSheet::SurveyMerges(const XlsRecord& record,
                              std::vector<Merge>* merges) {
  const uint64_t count = record.data.size() < 2 ? 0 : Get(record, 0, 2);
  if (record.data.size() < 2 + count * 8) {
    return reader_.Bad(record, "merges cut short",
                       std::to_string(2 + count * 8) + " bytes");
  }
  for (size_t i = 0; i < count; ++i) {
    const auto at = [&](size_t field) {
      return static_cast<uint32_t>(Get(record, 2 + i * 8 + field * 2, 2));
    };
    const Merge merge{.row = at(0) + 1,
                      .column = at(2) + 1,
                      .row_end = at(1) + 1,
                      .column_end = at(3) + 1};
    if (merge.row > merge.row_end || merge.column > merge.column_end ||
        merge.column_end > kColumns) {
      return BadAddress("a merge is not a range of this sheet",
                        CellName(merge.row, merge.column) + ":" +
                            CellName(merge.row_end, merge.column_end));
    }
    merges->push_back(merge);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        context_.budget.CheckMerges(merges->size()));
  }
  return OkStatus();
}

Status XlsSheet::Deliver(RowBuilder& rows) {
  Status status = DeliverAll(rows);
  reader_.SetScattered(false);
  return status;
}

Status XlsSheet::DeliverAll(RowBuilder& rows) {
  if (!in_order_ && records_ > kMostSorted) {
    return BadAddress(
        "cells do not stand in order, and are more than can be sorted",
        std::to_string(records_) + " records of cells");
  }
  reader_.Seek(offset_);
  XlsRecord record;
  uint64_t depth = 0;
  do {
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Next(&record));
    if (record.type == XlsType::kBof) {
      ++depth;
    } else if (record.type == XlsType::kEof) {
      --depth;
    } else if (depth == 1 && IsCell(record.type)) {
      if (in_order_) {
        COLLATE_TABULAR_RETURN_IF_ERROR(OnCell(record, rows));
      } else {
        index_.push_back(
            {static_cast<uint32_t>(Get(record, 0, 2) << 16 | Get(record, 2, 2)),
             record.offset});
      }
    }
  } while (depth > 0);
  std::sort(index_.begin(), index_.end(), [](const Place& a, const Place& b) {
    return a.key != b.key ? a.key < b.key : a.offset < b.offset;
  });
  reader_.SetScattered(true);
  for (const Place& place : index_) {
    reader_.Seek(place.offset);
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Next(&record));
    COLLATE_TABULAR_RETURN_IF_ERROR(OnCell(record, rows));
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(rows.Deliver(row_));
  rows.Clear();
  row_ = 0;
  return OkStatus();
}

Status XlsSheet::Begin(uint32_t row, uint32_t column, uint64_t style,
                       RowBuilder& rows) {
  if (row + 1 != row_) {
    COLLATE_TABULAR_RETURN_IF_ERROR(rows.Deliver(row_));
    rows.Clear();
    column_ = 0;
  }
  const bool again = column + 1 <= column_;
  row_ = row + 1;
  column_ = column + 1;
  if (again) {
    return BadAddress("two cells have one place", CellName(row_, column_));
  }
  if (column_ > kColumns) {
    return BadAddress("a cell lies outside the sheet", CellName(row_, column_));
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(context_.budget.CheckColumns(column_));
  style_ = context_.styles.Get(style);
  if (style_ == nullptr) {
    return BadStructure("a cell has a style that the workbook has not",
                        "an index into the cell styles", std::to_string(style));
  }
  return OkStatus();
}

Status XlsSheet::OnCell(const XlsRecord& record, RowBuilder& rows) {
  // What all of them begin with was counted by SurveyCell.
  if (record.type == XlsType::kBlank || record.type == XlsType::kMulBlank) {
    return OkStatus();
  }
  if (record.type == XlsType::kMulRk) return OnMulRk(record, rows);
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Begin(static_cast<uint32_t>(Get(record, 0, 2)),
            static_cast<uint32_t>(Get(record, 2, 2)), Get(record, 4, 2), rows));
  const size_t size = record.data.size();
  switch (record.type) {
    case XlsType::kNumber:
      if (size < 14) return reader_.Bad(record, "a number cut short");
      return AddNumber(std::bit_cast<double>(Get(record, 6, 8)), false, rows);
    case XlsType::kRk:
      if (size < 10) return reader_.Bad(record, "a number cut short");
      return AddNumber(FromRk(Get(record, 6, 4)), false, rows);
    case XlsType::kBoolErr:
      if (size < 8) return reader_.Bad(record, "a boolean cut short");
      return Get(record, 7, 1) != 0
                 ? AddError(Get(record, 6, 1), false, rows)
                 : AddBoolean(Get(record, 6, 1), false, rows);
    case XlsType::kLabelSst: {
      if (size < 10) return reader_.Bad(record, "a text cut short");
      Cell cell{.kind = CellKind::kText};
      const uint64_t index = Get(record, 6, 4);
      const XlsStrings& strings = context_.strings;
      if (style_->superscript &&
          strings.GetAbove(index, &cell.text, &cell.superscript)) {
        ++runs_;
      } else if (!strings.table().Get(index, &cell.text, &cell.superscript)) {
        return BadValue(
            "a cell's text is none of the shared strings",
            "an index below " + std::to_string(strings.table().size()),
            std::to_string(index));
      }
      runs_ += MoveMark(*style_, &cell);
      cell.raw = cell.text;
      return Add(cell, false, rows);
    }
    case XlsType::kLabel:
      return OnText(record, /*with_runs=*/false, rows);
    case XlsType::kRichString:
      return OnText(record, /*with_runs=*/true, rows);
    default:
      return OnFormula(record, rows);
  }
}

Status XlsSheet::OnMulRk(const XlsRecord& record, RowBuilder& rows) {
  constexpr size_t kFixed = 6, kEach = 6;
  const size_t size = record.data.size();
  const size_t count = size < kFixed ? 0 : (size - kFixed) / kEach;
  const uint64_t first = Get(record, 2, 2);
  if (count == 0 || size != kFixed + count * kEach ||
      Get(record, size - 2, 2) != first + count - 1) {
    return reader_.Bad(record, "a row of numbers is not as long as it says");
  }
  for (size_t i = 0; i < count; ++i) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Begin(
        static_cast<uint32_t>(Get(record, 0, 2)),
        static_cast<uint32_t>(first + i), Get(record, 4 + i * kEach, 2), rows));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        AddNumber(FromRk(Get(record, 6 + i * kEach, 4)), false, rows));
  }
  return OkStatus();
}

Status XlsSheet::OnText(const XlsRecord& record, bool with_runs,
                        RowBuilder& rows) {
  XlsCursor cursor(reader_, record, 6);
  XlsString string;
  RichText rich;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadXlsString(
      cursor, context_.dialect, 2, with_runs, context_.budget, &string));
  COLLATE_TABULAR_RETURN_IF_ERROR(
      SplitXlsString(string, context_.styles, style_->superscript, &rich));
  return AddText(rich, false, rows);
}

Status XlsSheet::OnFormula(const XlsRecord& record, RowBuilder& rows) {
  enum { kText = 0, kBoolean = 1, kError = 2, kEmptyText = 3 };
  if (record.data.size() < 20) {
    return reader_.Bad(record, "a formula cut short");
  }
  if (Get(record, 12, 2) != 0xFFFF) {
    return AddNumber(std::bit_cast<double>(Get(record, 6, 8)), true, rows);
  }
  switch (Get(record, 6, 1)) {
    case kBoolean:
      return AddBoolean(Get(record, 8, 1), true, rows);
    case kError:
      return AddError(Get(record, 8, 1), true, rows);
    case kEmptyText:
      return AddText(RichText(), true, rows);
    case kText:
      break;
    default:
      return BadValue("a formula's result is of a kind that is not known",
                      "0 to 3", std::to_string(Get(record, 6, 1)));
  }
  // The text stands in a record behind, and the formula's own parts between.
  const uint64_t behind = reader_.position();
  XlsRecord next;
  do {
    COLLATE_TABULAR_RETURN_IF_ERROR(reader_.Next(&next));
  } while (next.type == XlsType::kArray || next.type == XlsType::kShared ||
           next.type == XlsType::kTable || next.type == XlsType::kContinue);
  if (next.type != XlsType::kString) {
    reader_.Seek(behind);
    return Add(Cell(), true, rows);
  }
  XlsCursor cursor(reader_, next, 0);
  XlsString string;
  RichText rich;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadXlsString(cursor, context_.dialect, 2,
                                                /*with_runs=*/false,
                                                context_.budget, &string));
  COLLATE_TABULAR_RETURN_IF_ERROR(
      SplitXlsString(string, context_.styles, false, &rich));
  return AddText(rich, true, rows);
}

Status XlsSheet::AddText(const RichText& rich, bool formula, RowBuilder& rows) {
  Cell cell{.kind = CellKind::kText};
  cell.text = rows.Keep(rich.text());
  cell.superscript = rows.Keep(rich.superscript());
  runs_ += rich.runs();
  runs_ += MoveMark(*style_, &cell);
  cell.raw = cell.text;
  return Add(cell, formula, rows);
}

Status XlsSheet::AddNumber(double number, bool formula, RowBuilder& rows) {
  char buffer[32];
  const auto [end, failed] =
      std::to_chars(buffer, buffer + sizeof buffer, number);
  Cell cell;
  cell.raw = rows.Keep(std::string_view(buffer, end));
  if (failed != std::errc() ||
      !FillNumber(*style_, context_.epoch_1904, rows, &cell)) {
    return BadValue("a cell's number is none", "a finite number",
                    std::string(cell.raw));
  }
  runs_ += MoveMark(*style_, &cell);
  return Add(cell, formula, rows);
}

Status XlsSheet::AddBoolean(uint64_t value, bool formula, RowBuilder& rows) {
  if (value > 1) {
    return BadValue("a boolean is neither of the two", "0 or 1",
                    std::to_string(value));
  }
  Cell cell{.kind = CellKind::kBoolean};
  cell.raw = value != 0 ? "1" : "0";
  cell.value = value != 0 ? "true" : "false";
  cell.text = value != 0 ? "TRUE" : "FALSE";
  runs_ += MoveMark(*style_, &cell);
  return Add(cell, formula, rows);
}

Status XlsSheet::AddError(uint64_t code, bool formula, RowBuilder& rows) {
  for (const ErrorName& error : kErrorNames) {
    if (error.code != code) continue;
    Cell cell{.kind = CellKind::kError};
    cell.raw = cell.text = cell.value = error.name;
    runs_ += MoveMark(*style_, &cell);
    return Add(cell, formula, rows);
  }
  return BadValue("an error that is not known", "the code of an error",
                  std::to_string(code));
}

Status XlsSheet::Add(Cell cell, bool formula, RowBuilder& rows) {
  const auto is_hidden = [](const std::vector<bool>& hidden, uint32_t at) {
    return !hidden.empty() && hidden[at - 1];
  };
  cell.locator.row = row_;
  cell.locator.column = column_;
  cell.number_format = style_->code;
  cell.formula = formula;
  cell.hidden =
      is_hidden(hidden_rows_, row_) || is_hidden(hidden_columns_, column_);
  rows.Add(cell);
  return rows.CheckKept();
}

}  // namespace collate::tabular
