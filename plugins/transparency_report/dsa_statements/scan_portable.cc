// For any processor; the compiler makes of it what its target has.

#include "plugins/transparency_report/dsa_statements/scan_kernel.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace collate::transparency_report::dsa {
namespace {

struct Portable {
#if defined(__SSE2__)
  static uint64_t Equal(const __m128i (&quarters)[4], char byte) {
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t mask = 0;
    for (int i = 3; i >= 0; --i) {
      mask = mask << 16 | static_cast<uint16_t>(_mm_movemask_epi8(
                              _mm_cmpeq_epi8(quarters[i], wanted)));
    }
    return mask;
  }
  static BlockMasks Load(const char* at) {
    __m128i quarters[4];
    uint64_t high = 0;
    for (int i = 3; i >= 0; --i) {
      quarters[i] =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
      high = high << 16 | static_cast<uint16_t>(_mm_movemask_epi8(quarters[i]));
    }
    return {Equal(quarters, '"'), Equal(quarters, ','), Equal(quarters, '\n'),
            high};
  }
#else
  static BlockMasks Load(const char* at) {
    BlockMasks masks = {};
    for (unsigned i = 0; i < 64; ++i) {
      const uint64_t bit = uint64_t{1} << i;
      if (at[i] == '"') masks.quotes |= bit;
      if (at[i] == ',') masks.commas |= bit;
      if (at[i] == '\n') masks.feeds |= bit;
      if ((static_cast<unsigned char>(at[i]) & 0x80) != 0) masks.high |= bit;
    }
    return masks;
  }
#endif
  static void Write(uint64_t mask, uint32_t base, uint32_t* to) {
    WriteEnds(mask, base, to);
  }
  static uint64_t PrefixXor(uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }
};

}  // namespace

void ScanPortable(const char* text, size_t size, ScanOutput* out) {
  ScanBlocks<Portable>(text, size, out);
}

// Unicode table 3-7.
bool IsUtf8Portable(const char* text, size_t size) {
  const auto byte = [text](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  for (size_t i = 0; i < size;) {
    const unsigned lead = byte(i);
    if (lead < 0x80) {
      if (lead == 0) return false;
      ++i;
      continue;
    }
    const size_t more = lead < 0xC2   ? 0
                        : lead < 0xE0 ? 1
                        : lead < 0xF0 ? 2
                        : lead < 0xF5 ? 3
                                      : 0;
    if (more == 0 || more >= size - i) return false;
    const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte(i + 1) < least || byte(i + 1) > most) return false;
    for (size_t k = 2; k <= more; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace collate::transparency_report::dsa
