// Whether the totals that a table prints prove that it was read rightly.
//
// Internal to this folder.

#ifndef COLLATE_PLUGINS_TABULAR_PDF_PROOF_H_
#define COLLATE_PLUGINS_TABULAR_PDF_PROOF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/tabular/status.h"

namespace collate::tabular {

// One rectangle of texts, blank where there is none. Rows that are no data are
// headings; the first columns, at least one, are labels.
struct PdfGrid {
  uint32_t columns = 0;
  std::vector<std::vector<std::string>> rows;  // each of `columns` texts
  std::vector<bool> data;                      // of each row
  // What stands over each column, for finding the one of totals.
  std::vector<std::vector<std::string>> headings;
};

// Of a printed figure; false for anything else.
bool IsPdfNumber(const std::string& text);
// What may stand in the place of a figure that is not given: no digit at all
// (*, -, n/a, [c], nothing), or a bound (<5, fewer than 5).
bool IsPdfMarker(const std::string& text);
// Whether a label names a sum: total, sum, overall, or all by itself.
bool IsTotalLabel(const std::string& label);

// Every figure must stand in a row or column whose figures add up to its
// printed total, and no total may be broken or blank. A marker is an unknown
// figure of zero or more: the others may add up to less than the total then,
// which breaks nothing and proves nothing. A blank is nothing, and is to be
// proven as such: a figure that was lost is no blank. Where several columns
// hold figures there must be one of totals, where several rows do a row.
//
// PDF_TOTALS_MISSING, PDF_TOTALS_UNCLEAR, PDF_TOTAL_WRONG, PDF_CELL_UNREADABLE,
// PDF_CELL_UNPROVEN; each with the row and column that it is about.
Status ProvePdfGrid(const PdfGrid& grid);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_PDF_PROOF_H_
