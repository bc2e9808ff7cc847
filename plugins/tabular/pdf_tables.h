// Tables among the words of PDF pages, found by geometry and kept only when
// their totals prove them (pdf_proof.h). No PDF library.
//
// Rows are lines as printed: a label over two lines is two rows. Columns are
// what the rows of figures leave free between them. Headings are assigned to
// the columns under which they stand; where they stand between two, both ways
// are tried, and exactly one must be proven.
//
// Internal to this folder.

#ifndef COLLATE_PLUGINS_TABULAR_PDF_TABLES_H_
#define COLLATE_PLUGINS_TABULAR_PDF_TABLES_H_

#include <cstdint>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/held_workbook.h"
#include "plugins/tabular/pdf_lines.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

struct PdfTables {
  // In the order of the pages. What looks like a table and is not proven is
  // there with its refusal and without rows.
  std::vector<HeldTable> tables;
  uint64_t lines_outside = 0;  // of text, in none of them
  uint64_t turned_words = 0;   // never part of a table
};

// What looks like a table: lines that hold three figures or more behind what
// stands first in each; numbers within labels are none. A table that is not
// proven by itself is tried together with what begins the next page, over at
// most ten pages.
Status FindPdfTables(const std::vector<PdfPage>& pages, const Budget& budget,
                     PdfTables* found);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_PDF_TABLES_H_
