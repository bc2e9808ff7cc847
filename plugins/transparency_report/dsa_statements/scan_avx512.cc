// Compiled for AVX-512BW and VBMI2, PCLMUL, POPCNT and BMI; called where they
// are there.

#include <immintrin.h>

#include "plugins/transparency_report/dsa_statements/scan_kernel.h"

namespace collate::transparency_report::dsa {
namespace {

struct Avx512 {
  static BlockMasks Load(const char* at) {
    const __m512i block = _mm512_loadu_si512(at);
    return {_mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')),
            _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(',')),
            _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n')),
            _mm512_movepi8_mask(block)};
  }
  static void Write(uint64_t mask, uint32_t base, uint32_t* to) {
    const __m512i places = _mm512_maskz_compress_epi8(mask, Places());
    const __m512i bases = _mm512_set1_epi32(static_cast<int>(base));
    const auto write = [&](__m128i bytes, uint32_t* at) {
      _mm512_storeu_si512(at,
                          _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(bytes)));
    };
    write(_mm512_castsi512_si128(places), to);
    const unsigned count = CountBits(mask);
    if (count <= 16) return;
    write(_mm512_extracti32x4_epi32(places, 1), to + 16);
    if (count <= 32) return;
    write(_mm512_extracti32x4_epi32(places, 2), to + 32);
    write(_mm512_extracti32x4_epi32(places, 3), to + 48);
  }
  static __m512i Places() {
    alignas(64) static constexpr uint8_t kPlaces[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
        48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    return _mm512_load_si512(kPlaces);
  }
  static uint64_t PrefixXor(uint64_t bits) {
    return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(
        _mm_set_epi64x(0, static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0)));
  }
};

}  // namespace

void ScanAvx512(const char* text, size_t size, ScanOutput* out) {
  ScanBlocks<Avx512>(text, size, out);
}

}  // namespace collate::transparency_report::dsa
