#include "plugins/foi_spreadsheet/suggest_blocks.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "plugins/foi_spreadsheet/suggest_columns.h"
#include "plugins/foi_spreadsheet/suggest_headers.h"

namespace collate::foi_spreadsheet {
namespace {

// Rows that follow one another without a blank one, as a range of cells.
struct Band {
  uint32_t first = 0;
  uint32_t last = 0;
  size_t begin = 0;
  size_t end = 0;
  bool figures = false;
};

class Blocks {
 public:
  explicit Blocks(const Sheet& sheet) : sheet_(sheet) {
    guess_.sheet = &sheet;
    guess_.roles.assign(sheet.cells().size(), GuessRole::kOther);
    for (const SheetCell& cell : sheet.cells()) {
      guess_.looks.push_back(LookAt(cell, sheet.is_text()));
      ++guess_.times[cell.label];
    }
  }

  SheetGuess Find() {
    for (const Band& band : Bands()) {
      if (band.figures && FromBand(band)) {
        pending_.clear();
      } else {
        pending_.push_back(band);
      }
    }
    // Texts after the last table.
    for (const Band& band : pending_) Notes(band, /*below=*/true);
    return std::move(guess_);
  }

 private:
  const SheetCell& Cell(size_t i) const { return sheet_.cells()[i]; }
  Looks Look(size_t i) const { return guess_.looks[i].looks; }
  bool IsNumeric(size_t i) const {
    return Look(i) == Looks::kNumber || Look(i) == Looks::kYear;
  }

  std::vector<Band> Bands() const {
    std::vector<Band> out;
    for (size_t i = 0; i < sheet_.cells().size(); ++i) {
      const uint32_t row = Cell(i).row();
      if (out.empty() || row > out.back().last + 1) {
        out.push_back({row, row, i, i, false});
      }
      out.back().last = row;
      out.back().end = i + 1;
      out.back().figures = out.back().figures || IsNumeric(i);
    }
    return out;
  }

  // Numbers that are years, one after the other: headers.
  bool IsRowOfYears(uint32_t row, uint32_t first, uint32_t last) const {
    const auto [begin, end] = CellsOfRow(sheet_, row, first, last);
    std::vector<int64_t> years;
    for (size_t i = begin; i < end; ++i) {
      if (Look(i) == Looks::kYear) years.push_back(guess_.looks[i].value);
      if (Look(i) == Looks::kNumber) return false;
    }
    if (years.empty()) return false;
    if (years.size() == 1) {
      // Over other numbers, and not the year of a record.
      const uint32_t column = Cell(end - 1).column();
      const size_t below = sheet_.At(int64_t{row} + 1, column);
      return Look(end - 1) == Looks::kYear && below != Sheet::kNone &&
             Look(below) == Looks::kNumber;
    }
    const int64_t step = years[1] - years[0];
    if (step != 10'000 && step != -10'000) return false;
    for (size_t i = 1; i < years.size(); ++i) {
      if (years[i] - years[i - 1] != step) return false;
    }
    return true;
  }

  uint32_t FirstFigureRow(const Band& band, uint32_t first,
                          uint32_t last) const {
    for (uint32_t row = band.first; row <= band.last; ++row) {
      const auto [begin, end] = CellsOfRow(sheet_, row, first, last);
      bool figures = false;
      for (size_t i = begin; i < end; ++i) figures = figures || IsNumeric(i);
      if (figures && !IsRowOfYears(row, first, last)) return row;
    }
    return 0;
  }

  // Tables that stand side by side: where a column of labels begins again
  // behind a blank one, or under the heading of the first.
  std::vector<std::pair<uint32_t, uint32_t>> Pieces(const Band& band) const {
    const uint32_t all = sheet_.last_column();
    const uint32_t first_row = FirstFigureRow(band, 1, all);
    std::vector<std::pair<uint32_t, uint32_t>> out;
    if (first_row == 0) return out;
    std::map<uint32_t, ColumnLook> looks =
        LookAtColumns(sheet_, guess_.looks, first_row, band.last, 1, all);
    std::set<uint32_t> used;
    for (const auto& [column, look] : looks) used.insert(column);
    for (uint32_t row = band.first; row < first_row; ++row) {
      const auto [begin, end] = CellsOfRow(sheet_, row, 1, all);
      if (end - begin < 2) continue;  // a title
      for (size_t i = begin; i < end; ++i) used.insert(Cell(i).column());
    }
    std::string first_heading;
    bool figures = false;
    uint32_t before = 0;
    for (const uint32_t column : used) {
      const auto look = looks.find(column);
      const bool holds = look != looks.end() && HoldsFigures(look->second);
      const size_t heading = first_row > 1
                                 ? sheet_.At(int64_t{first_row} - 1, column)
                                 : Sheet::kNone;
      const std::string& text =
          heading == Sheet::kNone ? std::string() : Cell(heading).label;
      const bool labels = !holds && look != looks.end() &&
                          look->second.texts > 0 &&
                          look->second.short_texts < look->second.texts;
      const bool gap = before > 0 && column > before + 1;
      const bool again = !holds && !text.empty() && text == first_heading;
      if (out.empty() || (figures &&
                          ((gap && labels) || again ||
                           (gap && Section(band, column, first_row))) &&
                          FiguresFollow(used, looks, column))) {
        out.emplace_back(column, column);
        first_heading = text;
        figures = false;
      }
      out.back().second = column;
      figures = figures || holds;
      before = column;
    }
    if (out.size() > SheetGuess::kMaxBlocks) out = {{1, all}};
    return out;
  }

  // A label above the first row of figures, with no figures below it.
  bool Section(const Band& band, uint32_t column, uint32_t first_row) const {
    const size_t cell = sheet_.BeforeInColumn(int64_t{first_row} - 1, column);
    return cell != Sheet::kNone && Cell(cell).row() >= band.first &&
           Look(cell) == Looks::kText &&
           sheet_.AfterInColumn(first_row, column) == Sheet::kNone;
  }

  // Columns of figures before the next gap.
  static bool FiguresFollow(const std::set<uint32_t>& used,
                            const std::map<uint32_t, ColumnLook>& looks,
                            uint32_t column) {
    for (auto at = used.find(column); at != used.end() && *at == column;
         ++at, ++column) {
      const auto look = looks.find(column);
      if (look != looks.end() && HoldsFigures(look->second)) return true;
    }
    return false;
  }

  bool FromBand(const Band& band) {
    bool any = false;
    for (const auto& [first, last] : Pieces(band)) {
      any = FromPiece(band, first, last) || any;
    }
    return any;
  }

  bool FromPiece(const Band& band, uint32_t first, uint32_t last) {
    const uint32_t first_row = FirstFigureRow(band, first, last);
    if (first_row == 0) return false;
    BlockGuess block;
    auto looks =
        LookAtColumns(sheet_, guess_.looks, first_row, band.last, first, last);
    ChooseColumns(sheet_, guess_.looks, looks, first_row, band.last, last,
                  &block);
    if (block.columns.empty()) return false;
    if (uint64_t{band.last - first_row + 1} * block.columns.size() >
        SheetGuess::kMaxArea) {
      ++guess_.more_blocks;
      return true;
    }
    size_t figures = 0;
    uint32_t last_figure = first_row;
    for (uint32_t row = first_row; row <= band.last; ++row) {
      const auto [begin, end] = CellsOfRow(sheet_, row, first, last);
      for (const uint32_t column : block.columns) {
        const size_t cell = sheet_.At(row, column);
        if (cell == Sheet::kNone) continue;
        // A text by itself is a note; beside a label it stands for a figure.
        if (Look(cell) == Looks::kText && end - begin < 2) continue;
        ++figures;
        last_figure = row;
      }
    }
    NameBlock(sheet_,
              {.top = pending_.empty() ? band.first : PendingTop(band),
               .first = first,
               .last = last,
               .first_row = first_row,
               .last_row = last_figure},
              &block);
    if (Continues(block)) {
      Join(band, std::move(block));
      return true;
    }
    const bool named = !block.groups.empty() || !block.labels.empty();
    // One figure with a header above it and a label before it.
    const bool single = !block.groups.empty() && !block.labels.empty() &&
                        block.labels.front().column < block.columns.front();
    if (figures < (single ? 1 : 2) || !named || block.rows.empty()) {
      return false;
    }
    if (guess_.blocks.size() >= SheetGuess::kMaxBlocks) {
      ++guess_.more_blocks;
      return true;
    }
    guess_.blocks.push_back(std::move(block));
    TitlesAndNotes(band, first, last);
    Paint(guess_.blocks.back());
    return true;
  }

  // Headers may stand in the band before, behind blank rows.
  uint32_t PendingTop(const Band& band) const {
    const Band& before = pending_.back();
    return before.figures || band.first > before.last + 3 ? band.first
                                                          : before.first;
  }

  // No headers of its own, and figures under those of the block before.
  bool Continues(const BlockGuess& block) const {
    if (!block.groups.empty() || guess_.blocks.empty()) return false;
    const BlockGuess& before = guess_.blocks.back();
    if (before.labels.empty() != block.labels.empty()) return false;
    return std::all_of(
        block.columns.begin(), block.columns.end(), [&](uint32_t column) {
          return std::find(before.columns.begin(), before.columns.end(),
                           column) != before.columns.end();
        });
  }

  void Join(const Band& band, BlockGuess block) {
    BlockGuess& before = guess_.blocks.back();
    const size_t joined = before.rows.size();
    const size_t noted = before.notes.size();
    before.rows.insert(before.rows.end(), block.rows.begin(), block.rows.end());
    for (LabelColumn& label : before.labels) {
      for (const LabelColumn& other : block.labels) {
        if (other.column != label.column) continue;
        label.sparse = label.sparse || other.sparse;
        label.farthest = std::max(label.farthest, other.farthest);
      }
    }
    // What stood in between belongs to the block.
    for (const Band& between : pending_) {
      for (size_t i = between.begin; i < between.end; ++i) {
        before.notes.push_back(i);
      }
    }
    for (size_t i = band.begin; i < band.end; ++i) {
      if (Cell(i).row() > before.rows.back()) before.notes.push_back(i);
    }
    Paint(before, joined, noted);
  }

  // Texts above and below a block, in its band and in those before it.
  void TitlesAndNotes(const Band& band, uint32_t first, uint32_t last) {
    BlockGuess& block = guess_.blocks.back();
    const uint32_t top = block.HeaderTop();
    std::set<size_t> headers;
    const bool first_block =
        guess_.blocks.size() == 1 ||
        guess_.blocks[guess_.blocks.size() - 2].HeaderTop() != top;
    if (first_block) {
      for (const Band& before : pending_) {
        for (size_t i = before.begin; i < before.end; ++i) {
          if (Cell(i).row() < top) block.titles.push_back(i);
        }
      }
    }
    for (size_t i = band.begin; i < band.end; ++i) {
      const SheetCell& cell = Cell(i);
      const bool beside = cell.column() < first || cell.column() > last;
      if (cell.row() < top && !beside) block.titles.push_back(i);
      if (cell.row() > block.rows.back() && !beside) block.notes.push_back(i);
    }
  }

  void Notes(const Band& band, bool below) {
    for (size_t i = band.begin; i < band.end; ++i) {
      const bool figure = IsNumeric(i);
      guess_.roles[i] = figure ? GuessRole::kOther : GuessRole::kNote;
      if (below && !guess_.blocks.empty()) {
        guess_.blocks.back().notes.push_back(i);
      }
    }
  }

  // Rows from the given one on: a block that goes on is painted once.
  void Paint(const BlockGuess& block, size_t first_row = 0,
             size_t first_note = 0) {
    const auto paint = [&](size_t cell, GuessRole role) {
      if (cell != Sheet::kNone) guess_.roles[cell] = role;
    };
    for (size_t r = first_row; r < block.rows.size(); ++r) {
      const uint32_t row = block.rows[r];
      for (const uint32_t column : block.columns) {
        const size_t cell = sheet_.At(row, column);
        if (cell == Sheet::kNone) continue;
        paint(cell, IsNumeric(cell) ? GuessRole::kFigure : GuessRole::kMark);
      }
      for (const uint32_t column : block.percent_columns) {
        paint(sheet_.At(row, column), GuessRole::kPercent);
      }
      for (const uint32_t column : block.flag_columns) {
        paint(sheet_.At(row, column), GuessRole::kFlag);
      }
      for (const uint32_t column : block.text_columns) {
        paint(sheet_.At(row, column), GuessRole::kNote);
      }
    }
    for (const LabelColumn& label : block.labels) {
      paint(label.heading, GuessRole::kHeader);
      const int64_t from =
          int64_t{block.rows[first_row]} - (first_row == 0 ? label.before : 0);
      for (int64_t row = from; row <= block.rows.back(); ++row) {
        const size_t cell = sheet_.At(row, label.column);
        if (cell != Sheet::kNone && guess_.roles[cell] == GuessRole::kOther) {
          paint(cell, GuessRole::kLabel);
        }
      }
    }
    for (size_t i = first_note; i < block.notes.size(); ++i) {
      paint(block.notes[i], GuessRole::kNote);
    }
    if (first_row > 0) return;
    for (const ColumnGroup& group : block.groups) {
      for (const HeaderRow& header : group.headers) {
        for (const uint32_t column : group.columns) {
          size_t cell = sheet_.At(header.row, column);
          if (cell == Sheet::kNone && header.span != Span::kEach) {
            cell = sheet_.BeforeInRow(header.row, column);
          }
          paint(cell, GuessRole::kHeader);
        }
      }
    }
    for (const auto* columns : {&block.percent_columns, &block.text_columns}) {
      for (const uint32_t column : *columns) {
        const size_t cell =
            sheet_.BeforeInColumn(int64_t{block.rows.front()} - 1, column);
        if (cell != Sheet::kNone && Cell(cell).row() >= block.HeaderTop()) {
          paint(cell, GuessRole::kHeader);
        }
      }
    }
    for (const size_t cell : block.titles) paint(cell, GuessRole::kNote);
  }

  const Sheet& sheet_;
  SheetGuess guess_;
  std::vector<Band> pending_;  // bands without a table since the last one
};

}  // namespace

SheetGuess GuessBlocks(const Sheet& sheet) { return Blocks(sheet).Find(); }

}  // namespace collate::foi_spreadsheet
