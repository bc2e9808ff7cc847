// Any bytes as a workbook, or as one part of a good one: the reader ends in
// success or in a named error, within its budget, and every cell has a place
// in the sheet. A package's checksums would stop most changed bytes, so that
// parts are fuzzed before they are packed.
//
// What is read as a year's sheet of the open data tables is surveyed and read,
// too.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/police_returns/prc_long.h"
#include "plugins/tabular/workbook.h"
#include "tests/fuzz/workbook_checks.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace {

using collate::fuzz::ReadAll;
using collate::fuzz::Require;
using collate::fuzz::RequireNamed;
using collate::police_returns::PrcRow;
using collate::police_returns::PrcSurvey;
using collate::police_returns::ReadOptions;
using collate::tabular::Budget;
using collate::tabular::Limits;
using collate::tabular::MemorySource;
using collate::tabular::OdsSpec;
using collate::tabular::OkStatus;
using collate::tabular::Row;
using collate::tabular::Status;
using collate::tabular::Workbook;
using collate::tabular::XlsxSpec;

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
