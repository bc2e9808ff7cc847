// Where the fields and records of a CSV text end, found 64 bytes at a time.
//
// One interface, several instruction sets; all give the same answer. The scan
// believes quotes only where they may stand: one that opens stands at a
// field's start, one that closes at a field's end. At the first that does not
// the scan ends (`suspect`), and what comes of it is the caller's to decide.
//
// Functions of their arguments; any thread.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plugins/transparency_report/dsa_statements/record_end.h"

namespace collate::transparency_report::dsa {

// Bytes behind a text that a scan may read, whatever they are.
inline constexpr size_t kScanPadding = 64;

struct Scanned {
  // Offsets of the commas and line feeds outside of quotes.
  std::vector<uint32_t> ends;
  std::vector<RecordEnd> records;
  size_t end_count = 0;  // the vectors keep their largest size
  size_t record_count = 0;
  size_t suspect = 0;  // offset of the first stray quote, or the text's size
};

enum class Isa { kPortable, kAvx2, kAvx512 };

bool IsSupported(Isa isa);
// The fastest that the processor has.
Isa BestIsa();

// The text begins a record; it has fewer than 2^32 bytes, and kScanPadding
// more that may be read.
void Scan(Isa isa, const char* text, size_t size, Scanned* out);

// Whether it is well-formed UTF-8 without NUL. Reads kScanPadding more.
bool IsUtf8(Isa isa, const char* text, size_t size);

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_SCAN_H_
