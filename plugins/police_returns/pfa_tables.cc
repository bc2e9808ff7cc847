#include "plugins/police_returns/pfa_tables.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "plugins/police_returns/pfa_grid.h"
#include "plugins/police_returns/pfa_layout.h"
#include "plugins/tabular/header.h"

namespace collate::police_returns {
namespace {

using tabular::CellKind;
using tabular::Decimal;
using tabular::Locator;
using tabular::NormaliseName;
using tabular::OkStatus;
using tabular::Printable;
using tabular::Status;

constexpr int64_t kRounding = 100;
constexpr std::string_view kCityOfLondon = "E23000034";

bool IsForce(AreaKind kind) {
  return kind == AreaKind::kEnglishForce || kind == AreaKind::kWelshForce ||
         kind == AreaKind::kTransportPolice;
}

// The rows between the headings and "Source:".
class AreaReader {
 public:
  AreaReader(const PfaGrid& grid, const PfaLayout& layout, PfaTable* table)
      : grid_(grid), layout_(layout), table_(*table), labels_(layout, table) {}

  Status Read() {
    COLLATE_TABULAR_RETURN_IF_ERROR(ReadAreas());
    return ReadValues();
  }

 private:
  using Cell = PfaSheetCell;

  Status ReadAreas() {
    std::map<std::string, Locator> codes;
    for (size_t i = layout_.first_area; i < layout_.end; ++i) {
      const PfaSheetRow& row = grid_.rows[i];
      if (row.IsBlank()) continue;
      PfaArea area;
      COLLATE_TABULAR_RETURN_IF_ERROR(ReadArea(row, &area));
      const auto [first, fresh] = codes.emplace(area.code, area.name_cell);
      if (!fresh) {
        return grid_.Refuse(
            "REPEATED_AREA",
            "an area that stands in " +
                tabular::CellName(first->second.row, first->second.column) +
                " already",
            "each area once", area.name + " " + area.code, area.name_cell);
      }
      table_.areas.push_back(std::move(area));
    }
    if (table_.areas.empty()) {
      return grid_.Refuse("NOTHING_TO_READ", "a header without areas",
                          "one area or more", "",
                          Locator{.row = table_.header_row});
    }
    std::set<std::string> forces;
    for (const PfaArea& area : table_.areas) {
      if (IsForce(area.kind)) forces.insert(NormaliseName(area.name));
    }
    for (PfaArea& area : table_.areas) {
      area.ambiguous_name =
          !IsForce(area.kind) && forces.count(NormaliseName(area.name)) > 0;
    }
    return OkStatus();
  }

  Status ReadArea(const PfaSheetRow& row, PfaArea* area) {
    const Cell* name = row.Find(layout_.name_column);
    const Cell* code = row.Find(layout_.code_column);
    if (name == nullptr) {
      const Cell& first =
          *std::find_if(row.cells.begin(), row.cells.end(),
                        [](const Cell& cell) { return !cell.IsBlank(); });
      return grid_.Refuse(
          "EMPTY_LABEL", "a row without the name of an area",
          "a name in column " + tabular::CellName(row.row, layout_.name_column),
          first);
    }
    area->name = labels_.Read(*name, &area->notes);
    area->name_cell = name->locator;
    if (code == nullptr) {
      if (IsTransportPolice(area->name)) return OkStatus();
      return grid_.Refuse("UNKNOWN_AREA", "an area without a code",
                          "a code; only British Transport Police has none",
                          *name);
    }
    std::vector<std::string> notes;
    area->code = labels_.Read(*code, &notes);
    area->notes.insert(area->notes.end(), notes.begin(), notes.end());
    const auto kind = KindOfArea(area->code);
    if (!kind.has_value()) {
      return grid_.Refuse(
          "UNKNOWN_AREA", "not the code of an area of these tables",
          "nine characters that begin with K04, E92, E12, E23, W92 "
          "or W15",
          *code);
    }
    area->kind = *kind;
    return OkStatus();
  }

  Status ReadValues() {
    size_t area = 0;
    for (size_t i = layout_.first_area; i < layout_.end; ++i) {
      const PfaSheetRow& row = grid_.rows[i];
      table_.read_cells += row.cells.size();
      if (row.IsBlank()) {
        ++table_.blank_rows;
        table_.blank_cells += row.cells.size();
        continue;
      }
      for (const Cell& cell : row.cells) {
        if (cell.hidden) ++table_.hidden_cells;
        if (cell.IsBlank()) ++table_.blank_cells;
        const uint32_t at = cell.locator.column;
        const bool known =
            cell.IsBlank() || at == layout_.code_column ||
            at == layout_.name_column ||
            std::any_of(table_.columns.begin(), table_.columns.end(),
                        [at](const PfaColumn& c) { return c.column == at; });
        if (!known) {
          return grid_.Refuse("STRAY_VALUE", "a value without a heading",
                              "nothing, or a heading over it", cell);
        }
      }
      for (size_t c = 0; c < table_.columns.size(); ++c) {
        const PfaColumn& column = table_.columns[c];
        const Cell* cell = row.Find(column.column);
        if (cell == nullptr) {
          Locator place;
          place.row = row.row;
          place.column = column.column;
          return grid_.Refuse("EMPTY_VALUE",
                              "no value of " + Printable(column.text) +
                                  " for " + Printable(table_.areas[area].name),
                              "a number or a mark that this table declares", "",
                              place);
        }
        PfaCell value{.area = area,
                      .column = c,
                      .raw = cell->raw,
                      .locator = cell->locator};
        Status status = ReadValue(*cell, table_.areas[area], column, &value);
        if (!status.ok()) {
          status.error().locator = cell->locator;
          return grid_.Refuse(std::move(status.error()));
        }
        table_.cells.push_back(std::move(value));
      }
      ++area;
    }
    return OkStatus();
  }

  Status ReadValue(const Cell& cell, const PfaArea& area,
                   const PfaColumn& column, PfaCell* out) {
    if (cell.kind != CellKind::kNumber) {
      return ReadMark(cell, area, column, out);
    }
    if (cell.percent) {
      return grid_.Refuse(
          "UNIT_MISMATCH",
          "a number that is shown times 100, in a table that prints "
          "numbers as they are stored",
          "a plain number", cell);
    }
    switch (column.measure) {
      case PfaMeasure::kOffences:
        return tabular::ParseInteger(cell.value, &out->value.mantissa);
      case PfaMeasure::kPopulation:
      case PfaMeasure::kHouseholds:
        return ReadRounded(cell, out);
      case PfaMeasure::kChange:
      case PfaMeasure::kPopulationRate:
      case PfaMeasure::kHouseholdRate:
        return ReadFraction(cell, out);
    }
    return OkStatus();
  }

  Status ReadRounded(const Cell& cell, PfaCell* out) const {
    int64_t& value = out->value.mantissa;
    COLLATE_TABULAR_RETURN_IF_ERROR(tabular::ParseInteger(cell.value, &value));
    int64_t above = 0;
    if (value < 0 || value % kRounding != 0 ||
        __builtin_add_overflow(value, kRounding / 2, &above)) {
      return grid_.Refuse("NOT_ROUNDED", "not a number that is rounded to 100",
                          "0 or more, in hundreds", cell);
    }
    out->lower = Decimal{std::max<int64_t>(value - kRounding / 2, 0), 0};
    out->upper = Decimal{above, 0};
    return OkStatus();
  }

  // A quotient that is stored as a binary fraction has digits without meaning.
  Status ReadFraction(const Cell& cell, PfaCell* out) {
    bool exact = false;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        tabular::ParseRounded(cell.value, kPfaDecimals, &out->value, &exact));
    if (exact) return OkStatus();
    ++table_.shortened;
    int64_t finer = out->value.mantissa;
    for (int64_t scale = out->value.scale; scale <= kPfaDecimals; ++scale) {
      if (__builtin_mul_overflow(finer, int64_t{10}, &finer)) {
        return grid_.Refuse("NUMBER_OVERFLOW",
                            "a number too large for its decimals",
                            "a rate or a percentage", cell);
      }
    }
    // Half a step of the last decimal; a mantissa times 10 ends in 0.
    out->lower = Decimal{finer - 5, kPfaDecimals + 1};
    out->upper = Decimal{finer + 5, kPfaDecimals + 1};
    return OkStatus();
  }

  Status ReadMark(const Cell& cell, const PfaArea& area,
                  const PfaColumn& column, PfaCell* out) const {
    const std::string_view token = tabular::Trim(cell.text);
    const bool text = cell.kind == CellKind::kText;
    const auto is = [&](std::string_view mark) {
      return text && token == mark;
    };
    const bool rate = column.measure == PfaMeasure::kPopulationRate ||
                      column.measure == PfaMeasure::kHouseholdRate;
    if (table_.kind == PfaKind::kChange && is("-")) {
      const bool taken_out = std::any_of(
          column.notes.begin(), column.notes.end(), [](const std::string& n) {
            return n.find("not shown") != std::string::npos;
          });
      out->mark = taken_out ? PfaMark::kNotShown : PfaMark::kSmallBase;
    } else if (table_.kind == PfaKind::kChange && (is("N/A") || is("NA"))) {
      out->mark = PfaMark::kNoComparison;
    } else if (rate && is("+") && area.code == kCityOfLondon) {
      out->mark = PfaMark::kIncludedInLondon;
    } else if (is("[c]")) {
      out->mark = PfaMark::kConfidential;
    } else if (is("[x]")) {
      out->mark = PfaMark::kUnavailable;
    } else if (is("[z]")) {
      out->mark = PfaMark::kNotApplicable;
    } else if (is("[low]")) {
      out->mark = PfaMark::kLow;
    } else {
      return grid_.Refuse(
          "UNDECLARED_MARKER",
          "neither a number nor a mark that this table declares",
          table_.kind == PfaKind::kChange
              ? "a number, -, N/A, [c], [x], [z] or [low]"
          : table_.kind == PfaKind::kRates
              ? "a number, + for the City of London's rates, [c], "
                "[x], [z] or [low]"
              : "a number, [c], [x], [z] or [low]",
          cell);
    }
    return OkStatus();
  }

  const PfaGrid& grid_;
  const PfaLayout& layout_;
  PfaTable& table_;
  PfaLabels labels_;
};

}  // namespace

Status ReadPfaTable(tabular::Workbook& workbook, uint32_t index, PfaKind kind,
                    const std::string& part, PfaTable* table) {
  *table = PfaTable();
  table->kind = kind;
  PfaGrid grid;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadPfaGrid(workbook, index, part, &grid));
  table->sheet = grid.sheet;
  PfaLayout layout;
  COLLATE_TABULAR_RETURN_IF_ERROR(ReadPfaLayout(grid, table, &layout));
  return AreaReader(grid, layout, table).Read();
}

}  // namespace collate::police_returns
