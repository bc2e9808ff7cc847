// For any processor; the compiler makes of it what its target has.

#include "plugins/transparency_report/dsa_statements/scan_kernel.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace collate::transparency_report::dsa {
namespace {

struct Portable {
#if defined(__SSE2__)
  class Block {
   public:
    explicit Block(const char* at) {
      for (ptrdiff_t i = 0; i < 4; ++i) {
        quarters_[i] =
            _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
      }
    }
    uint64_t Equal(char byte) const {
      const __m128i wanted = _mm_set1_epi8(byte);
      uint64_t bits = 0;
      for (ptrdiff_t i = 3; i >= 0; --i) {
        bits = bits << 16 | static_cast<uint16_t>(_mm_movemask_epi8(
                                _mm_cmpeq_epi8(quarters_[i], wanted)));
      }
      return bits;
    }
    uint64_t High() const {
      uint64_t bits = 0;
      for (ptrdiff_t i = 3; i >= 0; --i) {
        bits =
            bits << 16 | static_cast<uint16_t>(_mm_movemask_epi8(quarters_[i]));
      }
      return bits;
    }

   private:
    __m128i quarters_[4];
  };
#else
  class Block {
   public:
    explicit Block(const char* at) : at_(at) {}
    uint64_t Equal(char byte) const {
      uint64_t bits = 0;
      for (int i = 63; i >= 0; --i) bits = bits << 1 | (at_[i] == byte);
      return bits;
    }
    uint64_t High() const {
      uint64_t bits = 0;
      for (int i = 63; i >= 0; --i) {
        bits = bits << 1 | (static_cast<unsigned char>(at_[i]) >> 7);
      }
      return bits;
    }

   private:
    const char* at_;
  };
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
