// Any bytes as an .xls workbook, as its stream, or as the records of one part
// of a good one; or a good one of which some bytes are others. The reader ends
// in success or in a named error, within its budget.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/tabular/workbook.h"
#include "tests/fuzz/workbook_checks.h"
#include "tests/plugins/tabular/xls_testing.h"

namespace {

using collate::fuzz::ReadAll;
using collate::fuzz::Require;
using collate::fuzz::RequireNamed;
using collate::tabular::Budget;
using collate::tabular::Limits;
using collate::tabular::MakeCompound;
using collate::tabular::MakeXlsStream;
using collate::tabular::MemorySource;
using collate::tabular::Status;
using collate::tabular::Workbook;
using collate::tabular::XlsFont;
using collate::tabular::XlsFormat;
using collate::tabular::XlsFormula;
using collate::tabular::XlsLabelSst;
using collate::tabular::XlsMulRk;
using collate::tabular::XlsNumber;
using collate::tabular::XlsRecordOf;
using collate::tabular::XlsResult;
using collate::tabular::XlsRich;
using collate::tabular::XlsRow;
using collate::tabular::XlsSst;
using collate::tabular::XlsStyle;
using collate::tabular::XlsText;

std::string Globals() {
  return XlsFont() + XlsFont(true) + XlsFormat(164, "yyyy-mm-dd") +
         XlsStyle(0, 0) + XlsStyle(1, 164);
}

std::string Cells() {
  return XlsLabelSst(0, 0, 0) + XlsNumber(0, 1, 43190, 1) +
         XlsFormula(1, 0, XlsResult(0)) + XlsRecordOf(0x0207, XlsText("ab")) +
         XlsMulRk(2, 0, {2, 6}) + XlsRow(2, true);
}

std::string InFile(const std::string& stream) {
  return MakeCompound({.parts = {{"Workbook", stream}}});
}

// The document: the fuzzed bytes themselves, or a workbook around them.
std::string Made(int kind, const std::string& bytes) {
  const std::string strings = XlsSst({XlsRich("91", {{1, 1}}), XlsText("b")});
  switch (kind) {
    case 0:
      return bytes;
    case 1:
      return InFile(bytes);
    case 2:
      return InFile(MakeXlsStream({.sheets = {{"S", bytes}, {"T", Cells()}},
                                   .globals = Globals(),
                                   .strings = strings}));
    case 3:
      return InFile(MakeXlsStream(
          {.sheets = {{"S", Cells()}}, .globals = Globals() + bytes}));
    case 4:
      return InFile(MakeXlsStream(
          {.sheets = {{"S", Cells()}},
           .globals = Globals(),
           .strings = XlsRecordOf(0x00FC, bytes.substr(0, 60000))}));
    case 5:
      return InFile(MakeXlsStream({.sheets = {{"S", bytes}},
                                   .globals = XlsFont() + XlsStyle(0, 0),
                                   .version = 0x0500}));
    default: {
      // Three bytes each: where, and what instead.
      std::string out = InFile(MakeXlsStream({.sheets = {{"S", Cells()}},
                                              .globals = Globals(),
                                              .strings = strings}));
      for (size_t i = 0; i + 2 < bytes.size(); i += 3) {
        const size_t at =
            static_cast<uint8_t>(bytes[i]) |
            static_cast<size_t>(static_cast<uint8_t>(bytes[i + 1])) << 8;
        out[at % out.size()] = bytes[i + 2];
      }
      return out;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string bytes =
      Made(data[0] % 7,
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
    limits.entries = 3;
  }
  MemorySource source(bytes);
  DetectWorkbook(source);
  Budget budget(limits);
  std::unique_ptr<Workbook> workbook;
  const Status opened =
      Workbook::Open(source, {.part = "fuzz.xls"}, budget, &workbook);
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
  return 0;
}
