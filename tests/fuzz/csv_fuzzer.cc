// Any bytes, any options: the reader ends in success or in a named error,
// within its budget, and every locator points into the document.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"
#include "tests/fuzz/require.h"

namespace {

using collate::fuzz::Require;
using collate::tabular::Budget;
using collate::tabular::Cell;
using collate::tabular::CsvOptions;
using collate::tabular::Encoding;
using collate::tabular::Limits;
using collate::tabular::Locator;
using collate::tabular::MemorySource;
using collate::tabular::OkStatus;
using collate::tabular::Row;
using collate::tabular::Status;

class CheckingSink : public collate::tabular::GridSink {
 public:
  CheckingSink(std::string_view bytes, bool identity)
      : bytes_(bytes), identity_(identity) {}

  Status OnRow(const Row& row) override {
    Require(row.locator.row == ++rows_, "records are numbered in order");
    Require(row.locator.line >= last_line_, "lines never go back");
    last_line_ = row.locator.line;
    uint64_t at = row.locator.byte_begin;
    uint32_t column = 0;
    for (const Cell& cell : row.cells) {
      Require(cell.locator.column == ++column, "columns ascend");
      Require(cell.locator.byte_begin >= at &&
                  cell.locator.byte_end >= cell.locator.byte_begin &&
                  cell.locator.byte_end <= bytes_.size(),
              "a cell lies in its record and in the document");
      at = cell.locator.byte_end;
      if (identity_) {
        Require(bytes_.substr(cell.locator.byte_begin,
                              cell.locator.byte_end -
                                  cell.locator.byte_begin) == cell.raw,
                "the byte range is the raw token");
      }
      collate::tabular::Decimal number;
      const Status status = collate::tabular::ParseDecimal(cell.text, &number);
      Require(status.ok() || !status.error().reason.empty(), "a typed error");
    }
    finder_.Offer(row);
    return OkStatus();
  }

  collate::tabular::HeaderFinder finder_{collate::tabular::HeaderSpec{
      .roles = {{"a", {"a"}}, {"b", {"b", "c"}}}, .ignore_unnamed = true}};

 private:
  std::string_view bytes_;
  bool identity_;
  uint32_t rows_ = 0;
  uint64_t last_line_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  static constexpr char kDelimiters[] = {',', ';', '\t', '|'};
  const CsvOptions options{.delimiter = kDelimiters[data[0] % 4],
                           .encoding = static_cast<Encoding>(data[0] / 4 % 5),
                           .part = "fuzz.csv"};
  Limits limits;
  if (data[1] % 2 == 1) {
    limits = Limits{.bytes = 1000,
                    .rows = 20,
                    .cells = 50,
                    .columns = 8,
                    .line_bytes = 64,
                    .cell_characters = 16};
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2,
                               size - 2);
  const bool marked16 =
      bytes.substr(0, 2) == "\xFF\xFE" || bytes.substr(0, 2) == "\xFE\xFF";
  const bool identity = options.encoding == Encoding::kUtf8 ||
                        (options.encoding == Encoding::kDetect && !marked16);
  MemorySource source(bytes);
  Budget budget(limits);
  CheckingSink sink(bytes, identity);
  const Status status = ReadCsv(source, options, budget, sink);
  if (!status.ok()) {
    Require(!status.error().reason.empty(), "a named error");
    Require(!status.error().message.empty(), "an error says what is wrong");
    Require(status.error().part == "fuzz.csv", "an error names the file");
    Require(status.error().locator.line > 0, "an error names the line");
    for (const std::string* text :
         {&status.error().message, &status.error().expected,
          &status.error().found}) {
      for (size_t i = 0; i < text->size();) {
        const int length = collate::tabular::Utf8Length(*text, i);
        Require(length > 0, "an error is text");
        i += static_cast<size_t>(length);
      }
    }
  } else {
    Require(budget.cells() <= limits.cells && budget.rows() <= limits.rows,
            "nothing beyond the budget");
  }
  collate::tabular::Header header;
  const Status found = sink.finder_.Decide(&header);
  Require(found.ok() || !found.error().reason.empty(), "a header or why not");
  return 0;
}
