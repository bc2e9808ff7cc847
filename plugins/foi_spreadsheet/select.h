// Where things stand on a sheet: anchors by their text, boxes of figures by
// their anchors, regions that are claimed.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SELECT_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SELECT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/reading.h"
#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/sheet.h"

namespace collate::foi_spreadsheet {

struct Spot {
  int64_t row = 0;
  int64_t column = 0;
};

// Cells by the anchor's name, in the order of the sheet.
using Anchors = std::map<std::string, std::vector<Spot>>;

// ANCHOR_COUNT for each anchor that does not stand where it has to.
Anchors FindAnchors(const Recipe& recipe, const pb::Table& table,
                    const Sheet& sheet, TableReading* reading);

// A row or column of a box.
struct BoxLine {
  uint32_t number = 0;
  size_t header = Sheet::kNone;
  bool skipped = false;
  std::string skip_reason;
  bool total = false;  // only checked
};

struct Block {
  const pb::Box* box = nullptr;
  Spot anchor;
  std::vector<BoxLine> rows;
  std::vector<BoxLine> columns;
};

// The box's blocks; END_NOT_FOUND, BOX_EMPTY or BOX_OUTSIDE. None where no row
// is of this table (only_rows).
std::vector<Block> FindBlocks(const Recipe& recipe, const pb::Table& table,
                              const pb::Box& box, const Anchors& anchors,
                              const Sheet& sheet, TableReading* reading);

// Claims every cell of a note or ignore rule that nothing else has.
void ClaimCells(const Recipe& recipe, const pb::Claim& claim, Role role,
                const Anchors& anchors, const Sheet& sheet,
                std::vector<CellClaim>* claims, TableReading* reading);

// The row and column that an offset is counted from: an anchor by name, or the
// box's own.
Spot AnchorOf(const std::string& name, const Spot& own, const Anchors& anchors);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SELECT_H_
