#include "service/worker/utf8.h"

#include <cstddef>
#include <cstdint>

namespace collate::worker {
namespace {

// Length of the well-formed character at `at`, 0 when there is none.
size_t CharacterAt(absl::string_view bytes, size_t at) {
  const auto byte = [&](size_t i) -> uint32_t {
    return at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0;
  };
  const uint32_t first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  size_t length = 0;
  uint32_t point = 0;
  uint32_t least = 0;
  if ((first & 0xE0) == 0xC0) {
    length = 2, point = first & 0x1F, least = 0x80;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3, point = first & 0x0F, least = 0x800;
  } else if ((first & 0xF8) == 0xF0) {
    length = 4, point = first & 0x07, least = 0x10000;
  } else {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    point = (point << 6) | (byte(i) & 0x3F);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < least || surrogate || point > 0x10FFFF ? 0 : length;
}

}  // namespace

bool IsText(absl::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = CharacterAt(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string ToText(absl::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = CharacterAt(bytes, at);
    if (length == 0) {
      text.push_back('?');
      ++at;
    } else {
      text.append(bytes.data() + at, length);
      at += length;
    }
  }
  return text;
}

}  // namespace collate::worker
