#include "plugins/foi_spreadsheet/engine.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "plugins/foi_spreadsheet/beside.h"
#include "plugins/foi_spreadsheet/checks.h"
#include "plugins/foi_spreadsheet/select.h"
#include "plugins/foi_spreadsheet/value.h"

namespace collate::foi_spreadsheet {

using tabular::Error;
using tabular::Printable;

namespace {

// Cells of a table's boxes, blank ones too.
constexpr size_t kMaxFigures = 1'000'000;

// Reads one table on the sheet that it matched.
class TableReader {
 public:
  TableReader(const Recipe& recipe, const Sheet& sheet,
              const Manifest& manifest, std::vector<CellClaim>* claims,
              std::deque<AxisLabels>* labels, TableReading* reading)
      : recipe_(recipe),
        table_(*reading->table),
        sheet_(sheet),
        manifest_(manifest),
        claims_(claims),
        labels_(labels),
        reading_(reading) {}

  void Read() {
    anchors_ = FindAnchors(recipe_, table_, sheet_, reading_);
    if (!reading_->ok() || reading_->without_figures()) return;
    const Spot first = anchors_.at(table_.boxes(0).anchor())[0];
    reading_->anchor = sheet_.Place(static_cast<uint32_t>(first.row),
                                    static_cast<uint32_t>(first.column));
    size_t number = 0;
    for (const pb::Box& box : table_.boxes()) {
      for (const Block& block :
           FindBlocks(recipe_, table_, box, anchors_, sheet_, reading_)) {
        ReadBlock(block, number++);
      }
    }
    CheckLevels();
    CheckKeys();
    if (reading_->ok() && reading_->present()) RunChecks(recipe_, reading_);
  }

  // After every table of the sheet has its figures: these take what is left.
  void ClaimRest() {
    if (anchors_.empty()) return;
    for (const pb::Claim& claim : table_.notes()) {
      ClaimCells(recipe_, claim, Role::kNote, anchors_, sheet_, claims_,
                 reading_);
    }
    for (const pb::Claim& claim : table_.ignore()) {
      ClaimCells(recipe_, claim, Role::kIgnored, anchors_, sheet_, claims_,
                 reading_);
    }
  }

 private:
  void Claim(size_t cell, Role role, std::string rule) {
    CellClaim& claim = (*claims_)[cell];
    const bool same = claim.role == role && role == Role::kHeader;
    if (claim.role == Role::kLeftover || same) {
      if (!same) claim = {role, table_.id() + ": " + std::move(rule)};
      return;
    }
    reading_->AddFault(Error{
        .reason = "CELL_CLAIMED_TWICE",
        .message = "a cell is claimed as " + std::string(RoleName(claim.role)) +
                   " (" + claim.rule + ") and as " + RoleName(role) + " (" +
                   table_.id() + ": " + rule + ")",
        .expected = "one meaning for each cell",
        .found = Printable(sheet_.cells()[cell].label),
        .locator = sheet_.cells()[cell].locator});
  }

  void ReadBlock(const Block& block, size_t number) {
    // A count in a recipe may be any number.
    const size_t size = block.rows.size() * block.columns.size();
    if (reading_->figures.size() + size > kMaxFigures) {
      reading_->AddFault(
          Error{.code = tabular::Code::kResourceExhausted,
                .reason = "BOX_TOO_LARGE",
                .message = "the boxes of a table hold too many cells",
                .expected = "at most " + std::to_string(kMaxFigures),
                .found = std::to_string(reading_->figures.size() + size),
                .locator = reading_->anchor});
      return;
    }
    std::vector<const AxisLabels*> axes;
    for (const pb::Dimension& dimension : table_.dimensions()) {
      const AxisLabels& labels =
          labels_->emplace_back(LookUp(recipe_, table_, dimension, block,
                                       anchors_, sheet_, manifest_, reading_));
      axes.push_back(&labels);
      for (const Label& label : labels.labels) {
        if (label.cell != Sheet::kNone) {
          Claim(label.cell, Role::kHeader, dimension.name());
        }
      }
    }
    const std::vector<BesideNotes> beside =
        ReadBeside(recipe_, table_, block, anchors_, sheet_, reading_);
    for (const BesideNotes& notes : beside) {
      for (const BesideNote& note : notes.lines) {
        if (note.cell != Sheet::kNone)
          Claim(note.cell, Role::kHeader, notes.key);
      }
    }
    for (const BoxLine& row : block.rows) {
      if (block.box->only_rows().empty()) break;
      Claim(row.header, Role::kHeader, "only_rows");
    }
    if (!reading_->ok()) return;
    ClaimSkipped(block.rows, block.columns, /*rows=*/true);
    ClaimSkipped(block.columns, block.rows, /*rows=*/false);
    for (size_t r = 0; r < block.rows.size(); ++r) {
      if (block.rows[r].skipped) continue;
      for (size_t c = 0; c < block.columns.size(); ++c) {
        if (block.columns[c].skipped) continue;
        Observed& out = reading_->figures.emplace_back();
        out.block = number;
        out.published = !block.rows[r].total && !block.columns[c].total;
        for (const AxisLabels* axis : axes) {
          out.labels.push_back(&axis->Of(r, c));
        }
        for (const BesideNotes& notes : beside) {
          const BesideNote& note = notes.Of(r, c);
          if (!note.text.empty()) out.figure.notes.push_back(note.text);
        }
        ReadCell(block.rows[r].number, block.columns[c].number, &out);
      }
    }
  }

  void ReadCell(uint32_t row, uint32_t column, Observed* out) {
    const size_t cell = sheet_.At(row, column);
    out->locator = cell == Sheet::kNone ? sheet_.Place(row, column)
                                        : sheet_.cells()[cell].locator;
    ReadFigure(table_, sheet_, cell, out->locator, &out->figure, reading_);
    ReadBlankWhere(recipe_, table_, out->labels, out->locator, &out->figure,
                   reading_);
    if (cell != Sheet::kNone) {
      Claim(cell, out->published ? Role::kObservation : Role::kTotal, "figure");
    }
    if (!table_.has_flag_cells()) return;
    const bool right = table_.flag_cells().side() == pb::FlagCells::SIDE_RIGHT;
    const size_t flag = sheet_.At(row, int64_t{column} + (right ? 1 : -1));
    if (flag == Sheet::kNone) return;
    ReadFlag(table_, sheet_.cells()[flag], &out->figure, reading_);
    Claim(flag, Role::kNote, "flag");
  }

  // Skipped lines with their headers, as far as the box reaches.
  void ClaimSkipped(const std::vector<BoxLine>& lines,
                    const std::vector<BoxLine>& across, bool rows) {
    for (const BoxLine& line : lines) {
      if (!line.skipped) continue;
      const auto ignore = [&](size_t cell) {
        if (cell != Sheet::kNone && (*claims_)[cell].role == Role::kLeftover) {
          (*claims_)[cell] = {Role::kIgnored,
                              table_.id() + ": " + line.skip_reason};
        }
      };
      ignore(line.header);
      for (const BoxLine& other : across) {
        ignore(rows ? sheet_.At(line.number, other.number)
                    : sheet_.At(other.number, line.number));
      }
    }
  }

  // A figure has one whole that it is a part of.
  void CheckLevels() {
    for (const Observed& figure : reading_->figures) {
      std::string found;
      int parts = 0;
      for (size_t i = 0; i < figure.labels.size(); ++i) {
        const Label& label = *figure.labels[i];
        if (table_.dimensions(static_cast<int>(i)).internal() ||
            (label.level != pb::LEVEL_SUBTOTAL &&
             label.level != pb::LEVEL_OF_WHICH)) {
          continue;
        }
        ++parts;
        found += (found.empty() ? "" : ", ") + label.text;
      }
      if (parts < 2) continue;
      reading_->AddFault(Error{.reason = "LEVELS_CROSSED",
                               .message =
                                   "a figure is a subtotal or a part along two "
                                   "dimensions",
                               .expected = "one, or lines that are skipped",
                               .found = Printable(found, 200),
                               .locator = figure.locator});
    }
  }

  // One set of labels, one figure.
  void CheckKeys() {
    if (!reading_->ok() || table_.measure().repeats() == pb::REPEATS_ADD ||
        table_.measure().repeats() == pb::REPEATS_CONFLICT) {
      return;
    }
    std::map<std::string, const Observed*> seen;
    for (const Observed& figure : reading_->figures) {
      std::string key;
      for (const Label* label : figure.labels) key += label->text + '\n';
      const auto [at, is_new] = seen.try_emplace(key, &figure);
      if (is_new) continue;
      std::string found;
      for (const Label* label : figure.labels) {
        if (label->text.empty()) continue;
        found += (found.empty() ? "" : ", ") + label->text;
      }
      reading_->AddFault(Error{
          .reason = "REPEATED_LABELS",
          .message =
              "two figures have the same labels; the first is at " +
              tabular::FormatPlace("", sheet_.name(), at->second->locator),
          .expected = "labels that tell the figures apart, or `repeats`",
          .found = Printable(found, 200),
          .locator = figure.locator});
    }
  }

  const Recipe& recipe_;
  const pb::Table& table_;
  const Sheet& sheet_;
  const Manifest& manifest_;
  std::vector<CellClaim>* claims_;
  std::deque<AxisLabels>* labels_;
  TableReading* reading_;
  Anchors anchors_;
};

class RecipeRun {
 public:
  RecipeRun(const Recipe& recipe, const std::vector<Sheet>& sheets,
            const Manifest& manifest, Reading* out)
      : recipe_(recipe), sheets_(sheets), manifest_(manifest), out_(*out) {}

  void Run() {
    out_.independent = recipe_.proto().independent();
    ignored_.resize(sheets_.size());
    for (size_t s = 0; s < sheets_.size(); ++s) {
      out_.claims.emplace_back(sheets_[s].cells().size());
      for (const pb::SheetRule& rule : recipe_.proto().ignore_sheets()) {
        if (ignored_[s].empty() && !sheets_[s].is_text() &&
            recipe_.pattern(rule.regex()).Finds(sheets_[s].name())) {
          ignored_[s] = rule.reason();
        }
      }
    }
    std::vector<std::vector<TableReading*>> by_sheet(sheets_.size());
    for (const pb::Table& table : recipe_.proto().tables()) {
      size_t number = 0;
      for (const size_t sheet : Match(table)) {
        TableReading& reading = out_.tables.emplace_back();
        reading.table = &table;
        reading.id = table.id();
        if (table.match().each_sheet()) {
          reading.id += "_" + std::to_string(++number);
        }
        reading.sheet = &sheets_[sheet];
        by_sheet[sheet].push_back(&reading);
      }
    }
    for (size_t s = 0; s < sheets_.size(); ++s) {
      if (!by_sheet[s].empty()) {
        ReadSheet(s, by_sheet[s]);
      } else {
        Unread(s);
      }
    }
    for (TableReading& table : out_.tables) {
      for (Error& fault : table.faults) {
        if (table.sheet != nullptr) fault.sheet = table.sheet->name();
      }
    }
  }

 private:
  // The sheets that a table is read on; none after a fault.
  std::vector<size_t> Match(const pb::Table& table) {
    const std::string& regex = table.match().sheet_regex();
    std::vector<size_t> found;
    std::string names;
    for (size_t s = 0; s < sheets_.size(); ++s) {
      if (regex.empty() && sheets_[s].cells().empty() &&
          !sheets_[s].refusal()) {
        continue;  // such as the second and third of a new workbook
      }
      const bool named = sheets_[s].is_text() || regex.empty() ||
                         recipe_.pattern(regex).Finds(sheets_[s].name());
      if (!named || !ignored_[s].empty()) continue;
      found.push_back(s);
      names += (names.empty() ? "" : ", ") + Printable(sheets_[s].name());
    }
    const bool each = table.match().each_sheet();
    if (found.size() == 1 || (each && !found.empty())) return found;
    TableReading& refused = out_.tables.emplace_back();
    refused.table = &table;
    refused.id = table.id();
    refused.AddFault(
        Error{.reason = "SHEET_NOT_FOUND",
              .message = "table '" + table.id() + "' needs one sheet",
              .expected = regex.empty() ? "one sheet that is not ignored"
                                        : "one sheet like " + regex,
              .found = found.empty() ? "none" : names});
    return {};
  }

  void Unread(size_t s) {
    const Sheet& sheet = sheets_[s];
    if (sheet.cells().empty() && !sheet.refusal()) return;
    if (ignored_[s].empty() && sheet.refusal()) {
      out_.faults.push_back(*sheet.refusal());
      return;
    }
    if (ignored_[s].empty()) {
      out_.faults.push_back(
          Error{.reason = "SHEET_NOT_CLAIMED",
                .message = "a sheet that the recipe neither reads nor ignores",
                .expected = "a table on it, or an entry in ignore_sheets",
                .found = Printable(sheet.name()),
                .sheet = sheet.name()});
      return;
    }
    out_.notices.push_back(
        {.reason = "SHEET_NOT_READ",
         .message = Printable(sheet.name()) + ": " + ignored_[s]});
    for (CellClaim& claim : out_.claims[s]) {
      claim = {Role::kIgnored, "ignore_sheets: " + ignored_[s]};
    }
  }

  // The strictest of the tables' rules holds for the sheet.
  void Hide(size_t s, const std::vector<TableReading*>& tables) {
    const Sheet& sheet = sheets_[s];
    uint64_t hidden = 0;
    const SheetCell* first = nullptr;
    for (const SheetCell& cell : sheet.cells()) {
      if (!cell.hidden) continue;
      ++hidden;
      if (first == nullptr) first = &cell;
    }
    for (TableReading* table : tables) {
      const pb::Hidden rule = table->table->hidden();
      if (sheet.hidden() && rule != pb::HIDDEN_READ) {
        table->AddFault(Error{.reason = "HIDDEN_SHEET",
                              .message = "the sheet of a table is hidden",
                              .expected = "a sheet that is shown, or hidden: "
                                          "HIDDEN_READ"});
      }
      if (hidden == 0) continue;
      if (rule == pb::HIDDEN_READ || rule == pb::HIDDEN_IGNORE) {
        const bool read = rule == pb::HIDDEN_READ;
        table->notices.push_back(
            {.severity = sdk::Severity::kWarning,
             .reason = read ? "HIDDEN_CELLS_READ" : "HIDDEN_CELLS_IGNORED",
             .message = read ? "cells of hidden rows or columns are read like "
                               "others"
                             : "cells of hidden rows or columns are ignored",
             .locator = first->locator,
             .repeats = hidden});
      } else {
        table->AddFault(
            Error{.reason = "HIDDEN_CELLS",
                  .message = std::to_string(hidden) +
                             " cells stand in hidden rows or columns",
                  .expected = "none, or a rule `hidden`",
                  .found = Printable(first->label),
                  .locator = first->locator});
      }
      if (rule != pb::HIDDEN_IGNORE) continue;
      for (size_t i = 0; i < sheet.cells().size(); ++i) {
        if (sheet.cells()[i].hidden) {
          out_.claims[s][i] = {Role::kIgnored, "hidden"};
        }
      }
    }
  }

  void ReadSheet(size_t s, const std::vector<TableReading*>& tables) {
    if (sheets_[s].refusal()) {
      for (TableReading* table : tables) table->AddFault(*sheets_[s].refusal());
      return;
    }
    Hide(s, tables);
    std::deque<TableReader> readers;
    for (TableReading* table : tables) {
      readers.emplace_back(recipe_, sheets_[s], manifest_, &out_.claims[s],
                           &out_.labels, table);
      readers.back().Read();
    }
    for (TableReader& reader : readers) reader.ClaimRest();
    const auto there = [](const TableReading* table) {
      return !table->ok() || table->present();
    };
    const bool any = std::any_of(tables.begin(), tables.end(), there);
    for (size_t i = 0; i < sheets_[s].cells().size(); ++i) {
      if (out_.claims[s][i].role != Role::kLeftover) continue;
      const SheetCell& cell = sheets_[s].cells()[i];
      // A table that is refused already has its own reasons, and its cells are
      // among these.
      for (TableReading* table : tables) {
        if (!table->ok() && !LeftOver(*table)) continue;
        // A table that is not there has left nothing over.
        if (any && !there(table)) continue;
        table->AddFault(
            Error{.reason = "CELL_LEFT_OVER",
                  .message = "a cell that the recipe does not account for",
                  .expected = "a figure, header, note or ignored cell",
                  .found = Printable(cell.label),
                  .locator = cell.locator});
      }
    }
  }

  static bool LeftOver(const TableReading& table) {
    return table.faults[0].reason == "CELL_LEFT_OVER";
  }

  const Recipe& recipe_;
  const std::vector<Sheet>& sheets_;
  const Manifest& manifest_;
  Reading& out_;
  std::vector<std::string> ignored_;  // of each sheet, why; empty: it is not
};

}  // namespace

const char* RoleName(Role role) {
  switch (role) {
    case Role::kObservation:
      return "observation";
    case Role::kHeader:
      return "header";
    case Role::kNote:
      return "note";
    case Role::kTotal:
      return "total";
    case Role::kIgnored:
      return "ignored";
    case Role::kLeftover:
      break;
  }
  return "leftover";
}

void TableReading::AddFault(Error fault) {
  if (faults.size() < kListedFaults) {
    faults.push_back(std::move(fault));
  } else {
    ++unlisted_faults;
  }
}

bool Reading::ok() const {
  if (!faults.empty()) return false;
  const auto good = [](const TableReading& table) { return table.ok(); };
  return independent ? std::any_of(tables.begin(), tables.end(), good)
                     : std::all_of(tables.begin(), tables.end(), good);
}

const Error* Reading::FirstFault() const {
  if (!faults.empty()) return &faults[0];
  for (const TableReading& table : tables) {
    if (!table.ok()) return &table.faults[0];
  }
  return nullptr;
}

Reading RunRecipe(const Recipe& recipe, const std::vector<Sheet>& sheets,
                  const Manifest& manifest) {
  Reading out;
  RecipeRun(recipe, sheets, manifest, &out).Run();
  return out;
}

}  // namespace collate::foi_spreadsheet
