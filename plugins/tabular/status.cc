#include "plugins/tabular/status.h"

#include <cstdio>

#include "plugins/tabular/decode.h"

namespace collate::tabular {
namespace {
constexpr char kStop[] = "STOP";
}  // namespace

Status Status::Stop() {
  return Status(Error{.code = Code::kInternal, .reason = kStop});
}

bool Status::IsStop() const { return !ok() && error_->reason == kStop; }

std::string CellName(uint32_t row, uint32_t column) {
  std::string name;
  for (uint32_t rest = column; rest > 0; rest = (rest - 1) / 26) {
    name.insert(name.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return name + std::to_string(row);
}

std::string FormatPlace(const std::string& part, const std::string& sheet,
                        const Locator& locator) {
  std::string place = part;
  if (!sheet.empty()) {
    place += (place.empty() ? "'" : " '") + sheet + "'";
    if (locator.row != 0 && locator.column != 0) {
      place += "!" + CellName(locator.row, locator.column);
    } else if (locator.row != 0) {
      place += " row " + std::to_string(locator.row);
    }
    return place;
  }
  if (locator.line != 0) place += ":L" + std::to_string(locator.line);
  if (locator.column != 0) place += ":C" + std::to_string(locator.column);
  return place;
}

std::string Printable(const std::string& text, size_t limit) {
  std::string out = "\"";
  size_t taken = 0;
  for (size_t i = 0; i < text.size();) {
    if (taken++ == limit) {
      out += "...";
      break;
    }
    const int length = Utf8Length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length <= 0 || byte < 0x20 || byte == 0x7F || byte == '"' ||
        byte == '\\') {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02X", byte);
      out += escaped;
      ++i;
    } else {
      out.append(text, i, static_cast<size_t>(length));
      i += static_cast<size_t>(length);
    }
  }
  return out + "\"";
}

}  // namespace collate::tabular
