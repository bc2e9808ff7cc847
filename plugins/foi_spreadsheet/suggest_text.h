// The text of a recipe that is written for people to go on with.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_TEXT_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_TEXT_H_

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace collate::foi_spreadsheet {

// In quotes, as text format reads it.
std::string Quote(std::string_view text);

// A regex that the whole of one of the texts matches; nothing when it would be
// longer than a recipe's may be.
std::optional<std::string> WholeText(const std::vector<std::string>& texts);
// One that texts match which begin so.
std::optional<std::string> Prefix(std::string_view text);

// A name as recipes have them, made of the text: "Age band" is age_band. One
// that is taken gets a number. `fallback` where nothing is left of the text.
std::string NameOf(std::string_view text, const std::string& fallback,
                   std::set<std::string>* taken);

// Lines, indented; comments are broken at 80 columns.
class Lines {
 public:
  void Add(std::string_view line);      // no line break in it
  void Comment(std::string_view text);  // "# ..."
  // A question that keeps the recipe from being read, and its field.
  void Ask(std::string_view question);
  void Open(std::string_view head);  // "tables {"
  void Close();                      // "}"
  void Blank() { text_ += '\n'; }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  size_t depth_ = 0;
};

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_SUGGEST_TEXT_H_
