#include "plugins/transparency_report/dsa_statements/scan.h"

#include "plugins/transparency_report/dsa_statements/scan_kernel.h"

namespace collate::transparency_report::dsa {

bool IsSupported(Isa isa) {
#if defined(COLLATE_DSA_SCAN_X86)
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
      __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") &&
      __builtin_cpu_supports("bmi2");
  if (isa == Isa::kAvx2) return avx2;
  if (isa == Isa::kAvx512) {
    return avx2 && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2");
  }
#endif
  return isa == Isa::kPortable;
}

Isa BestIsa() {
  if (IsSupported(Isa::kAvx512)) return Isa::kAvx512;
  return IsSupported(Isa::kAvx2) ? Isa::kAvx2 : Isa::kPortable;
}

void Scan(Isa isa, const char* text, size_t size, Scanned* out) {
  // Each byte may be an end, and a kernel writes some entries ahead.
  if (out->ends.size() < size + kAhead) out->ends.resize(size + kAhead);
  if (out->records.size() < size + 1) out->records.resize(size + 1);
  ScanOutput output = {};
  output.ends = out->ends.data();
  output.records = out->records.data();
  switch (isa) {
#if defined(COLLATE_DSA_SCAN_X86)
    case Isa::kAvx512:
      ScanAvx512(text, size, &output);
      break;
    case Isa::kAvx2:
      ScanAvx2(text, size, &output);
      break;
#endif
    default:
      ScanPortable(text, size, &output);
      break;
  }
  out->end_count = output.end_count;
  out->record_count = output.record_count;
  out->suspect = output.suspect;
}

bool IsUtf8(Isa isa, const char* text, size_t size) {
#if defined(COLLATE_DSA_SCAN_X86)
  if (isa != Isa::kPortable) return IsUtf8Avx2(text, size);
#endif
  return IsUtf8Portable(text, size);
}

}  // namespace collate::transparency_report::dsa
