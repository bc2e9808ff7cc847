// Which column holds what, by the names of a part's header.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_LAYOUT_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_LAYOUT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/tabular/status.h"

namespace collate::transparency_report::dsa {

// The columns that are looked at, `uuid` apart. No other cell is read.
enum Column : uint8_t {
  kVisibility,
  kMonetary,
  kProvision,
  kAccount,
  kCategory,
  kAddition,
  kKeywords,
  kSource,
  kDetection,
  kDecision,
  kPlatform,
  kCreated,
  kColumnCount,
};

struct Layout {
  uint32_t width = 0;                          // columns of the header
  std::array<uint32_t, kColumnCount> at = {};  // from 0
};

// `line` without its line end. Its first column is uuid, by which a record is
// known again after damage; else it is taken for no header (MISSING_HEADER).
// Refuses one that lacks a column (MISSING_COLUMN), names one that no known
// export has (UNKNOWN_COLUMN), or one twice (REPEATED_COLUMN).
tabular::Status ReadHeader(std::string_view line, const std::string& part,
                           Layout* layout);

// Whether a text begins as such a header does.
bool BeginsHeader(std::string_view text);

}  // namespace collate::transparency_report::dsa

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_DSA_STATEMENTS_LAYOUT_H_
