#include "plugins/foi_spreadsheet/suggest_sums.h"

#include <algorithm>
#include <string>
#include <utility>

namespace collate::foi_spreadsheet {
namespace {

constexpr int64_t kScale = 10'000;  // of CellLook::value

enum class Kind : uint8_t { kBlank, kNumber, kMark };

struct Entry {
  Kind kind = Kind::kBlank;
  int64_t value = 0;
};

std::string Text(int64_t value) {
  std::string out = std::to_string(value / kScale);
  if (value % kScale != 0) {
    std::string decimals = std::to_string(kScale + std::abs(value % kScale));
    while (decimals.back() == '0') decimals.pop_back();
    out += '.' + decimals.substr(1);
  }
  return out;
}

// Rows of figures; columns are seen as the rows of the turned table.
class Table {
 public:
  Table(const SheetGuess& guess, const BlockGuess& block, bool turned)
      : lines_(turned ? block.columns.size() : block.rows.size()),
        width_(turned ? block.rows.size() : block.columns.size()),
        entries_(lines_ * width_) {
    for (size_t r = 0; r < block.rows.size(); ++r) {
      for (size_t c = 0; c < block.columns.size(); ++c) {
        const size_t cell = guess.sheet->At(block.rows[r], block.columns[c]);
        if (cell == Sheet::kNone) continue;
        const CellLook& look = guess.looks[cell];
        const bool number =
            look.looks == Looks::kNumber || look.looks == Looks::kYear;
        entries_[turned ? c * width_ + r : r * width_ + c] = {
            number ? Kind::kNumber : Kind::kMark, number ? look.value : 0};
      }
    }
  }

  size_t lines() const { return lines_; }
  size_t width() const { return width_; }
  const Entry& At(size_t line, size_t i) const {
    return entries_[line * width_ + i];
  }

 private:
  size_t lines_;
  size_t width_;
  std::vector<Entry> entries_;
};

// One way through the lines: totals behind their parts, or before them.
class Pass {
 public:
  Pass(const Table& table, const std::vector<std::string>& labels, bool forward)
      : table_(table), labels_(labels), forward_(forward) {
    sums_.assign(1, std::vector<int64_t>(table.width() + 1, 0));
  }

  std::vector<SumGuess> Find() {
    for (size_t n = 0; n < table_.lines(); ++n) {
      const size_t line = forward_ ? n : table_.lines() - 1 - n;
      std::vector<int64_t> own(table_.width() + 1, 0);
      for (size_t i = 0; i < table_.width(); ++i) {
        own[i] = table_.At(line, i).value;
        if (__builtin_add_overflow(own[i], own.back(), &own.back())) return {};
      }
      const size_t parts = PartsOf(line, own);
      if (parts > 0) {
        found_.push_back(Make(line, parts));
        sums_.resize(sums_.size() - parts);
        open_.resize(open_.size() - parts);
      }
      std::vector<int64_t> next(sums_.back());
      for (size_t i = 0; i < next.size(); ++i) {
        if (__builtin_add_overflow(next[i], own[i], &next[i])) return {};
      }
      sums_.push_back(std::move(next));
      open_.push_back(line);
    }
    return std::move(found_);
  }

 private:
  // How many of the last open lines come to this one; 0: none.
  size_t PartsOf(size_t line, const std::vector<int64_t>& own) const {
    const size_t open = open_.size();
    const int64_t wanted = own.back();
    if (open < 2 || wanted <= 0) return 0;
    const auto adds_up = [&](size_t n) {
      size_t figures = 0;
      for (size_t i = 0; i < table_.width(); ++i) {
        const int64_t sum = sums_[open][i] - sums_[open - n][i];
        const Entry& entry = table_.At(line, i);
        if (entry.kind == Kind::kNumber && entry.value != sum) return false;
        if (entry.kind != Kind::kNumber && sum != 0) return false;
        figures += entry.kind == Kind::kNumber && entry.value > 0;
      }
      return Enough(line, n, figures, wanted);
    };
    if (sums_[open].back() - sums_[0].back() == wanted && adds_up(open)) {
      return open;
    }
    // Sums of counts only grow with their parts.
    size_t low = 2;
    size_t high = open;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (sums_[open].back() - sums_[open - middle].back() < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const bool equal = sums_[open].back() - sums_[open - low].back() == wanted;
    return equal && adds_up(low) ? low : 0;
  }

  // Small numbers add up by chance.
  bool Enough(size_t line, size_t parts, size_t figures, int64_t sum) const {
    if (figures == 0 || parts < 2) return false;
    if (SoundsLikeTotal(labels_[line]) || SoundsLikePart(labels_[line])) {
      return true;
    }
    return figures >= 3 || (figures == 2 && parts >= 3) ||
           (parts >= 3 && sum >= 100 * kScale);
  }

  SumGuess Make(size_t line, size_t parts) const {
    SumGuess out;
    out.total = line;
    out.all = parts == open_.size() && table_.lines() == Seen() + 1;
    out.parts.assign(open_.end() - static_cast<int64_t>(parts), open_.end());
    std::sort(out.parts.begin(), out.parts.end());
    for (const size_t part : out.parts) {
      for (size_t i = 0; i < table_.width(); ++i) {
        if (table_.At(line, i).kind != Kind::kNumber) continue;
        const Kind kind = table_.At(part, i).kind;
        out.marks = out.marks || kind == Kind::kMark;
        out.blanks = out.blanks || kind == Kind::kBlank;
      }
    }
    return out;
  }

  // Lines before this one, consumed ones too.
  size_t Seen() const {
    size_t seen = open_.size();
    for (const SumGuess& sum : found_) seen += sum.parts.size();
    return seen;
  }

  const Table& table_;
  const std::vector<std::string>& labels_;
  const bool forward_;
  std::vector<size_t> open_;  // lines that are no part of a total yet
  // Of the first so many open lines, by column and in all.
  std::vector<std::vector<int64_t>> sums_;
  std::vector<SumGuess> found_;
};

// Totals by name that did not add up: held against the lines before them, or
// after them, up to the next of their kind and as far as the other labels are
// theirs. Where a part has no figure, a larger total is as it should be.
std::vector<FailedSum> FindNamed(const Table& table,
                                 const std::vector<std::string>& labels,
                                 const std::vector<std::string>& outer,
                                 std::vector<SumGuess>* sums) {
  std::vector<bool> total(table.lines(), false);
  for (size_t i = 0; i < table.lines(); ++i) {
    total[i] = SoundsLikeTotal(labels[i]);
  }
  std::vector<bool> proved(table.lines(), false);
  for (const SumGuess& sum : *sums) {
    proved[sum.total] = total[sum.total] = true;
  }
  std::vector<FailedSum> out;
  for (size_t line = 0; line < table.lines(); ++line) {
    if (!total[line] || proved[line]) continue;
    const auto joins = [&](size_t i) {
      return !total[i] && outer[i] == outer[line];
    };
    std::vector<size_t> parts;
    for (size_t i = line; i > 0 && joins(i - 1); --i) parts.push_back(i - 1);
    const bool behind = parts.empty();
    for (size_t i = line + 1; behind && i < table.lines() && joins(i); ++i) {
      parts.push_back(i);
    }
    const bool at_end = line == 0 || line + 1 == table.lines();
    if (parts.size() < 2 && at_end) {
      parts.clear();
      for (size_t i = 0; i < table.lines(); ++i) {
        if (!total[i]) parts.push_back(i);
      }
    }
    if (parts.size() < 2) continue;
    bool holds = true;
    size_t proofs = 0;
    for (size_t i = 0; i < table.width() && holds; ++i) {
      bool open = false;
      int64_t sum = 0;
      for (const size_t part : parts) {
        open = open || table.At(part, i).kind != Kind::kNumber;
        if (__builtin_add_overflow(sum, table.At(part, i).value, &sum)) break;
      }
      const Entry& printed = table.At(line, i);
      if (printed.kind != Kind::kNumber) continue;
      proofs += printed.value == sum && sum > 0;
      if (printed.value == sum || (open && printed.value > sum)) continue;
      holds = false;
      out.push_back({.total = line,
                     .across = i,
                     .printed = Text(printed.value),
                     .sum = Text(sum)});
    }
    if (!holds || proofs == 0) continue;
    std::sort(parts.begin(), parts.end());
    sums->push_back({.total = line,
                     .parts = parts,
                     .all = parts.size() + 1 == table.lines()});
  }
  return out;
}

// The labels of a row but for the last one.
std::string OuterLabels(const SheetGuess& guess, const BlockGuess& block,
                        size_t row) {
  std::string out;
  for (size_t i = 0; i + 1 < block.labels.size(); ++i) {
    const LabelColumn& label = block.labels[i];
    const size_t cell =
        label.sparse
            ? guess.sheet->BeforeInColumn(block.rows[row], label.column)
            : guess.sheet->At(block.rows[row], label.column);
    if (cell != Sheet::kNone) out += guess.sheet->cells()[cell].label;
    out += '\n';
  }
  return out;
}

void FindOneWay(SheetGuess* guess, BlockGuess* block, bool of_rows) {
  const Table table(*guess, *block, /*turned=*/!of_rows);
  std::vector<std::string> labels;
  std::vector<std::string> outer;
  for (size_t i = 0; i < table.lines(); ++i) {
    labels.push_back(of_rows ? RowLabel(*guess, *block, i)
                             : ColumnLabel(*guess, *block, i));
    outer.push_back(of_rows ? OuterLabels(*guess, *block, i) : "");
  }
  std::vector<SumGuess> behind = Pass(table, labels, /*forward=*/true).Find();
  std::vector<SumGuess> before = Pass(table, labels, /*forward=*/false).Find();
  const auto parts = [](const std::vector<SumGuess>& sums) {
    size_t count = 0;
    for (const SumGuess& sum : sums) count += sum.parts.size();
    return count;
  };
  std::vector<SumGuess>& sums = parts(before) > parts(behind) ? before : behind;
  for (FailedSum& failed : FindNamed(table, labels, outer, &sums)) {
    failed.of_rows = of_rows;
    block->failed.push_back(std::move(failed));
  }
  for (SumGuess& sum : sums) {
    sum.of_rows = of_rows;
    for (size_t i = 0; i < table.width(); ++i) {
      const size_t cell =
          of_rows ? guess->sheet->At(block->rows[sum.total], block->columns[i])
                  : guess->sheet->At(block->rows[i], block->columns[sum.total]);
      if (cell != Sheet::kNone && guess->roles[cell] == GuessRole::kFigure) {
        guess->roles[cell] = GuessRole::kTotal;
      }
    }
    block->sums.push_back(std::move(sum));
  }
}

}  // namespace

std::string RowLabel(const SheetGuess& guess, const BlockGuess& block,
                     size_t row) {
  for (auto label = block.labels.rbegin(); label != block.labels.rend();
       ++label) {
    const size_t cell = guess.sheet->At(block.rows[row], label->column);
    if (cell != Sheet::kNone) return guess.sheet->cells()[cell].label;
  }
  return "";
}

std::string ColumnLabel(const SheetGuess& guess, const BlockGuess& block,
                        size_t column) {
  for (const ColumnGroup& group : block.groups) {
    if (!std::binary_search(group.columns.begin(), group.columns.end(),
                            block.columns[column])) {
      continue;
    }
    for (auto header = group.headers.rbegin(); header != group.headers.rend();
         ++header) {
      const size_t cell = guess.sheet->At(header->row, block.columns[column]);
      if (cell != Sheet::kNone) return guess.sheet->cells()[cell].label;
    }
  }
  return "";
}

void FindSums(SheetGuess* guess) {
  for (BlockGuess& block : guess->blocks) {
    if (block.rows.size() * block.columns.size() > kMaxSummedCells) continue;
    FindOneWay(guess, &block, /*of_rows=*/true);
    FindOneWay(guess, &block, /*of_rows=*/false);
  }
}

}  // namespace collate::foi_spreadsheet
