// What the styles of a DOCX say of runs, as far as it changes what is read:
// whether they stand above the line or are hidden.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_DOCX_STYLES_H_
#define COLLATE_PLUGINS_TABULAR_DOCX_STYLES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

// An attribute w:val; empty when it is absent.
std::string_view WordValue(const XmlElement& element);
// Of an element that switches something on by being there.
bool WordSwitch(const XmlElement& element);

struct RunLook {
  std::optional<bool> superscript;
  std::optional<bool> hidden;

  // Takes what a child of w:rPr says.
  void Take(const XmlElement& element);
  // What `over` says goes first.
  RunLook Under(const RunLook& over) const;
};

class DocxStyles : public PathHandler {
 public:
  explicit DocxStyles(const Budget& budget) : budget_(budget) {}

  // With what it is based on; nothing for a style that is not there.
  RunLook Of(std::string_view style) const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  struct Style {
    std::string based_on;
    RunLook look;
  };
  const Budget& budget_;
  std::map<std::string, Style, std::less<>> styles_;
  Style* current_ = nullptr;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_DOCX_STYLES_H_
