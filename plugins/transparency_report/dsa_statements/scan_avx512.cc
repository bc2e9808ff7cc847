// Compiled for AVX-512BW, PCLMUL, POPCNT and BMI; called where they are there.

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
