// Reads tables of PDF documents through the interface of workbooks: what looks
// like a table is a sheet, named "Page 3 table 1" or "Pages 3-4 table 1".
//
// A PDF says where words stand, not what a table is. So a table is delivered
// only when the totals that it prints prove it (pdf_proof.h): ReadSheet of any
// other returns why not, with its place, and nothing of it. Rows are lines as
// printed, columns are what the figures leave free between them, and headings
// over several columns are merges. All cells are text; raised small words are
// `superscript`. Labels and headings are as printed, and no sum proves them.
//
// Refused when opened: what is no PDF or cannot be read as one (PDF_DAMAGED),
// anything encrypted (PDF_ENCRYPTED), documents without text, such as scans
// (PDF_WITHOUT_TEXT), without anything like a table (DOCUMENT_WITHOUT_TABLES),
// or with text whose characters cannot be told here (PDF_TEXT_NOT_MAPPED), and
// anything over the budget (BYTE_LIMIT, ZIP_RATIO_LIMIT, PAGE_LIMIT, WORD_LIMIT
// ...). Refused when read: PDF_TOTALS_MISSING, PDF_TOTALS_UNCLEAR,
// PDF_TOTAL_WRONG, PDF_CELL_UNREADABLE, PDF_CELL_UNPROVEN,
// PDF_HEADINGS_UNCLEAR, PDF_TURNED_TEXT.
//
// The document and its words are held in memory. The PDF library is made for
// good files: read strangers' files in the worker only. It writes no message
// anywhere; that it had any is a finding. One document at a time in a process.

#ifndef COLLATE_PLUGINS_TABULAR_PDF_H_
#define COLLATE_PLUGINS_TABULAR_PDF_H_

#include <memory>

#include "plugins/tabular/workbook.h"

namespace collate::tabular {

// By content; cheap, and never an error.
bool DetectPdf(ByteSource& source);

Status OpenPdf(ByteSource& source, const WorkbookOptions& options,
               Budget& budget, std::unique_ptr<Workbook>* workbook);

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_PDF_H_
