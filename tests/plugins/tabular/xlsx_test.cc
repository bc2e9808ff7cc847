#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kOne[] = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>";

std::string Sheet(const std::string& rows) {
  return "<sheetData>" + rows + "</sheetData>";
}

TEST(XlsxTest, EachTypeOfCellIsRead) {
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.sheets = {{"S",
                   Sheet("<row r=\"2\">"
                         "<c r=\"A2\"><v>12.50</v></c>"
                         "<c r=\"B2\" t=\"n\"><v>8.9E-2</v></c>"
                         "<c r=\"C2\" t=\"s\"><v>1</v></c>"
                         "<c r=\"D2\" t=\"inlineStr\"><is><t> in line </t></is>"
                         "</c>"
                         "<c r=\"E2\" t=\"b\"><v>1</v></c>"
                         "<c r=\"F2\" t=\"e\"><v>#N/A</v></c>"
                         "<c r=\"G2\" t=\"str\"><f>A1&amp;B1</f><v>ab</v></c>"
                         "<c r=\"H2\" t=\"d\"><v>2018-03-31</v></c>"
                         "</row>")}},
       .shared = "<si><t>zero</t></si><si><t>one &amp; only</t></si>"}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A2").kind, CellKind::kNumber);
  EXPECT_EQ(read.At("A2").value, "12.50");
  EXPECT_EQ(read.At("B2").value, "0.089");
  EXPECT_EQ(read.At("B2").raw, "8.9E-2");
  EXPECT_EQ(read.At("C2").kind, CellKind::kText);
  EXPECT_EQ(read.At("C2").text, "one & only");
  EXPECT_EQ(read.At("C2").value, "");
  EXPECT_EQ(read.At("D2").text, " in line ");
  EXPECT_EQ(read.At("E2").kind, CellKind::kBoolean);
  EXPECT_EQ(read.At("E2").value, "true");
  EXPECT_EQ(read.At("E2").text, "TRUE");
  EXPECT_EQ(read.At("F2").kind, CellKind::kError);
  EXPECT_EQ(read.At("F2").value, "#N/A");
  EXPECT_EQ(read.At("G2").kind, CellKind::kText);
  EXPECT_TRUE(read.At("G2").formula);
  EXPECT_EQ(read.At("G2").text, "ab");
  EXPECT_EQ(read.At("H2").kind, CellKind::kDate);
  EXPECT_EQ(read.At("H2").value, "2018-03-31");
  EXPECT_EQ(read.sheets[0].ended, 1);
}

TEST(XlsxTest, NothingIsDeliveredForNothing) {
  const WorkbookRead read = ReadWorkbook(
      XlsxOf("<row r=\"3\"><c r=\"B3\"><v>1</v></c><c r=\"D3\"/></row>"
             "<row r=\"4\"><c r=\"A4\"/></row><row r=\"5\"/>"
             "<row r=\"9\"><c r=\"XFD9\"><v>2</v></c></row>"));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_THAT(read.sheets[0].rows, ElementsAre(3u, 9u));
  EXPECT_EQ(read.sheets[0].cells.size(), 2u);
  EXPECT_EQ(read.At("XFD9").value, "2");
  EXPECT_EQ(read.cells, 2u);
}

TEST(XlsxTest, AnEmptyStringIsACell) {
  const WorkbookRead read = ReadWorkbook(
      MakeXlsx({.sheets = {{"S", Sheet("<row><c t=\"s\"><v>0</v></c></row>")}},
                .shared = "<si><t/></si>"}));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_EQ(read.At("A1").kind, CellKind::kText);
  EXPECT_EQ(read.At("A1").text, "");
}

TEST(XlsxTest, AFormulaWithoutAResultIsNotLost) {
  const WorkbookRead read = ReadWorkbook(
      XlsxOf("<row><c><f>1+1</f></c><c t=\"str\"><f>\"\"</f><v></v></c>"
             "<c><f t=\"shared\" ref=\"C1:XFD1048576\" si=\"0\">1</f><v>1</v>"
             "</c><c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c></row>"));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_EQ(read.At("A1").kind, CellKind::kEmpty);
  EXPECT_TRUE(read.At("A1").formula);
  EXPECT_EQ(read.At("B1").kind, CellKind::kText);
  EXPECT_EQ(read.At("C1").value, "1");
  EXPECT_EQ(read.At("D1").kind, CellKind::kError);
  EXPECT_EQ(read.sheets[0].cells.size(), 4u);
}

TEST(XlsxTest, AddressesMayBeLeftOut) {
  const WorkbookRead read = ReadWorkbook(
      XlsxOf("<row><c><v>1</v></c><c r=\"D1\"><v>2</v></c><c><v>3</v></c>"
             "</row><row r=\"5\"><c><v>4</v></c></row>"
             "<row><c><v>5</v></c></row>"));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_EQ(read.At("A1").value, "1");
  EXPECT_EQ(read.At("D1").value, "2");
  EXPECT_EQ(read.At("E1").value, "3");
  EXPECT_EQ(read.At("A5").value, "4");
  EXPECT_EQ(read.At("A6").value, "5");
}

struct RefusedRows {
  const char* name;
  const char* rows;
  const char* reason;
  uint32_t row = 0;  // of the place
  uint32_t column = 0;
};

class RefusedRowsTest : public ::testing::TestWithParam<RefusedRows> {};

TEST_P(RefusedRowsTest, NamesReasonAndPlace) {
  const WorkbookRead read = ReadWorkbook(XlsxOf(GetParam().rows));
  ASSERT_EQ(read.reason(), GetParam().reason);
  EXPECT_EQ(read.error().part, "book");
  EXPECT_EQ(read.error().sheet, "S");
  EXPECT_EQ(read.error().locator.row, GetParam().row);
  EXPECT_EQ(read.error().locator.column, GetParam().column);
  EXPECT_FALSE(read.error().expected.empty());
  EXPECT_EQ(read.sheets[0].ended, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedRowsTest,
    ::testing::Values(
        RefusedRows{"RowTooFar", "<row r=\"1048577\"/>", "WORKBOOK_BAD_ADDRESS",
                    1048577},
        RefusedRows{"RowZero", "<row r=\"0\"/>", "WORKBOOK_BAD_ADDRESS"},
        RefusedRows{"RowIsNoNumber", "<row r=\"x\"/>", "WORKBOOK_BAD_ADDRESS"},
        RefusedRows{"RowTwice", "<row r=\"2\"/><row r=\"2\"/>",
                    "WORKBOOK_BAD_ADDRESS", 2},
        RefusedRows{"RowsFall", "<row r=\"3\"/><row r=\"2\"/>",
                    "WORKBOOK_BAD_ADDRESS", 3},
        RefusedRows{"ColumnTooFar", "<row r=\"1\"><c r=\"XFE1\"/></row>",
                    "WORKBOOK_BAD_ADDRESS", 1},
        RefusedRows{"ColumnsFall",
                    "<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>",
                    "WORKBOOK_BAD_ADDRESS", 1, 1},
        RefusedRows{"CellTwice",
                    "<row r=\"1\"><c r=\"B1\"/><c r=\"B1\"/></row>",
                    "WORKBOOK_BAD_ADDRESS", 1, 2},
        RefusedRows{"CellOfAnotherRow", "<row r=\"1\"><c r=\"A2\"/></row>",
                    "WORKBOOK_BAD_ADDRESS", 1},
        RefusedRows{"BehindTheLastColumn",
                    "<row r=\"1\"><c r=\"XFD1\"/><c/></row>",
                    "WORKBOOK_BAD_ADDRESS", 1},
        RefusedRows{"NoNumber", "<row><c/><c><v>1,5</v></c></row>",
                    "WORKBOOK_BAD_VALUE", 1, 2},
        RefusedRows{"NotFinite", "<row><c><v>INF</v></c></row>",
                    "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRows{"NoBoolean", "<row><c t=\"b\"><v>2</v></c></row>",
                    "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRows{"NoDate", "<row><c t=\"d\"><v>31/03/2018</v></c></row>",
                    "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRows{"NoSharedString", "<row><c t=\"s\"><v>0</v></c></row>",
                    "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRows{"NoSuchType", "<row><c t=\"x\"><v>0</v></c></row>",
                    "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRows{"NoSuchStyle", "<row><c s=\"1\"><v>0</v></c></row>",
                    "WORKBOOK_BAD_STRUCTURE", 1, 1},
        RefusedRows{"TwoValues", "<row><c><v>1</v><v>2</v></c></row>",
                    "WORKBOOK_BAD_STRUCTURE", 1, 1},
        RefusedRows{"WrappedCell", "<row><x><c><v>1</v></c></x></row>",
                    "WORKBOOK_BAD_STRUCTURE", 1},
        RefusedRows{"WrappedRow", "<x><row/></x>", "WORKBOOK_BAD_STRUCTURE"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(XlsxTest, CellsInAnUnknownWrapperAreNotSilentlyLost) {
  EXPECT_EQ(
      ReadWorkbook(MakeXlsx({.sheets = {{"S", "<wrapper><sheetData>" +
                                                  std::string(kOne) +
                                                  "</sheetData></wrapper>"}}}))
          .reason(),
      "WORKBOOK_BAD_STRUCTURE");
  EXPECT_EQ(ReadWorkbook(MakeXlsx({.sheets = {{"S", Sheet("") + Sheet(kOne)}}}))
                .reason(),
            "WORKBOOK_BAD_STRUCTURE");
}

TEST(XlsxTest, SuperscriptRunsAreKeptApart) {
  const std::string raised = "<rPr><vertAlign val=\"superscript\"/></rPr>";
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.sheets = {{"S",
                   Sheet("<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>"
                         "<c t=\"s\"><v>2</v></c>"
                         "<c t=\"inlineStr\"><is><r><t>City</t></r><r>" +
                         raised + "<t>14</t></r></is></c></row>")}},
       .shared = "<si><r><t>March 18</t></r><r>" + raised +
                 "<t>1,2</t></r><r>" + raised +
                 "<t>,3</t></r></si>"
                 "<si><r><t>A</t></r><r>" +
                 raised + "<t>1</t></r><r><rPr><b/></rPr><t> and B</t></r><r>" +
                 raised +
                 "<t>2</t></r></si>"
                 "<si><r><t>H</t></r><r><rPr><vertAlign val=\"subscript\"/>"
                 "</rPr><t>2</t></r><r><t>O</t></r></si>"}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "March 18");
  EXPECT_EQ(read.At("A1").superscript, "1,2,3");
  EXPECT_EQ(read.At("B1").text, "A and B");
  EXPECT_EQ(read.At("B1").superscript, "1\n2");
  EXPECT_EQ(read.At("C1").text, "H2O");
  EXPECT_EQ(read.At("C1").superscript, "");
  EXPECT_EQ(read.At("D1").text, "City");
  EXPECT_EQ(read.At("D1").superscript, "14");
  EXPECT_EQ(read.Found("SUPERSCRIPT_APART"), 5u);
}

TEST(XlsxTest, AWholeCellInSuperscriptIsAMarkAndNeverAFigure) {
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.sheets = {{"S", Sheet("<row><c s=\"1\"><v>7</v></c>"
                              "<c s=\"1\" t=\"str\"><v>a</v></c>"
                              "<c s=\"1\" t=\"inlineStr\"><is><r><t>b</t></r>"
                              "<r><rPr><b/></rPr><t>c</t></r></is></c>"
                              "<c s=\"0\"><v>7</v></c></row>")}},
       .styles = "<fonts><font/><font><vertAlign val=\"superscript\"/></font>"
                 "</fonts><cellXfs><xf fontId=\"0\"/><xf fontId=\"1\"/>"
                 "</cellXfs>"}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").kind, CellKind::kText);
  EXPECT_EQ(read.At("A1").text, "");
  EXPECT_EQ(read.At("A1").value, "");
  EXPECT_EQ(read.At("A1").superscript, "7");
  EXPECT_EQ(read.At("B1").superscript, "a");
  EXPECT_EQ(read.At("C1").text, "c") << "a run has a font of its own";
  EXPECT_EQ(read.At("C1").superscript, "b");
  EXPECT_EQ(read.At("D1").value, "7");
}

TEST(XlsxTest, ReadingAidsAndEscapesAreNotText) {
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.sheets = {{"S", Sheet("<row><c t=\"s\"><v>0</v></c>"
                              "<c t=\"s\"><v>1</v></c></row>")}},
       .shared = "<si><t>\xE6\x9D\xB1</t><rPh sb=\"0\" eb=\"1\"><t>aid</t>"
                 "</rPh><phoneticPr/></si>"
                 "<si><t>a_x000D_b_x005F_x_x0000__xD800__x00e9_</t></si>"}));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_EQ(read.At("A1").text, "\xE6\x9D\xB1");
  EXPECT_EQ(read.At("B1").text, "a\rb_x_x0000__xD800_\xC3\xA9");
}

TEST(XlsxTest, DatesFollowFormatAndEpoch) {
  const std::string rows =
      "<row><c s=\"1\"><v>43190</v></c><c s=\"2\"><v>0.395833333333333</v></c>"
      "<c s=\"3\"><v>0.5</v></c><c s=\"4\"><v>1.5</v></c>"
      "<c s=\"1\"><v>-1</v></c><c s=\"5\"><v>43190</v></c></row>";
  XlsxSpec spec{
      .sheets = {{"S", Sheet(rows)}},
      .styles =
          "<numFmts><numFmt numFmtId=\"164\" formatCode=\"h:mm\"/>"
          "<numFmt numFmtId=\"165\" formatCode=\"[h]:mm\"/>"
          "<numFmt numFmtId=\"166\" formatCode=\"General\"/></numFmts>"
          "<cellXfs><xf/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>"
          "<xf numFmtId=\"10\"/><xf numFmtId=\"165\"/>"
          "<xf numFmtId=\"166\"/></cellXfs>"};
  WorkbookRead read = ReadWorkbook(MakeXlsx(spec));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").kind, CellKind::kDate);
  EXPECT_EQ(read.At("A1").value, "2018-03-31");
  EXPECT_EQ(read.At("A1").raw, "43190");
  EXPECT_EQ(read.At("A1").number_format, "mm-dd-yy");
  EXPECT_EQ(read.At("B1").value, "09:30:00");
  EXPECT_EQ(read.At("C1").kind, CellKind::kNumber);
  EXPECT_TRUE(read.At("C1").percent);
  EXPECT_EQ(read.At("C1").value, "0.5");
  EXPECT_EQ(read.At("D1").kind, CellKind::kNumber) << "elapsed hours";
  EXPECT_EQ(read.At("E1").kind, CellKind::kNumber) << "no such day";
  EXPECT_EQ(read.At("F1").number_format, "");
  EXPECT_EQ(read.At("F1").kind, CellKind::kNumber);

  spec.workbook = "<workbookPr date1904=\"1\"/>";
  read = ReadWorkbook(MakeXlsx(spec));
  EXPECT_EQ(read.At("A1").value, "2022-04-01");
}

TEST(XlsxTest, StylesOfNamedStylesAreNotThoseOfCells) {
  const WorkbookRead read = ReadWorkbook(
      MakeXlsx({.sheets = {{"S", Sheet("<row><c s=\"0\"><v>1</v></c></row>")}},
                .styles = "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
                          "<cellXfs><xf numFmtId=\"1\"/></cellXfs>"
                          "<dxfs><dxf><font/></dxf></dxfs>"}));
  EXPECT_EQ(read.At("A1").kind, CellKind::kNumber);
  EXPECT_EQ(read.At("A1").number_format, "0");
}

TEST(XlsxTest, HiddenIsMarkedAndRead) {
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.sheets = {{"S",
                   "<cols><col min=\"2\" max=\"3\" hidden=\"1\"/>"
                   "<col min=\"5\" max=\"5\" width=\"9\"/></cols>" +
                       Sheet("<row><c><v>1</v></c><c><v>2</v></c>"
                             "<c><v>3</v></c><c><v>4</v></c><c><v>5</v></c>"
                             "</row><row hidden=\"true\"><c><v>6</v></c>"
                             "</row>")},
                  {"Open", Sheet("")}},
       .states = "state=\"veryHidden\""}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_FALSE(read.At("A1").hidden);
  EXPECT_TRUE(read.At("B1").hidden);
  EXPECT_TRUE(read.At("C1").hidden);
  EXPECT_FALSE(read.At("D1").hidden);
  EXPECT_FALSE(read.At("E1").hidden);
  EXPECT_TRUE(read.At("A2").hidden);
  EXPECT_TRUE(read.sheets[0].hidden);
  EXPECT_TRUE(read.sheets[0].very_hidden);
  EXPECT_FALSE(read.sheets[1].hidden);

  const WorkbookRead hidden = ReadWorkbook(
      MakeXlsx({.sheets = {{"S", Sheet("")}}, .states = "state=\"hidden\""}));
  EXPECT_TRUE(hidden.sheets[0].hidden);
  EXPECT_FALSE(hidden.sheets[0].very_hidden);
}

TEST(XlsxTest, MergesAreRanges) {
  const std::string bytes = MakeXlsx(
      {.sheets = {
           {"S", Sheet(kOne) +
                     "<mergeCells><mergeCell ref=\"A1:B2\"/>"
                     "<mergeCell ref=\"A3:XFD1048576\"/></mergeCells>"}}});
  const WorkbookRead read = ReadWorkbook(bytes);
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_THAT(read.sheets[0].merges,
              ElementsAre(Merge{1, 1, 2, 2}, Merge{3, 1, 1048576, 16384}));
  EXPECT_EQ(read.sheets[0].cells.size(), 1u);

  // Without reading the cells first, too.
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {}, budget, &workbook).ok());
  std::vector<Merge> merges = {Merge{9, 9, 9, 9}};
  ASSERT_TRUE(workbook->ReadMerges(0, &merges).ok());
  EXPECT_EQ(merges, read.sheets[0].merges);
  EXPECT_EQ(budget.cells(), 0u);
}

TEST(XlsxTest, AMergeOutsideTheSheetIsRefused) {
  for (const char* reference : {"A1:XFE1", "B2:A1", "", "A1:B2:C3"}) {
    EXPECT_EQ(
        ReadWorkbook(MakeXlsx({.sheets = {{"S", Sheet(kOne) +
                                                    "<mergeCells><mergeCell "
                                                    "ref=\"" +
                                                    std::string(reference) +
                                                    "\"/></mergeCells>"}}}))
            .reason(),
        "WORKBOOK_BAD_ADDRESS")
        << reference;
  }
}

TEST(XlsxTest, SheetsKeepTheOrderOfTheWorkbook) {
  const WorkbookRead read = ReadWorkbook(
      MakeXlsx({.sheets = {{"Z &amp; co", Sheet(kOne)}, {"A", Sheet("")}}}));
  ASSERT_EQ(read.sheets.size(), 2u);
  EXPECT_EQ(read.sheets[0].name, "Z & co");
  EXPECT_EQ(read.sheets[1].name, "A");
}

TEST(XlsxTest, TwoSheetsOfOneNameAreRefused) {
  EXPECT_EQ(ReadWorkbook(MakeXlsx({.sheets = {{"Notes", Sheet("")},
                                              {"NOTES", Sheet("")}}}))
                .reason(),
            "WORKBOOK_BAD_STRUCTURE");
}

TEST(XlsxTest, AWorkbookWithoutSheetsIsRefused) {
  EXPECT_EQ(ReadWorkbook(MakeXlsx({.sheets = {}})).reason(),
            "WORKBOOK_BAD_STRUCTURE");
}

TEST(XlsxTest, AnySheetMayBeReadAgainAndIsPaidForOnce) {
  const std::string bytes = XlsxOf(kOne);
  MemorySource source(bytes);
  Budget budget(Limits{.rows = 1, .cells = 1});
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {}, budget, &workbook).ok());
  for (int i = 0; i < 3; ++i) {
    SheetRead sheet;
    SheetSink sink(&sheet);
    ASSERT_TRUE(workbook->ReadSheet(0, sink).ok());
    EXPECT_EQ(sheet.cells.size(), 1u);
  }
  SheetRead sheet;
  SheetSink sink(&sheet);
  EXPECT_EQ(workbook->ReadSheet(1, sink).error().reason,
            "WORKBOOK_NO_SUCH_SHEET");
}

class StoppingSink : public GridSink {
 public:
  Status OnRow(const Row&) override {
    ++rows;
    return Status::Stop();
  }
  Status EndGrid(const GridInfo&) override {
    ++ended;
    return OkStatus();
  }
  int rows = 0, ended = 0;
};

TEST(XlsxTest, ASinkThatHasSeenEnoughEndsTheReadingInSuccess) {
  const std::string bytes = XlsxOf(
      std::string(kOne) + "<row r=\"2\"><c><v>not a number</v></c></row>");
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {}, budget, &workbook).ok());
  StoppingSink sink;
  EXPECT_TRUE(workbook->ReadSheet(0, sink).ok());
  EXPECT_EQ(sink.rows, 1);
  EXPECT_EQ(sink.ended, 0);
}

class ThrowingSink : public GridSink {
 public:
  Status OnRow(const Row&) override { throw std::string("from the sink"); }
};

TEST(XlsxTest, WhatASinkThrowsArrives) {
  const std::string bytes = XlsxOf(kOne);
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {}, budget, &workbook).ok());
  ThrowingSink sink;
  EXPECT_THROW(static_cast<void>(workbook->ReadSheet(0, sink)), std::string);
}

// ------------------------------------------------------------- the package

TEST(XlsxTest, BothNamesOfTheFormatAreOne) {
  std::vector<ZipPart> parts = XlsxParts({.sheets = {{"S", Sheet(kOne)}}});
  const auto replace = [](std::string* text, const std::string& from,
                          const std::string& to) {
    for (size_t at = 0; (at = text->find(from, at)) != std::string::npos;
         at += to.size()) {
      text->replace(at, from.size(), to);
    }
  };
  for (ZipPart& part : parts) {
    replace(&part.data, kSheetNs,
            "http://purl.oclc.org/ooxml/spreadsheetml/main");
    replace(&part.data, kRelNs,
            "http://purl.oclc.org/ooxml/officeDocument/relationships");
  }
  const WorkbookRead read = ReadWorkbook(MakeZip(parts));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").value, "1");
}

TEST(XlsxTest, PrefixesAreTheWritersChoice) {
  std::vector<ZipPart> parts = XlsxParts({});
  parts[4].data = "<q:worksheet xmlns:q=\"" + std::string(kSheetNs) +
                  "\" xmlns:x=\"urn:other\"><q:sheetData><q:row><q:c><q:v>1"
                  "</q:v></q:c></q:row></q:sheetData><x:row/></q:worksheet>";
  const WorkbookRead read = ReadWorkbook(MakeZip(parts));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").value, "1");
}

TEST(XlsxTest, Utf16PartsAreRead) {
  std::vector<ZipPart> parts = XlsxParts({.sheets = {{"S", Sheet(kOne)}}});
  std::string wide = "\xFF\xFE";
  for (const char c : parts[4].data) {
    wide += c;
    wide += '\0';
  }
  parts[4].data = wide;
  EXPECT_EQ(ReadWorkbook(MakeZip(parts)).At("A1").value, "1");
}

TEST(XlsxTest, MacrosAreRefused) {
  EXPECT_EQ(
      ReadWorkbook(MakeXlsx({.main_type = "application/vnd.ms-excel.sheet."
                                          "macroEnabled.main+xml"}))
          .reason(),
      "WORKBOOK_MACROS");
  EXPECT_EQ(
      ReadWorkbook(MakeXlsx({.parts = {{"xl/vbaProject.bin", "x"}}})).reason(),
      "WORKBOOK_MACROS");
  EXPECT_EQ(
      ReadWorkbook(
          MakeXlsx({.types = "<Default Extension=\"bin\" ContentType="
                             "\"application/vnd.ms-office.vbaProject\"/>"}))
          .reason(),
      "WORKBOOK_MACROS");
  EXPECT_EQ(
      ReadWorkbook(MakeXlsx({.relationships =
                                 "<Relationship Id=\"m\" Type=\"http://schemas."
                                 "microsoft.com/office/2006/relationships/"
                                 "xlMacrosheet\" Target=\"m.xml\"/>"}))
          .reason(),
      "WORKBOOK_MACROS");
}

TEST(XlsxTest, ExternalLinksAreNeverFollowedAndReported) {
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.sheets = {{"S", Sheet(kOne)}},
       .relationships = "<Relationship Id=\"e\" Type=\"" + std::string(kRelNs) +
                        "/externalLink\" Target=\"nowhere.xml\"/>"}));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_EQ(read.Found("EXTERNAL_LINKS_IGNORED"), 1u);
}

TEST(XlsxTest, ASheetOutsideThePackageIsRefused) {
  for (const char* target :
       {"Target=\"../../../etc/passwd\"",
        "Target=\"http://host/s.xml\" TargetMode=\"External\""}) {
    std::vector<ZipPart> parts = XlsxParts({});
    const size_t at = parts[3].data.find("Target=");
    parts[3].data.replace(at, parts[3].data.find("/>", at) - at, target);
    EXPECT_EQ(ReadWorkbook(MakeZip(parts)).reason(), "WORKBOOK_BAD_STRUCTURE")
        << target;
  }
}

TEST(XlsxTest, AMissingPartIsNamed) {
  for (size_t drop = 1; drop < 5; ++drop) {
    std::vector<ZipPart> parts = XlsxParts({});
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(drop));
    const WorkbookRead read = ReadWorkbook(MakeZip(parts));
    ASSERT_EQ(read.reason(), "WORKBOOK_PART_MISSING") << drop;
    EXPECT_EQ(read.error().part, "book");
    EXPECT_FALSE(read.error().expected.empty());
  }
}

TEST(XlsxTest, CommentsAndDrawingsAreReportedAsIgnored) {
  const std::string type = "application/vnd.openxmlformats-officedocument.";
  const WorkbookRead read = ReadWorkbook(MakeXlsx(
      {.types =
           "<Override PartName=\"/xl/c.xml\" ContentType=\"" + type +
           "spreadsheetml.comments+xml\"/><Override PartName=\"/xl/d.xml\" "
           "ContentType=\"" +
           type + "drawing+xml\"/>",
       .parts = {{"xl/c.xml", "<x/>"}, {"xl/d.xml", "<x/>"}}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.Found("COMMENTS_IGNORED"), 1u);
  EXPECT_EQ(read.Found("SHAPES_IGNORED"), 1u);
}

TEST(XlsxTest, AChartsSheetHasNoCells) {
  std::vector<ZipPart> parts =
      XlsxParts({.sheets = {{"Chart", ""}, {"S", Sheet(kOne)}}});
  std::string& relationships = parts[3].data;
  relationships.replace(relationships.find("/worksheet\""), 11,
                        "/chartsheet\"");
  const WorkbookRead read = ReadWorkbook(MakeZip(parts));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.sheets[0].cells.size(), 0u);
  EXPECT_EQ(read.At("A1", 1).value, "1");
  EXPECT_EQ(read.Found("CHART_SHEET_WITHOUT_CELLS"), 1u);
}

TEST(XlsxTest, WhatTheFileIsIsDecidedByItsContent) {
  const auto kind = [](std::string_view bytes) {
    MemorySource source(bytes);
    return DetectWorkbook(source);
  };
  EXPECT_EQ(kind(MakeXlsx({})), WorkbookKind::kXlsx);
  EXPECT_EQ(kind(MakeXlsx({}).substr(0, 200)), WorkbookKind::kXlsx)
      << "a damaged one is still one";
  EXPECT_EQ(kind(MakeXlsx({.main_type = "application/vnd.ms-excel.sheet.binary."
                                        "macroEnabled.main"})),
            WorkbookKind::kXlsb);
  EXPECT_EQ(kind(MakeXlsx({.main_type = "application/wordprocessing"})),
            WorkbookKind::kNone);
  EXPECT_EQ(kind("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more"),
            WorkbookKind::kCompound);
  EXPECT_EQ(kind(MakeZip({{"readme.txt", "x"}})), WorkbookKind::kNone);
  EXPECT_EQ(kind("a,b\n"), WorkbookKind::kNone);
  EXPECT_EQ(kind(""), WorkbookKind::kNone);
}

TEST(XlsxTest, WhatIsNotReadSaysWhatItIs) {
  EXPECT_EQ(ReadWorkbook("a,b\n1,2\n").reason(), "WORKBOOK_UNKNOWN");
  EXPECT_EQ(ReadWorkbook("").reason(), "WORKBOOK_UNKNOWN");
  EXPECT_EQ(ReadWorkbook(MakeZip({{"readme.txt", "x"}})).reason(),
            "WORKBOOK_UNKNOWN");
  EXPECT_EQ(ReadWorkbook(
                MakeXlsx({.main_type = "application/vnd.ms-excel.sheet.binary."
                                       "macroEnabled.main"}))
                .reason(),
            "WORKBOOK_XLSB_NOT_READ");
}

// ---------------------------------------------------------------- XML rules

TEST(XlsxTest, ADocumentTypeIsRefused) {
  std::vector<ZipPart> parts = XlsxParts({});
  for (size_t i = 0; i < 5; ++i) {
    std::vector<ZipPart> evil = parts;
    evil[i].data = "<!DOCTYPE x [<!ENTITY e \"boom\">]>" + evil[i].data;
    const WorkbookRead read = ReadWorkbook(MakeZip(evil));
    EXPECT_EQ(read.reason(), "XML_DTD_FORBIDDEN") << evil[i].name;
    EXPECT_THAT(read.error().message, HasSubstr(evil[i].name));
  }
}

TEST(XlsxTest, DepthIsLimited) {
  const auto nested = [](size_t depth) {
    std::string xml;
    for (size_t i = 0; i < depth; ++i) xml += "<a>";
    for (size_t i = 0; i < depth; ++i) xml += "</a>";
    return MakeXlsx({.sheets = {{"S", Sheet("") + xml}}});
  };
  EXPECT_EQ(ReadWorkbook(nested(255)).reason(), "OK");
  EXPECT_EQ(ReadWorkbook(nested(256)).reason(), "XML_DEPTH_LIMIT");
}

TEST(XlsxTest, OneTagIsLimitedAndCheapToRefuse) {
  // Letters that hardly repeat, so that the ratio is no matter.
  std::string long_value;
  uint32_t state = 1;
  while (long_value.size() < (6 << 20)) {
    state = state * 1664525 + 1013904223;
    long_value += static_cast<char>('a' + (state >> 24) % 26);
  }
  const auto with = [&](size_t n) {
    return MakeXlsx({.sheets = {{"S", "<x y=\"" + long_value.substr(0, n) +
                                          "\"/>" + Sheet(kOne)}}});
  };
  EXPECT_EQ(ReadWorkbook(with(900'000)).reason(), "OK");
  EXPECT_EQ(ReadWorkbook(with(6 << 20)).reason(), "XML_TOKEN_LIMIT");
}

TEST(XlsxTest, BadTextIsNotRead) {
  const std::string before = "<row><c t=\"inlineStr\"><is><t>a";
  const std::string after = "</t></is></c></row>";
  for (const std::string& bad :
       {std::string("\0", 1), std::string("\xFF"), std::string("\xC0\xAF"),
        std::string("\xED\xA0\x80")}) {
    const WorkbookRead read = ReadWorkbook(XlsxOf(before + bad + after));
    EXPECT_EQ(read.reason(), "BAD_ENCODING");
    EXPECT_EQ(read.error().locator.row, 1u);
    EXPECT_EQ(read.error().locator.column, 1u);
  }
  EXPECT_EQ(ReadWorkbook(XlsxOf(before + "</oops>" + after)).reason(),
            "XML_SYNTAX");
  EXPECT_EQ(ReadWorkbook(XlsxOf(before + "&undefined;" + after)).reason(),
            "XML_SYNTAX");
}

TEST(XlsxTest, ACutPartIsRefused) {
  std::vector<ZipPart> parts = XlsxParts({.sheets = {{"S", Sheet(kOne)}}});
  for (const size_t n : {size_t{0}, size_t{10}, parts[4].data.size() - 1}) {
    std::vector<ZipPart> cut = parts;
    cut[4].data.resize(n);
    EXPECT_EQ(ReadWorkbook(MakeZip(cut)).reason(), "XML_SYNTAX") << n;
  }
}

// ------------------------------------------------------------------ limits

TEST(XlsxTest, EachLimitIsReadAndOneMoreIsRefused) {
  const std::string bytes = MakeXlsx(
      {.sheets = {{"S",
                   "<cols><col min=\"1\" max=\"1\" hidden=\"1\"/></cols>" +
                       Sheet("<row><c t=\"s\"><v>0</v></c><c><v>1</v></c>"
                             "<c><v>2</v></c></row><row><c><v>3</v></c></row>"
                             "<row><c t=\"inlineStr\"><is><t>abcdef</t></is>"
                             "</c></row>") +
                       "<mergeCells><mergeCell ref=\"A1:B1\"/><mergeCell "
                       "ref=\"A2:B2\"/></mergeCells>"},
                  {"T", Sheet("")}},
       .shared = "<si><t>12345</t></si>",
       .styles = "<cellXfs><xf/><xf/><xf/></cellXfs>"});
  struct Case {
    const char* reason;
    Limits at, over;
  };
  for (const Case& c : {
           Case{"ROW_LIMIT", {.rows = 3}, {.rows = 2}},
           Case{"CELL_COUNT_LIMIT", {.cells = 5}, {.cells = 4}},
           Case{"COLUMN_LIMIT", {.columns = 3}, {.columns = 2}},
           Case{"CELL_LENGTH_LIMIT",
                {.cell_characters = 6},
                {.cell_characters = 5}},
           Case{"LINE_LIMIT", {.line_bytes = 6}, {.line_bytes = 5}},
           Case{"MERGE_LIMIT", {.merges = 2}, {.merges = 1}},
           Case{"SHEET_LIMIT", {.sheets = 2}, {.sheets = 1}},
           Case{"STYLE_LIMIT", {.styles = 3}, {.styles = 2}},
           Case{"SHARED_STRING_LIMIT",
                {.shared_string_bytes = 21},
                {.shared_string_bytes = 20}},
       }) {
    const WorkbookRead at = ReadWorkbook(bytes, c.at);
    EXPECT_EQ(at.reason(), "OK") << c.reason;
    const WorkbookRead over = ReadWorkbook(bytes, c.over);
    ASSERT_EQ(over.reason(), c.reason);
    EXPECT_EQ(over.error().code, Code::kResourceExhausted);
    EXPECT_EQ(over.error().part, "book");
  }
  const uint64_t inflated = ReadWorkbook(bytes).bytes;
  EXPECT_EQ(ReadWorkbook(bytes, {.bytes = inflated}).reason(), "OK");
  EXPECT_EQ(ReadWorkbook(bytes, {.bytes = inflated - 1}).reason(),
            "BYTE_LIMIT");
}

TEST(XlsxTest, TheFirstRowOverTheBudgetIsNotDelivered) {
  const WorkbookRead read = ReadWorkbook(
      XlsxOf("<row><c><v>1</v></c></row><row><c><v>2</v></c></row>"),
      {.rows = 1});
  EXPECT_EQ(read.sheets[0].rows.size(), 1u);
  EXPECT_EQ(read.error().locator.row, 2u);
}

}  // namespace
}  // namespace collate::tabular
