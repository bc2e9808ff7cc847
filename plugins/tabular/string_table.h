// The strings that cells of XLSX and XLS share: the one table that is held.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_STRING_TABLE_H_
#define COLLATE_PLUGINS_TABULAR_STRING_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

class StringTable {
 public:
  explicit StringTable(const Budget& budget) : budget_(budget) {}

  void Clear();
  Status Add(const RichText& rich);
  // False when there is no such string.
  bool Get(uint64_t index, std::string_view* text,
           std::string_view* superscript) const;
  size_t size() const { return strings_.size(); }
  uint64_t superscript_runs() const { return runs_; }

 private:
  struct Entry {
    uint64_t begin = 0;
    uint32_t text = 0;
    uint32_t superscript = 0;  // directly behind the text
  };
  const Budget& budget_;
  std::string bytes_;
  std::vector<Entry> strings_;
  uint64_t runs_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_STRING_TABLE_H_
