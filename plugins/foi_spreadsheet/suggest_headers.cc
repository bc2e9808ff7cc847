#include "plugins/foi_spreadsheet/suggest_headers.h"

#include <algorithm>
#include <map>
#include <set>

namespace collate::foi_spreadsheet {
namespace {

constexpr uint32_t kRowsAbove = 12;
constexpr size_t kMostHeaders = 4;

class Namer {
 public:
  Namer(const Sheet& sheet, const HeaderArea& area, BlockGuess* block)
      : sheet_(sheet), area_(area), block_(*block) {}

  void Name() {
    FindHeaderRows();
    FindLabels();
    MakeGroups();
  }

 private:
  // Columns that a row of headers names, and how.
  struct Level {
    HeaderRow row;
    std::set<uint32_t> columns;
  };

  bool Merged(uint32_t row, uint32_t column) const {
    return sheet_.MergeAt(row, column).column_end > column;
  }

  // Rows above the figures with something in their columns, downwards. The
  // top of them may be a title: one text over all columns.
  void FindHeaderRows() {
    const uint32_t top = std::max(area_.top, area_.first_row > kRowsAbove
                                                 ? area_.first_row - kRowsAbove
                                                 : uint32_t{1});
    for (uint32_t row = top; row < area_.first_row; ++row) {
      Level level;
      level.row.row = row;
      bool merged = false;
      size_t own = 0;
      for (const uint32_t column : block_.columns) {
        if (sheet_.At(row, column) == Sheet::kNone) continue;
        ++own;
        level.columns.insert(column);
        merged = merged || Merged(row, column);
      }
      // A merged cell may begin left of the figures.
      const size_t left = sheet_.BeforeInRow(row, block_.columns.front());
      if (left != Sheet::kNone &&
          sheet_.cells()[left].column() < block_.columns.front() &&
          sheet_.cells()[left].column() >= area_.first &&
          sheet_.MergeAt(row, sheet_.cells()[left].column()).column_end >=
              block_.columns.front()) {
        merged = true;
        ++own;
        level.columns.insert(block_.columns.front());
      }
      if (own == 0) continue;
      if (merged) {
        level.row.span = Span::kMerged;
        for (const uint32_t column : block_.columns) {
          const size_t cell = sheet_.BeforeInRow(row, column);
          if (cell != Sheet::kNone &&
              sheet_.MergeAt(row, sheet_.cells()[cell].column()).column_end >=
                  column) {
            level.columns.insert(column);
          }
        }
      }
      levels_.push_back(std::move(level));
    }
    for (size_t i = 0; i + 1 < levels_.size(); ++i) {
      Level& level = levels_[i];
      if (level.row.span == Span::kMerged ||
          level.columns.size() == block_.columns.size()) {
        continue;
      }
      // Sparse and not the last: each stands over the columns that follow,
      // unless it is merged with the one below it.
      bool down = true;
      for (const uint32_t column : level.columns) {
        down = down &&
               (sheet_.MergeAt(level.row.row, column).row_end > level.row.row ||
                sheet_.At(levels_[i + 1].row.row, column) == Sheet::kNone);
      }
      if (down) continue;
      level.row.span = Span::kStart;
      const uint32_t from = *level.columns.begin();
      for (const uint32_t column : block_.columns) {
        if (column > from) level.columns.insert(column);
      }
    }
    while (levels_.size() > 1 && IsTitle(levels_.front())) {
      levels_.erase(levels_.begin());
    }
    while (levels_.size() > kMostHeaders) levels_.erase(levels_.begin());
  }

  bool IsTitle(const Level& level) const {
    const size_t first =
        sheet_.BeforeInRow(level.row.row, block_.columns.front());
    const size_t last =
        sheet_.BeforeInRow(level.row.row, block_.columns.back());
    if (block_.columns.size() < 2) {
      // One column under several texts: only the lowest names it.
      return true;
    }
    return first != Sheet::kNone && first == last &&
           level.columns.size() == block_.columns.size();
  }

  uint32_t LastHeader() const {
    return levels_.empty() ? std::max(area_.top, uint32_t{1}) - 1
                           : levels_.back().row.row;
  }

  // Columns left of the figures, or the first text on their right.
  void FindLabels() {
    std::map<uint32_t, std::vector<uint32_t>> left;
    const uint32_t from = LastHeader() + 1;
    for (uint32_t row = from; row <= area_.last_row; ++row) {
      for (size_t cell = sheet_.AfterInRow(row, area_.first);
           cell != Sheet::kNone && cell < sheet_.cells().size() &&
           sheet_.cells()[cell].row() == row &&
           sheet_.cells()[cell].column() < block_.columns.front();
           ++cell) {
        left[sheet_.cells()[cell].column()].push_back(row);
      }
    }
    for (const uint32_t column : block_.percent_columns) left.erase(column);
    for (const uint32_t column : block_.flag_columns) left.erase(column);
    if (left.empty() && !block_.text_columns.empty()) {
      const uint32_t column = block_.text_columns.front();
      block_.text_columns.erase(block_.text_columns.begin());
      for (uint32_t row = from; row <= area_.last_row; ++row) {
        if (sheet_.At(row, column) != Sheet::kNone) {
          left[column].push_back(row);
        }
      }
    }
    FindRows(left);
    for (const auto& [column, rows] : left) {
      block_.labels.push_back(LabelOf(column, rows));
    }
  }

  // Rows with a figure, or with a label where the others have theirs.
  void FindRows(const std::map<uint32_t, std::vector<uint32_t>>& left) {
    std::set<uint32_t> rows;
    for (uint32_t row = area_.first_row; row <= area_.last_row; ++row) {
      for (const uint32_t column : block_.columns) {
        if (sheet_.At(row, column) == Sheet::kNone) continue;
        rows.insert(row);
        break;
      }
    }
    const std::vector<uint32_t>* fullest = nullptr;
    for (const auto& [column, labelled] : left) {
      if (fullest == nullptr || labelled.size() >= fullest->size()) {
        fullest = &labelled;
      }
    }
    if (fullest != nullptr) {
      for (const uint32_t row : *fullest) {
        if (row >= area_.first_row) rows.insert(row);
      }
    }
    block_.rows.assign(rows.begin(), rows.end());
  }

  LabelColumn LabelOf(uint32_t column,
                      const std::vector<uint32_t>& rows) const {
    LabelColumn out;
    out.column = column;
    size_t next = 0;
    uint32_t label = 0;
    for (const uint32_t row : block_.rows) {
      while (next < rows.size() && rows[next] <= row) label = rows[next++];
      if (label == 0) continue;
      out.sparse = out.sparse || label != row;
      out.farthest = std::max(out.farthest, row - label);
      if (label < area_.first_row) {
        out.before = std::max(out.before, area_.first_row - label);
      }
    }
    const int64_t above = rows.empty() ? area_.first_row : rows.front();
    const size_t cell = sheet_.BeforeInColumn(
        std::min<int64_t>(above, LastHeader() + 1) - 1, column);
    if (cell != Sheet::kNone && !levels_.empty() &&
        sheet_.cells()[cell].row() >= levels_.front().row.row) {
      out.heading = cell;
    }
    return out;
  }

  // Columns with the same rows of headers, in the order of the first of them.
  void MakeGroups() {
    std::map<std::vector<size_t>, size_t> known;
    for (const uint32_t column : block_.columns) {
      std::vector<size_t> key;
      for (size_t i = 0; i < levels_.size(); ++i) {
        if (levels_[i].columns.count(column) > 0) key.push_back(i);
      }
      if (key.empty() && !levels_.empty()) continue;
      if (levels_.empty()) return;
      const auto [at, is_new] = known.try_emplace(key, block_.groups.size());
      if (is_new) {
        ColumnGroup& group = block_.groups.emplace_back();
        for (const size_t i : key) group.headers.push_back(levels_[i].row);
      }
      block_.groups[at->second].columns.push_back(column);
    }
    for (ColumnGroup& group : block_.groups) {
      for (HeaderRow& header : group.headers) {
        bool each = true;
        for (const uint32_t column : group.columns) {
          each = each && sheet_.At(header.row, column) != Sheet::kNone &&
                 !Merged(header.row, column);
        }
        if (each) header.span = Span::kEach;
      }
    }
  }

  const Sheet& sheet_;
  const HeaderArea area_;
  BlockGuess& block_;
  std::vector<Level> levels_;
};

}  // namespace

void NameBlock(const Sheet& sheet, const HeaderArea& area, BlockGuess* block) {
  Namer(sheet, area, block).Name();
}

}  // namespace collate::foi_spreadsheet
