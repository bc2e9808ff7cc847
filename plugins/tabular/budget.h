// One budget for everything that is read of one document, however many parts
// it has: a file that is small on disk may not become large in memory.
//
// Every refusal names the limit, the value that went over it and the place.
// Not thread-safe; one document, one budget.

#ifndef COLLATE_PLUGINS_TABULAR_BUDGET_H_
#define COLLATE_PLUGINS_TABULAR_BUDGET_H_

#include <cstdint>

#include "plugins/tabular/status.h"

namespace collate::tabular {

// The largest that is still read.
struct Limits {
  uint64_t bytes = uint64_t{1} << 30;  // after inflation
  uint64_t rows = 1'048'576;
  uint64_t cells = 10'000'000;
  uint64_t columns = 16'384;
  uint64_t line_bytes = uint64_t{1} << 20;  // of one CSV record
  uint64_t cell_characters = 32'767;        // code points

  // Of packages, that is zip archives of XML parts.
  uint64_t entries = 1'000;
  uint64_t ratio = 200;  // inflated to packed, of one entry ...
  uint64_t ratio_floor_bytes = uint64_t{4} << 20;  // ... that inflates beyond
  // A part that is read again is inflated again.
  uint64_t reread_bytes = uint64_t{4} << 30;
  uint64_t xml_depth = 256;
  uint64_t xml_token_bytes = uint64_t{1} << 20;  // one tag, comment, ...
  uint64_t xml_names = 20'000;  // distinct ones of one part; expat keeps each
  uint64_t shared_string_bytes = uint64_t{64} << 20;
  uint64_t sheets = 1'000;
  uint64_t merges = 100'000;  // of one sheet
  uint64_t styles = 100'000;

  // Of documents whose tables are held as a whole: DOCX and PDF.
  uint64_t held_bytes = uint64_t{64} << 20;
  uint64_t pages = 2'000;
  uint64_t words = 1'000'000;  // of all pages
};

class Budget {
 public:
  explicit Budget(Limits limits = Limits()) : limits_(limits) {}

  const Limits& limits() const { return limits_; }

  // Spent over the whole document.
  Status SpendBytes(uint64_t count);
  Status SpendReread(uint64_t bytes);
  Status SpendRow(uint64_t cells);

  // Checked for each row or cell; nothing is spent.
  Status CheckColumns(uint64_t count) const;
  Status CheckLine(uint64_t bytes) const;
  Status CheckCell(uint64_t characters) const;
  Status CheckEntries(uint64_t count) const;
  Status CheckRatio(uint64_t packed, uint64_t inflated) const;
  Status CheckXmlDepth(uint64_t depth) const;
  Status CheckXmlToken(uint64_t bytes) const;
  Status CheckXmlNames(uint64_t count) const;
  Status CheckSharedStrings(uint64_t bytes) const;
  Status CheckSheets(uint64_t count) const;
  Status CheckMerges(uint64_t count) const;
  Status CheckStyles(uint64_t count) const;
  Status CheckHeld(uint64_t bytes) const;
  Status CheckPages(uint64_t count) const;
  Status CheckWords(uint64_t count) const;

  uint64_t bytes() const { return bytes_; }
  uint64_t rows() const { return rows_; }
  uint64_t cells() const { return cells_; }

 private:
  Limits limits_;
  uint64_t bytes_ = 0;
  uint64_t reread_ = 0;
  uint64_t rows_ = 0;
  uint64_t cells_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_BUDGET_H_
