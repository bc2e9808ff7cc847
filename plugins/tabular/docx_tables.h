// The tables of a DOCX: a handler of its main part, word/document.xml.
//
// Each w:tbl is a table, in the order in which they begin, those inside of
// cells too. A cell's text is its paragraphs, one to a line.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_DOCX_TABLES_H_
#define COLLATE_PLUGINS_TABULAR_DOCX_TABLES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/docx_styles.h"
#include "plugins/tabular/held_workbook.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/xml.h"

namespace collate::tabular {

// What was met and set aside, for findings.
struct DocxCounts {
  uint64_t paragraphs_outside = 0;  // with text, outside of tables
  uint64_t nested_tables = 0;
  uint64_t tracked_changes = 0;
  uint64_t hidden_runs = 0;  // in cells
  uint64_t superscript_runs = 0;
  uint64_t notes = 0;  // references to footnotes and endnotes
  uint64_t comments = 0;
  uint64_t shapes = 0;  // pictures, drawings, embedded objects
  uint64_t text_boxes = 0;
  uint64_t tables_in_shapes = 0;
  uint64_t list_numbers = 0;   // paragraphs of cells that Word numbers
  uint64_t symbols = 0;        // characters of a font's own
  uint64_t covered_cells = 0;  // with text, under a merge
  uint64_t fields_without_result = 0;
  uint64_t documents_inside = 0;  // parts of other kinds to be taken in
  uint64_t unknown = 0;           // elements whose content was not read
};

class DocxTables : public PathHandler {
 public:
  DocxTables(const Budget& budget, const DocxStyles& styles)
      : budget_(budget), styles_(styles) {}

  // Adds table and cell to an error of the parse.
  Status Placed(Status status) const;
  // Checks, after the parse, that nothing is left open.
  Status Finish() const;

  std::vector<HeldTable>& tables() { return tables_; }
  const DocxCounts& counts() const { return counts_; }

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;
  Status Leave(int state, uint64_t byte_end) override;
  Status Text(int state, std::string_view text) override;

 private:
  // A vertical merge that the next row may continue.
  struct Column {
    uint32_t row = 0;
    uint32_t column_end = 0;
    uint32_t row_end = 0;
  };
  struct OpenCell {
    RichText rich;
    uint64_t line_feeds = 0;  // before the next piece of text
    bool has_paragraph = false;
    bool hidden = false;
    bool formula = false;
    uint32_t span = 1;
    bool restarts = false;   // a vertical merge
    bool continues = false;  // one
    bool covered = false;    // by the cell to its left
  };
  struct Table {
    size_t index = 0;  // in tables_
    uint32_t row = 0;
    uint32_t column = 1;  // of the open cell
    bool row_hidden = false;
    bool row_deleted = false;
    bool in_cell = false;
    HeldRow held;
    OpenCell cell;
    std::map<uint32_t, Column> columns;
    std::map<uint32_t, Merge> row_merges;  // across, by first column
  };

  int EnterBlock(const XmlElement& element, bool* known);
  Status EnterTable();
  Status EnterRowProperties(const XmlElement& element);
  Status EnterCellProperties(const XmlElement& element);
  Status EnterRun(const XmlElement& element, int* state);
  Status EnterField(const XmlElement& element);
  void EnterParagraph();
  Status LeaveCell();
  Status LeaveRow();
  Status LeaveTable();
  void CloseColumn(Table& table, uint32_t first);
  // A piece of the document's text.
  Status Say(std::string_view text, bool mark = false);
  bool InInstruction() const;
  bool InCell() const { return !open_.empty() && open_.back().in_cell; }
  Status RefuseTable(std::string message, std::string found);

  const Budget& budget_;
  const DocxStyles& styles_;
  std::vector<HeldTable> tables_;
  uint64_t held_ = 0;  // bytes of them
  DocxCounts counts_;
  std::vector<Table> open_;  // inside one another

  // Of the paragraph and the run; neither is ever inside another.
  RunLook paragraph_look_;
  RunLook run_style_;
  RunLook run_direct_;
  bool superscript_ = false;
  bool hidden_ = false;
  bool run_began_ = false;
  bool outside_text_ = false;      // of a paragraph outside of tables
  bool paragraph_joined_ = false;  // its mark was deleted
  bool keep_space_ = false;
  std::string piece_;  // of one w:t
  struct Field {
    bool in_instruction = true;
    bool has_result = false;
  };
  std::vector<bool> versions_;  // inside one another; whether one was taken
  std::vector<Field> fields_;   // inside one another
  uint64_t footnotes_ = 0;
  uint64_t endnotes_ = 0;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_DOCX_TABLES_H_
