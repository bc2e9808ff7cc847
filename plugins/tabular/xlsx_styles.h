// What the cell styles of an XLSX workbook say that matters to a reader of
// figures: number formats, and fonts that set a whole cell as superscript.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLSX_STYLES_H_
#define COLLATE_PLUGINS_TABULAR_XLSX_STYLES_H_

#include <cstdint>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/cell_style.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

// Handler of the part of styles.
class Styles : public PathHandler {
 public:
  explicit Styles(const Budget& budget) : cells_(budget) {}

  // After the part, or without one.
  void Finish() { cells_.Finish(); }
  const CellStyle* Get(uint64_t index) const { return cells_.Get(index); }

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  CellStyles cells_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLSX_STYLES_H_
