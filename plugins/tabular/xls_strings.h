// The strings of .xls workbooks: rich text whose superscript runs are marks and
// not text, shared between cells or inside one.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLS_STRINGS_H_
#define COLLATE_PLUGINS_TABULAR_XLS_STRINGS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/cell_style.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/string_table.h"
#include "plugins/tabular/xls_records.h"

namespace collate::tabular {

// A string as it is stored, with the fonts of its runs.
struct XlsString {
  struct Run {
    uint64_t begin = 0;  // in units
    uint64_t font = 0;
  };
  std::u16string units;
  std::vector<Run> runs;
};

// Behind a length of `length_bytes`; with_runs is for a record that lists the
// runs behind the text and does not say so before. A text of BIFF5 is read in
// windows-1252 alone, and where it is ASCII (BAD_ENCODING).
Status ReadXlsString(XlsCursor& cursor, const XlsDialect& dialect,
                     size_t length_bytes, bool with_runs, const Budget& budget,
                     XlsString* string);

// Parts the runs that stand above the line. `superscript` is the font of what
// stands before the first run.
Status SplitXlsString(const XlsString& string, const CellStyles& styles,
                      bool superscript, RichText* rich);

// The list of shared strings, held whole.
class XlsStrings {
 public:
  explicit XlsStrings(const Budget& budget)
      : budget_(budget), table_(budget), above_(budget) {}

  // `record` is the list's first. How many there are is believed only as far as
  // there are any.
  Status Read(XlsReader& reader, const XlsRecord& record,
              const CellStyles& styles);

  const StringTable& table() const { return table_; }
  // Where the font of the cell is superscript: a string whose runs do not begin
  // with it, and which therefore begins above the line there. False when it is
  // none.
  bool GetAbove(uint64_t index, std::string_view* text,
                std::string_view* superscript) const;

 private:
  Status ReadOne(XlsCursor& cursor, const CellStyles& styles);

  const Budget& budget_;
  StringTable table_;
  StringTable above_;
  std::vector<uint64_t> above_indices_;  // ascending, into table_
  XlsString string_;
  RichText rich_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLS_STRINGS_H_
