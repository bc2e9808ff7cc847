// The rows of a long_format file as plain values, checked but not yet handed
// to anybody. See README.md for the columns.

#ifndef COLLATE_TESTS_ADAPTERS_LONG_FORMAT_LONG_ROWS_H_
#define COLLATE_TESTS_ADAPTERS_LONG_FORMAT_LONG_ROWS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/number.h"

namespace collate::long_format {

struct LongTable {
  std::string id;
  std::string measure;
  std::string unit;
  std::string universe;
  int32_t partition = 0;
  int32_t aggregation = 0;
  int32_t repeats = 0;
  int32_t floor = 0;
  std::vector<std::string> multi_response;
  std::set<std::string> periods;  // "begin/end"
  tabular::Locator locator;       // of its first row
};

struct LongRow {
  size_t table = 0;  // index
  std::string reporter;
  std::string reporter_code;
  int32_t period_begin = 0;
  int32_t period_end = 0;
  int32_t period_kind = 0;
  std::string period_text;
  std::vector<std::pair<std::string, std::string>> dimensions;  // by axis
  int32_t level = 0;
  std::string level_axis;
  std::string parent;
  int32_t state = 0;
  std::optional<tabular::Decimal> value;
  std::optional<tabular::Decimal> lower;
  std::optional<tabular::Decimal> upper;
  uint64_t flags = 0;
  std::string raw;
  std::string reason;
  std::vector<std::string> notes;
  uint64_t records = 0;
  tabular::Locator locator;  // of the value cell, or of the state's
  tabular::Locator header;   // of the header cell above it
};

struct LongFile {
  std::vector<LongTable> tables;
  std::vector<LongRow> rows;
  uint64_t cells = 0;
};

tabular::Status ReadLongFile(tabular::ByteSource& source,
                             const std::string& part, LongFile* file);

}  // namespace collate::long_format

#endif  // COLLATE_TESTS_ADAPTERS_LONG_FORMAT_LONG_ROWS_H_
