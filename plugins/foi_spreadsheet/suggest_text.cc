#include "plugins/foi_spreadsheet/suggest_text.h"

#include "plugins/foi_spreadsheet/pattern.h"

namespace collate::foi_spreadsheet {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kLongestName = 40;

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}/").find(c) !=
        std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

}  // namespace

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      static constexpr char kOctal[] = "01234567";
      out += '\\';
      out += kOctal[byte >> 6];
      out += kOctal[(byte >> 3) & 7];
      out += kOctal[byte & 7];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::optional<std::string> WholeText(const std::vector<std::string>& texts) {
  std::string out = texts.size() == 1 ? "^" : "^(?:";
  for (size_t i = 0; i < texts.size(); ++i) {
    out += (i == 0 ? "" : "|") + Escaped(texts[i]);
  }
  out += texts.size() == 1 ? "$" : ")$";
  if (texts.empty() || out.size() > kPatternBytes) return std::nullopt;
  return out;
}

std::optional<std::string> Prefix(std::string_view text) {
  std::string out = "^" + Escaped(text);
  if (text.empty() || out.size() > kPatternBytes) return std::nullopt;
  return out;
}

std::string NameOf(std::string_view text, const std::string& fallback,
                   std::set<std::string>* taken) {
  std::string name;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') ||
        (c >= '0' && c <= '9' && !name.empty())) {
      name += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
    if (name.size() == kLongestName) break;
  }
  while (name.ends_with('_')) name.pop_back();
  if (name.empty()) name = fallback;
  std::string out = name;
  for (int n = 2; !taken->insert(out).second; ++n) {
    out = name + "_" + std::to_string(n);
  }
  return out;
}

void Lines::Add(std::string_view line) {
  text_.append(2 * depth_, ' ');
  text_ += line;
  text_ += '\n';
}

void Lines::Comment(std::string_view text) {
  const size_t width = kColumns - 2 * depth_ - 2;
  while (!text.empty()) {
    size_t end = text.size();
    if (end > width) {
      end = text.rfind(' ', width);
      if (end == std::string_view::npos || end == 0) {
        end = text.find(' ');
        if (end == std::string_view::npos) end = text.size();
      }
    }
    Add("# " + std::string(text.substr(0, end)));
    text.remove_prefix(end);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
}

void Lines::Ask(std::string_view question) {
  Add("undecided: " + Quote(question));
}

void Lines::Open(std::string_view head) {
  Add(std::string(head) + " {");
  ++depth_;
}

void Lines::Close() {
  --depth_;
  Add("}");
}

}  // namespace collate::foi_spreadsheet
