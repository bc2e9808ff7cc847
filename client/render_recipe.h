// What a recipe made of a document, from what its adapter hands over in a
// preview: the grid with what became of each cell, the checks, the
// observations.
//
// Pure functions over plain values.

#ifndef COLLATE_CLIENT_RENDER_RECIPE_H_
#define COLLATE_CLIENT_RENDER_RECIPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace collate::client {

// The attached files of one document.
struct RecipeTrial {
  std::string document;
  std::string cells;         // recipe-cells.csv
  std::string checks;        // recipe-checks.csv
  std::string observations;  // recipe-observations.csv
};

// Each sheet as a grid. Before each cell stands a letter for what became of it:
// o observation, h header, n note, t total that is only checked, i ignored, and
// ! left over; with `colour` also a colour. Then the checks and observations.
std::string RenderTrial(const RecipeTrial& trial, bool colour);

// The observations as CSV.
std::string RenderTrialCsv(const RecipeTrial& trial, bool with_header);

// Cells that the recipe does not account for.
int64_t LeftOver(const RecipeTrial& trial);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_RECIPE_H_
