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
    return cells_.AddFormat(id, value);
  } else if (parent == kFonts && is("font")) {
    *state = kFont;
    return cells_.AddFont(false);
  } else if (parent == kFont && is("vertAlign")) {
    cells_.SetLastFont(element.Get(Xmlns::kNone, "val", &value) &&
                       value == "superscript");
  } else if (parent == kCells && is("xf")) {
    uint64_t format = 0, font = 0;
    Number(element, "numFmtId", &format);
    Number(element, "fontId", &font);
    return cells_.AddCell(format, font);
  }
  return OkStatus();
}

}  // namespace collate::tabular
