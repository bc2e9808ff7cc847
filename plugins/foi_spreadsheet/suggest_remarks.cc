#include <algorithm>
#include <set>
#include <utility>

#include "plugins/foi_spreadsheet/suggest.h"
#include "plugins/foi_spreadsheet/suggest_axes.h"
#include "plugins/foi_spreadsheet/suggest_sums.h"

namespace collate::foi_spreadsheet {
namespace {

using sdk::Severity;

class Remarks {
 public:
  explicit Remarks(const SheetGuess& guess)
      : guess_(guess), sheet_(*guess.sheet) {}

  std::vector<Remark> Find() {
    for (const BlockGuess& block : guess_.blocks) {
      Sums(block);
      Blanks(block);
      Labels(block);
      Headers(block);
    }
    Sheetwide();
    return std::move(out_);
  }

 private:
  void Add(Severity severity, const char* reason, std::string message,
           std::string found, const tabular::Locator& place,
           uint64_t repeats = 1) {
    out_.push_back({severity, reason, std::move(message), std::move(found),
                    place, std::max<uint64_t>(repeats, 1)});
  }

  tabular::Locator PlaceOf(const BlockGuess& block, bool of_rows, size_t line,
                           size_t across) const {
    return of_rows ? sheet_.Place(block.rows[line], block.columns[across])
                   : sheet_.Place(block.rows[across], block.columns[line]);
  }

  void Sums(const BlockGuess& block) {
    for (const SumGuess& sum : block.sums) {
      if (!sum.marks && !sum.blanks) continue;
      const std::string label = sum.of_rows
                                    ? RowLabel(guess_, block, sum.total)
                                    : ColumnLabel(guess_, block, sum.total);
      Add(Severity::kWarning,
          sum.marks ? "TOTAL_IGNORES_MARKERS" : "TOTAL_IGNORES_BLANKS",
          std::string("a total adds up only if ") +
              (sum.marks && sum.blanks ? "marks and blanks"
               : sum.marks             ? "marks"
                                       : "blanks") +
              " count as nothing; as figures that are not known they make it "
              "one that does not add up",
          label, PlaceOf(block, sum.of_rows, sum.total, 0));
    }
    for (const FailedSum& failed : block.failed) {
      const std::string label = failed.of_rows
                                    ? RowLabel(guess_, block, failed.total)
                                    : ColumnLabel(guess_, block, failed.total);
      Add(Severity::kWarning, "TOTAL_MISMATCH",
          "what is called a total is not the sum of the others, which come "
          "to " +
              failed.sum,
          label + ": " + failed.printed,
          PlaceOf(block, failed.of_rows, failed.total, failed.across));
    }
  }

  // Blanks differ by what else is blank: a row that did not answer, a column
  // that nobody filled in, a cell by itself.
  void Blanks(const BlockGuess& block) {
    std::vector<size_t> filled(block.columns.size(), 0);
    struct Blank {
      size_t row;
      size_t column;
    };
    std::vector<Blank> blanks;
    std::vector<bool> empty_row(block.rows.size(), true);
    uint64_t numbers_as_text = 0;
    size_t first_as_text = Sheet::kNone;
    for (size_t r = 0; r < block.rows.size(); ++r) {
      for (size_t c = 0; c < block.columns.size(); ++c) {
        const size_t cell = sheet_.At(block.rows[r], block.columns[c]);
        if (cell == Sheet::kNone) {
          blanks.push_back({r, c});
          continue;
        }
        ++filled[c];
        empty_row[r] = false;
        if (!guess_.looks[cell].number_as_text) continue;
        if (numbers_as_text++ == 0) first_as_text = cell;
      }
    }
    uint64_t counts[3] = {};
    tabular::Locator first[3];
    for (const Blank& blank : blanks) {
      const int kind = empty_row[blank.row]        ? 0
                       : filled[blank.column] == 0 ? 1
                                                   : 2;
      if (counts[kind]++ > 0) continue;
      first[kind] =
          sheet_.Place(block.rows[blank.row], block.columns[blank.column]);
    }
    static constexpr const char* kMessages[] = {
        ("blank cells of rows that have a label and no figure at all: "
         "headings, or answers without figures"),
        "blank cells of columns that hold no figure at all",
        "blank cells among figures: nothing, not known, or counted elsewhere"};
    for (int kind = 0; kind < 3; ++kind) {
      if (counts[kind] == 0) continue;
      Add(Severity::kWarning, "BLANK_FIGURES", kMessages[kind], "", first[kind],
          counts[kind]);
    }
    if (numbers_as_text > 0) {
      Add(Severity::kWarning, "NUMBER_AS_TEXT",
          "numbers are stored as text among the figures",
          sheet_.cells()[first_as_text].label,
          sheet_.cells()[first_as_text].locator, numbers_as_text);
    }
  }

  void Labels(const BlockGuess& block) {
    std::set<std::string> told;
    for (const ColumnGroup& group : block.groups) {
      const Axes axes = AxesOf(guess_, block, group);
      for (const Axis& axis : axes.axes) {
        if (axis.eaten != Sheet::kNone) {
          const SheetCell& cell = sheet_.cells()[axis.eaten];
          if (told.insert(cell.label + " eaten").second) {
            Add(Severity::kWarning, "LABEL_NOT_TEXT",
                "a label is a number or a date among others; a spreadsheet may "
                "have eaten a range such as 15-20",
                cell.label, cell.locator);
          }
        }
        if (!axis.twin.empty() && told.insert(axis.twin + " twin").second) {
          Add(Severity::kWarning, "REPEATED_LABELS",
              "rows or columns that their labels do not tell apart", axis.twin,
              axis.cells.empty() ? tabular::Locator()
                                 : sheet_.cells()[axis.cells[0]].locator);
        }
      }
      if (axes.fullest == nullptr) continue;
      uint64_t unnamed = 0;
      tabular::Locator first;
      for (const uint32_t row : block.rows) {
        if (sheet_.At(row, axes.fullest->column) != Sheet::kNone) continue;
        if (unnamed++ == 0) first = sheet_.Place(row, axes.fullest->column);
      }
      if (unnamed > 0 && told.insert("unnamed").second) {
        Add(Severity::kWarning, "HEADER_MISSING",
            "rows of figures without a label in the column that names the "
            "others",
            "", first, unnamed);
      }
    }
  }

  // Headers may stand higher up, above a row of totals.
  void Headers(const BlockGuess& block) {
    if (block.groups.empty()) return;
    uint64_t unnamed = 0;
    tabular::Locator first;
    for (const uint32_t column : block.columns) {
      const bool named =
          std::any_of(block.groups.begin(), block.groups.end(),
                      [&](const ColumnGroup& group) {
                        return std::binary_search(group.columns.begin(),
                                                  group.columns.end(), column);
                      });
      if (named) continue;
      if (unnamed++ == 0) first = sheet_.Place(block.rows.front(), column);
    }
    if (unnamed == 0) return;
    Add(Severity::kWarning, "HEADER_MISSING",
        "columns of figures without a header of their own right above them; "
        "they are in no table of the recipe",
        "", first, unnamed);
  }

  void Sheetwide() {
    uint64_t loose = 0;
    size_t first_loose = Sheet::kNone;
    for (size_t i = 0; i < sheet_.cells().size(); ++i) {
      const bool number = guess_.looks[i].looks == Looks::kNumber;
      if (number && guess_.roles[i] == GuessRole::kOther && loose++ == 0) {
        first_loose = i;
      }
    }
    if (loose > 0) {
      Add(Severity::kWarning, "FIGURE_OUTSIDE_TABLE",
          "numbers that belong to no table that was found",
          sheet_.cells()[first_loose].label,
          sheet_.cells()[first_loose].locator, loose);
    }
    if (guess_.hidden > 0) {
      Add(Severity::kWarning, "HIDDEN_CELLS",
          "cells of hidden rows or columns; nothing was guessed of them", "",
          {}, guess_.hidden);
    }
    if (sheet_.hidden()) {
      Add(Severity::kWarning, "HIDDEN_SHEET", "the sheet is hidden",
          sheet_.name(), {});
    }
    if (guess_.more_blocks > 0) {
      Add(Severity::kWarning, "MORE_TABLES",
          "further blocks of figures were not looked at", "", {},
          guess_.more_blocks);
    }
  }

  const SheetGuess& guess_;
  const Sheet& sheet_;
  std::vector<Remark> out_;
};

}  // namespace

std::vector<Remark> RemarksOn(const SheetGuess& guess) {
  return Remarks(guess).Find();
}

}  // namespace collate::foi_spreadsheet
