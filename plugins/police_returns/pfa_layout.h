// Where the parts of a police force area table stand on its sheet: title,
// headings, unit, areas, notes. Found by what the cells say.
//
// For pfa_tables.cc only. One thread at a time.

#ifndef COLLATE_PLUGINS_POLICE_RETURNS_PFA_LAYOUT_H_
#define COLLATE_PLUGINS_POLICE_RETURNS_PFA_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plugins/police_returns/pfa_grid.h"
#include "plugins/police_returns/pfa_tables.h"

namespace collate::police_returns {

struct PfaLayout {
  // Indices into the rows of the grid: areas stand in [first_area, end), and
  // "Source:" in `end`.
  size_t first_area = 0;
  size_t end = 0;
  uint32_t code_column = 0;
  uint32_t name_column = 0;
  std::map<std::string, std::string> footnotes;  // by number, as printed
};

// Reads labels and parts them from the marks of notes.
class PfaLabels {
 public:
  PfaLabels(const PfaLayout& layout, PfaTable* table)
      : footnotes_(layout.footnotes), lost_notes_(table->lost_notes) {}

  // The text in single spaces; *notes are those that its superscript marks and
  // a glued "[Note 6]" name. A mark without a note is kept in the table.
  std::string Read(const PfaSheetCell& cell, std::vector<std::string>* notes);

 private:
  const std::map<std::string, std::string>& footnotes_;
  std::vector<PfaLostNote>& lost_notes_;
};

// Finds everything but the areas and their values; `table` has kind and sheet.
tabular::Status ReadPfaLayout(const PfaGrid& grid, PfaTable* table,
                              PfaLayout* layout);

}  // namespace collate::police_returns

#endif  // COLLATE_PLUGINS_POLICE_RETURNS_PFA_LAYOUT_H_
