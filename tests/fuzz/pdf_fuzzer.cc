// Any words at any places as pages, and any bytes as what a page draws: the
// reader ends in success or in a named error, and what it delivers of a table
// is proven: its figures add up once more here, without the reader's help.
//
// The PDF library itself is not instrumented and not under test.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "plugins/tabular/pdf_proof.h"
#include "plugins/tabular/pdf_streams.h"
#include "plugins/tabular/pdf_tables.h"
#include "tests/fuzz/require.h"
#include "tests/plugins/tabular/pdf_testing.h"

namespace {

using collate::fuzz::Require;
using collate::tabular::Budget;
using collate::tabular::HeldCell;
using collate::tabular::HeldRow;
using collate::tabular::HeldTable;
using collate::tabular::Limits;
using collate::tabular::PdfPage;
using collate::tabular::PdfTables;
using collate::tabular::Status;

void RequireNamed(const Status& status) {
  Require(!status.error().reason.empty(), "a named error");
  Require(!status.error().message.empty(), "an error says what is wrong");
}

void RequireTable(const HeldTable& table) {
  Require(!table.name.empty(), "a table has a name");
  if (!table.refusal.ok()) {
    RequireNamed(table.refusal);
    Require(table.rows.empty() && table.merges.empty(),
            "nothing of a refused table");
    return;
  }
  uint32_t last_row = 0;
  size_t figures = 0, totals = 0;
  for (const HeldRow& row : table.rows) {
    Require(row.number > last_row, "rows ascend");
    last_row = row.number;
    uint32_t column = 0;
    for (const HeldCell& cell : row.cells) {
      Require(cell.column > column, "columns ascend");
      column = cell.column;
      figures += column > 1 && collate::tabular::IsPdfNumber(cell.text);
      totals += collate::tabular::IsTotalLabel(cell.text);
    }
  }
  Require(figures >= 3, "a table has figures");
  Require(totals >= 1, "and a total to prove them");
}

void TryWords(const uint8_t* data, size_t size) {
  static const char* const kTexts[] = {
      "Total", "1",   "2", "3",    "12",  "0",   "*",   "Male",
      "2019",  "<5",  "",  "-1",   "0.5", "1 2", "all", "1,000",
      "n/a",   "[c]", "a", "Sum:", "6",   "24",  "%",   "x1"};
  std::vector<PdfPage> pages;
  for (size_t i = 0; i + 6 <= size; i += 6) {
    if (pages.empty() || data[i] >= 250) {
      pages.push_back(
          {.number = static_cast<uint32_t>(pages.size() + 1 + data[i] % 2)});
    }
    const double left = data[i + 1] * 3.0, top = data[i + 2] * 3.0;
    const double height = data[i + 3] % 16;
    pages.back().words.push_back(
        {.text = kTexts[data[i + 4] % (sizeof kTexts / sizeof *kTexts)],
         .left = left,
         .top = top,
         .right = left + data[i + 5] % 64 - 4.0,
         .bottom = top + height,
         .rotation = data[i + 3] >= 250 ? 1 : 0});
  }
  const Budget budget(Limits{.cell_characters = 64, .held_bytes = 100'000});
  PdfTables found;
  const Status status = FindPdfTables(pages, budget, &found);
  if (!status.ok()) {
    RequireNamed(status);
    return;
  }
  for (const HeldTable& table : found.tables) RequireTable(table);
  uint64_t lines = 0;
  for (const PdfPage& page : pages) lines += FindPdfLines(page).size();
  Require(found.lines_outside <= lines, "lines are counted once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 4 < 2) {
    TryWords(data + 1, size - 1);
    return 0;
  }
  Limits limits{.bytes = 100'000, .pages = 3, .words = 200};
  if (data[0] % 4 == 2) {
    Budget budget(limits);
    const Status status = CheckPdfStreams("stream\n" + bytes, budget);
    if (!status.ok()) RequireNamed(status);
    return 0;
  }
  const collate::tabular::WorkbookRead read =
      collate::tabular::ReadPdf(collate::tabular::PdfOf(bytes), limits);
  if (!read.status.ok()) {
    RequireNamed(read.status);
    Require(read.status.error().part == "letter.pdf", "it names the document");
  }
  return 0;
}
