// One sheet of an .xls workbook: typed cells, row by row, with merges and what
// is hidden. A sheet is gone through twice, since it says only here and there
// what is hidden, and since some writers do not put cells in order; then the
// places of up to a million records of cells are sorted.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLS_SHEET_H_
#define COLLATE_PLUGINS_TABULAR_XLS_SHEET_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/cell_style.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/tabular/xls_records.h"
#include "plugins/tabular/xls_strings.h"

namespace collate::tabular {

// What a sequence of records is of, as its first one says.
enum class XlsKind : uint64_t { kWorkbook = 0x0005, kWorksheet = 0x0010 };
// WORKBOOK_BIFF_NOT_READ for versions that are not, WORKBOOK_BAD_STRUCTURE for
// another kind.
Status CheckXlsBegin(const XlsRecord& record, XlsKind kind, uint64_t* version);

struct XlsContext {
  XlsReader& reader;
  const Budget& budget;
  const CellStyles& styles;
  const XlsStrings& strings;
  XlsDialect dialect;
  bool epoch_1904 = false;
};

class XlsSheet {
 public:
  XlsSheet(const XlsContext& context, uint64_t offset)
      : context_(context), reader_(context.reader), offset_(offset) {}

  // First: all but the cells.
  Status Survey(std::vector<Merge>* merges);
  // Then these.
  Status Deliver(RowBuilder& rows);

  uint64_t bytes() const { return bytes_; }
  uint64_t comments() const { return comments_; }
  uint64_t shapes() const { return shapes_; }
  // Of cells themselves; those of shared strings are counted there.
  uint64_t superscript_runs() const { return runs_; }

  // Gives an error the cell it happened in.
  Status Placed(Status status) const;

 private:
  struct Place {
    uint32_t key = 0;  // row and column
    uint64_t offset = 0;
  };
  Status SurveyRecord(const XlsRecord& record, std::vector<Merge>* merges);
  Status SurveyCell(const XlsRecord& record);
  Status SurveyMerges(const XlsRecord& record, std::vector<Merge>* merges);
  // All cells between the beginning and the end, each with `index_` or without.
  Status DeliverAll(RowBuilder& rows);
  Status OnCell(const XlsRecord& record, RowBuilder& rows);
  Status Begin(uint32_t row, uint32_t column, uint64_t style, RowBuilder& rows);
  Status OnMulRk(const XlsRecord& record, RowBuilder& rows);
  Status OnText(const XlsRecord& record, bool with_runs, RowBuilder& rows);
  Status OnFormula(const XlsRecord& record, RowBuilder& rows);
  Status AddText(const RichText& rich, bool formula, RowBuilder& rows);
  Status AddNumber(double number, bool formula, RowBuilder& rows);
  Status AddBoolean(uint64_t value, bool formula, RowBuilder& rows);
  Status AddError(uint64_t code, bool formula, RowBuilder& rows);
  Status Add(Cell cell, bool formula, RowBuilder& rows);

  const XlsContext& context_;
  XlsReader& reader_;
  const uint64_t offset_;
  uint64_t bytes_ = 0;
  uint64_t comments_ = 0;
  uint64_t shapes_ = 0;
  uint64_t runs_ = 0;
  std::vector<bool> hidden_rows_;     // from 0
  std::vector<bool> hidden_columns_;  // from 0
  bool any_ = false;
  bool in_order_ = true;
  uint32_t last_key_ = 0;
  uint64_t records_ = 0;      // of cells
  std::vector<Place> index_;  // of cells, when they are not in order
  uint32_t row_ = 0;          // from 1
  uint32_t column_ = 0;
  const CellStyle* style_ = nullptr;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLS_SHEET_H_
