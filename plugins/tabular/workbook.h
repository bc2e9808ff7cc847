// Reads the sheets of XLSX, ODS and XLS workbooks and the tables of DOCX
// documents, cell by cell, out of a chunked source and under one budget. What a
// file is, is decided by its content. (PDF documents: pdf.h.)
//
//   std::unique_ptr<Workbook> workbook;
//   Status status = Workbook::Open(source, {.part = "p.xlsx"}, budget,
//                                  &workbook);
//   for (const SheetInfo& sheet : workbook->sheets())
//     status = workbook->ReadSheet(sheet.index, sink);
//
// Rows are sparse: a row or a cell that holds nothing is not delivered, so a
// gap in row or column numbers is what is blank. A formula without a stored
// result is delivered as a kEmpty cell with `formula` set. `text` is what the
// file shows: in ODS the printed text, else the value itself, since a format
// code is reported and never carried out. Take numbers and dates from `value`.
// Hidden sheets, rows and columns are read and marked.
//
// Refused with a typed reason: what is no workbook or one that is not read
// (WORKBOOK_UNKNOWN, WORKBOOK_XLSB_NOT_READ, WORKBOOK_BIFF_NOT_READ for an .xls
// older than Excel 5.0), anything encrypted (WORKBOOK_ENCRYPTED) or with macros
// (WORKBOOK_MACROS), a package that is damaged or made to harm (ZIP_*,
// COMPOUND_* of an .xls), XML with a DTD or out of bounds (XML_*), records of
// an .xls that are cut or too short (XLS_*), text that is none (BAD_ENCODING),
// an address outside a sheet or out of order (WORKBOOK_BAD_ADDRESS), a value
// that is not of its cell's type (WORKBOOK_BAD_VALUE), a missing part
// (WORKBOOK_PART_MISSING), other bad structure (WORKBOOK_BAD_STRUCTURE), and
// anything over the budget. Errors name part, sheet and cell.
//
// A DOCX's tables are its sheets, "Table 1" being the one that begins first,
// also those inside of cells, whose text the outer cell does not repeat. Its
// cells are text. Deleted text is left out; inserted and hidden text, the last
// results of fields and the marks of notes are read (findings say so). A table
// whose cells themselves are tracked changes is refused when it is read
// (WORKBOOK_TRACKED_CELLS), a document without tables when it is opened
// (DOCUMENT_WITHOUT_TABLES).
//
// Memory: one chunk, one row, the styles, the shared strings of XLSX and XLS,
// and for XLS the order of up to a million cells that the file has not in
// order; the tables of a document of text are held whole. One thread at a time;
// source and budget must outlive the workbook. Reading a sheet again spends
// rows and cells once only.

#ifndef COLLATE_PLUGINS_TABULAR_WORKBOOK_H_
#define COLLATE_PLUGINS_TABULAR_WORKBOOK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/grid.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/status.h"

namespace collate::tabular {

enum class WorkbookKind : uint8_t {
  kNone = 0,      // not a workbook, or none that is known
  kXlsx = 1,      // Office Open XML, with or without macros
  kOds = 2,       // OpenDocument spreadsheet
  kCompound = 3,  // D0 CF 11 E0, but no .xls: an encrypted .xlsx, a .doc
  kXlsb = 4,      // Office Open XML in binary parts
  kXls = 5,       // records in a compound file, of any version
  kDocx = 6,      // Office Open XML text, with or without macros
  kPdf = 7,       // only OpenPdf (pdf.h) makes one
};

// By content, never by name. Cheap, and never an error: a damaged package that
// looks like a workbook is called one, and Open says what is wrong with it.
WorkbookKind DetectWorkbook(ByteSource& source);

struct WorkbookOptions {
  std::string part;  // the document's name, in every error
};

struct SheetInfo {
  std::string name;
  uint32_t index = 0;   // position, from 0: what ReadSheet takes
  bool hidden = false;  // of either kind
  bool very_hidden = false;
};

// 1-based and inclusive.
struct Merge {
  uint32_t row = 0;
  uint32_t column = 0;
  uint32_t row_end = 0;
  uint32_t column_end = 0;

  friend bool operator==(const Merge&, const Merge&) = default;
};

// Something that was set aside and does no harm, for the report as INFO; or
// WARNING where a person should look.
struct Finding {
  std::string reason;  // stable UPPER_SNAKE
  std::string message;
  std::string part;
  std::string sheet;  // empty when it is about the workbook
  uint64_t count = 0;
  bool warning = false;
};

class Workbook {
 public:
  // Checks the whole package before any of it is inflated, and reads the list
  // of sheets.
  static Status Open(ByteSource& source, const WorkbookOptions& options,
                     Budget& budget, std::unique_ptr<Workbook>* workbook);
  virtual ~Workbook() = default;
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  WorkbookKind kind() const { return kind_; }
  // In the order of the file, hidden ones too. The sheet of a chart or of
  // macros has no cells.
  const std::vector<SheetInfo>& sheets() const { return sheets_; }

  virtual Status ReadSheet(uint32_t index, GridSink& sink) = 0;
  // In the order of the file. Costs a pass over the sheet unless the sheet was
  // read to its end before.
  virtual Status ReadMerges(uint32_t index, std::vector<Merge>* merges) = 0;

  // Grows while sheets are read: EXTERNAL_LINKS_IGNORED, COMMENTS_IGNORED,
  // SUPERSCRIPT_APART, CHART_SHEET_WITHOUT_CELLS, MACRO_SHEET_IGNORED (of XLS),
  // SHAPES_IGNORED; of documents of text also TEXT_OUTSIDE_TABLES,
  // TRACKED_CHANGES, HIDDEN_TEXT and others, each with its message.
  const std::vector<Finding>& findings() const { return findings_; }

 protected:
  explicit Workbook(WorkbookKind kind) : kind_(kind) {}

  WorkbookKind kind_;
  std::vector<SheetInfo> sheets_;
  std::vector<Finding> findings_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_WORKBOOK_H_
