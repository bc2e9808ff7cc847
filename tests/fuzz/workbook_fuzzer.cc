// Any bytes as a workbook, or as one part of a good one: the reader ends in
// success or in a named error, within its budget, and every cell has a place
// in the sheet. A package's checksums would stop most changed bytes, so that
// parts are fuzzed before they are packed.
//
// What is read as a year's sheet of the open data tables is surveyed and read,
// too.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/police_returns/prc_long.h"
#include "plugins/tabular/decode.h"
#include "plugins/tabular/workbook.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace {

using collate::police_returns::PrcRow;
using collate::police_returns::PrcSurvey;
using collate::police_returns::ReadOptions;
using collate::tabular::Budget;
using collate::tabular::Cell;
using collate::tabular::CellKind;
using collate::tabular::Error;
using collate::tabular::Limits;
using collate::tabular::MemorySource;
using collate::tabular::OdsSpec;
using collate::tabular::OkStatus;
using collate::tabular::Row;
using collate::tabular::SheetInfo;
using collate::tabular::Status;
using collate::tabular::Workbook;
using collate::tabular::XlsxSpec;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void RequireText(std::string_view text, const char* what) {
  for (size_t i = 0; i < text.size();) {
    const int length = collate::tabular::Utf8Length(text, i);
    Require(length > 0, what);
    i += static_cast<size_t>(length);
  }
}

void RequireNamed(const Error& error) {
  Require(!error.reason.empty(), "a named error");
  Require(!error.message.empty(), "an error says what is wrong");
  Require(!error.part.empty(), "an error names the document or its part");
  for (const std::string* text :
       {&error.message, &error.expected, &error.found}) {
    RequireText(*text, "an error is text");
  }
}

class CheckingSink : public collate::tabular::GridSink {
 public:
  Status OnRow(const Row& row) override {
    Require(row.locator.row > last_row_ && row.locator.row <= 1'048'576,
            "rows ascend and lie in a sheet");
    last_row_ = row.locator.row;
    uint32_t column = 0;
    for (const Cell& cell : row.cells) {
      Require(cell.locator.row == row.locator.row, "a cell lies in its row");
      Require(cell.locator.column > column && cell.locator.column <= 16'384,
              "columns ascend and lie in a sheet");
      column = cell.locator.column;
      RequireText(cell.text, "text is UTF-8");
      RequireText(cell.value, "values are UTF-8");
      RequireText(cell.superscript, "what stands above is UTF-8");
      const bool typed =
          cell.kind != CellKind::kText && cell.kind != CellKind::kEmpty;
      Require(typed != cell.value.empty(), "typed cells have a value");
    }
    return OkStatus();
  }

 private:
  uint32_t last_row_ = 0;
};

class CountingSink : public collate::police_returns::PrcSink {
 public:
  Status OnRow(const PrcRow& row) override {
    ++rows;
    Require(!row.force.empty() && !row.code.empty(), "labels are there");
    Require(row.quarter >= 1 && row.quarter <= 4, "a quarter");
    return OkStatus();
  }
  uint64_t rows = 0;
};

std::string OdsWith(OdsSpec spec) { return collate::tabular::MakeOds(spec); }

std::string SheetOf(const std::string& rows) {
  return "<table:table table:name=\"2017-18\">" + rows + "</table:table>";
}

// The document: the fuzzed bytes themselves, or a package around them.
std::string Packed(int kind, const std::string& bytes) {
  const std::string data = "<sheetData>" + bytes + "</sheetData>";
  const std::string cell =
      "<sheetData><row><c t=\"s\" s=\"1\"><v>0</v></c><c s=\"1\"><v>1</v></c>"
      "</row></sheetData>";
  std::vector<std::pair<std::string, std::string>> sheets = {{"2017-18", data}};
  XlsxSpec spec{.sheets = {{"2017-18", cell}}};
  std::vector<collate::tabular::ZipPart> parts;
  switch (kind) {
    case 0:
      return bytes;
    case 1:
      spec.sheets = sheets;
      spec.shared = "<si><t>a</t></si>";
      spec.styles = "<cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs>";
      break;
    case 2:
      spec.sheets[0].second = bytes;  // around <sheetData>, too
      break;
    case 3:
      spec.shared = bytes;
      break;
    case 4:
      spec.shared = "<si><t>a</t></si>";
      spec.styles = bytes;
      break;
    case 5:
      spec.workbook = bytes;
      break;
    case 6:
      return OdsWith({.tables = SheetOf(bytes)});
    case 7:
      return OdsWith({.tables = bytes});
    case 8:
      return OdsWith(
          {.tables = SheetOf("<table:table-row table:style-name=\"a\">"
                             "<table:table-cell table:style-name=\"a\">"
                             "<text:p><text:span text:style-name=\"a\">1"
                             "</text:span></text:p></table:table-cell>"
                             "</table:table-row>"),
           .automatic_styles = bytes,
           .styles = bytes});
    default:
      // A whole part as it comes, prologue included.
      parts = XlsxParts(spec);
      parts.back().data = bytes;
      for (auto& part : parts) part.stored = true;
      return collate::tabular::MakeZip(parts);
  }
  parts = XlsxParts(spec);
  for (auto& part : parts) part.stored = true;
  return collate::tabular::MakeZip(parts);
}

Status ReadAll(Workbook& workbook) {
  for (const SheetInfo& sheet : workbook.sheets()) {
    RequireText(sheet.name, "names are UTF-8");
    CheckingSink sink;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadSheet(sheet.index, sink));
    std::vector<collate::tabular::Merge> merges;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadMerges(sheet.index, &merges));
    for (const collate::tabular::Merge& merge : merges) {
      Require(merge.row >= 1 && merge.row <= merge.row_end &&
                  merge.column >= 1 && merge.column <= merge.column_end,
              "a merge is a range");
    }
  }
  return OkStatus();
}

void ReadAsYears(Workbook& workbook) {
  const ReadOptions options{.part = "fuzz.xlsx"};
  PrcSurvey survey;
  const Status surveyed = SurveyPrcWorkbook(workbook, options, &survey);
  if (!surveyed.ok()) {
    RequireNamed(surveyed.error());
    return;
  }
  if (survey.faults.count > 0) {
    RequireNamed(survey.faults.listed[0]);
    return;
  }
  for (const auto& grid : survey.grids) {
    CountingSink sink;
    Require(ReadPrcSheet(workbook, grid, sink).ok(),
            "a surveyed sheet is read");
    Require(sink.rows + grid.blank_rows == grid.data_rows,
            "rows read are rows observed and rows ignored");
    Require(grid.ignored_cells <= grid.data_cells, "cells add up");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string bytes =
      Packed(data[0] % 10,
             std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  Limits limits;
  if (data[0] >= 128) {
    limits.rows = 20;
    limits.cells = 50;
    limits.cell_characters = 16;
    limits.bytes = 20'000;
    limits.shared_string_bytes = 64;
    limits.merges = 2;
    limits.styles = 4;
  }
  MemorySource source(bytes);
  DetectWorkbook(source);
  Budget budget(limits);
  std::unique_ptr<Workbook> workbook;
  const Status opened =
      Workbook::Open(source, {.part = "fuzz.xlsx"}, budget, &workbook);
  if (!opened.ok()) {
    RequireNamed(opened.error());
    return 0;
  }
  const Status read = ReadAll(*workbook);
  if (!read.ok()) {
    RequireNamed(read.error());
    return 0;
  }
  Require(budget.rows() <= limits.rows && budget.cells() <= limits.cells,
          "nothing beyond the budget");
  ReadAsYears(*workbook);
  return 0;
}
