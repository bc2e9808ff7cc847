// Lines as a workbook of police force area tables, read as each of their
// kinds: refused with sheet and cell, or a table of which every cell belongs to
// an area and a column.

#include <cstdint>
#include <memory>
#include <string>

#include "plugins/police_returns/pfa_tables.h"
#include "tests/fuzz/grid_workbook.h"
#include "tests/fuzz/workbook_checks.h"

namespace {

using collate::fuzz::Require;
using collate::fuzz::RequireNamed;
using collate::police_returns::PfaCell;
using collate::police_returns::PfaKind;
using collate::police_returns::PfaMark;
using collate::police_returns::PfaTable;
using collate::tabular::Budget;
using collate::tabular::Limits;
using collate::tabular::MemorySource;
using collate::tabular::Status;
using collate::tabular::Workbook;

void RequireSound(const PfaTable& table) {
  Require(!table.columns.empty() && !table.areas.empty(),
          "a table has columns and areas");
  Require(table.cells.size() <= table.columns.size() * table.areas.size(),
          "no more cells than there is room for");
  for (const PfaCell& cell : table.cells) {
    Require(
        cell.area < table.areas.size() && cell.column < table.columns.size(),
        "a cell has an area and a column");
    Require(cell.locator.row > table.header_row && cell.locator.column > 0,
            "a cell stands below the header");
    Require(cell.mark != PfaMark::kNumber || !cell.raw.empty(),
            "a number was printed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string bytes =
      collate::fuzz::WorkbookOfLines(collate::fuzz::Text(data + 1, size - 1));
  static constexpr PfaKind kKinds[] = {PfaKind::kNumbers, PfaKind::kChange,
                                       PfaKind::kRates, PfaKind::kPopulation};
  MemorySource source(bytes);
  Budget budget{Limits()};
  std::unique_ptr<Workbook> workbook;
  const Status opened =
      Workbook::Open(source, {.part = "fuzz.xlsx"}, budget, &workbook);
  if (!opened.ok()) {
    RequireNamed(opened.error());
    return 0;
  }
  for (const auto& sheet : workbook->sheets()) {
    PfaTable table;
    const Status read = ReadPfaTable(*workbook, sheet.index,
                                     kKinds[data[0] % 4], "fuzz.xlsx", &table);
    if (!read.ok()) {
      RequireNamed(read.error());
      continue;
    }
    RequireSound(table);
  }
  return 0;
}
