#include "plugins/tabular/docx_styles.h"

#include <utility>

#include "plugins/tabular/package_workbook.h"

namespace collate::tabular {
namespace {

enum { kStyles = 1, kStyle, kRunProperties };

}  // namespace

std::string_view WordValue(const XmlElement& element) {
  std::string_view value;
  element.Get(Xmlns::kWord, "val", &value);
  return value;
}

bool WordSwitch(const XmlElement& element) {
  const std::string_view value = WordValue(element);
  return value != "0" && value != "false" && value != "off";
}

void RunLook::Take(const XmlElement& element) {
  if (element.Is(Xmlns::kWord, "vertAlign")) {
    superscript = WordValue(element) == "superscript";
  } else if (element.Is(Xmlns::kWord, "vanish")) {
    hidden = WordSwitch(element);
  }
}

RunLook RunLook::Under(const RunLook& over) const {
  return {.superscript = over.superscript ? over.superscript : superscript,
          .hidden = over.hidden ? over.hidden : hidden};
}

RunLook DocxStyles::Of(std::string_view style) const {
  // Longer chains, and those that bite their tail, say nothing more.
  constexpr int kMostSteps = 20;
  RunLook look;
  std::string_view id = style;
  for (int i = 0; i < kMostSteps; ++i) {
    const auto at = styles_.find(id);
    if (at == styles_.end()) break;
    look = at->second.look.Under(look);
    id = at->second.based_on;
  }
  return look;
}

Status DocxStyles::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    if (!element.Is(Xmlns::kWord, "styles")) {
      return BadStructure("the styles are not a list of styles");
    }
    *state = kStyles;
  } else if (parent == kStyles && element.Is(Xmlns::kWord, "style")) {
    std::string_view id;
    if (!element.Get(Xmlns::kWord, "styleId", &id)) return OkStatus();
    current_ = &styles_[std::string(id)];
    *state = kStyle;
    return budget_.CheckStyles(styles_.size());
  } else if (parent == kStyle) {
    if (element.Is(Xmlns::kWord, "basedOn")) {
      current_->based_on = WordValue(element);
    } else if (element.Is(Xmlns::kWord, "rPr")) {
      *state = kRunProperties;
    }
  } else if (parent == kRunProperties) {
    current_->look.Take(element);
  }
  return OkStatus();
}

}  // namespace collate::tabular
