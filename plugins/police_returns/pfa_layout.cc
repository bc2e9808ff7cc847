#include "plugins/police_returns/pfa_layout.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "plugins/police_returns/glued_note.h"
#include "plugins/tabular/header.h"

namespace collate::police_returns {
namespace {

using tabular::Locator;
using tabular::Merge;
using tabular::NormaliseName;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;

constexpr uint32_t kSearchRows = 20;

bool StartsWith(std::string_view text, std::string_view begin) {
  return text.substr(0, begin.size()) == begin;
}

bool Covers(const Merge& range, uint32_t column) {
  return range.column <= column && column <= range.column_end;
}

class LayoutReader {
 public:
  LayoutReader(const PfaGrid& grid, PfaTable* table, PfaLayout* layout)
      : grid_(grid),
        words_(WordsOf(table->kind)),
        table_(*table),
        layout_(*layout),
        labels_(*layout, table) {}

  Status Read() {
    COLLATE_TABULAR_RETURN_IF_ERROR(FindHeader());
    COLLATE_TABULAR_RETURN_IF_ERROR(FindEnd());
    ReadFootnotes();
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadTitle());
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadHeadings());
    COLLATE_TABULAR_RETURN_IF_ERROR(CheckColumns());
    return CheckUnit();
  }

 private:
  using Cell = PfaSheetCell;

  // "1. Police recorded crime data ..." under the table, by its number.
  void ReadFootnotes() {
    for (size_t i = layout_.end; i < grid_.rows.size(); ++i) {
      ++table_.rows_below;
      for (const Cell& cell : grid_.rows[i].cells) {
        const std::string text = SingleSpaced(cell.text);
        const size_t digits = text.find_first_not_of("0123456789");
        if (digits == 0 || digits == std::string::npos || digits > 3 ||
            text[digits] != '.') {
          continue;
        }
        layout_.footnotes.emplace(text.substr(0, digits), text);
      }
    }
  }

  // ---- Where the table stands --------------------------------------------

  Status FindHeader() {
    size_t found = 0;
    for (size_t i = 0; i < grid_.rows.size(); ++i) {
      const PfaSheetRow& row = grid_.rows[i];
      if (row.row > kSearchRows) break;
      const Cell* code = nullptr;
      const Cell* name = nullptr;
      for (const Cell& cell : row.cells) {
        const std::string text = NormaliseName(cell.text);
        const bool is_code = text == "area code";
        if (!is_code && text != "area name") continue;
        const Cell*& role = is_code ? code : name;
        if (role != nullptr) {
          return grid_.Refuse("AMBIGUOUS_COLUMN", "two columns of one heading",
                              "one column of area codes and one of names",
                              cell);
        }
        role = &cell;
      }
      if (code == nullptr || name == nullptr) continue;
      if (++found > 1) {
        return grid_.Refuse("AMBIGUOUS_HEADER", "a second row that is a header",
                            "one row with \"Area Code\" and \"Area Name\"",
                            *code);
      }
      header_ = i;
      table_.header_row = row.row;
      layout_.code_column = code->locator.column;
      layout_.name_column = name->locator.column;
    }
    if (found == 1) return OkStatus();
    return grid_.Refuse("HEADER_NOT_FOUND",
                        "no row is the header of a table of police force areas",
                        "\"Area Code\" and \"Area Name\" within the first " +
                            std::to_string(kSearchRows) + " rows",
                        "", Locator{.row = 1, .row_end = kSearchRows});
  }

  Status FindEnd() {
    for (layout_.end = header_ + 1; layout_.end < grid_.rows.size();
         ++layout_.end) {
      const Cell* cell = grid_.rows[layout_.end].Find(layout_.code_column);
      if (cell != nullptr && StartsWith(NormaliseName(cell->text), "source:")) {
        return OkStatus();
      }
    }
    return grid_.Refuse(
        "TABLE_END_NOT_FOUND",
        "the table has no last row: where it ends and its notes "
        "begin is not said",
        "\"Source:\" in the column of the area codes", "",
        Locator{.row = grid_.rows[header_].row});
  }

  Status ReadTitle() {
    const Cell* title = nullptr;
    for (size_t i = 0; i < header_; ++i) {
      for (const Cell& cell : grid_.rows[i].cells) {
        const std::string text = NormaliseName(cell.text);
        if (!StartsWith(text, std::string(words_.sheet) + ":")) continue;
        if (title != nullptr) {
          return grid_.Refuse("AMBIGUOUS_TITLE", "a second title", "one title",
                              cell);
        }
        title = &cell;
      }
    }
    if (title == nullptr) {
      return grid_.Refuse(
          "TITLE_NOT_FOUND",
          "the table has no title, the only place where its period "
          "stands",
          "\"" + std::string(words_.sheet) + ": ...\" above row " +
              std::to_string(grid_.rows[header_].row),
          "", Locator{.row = 1});
    }
    if (NormaliseName(title->text).find(words_.title) == std::string::npos) {
      return grid_.Refuse("TITLE_MISMATCH", "the title is another table's",
                          "a title with \"" + std::string(words_.title) + "\"",
                          *title);
    }
    table_.title = labels_.Read(*title, &table_.notes);
    table_.title_cell = title->locator;
    return table_.kind == PfaKind::kPopulation ? OkStatus()
                                               : ReadPeriod(*title);
  }

  Status ReadPeriod(const Cell& title) {
    const auto years = YearsEnding(title.text);
    const bool compared = table_.kind == PfaKind::kChange;
    const size_t expected = compared ? 2 : 1;
    if (!years.has_value() || years->size() != expected) {
      return grid_.Refuse("INVALID_PERIOD",
                          compared ? "the title does not name two periods"
                                   : "the title does not name one period",
                          compared
                              ? "\"year ending March 2017 compared with year "
                                "ending March 2018\""
                              : "\"year ending March 2018\"",
                          title);
    }
    table_.period = years->back();
    if (!compared) return OkStatus();
    const YearEnding& first = years->front();
    const YearEnding& second = years->back();
    const int32_t step = second.year - first.year;
    if (first.month != second.month || (step != 1 && step != -1)) {
      return grid_.Refuse(
          "INVALID_PERIOD",
          "the title compares periods that are not a year apart",
          "two years ending in the same month", title);
    }
    if (step < 0) table_.period = first;
    return OkStatus();
  }

  // ---- Columns -----------------------------------------------------------

  // The header row, and what stands above it: a heading of one column that
  // reaches down into it, or one over several columns.
  Status ReadHeadings() {
    const uint32_t row = grid_.rows[header_].row;
    for (const Cell& cell : grid_.rows[header_].cells) {
      if (cell.IsBlank() || cell.locator.column == layout_.code_column ||
          cell.locator.column == layout_.name_column) {
        continue;
      }
      headings_[cell.locator.column] = &cell;
    }
    if (const PfaSheetRow* above = grid_.FindRow(row - 1)) {
      for (const Cell& cell : above->cells) {
        if (cell.IsBlank()) continue;
        const Merge range = grid_.RangeOf(cell);
        if (range.row_end < row) {
          spanners_.emplace_back(&cell, range);
        } else if (range.column_end > range.column ||
                   !headings_.emplace(range.column, &cell).second) {
          return grid_.Refuse("AMBIGUOUS_COLUMN",
                              "a heading that reaches into others",
                              "one heading "
                              "for each column",
                              cell);
        }
      }
    }
    table_.rows_above = header_ + 1;
    return OkStatus();
  }

  std::optional<PfaColumn> ColumnOf(std::string_view name) const {
    PfaColumn column;
    if (table_.kind == PfaKind::kPopulation) {
      const auto year = ParseYear(name);
      if (!year.has_value()) return std::nullopt;
      column.measure = PfaMeasure::kPopulation;
      column.mid_year = *year;
      return column;
    }
    column.offence = FindOffence(name);
    column.measure = table_.kind == PfaKind::kNumbers ? PfaMeasure::kOffences
                     : table_.kind == PfaKind::kChange
                         ? PfaMeasure::kChange
                         : PfaMeasure::kPopulationRate;
    if (column.offence.has_value()) return column;
    if (table_.kind != PfaKind::kRates) return std::nullopt;
    if (name == kHouseholdBurglary) {
      column.measure = PfaMeasure::kHouseholdRate;
      return column;
    }
    for (const auto& [lead, measure] :
         {std::pair("population", PfaMeasure::kPopulation),
          std::pair("household", PfaMeasure::kHouseholds)}) {
      const auto year = MidYearOf(name, lead);
      if (!year.has_value()) continue;
      column.measure = measure;
      column.mid_year = *year;
      return column;
    }
    return std::nullopt;
  }

  Status CheckColumns() {
    // What makes two columns the same.
    std::set<std::pair<PfaMeasure, size_t>> seen;
    for (const auto& [at, cell] : headings_) {
      std::vector<std::string> notes;
      std::string text = labels_.Read(*cell, &notes);
      std::optional<PfaColumn> column = ColumnOf(NormaliseName(text));
      if (!column.has_value()) {
        return grid_.Refuse("UNKNOWN_COLUMN",
                            "a heading that this table has not", Expected(),
                            *cell);
      }
      const size_t which = table_.kind == PfaKind::kPopulation
                               ? static_cast<size_t>(column->mid_year)
                               : column->offence.value_or(0);
      if (!seen.emplace(column->measure, which).second) {
        return grid_.Refuse("AMBIGUOUS_COLUMN",
                            "a second column of one heading",
                            "each heading once", *cell);
      }
      column->column = at;
      column->text = std::move(text);
      column->notes = std::move(notes);
      column->locator = cell->locator;
      COLLATE_TABULAR_RETURN_IF_ERROR(CheckSpanner(*column, *cell));
      table_.columns.push_back(*std::move(column));
    }
    return CheckMissing(seen);
  }

  std::string Expected() const {
    if (table_.kind == PfaKind::kPopulation) return "a year";
    return table_.kind == PfaKind::kRates
               ? "an offence group, \"Residential burglary (households)\", or "
                 "\"Population figures (mid-2016) rounded to 100\""
               : "an offence group";
  }

  Status CheckMissing(
      const std::set<std::pair<PfaMeasure, size_t>>& seen) const {
    const auto refuse = [&](std::string_view name) {
      return grid_.Refuse("MISSING_COLUMN", "the table lacks a column",
                          "a column \"" + std::string(name) + "\"", "",
                          Locator{.row = grid_.rows[header_].row});
    };
    const auto has = [&](PfaMeasure measure) {
      return seen.count({measure, 0}) > 0;
    };
    if (table_.kind == PfaKind::kPopulation) {
      return seen.empty() ? refuse("2016") : OkStatus();
    }
    for (size_t i = 0; i < kOffenceColumns; ++i) {
      const bool there = std::any_of(
          table_.columns.begin(), table_.columns.end(),
          [i](const PfaColumn& column) { return column.offence == i; });
      if (!there) return refuse(OffenceHeading(i));
    }
    if (table_.kind != PfaKind::kRates) return OkStatus();
    if (!has(PfaMeasure::kHouseholdRate)) return refuse(kHouseholdBurglary);
    if (!has(PfaMeasure::kPopulation)) return refuse("population figures");
    return has(PfaMeasure::kHouseholds) ? OkStatus()
                                        : refuse("household figures");
  }

  // Headings over several columns say again what the columns are.
  Status CheckSpanner(const PfaColumn& column, const Cell& heading) const {
    std::string_view expected;
    if (column.offence.has_value()) {
      expected = SpannerOf(*column.offence);
    } else if (column.measure == PfaMeasure::kHouseholdRate) {
      expected = SpannerOf(*FindOffence("residential burglary"));
    } else if (table_.kind == PfaKind::kPopulation) {
      expected = words_.unit;
    }
    for (const auto& [cell, range] : spanners_) {
      const std::string text = NormaliseName(cell->text);
      if (table_.kind == PfaKind::kPopulation ? text != words_.unit
                                              : !IsSpanner(text)) {
        return grid_.Refuse("UNKNOWN_COLUMN",
                            "a heading that this table has not",
                            "\"Victim-based crime\" or \"Other crimes against "
                            "society\" over the columns, in P9 \"Mid-year\"",
                            *cell);
      }
      if (Covers(range, column.column) && text != expected) {
        return grid_.Refuse(
            "SPANNER_MISMATCH",
            "a column that stands under another's heading, " +
                Printable(cell->text),
            expected.empty() ? "no heading above it" : std::string(expected),
            heading);
      }
    }
    return OkStatus();
  }

  // The row under the header says what the numbers are, and of which columns.
  Status CheckUnit() {
    layout_.first_area = header_ + 1;
    std::vector<std::pair<const Cell*, Merge>> units;
    if (table_.kind == PfaKind::kPopulation) {
      units = spanners_;
    } else {
      ++table_.rows_above;
      for (const Cell& cell : grid_.rows[layout_.first_area++].cells) {
        if (cell.IsBlank()) continue;
        std::vector<std::string> notes;
        if (NormaliseName(labels_.Read(cell, &notes)) != words_.unit) {
          return grid_.Refuse("UNIT_MISMATCH",
                              "the row under the header states another unit",
                              "\"" + std::string(words_.unit) + "\"", cell);
        }
        table_.notes.insert(table_.notes.end(), notes.begin(), notes.end());
        units.emplace_back(&cell, grid_.RangeOf(cell));
      }
    }
    for (const PfaColumn& column : table_.columns) {
      const bool own = table_.kind == PfaKind::kRates &&
                       (column.measure == PfaMeasure::kPopulation ||
                        column.measure == PfaMeasure::kHouseholds);
      const bool covered = std::any_of(
          units.begin(), units.end(),
          [&](const auto& unit) { return Covers(unit.second, column.column); });
      if (own == covered) {
        return grid_.Refuse(
            "UNIT_MISMATCH",
            own ? "a column of people or households under a rate"
                : "a column for which no unit is stated",
            "\"" + std::string(words_.unit) +
                "\" over the columns "
                "it is about",
            Printable(column.text), column.locator);
      }
    }
    return CheckRounding();
  }

  // P3 says so in its headings, P9 in a note.
  Status CheckRounding() const {
    if (table_.kind != PfaKind::kPopulation) return OkStatus();
    for (const auto& [mark, text] : layout_.footnotes) {
      if (text.find("rounded to the nearest 100") != std::string::npos) {
        return OkStatus();
      }
    }
    return grid_.Refuse(
        "ROUNDING_UNSTATED", "no note says to what the estimates are rounded",
        "a note with \"rounded to the nearest 100\"", "", table_.title_cell);
  }

  const PfaGrid& grid_;
  const PfaSheetWords& words_;
  PfaTable& table_;
  PfaLayout& layout_;
  PfaLabels labels_;
  size_t header_ = 0;                         // index into the rows of the grid
  std::map<uint32_t, const Cell*> headings_;  // by column
  std::vector<std::pair<const Cell*, Merge>> spanners_;
};

}  // namespace

std::string PfaLabels::Read(const PfaSheetCell& cell,
                            std::vector<std::string>* notes) {
  const std::string printed = SingleSpaced(cell.text);
  std::string_view label = printed;
  std::string_view glued;
  TakeGluedNote(&label, &glued);
  notes->clear();
  bool lost = false;  // told once for each cell
  const auto add = [&](const std::string& mark) {
    const auto at = footnotes_.find(mark);
    if (at == footnotes_.end()) {
      if (!lost) lost_notes_.push_back({mark, cell.locator});
      lost = true;
    } else if (std::find(notes->begin(), notes->end(), at->second) ==
               notes->end()) {
      notes->push_back(at->second);
    }
  };
  std::string mark;
  for (const char c : cell.superscript + ",") {
    const bool apart = c == ',' || c == ' ' || c == '\n' || c == '\t';
    if (!apart) {
      mark += c;
    } else if (!mark.empty()) {
      add(std::exchange(mark, ""));
    }
  }
  // The digits of "[Note 6]".
  if (!glued.empty()) add(std::string(glued.substr(6, glued.size() - 7)));
  return std::string(label);
}

Status ReadPfaLayout(const PfaGrid& grid, PfaTable* table, PfaLayout* layout) {
  return LayoutReader(grid, table, layout).Read();
}

}  // namespace collate::police_returns
