// A quick hash of short texts. Not for anything that an enemy may choose
// freely: a collision costs a comparison, or for uuids one statement that is
// reported as a duplicate.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_HASH_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_HASH_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace collate::transparency_report::dsa {

inline uint64_t Load8(const char* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline uint64_t Mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline constexpr uint64_t kHashA = 0x9E3779B97F4A7C15;
inline constexpr uint64_t kHashB = 0xD6E8FEB86659FD93;

// Reads up to 16 bytes from text[0] on, whatever the size.
inline uint64_t HashOf(const char* text, size_t size) {
  uint64_t hash = kHashB ^ size;
  for (; size > 16; text += 16, size -= 16) {
    hash = Mix(Load8(text) ^ kHashA, Load8(text + 8) ^ hash);
  }
  // Bytes behind the text are masked, not avoided.
  uint64_t low = Load8(text);
  uint64_t high = Load8(text + 8);
  if (size < 8) {
    low &= (uint64_t{1} << (8 * size)) - 1;
    high = 0;
  } else if (size < 16) {
    high &= (uint64_t{1} << (8 * (size - 8))) - 1;
  }
  return Mix(Mix(low ^ kHashA, high ^ hash), kHashB);
}

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_HASH_H_
