// Regexes of recipes: ECMAScript without back-references, matched in time that
// is polynomial whatever the text, over the first kMatchedBytes of it.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_PATTERN_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_PATTERN_H_

#include <cstddef>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace collate::foi_spreadsheet {

inline constexpr size_t kMatchedBytes = 2000;
inline constexpr size_t kPatternBytes = 500;

class Pattern {
 public:
  // Nothing for a text that is no such regex; *why says what is wrong.
  static std::optional<Pattern> Parse(const std::string& text,
                                      std::string* why);

  bool Finds(std::string_view text) const;
  // Begin and end of what was found, then of each group; empty when nothing
  // was. A group that took no part has equal ends.
  std::vector<std::pair<size_t, size_t>> Find(std::string_view text) const;

 private:
  explicit Pattern(std::regex regex) : regex_(std::move(regex)) {}

  std::regex regex_;
};

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_PATTERN_H_
