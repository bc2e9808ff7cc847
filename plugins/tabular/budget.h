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
};

class Budget {
 public:
  explicit Budget(Limits limits = Limits()) : limits_(limits) {}

  const Limits& limits() const { return limits_; }

  // Spent over the whole document.
  Status SpendBytes(uint64_t count);
  Status SpendRow(uint64_t cells);

  // Checked for each row or cell; nothing is spent.
  Status CheckColumns(uint64_t count) const;
  Status CheckLine(uint64_t bytes) const;
  Status CheckCell(uint64_t characters) const;

  uint64_t bytes() const { return bytes_; }
  uint64_t rows() const { return rows_; }
  uint64_t cells() const { return cells_; }

 private:
  Limits limits_;
  uint64_t bytes_ = 0;
  uint64_t rows_ = 0;
  uint64_t cells_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_BUDGET_H_
