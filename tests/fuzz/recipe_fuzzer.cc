// Any recipe over any small grid: the recipe is refused by name or run, and
// what a run says is whole: a table is refused for a reason, or every cell of
// its sheet is claimed and every figure has labels and a state. A recipe ends
// at the first NUL; without one the grid is read by a good recipe.

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/engine.h"
#include "plugins/tabular/csv.h"
#include "tests/fuzz/require.h"

namespace {

using collate::fuzz::Require;
namespace tabular = collate::tabular;
using collate::foi_spreadsheet::CellClaim;
using collate::foi_spreadsheet::LoadRecipe;
using collate::foi_spreadsheet::Observed;
using collate::foi_spreadsheet::Reading;
using collate::foi_spreadsheet::Recipe;
using collate::foi_spreadsheet::Role;
using collate::foi_spreadsheet::RunRecipe;
using collate::foi_spreadsheet::Sheet;
using collate::foi_spreadsheet::TableReading;

constexpr char kGood[] = R"(
id: "good" version: 1 title: "Good"
tables {
  id: "t"
  match { anchors { name: "a" text: "Force" } }
  boxes {
    anchor: "a" dy: 1 dx: 1
    right { until_blank: true gaps: 1 } down { until_blank: true }
    total_rows: "^Sum"
  }
  dimensions { name: "reporter" directly { direction: DIRECTION_LEFT } }
  dimensions { name: "period" manifest {} }
  dimensions { name: "sex" directly { direction: DIRECTION_UP } }
  measure { name: "m" unit: "u" floor: FLOOR_ZERO }
  markers { text: "*" state: STATE_SUPPRESSED reason: "r" }
  in_cell_marks { text: "*" flag: FLAG_REVISED note: "n" }
  flag_cells { side: SIDE_RIGHT marks { text: "R" flag: FLAG_REVISED note: "n" } }
  checks { name: "c" dimension: "reporter" total: "^Sum" markers: TREAT_ZERO }
  ignore { anchor: "a" rows: 1 columns: 1 reason: "heading" }
}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\0');
  const std::string text =
      end == std::string::npos ? kGood : input.substr(0, end);
  const std::string grid =
      end == std::string::npos ? input : input.substr(end + 1);
  Recipe recipe;
  if (const tabular::Status loaded = LoadRecipe("r", text, &recipe);
      !loaded.ok()) {
    Require(!loaded.error().reason.empty(), "a refused recipe has a reason");
    return 0;
  }
  tabular::MemorySource source(grid);
  tabular::Budget budget;
  std::vector<Sheet> sheets(1);
  if (!tabular::ReadCsv(source, {.part = "g.csv"}, budget, sheets[0]).ok()) {
    return 0;
  }
  sheets[0].Finish({});
  const Reading reading =
      RunRecipe(recipe, sheets, {{"period", {"2017/18"}}, {"reporter", {"K"}}});
  if (!reading.ok()) {
    Require(reading.FirstFault() != nullptr &&
                !reading.FirstFault()->reason.empty(),
            "a refusal has a reason");
    return 0;
  }
  for (const TableReading& table : reading.tables) {
    if (!table.ok()) continue;
    for (const CellClaim& claim : reading.claims[0]) {
      Require(claim.role != Role::kLeftover, "every cell is claimed");
    }
    for (const Observed& figure : table.figures) {
      Require(figure.labels.size() ==
                  static_cast<size_t>(table.table->dimensions_size()),
              "every figure has its labels");
      Require(figure.figure.state != collate::sdk::State::kUnspecified,
              "every figure has a state");
      Require(figure.locator.row > 0 && figure.locator.column > 0,
              "every figure has a place");
    }
  }
  return 0;
}
