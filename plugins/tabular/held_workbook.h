// A workbook whose tables are held as a whole before any is read: for
// documents of text, whose tables are few and small, and where a table can
// only be told once all of it was seen.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_HELD_WORKBOOK_H_
#define COLLATE_PLUGINS_TABULAR_HELD_WORKBOOK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/workbook.h"

namespace collate::tabular {

struct HeldCell {
  uint32_t column = 0;
  std::string text;
  std::string superscript;
  bool hidden = false;
  bool formula = false;
};

struct HeldRow {
  uint32_t number = 0;
  std::vector<HeldCell> cells;  // ascending columns
};

struct HeldTable {
  std::string name;
  std::vector<HeldRow> rows;  // ascending numbers
  std::vector<Merge> merges;
  Status refusal;  // what reading it returns, unless OK

  // What it takes in memory, nearly.
  uint64_t bytes() const;
};

class HeldWorkbook : public Workbook {
 public:
  HeldWorkbook(WorkbookKind kind, std::string part, Budget& budget)
      : Workbook(kind), part_(std::move(part)), budget_(budget) {}

  Status Add(HeldTable table);
  void Found(const char* reason, const char* message, uint64_t count,
             bool warning = false);

  Status ReadSheet(uint32_t index, GridSink& sink) override;
  Status ReadMerges(uint32_t index, std::vector<Merge>* merges) override;

 private:
  // The table's own refusal, or that there is none of this index.
  Status Check(uint32_t index) const;

  const std::string part_;
  Budget& budget_;
  uint64_t held_ = 0;
  std::vector<HeldTable> tables_;
  std::vector<uint64_t> spent_;  // rows of each, see RowBuilder
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_HELD_WORKBOOK_H_
