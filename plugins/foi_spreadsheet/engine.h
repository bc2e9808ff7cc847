// Reads a workbook by a recipe: sheets, anchors, boxes, labels, figures,
// checks, and what is left over. It decides table by table and changes nothing
// that is printed.
//
//   Reading reading = RunRecipe(recipe, sheets, manifest);
//   if (reading.ok()) ...

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_ENGINE_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_ENGINE_H_

#include <deque>
#include <vector>

#include "plugins/foi_spreadsheet/lookup.h"
#include "plugins/foi_spreadsheet/reading.h"
#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/sheet.h"

namespace collate::foi_spreadsheet {

struct Reading {
  std::deque<TableReading> tables;  // in the order of the recipe
  // Of each sheet, one for each cell.
  std::vector<std::vector<CellClaim>> claims;
  // Why the whole is refused: sheets that nothing claims.
  std::vector<tabular::Error> faults;
  std::vector<Notice> notices;
  std::deque<AxisLabels> labels;  // what the figures point into

  // Every table is as the recipe says, or those that are may load alone.
  bool ok() const;
  // The first reason why it is not; only when something was refused.
  const tabular::Error* FirstFault() const;

  bool independent = false;
};

// `recipe` and `sheets` must outlive the reading.
Reading RunRecipe(const Recipe& recipe, const std::vector<Sheet>& sheets,
                  const Manifest& manifest);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_ENGINE_H_
