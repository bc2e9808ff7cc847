#include "plugins/tabular/xls_strings.h"

#include <algorithm>

#include "plugins/tabular/decode.h"

namespace collate::tabular {
namespace {

Status ReadBytes(XlsCursor& cursor, uint64_t code_page, size_t length_bytes,
                 bool with_runs, const Budget& budget, XlsString* string) {
  constexpr uint64_t kWindows = 1252, kWindowsOfMac = 0x8001;
  uint64_t length, byte, runs = 0;
  string->runs.clear();
  string->units.clear();
  COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(length_bytes, &length));
  COLLATE_TABULAR_RETURN_IF_ERROR(budget.CheckCell(length));
  for (uint64_t i = 0; i < length; ++i) {
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(1, &byte));
    const uint32_t c = FromWindows1252(static_cast<uint8_t>(byte));
    if (c == 0 ||
        (byte >= 0x80 && code_page != kWindows && code_page != kWindowsOfMac)) {
      return Status(Error{.reason = "BAD_ENCODING",
                          .message = "a text holds a byte that cannot be read",
                          .expected = "ASCII or windows-1252",
                          .found = "byte " + std::to_string(byte) +
                                   " in code page " +
                                   std::to_string(code_page)});
    }
    string->units += static_cast<char16_t>(c);
  }
  if (with_runs) COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(1, &runs));
  for (uint64_t i = 0; i < runs; ++i) {
    XlsString::Run run;
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(1, &run.begin));
    COLLATE_TABULAR_RETURN_IF_ERROR(cursor.Take(1, &run.font));
    string->runs.push_back(run);
  }
  return OkStatus();
}

}  // namespace

Status ReadXlsString(XlsCursor& cursor, const XlsDialect& dialect,
                     size_t length_bytes, bool with_runs, const Budget& budget,
                     XlsString* string) {
  if (dialect.version < XlsDialect::kBiff8) {
    return ReadBytes(cursor, dialect.code_page, length_bytes, with_runs, budget,
                     string);
  }
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
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadXlsString(
      cursor, XlsDialect(), 2, /*with_runs=*/false, budget_, &string_));
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
