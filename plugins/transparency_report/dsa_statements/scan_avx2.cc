// Compiled for AVX2, PCLMUL, POPCNT and BMI; called where they are there.

#include <immintrin.h>

#include "plugins/transparency_report/dsa_statements/scan_kernel.h"

namespace collate::transparency_report::dsa {
namespace {

struct Avx2 {
  static uint64_t Mask(__m256i low, __m256i high) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
           static_cast<uint64_t>(
               static_cast<uint32_t>(_mm256_movemask_epi8(high)))
               << 32;
  }
  static uint64_t Equal(__m256i low, __m256i high, char byte) {
    const __m256i wanted = _mm256_set1_epi8(byte);
    return Mask(_mm256_cmpeq_epi8(low, wanted),
                _mm256_cmpeq_epi8(high, wanted));
  }
  static BlockMasks Load(const char* at) {
    const __m256i low =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i high =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32));
    return {Equal(low, high, '"'), Equal(low, high, ','),
            Equal(low, high, '\n'), Mask(low, high)};
  }
  static void Write(uint64_t mask, uint32_t base, uint32_t* to) {
    WriteEnds(mask, base, to);
  }
  static uint64_t PrefixXor(uint64_t bits) {
    return static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(
        _mm_set_epi64x(0, static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0)));
  }
};

// Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte":
// three table look-ups, by the halves of a byte and the next one's upper half,
// name every ill-formed pair; what must follow a lead of three or four bytes
// is checked beside.
class Utf8Checker {
 public:
  void Add(__m256i input) {
    nul_ =
        _mm256_or_si256(nul_, _mm256_cmpeq_epi8(input, _mm256_setzero_si256()));
    if (_mm256_movemask_epi8(input) == 0) {
      error_ = _mm256_or_si256(error_, incomplete_);
    } else {
      const __m256i before1 = Before<1>(input);
      const __m256i special = Special(input, before1);
      const __m256i third = _mm256_subs_epu8(
          Before<2>(input), _mm256_set1_epi8(static_cast<char>(0xE0 - 0x80)));
      const __m256i fourth = _mm256_subs_epu8(
          Before<3>(input), _mm256_set1_epi8(static_cast<char>(0xF0 - 0x80)));
      const __m256i must =
          _mm256_and_si256(_mm256_or_si256(third, fourth),
                           _mm256_set1_epi8(static_cast<char>(0x80)));
      error_ = _mm256_or_si256(error_, _mm256_xor_si256(must, special));
      incomplete_ = Incomplete(input);
    }
    previous_ = input;
  }

  bool ok() const {
    const __m256i bad =
        _mm256_or_si256(_mm256_or_si256(error_, incomplete_), nul_);
    return _mm256_testz_si256(bad, bad) != 0;
  }

 private:
  static constexpr uint8_t kTooShort = 1 << 0;
  static constexpr uint8_t kTooLong = 1 << 1;
  static constexpr uint8_t kOverlong3 = 1 << 2;
  static constexpr uint8_t kTooLarge = 1 << 3;
  static constexpr uint8_t kSurrogate = 1 << 4;
  static constexpr uint8_t kOverlong2 = 1 << 5;
  static constexpr uint8_t kTooLarge1000 = 1 << 6;
  static constexpr uint8_t kOverlong4 = 1 << 6;
  static constexpr uint8_t kTwoConts = 1 << 7;
  static constexpr uint8_t kCarry = kTooShort | kTooLong | kTwoConts;

  template <int n>
  __m256i Before(__m256i input) const {
    return _mm256_alignr_epi8(
        input, _mm256_permute2x128_si256(previous_, input, 0x21), 16 - n);
  }

  static __m256i Table(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint8_t e,
                       uint8_t f, uint8_t g, uint8_t h, uint8_t i, uint8_t j,
                       uint8_t k, uint8_t l, uint8_t m, uint8_t n, uint8_t o,
                       uint8_t p) {
    const auto s = [](uint8_t byte) { return static_cast<char>(byte); };
    return _mm256_broadcastsi128_si256(
        _mm_setr_epi8(s(a), s(b), s(c), s(d), s(e), s(f), s(g), s(h), s(i),
                      s(j), s(k), s(l), s(m), s(n), s(o), s(p)));
  }

  static __m256i Upper(__m256i bytes) {
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4),
                            _mm256_set1_epi8(0x0F));
  }

  static __m256i Special(__m256i input, __m256i before) {
    const __m256i first_upper = _mm256_shuffle_epi8(
        Table(kTooLong, kTooLong, kTooLong, kTooLong, kTooLong, kTooLong,
              kTooLong, kTooLong, kTwoConts, kTwoConts, kTwoConts, kTwoConts,
              kTooShort | kOverlong2, kTooShort,
              kTooShort | kOverlong3 | kSurrogate,
              kTooShort | kTooLarge | kTooLarge1000 | kOverlong4),
        Upper(before));
    const __m256i first_lower = _mm256_shuffle_epi8(
        Table(kCarry | kOverlong3 | kOverlong2 | kOverlong4,
              kCarry | kOverlong2, kCarry, kCarry, kCarry | kTooLarge,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000 | kSurrogate,
              kCarry | kTooLarge | kTooLarge1000,
              kCarry | kTooLarge | kTooLarge1000),
        _mm256_and_si256(before, _mm256_set1_epi8(0x0F)));
    const __m256i second_upper = _mm256_shuffle_epi8(
        Table(kTooShort, kTooShort, kTooShort, kTooShort, kTooShort, kTooShort,
              kTooShort, kTooShort,
              kTooLong | kOverlong2 | kTwoConts | kOverlong3 | kTooLarge1000 |
                  kOverlong4,
              kTooLong | kOverlong2 | kTwoConts | kOverlong3 | kTooLarge,
              kTooLong | kOverlong2 | kTwoConts | kSurrogate | kTooLarge,
              kTooLong | kOverlong2 | kTwoConts | kSurrogate | kTooLarge,
              kTooShort, kTooShort, kTooShort, kTooShort),
        Upper(input));
    return _mm256_and_si256(_mm256_and_si256(first_upper, first_lower),
                            second_upper);
  }

  // A lead byte too near to the end of the block for all that must follow.
  static __m256i Incomplete(__m256i input) {
    const __m256i most = _mm256_setr_epi8(
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, static_cast<char>(0xF0 - 1),
        static_cast<char>(0xE0 - 1), static_cast<char>(0xC0 - 1));
    return _mm256_subs_epu8(input, most);
  }

  __m256i error_ = _mm256_setzero_si256();
  __m256i incomplete_ = _mm256_setzero_si256();
  __m256i nul_ = _mm256_setzero_si256();
  __m256i previous_ = _mm256_setzero_si256();
};

}  // namespace

void ScanAvx2(const char* text, size_t size, ScanOutput* out) {
  ScanBlocks<Avx2>(text, size, out);
}

bool IsUtf8Avx2(const char* text, size_t size) {
  Utf8Checker checker;
  size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    checker.Add(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at)));
  }
  if (at < size) {
    // What lies behind the text counts as spaces.
    const __m256i rest =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at));
    const __m256i index = _mm256_setr_epi8(
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
        20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    const __m256i inside = _mm256_cmpgt_epi8(
        _mm256_set1_epi8(static_cast<char>(size - at)), index);
    checker.Add(_mm256_blendv_epi8(_mm256_set1_epi8(' '), rest, inside));
  }
  return checker.ok();
}

}  // namespace collate::transparency_report::dsa
