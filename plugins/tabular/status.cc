#include "plugins/tabular/status.h"

#include <cstdio>

namespace collate::tabular {
namespace {
constexpr char kStop[] = "STOP";
}  // namespace

Status Status::Stop() {
  return Status(Error{.code = Code::kInternal, .reason = kStop});
}

bool Status::IsStop() const { return !ok() && error_->reason == kStop; }

std::string FormatPlace(const std::string& part, const std::string& sheet,
                        const Locator& locator) {
  std::string place = part;
  if (!sheet.empty()) {
    place += (place.empty() ? "'" : " '") + sheet + "'!R" +
             std::to_string(locator.row);
    if (locator.column != 0) place += "C" + std::to_string(locator.column);
    return place;
  }
  if (locator.line != 0) place += ":L" + std::to_string(locator.line);
  if (locator.column != 0) place += ":C" + std::to_string(locator.column);
  return place;
}

std::string Printable(const std::string& text, size_t limit) {
  std::string out = "\"";
  size_t taken = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80 && taken++ == limit) {
      out += "...";
      break;
    }
    if (byte < 0x20 || byte == 0x7F || byte == '"' || byte == '\\') {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02X", byte);
      out += escaped;
    } else {
      out += text[i];
    }
  }
  return out + "\"";
}

}  // namespace collate::tabular
