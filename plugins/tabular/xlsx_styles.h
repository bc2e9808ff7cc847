// What the cell styles of an XLSX workbook say that matters to a reader of
// figures: number formats, and fonts that set a whole cell as superscript.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLSX_STYLES_H_
#define COLLATE_PLUGINS_TABULAR_XLSX_STYLES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/sheet_value.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

struct CellStyle {
  uint64_t format = 0;
  uint64_t font = 0;
  FormatKind kind = FormatKind::kNumber;
  std::string_view code;  // empty for General
  bool superscript = false;
};

// Handler of the part of styles.
class Styles : public PathHandler {
 public:
  explicit Styles(const Budget& budget) : budget_(budget) {}

  // After the part, or without one: then there is the plain style.
  void Finish();
  // Null when there is no such style.
  const CellStyle* Get(uint64_t index) const {
    return index < cells_.size() ? &cells_[index] : nullptr;
  }

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Budget& budget_;
  std::map<uint64_t, std::string> codes_;
  std::vector<bool> fonts_;
  std::vector<CellStyle> cells_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLSX_STYLES_H_
