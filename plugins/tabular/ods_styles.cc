#include "plugins/tabular/ods_styles.h"

#include <utility>

#include "plugins/tabular/package_workbook.h"

namespace collate::tabular {
namespace {

enum { kRoot = 1, kList, kStyle };

std::string Key(std::string_view family, std::string_view name) {
  std::string key(family);
  key += '\n';
  key += name;
  return key;
}

// "super 58%", "33%", "sub", "-33% 58%", "0% 100%".
OdsStyles::Answer IsRaised(std::string_view position) {
  const std::string_view first = position.substr(0, position.find(' '));
  if (first == "super") return OdsStyles::Answer::kYes;
  if (first.empty() || first[0] < '0' || first[0] > '9') {
    return OdsStyles::Answer::kNo;
  }
  return first.find_first_of("123456789") == std::string_view::npos
             ? OdsStyles::Answer::kNo
             : OdsStyles::Answer::kYes;
}

}  // namespace

Status OdsStyles::Begin(const XmlElement& style) {
  std::string_view family, name, parent;
  style.Get(Xmlns::kStyle, "family", &family);
  style.Get(Xmlns::kStyle, "name", &name);
  style.Get(Xmlns::kStyle, "parent-style-name", &parent);
  current_ = &styles_[Key(family, name)];
  *current_ = Style();
  if (!parent.empty()) current_->parent = Key(family, parent);
  return budget_.CheckStyles(styles_.size());
}

void OdsStyles::Property(const XmlElement& properties) {
  std::string_view value;
  if (properties.Is(Xmlns::kStyle, "text-properties") &&
      properties.Get(Xmlns::kStyle, "text-position", &value)) {
    current_->superscript = IsRaised(value);
  }
  if (properties.Is(Xmlns::kStyle, "table-properties") &&
      properties.Get(Xmlns::kTable, "display", &value)) {
    current_->displayed = value == "false" ? Answer::kNo : Answer::kYes;
  }
}

OdsStyles::Answer OdsStyles::Ask(std::string_view family, std::string_view name,
                                 Answer Style::*question) const {
  constexpr int kGenerations = 32;  // a ring of parents has no end
  if (name.empty()) return Answer::kUnset;
  auto at = styles_.find(Key(family, name));
  for (int i = 0; i < kGenerations && at != styles_.end(); ++i) {
    if (at->second.*question != Answer::kUnset) return at->second.*question;
    if (at->second.parent.empty()) break;
    at = styles_.find(at->second.parent);
  }
  return Answer::kUnset;
}

OdsStyles::Answer OdsStyles::Superscript(std::string_view family,
                                         std::string_view name) const {
  return Ask(family, name, &Style::superscript);
}

bool OdsStyles::IsHiddenTable(std::string_view name) const {
  return Ask("table", name, &Style::displayed) == Answer::kNo;
}

Status OdsStylesPart::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    if (!element.Is(Xmlns::kOffice, "document-styles")) {
      return BadStructure("styles.xml holds no styles", "document-styles",
                          Printable(std::string(element.name().local)));
    }
    *state = kRoot;
  } else if (parent == kRoot) {
    *state = element.Is(Xmlns::kOffice, "styles") ? kList : kSkip;
  } else if (parent == kList && element.Is(Xmlns::kStyle, "style")) {
    *state = kStyle;
    return styles_->Begin(element);
  } else if (parent == kStyle) {
    styles_->Property(element);
  }
  return OkStatus();
}

}  // namespace collate::tabular
