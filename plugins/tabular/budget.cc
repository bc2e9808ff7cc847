#include "plugins/tabular/budget.h"

#include <string>

namespace collate::tabular {
namespace {

Status Check(uint64_t value, uint64_t limit, const char* reason,
             const char* what) {
  if (value <= limit) return OkStatus();
  return Status(Error{.code = Code::kResourceExhausted,
                      .reason = reason,
                      .message = std::string("more ") + what +
                                 " than are read: " + std::to_string(value) +
                                 ", limit " + std::to_string(limit),
                      .expected = "at most " + std::to_string(limit),
                      .found = std::to_string(value)});
}

}  // namespace

Status Budget::SpendBytes(uint64_t count) {
  bytes_ += count;
  return Check(bytes_, limits_.bytes, "BYTE_LIMIT", "bytes");
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

}  // namespace collate::tabular
