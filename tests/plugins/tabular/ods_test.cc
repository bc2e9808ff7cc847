#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;

std::string RowOf(const std::string& cells) {
  return "<table:table-row>" + cells + "</table:table-row>";
}

std::string Number(const std::string& value, const std::string& shown = "") {
  return "<table:table-cell office:value-type=\"float\" office:value=\"" +
         value + "\">" +
         (shown.empty() ? "" : "<text:p>" + shown + "</text:p>") +
         "</table:table-cell>";
}

std::string TextCell(const std::string& paragraphs) {
  return "<table:table-cell office:value-type=\"string\">" + paragraphs +
         "</table:table-cell>";
}

std::string TableOf(const std::string& name, const std::string& rows,
                    const std::string& attributes = "") {
  return "<table:table table:name=\"" + name + "\" " + attributes + ">" + rows +
         "</table:table>";
}

TEST(OdsTest, TheStoredValueWinsAndTheShownOneIsKept) {
  const WorkbookRead read =
      ReadWorkbook(OdsOf(RowOf(Number("5516.65", "5,517") + Number("3"))));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").kind, CellKind::kNumber);
  EXPECT_EQ(read.At("A1").value, "5516.65");
  EXPECT_EQ(read.At("A1").raw, "5516.65");
  EXPECT_EQ(read.At("A1").text, "5,517");
  EXPECT_EQ(read.At("B1").text, "3") << "nothing shown: the value";
}

TEST(OdsTest, EachTypeOfCellIsRead) {
  const auto cell = [](const std::string& attributes,
                       const std::string& shown) {
    return "<table:table-cell " + attributes + "><text:p>" + shown +
           "</text:p></table:table-cell>";
  };
  const WorkbookRead read = ReadWorkbook(OdsOf(RowOf(
      cell("office:value-type=\"percentage\" office:value=\"0.238\"", "24%") +
      cell("office:value-type=\"currency\" office:value=\"1E3\"", "1k") +
      cell("office:value-type=\"date\" office:date-value=\"2019-09-30\"",
           "Sep-19") +
      cell("office:value-type=\"date\" "
           "office:date-value=\"2019-09-30T00:00:00\"",
           "30/09") +
      cell("office:value-type=\"time\" office:time-value=\"PT09H30M00S\"",
           "9:30") +
      cell("office:value-type=\"time\" office:time-value=\"PT36H00M00S\"",
           "36:00") +
      cell("office:value-type=\"boolean\" office:boolean-value=\"true\"",
           "TRUE") +
      cell("office:value-type=\"string\" office:string-value=\"said\"",
           "shown") +
      cell("office:value-type=\"string\" calcext:value-type=\"error\"",
           "#N/A") +
      cell("office:value-type=\"float\" office:value=\"0\"", "#DIV/0!") +
      cell("", "untyped") +
      cell("table:formula=\"of:=1+1\" office:value-type=\"float\" "
           "office:value=\"2\"",
           "2"))));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_TRUE(read.At("A1").percent);
  EXPECT_EQ(read.At("A1").value, "0.238");
  EXPECT_EQ(read.At("B1").value, "1000");
  EXPECT_EQ(read.At("C1").kind, CellKind::kDate);
  EXPECT_EQ(read.At("C1").value, "2019-09-30");
  EXPECT_EQ(read.At("C1").text, "Sep-19");
  EXPECT_EQ(read.At("D1").value, "2019-09-30");
  EXPECT_EQ(read.At("D1").raw, "2019-09-30T00:00:00");
  EXPECT_EQ(read.At("E1").value, "09:30:00");
  EXPECT_EQ(read.At("F1").kind, CellKind::kText) << "more than a day";
  EXPECT_EQ(read.At("G1").kind, CellKind::kBoolean);
  EXPECT_EQ(read.At("G1").value, "true");
  EXPECT_EQ(read.At("H1").text, "shown");
  EXPECT_EQ(read.At("H1").raw, "said");
  EXPECT_EQ(read.At("I1").kind, CellKind::kError);
  EXPECT_EQ(read.At("J1").kind, CellKind::kError)
      << "an error stored as zero is not zero";
  EXPECT_EQ(read.At("J1").value, "#DIV/0!");
  EXPECT_EQ(read.At("K1").kind, CellKind::kText);
  EXPECT_TRUE(read.At("L1").formula);
  EXPECT_FALSE(read.At("A1").formula);
}

TEST(OdsTest, RepeatsOfNothingAreSkippedWhateverTheirCount) {
  const std::string empty_row =
      "<table:table-row table:number-rows-repeated=\"1048560\">"
      "<table:table-cell table:number-columns-repeated=\"16384\"/>"
      "</table:table-row>";
  const WorkbookRead read = ReadWorkbook(
      OdsOf(RowOf("<table:table-cell table:number-columns-repeated=\"3\"/>" +
                  Number("1") +
                  "<table:table-cell table:number-columns-repeated=\"16380\" "
                  "table:style-name=\"ce1\"/>") +
            empty_row + empty_row));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("D1").value, "1");
  EXPECT_EQ(read.cells, 1u);
  EXPECT_THAT(read.sheets[0].rows, ElementsAre(1u));
}

TEST(OdsTest, RepeatsOfSomethingAreDeliveredUnderTheBudget) {
  const std::string bytes = OdsOf(
      "<table:table-row table:number-rows-repeated=\"3\">"
      "<table:table-cell/><table:table-cell office:value-type=\"float\" "
      "office:value=\"7\" table:number-columns-repeated=\"2\"/>"
      "</table:table-row>" +
      RowOf(Number("8")));
  const WorkbookRead read = ReadWorkbook(bytes);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_THAT(read.sheets[0].rows, ElementsAre(1u, 2u, 3u, 4u));
  for (const char* cell : {"B1", "C1", "B2", "C2", "B3", "C3"}) {
    EXPECT_EQ(read.At(cell).value, "7") << cell;
  }
  EXPECT_EQ(read.At("A4").value, "8");
  EXPECT_EQ(read.cells, 7u);
  EXPECT_EQ(ReadWorkbook(bytes, {.cells = 7}).reason(), "OK");
  EXPECT_EQ(ReadWorkbook(bytes, {.cells = 6}).reason(), "CELL_COUNT_LIMIT");
  EXPECT_EQ(ReadWorkbook(bytes, {.rows = 3}).reason(), "ROW_LIMIT");
}

TEST(OdsTest, RepeatsOfSomethingEndWithinTheSheet) {
  EXPECT_EQ(ReadWorkbook(OdsOf("<table:table-row "
                               "table:number-rows-repeated=\"1048577\">" +
                               Number("1") + "</table:table-row>"))
                .reason(),
            "WORKBOOK_BAD_ADDRESS");
  const WorkbookRead read = ReadWorkbook(
      OdsOf(RowOf("<table:table-cell table:number-columns-repeated=\"16384\" "
                  "/>" +
                  Number("1"))));
  ASSERT_EQ(read.reason(), "WORKBOOK_BAD_ADDRESS");
  EXPECT_EQ(read.error().sheet, "T");
  EXPECT_EQ(read.error().locator.row, 1u);
  EXPECT_EQ(read.error().locator.column, 16385u);
}

TEST(OdsTest, ARepeatThatIsNoCountIsRefused) {
  for (const char* count : {"0", "-1", "x", "", "99999999999999999999"}) {
    EXPECT_EQ(
        ReadWorkbook(OdsOf("<table:table-row table:number-rows-repeated=\"" +
                           std::string(count) + "\"/>"))
            .reason(),
        "WORKBOOK_BAD_STRUCTURE")
        << count;
  }
}

TEST(OdsTest, WhiteSpaceIsReadAsTheFormatSays) {
  const WorkbookRead read = ReadWorkbook(OdsOf(
      RowOf(TextCell("<text:p>Total North East<text:s/></text:p>") +
            TextCell("<text:p>  a \n b<text:s text:c=\"3\"/>c<text:tab/>d"
                     "<text:line-break/>e</text:p>") +
            TextCell("<text:p>one</text:p><text:p>two</text:p>") +
            TextCell("<text:p><text:a>link</text:a> <text:span>s</text:span>"
                     "</text:p>") +
            TextCell("<text:p/>"))));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "Total North East ");
  EXPECT_EQ(read.At("B1").text, "a b   c\td\ne");
  EXPECT_EQ(read.At("C1").text, "one\ntwo");
  EXPECT_EQ(read.At("D1").text, "link s");
  EXPECT_EQ(read.At("E1").kind, CellKind::kText);
  EXPECT_EQ(read.At("E1").text, "");
}

TEST(OdsTest, ARunOfSpacesIsBoundedBeforeItIsMade) {
  EXPECT_EQ(ReadWorkbook(OdsOf(RowOf(TextCell(
                             "<text:p><text:s text:c=\"4000000000000\"/>"
                             "</text:p>"))))
                .reason(),
            "CELL_LENGTH_LIMIT");
}

std::string TextStyle(const std::string& name, const std::string& family,
                      const std::string& position,
                      const std::string& parent = "") {
  return "<style:style style:name=\"" + name + "\" style:family=\"" + family +
         "\" style:parent-style-name=\"" + parent + "\">" +
         (position.empty() ? ""
                           : "<style:text-properties style:text-position=\"" +
                                 position + "\"/>") +
         "</style:style>";
}

TEST(OdsTest, SuperscriptSpansAreKeptApart) {
  const WorkbookRead read = ReadWorkbook(MakeOds(
      {.tables = TableOf(
           "T",
           RowOf(TextCell("<text:p>30 September 2019<text:span "
                          "text:style-name=\"up\">1</text:span></text:p>") +
                 TextCell("<text:p>x<text:span text:style-name=\"heir\">2"
                          "</text:span><text:span text:style-name=\"down\">y"
                          "</text:span><text:span text:style-name=\"percent\">"
                          "3<text:span text:style-name=\"flat\">z</text:span>"
                          "</text:span></text:p>") +
                 TextCell("<text:p text:style-name=\"note\">R</text:p>"))),
       .automatic_styles = TextStyle("up", "text", "super 58%") +
                           TextStyle("down", "text", "sub 58%") +
                           TextStyle("percent", "text", "33% 58%") +
                           TextStyle("flat", "text", "0% 100%") +
                           TextStyle("heir", "text", "", "named") +
                           // Not of the text family.
                           TextStyle("T", "paragraph", "super 58%") +
                           TextStyle("note", "paragraph", "33%"),
       .styles = TextStyle("named", "text", "33%")}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "30 September 2019");
  EXPECT_EQ(read.At("A1").superscript, "1");
  EXPECT_EQ(read.At("B1").text, "xyz");
  EXPECT_EQ(read.At("B1").superscript, "2\n3");
  EXPECT_EQ(read.At("C1").text, "");
  EXPECT_EQ(read.At("C1").superscript, "R");
  EXPECT_EQ(read.Found("SUPERSCRIPT_APART"), 4u);
}

TEST(OdsTest, AWholeCellInSuperscriptIsAMarkAndNeverAFigure) {
  const WorkbookRead read = ReadWorkbook(MakeOds(
      {.tables = TableOf("T", RowOf("<table:table-cell table:style-name=\"up\" "
                                    "office:value-type=\"float\" "
                                    "office:value=\"7\"><text:p>7</text:p>"
                                    "</table:table-cell>")),
       .automatic_styles = TextStyle("up", "table-cell", "super 58%")}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").kind, CellKind::kText);
  EXPECT_EQ(read.At("A1").value, "");
  EXPECT_EQ(read.At("A1").superscript, "7");
}

TEST(OdsTest, ARingOfStylesEnds) {
  const WorkbookRead read = ReadWorkbook(
      MakeOds({.tables = TableOf("T", RowOf(TextCell("<text:p><text:span "
                                                     "text:style-name=\"a\">x"
                                                     "</text:span></text:p>"))),
               .automatic_styles = TextStyle("a", "text", "", "b") +
                                   TextStyle("b", "text", "", "a")}));
  EXPECT_EQ(read.At("A1").text, "x");
}

TEST(OdsTest, SpansAreMergesAndCoveredCellsHoldTheirColumns) {
  const std::string bytes = OdsOf(
      RowOf("<table:table-cell table:number-columns-spanned=\"2\" "
            "table:number-rows-spanned=\"2\" office:value-type=\"float\" "
            "office:value=\"1\"/><table:covered-table-cell/>" +
            Number("2")) +
      RowOf("<table:covered-table-cell table:number-columns-repeated=\"2\"/>" +
            Number("3")) +
      // Formatting down to the end of the sheet covers nothing.
      "<table:table-row table:number-rows-repeated=\"1048574\">"
      "<table:table-cell table:number-columns-spanned=\"2\"/>"
      "</table:table-row>");
  const WorkbookRead read = ReadWorkbook(bytes);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("C1").value, "2");
  EXPECT_EQ(read.At("C2").value, "3");
  EXPECT_THAT(read.sheets[0].merges, ElementsAre(Merge{1, 1, 2, 2}));

  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {}, budget, &workbook).ok());
  std::vector<Merge> merges;
  ASSERT_TRUE(workbook->ReadMerges(0, &merges).ok());
  EXPECT_EQ(merges, read.sheets[0].merges);
}

TEST(OdsTest, MergesAreLimitedAndInsideTheSheet) {
  EXPECT_EQ(
      ReadWorkbook(OdsOf(RowOf("<table:table-cell "
                               "table:number-columns-spanned=\"16385\"/>")))
          .reason(),
      "WORKBOOK_BAD_ADDRESS");
  EXPECT_EQ(
      ReadWorkbook(OdsOf("<table:table-row table:number-rows-repeated="
                         "\"200000\"><table:table-cell "
                         "table:number-columns-spanned=\"2\" "
                         "office:value-type=\"float\" office:value=\"1\"/>"
                         "</table:table-row>"))
          .reason(),
      "MERGE_LIMIT");
}

TEST(OdsTest, HiddenIsMarkedAndRead) {
  const WorkbookRead read = ReadWorkbook(MakeOds(
      {.tables = TableOf("Hidden",
                         "<table:table-column/>"
                         "<table:table-column table:visibility=\"collapse\" "
                         "table:number-columns-repeated=\"2\"/>"
                         "<table:table-column-group table:display=\"false\">"
                         "<table:table-column/></table:table-column-group>"
                         "<table:table-column/>" +
                             RowOf(Number("1") + Number("2") + Number("3") +
                                   Number("4") + Number("5")) +
                             "<table:table-row table:visibility=\"filter\">" +
                             Number("6") + "</table:table-row>" +
                             "<table:table-row-group table:display=\"false\">" +
                             RowOf(Number("7")) + "</table:table-row-group>" +
                             "<table:table-row-group>" + RowOf(Number("8")) +
                             "</table:table-row-group>",
                         "table:style-name=\"ta1\"") +
                 TableOf("Open", "", "table:style-name=\"ta2\""),
       .automatic_styles =
           "<style:style style:name=\"ta1\" style:family=\"table\">"
           "<style:table-properties table:display=\"false\"/></style:style>"
           "<style:style style:name=\"ta2\" style:family=\"table\">"
           "<style:table-properties table:display=\"true\"/></style:style>"}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_TRUE(read.sheets[0].hidden);
  EXPECT_FALSE(read.sheets[1].hidden);
  EXPECT_FALSE(read.At("A1").hidden);
  EXPECT_TRUE(read.At("B1").hidden);
  EXPECT_TRUE(read.At("C1").hidden);
  EXPECT_TRUE(read.At("D1").hidden);
  EXPECT_FALSE(read.At("E1").hidden);
  EXPECT_TRUE(read.At("A2").hidden);
  EXPECT_TRUE(read.At("A3").hidden);
  EXPECT_FALSE(read.At("A4").hidden);
}

TEST(OdsTest, RowsInGroupsAndHeadersAreRowsOfTheSheet) {
  const WorkbookRead read = ReadWorkbook(OdsOf(
      "<table:table-header-rows>" + RowOf(Number("1")) +
      "</table:table-header-rows><table:table-rows>" + RowOf(Number("2")) +
      "<table:table-row-group>" + RowOf(Number("3")) +
      "</table:table-row-group></table:table-rows>"));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").value, "1");
  EXPECT_EQ(read.At("A2").value, "2");
  EXPECT_EQ(read.At("A3").value, "3");
}

TEST(OdsTest, CommentsAndShapesAreNotTextAndAreCounted) {
  const WorkbookRead read = ReadWorkbook(OdsOf(
      "<table:shapes><draw:frame><text:p>shape</text:p></draw:frame>"
      "</table:shapes>" +
      RowOf(TextCell("<office:annotation><text:p>comment</text:p>"
                     "</office:annotation><draw:frame><text:p>picture</text:p>"
                     "</draw:frame><text:p>cell</text:p>"))));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "cell");
  EXPECT_EQ(read.Found("COMMENTS_IGNORED"), 1u);
  EXPECT_EQ(read.Found("SHAPES_IGNORED"), 2u);
}

TEST(OdsTest, CopiesOfOtherWorkbooksAreNotSheets) {
  const WorkbookRead read = ReadWorkbook(
      MakeOds({.tables = TableOf("'file:///other.ods'#$S",
                                 "<table:table-source/>" + RowOf(Number("9"))) +
                         TableOf("T", RowOf(Number("1")))}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  ASSERT_EQ(read.sheets.size(), 1u);
  EXPECT_EQ(read.sheets[0].name, "T");
  EXPECT_EQ(read.At("A1").value, "1");
  EXPECT_EQ(read.Found("EXTERNAL_LINKS_IGNORED"), 1u);
}

TEST(OdsTest, SheetsAreReadInAnyOrderAndAgain) {
  std::string tables;
  for (int i = 0; i < 4; ++i) {
    tables +=
        TableOf("T" + std::to_string(i), RowOf(Number(std::to_string(i * 11))));
  }
  const std::string bytes = MakeOds({.tables = tables});
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {}, budget, &workbook).ok());
  const uint64_t inflated = budget.bytes();
  for (const uint32_t index : {2u, 0u, 0u, 3u, 1u, 2u, 3u}) {
    SheetRead sheet;
    SheetSink sink(&sheet);
    const Status status = workbook->ReadSheet(index, sink);
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(sheet.cells["A1"].value, std::to_string(index * 11));
  }
  EXPECT_EQ(budget.bytes(), inflated) << "the document is no larger for it";
  EXPECT_EQ(budget.cells(), 4u);
}

TEST(OdsTest, NamespacesOfTheAncestorsHoldInEverySheet) {
  // Other prefixes than usual, and one declared on the body only.
  std::string content =
      "<o:document-content xmlns:o=\"urn:oasis:names:tc:opendocument:xmlns:"
      "office:1.0\" xmlns:amp=\"urn:a&amp;b&lt;c&quot;d\"><o:body xmlns:t=\""
      "urn:oasis:names:tc:opendocument:xmlns:table:1.0\"><o:spreadsheet>"
      "<t:table t:name=\"A\"/><t:table t:name=\"B\"><t:table-row>"
      "<t:table-cell o:value-type=\"float\" o:value=\"5\"/></t:table-row>"
      "</t:table></o:spreadsheet></o:body></o:document-content>";
  const WorkbookRead read = ReadWorkbook(MakeZip(
      {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet", true},
       {"content.xml", content}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1", 1).value, "5");
}

TEST(OdsTest, EncryptedDocumentsAreRefused) {
  EXPECT_EQ(
      ReadWorkbook(
          MakeOds({.tables = TableOf("T", ""),
                   .manifest = "<manifest:file-entry><manifest:encryption-data"
                               "/></manifest:file-entry>"}))
          .reason(),
      "WORKBOOK_ENCRYPTED");
}

TEST(OdsTest, MacrosAreRefusedAndEmptyLibrariesAreNot) {
  const auto with = [](const char* name) {
    return ReadWorkbook(
               MakeOds({.tables = TableOf("T", ""), .parts = {{name, "<x/>"}}}))
        .reason();
  };
  EXPECT_EQ(with("Basic/Standard/Module1.xml"), "WORKBOOK_MACROS");
  EXPECT_EQ(with("Scripts/python/x.py"), "WORKBOOK_MACROS");
  EXPECT_EQ(with("Basic/Standard/script-lb.xml"), "OK");
  EXPECT_EQ(with("Basic/script-lc.xml"), "OK");
}

TEST(OdsTest, WhatIsNoSpreadsheetIsRefused) {
  EXPECT_EQ(
      ReadWorkbook(
          MakeOds({.tables = "",
                   .mimetype = "application/vnd.oasis.opendocument.text"}))
          .reason(),
      "WORKBOOK_UNKNOWN");
  EXPECT_EQ(ReadWorkbook(MakeOds({.tables = ""})).reason(),
            "WORKBOOK_BAD_STRUCTURE")
      << "zero sheets are an error";
  EXPECT_EQ(
      ReadWorkbook(
          MakeZip({{"mimetype",
                    "application/vnd.oasis.opendocument.spreadsheet", true}}))
          .reason(),
      "WORKBOOK_PART_MISSING");
  MemorySource source("");
  const std::string bytes = MakeOds({.tables = TableOf("T", "")});
  MemorySource ods(bytes);
  EXPECT_EQ(DetectWorkbook(ods), WorkbookKind::kOds);
}

TEST(OdsTest, OnlyUtf8ContentIsRead) {
  EXPECT_EQ(ReadWorkbook(MakeOds({.tables = TableOf("T", ""),
                                  .declaration = "<?xml version=\"1.0\" "
                                                 "encoding=\"ISO-8859-1\"?>"}))
                .reason(),
            "BAD_ENCODING");
  EXPECT_EQ(ReadWorkbook(MakeOds({.tables = TableOf("T", ""),
                                  .declaration = "<?xml version=\"1.0\"?>"}))
                .reason(),
            "OK");
}

struct RefusedCell {
  const char* name;
  const char* cell;
  const char* reason;
};

class RefusedCellTest : public ::testing::TestWithParam<RefusedCell> {};

TEST_P(RefusedCellTest, NamesReasonAndPlace) {
  const WorkbookRead read =
      ReadWorkbook(OdsOf(RowOf("") + RowOf(Number("1") + GetParam().cell)));
  ASSERT_EQ(read.reason(), GetParam().reason);
  EXPECT_EQ(read.error().part, "book");
  EXPECT_EQ(read.error().sheet, "T");
  EXPECT_EQ(read.error().locator.row, 2u);
  EXPECT_EQ(read.error().locator.column, 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Cells, RefusedCellTest,
    ::testing::Values(
        RefusedCell{"NumberWithoutValue",
                    "<table:table-cell office:value-type=\"float\"/>",
                    "WORKBOOK_BAD_VALUE"},
        RefusedCell{"NoNumber",
                    "<table:table-cell office:value-type=\"float\" "
                    "office:value=\"1,5\"/>",
                    "WORKBOOK_BAD_VALUE"},
        RefusedCell{"NoDate",
                    "<table:table-cell office:value-type=\"date\" "
                    "office:date-value=\"2019-02-30\"/>",
                    "WORKBOOK_BAD_VALUE"},
        RefusedCell{"NoTime",
                    "<table:table-cell office:value-type=\"time\" "
                    "office:time-value=\"9:30\"/>",
                    "WORKBOOK_BAD_VALUE"},
        RefusedCell{"NoBoolean",
                    "<table:table-cell office:value-type=\"boolean\" "
                    "office:boolean-value=\"1\"/>",
                    "WORKBOOK_BAD_VALUE"},
        RefusedCell{"NoSuchType",
                    "<table:table-cell office:value-type=\"void\"/>",
                    "WORKBOOK_BAD_VALUE"},
        RefusedCell{"TableInACell",
                    "<table:table-cell><table:table/></table:table-cell>",
                    "WORKBOOK_BAD_STRUCTURE"},
        RefusedCell{"ListInACell",
                    "<table:table-cell><text:list/></table:table-cell>",
                    "WORKBOOK_BAD_STRUCTURE"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace collate::tabular
