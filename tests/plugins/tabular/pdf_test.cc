// PDF documents as bytes, through the library that reads them.

#include "plugins/tabular/pdf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "tests/plugins/tabular/pdf_testing.h"
#include "tests/testing/paths.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(PdfTest, AProvenTableIsReadAsItIsPrinted) {
  const WorkbookRead read = ReadPdf(
      PdfOf(PdfText(50, 60, "There were offences; see the table below.") +
            PdfRows(VictimRows(), 100)));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  ASSERT_EQ(read.sheets.size(), 1u);
  EXPECT_EQ(read.sheets[0].name, "Page 1 table 1");
  EXPECT_EQ(read.sheets[0].cells.size(), 25u);
  EXPECT_EQ(read.At("A1").text, "Sex");
  EXPECT_EQ(read.At("C1").text, "12-15");
  EXPECT_EQ(read.At("C2").text, "1,020");
  EXPECT_EQ(read.At("A5").text, "Total");
  EXPECT_EQ(read.At("E5").text, "1,046");
  EXPECT_EQ(read.At("E5").kind, CellKind::kText);
  EXPECT_THAT(read.sheets[0].merges, IsEmpty());
  EXPECT_EQ(read.Found("TEXT_OUTSIDE_TABLES"), 1u);
  EXPECT_EQ(read.Found("DAMAGE_MENDED"), 0u);
}

TEST(PdfTest, PackedStreamsAreReadToo) {
  const WorkbookRead read = ReadPdf(
      MakePdf({.pages = {{PdfRows(VictimRows(), 100)}}, .packed = true}));
  EXPECT_EQ(read.At("E5").text, "1,046");
}

TEST(PdfTest, ATotalOffByOneRefusesTheTableWithItsPlace) {
  auto rows = VictimRows();
  rows[4][2] = "1,030";
  const WorkbookRead read = ReadPdf(PdfOf(PdfRows(rows, 100)));
  ASSERT_EQ(read.reason(), "PDF_TOTAL_WRONG");
  EXPECT_EQ(read.error().part, "letter.pdf");
  EXPECT_EQ(read.error().sheet, "Page 1 table 1");
  EXPECT_EQ(read.error().locator.row, 5u);
  EXPECT_EQ(read.error().locator.column, 3u);
  EXPECT_EQ(read.error().expected, "1029");
  EXPECT_EQ(read.error().found, "1030");
  EXPECT_THAT(read.sheets[0].cells, IsEmpty()) << "nothing of it is delivered";
}

TEST(PdfTest, AMarkedFigureIsAMarkAndAFigure) {
  const WorkbookRead read =
      ReadPdf(PdfOf(PdfRows(VictimRows(), 100) +
                    PdfText(260, 110, "1", 6)));  // raised, behind the 4 of B2
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("B2").text, "4");
  EXPECT_EQ(read.At("B2").superscript, "1");
  EXPECT_EQ(read.Found("SUPERSCRIPT_APART"), 1u);
}

TEST(PdfTest, ATurnedPageIsReadAsItIsShown) {
  // Turned back by the page's own turn: x goes up, y goes to the right.
  std::string content;
  double x = 100;
  for (const auto& row : VictimRows()) {
    for (size_t i = 0; i < row.size(); ++i) {
      const double right = 200 + 60 * static_cast<double>(i);
      const double y = i == 0 ? 50 : right - PdfWidth(row[i]);
      char operators[128];
      std::snprintf(operators, sizeof operators,
                    "BT /F1 10 Tf 0 1 -1 0 %.2f %.2f Tm (%s) Tj ET\n", x, y,
                    row[i].c_str());
      content += operators;
    }
    x += 14;
  }
  const WorkbookRead read =
      ReadPdf(MakePdf({.pages = {{content, /*rotate=*/90}}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A2").text, "Female");
  EXPECT_EQ(read.At("E5").text, "1,046");
  // The same words on a page that does not turn them back are not read.
  EXPECT_EQ(ReadPdf(PdfOf(content)).reason(), "DOCUMENT_WITHOUT_TABLES");
}

TEST(PdfTest, TablesArePerPageAndNamedSo) {
  const std::string rows = PdfRows(VictimRows(), 100);
  const WorkbookRead read =
      ReadPdf(MakePdf({.pages = {{PdfText(50, 60, "Dear Sir")},
                                 {rows + PdfRows(VictimRows(), 300)},
                                 {rows}}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  ASSERT_EQ(read.sheets.size(), 3u);
  EXPECT_EQ(read.sheets[0].name, "Page 2 table 1");
  EXPECT_EQ(read.sheets[1].name, "Page 2 table 2");
  EXPECT_EQ(read.sheets[2].name, "Page 3 table 1");
}

TEST(PdfTest, ATableOverTwoPagesIsOneWhenOnlyTheWholeIsProven) {
  const auto rows = VictimRows();
  const std::string first = PdfRows({rows.begin(), rows.begin() + 3}, 700);
  const std::string second = PdfRows({rows.begin() + 3, rows.end()}, 60);
  const WorkbookRead read = ReadPdf(MakePdf({.pages = {{first}, {second}}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  ASSERT_EQ(read.sheets.size(), 1u);
  EXPECT_EQ(read.sheets[0].name, "Pages 1-2 table 1");
  EXPECT_EQ(read.At("A4").text, "Unknown");
  EXPECT_EQ(read.At("E5").text, "1,046");
}

TEST(PdfTest, ATableOverTwoPagesThatDoesNotAddUpIsRefused) {
  auto rows = VictimRows();
  rows[3][1] = "1";
  const WorkbookRead read = ReadPdf(
      MakePdf({.pages = {{PdfRows({rows.begin(), rows.begin() + 3}, 700)},
                         {PdfRows({rows.begin() + 3, rows.end()}, 60)}}}));
  EXPECT_FALSE(read.status.ok());
  ASSERT_EQ(read.sheets.size(), 2u);
  EXPECT_EQ(read.sheets[0].name, "Page 1 table 1");
}

TEST(PdfTest, EncryptedDocumentsAreRefused) {
  const std::string owner =
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  // By the rules of the standard, for an empty password of the reader.
  const std::string open_to_read =
      "038d91c600bb235a990745b1c5a0093693b785137ae899c91c19a9c27a84249f";
  for (const std::string& user : {open_to_read, owner}) {
    const WorkbookRead read = ReadPdf(MakePdf(
        {.pages = {{PdfRows(VictimRows(), 100)}},
         .trailer = "/ID[<30313233343536373839616263646566>"
                    "<30313233343536373839616263646566>]/Encrypt<</Filter"
                    "/Standard/V 1/R 2/P -4/O<" +
                    owner + ">/U<" + user + ">>>"}));
    EXPECT_EQ(read.reason(), "PDF_ENCRYPTED");
    EXPECT_EQ(read.error().part, "letter.pdf");
  }
  EXPECT_EQ(ReadPdf(MakePdf({.pages = {{""}},
                             .trailer = "/Encrypt<</Filter/Unheard>>"}))
                .reason(),
            "PDF_ENCRYPTED");
}

TEST(PdfTest, DocumentsWithoutTextOrTablesAreRefused) {
  EXPECT_EQ(ReadPdf(PdfOf("0 0 100 100 re f")).reason(), "PDF_WITHOUT_TEXT");
  const WorkbookRead read =
      ReadPdf(PdfOf(PdfText(50, 60, "There were 39 offences recorded.")));
  ASSERT_EQ(read.reason(), "DOCUMENT_WITHOUT_TABLES");
  EXPECT_EQ(read.error().found, "1 lines of text");
}

TEST(PdfTest, APageWithoutTextIsReported) {
  const WorkbookRead read = ReadPdf(
      MakePdf({.pages = {{PdfRows(VictimRows(), 100)}, {"0 0 100 100 re f"}}}));
  EXPECT_EQ(read.reason(), "OK");
  EXPECT_EQ(read.Found("PAGES_WITHOUT_TEXT"), 1u);
}

TEST(PdfTest, WhatIsNoPdfIsRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("a,b\n1,2\n"), std::string("%PDF-1.4\n"),
        std::string(2000, ' ') + "%PDF-1.4\n"}) {
    EXPECT_EQ(ReadPdf(bytes).reason(), "PDF_DAMAGED");
  }
}

TEST(PdfTest, ItIsToldByItsContent) {
  const auto detect = [](std::string_view bytes) {
    MemorySource source(bytes);
    return DetectPdf(source);
  };
  EXPECT_TRUE(detect(PdfOf("")));
  EXPECT_FALSE(detect("PK\x03\x04"));
  EXPECT_FALSE(detect(""));
}

TEST(PdfTest, EverythingCountsAgainstTheBudget) {
  const std::string rows = PdfRows(VictimRows(), 100);
  const std::string bytes = MakePdf({.pages = {{rows}, {rows}}});
  const WorkbookRead read = ReadPdf(bytes);
  EXPECT_EQ(read.rows, 10u);
  EXPECT_EQ(read.cells, 50u);
  EXPECT_EQ(ReadPdf(bytes, {.bytes = 1'000}).reason(), "BYTE_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.pages = 1}).reason(), "PAGE_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.words = 49}).reason(), "WORD_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.sheets = 1}).reason(), "SHEET_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.rows = 9}).reason(), "ROW_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.held_bytes = 1'000}).reason(),
            "TABLE_BYTES_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.columns = 4}).reason(), "COLUMN_LIMIT");
}

TEST(PdfTest, InflatedBytesCount) {
  const std::string bytes = MakePdf(
      {.pages = {{PdfRows(VictimRows(), 100) + std::string(100'000, '\n')}},
       .packed = true});
  EXPECT_EQ(ReadPdf(bytes).reason(), "OK");
  EXPECT_EQ(ReadPdf(bytes, {.bytes = 50'000}).reason(), "BYTE_LIMIT");
  EXPECT_EQ(ReadPdf(bytes, {.ratio = 20, .ratio_floor_bytes = 1'000}).reason(),
            "ZIP_RATIO_LIMIT");
}

TEST(PdfTest, TextWhoseCharactersCannotBeToldIsRefused) {
  if (std::filesystem::exists("/usr/share/poppler/cMap")) {
    GTEST_SKIP() << "this machine has the tables of every script";
  }
  const WorkbookRead read = ReadPdf(MakePdf(
      {.pages = {{PdfRows(VictimRows(), 100) +
                  "BT /F2 10 Tf 1 0 0 1 50 500 Tm <82A082A2> Tj ET\n"}},
       .fonts = "/F2 10000 0 R",
       .objects = {"<</Type/Font/Subtype/Type0/BaseFont/M/Encoding/90ms-RKSJ-H"
                   "/DescendantFonts[10001 0 R]>>",
                   "<</Type/Font/Subtype/CIDFontType0/BaseFont/M/CIDSystemInfo"
                   "<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>"
                   "/FontDescriptor 10002 0 R>>",
                   "<</Type/FontDescriptor/FontName/M/Flags 4>>"}}));
  EXPECT_EQ(read.reason(), "PDF_TEXT_NOT_MAPPED");
}

TEST(PdfTest, NothingIsWrittenToTheStandardError) {
  const std::string bytes = PdfOf("1 2 unheard\n" + PdfRows(VictimRows(), 100));
  ::testing::internal::CaptureStderr();
  const WorkbookRead read = ReadPdf(bytes);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
  EXPECT_EQ(read.reason(), "OK");
  EXPECT_GT(read.Found("DAMAGE_MENDED"), 0u);
}

// A real one: the count of reports by each service, over 12 pages, without
// any row of totals.
TEST(PdfTest, APublishedListWithoutTotalsIsRefusedAndNeverGuessed) {
  COLLATE_SHARED_FILE(path, "platform/ncmec/ncmec-by-esp-2022.pdf");
  const WorkbookRead read = ReadPdf(testing::ReadFile(path));
  EXPECT_FALSE(read.status.ok());
  EXPECT_THAT(read.reason(), HasSubstr("PDF_"));
  EXPECT_THAT(read.error().sheet, HasSubstr("Page"));
  for (const SheetRead& sheet : read.sheets) {
    EXPECT_THAT(sheet.cells, IsEmpty()) << sheet.name;
  }
  std::cout << "measured: " << read.sheets.size() << " tables, first "
            << read.reason() << ": " << read.error().message << std::endl;
}

}  // namespace
}  // namespace collate::tabular
