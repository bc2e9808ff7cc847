#include "plugins/foi_spreadsheet/suggest_columns.h"

#include <algorithm>
#include <string>

namespace collate::foi_spreadsheet {
namespace {

// 1, 2, 3 and so on: they number the rows.
bool Numbers(const Sheet& sheet, const std::vector<CellLook>& looks,
             uint32_t column, uint32_t first_row, uint32_t last_row) {
  size_t count = 0;
  int64_t before = 0;
  for (size_t cell = sheet.AfterInColumn(first_row, column);
       cell != Sheet::kNone && sheet.cells()[cell].row() <= last_row;
       cell = sheet.AfterInColumn(int64_t{sheet.cells()[cell].row()} + 1,
                                  column)) {
    const Looks look = looks[cell].looks;
    if (look != Looks::kNumber && look != Looks::kYear) continue;
    const int64_t value = looks[cell].value;
    if (count++ > 0 && value != before + 10'000) return false;
    before = value;
  }
  return count >= 5;
}

}  // namespace

std::pair<size_t, size_t> CellsOfRow(const Sheet& sheet, uint32_t row,
                                     uint32_t first, uint32_t last) {
  const size_t begin = sheet.AfterInRow(row, first);
  if (begin == Sheet::kNone || sheet.cells()[begin].column() > last) {
    return {0, 0};
  }
  const size_t end = sheet.BeforeInRow(row, last);
  return {begin, end + 1};
}

std::map<uint32_t, ColumnLook> LookAtColumns(const Sheet& sheet,
                                             const std::vector<CellLook>& looks,
                                             uint32_t row, uint32_t last_row,
                                             uint32_t first, uint32_t last) {
  std::map<uint32_t, ColumnLook> out;
  for (; row <= last_row; ++row) {
    const auto [begin, end] = CellsOfRow(sheet, row, first, last);
    for (size_t i = begin; i < end; ++i) {
      ColumnLook& column = out[sheet.cells()[i].column()];
      switch (looks[i].looks) {
        case Looks::kNumber:
          ++column.numbers;
          break;
        case Looks::kYear:
          ++column.years;
          break;
        case Looks::kPercent:
          ++column.percents;
          break;
        case Looks::kMark:
          ++column.marks;
          column.distinct.insert(sheet.cells()[i].label);
          break;
        case Looks::kText:
          ++column.texts;
          column.distinct.insert(sheet.cells()[i].label);
          column.short_texts += sheet.cells()[i].label.size() <= 4;
          break;
        case Looks::kOther:
          ++column.others;
          break;
      }
    }
  }
  return out;
}

bool HoldsFigures(const ColumnLook& look) {
  const size_t texts = look.marks + look.texts;
  if (texts >= 10 && 2 * look.distinct.size() > texts &&
      2 * texts > look.numbers + look.years) {
    return false;
  }
  return look.numbers + look.years > 0 &&
         10 * (look.numbers + look.years) >= 3 * look.all();
}

void ChooseColumns(const Sheet& sheet, const std::vector<CellLook>& looks,
                   const std::map<uint32_t, ColumnLook>& columns,
                   uint32_t first_row, uint32_t last_row, uint32_t last,
                   BlockGuess* block) {
  uint32_t first_count = 0;
  for (const auto& [column, look] : columns) {
    if (look.numbers > 0 && HoldsFigures(look)) {
      first_count = column;
      break;
    }
  }
  const auto heading = [&](uint32_t column) -> std::string {
    const size_t cell =
        first_row == 0 ? Sheet::kNone
                       : sheet.BeforeInColumn(int64_t{first_row} - 1, column);
    return cell == Sheet::kNone ? "" : sheet.cells()[cell].label;
  };
  for (const auto& [column, look] : columns) {
    // A year left of the counts, or under such a heading, names its row.
    const bool years = look.numbers == 0 && look.years > 0 &&
                       (column < first_count ||
                        (first_count > 0 && SoundsLikePeriod(heading(column))));
    const std::string name = heading(column);
    if (years || Numbers(sheet, looks, column, first_row, last_row)) continue;
    if (look.percents * 2 > look.all() ||
        (HoldsFigures(look) && name.find('%') != std::string::npos)) {
      block->percent_columns.push_back(column);
    } else if (HoldsFigures(look)) {
      block->columns.push_back(column);
    }
  }
  if (block->columns.empty()) return;
  std::vector<uint32_t> blank;
  // A column of marks and blanks under a header is one of figures as well.
  for (const auto& [column, look] : columns) {
    const bool marks = look.marks > 0 && look.marks == look.all() &&
                       column > block->columns.front() &&
                       !heading(column).empty();
    if (marks) block->columns.push_back(column);
  }
  // So is one that is blank under a header right above the figures.
  for (uint32_t column = block->columns.front() + 1;; ++column) {
    const bool inside = column < block->columns.back();
    const bool headed = first_row > 1 && sheet.At(int64_t{first_row} - 1,
                                                  column) != Sheet::kNone;
    if (!inside && (!headed || column > last)) break;
    if (headed && columns.count(column) == 0) blank.push_back(column);
  }
  block->columns.insert(block->columns.end(), blank.begin(), blank.end());
  std::sort(block->columns.begin(), block->columns.end());
  const auto holds = [&](int64_t column) {
    return std::binary_search(block->columns.begin(), block->columns.end(),
                              static_cast<uint32_t>(column));
  };
  for (const auto& [column, look] : columns) {
    const bool figures = holds(column);
    const bool percents =
        std::find(block->percent_columns.begin(), block->percent_columns.end(),
                  column) != block->percent_columns.end();
    if (figures || percents || column < block->columns.front()) continue;
    const bool flags =
        look.marks + look.short_texts == look.all() &&
        (holds(int64_t{column} - 1) || holds(int64_t{column} + 1));
    (flags ? block->flag_columns : block->text_columns).push_back(column);
  }
}

}  // namespace collate::foi_spreadsheet
