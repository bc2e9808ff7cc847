// Rows and columns, and the two ways of writing them as text.
//
//   Grid grid;
//   grid.columns = {{"reporter", "Reporter"}, {"reported", "Reported"}};
//   grid.rows.push_back({"kent", int64_t{1234}});
//   RenderTable(grid);  // Reporter  Reported
//                       // kent         1,234
//   RenderCsv(grid);    // reporter,reported
//                       // kent,1234
//
// Pure functions over plain values.

#ifndef COLLATE_CLIENT_GRID_H_
#define COLLATE_CLIENT_GRID_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace collate::client {

// A decimal number as text, e.g. "97.4028".
struct Decimal {
  std::string text;

  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// No value, a text, or a number. A number is never a text, so that only texts
// are guarded against spreadsheets' formulas.
using Value = std::variant<std::monostate, std::string, int64_t, Decimal>;

struct Column {
  std::string name;     // of a CSV column, lower_snake_case
  std::string heading;  // of a table column
};

struct Grid {
  std::vector<Column> columns;
  std::vector<std::vector<Value>> rows;  // each as long as `columns`
};

// Aligned columns under a heading; numbers to the right with thousands
// separators; control characters made visible. A grid without rows is its
// heading alone.
std::string RenderTable(const Grid& grid);

// RFC 4180 with LF line ends and a header line. A text that begins with = + -
// @, tab or carriage return gets a leading apostrophe, so that no spreadsheet
// takes it for a formula.
std::string RenderCsv(const Grid& grid, bool with_header = true);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_GRID_H_
