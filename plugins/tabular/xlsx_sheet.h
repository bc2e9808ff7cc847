// Handler of one worksheet's part: typed cells, row by row, with merges and
// what is hidden. What a sheet may hold is held to its schema where cells are
// concerned, since a cell in an unknown wrapper would be a lost cell.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLSX_SHEET_H_
#define COLLATE_PLUGINS_TABULAR_XLSX_SHEET_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/tabular/xlsx_strings.h"
#include "plugins/tabular/xlsx_styles.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

struct SheetContext {
  const Budget& budget;
  const Styles& styles;
  const StringTable& strings;
  bool epoch_1904 = false;
};

class SheetPart : public PathHandler {
 public:
  // Without rows only merges are read. All must outlive it.
  SheetPart(const SheetContext& context, RowBuilder* rows,
            std::vector<Merge>* merges)
      : context_(context),
        rows_(rows),
        merges_(merges),
        parts_(context.budget) {}

  // Of cells themselves; those of shared strings are counted there.
  uint64_t superscript_runs() const { return runs_; }

  // Gives an error of the parse the cell it happened in.
  Status Placed(Status status) const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;
  Status Leave(int state, uint64_t byte_end) override;
  Status Text(int state, std::string_view text) override;
  XmlName Many() const override { return {Xmlns::kSheet, "row"}; }

 private:
  Status Twice(const char* name) const;
  Status Unread(const XmlElement& element) const;
  Status AddColumn(const XmlElement& element);
  Status AddMerge(const XmlElement& element);
  Status BeginRow(const XmlElement& element);
  Status BeginCell(const XmlElement& element);
  Status EndCell();
  Status Fill(Cell* cell);
  Status BadValue(const char* expected) const;

  const SheetContext& context_;
  RowBuilder* rows_;
  std::vector<Merge>* merges_;
  StringParts parts_;
  std::vector<bool> hidden_columns_;  // by column, from 1
  uint64_t hidden_ranges_ = 0;
  uint32_t row_ = 0;
  uint32_t column_ = 0;
  bool row_hidden_ = false;
  bool in_row_ = false;
  bool in_cell_ = false;
  bool formula_ = false;
  bool has_data_ = false;
  bool has_value_ = false;
  bool has_inline_ = false;
  const CellStyle* style_ = nullptr;
  std::string type_;
  std::string value_;
  uint64_t value_characters_ = 0;
  std::string scratch_;
  uint64_t runs_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLSX_SHEET_H_
