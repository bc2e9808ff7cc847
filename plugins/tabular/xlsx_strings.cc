#include "plugins/tabular/xlsx_strings.h"

namespace collate::tabular {
namespace {

enum { kList = 1, kString, kPart };  // and the parts of a string behind kPart

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string_view UnescapeXlsx(std::string_view text, std::string* buffer) {
  constexpr size_t kLength = 7;
  size_t at = text.find("_x");
  if (at == std::string_view::npos) return text;
  buffer->clear();
  size_t from = 0;
  for (; at != std::string_view::npos; at = text.find("_x", at)) {
    uint32_t code = 0;
    bool escape = at + kLength <= text.size() && text[at + 6] == '_';
    for (size_t i = 2; escape && i < 6; ++i) {
      const int digit = HexDigit(text[at + i]);
      escape = digit >= 0;
      code = code << 4 | static_cast<uint32_t>(digit & 15);
    }
    if (!escape || code == 0 || (code >= 0xD800 && code < 0xE000)) {
      at += 2;
      continue;
    }
    buffer->append(text, from, at - from);
    if (code < 0x80) {
      *buffer += static_cast<char>(code);
    } else if (code < 0x800) {
      *buffer += static_cast<char>(0xC0 | code >> 6);
      *buffer += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      *buffer += static_cast<char>(0xE0 | code >> 12);
      *buffer += static_cast<char>(0x80 | (code >> 6 & 0x3F));
      *buffer += static_cast<char>(0x80 | (code & 0x3F));
    }
    at += kLength;
    from = at;
  }
  buffer->append(text.substr(from));
  return *buffer;
}

void StringParts::Begin(bool superscript) {
  rich_.Clear();
  whole_ = superscript;
}

int StringParts::Enter(int parent, const XmlElement& element) {
  const auto is = [&](std::string_view name) {
    return element.Is(Xmlns::kSheet, name);
  };
  piece_.clear();
  piece_characters_ = 0;
  if (parent == kNone && (is("t") || is("r"))) {
    superscript_ = whole_;
    rich_.BeginRun();
    return is("t") ? kText : kRun;
  }
  if (parent == kRun && is("t")) return kRunText;
  if (parent == kRun && is("rPr")) {
    superscript_ = false;  // a run's own font is not the cell's
    return kRunProperties;
  }
  std::string_view value;
  if (parent == kRunProperties && is("vertAlign") &&
      element.Get(Xmlns::kNone, "val", &value)) {
    superscript_ = value == "superscript";
  }
  return kNone;  // also <rPh>, which says the text a second time
}

Status StringParts::Text(int part, std::string_view text) {
  if (part != kText && part != kRunText) return OkStatus();
  piece_.append(text);
  piece_characters_ += CountCharacters(text);
  return budget_.CheckCell(rich_.characters() + piece_characters_);
}

void StringParts::Leave(int part) {
  if (part != kText && part != kRunText) return;
  rich_.Append(UnescapeXlsx(piece_, &unescaped_), superscript_);
  piece_.clear();
  piece_characters_ = 0;
}

Status SharedStrings::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    if (!element.Is(Xmlns::kSheet, "sst")) {
      return BadStructure("the shared strings are not a list of strings");
    }
    *state = kList;
  } else if (parent == kList) {
    if (element.Is(Xmlns::kSheet, "si")) {
      parts_.Begin(false);
      *state = kString;
    } else if (!element.Is(Xmlns::kSheet, "extLst")) {
      // Every string behind it would be counted one too low.
      return BadStructure("the shared strings hold something else", "si",
                          Printable(std::string(element.name().local)));
    }
  } else {
    const int part = parts_.Enter(
        parent == kString ? StringParts::kNone : parent - kPart, element);
    *state = part == StringParts::kNone ? kSkip : kPart + part;
  }
  return OkStatus();
}

Status SharedStrings::Leave(int state, uint64_t) {
  if (state > kPart) {
    parts_.Leave(state - kPart);
  } else if (state == kString) {
    return table_.Add(parts_.rich());
  }
  return OkStatus();
}

Status SharedStrings::Text(int state, std::string_view text) {
  if (state <= kPart) return OkStatus();
  Status status = parts_.Text(state - kPart, text);
  if (!status.ok()) {
    status.error().message +=
        ", in shared string " + std::to_string(table_.size());
  }
  return status;
}

}  // namespace collate::tabular
