// How a record begins: with its uuid and a comma. Reads no further than the
// end that it is given.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_RECORD_START_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_RECORD_START_H_

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace collate::transparency_report::dsa {

inline constexpr size_t kUuidBytes = 36;

#if defined(__SSE2__)
// Bits of the 16 bytes that are hexadecimal digits, and those that are dashes.
inline void ClassifyUuidBytes(const char* at, unsigned* digits,
                              unsigned* dashes) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto within = [](__m128i value, char first, char last) {
    return _mm_and_si128(
        _mm_cmpgt_epi8(value, _mm_set1_epi8(static_cast<char>(first - 1))),
        _mm_cmplt_epi8(value, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  *digits = static_cast<unsigned>(_mm_movemask_epi8(
      _mm_or_si128(within(bytes, '0', '9'), within(lower, 'a', 'f'))));
  *dashes = static_cast<unsigned>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'))));
}
#endif

// `at` has kUuidBytes bytes.
inline bool IsUuid(const char* at) {
#if defined(__SSE2__)
  // Dashes stand at 8, 13, 18 and 23.
  unsigned digits = 0, dashes = 0;
  ClassifyUuidBytes(at, &digits, &dashes);
  if (dashes != 0x2100 || digits != 0xDEFF) return false;
  ClassifyUuidBytes(at + 16, &digits, &dashes);
  if (dashes != 0x0084 || digits != 0xFF7B) return false;
  ClassifyUuidBytes(at + 20, &digits, &dashes);
  return digits >> 12 == 0xF;
#else
  for (size_t i = 0; i < kUuidBytes; ++i) {
    const char c = at[i];
    const char lower = static_cast<char>(c | 0x20);
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-'
             : !((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f'))) {
      return false;
    }
  }
  return true;
#endif
}

inline bool IsRecordStart(const char* at, const char* end) {
  return end - at > static_cast<ptrdiff_t>(kUuidBytes) &&
         at[kUuidBytes] == ',' && IsUuid(at);
}

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_RECORD_START_H_
