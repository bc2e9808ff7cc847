#include "plugins/tabular/xlsx_styles.h"

#include "plugins/tabular/package_workbook.h"

namespace collate::tabular {
namespace {

enum { kStyles = 1, kFormats, kFonts, kFont, kCells };

bool Number(const XmlElement& element, std::string_view name, uint64_t* value) {
  std::string_view text;
  return element.Get(Xmlns::kNone, name, &text) && ParseUnsigned(text, value);
}

}  // namespace

void Styles::Finish() {
  if (cells_.empty()) cells_.emplace_back();
  for (CellStyle& cell : cells_) {
    const auto own = codes_.find(cell.format);
    if (own == codes_.end()) {
      cell.kind = ClassifyBuiltInFormat(cell.format, &cell.code);
    } else {
      cell.code = own->second;
      if (cell.code == "General") cell.code = "";
      cell.kind = ClassifyFormat(cell.code);
    }
    cell.superscript = cell.font < fonts_.size() && fonts_[cell.font];
  }
}

Status Styles::Enter(int parent, const XmlElement& element, int* state) {
  const auto is = [&](std::string_view name) {
    return element.Is(Xmlns::kSheet, name);
  };
  std::string_view value;
  if (parent == kDocument) {
    *state = is("styleSheet") ? kStyles : kSkip;
  } else if (parent == kStyles) {
    *state = is("numFmts")   ? kFormats
             : is("fonts")   ? kFonts
             : is("cellXfs") ? kCells
                             : kSkip;
  } else if (parent == kFormats && is("numFmt")) {
    uint64_t id = 0;
    if (!Number(element, "numFmtId", &id) ||
        !element.Get(Xmlns::kNone, "formatCode", &value)) {
      return BadStructure("a number format has no id or no code");
    }
    codes_[id] = value;
    return budget_.CheckStyles(codes_.size());
  } else if (parent == kFonts && is("font")) {
    fonts_.push_back(false);
    *state = kFont;
    return budget_.CheckStyles(fonts_.size());
  } else if (parent == kFont && is("vertAlign")) {
    fonts_.back() =
        element.Get(Xmlns::kNone, "val", &value) && value == "superscript";
  } else if (parent == kCells && is("xf")) {
    CellStyle cell;
    Number(element, "numFmtId", &cell.format);
    Number(element, "fontId", &cell.font);
    cells_.push_back(cell);
    return budget_.CheckStyles(cells_.size());
  }
  return OkStatus();
}

}  // namespace collate::tabular
