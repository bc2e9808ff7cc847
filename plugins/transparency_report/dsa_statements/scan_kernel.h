// The scan over blocks of 64 bytes, for any instruction set that can say where
// a byte stands in a block. Included by one source per instruction set, each
// compiled for it: every function here has internal linkage, and no header with
// inline functions is included, lest the linker keep one that was compiled for
// a processor that is not there.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_KERNEL_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_KERNEL_H_

#include <stddef.h>
#include <stdint.h>

#include "plugins/transparency_report/dsa_statements/record_end.h"

namespace collate::transparency_report::dsa {

// Entries that may be written behind the last.
inline constexpr size_t kAhead = 32;

// Room for one end of each byte, and kAhead more.
struct ScanOutput {
  uint32_t* ends;
  RecordEnd* records;
  size_t end_count;
  size_t record_count;
  size_t suspect;
};

void ScanPortable(const char* text, size_t size, ScanOutput* out);
void ScanAvx2(const char* text, size_t size, ScanOutput* out);
void ScanAvx512(const char* text, size_t size, ScanOutput* out);
bool IsUtf8Portable(const char* text, size_t size);
bool IsUtf8Avx2(const char* text, size_t size);

static inline uint64_t Below(unsigned bit) { return (uint64_t{1} << bit) - 1; }
static inline unsigned FirstBit(uint64_t mask) {
  return static_cast<unsigned>(__builtin_ctzll(mask));
}
static inline unsigned CountBits(uint64_t mask) {
  return static_cast<unsigned>(__builtin_popcountll(mask));
}

// Most blocks have few ends: four are written without asking.
static inline void WriteEnds(uint64_t mask, uint32_t base, uint32_t* to) {
  const unsigned count = CountBits(mask);
  for (unsigned i = 0; i < 4; ++i) {
    to[i] = base + FirstBit(mask | 1ull << 63);
    mask &= mask - 1;
  }
  for (unsigned i = 4; i < count; ++i) {
    to[i] = base + FirstBit(mask);
    mask &= mask - 1;
  }
}

// `Machine` has a type Block of 64 bytes, which is made of a pointer and says
// of Equal(byte) and High(), those that are not ASCII, where they are;
// PrefixXor(bits); and Write(bits, base, to) of the places of bits, which may
// write kAhead entries more.
template <typename Machine>
class BlockScanner {
 public:
  BlockScanner(const char* text, ScanOutput* out) : text_(text), out_(out) {}

  // The block at `at`, of which the bytes in `valid` are text. False when it
  // has a stray quote.
  __attribute__((always_inline)) bool Scan(size_t at, uint64_t valid) {
    const typename Machine::Block block(text_ + at);
    const uint64_t quotes = block.Equal('"') & valid;
    uint64_t feeds = block.Equal('\n') & valid;
    uint64_t high = block.High() & valid;
    if (in_quotes_ != 0 && quotes == 0) {
      // The middle of a long text.
      lines_ += CountBits(feeds);
      high_ |= high;
      after_break_ = 0;
      return true;
    }
    const uint64_t commas = block.Equal(',') & valid;
    // From each quote that opens to the byte before the one that closes. A
    // doubled quote closes and opens again.
    const uint64_t inside = Machine::PrefixXor(quotes) ^ in_quotes_;
    uint64_t breaks = (commas | feeds) & ~inside;
    const uint64_t opening = quotes & inside;
    const uint64_t closing = quotes & ~inside;
    const uint64_t may_open = (breaks | closing) << 1 | after_break_;
    const uint64_t closed = closing << 1 | after_close_;
    const uint64_t stray =
        ((opening & ~may_open) | (closed & ~(breaks | quotes))) & valid;
    if (stray != 0) {
      const uint64_t before = Below(FirstBit(stray));
      breaks &= before;
      feeds &= before;
      high &= before;
      out_->suspect = at + FirstBit(stray);
    }
    uint64_t record_ends = feeds & breaks;
    while (record_ends != 0) {
      const uint64_t through = record_ends ^ (record_ends - 1);
      RecordEnd& record = out_->records[records_++];
      record.fields = ends_ + CountBits(breaks & through);
      record.lines = lines_ + CountBits(feeds & through);
      record.ascii = (high_ | (high & through)) == 0;
      high_ = 0;
      high &= ~through;
      record_ends &= record_ends - 1;
    }
    Machine::Write(breaks, static_cast<uint32_t>(at), out_->ends + ends_);
    ends_ += CountBits(breaks);
    lines_ += CountBits(feeds);
    high_ |= high;
    in_quotes_ = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
    after_break_ = (breaks | closing) >> 63;
    after_close_ = closing >> 63;
    return stray == 0;
  }

  void Finish() {
    out_->end_count = ends_;
    out_->record_count = records_;
  }

 private:
  const char* const text_;
  ScanOutput* const out_;
  uint64_t in_quotes_ = 0;    // all ones while a quote is open
  uint64_t after_break_ = 1;  // the byte before lets a quote open
  uint64_t after_close_ = 0;  // the byte before closed one
  uint64_t high_ = 0;         // of the record so far
  uint32_t ends_ = 0;
  uint32_t lines_ = 0;
  size_t records_ = 0;
};

template <typename Machine>
static inline void ScanBlocks(const char* text, size_t size, ScanOutput* out) {
  BlockScanner<Machine> scanner(text, out);
  out->suspect = size;
  size_t at = 0;
  bool good = true;
  for (; good && size - at >= 64; at += 64) {
    good = scanner.Scan(at, ~uint64_t{0});
  }
  if (good && at < size) {
    scanner.Scan(at, Below(static_cast<unsigned>(size - at)));
  }
  scanner.Finish();
}

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_KERNEL_H_
