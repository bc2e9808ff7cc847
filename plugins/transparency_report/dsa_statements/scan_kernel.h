// The scan over blocks of 64 bytes, for any instruction set that can say where
// a byte stands in a block. Included by one source per instruction set, each
// compiled for it: everything here has internal linkage, and no header with
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

namespace {

// Bits of the bytes of one block.
struct BlockMasks {
  uint64_t quotes;
  uint64_t commas;
  uint64_t feeds;
  uint64_t high;  // not ASCII
};

inline uint64_t Below(unsigned bit) { return (uint64_t{1} << bit) - 1; }
inline unsigned FirstBit(uint64_t mask) {
  return static_cast<unsigned>(__builtin_ctzll(mask));
}
inline unsigned CountBits(uint64_t mask) {
  return static_cast<unsigned>(__builtin_popcountll(mask));
}

// Most blocks have few ends: four are written without asking.
inline void WriteEnds(uint64_t mask, uint32_t base, uint32_t* to) {
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

// `Machine` has Load(const char*) -> BlockMasks, PrefixXor(uint64_t), and
// Write(mask, base, to) of the places of bits, which may write kAhead entries
// more.
template <typename Machine>
inline void ScanBlocks(const char* text, size_t size, ScanOutput* out) {
  uint64_t in_quotes = 0;    // all ones while a quote is open
  uint64_t after_break = 1;  // the byte before lets a quote open
  uint64_t after_close = 0;  // the byte before closed one
  uint32_t ends = 0;
  uint32_t lines = 0;
  size_t records = 0;
  uint64_t high_before = 0;
  out->suspect = size;
  for (size_t at = 0; at < size; at += 64) {
    BlockMasks masks = Machine::Load(text + at);
    uint64_t valid = ~uint64_t{0};
    if (size - at < 64) {
      valid = Below(static_cast<unsigned>(size - at));
      masks.quotes &= valid;
      masks.commas &= valid;
      masks.feeds &= valid;
      masks.high &= valid;
    }
    // From each quote that opens to the byte before the one that closes. A
    // doubled quote closes and opens again.
    const uint64_t inside = Machine::PrefixXor(masks.quotes) ^ in_quotes;
    uint64_t breaks = (masks.commas | masks.feeds) & ~inside;
    const uint64_t opening = masks.quotes & inside;
    const uint64_t closing = masks.quotes & ~inside;
    const uint64_t may_open = (breaks | closing) << 1 | after_break;
    const uint64_t closed = closing << 1 | after_close;
    const uint64_t stray =
        ((opening & ~may_open) | (closed & ~(breaks | masks.quotes))) & valid;
    if (stray != 0) {
      const uint64_t before = Below(FirstBit(stray));
      breaks &= before;
      masks.feeds &= before;
      masks.high &= before;
      out->suspect = at + FirstBit(stray);
    }
    uint64_t record_ends = masks.feeds & breaks;
    while (record_ends != 0) {
      const uint64_t through = record_ends ^ (record_ends - 1);
      RecordEnd& record = out->records[records++];
      record.fields = ends + CountBits(breaks & through);
      record.lines = lines + CountBits(masks.feeds & through);
      record.ascii = (high_before | (masks.high & through)) == 0;
      high_before = 0;
      masks.high &= ~through;
      record_ends &= record_ends - 1;
    }
    Machine::Write(breaks, static_cast<uint32_t>(at), out->ends + ends);
    ends += CountBits(breaks);
    if (stray != 0) break;
    lines += CountBits(masks.feeds);
    high_before |= masks.high;
    in_quotes = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
    after_break = (breaks | closing) >> 63;
    after_close = closing >> 63;
  }
  out->end_count = ends;
  out->record_count = records;
}

}  // namespace
}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_KERNEL_H_
