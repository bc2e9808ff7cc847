// What every reading of a fuzzed workbook is held to.

#ifndef COLLATE_TESTS_FUZZ_WORKBOOK_CHECKS_H_
#define COLLATE_TESTS_FUZZ_WORKBOOK_CHECKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/decode.h"
#include "plugins/tabular/workbook.h"
#include "tests/fuzz/require.h"

namespace collate::fuzz {

inline void RequireText(std::string_view text, const char* what) {
  for (size_t i = 0; i < text.size();) {
    const int length = tabular::Utf8Length(text, i);
    Require(length > 0, what);
    i += static_cast<size_t>(length);
  }
}

inline void RequireNamed(const tabular::Error& error) {
  Require(!error.reason.empty(), "a named error");
  Require(!error.message.empty(), "an error says what is wrong");
  Require(!error.part.empty(), "an error names the document or its part");
  for (const std::string* text :
       {&error.message, &error.expected, &error.found}) {
    RequireText(*text, "an error is text");
  }
}

class CheckingSink : public tabular::GridSink {
 public:
  tabular::Status OnRow(const tabular::Row& row) override {
    Require(row.locator.row > last_row_ && row.locator.row <= 1'048'576,
            "rows ascend and lie in a sheet");
    last_row_ = row.locator.row;
    uint32_t column = 0;
    for (const tabular::Cell& cell : row.cells) {
      Require(cell.locator.row == row.locator.row, "a cell lies in its row");
      Require(cell.locator.column > column && cell.locator.column <= 16'384,
              "columns ascend and lie in a sheet");
      column = cell.locator.column;
      RequireText(cell.text, "text is UTF-8");
      RequireText(cell.value, "values are UTF-8");
      RequireText(cell.superscript, "what stands above is UTF-8");
      const bool typed = cell.kind != tabular::CellKind::kText &&
                         cell.kind != tabular::CellKind::kEmpty;
      Require(typed != cell.value.empty(), "typed cells have a value");
    }
    return tabular::OkStatus();
  }

 private:
  uint32_t last_row_ = 0;
};

inline tabular::Status ReadAll(tabular::Workbook& workbook) {
  for (const tabular::SheetInfo& sheet : workbook.sheets()) {
    RequireText(sheet.name, "names are UTF-8");
    CheckingSink sink;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadSheet(sheet.index, sink));
    std::vector<tabular::Merge> merges;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadMerges(sheet.index, &merges));
    for (const tabular::Merge& merge : merges) {
      Require(merge.row >= 1 && merge.row <= merge.row_end &&
                  merge.column >= 1 && merge.column <= merge.column_end,
              "a merge is a range");
    }
  }
  return tabular::OkStatus();
}

}  // namespace collate::fuzz

#endif  // COLLATE_TESTS_FUZZ_WORKBOOK_CHECKS_H_
