// What the styles of an OpenDocument spreadsheet say that matters to a reader
// of figures: text raised to superscript, and sheets that are not displayed.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_ODS_STYLES_H_
#define COLLATE_PLUGINS_TABULAR_ODS_STYLES_H_

#include <map>
#include <string>
#include <string_view>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

class OdsStyles {
 public:
  enum class Answer { kUnset, kNo, kYes };

  explicit OdsStyles(const Budget& budget) : budget_(budget) {}

  // A <style:style>, then the elements directly inside it.
  Status Begin(const XmlElement& style);
  void Property(const XmlElement& properties);

  // By a style's family and name, what it inherits included.
  Answer Superscript(std::string_view family, std::string_view name) const;
  bool IsHiddenTable(std::string_view name) const;

 private:
  struct Style {
    std::string parent;
    Answer superscript = Answer::kUnset;
    Answer displayed = Answer::kUnset;
  };
  Answer Ask(std::string_view family, std::string_view name,
             Answer Style::*question) const;

  const Budget& budget_;
  std::map<std::string, Style, std::less<>> styles_;  // "family\nname"
  Style* current_ = nullptr;
};

// Handler of styles.xml. Its automatic styles are those of page headers, with
// names of their own that mean others in the content.
class OdsStylesPart : public PathHandler {
 public:
  explicit OdsStylesPart(OdsStyles* styles) : styles_(styles) {}

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  OdsStyles* styles_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_ODS_STYLES_H_
