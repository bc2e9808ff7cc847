#include "plugins/tabular/xls_strings.h"

#include <algorithm>

namespace collate::tabular {

Status ReadXlsString(XlsCursor& cursor, size_t length_bytes, bool with_runs,
                     const Budget& budget, XlsString* string) {
  constexpr uint64_t kWide = 0x01, kPhonetic = 0x04, kRich = 0x08;
  uint64_t length, flags, runs = 0, phonetic = 0;
  string->runs.clear();
  COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(length_bytes, &length));
  COLLATE_TABULAR_RETURN_IF_ERROR(budget.CheckCell(length));
  COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(1, &flags));
  if ((flags & kRich) != 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(2, &runs));
  }
  if ((flags & kPhonetic) != 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(4, &phonetic));
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(
      cursor.TakeUnits(length, (flags & kWide) != 0, &string->units));
  if (with_runs && (flags & kRich) == 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(2, &runs));
  }
  for (uint64_t i = 0; i < runs; ++i) {
    XlsString::Run run;
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(2, &run.begin));
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(2, &run.font));
    string->runs.push_back(run);
  }
  return cursor.Skip(phonetic);  // the text a second time, as it is spoken
}

Status SplitXlsString(const XlsString& string, const CellStyles& styles,
                      bool superscript, RichText* rich) {
  rich->Clear();
  rich->BeginRun();
  const std::u16string_view units = string.units;
  std::string piece;
  size_t begin = 0;
  const auto append = [&](size_t end) -> Status {
    piece.clear();
    if (!AppendUtf16(units.substr(begin, end - begin), &piece)) {
      return Status(Error{.reason = "BAD_ENCODING",
                          .message = "a text holds NUL or half a character",
                          .expected = "UTF-16",
                          .found = Printable(piece)});
    }
    rich->Append(piece, superscript);
    begin = end;
    return OkStatus();
  };
  for (const XlsString::Run& run : string.runs) {
    if (run.begin < begin) {
      return BadStructure("the runs of a text are not in its order");
    }
    size_t end = std::min<uint64_t>(run.begin, units.size());
    // A character of two units belongs to one run.
    if (end > begin && end < units.size() && units[end - 1] >= 0xD800 &&
        units[end - 1] < 0xDC00) {
      ++end;
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(append(end));
    superscript = styles.IsSuperscript(run.font);
    rich->BeginRun();
  }
  return append(units.size());
}

Status XlsStrings::Read(XlsReader& reader, const XlsRecord& record,
                        const CellStyles& styles) {
  XlsCursor cursor(reader, record, 0);
  uint64_t count = 0;
  COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Skip(4));  // how often they are used
  COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(4, &count));
  for (uint64_t i = 0; i < count; ++i) {
    Status status = ReadOne(cursor, styles);
    if (!status.ok()) {
      status.error().message += ", in shared string " + std::to_string(i) +
                                " of " + std::to_string(count);
      return status;
    }
  }
  return OkStatus();
}

Status XlsStrings::ReadOne(XlsCursor& cursor, const CellStyles& styles) {
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ReadXlsString(cursor, 2, /*with_runs=*/false, budget_, &string_));
  if (!string_.runs.empty() && string_.runs[0].begin > 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        SplitXlsString(string_, styles, /*superscript=*/true, &rich_));
    COLLATE_TABULAR_RETURN_IF_ERROR(above_.Add(rich_));
    above_indices_.push_back(table_.size());
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(
      SplitXlsString(string_, styles, /*superscript=*/false, &rich_));
  return table_.Add(rich_);
}

bool XlsStrings::GetAbove(uint64_t index, std::string_view* text,
                          std::string_view* superscript) const {
  const auto at =
      std::lower_bound(above_indices_.begin(), above_indices_.end(), index);
  return at != above_indices_.end() && *at == index &&
         above_.Get(static_cast<uint64_t>(at - above_indices_.begin()), text,
                    superscript);
}

}  // namespace collate::tabular
