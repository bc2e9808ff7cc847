#include "plugins/tabular/budget.h"

#include <string>

namespace collate::tabular {
namespace {

Status Refuse(uint64_t value, uint64_t limit, const char* reason,
              const char* what) {
  return Status(Error{.code = Code::kResourceExhausted,
                      .reason = reason,
                      .message = std::string("more ") + what +
                                 " than are read: " + std::to_string(value) +
                                 ", limit " + std::to_string(limit),
                      .expected = "at most " + std::to_string(limit),
                      .found = std::to_string(value)});
}

// Checked for each cell, refused once.
inline Status Check(uint64_t value, uint64_t limit, const char* reason,
                    const char* what) {
  if (value <= limit) [[likely]]
    return OkStatus();
  return Refuse(value, limit, reason, what);
}

}  // namespace

Status Budget::SpendBytes(uint64_t count) {
  bytes_ += count;
  return Check(bytes_, limits_.bytes, "BYTE_LIMIT", "bytes");
}

Status Budget::SpendReread(uint64_t bytes) {
  reread_ += bytes;
  return Check(reread_, limits_.reread_bytes, "REREAD_LIMIT",
               "bytes inflated again");
}

Status Budget::SpendRow(uint64_t cells) {
  rows_ += 1;
  cells_ += cells;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      Check(rows_, limits_.rows, "ROW_LIMIT", "rows"));
  return Check(cells_, limits_.cells, "CELL_COUNT_LIMIT", "cells");
}

Status Budget::CheckColumns(uint64_t count) const {
  return Check(count, limits_.columns, "COLUMN_LIMIT", "columns in one row");
}

Status Budget::CheckLine(uint64_t bytes) const {
  return Check(bytes, limits_.line_bytes, "LINE_LIMIT", "bytes in one record");
}

Status Budget::CheckCell(uint64_t characters) const {
  return Check(characters, limits_.cell_characters, "CELL_LENGTH_LIMIT",
               "characters in one cell");
}

Status Budget::CheckEntries(uint64_t count) const {
  return Check(count, limits_.entries, "ZIP_ENTRY_LIMIT", "entries");
}

Status Budget::CheckRatio(uint64_t packed, uint64_t inflated) const {
  if (inflated <= limits_.ratio_floor_bytes) return OkStatus();
  // Rounded up, so that nothing packed at all is over any limit.
  const uint64_t ratio =
      packed == 0 ? inflated : inflated / packed + (inflated % packed != 0);
  return Check(ratio, limits_.ratio, "ZIP_RATIO_LIMIT",
               "inflated bytes to a packed one");
}

Status Budget::CheckXmlDepth(uint64_t depth) const {
  return Check(depth, limits_.xml_depth, "XML_DEPTH_LIMIT",
               "elements inside one another");
}

Status Budget::CheckXmlToken(uint64_t bytes) const {
  return Check(bytes, limits_.xml_token_bytes, "XML_TOKEN_LIMIT",
               "bytes in one tag or comment");
}

Status Budget::CheckXmlNames(uint64_t count) const {
  return Check(count, limits_.xml_names, "XML_NAME_LIMIT",
               "names of elements and attributes");
}

Status Budget::CheckSharedStrings(uint64_t bytes) const {
  return Check(bytes, limits_.shared_string_bytes, "SHARED_STRING_LIMIT",
               "bytes of shared strings");
}

Status Budget::CheckSheets(uint64_t count) const {
  return Check(count, limits_.sheets, "SHEET_LIMIT", "sheets");
}

Status Budget::CheckMerges(uint64_t count) const {
  return Check(count, limits_.merges, "MERGE_LIMIT", "merges in one sheet");
}

Status Budget::CheckStyles(uint64_t count) const {
  return Check(count, limits_.styles, "STYLE_LIMIT", "styles");
}

Status Budget::CheckHeld(uint64_t bytes) const {
  return Check(bytes, limits_.held_bytes, "TABLE_BYTES_LIMIT",
               "bytes of tables");
}

Status Budget::CheckPages(uint64_t count) const {
  return Check(count, limits_.pages, "PAGE_LIMIT", "pages");
}

Status Budget::CheckWords(uint64_t count) const {
  return Check(count, limits_.words, "WORD_LIMIT", "words");
}

}  // namespace collate::tabular
