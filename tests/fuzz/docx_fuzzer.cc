// Any bytes as a part of a DOCX document: the reader ends in success or in a
// named error, within its budget, and every cell and merge has a place in its
// table. Whole packages are the workbook fuzzer's.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plugins/tabular/decode.h"
#include "plugins/tabular/workbook.h"
#include "tests/fuzz/require.h"
#include "tests/plugins/tabular/docx_testing.h"

namespace {

using collate::fuzz::Require;
using collate::tabular::Budget;
using collate::tabular::Cell;
using collate::tabular::DocxSpec;
using collate::tabular::Limits;
using collate::tabular::MemorySource;
using collate::tabular::Merge;
using collate::tabular::OkStatus;
using collate::tabular::Row;
using collate::tabular::SheetInfo;
using collate::tabular::Status;
using collate::tabular::Workbook;

void RequireText(std::string_view text, const char* what) {
  for (size_t i = 0; i < text.size();) {
    const int length = collate::tabular::Utf8Length(text, i);
    Require(length > 0, what);
    i += static_cast<size_t>(length);
  }
}

void RequireNamed(const Status& status) {
  Require(!status.error().reason.empty(), "a named error");
  Require(!status.error().message.empty(), "an error says what is wrong");
  Require(!status.error().part.empty(), "an error names the document");
  RequireText(status.error().found, "an error is text");
}

class CheckingSink : public collate::tabular::GridSink {
 public:
  explicit CheckingSink(const Limits& limits) : limits_(limits) {}

  Status OnRow(const Row& row) override {
    Require(row.locator.row > last_row_, "rows ascend");
    last_row_ = row.locator.row;
    uint32_t column = 0;
    for (const Cell& cell : row.cells) {
      Require(cell.locator.row == row.locator.row, "a cell lies in its row");
      Require(cell.locator.column > column &&
                  cell.locator.column <= limits_.columns,
              "columns ascend within the limit");
      column = cell.locator.column;
      RequireText(cell.text, "text is UTF-8");
      RequireText(cell.superscript, "what stands above is UTF-8");
      Require(!cell.text.empty() || !cell.superscript.empty(),
              "what holds nothing is not delivered");
    }
    return OkStatus();
  }

 private:
  const Limits& limits_;
  uint32_t last_row_ = 0;
};

Status ReadAll(Workbook& workbook, const Limits& limits) {
  Require(!workbook.sheets().empty(), "a document without tables is refused");
  for (const SheetInfo& sheet : workbook.sheets()) {
    CheckingSink sink(limits);
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadSheet(sheet.index, sink));
    std::vector<Merge> merges;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook.ReadMerges(sheet.index, &merges));
    for (const Merge& merge : merges) {
      Require(
          merge.row >= 1 && merge.row <= merge.row_end && merge.column >= 1 &&
              merge.column <= merge.column_end &&
              merge.column_end <= limits.columns &&
              (merge.row < merge.row_end || merge.column < merge.column_end),
          "a merge is a range of several cells");
    }
  }
  return OkStatus();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string run =
      "<w:r><w:rPr><w:rStyle w:val=\"a\"/></w:rPr><w:t>1</w:t></w:r>";
  DocxSpec spec;
  switch (data[0] % 4) {
    case 0:
      spec.body = bytes;
      break;
    case 1:
      spec.body = "<w:tbl>" + bytes + "</w:tbl>";
      break;
    case 2:
      spec.body =
          "<w:tbl><w:tr><w:tc><w:p>" + bytes + "</w:p></w:tc></w:tr></w:tbl>";
      break;
    default:
      spec.body =
          "<w:tbl><w:tr><w:tc><w:p>" + run + "</w:p></w:tc></w:tr></w:tbl>";
      spec.styles = bytes;
  }
  // A package's checksums would stop most changed bytes.
  auto parts = collate::tabular::DocxParts(spec);
  for (auto& part : parts) part.stored = true;
  const std::string document = collate::tabular::MakeZip(parts);
  Limits limits;
  if (data[0] >= 128) {
    limits.rows = 20;
    limits.cells = 50;
    limits.columns = 8;
    limits.cell_characters = 16;
    limits.merges = 2;
    limits.styles = 4;
    limits.sheets = 3;
    limits.held_bytes = 5'000;
  }
  MemorySource source(document);
  Budget budget(limits);
  std::unique_ptr<Workbook> workbook;
  Status status =
      Workbook::Open(source, {.part = "fuzz.docx"}, budget, &workbook);
  if (status.ok()) status = ReadAll(*workbook, limits);
  if (!status.ok()) RequireNamed(status);
  Require(!status.ok() ||
              (budget.rows() <= limits.rows && budget.cells() <= limits.cells),
          "nothing beyond the budget");
  return 0;
}
