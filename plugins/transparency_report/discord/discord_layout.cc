#include "plugins/transparency_report/discord/discord_layout.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"

namespace collate::transparency_report {
namespace {

using tabular::Error;

class BlockReader {
 public:
  BlockReader(const std::vector<HeldRow>& rows, const DiscordBlock& block,
              const std::string& part)
      : rows_(rows), block_(block), part_(part) {}

  // False with the fault that refuses the table.
  bool Read(DiscordGrid* table, Error* fault) {
    table_ = table;
    return (FindTable() && ReadLines() && CheckBlankTotal()) ||
           (*fault = std::move(fault_), false);
  }

 private:
  bool Fault(const char* reason, std::string message, std::string expected,
             const HeldCell* cell, const HeldRow& row) {
    fault_ = {.reason = reason,
              .message = std::move(message),
              .expected = std::move(expected),
              .found = cell == nullptr ? "" : tabular::Printable(cell->text),
              .part = part_,
              .locator = cell == nullptr ? row.locator : cell->locator};
    return false;
  }

  bool FindTable() {
    const HeldRow& header = rows_[block_.header];
    const std::string first = tabular::NormaliseName(header.Text(1));
    const std::string title = tabular::NormaliseName(block_.title);
    bool named = false;
    for (const DiscordTable& table : DiscordTables()) {
      const bool titled =
          std::any_of(table.titles.begin(), table.titles.end(),
                      [&](const char* t) { return title == t; });
      if (first != table.first || !titled) continue;
      named = true;
      if (ReadColumns(header, table)) {
        table_->is = &table;
        return true;
      }
    }
    if (named) return false;
    return Fault("UNKNOWN_TABLE",
                 "no table with the title '" + block_.title +
                     "' and this first column is known",
                 "a table that Discord is known to print", header.Find(1),
                 header);
  }

  bool ReadColumns(const HeldRow& header, const DiscordTable& table) {
    table_->columns.clear();
    std::set<const DiscordColumn*> seen;
    for (const HeldCell& cell : header.cells) {
      if (cell.locator.column == 1 || cell.IsBlank()) continue;
      std::string name = std::string(cell.Trimmed());
      std::string mark;
      while (!name.empty() && name.back() == '*') {
        mark += '*';
        name.pop_back();
      }
      const DiscordColumn* column =
          FindColumn(table, tabular::NormaliseName(name));
      if (column == nullptr) {
        return Fault("UNKNOWN_COLUMN",
                     "a column that the table is not known "
                     "to have",
                     "a column that is declared for it", &cell, header);
      }
      if (!seen.insert(column).second) {
        return Fault("AMBIGUOUS_COLUMN", "a column stands twice",
                     "each column once", &cell, header);
      }
      table_->columns.push_back(
          {cell.locator.column, column, cell.locator, name, mark});
    }
    return true;
  }

  bool ReadLines() {
    for (size_t r = block_.header + 1; r < block_.end; ++r) {
      const HeldRow& row = rows_[r];
      if (row.IsBlank()) continue;
      DiscordLine line{.row = &row, .label = std::string(row.Text(1))};
      line.total = IsDiscordTotal(line.label);
      if (!table_->lines.empty() && table_->lines.back().total) {
        return Fault("ROW_AFTER_TOTAL", "a row below the total of its table",
                     "the total as the last row", row.Find(1), row);
      }
      if (line.label.empty()) {
        // One edition prints its total without a label.
        if (!IsLast(r)) {
          return Fault("EMPTY_LABEL", "a figure without a label",
                       "a label in the first column", row.FirstFilled(), row);
        }
        line.total = true;
      }
      if (!ReadFigures(row, &line) || !CheckLabel(row, line)) return false;
      table_->lines.push_back(std::move(line));
    }
    return true;
  }

  bool IsLast(size_t r) const {
    for (size_t next = r + 1; next < block_.end; ++next) {
      if (!rows_[next].IsBlank()) return false;
    }
    return true;
  }

  bool ReadFigures(const HeldRow& row, DiscordLine* line) {
    for (const HeldCell& cell : row.cells) {
      const bool known =
          cell.locator.column == 1 ||
          std::any_of(table_->columns.begin(), table_->columns.end(),
                      [&](const DiscordField& column) {
                        return column.number == cell.locator.column;
                      });
      if (!known && !cell.IsBlank()) {
        return Fault("CELL_WITHOUT_HEADER", "a cell in a column without a name",
                     "nothing", &cell, row);
      }
    }
    for (const DiscordField& column : table_->columns) {
      const HeldCell* cell = row.Find(column.number);
      Figure& figure = line->figures.emplace_back();
      if (cell == nullptr || cell->IsBlank()) {
        return Fault("NO_FIGURE", "a row without a figure",
                     "a figure, or -- where there can be none", cell, row);
      }
      int64_t whole = 0;
      const tabular::Status status = ParseFigure(cell->Trimmed(), &figure);
      const bool fits =
          status.ok() && (figure.form == FigureForm::kNotApplicable ||
                          (figure.form == FigureForm::kNumber &&
                           !figure.approximate && figure.lower.mantissa >= 0 &&
                           figure.percent == column.is->percent &&
                           (figure.percent || IsWhole(figure.lower, &whole))));
      if (!fits) {
        return Fault("NOT_A_FIGURE", "no figure stands where one should",
                     column.is->percent ? "a percentage" : "a whole number",
                     cell, row);
      }
    }
    return true;
  }

  bool CheckLabel(const HeldRow& row, const DiscordLine& line) {
    if (line.total) return true;
    if (table_->is->rows == DiscordRows::kMonths && MonthOf(line.label) == 0) {
      return Fault("UNKNOWN_MONTH", "no month has this name",
                   "January to December, or a total", row.Find(1), row);
    }
    if (table_->is->rows == DiscordRows::kOne &&
        tabular::NormaliseName(line.label) != table_->is->only_row) {
      return Fault("UNKNOWN_TABLE",
                   "a table without a title that is not about "
                   "what is known",
                   table_->is->only_row, row.Find(1), row);
    }
    return true;
  }

  // A last row without a label is the total only if it is one.
  bool CheckBlankTotal() {
    if (table_->lines.empty()) {
      return Fault("EMPTY_TABLE", "a table without rows", "rows", nullptr,
                   rows_[block_.header]);
    }
    const DiscordLine& last = table_->lines.back();
    if (!last.label.empty()) return true;
    for (size_t c = 0; c < table_->columns.size(); ++c) {
      int64_t sum = 0;
      if (!SumOf(*table_, c, &sum) || sum != last.figures[c].lower.mantissa) {
        return Fault("EMPTY_LABEL",
                     "a last row without a label that is no total",
                     "a label in the first column, or the sum of the column",
                     last.row->Find(table_->columns[c].number), *last.row);
      }
    }
    return true;
  }

  const std::vector<HeldRow>& rows_;
  const DiscordBlock& block_;
  const std::string& part_;
  DiscordGrid* table_ = nullptr;
  Error fault_;
};

}  // namespace

sdk::Period NamedPeriod::ToSdk() const {
  return {.begin = sdk::FirstOfMonth(year, first_month).value_or(0),
          .end = sdk::FirstOfMonth(year, first_month + months).value_or(0),
          .kind = months == 3 ? sdk::PeriodKind::kCalendarQuarter
                              : sdk::PeriodKind::kInterval,
          .text = text};
}

bool FindPeriod(std::string_view text, NamedPeriod* period) {
  const auto digit = [&](size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9';
  };
  std::set<std::string> found;
  for (size_t i = 0; i + 7 <= text.size(); ++i) {
    if (!digit(i) || !digit(i + 1) || !digit(i + 2) || !digit(i + 3)) continue;
    if ((i > 0 && digit(i - 1)) || text[i + 4] != '-' || digit(i + 7)) continue;
    const char kind = static_cast<char>(text[i + 5] | 0x20);
    const int number = text[i + 6] - '0';
    if (number < 1 || (kind == 'q' ? number > 4 : kind != 'h' || number > 2)) {
      continue;
    }
    period->year = std::stoi(std::string(text.substr(i, 4)));
    period->months = kind == 'q' ? 3 : 6;
    period->first_month = (number - 1) * period->months + 1;
    period->text = std::string(text.substr(i, 5)) + kind + text[i + 6];
    found.insert(period->text);
  }
  return found.size() == 1;
}

int MonthOf(std::string_view name) {
  static constexpr std::string_view kMonths[] = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  const std::string normalised = tabular::NormaliseName(name);
  for (size_t month = 0; month < std::size(kMonths); ++month) {
    if (normalised == kMonths[month]) return static_cast<int>(month) + 1;
  }
  return 0;
}

std::vector<DiscordBlock> FindBlocks(const std::vector<HeldRow>& rows) {
  const auto next_filled = [&](size_t r) {
    while (r < rows.size() && rows[r].IsBlank()) ++r;
    return r;
  };
  const auto is_header = [&](size_t r) {
    return r < rows.size() && rows[r].Filled() > 1 &&
           BeginsDiscordTable(tabular::NormaliseName(rows[r].Text(1)));
  };
  const auto is_title = [&](size_t r) {
    if (rows[r].Filled() != 1 || rows[r].Text(1).empty() ||
        IsDiscordTotal(rows[r].Text(1))) {
      return false;
    }
    // A label whose figures are missing is none: it belongs to its table.
    return r == 0 || rows[r - 1].IsBlank() || is_header(next_filled(r + 1));
  };
  std::vector<DiscordBlock> blocks;
  size_t r = next_filled(0);
  while (r < rows.size()) {
    DiscordBlock block{.begin = r, .header = r};
    if (is_title(r)) {
      block.title = std::string(rows[r].Text(1));
      block.header = next_filled(r + 1);
    }
    const bool has_header =
        block.header < rows.size() && rows[block.header].Filled() > 1;
    size_t end = has_header ? block.header + 1 : r + 1;
    while (end < rows.size() && !is_header(end) &&
           (rows[end].IsBlank() || !is_title(end))) {
      ++end;
    }
    block.end = end;
    if (!has_header) block.header = end;
    blocks.push_back(std::move(block));
    r = next_filled(end);
  }
  return blocks;
}

bool ReadBlock(const std::vector<HeldRow>& rows, const DiscordBlock& block,
               const std::string& part, DiscordGrid* grid, Error* fault) {
  return BlockReader(rows, block, part).Read(grid, fault);
}

bool SumOf(const DiscordGrid& table, size_t c, int64_t* sum) {
  if (table.columns[c].is->aggregation != sdk::Aggregation::kSum) {
    return false;
  }
  *sum = 0;
  for (const DiscordLine& line : table.lines) {
    int64_t whole = 0;
    if (line.total || line.figures[c].form != FigureForm::kNumber) continue;
    if (!IsWhole(line.figures[c].lower, &whole) ||
        __builtin_add_overflow(*sum, whole, sum)) {
      return false;
    }
  }
  return true;
}

}  // namespace collate::transparency_report
