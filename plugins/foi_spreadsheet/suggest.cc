#include "plugins/foi_spreadsheet/suggest.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "plugins/foi_spreadsheet/suggest_axes.h"
#include "plugins/foi_spreadsheet/suggest_recipe.h"
#include "plugins/foi_spreadsheet/suggest_sums.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::foi_spreadsheet {
namespace {

using sdk::Diagnostic;
using sdk::Host;
using sdk::Status;
using tabular::CellName;
using tabular::Error;

// What is drawn of a sheet: a person looks at its upper left.
constexpr uint32_t kDrawnRows = 200;
constexpr size_t kDrawnColumns = 40;
constexpr size_t kListed = 12;

const char* NameOf(GuessRole role) {
  switch (role) {
    case GuessRole::kNote:
      return "note";
    case GuessRole::kHeader:
      return "header";
    case GuessRole::kLabel:
      return "label";
    case GuessRole::kFigure:
      return "figure";
    case GuessRole::kTotal:
      return "total";
    case GuessRole::kMark:
      return "mark";
    case GuessRole::kFlag:
      return "flag";
    case GuessRole::kPercent:
      return "percent";
    case GuessRole::kOther:
      break;
  }
  return "other";
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void AddLine(const std::vector<std::string>& fields, std::string* out) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) *out += ',';
    *out += Quoted(fields[i]);
  }
  *out += '\n';
}

// The sheet as it is shown: what is hidden may be meant for nobody's eyes, and
// is not drawn, listed or pinned.
Sheet Shown(const Sheet& sheet) {
  Sheet out;
  const tabular::GridInfo grid{.sheet = sheet.name(), .hidden = sheet.hidden()};
  // Neither of these ever refuses.
  (void)out.BeginGrid(grid);
  std::vector<tabular::Merge> merges;
  for (const SheetCell& cell : sheet.cells()) {
    if (cell.hidden) continue;
    const tabular::Cell shown{.kind = cell.kind,
                              .text = cell.text,
                              .locator = cell.locator,
                              .value = cell.value,
                              .superscript = cell.superscript,
                              .percent = cell.percent,
                              .formula = cell.formula};
    (void)out.OnRow(
        {.grid = &grid, .locator = cell.locator, .cells = {&shown, 1}});
    const tabular::Merge merge = sheet.MergeAt(cell.row(), cell.column());
    if (merge.row_end > merge.row || merge.column_end > merge.column) {
      merges.push_back(merge);
    }
  }
  out.Finish(std::move(merges));
  return out;
}

void DrawCells(const SheetGuess& guess, std::string* out) {
  const Sheet& sheet = *guess.sheet;
  uint64_t beyond = 0;
  for (size_t i = 0; i < sheet.cells().size(); ++i) {
    const SheetCell& cell = sheet.cells()[i];
    if (cell.row() > kDrawnRows || cell.column() > kDrawnColumns) {
      ++beyond;
      continue;
    }
    AddLine({sheet.name(), std::to_string(cell.row()),
             std::to_string(cell.column()),
             cell.superscript.empty() ? cell.label
                                      : cell.label + "^" + cell.superscript,
             NameOf(guess.roles[i])},
            out);
  }
  if (beyond == 0) return;
  AddLine({sheet.name(), "0", "0", std::to_string(beyond), "beyond"}, out);
}

// What was guessed of each block, a line for each thing.
class Guesses {
 public:
  Guesses(const SheetGuess& guess, std::string* out)
      : guess_(guess), sheet_(*guess.sheet), out_(*out) {}

  void Tell() {
    for (size_t i = 0; i < guess_.blocks.size(); ++i) {
      table_ = std::to_string(i + 1);
      Tell(guess_.blocks[i]);
    }
  }

 private:
  void Add(const char* what, const std::string& where,
           const std::string& text) {
    AddLine({sheet_.name(), table_, what, where, text}, &out_);
  }
  const std::string& Text(size_t cell) const {
    return sheet_.cells()[cell].label;
  }
  std::string Place(size_t cell) const {
    return CellName(sheet_.cells()[cell].row(), sheet_.cells()[cell].column());
  }
  static std::string ColumnOf(uint32_t column) {
    std::string name = CellName(1, column);
    name.pop_back();
    return name;
  }

  void Tell(const BlockGuess& block) {
    Add("figures",
        CellName(block.rows.front(), block.columns.front()) + ":" +
            CellName(block.rows.back(), block.columns.back()),
        std::to_string(block.rows.size()) + " rows, " +
            std::to_string(block.columns.size()) + " columns");
    for (size_t i = 0; i < std::min(block.titles.size(), kListed); ++i) {
      Add("title", Place(block.titles[i]), Text(block.titles[i]));
    }
    for (const ColumnGroup& group : block.groups) Headers(block, group);
    for (const auto& [what, columns] :
         {std::pair{"percentages", &block.percent_columns},
          std::pair{"flags", &block.flag_columns},
          std::pair{"texts", &block.text_columns}}) {
      for (const uint32_t column : *columns) {
        Add(what, "column " + ColumnOf(column), "");
      }
    }
    Marks(block);
    for (size_t i = 0; i < std::min(block.sums.size(), kListed); ++i) {
      Sum(block, block.sums[i]);
    }
    if (block.sums.size() > kListed) {
      Add("totals", "", std::to_string(block.sums.size() - kListed) + " more");
    }
    for (size_t i = 0; i < std::min(block.notes.size(), kListed); ++i) {
      Add("note", Place(block.notes[i]), Text(block.notes[i]));
    }
  }

  void Headers(const BlockGuess& block, const ColumnGroup& group) {
    const Axes axes = AxesOf(guess_, block, group);
    for (const Axis& axis : axes.axes) {
      const std::string kind = axis.name == "period" ? ", periods"
                               : axis.name == "reporter"
                                   ? ", perhaps the reporter"
                                   : "";
      if (axis.header != nullptr) {
        const char* span =
            axis.header->span == Span::kEach     ? "one for each column"
            : axis.header->span == Span::kMerged ? "spanning, merged"
                                                 : "spanning, to the next one";
        Add("headers", "row " + std::to_string(axis.header->row),
            std::to_string(axis.cells.size()) + ", " + span + kind);
      } else if (&group == &block.groups.front()) {
        Add("labels", "column " + ColumnOf(axis.label->column),
            std::to_string(axis.cells.size()) +
                (axis.label->sparse ? ", each down to the next one" : "") +
                kind);
      }
    }
  }

  void Marks(const BlockGuess& block) {
    std::map<std::string, std::pair<uint64_t, size_t>> marks;
    for (const uint32_t row : block.rows) {
      for (const uint32_t column : block.columns) {
        const size_t cell = sheet_.At(row, column);
        if (cell == Sheet::kNone) continue;
        const CellLook& look = guess_.looks[cell];
        const bool number =
            look.looks == Looks::kNumber || look.looks == Looks::kYear;
        if (number && look.suffix.empty()) continue;
        ++marks.try_emplace(number ? look.suffix : Text(cell), 0, cell)
              .first->second.first;
      }
    }
    size_t listed = 0;
    for (const auto& [text, seen] : marks) {
      if (++listed > kListed) {
        Add("marks", "", std::to_string(marks.size() - kListed) + " more");
        return;
      }
      Add("mark", Place(seen.second),
          text + ", " + std::to_string(seen.first) +
              (seen.first == 1 ? " cell" : " cells"));
    }
  }

  void Sum(const BlockGuess& block, const SumGuess& sum) {
    const std::string label = sum.of_rows
                                  ? RowLabel(guess_, block, sum.total)
                                  : ColumnLabel(guess_, block, sum.total);
    Add(sum.all ? "total" : "subtotal",
        sum.of_rows ? "row " + std::to_string(block.rows[sum.total])
                    : "column " + ColumnOf(block.columns[sum.total]),
        (label.empty() ? "" : Quoted(label) + ", ") + "the sum of " +
            std::to_string(sum.parts.size()) +
            (sum.of_rows ? " rows" : " columns") +
            (sum.marks    ? ", if marks count as nothing"
             : sum.blanks ? ", if blanks count as nothing"
                          : ""));
  }

  const SheetGuess& guess_;
  const Sheet& sheet_;
  std::string& out_;
  std::string table_;
};

}  // namespace

Status Suggest(Host& host, const std::string& file, const std::string& asked,
               const std::vector<Sheet>& sheets) {
  std::deque<Sheet> shown;  // what the guesses point into
  std::vector<SheetGuess> guesses;
  std::vector<std::string> others;
  std::string names;
  for (const Sheet& sheet : sheets) {
    names += (names.empty() ? "" : ", ") + sheet.name();
    if (!asked.empty() && sheet.name() != asked) {
      others.push_back(sheet.name());
      continue;
    }
    const auto hidden =
        std::count_if(sheet.cells().begin(), sheet.cells().end(),
                      [](const SheetCell& cell) { return cell.hidden; });
    guesses.push_back(
        GuessBlocks(hidden == 0 ? sheet : shown.emplace_back(Shown(sheet))));
    guesses.back().hidden = static_cast<size_t>(hidden);
    FindSums(&guesses.back());
  }
  if (guesses.empty()) {
    return tabular::Refuse(
        host, Error{.reason = "UNKNOWN_SHEET",
                    .message = "the document has no sheet of that name",
                    .expected = names.empty() ? "a document with sheets"
                                              : names.substr(0, 1000),
                    .found = tabular::Printable(asked)});
  }
  std::string cells = "sheet,row,column,text,role\n";
  std::string told = "sheet,table,what,where,text\n";
  size_t blocks = 0;
  for (const SheetGuess& guess : guesses) {
    blocks += guess.blocks.size();
    DrawCells(guess, &cells);
    Guesses(guess, &told).Tell();
    for (const Remark& remark : RemarksOn(guess)) {
      Diagnostic out{.severity = remark.severity,
                     .reason = remark.reason,
                     .message = remark.message,
                     .found = remark.found,
                     .repeats = remark.repeats};
      out.locator = tabular::ToSdk(remark.place, guess.sheet->name());
      COLLATE_SDK_RETURN_IF_ERROR(host.Diagnose(out));
    }
  }
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Attach("suggest-cells.csv", "text/csv", cells));
  if (blocks == 0) {
    return tabular::Refuse(
        host,
        Error{.reason = "NO_TABLE_FOUND",
              .message = "no table of figures was found: nothing to suggest",
              .expected = "at least two numbers next to one another under "
                          "headers or beside labels",
              .found = "none"});
  }
  COLLATE_SDK_RETURN_IF_ERROR(
      host.Attach("suggest-guess.csv", "text/csv", told));
  return host.Attach("suggested.recipe.textproto", "text/plain",
                     SuggestRecipe(file, asked, guesses, others));
}

}  // namespace collate::foi_spreadsheet
