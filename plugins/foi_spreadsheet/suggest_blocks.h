// Where the tables of a sheet seem to stand: which rows and columns hold
// figures, which cells name them. A guess for people; nothing is read by it.
//
// The cost grows with the number of cells.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_BLOCKS_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/foi_spreadsheet/suggest_cells.h"

namespace collate::foi_spreadsheet {

enum class GuessRole : uint8_t {
  kOther = 0,   // nothing is made of it
  kNote = 1,    // titles, preambles, notes
  kHeader = 2,  // names columns
  kLabel = 3,   // names rows
  kFigure = 4,
  kTotal = 5,    // a figure that is the sum of others
  kMark = 6,     // stands where a figure should
  kFlag = 7,     // a mark in a column of its own
  kPercent = 8,  // and other columns of no counts
};

// How a row of headers belongs to the columns below it.
enum class Span : uint8_t {
  kEach = 0,    // each column has its own
  kMerged = 1,  // by merged cells
  kStart = 2,   // each stands over its first column
};

struct HeaderRow {
  uint32_t row = 0;
  Span span = Span::kEach;
};

struct LabelColumn {
  uint32_t column = 0;
  size_t heading = Sheet::kNone;  // its cell
  bool sparse = false;            // a label counts for the rows below it too
  uint32_t farthest = 0;          // rows that a label reaches down
  uint32_t before = 0;            // rows that one stands above the figures
};

// Columns that the same rows of headers name.
struct ColumnGroup {
  std::vector<uint32_t> columns;   // ascending
  std::vector<HeaderRow> headers;  // downwards
};

// A row or column that comes to the sum of others of its block.
struct SumGuess {
  bool of_rows = false;
  size_t total = 0;  // index into rows or columns
  std::vector<size_t> parts;
  bool all = false;    // everything else adds up to it, subtotals once
  bool marks = false;  // only if marks count as nothing
  bool blanks = false;
};

// One that is called a total and is not the sum of what it could be.
struct FailedSum {
  bool of_rows = false;
  size_t total = 0;
  size_t across = 0;  // the column (of_rows) or row where it fails first
  std::string printed;
  std::string sum;
};

struct BlockGuess {
  std::vector<uint32_t> rows;     // with figures, ascending
  std::vector<uint32_t> columns;  // with figures, ascending
  std::vector<LabelColumn> labels;
  std::vector<ColumnGroup> groups;
  std::vector<uint32_t> percent_columns;
  std::vector<uint32_t> flag_columns;
  std::vector<uint32_t> text_columns;
  std::vector<size_t> titles;  // cells above it
  std::vector<size_t> notes;   // cells below it
  std::vector<SumGuess> sums;
  std::vector<FailedSum> failed;

  uint32_t HeaderTop() const {
    uint32_t top = rows.front();
    for (const ColumnGroup& group : groups) {
      for (const HeaderRow& header : group.headers) {
        if (header.row < top) top = header.row;
      }
    }
    return top;
  }
};

struct SheetGuess {
  static constexpr size_t kMaxBlocks = 50;
  // Rows times columns of a block: a sheet of few cells far apart is no table.
  static constexpr uint64_t kMaxArea = 4'000'000;

  const Sheet* sheet = nullptr;
  std::vector<CellLook> looks;   // of each cell
  std::vector<GuessRole> roles;  // of each cell
  // How often a text stands on the sheet.
  std::unordered_map<std::string_view, size_t> times;
  std::vector<BlockGuess> blocks;
  size_t more_blocks = 0;  // beyond kMaxBlocks
  // Cells of hidden rows and columns, which nothing is guessed of.
  size_t hidden = 0;
};

// Sums are left to FindSums().
SheetGuess GuessBlocks(const Sheet& sheet);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_BLOCKS_H_
