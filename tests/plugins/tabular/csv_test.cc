#include "plugins/tabular/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/grid_testing.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CsvTest, EveryLineEndEndsARecordAlsoWhenMixed) {
  const ReadResult read = Read("a,b\n1,2\r3,4\r\n5,6");
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_THAT(read.rows, ElementsAre(Texts{"a", "b"}, Texts{"1", "2"},
                                     Texts{"3", "4"}, Texts{"5", "6"}));
  EXPECT_EQ(read.locators[3][1].line, 4u);
  EXPECT_EQ(read.ended, 1);
}

TEST(CsvTest, LastLineNeedsNoLineEndAndAddsNoRecordWithOne) {
  EXPECT_EQ(Read("a,b").rows.size(), 1u);
  EXPECT_EQ(Read("a,b\n").rows.size(), 1u);
  EXPECT_EQ(Read("a,b\r\n").rows.size(), 1u);
  EXPECT_EQ(Read("").rows.size(), 0u);
  EXPECT_THAT(Read("a,").rows, ElementsAre(Texts{"a", ""}));
  EXPECT_THAT(Read("a,\"\"").rows, ElementsAre(Texts{"a", ""}));
}

TEST(CsvTest, EmptyLineIsARowWithOneEmptyCell) {
  const ReadResult read = Read("a\n\nb\r\r\n");
  EXPECT_THAT(read.rows,
              ElementsAre(Texts{"a"}, Texts{""}, Texts{"b"}, Texts{""}));
  EXPECT_EQ(read.row_locators[2].row, 3u);
  EXPECT_EQ(read.row_locators[2].line, 3u);
}

TEST(CsvTest, QuotedCellsHoldDelimitersQuotesAndLineEnds) {
  const ReadResult read =
      Read("\"London, City of\",\"say \"\"no\"\"\",\"x\r\ny\rz\n\"\nnext,1,2");
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_THAT(read.rows[0],
              ElementsAre("London, City of", "say \"no\"", "x\r\ny\rz\n"));
  EXPECT_THAT(read.raws[0],
              ElementsAre("\"London, City of\"", "\"say \"\"no\"\"\"",
                          "\"x\r\ny\rz\n\""));
  // Three line ends inside, one after: a record's line is where it begins.
  EXPECT_EQ(read.row_locators[0].line, 1u);
  EXPECT_EQ(read.row_locators[1].line, 5u);
  EXPECT_EQ(read.row_locators[1].row, 2u);
}

TEST(CsvTest, NothingButQuotesIsUnescapedOnce) {
  EXPECT_THAT(Read("\"\"\"\"").rows, ElementsAre(Texts{"\""}));
  EXPECT_THAT(Read("\"\"\"a\"\"\",\"b\"\"\"").rows,
              ElementsAre(Texts{"\"a\"", "b\""}));
}

TEST(CsvTest, SpacesAreKept) {
  EXPECT_THAT(Read(" 66776 ,\t-00 ").rows,
              ElementsAre(Texts{" 66776 ", "\t-00 "}));
}

TEST(CsvTest, LocatorsGiveTheBytesOfEachCell) {
  const std::string bytes =
      "\xEF\xBB\xBF"
      "a,\"b\"\nccc,d\n";
  const ReadResult read = Read(bytes);
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_THAT(read.rows[0], ElementsAre("a", "b"));
  const Locator& b = read.locators[0][1];
  EXPECT_EQ(bytes.substr(b.byte_begin, b.byte_end - b.byte_begin), "\"b\"");
  const Locator& d = read.locators[1][1];
  EXPECT_EQ(bytes.substr(d.byte_begin, d.byte_end - d.byte_begin), "d");
  EXPECT_EQ(d.row, 2u);
  EXPECT_EQ(d.column, 2u);
  EXPECT_EQ(d.line, 2u);
  const Locator& row = read.row_locators[1];
  EXPECT_EQ(bytes.substr(row.byte_begin, row.byte_end - row.byte_begin),
            "ccc,d");
}

TEST(CsvTest, Utf16LocatorsCountTheFilesOwnBytes) {
  // "é,€\n𝄞,x" as UTF-16LE with its mark.
  const std::string bytes(
      "\xFF\xFE\xE9\x00,\x00\xAC\x20\n\x00\x34\xD8\x1E\xDD,\x00x\x00", 18);
  const ReadResult read = Read(bytes);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_THAT(read.rows[0], ElementsAre("é", "€"));
  EXPECT_THAT(read.rows[1], ElementsAre("\xF0\x9D\x84\x9E", "x"));
  EXPECT_EQ(read.locators[0][1].byte_begin, 6u);
  EXPECT_EQ(read.locators[0][1].byte_end, 8u);
  EXPECT_EQ(read.locators[1][0].byte_begin, 10u);
  EXPECT_EQ(read.locators[1][0].byte_end, 14u);
  EXPECT_EQ(read.locators[1][1].byte_begin, 16u);
}

TEST(CsvTest, DelimiterIsTheCallersChoice) {
  EXPECT_THAT(Read("a;b,c", {.delimiter = ';'}).rows,
              ElementsAre(Texts{"a", "b,c"}));
  EXPECT_THAT(Read("a\tb", {.delimiter = '\t'}).rows,
              ElementsAre(Texts{"a", "b"}));
  EXPECT_EQ(Read("a", {.delimiter = '"'}).reason(), "BAD_DELIMITER");
  EXPECT_EQ(Read("a", {.delimiter = '\n'}).reason(), "BAD_DELIMITER");
}

TEST(CsvTest, UnterminatedQuoteCitesTheLineWhereItOpened) {
  const ReadResult read = Read("a,b\n1,\"x\ny\nz\n");
  ASSERT_EQ(read.reason(), "UNTERMINATED_QUOTE");
  EXPECT_EQ(read.error().locator.line, 2u);
  EXPECT_EQ(read.error().locator.column, 2u);
  EXPECT_EQ(read.error().locator.byte_begin, 6u);
  EXPECT_EQ(read.error().part, "a.csv");
  EXPECT_EQ(read.ended, 0);
}

TEST(CsvTest, TextAfterAClosingQuoteIsRefused) {
  const ReadResult read = Read("ok\n\"x\ny\"z,1\n");
  ASSERT_EQ(read.reason(), "TEXT_AFTER_QUOTE");
  EXPECT_EQ(read.error().locator.line, 3u);
  EXPECT_EQ(read.error().locator.row, 2u);
  EXPECT_EQ(read.error().found, "\"z\"");
  EXPECT_EQ(Read("\"x\" ,1").reason(), "TEXT_AFTER_QUOTE");
  EXPECT_EQ(Read("\"x\"é,1").error().found, "\"é\"");
}

TEST(CsvTest, QuoteInsideAnUnquotedCellIsRefused) {
  const ReadResult read = Read("a,b\n1, \"x, y\"\n");
  ASSERT_EQ(read.reason(), "STRAY_QUOTE");
  EXPECT_EQ(read.error().locator.line, 2u);
  EXPECT_EQ(read.error().locator.column, 2u);
}

TEST(CsvTest, RowsBeforeAFaultAreDeliveredButTheEndIsNot) {
  const ReadResult read = Read("a\nb\n\"");
  EXPECT_EQ(read.rows.size(), 2u);
  EXPECT_EQ(read.ended, 0);
}

class StoppingSink : public GridSink {
 public:
  Status OnRow(const Row&) override {
    ++rows;
    return Status::Stop();
  }
  int rows = 0;
};

TEST(CsvTest, SinkMayStopEarly) {
  MemorySource source("a\nb\n\"unclosed");
  Budget budget;
  StoppingSink sink;
  EXPECT_TRUE(ReadCsv(source, {}, budget, sink).ok());
  EXPECT_EQ(sink.rows, 1);
}

class RefusingSink : public GridSink {
 public:
  Status OnRow(const Row& row) override {
    if (row.locator.row < 2) return OkStatus();
    return Status(Error{.reason = "NO_THANKS"});
  }
};

TEST(CsvTest, ASinksRefusalGetsThePlace) {
  MemorySource source("a\n\"b\n\"\nc");
  Budget budget;
  RefusingSink sink;
  const Status status = ReadCsv(source, {.part = "x.csv"}, budget, sink);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().reason, "NO_THANKS");
  EXPECT_EQ(status.error().part, "x.csv");
  EXPECT_EQ(status.error().locator.line, 2u);
  EXPECT_EQ(status.error().locator.row, 2u);
}

// Hands out a few bytes at a time, so that every state of the reader meets
// the end of a chunk.
class DrippingSource : public ByteSource {
 public:
  DrippingSource(std::string_view bytes, size_t step)
      : bytes_(bytes), step_(step) {}
  uint64_t size() const override { return bytes_.size(); }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    if (offset >= bytes_.size()) return 0;
    n = std::min({n, step_, static_cast<size_t>(bytes_.size() - offset)});
    std::memcpy(out, bytes_.data() + offset, n);
    return static_cast<int64_t>(n);
  }

 private:
  std::string_view bytes_;
  size_t step_;
};

TEST(CsvTest, ShortReadsChangeNothing) {
  const std::string bytes = "a,\"b\"\"c\r\nd\"\r\n\"€\",é\r\n";
  const ReadResult whole = Read(bytes);
  for (size_t step : {1, 2, 3, 7}) {
    DrippingSource source(bytes, step);
    Budget budget;
    ReadResult read;
    CollectingSink sink(&read);
    ASSERT_TRUE(ReadCsv(source, {}, budget, sink).ok());
    EXPECT_EQ(read.rows, whole.rows);
  }
}

// The reader decodes 64 KiB at a time: slide a tricky piece over that edge.
TEST(CsvTest, ChunkBordersMayFallAnywhere) {
  const std::string piece = "\"q\"\"€\r\n\",é\r\nnext,\xF0\x9D\x84\x9E\r\n";
  for (size_t shift = 0; shift <= piece.size(); ++shift) {
    // The filler is one record of two cells that ends before the border.
    std::string bytes(64 * 1024 - shift - 4, 'x');
    for (size_t i = 1000; i < bytes.size(); i += 1000) bytes[i] = '\n';
    const size_t filler_rows =
        static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
    bytes += "y\n";
    bytes += piece;
    const ReadResult read = Read(bytes);
    ASSERT_EQ(read.reason(), "OK") << shift << " " << read.error().message;
    ASSERT_EQ(read.rows.size(), filler_rows + 2) << shift;
    EXPECT_THAT(read.rows[filler_rows], ElementsAre("q\"€\r\n", "é"));
    EXPECT_THAT(read.rows[filler_rows + 1],
                ElementsAre("next", "\xF0\x9D\x84\x9E"));
    const Locator& last = read.locators.back()[1];
    EXPECT_EQ(bytes.substr(last.byte_begin, last.byte_end - last.byte_begin),
              "\xF0\x9D\x84\x9E");
    EXPECT_EQ(last.line, filler_rows + 3);
  }
}

TEST(CsvTest, ASourceThatFailsIsNotAnEnd) {
  class Broken : public ByteSource {
   public:
    uint64_t size() const override { return 10; }
    int64_t ReadAt(uint64_t offset, void* out, size_t) override {
      if (offset > 0) return answer;
      std::memcpy(out, "a,b\n", 4);
      return 4;
    }
    int64_t answer = -1;
  };
  for (int64_t answer : {-1, 0, 1 << 30}) {
    Broken source;
    source.answer = answer;
    Budget budget;
    ReadResult read;
    CollectingSink sink(&read);
    const Status status = ReadCsv(source, {}, budget, sink);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().reason, "DOCUMENT_UNREADABLE");
    EXPECT_EQ(status.error().code, Code::kDataLoss);
  }
}

TEST(CsvTest, ErrorsNameThePlaceForPeople) {
  const ReadResult read = Read("a\nb,\"", {.part = "prc.csv"});
  EXPECT_EQ(
      FormatPlace(read.error().part, read.error().sheet, read.error().locator),
      "prc.csv:L2:C2");
  EXPECT_EQ(FormatPlace("w.xlsx", "P1", Locator{.row = 3, .column = 11}),
            "w.xlsx 'P1'!K3");
}

TEST(CsvTest, WhatAFileHoldsCannotGarbleAReport) {
  EXPECT_EQ(Printable("a\nb\"\x1B"), "\"a\\x0Ab\\x22\\x1B\"");
  EXPECT_EQ(Printable("é\xE2\x82\xFF"), "\"é\\xE2\\x82\\xFF\"");
  EXPECT_THAT(Printable(std::string(500, 'x')), HasSubstr("..."));
  EXPECT_LE(Printable(std::string(500, 'x')).size(), 90u);
}

}  // namespace
}  // namespace collate::tabular
