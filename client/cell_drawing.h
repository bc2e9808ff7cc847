// Cells of a sheet as lines of text, each with a letter for what it is, and the
// records in which adapters hand them over.
//
// Pure functions over plain values.

#ifndef COLLATE_CLIENT_CELL_DRAWING_H_
#define COLLATE_CLIENT_CELL_DRAWING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace collate::client {

struct DrawnCell {
  int64_t row = 0;
  int64_t column = 0;
  std::string text;
  std::string role;
};

struct CellStyle {
  char letter = '?';
  absl::string_view colour;  // of a terminal
  bool always = false;       // its row is drawn in any case
};

struct CellDrawing {
  std::string text;
  size_t hidden_rows = 0;
};

// A line for each of the first 200 rows that have a cell, and for further ones
// with a cell that is always drawn. Long texts are cut.
CellDrawing DrawCells(
    const std::vector<DrawnCell>& cells,
    absl::FunctionRef<CellStyle(absl::string_view role)> style, bool colour);

// "C" of 3.
std::string ColumnName(int64_t column);

// Records of RFC 4180 as adapters write them. What is not such ends the last
// field with the text.
std::vector<std::vector<std::string>> CsvRecords(absl::string_view text);

// A whole number of such a record; 0 for any other text.
int64_t CsvNumber(const std::string& text);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CELL_DRAWING_H_
