#include "plugins/foi_spreadsheet/pattern.h"

#include <algorithm>
#include <utility>

namespace collate::foi_spreadsheet {
namespace {

// A counted repetition of a counted repetition makes a machine of any size out
// of a few bytes.
bool CountsTooFar(const std::string& text) {
  int digits = 0;
  int counts = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      digits = 0;
      continue;
    }
    if (text[i] == '{') ++counts;
    digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
    if (counts > 0 && digits > 2) return true;
  }
  return counts > 2;
}

}  // namespace

std::optional<Pattern> Pattern::Parse(const std::string& text,
                                      std::string* why) {
  if (text.empty() || text.size() > kPatternBytes) {
    *why = "a regex has 1 to " + std::to_string(kPatternBytes) + " bytes";
    return std::nullopt;
  }
  if (CountsTooFar(text)) {
    *why = "a regex counts at most twice, and at most to 99";
    return std::nullopt;
  }
  try {
    // The standard library's own word for matching without backtracking,
    // which also refuses back-references.
    return Pattern(std::regex(
        text, std::regex::ECMAScript | std::regex_constants::__polynomial));
  } catch (const std::regex_error& error) {
    *why = std::string("not a regex: ") + error.what();
    return std::nullopt;
  }
}

bool Pattern::Finds(std::string_view text) const {
  text = text.substr(0, kMatchedBytes);
  return std::regex_search(text.begin(), text.end(), regex_);
}

std::vector<std::pair<size_t, size_t>> Pattern::Find(
    std::string_view text) const {
  text = text.substr(0, kMatchedBytes);
  std::match_results<std::string_view::const_iterator> match;
  std::vector<std::pair<size_t, size_t>> out;
  if (!std::regex_search(text.begin(), text.end(), match, regex_)) return out;
  for (size_t i = 0; i < match.size(); ++i) {
    if (!match[i].matched) {
      out.emplace_back(0, 0);
      continue;
    }
    const auto begin = static_cast<size_t>(match.position(i));
    out.emplace_back(begin, begin + static_cast<size_t>(match.length(i)));
  }
  return out;
}

}  // namespace collate::foi_spreadsheet
