#include <algorithm>
#include <map>
#include <utility>

#include "plugins/foi_spreadsheet/suggest_recipe.h"

namespace collate::foi_spreadsheet {
namespace {

constexpr size_t kListedMarks = 20;

std::string Int(uint64_t number) { return std::to_string(number); }

class Meaning {
 public:
  Meaning(const SheetGuess& guess, const BlockGuess& block,
          const ColumnGroup& group, Lines* out)
      : guess_(guess),
        sheet_(*guess.sheet),
        block_(block),
        group_(group),
        out_(*out) {}

  void Ask() {
    Measure();
    Marks();
    Flags();
    Hidden();
  }

 private:
  const SheetCell& Cell(size_t i) const { return sheet_.cells()[i]; }

  void Measure() {
    out_.Ask(
        "measure: what is counted, and in which unit (`collate measures`)");
    out_.Ask("partition: do the parts make up the whole?");
    out_.Ask("universe: which cases the figures are about");
    out_.Open("measure");
    out_.Add("name: \"undecided\" unit: \"undecided\"");
    bool negative = false;
    for (const uint32_t row : block_.rows) {
      for (const uint32_t column : group_.columns) {
        const size_t cell = sheet_.At(row, column);
        negative =
            negative || (cell != Sheet::kNone && guess_.looks[cell].value < 0);
      }
    }
    out_.Add(negative ? "floor: FLOOR_NONE" : "floor: FLOOR_ZERO");
    out_.Comment(
        "partition: PARTITION_COMPLETE, PARTITION_INCOMPLETE or "
        "PARTITION_MULTI_RESPONSE");
    out_.Comment("universe: \"...\", or none for all cases");
    out_.Close();
  }

  void Marks() {
    std::map<std::string, std::pair<size_t, size_t>> marks;  // count, first
    std::set<std::string> suffixes;
    uint64_t as_text = 0;
    uint64_t blank = 0;
    for (const uint32_t row : block_.rows) {
      for (const uint32_t column : group_.columns) {
        const size_t cell = sheet_.At(row, column);
        if (cell == Sheet::kNone) {
          ++blank;
          continue;
        }
        const CellLook& look = guess_.looks[cell];
        if (!look.suffix.empty()) suffixes.insert(look.suffix);
        as_text += look.number_as_text;
        if (look.looks == Looks::kNumber || look.looks == Looks::kYear)
          continue;
        ++marks.try_emplace(Cell(cell).label, 0, cell).first->second.first;
      }
    }
    size_t listed = 0;
    for (const auto& [text, seen] : marks) {
      if (++listed > kListedMarks) {
        out_.Ask("marks: " + Int(marks.size()) +
                 " different texts stand in place of figures, here are " +
                 Int(kListedMarks));
        break;
      }
      const SheetCell& first = Cell(seen.second);
      out_.Ask("mark " + text.substr(0, 200) + ": what it means; " +
               Int(seen.first) + " cells, first " +
               tabular::CellName(first.row(), first.column()));
      out_.Add("# markers { text: " + Quote(text) +
               " state: STATE_... reason: \"the file's words\" }");
    }
    for (const std::string& suffix : suffixes) {
      out_.Ask("mark " + suffix + " behind a figure: what it means");
      out_.Add("# in_cell_marks { text: " + Quote(suffix) +
               " note: \"the file's words\" }");
    }
    if (as_text > 0) {
      out_.Ask("numbers stored as text, " + Int(as_text) +
               " cells: are they figures?");
      out_.Add("# numbers_as_text: true");
    }
    if (blank > 0) {
      out_.Ask("blank: what the " + Int(blank) +
               " blank cells mean; without a rule, that a figure is not shown");
      out_.Add("# blank { state: STATE_... reason: \"the file's words\" }");
    }
  }

  void Flags() {
    std::set<std::string> texts;
    bool right = true;
    bool left = true;
    for (const uint32_t flag : block_.flag_columns) {
      const bool is_right = std::binary_search(group_.columns.begin(),
                                               group_.columns.end(), flag - 1);
      const bool is_left = std::binary_search(group_.columns.begin(),
                                              group_.columns.end(), flag + 1);
      if (!is_right && !is_left) continue;
      right = right && is_right;
      left = left && is_left;
      for (const uint32_t row : block_.rows) {
        const size_t cell = sheet_.At(row, flag);
        if (cell == Sheet::kNone) continue;
        std::string text = Cell(cell).label;
        if (!Cell(cell).superscript.empty()) text += Cell(cell).superscript;
        texts.insert(CleanText(text));
      }
    }
    if (texts.empty()) return;
    out_.Ask(
        "flags in columns of their own: what each means, and on which side "
        "of its figure it stands");
    out_.Add("# flag_cells {");
    out_.Add(std::string("#   side: ") +
             (right || !left ? "SIDE_RIGHT" : "SIDE_LEFT"));
    for (const std::string& text : texts) {
      out_.Add("#   marks { text: " + Quote(text) +
               " note: \"the file's words\" }");
    }
    out_.Add("# }");
  }

  void Hidden() {
    if (!sheet_.hidden() && guess_.hidden == 0) return;
    out_.Ask("hidden: cells are hidden; are they read or ignored?");
    out_.Add("# hidden: HIDDEN_READ");
  }

  const SheetGuess& guess_;
  const Sheet& sheet_;
  const BlockGuess& block_;
  const ColumnGroup& group_;
  Lines& out_;
};

}  // namespace

void AskMeaning(const SheetGuess& guess, const BlockGuess& block,
                const ColumnGroup& group, Lines* out) {
  Meaning(guess, block, group, out).Ask();
}

}  // namespace collate::foi_spreadsheet
