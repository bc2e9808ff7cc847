// Apart from scan.h, for the kernels: see scan_kernel.h on what they include.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_RECORD_END_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_RECORD_END_H_

#include <stdint.h>

namespace collate::transparency_report::dsa {

// A record that ends with a line feed outside of quotes.
struct RecordEnd {
  uint32_t fields;  // entries of `ends` up to its last field's
  uint32_t lines;   // line feeds up to its end, those in quotes too
  bool ascii;       // all of its bytes
};

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_RECORD_END_H_
