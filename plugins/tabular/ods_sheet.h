// Handler of one table of an OpenDocument spreadsheet: typed cells, row by row.
//
// Repeats are lazy: one of nothing is skipped, whatever its count; one of
// something is delivered as often as it says, under the budget. A cell's stored
// value is its value, the printed text its text; white space is collapsed as
// the format demands, and <text:s> and its like stand for what they mean.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_ODS_SHEET_H_
#define COLLATE_PLUGINS_TABULAR_ODS_SHEET_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/ods_styles.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

class OdsSheetPart : public PathHandler {
 public:
  // Without rows only merges are read. All must outlive it.
  OdsSheetPart(const Budget& budget, const OdsStyles& styles, RowBuilder* rows,
               std::vector<Merge>* merges)
      : budget_(budget), styles_(styles), rows_(rows), merges_(merges) {}

  uint64_t superscript_runs() const { return runs_; }
  uint64_t annotations() const { return annotations_; }
  uint64_t shapes() const { return shapes_; }

  // Gives an error of the parse the cell it happened in.
  Status Placed(Status status) const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;
  Status Leave(int state, uint64_t byte_end) override;
  Status Text(int state, std::string_view text) override;
  XmlName Many() const override { return {Xmlns::kTable, "table-row"}; }

 private:
  struct Hidden {
    uint32_t first = 0;
    uint32_t last = 0;
  };

  Status EnterTable(const XmlElement& element, int* state);
  Status EnterCell(const XmlElement& element, int* state);
  Status EnterText(int parent, const XmlElement& element, int* state);
  Status AddColumns(const XmlElement& element);
  Status BeginRow(const XmlElement& element);
  Status EndRow();
  Status BeginCell(const XmlElement& element);
  Status EndCell();
  Status AddMerges();
  Status Fill(Cell* cell);
  Status FillTyped(Cell* cell);
  Status Repeat(const XmlElement& element, std::string_view name,
                uint64_t* count) const;
  Status Append(std::string_view text, bool superscript);
  Status BadValue(const char* expected) const;
  Status Outside(const char* what, uint64_t row, uint64_t column) const;
  bool IsHiddenColumn(uint32_t column) const;

  const Budget& budget_;
  const OdsStyles& styles_;
  RowBuilder* rows_;
  std::vector<Merge>* merges_;

  uint64_t columns_declared_ = 0;
  std::vector<Hidden> hidden_columns_;  // ascending
  uint32_t hidden_groups_ = 0;          // that are open around a row
  uint32_t hidden_column_groups_ = 0;

  uint64_t row_ = 0;  // 1-based, of the row that is open or was last
  uint64_t row_repeat_ = 0;
  bool row_hidden_ = false;
  bool row_empty_ = true;
  bool in_row_ = false;

  uint64_t column_ = 0;
  uint64_t column_repeat_ = 0;
  bool in_cell_ = false;
  uint64_t columns_spanned_ = 1;
  uint64_t rows_spanned_ = 1;
  std::vector<Merge> row_merges_;
  bool formula_ = false;
  bool cell_superscript_ = false;
  std::string type_;
  std::string value_;  // the attribute that its type calls for
  bool has_value_ = false;
  bool error_ = false;
  RichText rich_;
  bool has_paragraph_ = false;
  bool after_space_ = true;  // more white space here means nothing

  uint64_t runs_ = 0;
  uint64_t annotations_ = 0;
  uint64_t shapes_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_ODS_SHEET_H_
