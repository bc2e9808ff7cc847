// Which label a dimension gives to each row or column of a block, or to all of
// it. A header is looked up once for each row or column, not for each figure.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_LOOKUP_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_LOOKUP_H_

#include <map>
#include <string>
#include <vector>

#include "plugins/foi_spreadsheet/reading.h"
#include "plugins/foi_spreadsheet/recipe.h"
#include "plugins/foi_spreadsheet/select.h"
#include "plugins/foi_spreadsheet/sheet.h"

namespace collate::foi_spreadsheet {

// What the sender says of the document, by key.
using Manifest = std::map<std::string, std::vector<std::string>>;

enum class Along { kTable, kRows, kColumns };

struct AxisLabels {
  Along along = Along::kTable;
  // One for each row or column of the block, or one; skipped lines have an
  // empty one.
  std::vector<Label> labels;

  const Label& Of(size_t row, size_t column) const {
    return labels[along == Along::kTable  ? 0
                  : along == Along::kRows ? row
                                          : column];
  }
};

// HEADER_MISSING, HEADER_MOVED, AMBIGUOUS_HEADER, LABEL_NOT_TEXT, SUPERSCRIPT,
// DIGIT_GLUED, UNKNOWN_LABEL_FORM, UNKNOWN_PERIOD, MANIFEST_MISSING.
AxisLabels LookUp(const Recipe& recipe, const pb::Table& table,
                  const pb::Dimension& dimension, const Block& block,
                  const Anchors& anchors, const Sheet& sheet,
                  const Manifest& manifest, TableReading* reading);

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_LOOKUP_H_
