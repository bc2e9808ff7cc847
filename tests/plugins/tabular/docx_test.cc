#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/plugins/tabular/docx_testing.h"

namespace collate::tabular {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::map<std::string, std::string> Texts(const WorkbookRead& read,
                                         size_t sheet = 0) {
  std::map<std::string, std::string> texts;
  if (sheet >= read.sheets.size()) return texts;
  for (const auto& [name, cell] : read.sheets[sheet].cells) {
    texts[name] = cell.text;
  }
  return texts;
}

using Cells = std::map<std::string, std::string>;

bool IsWarning(const WorkbookRead& read, const std::string& reason) {
  for (const Finding& finding : read.findings) {
    if (finding.reason == reason) return finding.warning;
  }
  return false;
}

TEST(DocxTest, TablesAreSheetsInTheOrderOfTheDocument) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body =
           WordParagraph(WordRun("Question 1")) +
           WordTable({WordRow({"Sex", "Victims"}), WordRow({"Male", "7"})}) +
           WordParagraph("") + WordTable({WordRow({"Total", "52"})})}));
  ASSERT_EQ(read.reason(), "OK");
  ASSERT_EQ(read.sheets.size(), 2u);
  EXPECT_EQ(read.sheets[0].name, "Table 1");
  EXPECT_EQ(read.sheets[1].name, "Table 2");
  EXPECT_EQ(
      Texts(read),
      (Cells{{"A1", "Sex"}, {"B1", "Victims"}, {"A2", "Male"}, {"B2", "7"}}));
  EXPECT_EQ(Texts(read, 1), (Cells{{"A1", "Total"}, {"B1", "52"}}));
  EXPECT_EQ(read.sheets[0].ended, 1);
  EXPECT_EQ(read.Found("TEXT_OUTSIDE_TABLES"), 1u) << "blank ones do not count";
}

TEST(DocxTest, CellsAreTextWhateverTheyLookLike) {
  const WorkbookRead read = ReadWorkbook(DocxOfCell("7"));
  EXPECT_EQ(read.At("A1").kind, CellKind::kText);
  EXPECT_EQ(read.At("A1").raw, "7");
  EXPECT_THAT(read.At("A1").value, IsEmpty());
}

TEST(DocxTest, TheStrictNamespaceIsReadLikeTheTransitionalOne) {
  const WorkbookRead read = ReadWorkbook(
      MakeDocx({.body = WordTable({WordRow({"a"})}),
                .ns = "http://purl.oclc.org/ooxml/wordprocessingml/main"}));
  EXPECT_EQ(read.At("A1").text, "a");
}

TEST(DocxTest, ParagraphsBreaksAndTabsPartTheTextOfACell) {
  const WorkbookRead read = ReadWorkbook(DocxOfCell(
      WordParagraph(WordRun("11 and")) +
      WordParagraph("<w:r><w:t>under</w:t><w:br/><w:t>years</w:t><w:tab/>"
                    "<w:noBreakHyphen/></w:r>") +
      WordParagraph("")));
  EXPECT_EQ(read.At("A1").text, "11 and\nunder\nyears\t\u2011");
}

TEST(DocxTest, SpacesAroundAPieceCountOnlyWhereTheyAreKept) {
  const WorkbookRead read = ReadWorkbook(DocxOfCell(WordParagraph(
      "<w:r><w:t> a </w:t><w:t xml:space=\"preserve\"> b </w:t></w:r>")));
  EXPECT_EQ(read.At("A1").text, "a b ");
}

TEST(DocxTest, BlankCellsAndRowsAreNotDeliveredButCount) {
  const WorkbookRead read = ReadWorkbook(
      MakeDocx({.body = WordTable({WordRow({"", ""}), WordRow({"", "x"})})}));
  EXPECT_EQ(Texts(read), (Cells{{"B2", "x"}}));
}

TEST(DocxTest, SpansAreMergesWithTheTextInTheFirstCell) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable(
           {WordRow({WordCell("Sex", "<w:vMerge w:val=\"restart\"/>"),
                     WordCell("Age", "<w:gridSpan w:val=\"2\"/>"), "Total"}),
            WordRow({WordCell("", "<w:vMerge/>"), "0-11", "12-15",
                     WordCell("of all")})})}));
  EXPECT_EQ(Texts(read), (Cells{{"A1", "Sex"},
                                {"B1", "Age"},
                                {"D1", "Total"},
                                {"B2", "0-11"},
                                {"C2", "12-15"},
                                {"D2", "of all"}}));
  EXPECT_THAT(read.sheets[0].merges,
              ElementsAre(Merge{1, 1, 2, 1}, Merge{1, 2, 1, 3}));
}

TEST(DocxTest, ABlockMergedBothWaysIsOneMerge) {
  const std::string wide = "<w:gridSpan w:val=\"2\"/>";
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable(
           {WordRow({WordCell("a", wide + "<w:vMerge w:val=\"restart\"/>")}),
            WordRow({WordCell("", wide + "<w:vMerge w:val=\"continue\"/>")}),
            WordRow({WordCell("", wide + "<w:vMerge/>"), "x"}),
            WordRow({"b", "c"})})}));
  EXPECT_THAT(read.sheets[0].merges, ElementsAre(Merge{1, 1, 3, 2}));
  EXPECT_EQ(Texts(read),
            (Cells{{"A1", "a"}, {"C3", "x"}, {"A4", "b"}, {"B4", "c"}}));
}

TEST(DocxTest, AContinuationOfNothingIsACellOfItsOwn) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable(
           {WordRow({"a", WordCell("b", "<w:vMerge/>")}),
            WordRow({WordCell("c", "<w:vMerge w:val=\"restart\"/>"), "d"}),
            WordRow({"e", "f"}),
            WordRow({WordCell("g", "<w:vMerge/>"), "h"})})}));
  EXPECT_EQ(read.At("B1").text, "b");
  EXPECT_EQ(read.At("A4").text, "g") << "a row lies between";
  EXPECT_THAT(read.sheets[0].merges, IsEmpty());
}

TEST(DocxTest, TextUnderAMergeIsReportedAndNotRead) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body =
           WordTable({WordRow({WordCell("a", "<w:vMerge w:val=\"restart\"/>")}),
                      WordRow({WordCell("b", "<w:vMerge/>")})})}));
  EXPECT_EQ(Texts(read), (Cells{{"A1", "a"}}));
  EXPECT_EQ(read.Found("COVERED_TEXT_IGNORED"), 1u);
  EXPECT_TRUE(IsWarning(read, "COVERED_TEXT_IGNORED"));
}

TEST(DocxTest, OldHorizontalMergesAndSkippedColumnsKeepTheirPlaces) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body =
           WordTable({WordRow({WordCell("a", "<w:hMerge w:val=\"restart\"/>"),
                               WordCell("", "<w:hMerge/>"), "b"}),
                      WordRow({"c"}, "<w:gridBefore w:val=\"2\"/>")})}));
  EXPECT_EQ(Texts(read), (Cells{{"A1", "a"}, {"C1", "b"}, {"C2", "c"}}));
  EXPECT_THAT(read.sheets[0].merges, ElementsAre(Merge{1, 1, 1, 2}));
}

TEST(DocxTest, ANestedTableIsATableOfItsOwn) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable(
           {WordRow({"a", WordCell(WordParagraph(WordRun("before")) +
                                   WordTable({WordRow({"in", "side"})}) +
                                   WordParagraph(WordRun("after")))}),
            WordRow({"c", "d"})})}));
  ASSERT_EQ(read.sheets.size(), 2u);
  EXPECT_EQ(
      Texts(read),
      (Cells{{"A1", "a"}, {"B1", "before\nafter"}, {"A2", "c"}, {"B2", "d"}}));
  EXPECT_EQ(Texts(read, 1), (Cells{{"A1", "in"}, {"B1", "side"}}));
  EXPECT_EQ(read.Found("NESTED_TABLES"), 1u);
}

TEST(DocxTest, SuperscriptIsAMarkAndNeverADigit) {
  const std::string above = "<w:vertAlign w:val=\"superscript\"/>";
  const WorkbookRead read = ReadWorkbook(
      DocxOfCell(WordParagraph(WordRun("9") + WordRun("1", above))));
  EXPECT_EQ(read.At("A1").text, "9");
  EXPECT_EQ(read.At("A1").superscript, "1");
  EXPECT_EQ(read.Found("SUPERSCRIPT_APART"), 1u);
  EXPECT_EQ(
      ReadWorkbook(DocxOfCell(WordParagraph(
                       WordRun("H") +
                       WordRun("2", "<w:vertAlign w:val=\"subscript\"/>"))))
          .At("A1")
          .text,
      "H2");
}

TEST(DocxTest, SuperscriptAndHiddenComeFromStylesToo) {
  const std::string styles =
      "<w:style w:styleId=\"Up\"><w:rPr><w:vertAlign w:val=\"superscript\"/>"
      "</w:rPr></w:style>"
      "<w:style w:styleId=\"Mark\"><w:basedOn w:val=\"Up\"/></w:style>"
      "<w:style w:styleId=\"Loop\"><w:basedOn w:val=\"Loop\"/></w:style>"
      "<w:style w:styleId=\"Gone\"><w:rPr><w:vanish/></w:rPr></w:style>";
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable({WordRow(
           {WordCell(WordParagraph(WordRun("12") +
                                   WordRun("3", "<w:rStyle w:val=\"Mark\"/>"))),
            WordCell(WordParagraph(
                "<w:pPr><w:pStyle w:val=\"Gone\"/></w:pPr><w:r><w:t>7</w:t>"
                "</w:r>")),
            WordCell(WordParagraph(WordRun(
                "8", "<w:rStyle w:val=\"Gone\"/><w:vanish w:val=\"0\"/>"))),
            WordCell(
                WordParagraph(WordRun("9", "<w:rStyle w:val=\"Loop\"/>")))})}),
       .styles = styles}));
  EXPECT_EQ(read.At("A1").text, "12");
  EXPECT_EQ(read.At("A1").superscript, "3");
  EXPECT_TRUE(read.At("B1").hidden);
  EXPECT_FALSE(read.At("C1").hidden);
  EXPECT_EQ(read.At("D1").text, "9");
}

TEST(DocxTest, NotesAreMarksAboveTheLine) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordParagraph("<w:r><w:footnoteReference w:id=\"8\"/></w:r>") +
               WordTable({WordRow(
                   {WordCell(WordParagraph(
                        WordRun("5") +
                        "<w:r><w:footnoteReference w:id=\"2\"/></w:r>")),
                    WordCell(WordParagraph(
                        WordRun("6") +
                        "<w:r><w:endnoteReference w:id=\"4\"/></w:r>")),
                    WordCell(WordParagraph(
                        WordRun("7") +
                        "<w:r><w:footnoteReference w:customMarkFollows=\"1\" "
                        "w:id=\"3\"/><w:t>*</w:t></w:r>"))})})}));
  EXPECT_EQ(read.At("A1").text, "5");
  EXPECT_EQ(read.At("A1").superscript, "2") << "the second of the document";
  EXPECT_EQ(read.At("B1").superscript, "i");
  EXPECT_EQ(read.At("C1").text, "7");
  EXPECT_EQ(read.At("C1").superscript, "*");
  EXPECT_EQ(read.Found("NOTES_IGNORED"), 4u);
}

TEST(DocxTest, HiddenTextIsReadAndMarked) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable(
           {WordRow(
                {WordCell(WordParagraph(WordRun("1", "<w:vanish/>"))), "2"}),
            WordRow({"3"}, "<w:hidden/>")})}));
  EXPECT_TRUE(read.At("A1").hidden);
  EXPECT_FALSE(read.At("B1").hidden);
  EXPECT_TRUE(read.At("A2").hidden);
  EXPECT_EQ(read.Found("HIDDEN_TEXT"), 1u);
  EXPECT_TRUE(IsWarning(read, "HIDDEN_TEXT"));
}

TEST(DocxTest, DeletedTextIsLeftOutAndInsertedTextIsReadWithAWarning) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable(
           {WordRow({WordCell(WordParagraph(
                "<w:del><w:r><w:delText>50</w:delText></w:r></w:del><w:ins>" +
                WordRun("52") + "</w:ins>"))}),
            WordRow({"gone"}, "<w:del w:id=\"1\"/>"),
            WordRow({"new"}, "<w:ins w:id=\"2\"/>")})}));
  EXPECT_EQ(Texts(read), (Cells{{"A1", "52"}, {"A2", "new"}}));
  EXPECT_EQ(read.Found("TRACKED_CHANGES"), 4u);
  EXPECT_TRUE(IsWarning(read, "TRACKED_CHANGES"));
}

TEST(DocxTest, AParagraphWhoseMarkIsDeletedGoesOnInTheNext) {
  const WorkbookRead read = ReadWorkbook(DocxOfCell(
      WordParagraph("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + WordRun("1")) +
      WordParagraph(WordRun("2"))));
  EXPECT_EQ(read.At("A1").text, "12");
}

TEST(DocxTest, ATableWhoseCellsAreTrackedIsRefusedAlone) {
  const std::string bytes = MakeDocx(
      {.body = WordTable({WordRow({"fine"})}) +
               WordTable({WordRow({"a"}),
                          WordRow({"b", WordCell("c", "<w:cellDel/>")})})});
  const WorkbookRead read = ReadWorkbook(bytes);
  EXPECT_EQ(read.At("A1").text, "fine");
  ASSERT_EQ(read.reason(), "WORKBOOK_TRACKED_CELLS");
  EXPECT_EQ(read.error().part, "book");
  EXPECT_EQ(read.error().sheet, "Table 2");
  EXPECT_EQ(read.error().locator.row, 2u);
  EXPECT_EQ(read.error().locator.column, 2u);
}

std::string FieldOf(const std::string& instruction, const std::string& result) {
  return "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>" +
         instruction +
         "</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/>"
         "</w:r>" +
         result + "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>";
}

TEST(DocxTest, FieldsTakeTheirStoredResult) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable({WordRow(
           {WordCell(WordParagraph(FieldOf("=SUM(ABOVE)", WordRun("52")))),
            WordCell(WordParagraph("<w:fldSimple w:instr=\"=A1\">" +
                                   WordRun("7") + "</w:fldSimple>")),
            WordCell(WordParagraph(FieldOf("=SUM(LEFT)", ""))), "plain"})})}));
  EXPECT_EQ(read.At("A1").text, "52");
  EXPECT_TRUE(read.At("A1").formula);
  EXPECT_EQ(read.At("B1").text, "7");
  EXPECT_TRUE(read.At("B1").formula);
  EXPECT_FALSE(read.At("D1").formula);
  EXPECT_EQ(Texts(read).count("C1"), 0u);
  EXPECT_EQ(read.Found("FIELDS_WITHOUT_RESULT"), 1u);
}

TEST(DocxTest, WhatStandsInAnInstructionIsNoText) {
  const std::string inner = FieldOf("DATE", WordRun("2019"));
  const WorkbookRead read = ReadWorkbook(DocxOfCell(WordParagraph(
      "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>" + inner +
      WordRun("IF") + "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>" +
      WordRun("5") + "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>")));
  EXPECT_EQ(read.At("A1").text, "5");
}

TEST(DocxTest, AFieldThatNeverEndsHidesNothingSilently) {
  EXPECT_EQ(ReadWorkbook(DocxOfCell(WordParagraph(
                             "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>" +
                             WordRun("5"))))
                .reason(),
            "WORKBOOK_BAD_STRUCTURE");
  const WorkbookRead read = ReadWorkbook(DocxOfCell(
      WordParagraph("<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>")));
  ASSERT_EQ(read.reason(), "WORKBOOK_BAD_STRUCTURE");
  EXPECT_EQ(read.error().sheet, "Table 1");
  EXPECT_EQ(read.error().locator.column, 1u);
}

TEST(DocxTest, WrappersAreSeenThrough) {
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = "<w:sdt><w:sdtPr/><w:sdtContent><w:tbl><w:sdt><w:sdtContent>" +
               WordRow({WordCell("<w:sdt><w:sdtContent>" +
                                 WordParagraph("<w:hyperlink><w:smartTag>" +
                                               WordRun("a") +
                                               "</w:smartTag></w:hyperlink>") +
                                 "</w:sdtContent></w:sdt>")}) +
               "</w:sdtContent></w:sdt></w:tbl></w:sdtContent></w:sdt>"}));
  EXPECT_EQ(Texts(read), (Cells{{"A1", "a"}}));
  EXPECT_EQ(read.Found("CONTENT_NOT_READ"), 0u);
}

TEST(DocxTest, WhatIsNotReadIsReported) {
  const std::string box = "<w:txbxContent>" +
                          WordTable({WordRow({"in a box"})}) +
                          "</w:txbxContent>";
  const WorkbookRead read = ReadWorkbook(MakeDocx(
      {.body = WordTable({WordRow({WordCell(WordParagraph(
                   WordRun("a") + "<w:r><w:drawing>" + box +
                   "</w:drawing></w:r><w:r><mc:AlternateContent><mc:Choice>"
                   "<w:drawing/></mc:Choice><mc:Fallback><w:pict>" +
                   box +
                   "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
                   "<w:r><w:commentReference w:id=\"0\"/></w:r>"
                   "<x:oMath xmlns:x=\"urn:x\"><x:t>1</x:t></x:oMath>"))})}) +
               "<w:altChunk/>",
       .types = "<Override PartName=\"/text/h.xml\" "
                "ContentType=\"x.wordprocessingml.header+xml\"/>",
       .relationships =
           "<Relationship Id=\"l\" Type=\"" + std::string(kRelNs) +
           "/hyperlink\" Target=\"http://example.org\" "
           "TargetMode=\"External\"/><Relationship Id=\"t\" Type=\"" +
           kRelNs +
           "/attachedTemplate\" Target=\"file:///x.dotm\" "
           "TargetMode=\"External\"/>",
       .parts = {{"text/h.xml", "<h/>"}}}));
  ASSERT_EQ(read.reason(), "OK");
  EXPECT_EQ(Texts(read), (Cells{{"A1", "a"}}));
  EXPECT_EQ(read.Found("SHAPES_IGNORED"), 2u);
  EXPECT_EQ(read.Found("TEXT_BOXES_IGNORED"), 2u);
  EXPECT_EQ(read.Found("TABLES_IN_SHAPES_IGNORED"), 2u);
  EXPECT_EQ(read.Found("COMMENTS_IGNORED"), 1u);
  EXPECT_EQ(read.Found("CONTENT_NOT_READ"), 1u);
  EXPECT_EQ(read.Found("DOCUMENTS_INSIDE_IGNORED"), 1u);
  EXPECT_EQ(read.Found("HEADERS_IGNORED"), 1u);
  EXPECT_EQ(read.Found("EXTERNAL_LINKS_IGNORED"), 1u);
}

TEST(DocxTest, OfSeveralVersionsTheOneForAllProgramsIsRead) {
  const WorkbookRead read = ReadWorkbook(DocxOfCell(WordParagraph(
      "<w:r><mc:AlternateContent><mc:Choice><w:t>new</w:t></mc:Choice>"
      "<mc:Fallback><w:t>old</w:t></mc:Fallback></mc:AlternateContent></w:r>"
      "<w:r><mc:AlternateContent><mc:Choice><w:t>x</w:t></mc:Choice>"
      "</mc:AlternateContent></w:r>")));
  EXPECT_EQ(read.At("A1").text, "old");
  EXPECT_EQ(read.Found("SHAPES_IGNORED"), 1u);
}

TEST(DocxTest, NumberingAndSymbolsAreReported) {
  const WorkbookRead read = ReadWorkbook(DocxOfCell(
      WordParagraph("<w:pPr><w:numPr/></w:pPr><w:r><w:sym w:font=\"Wingdings\" "
                    "w:char=\"F0FC\"/></w:r>")));
  EXPECT_EQ(read.At("A1").text, "\uF0FC");
  EXPECT_EQ(read.Found("LIST_NUMBERS_NOT_READ"), 1u);
  EXPECT_EQ(read.Found("SYMBOLS_AS_STORED"), 1u);
  EXPECT_EQ(ReadWorkbook(DocxOfCell(WordParagraph(
                             "<w:r><w:sym w:char=\"D800\"/></w:r>")))
                .reason(),
            "WORKBOOK_BAD_STRUCTURE");
}

TEST(DocxTest, ADocumentWithoutTablesIsRefused) {
  const WorkbookRead read = ReadWorkbook(
      MakeDocx({.body = WordParagraph(WordRun("There were 39 offences."))}));
  ASSERT_EQ(read.reason(), "DOCUMENT_WITHOUT_TABLES");
  EXPECT_EQ(read.error().part, "book");
  EXPECT_EQ(read.error().found, "1 paragraphs of text");
}

TEST(DocxTest, MacrosAreRefused) {
  const std::string table = WordTable({WordRow({"a"})});
  EXPECT_EQ(ReadWorkbook(MakeDocx({.body = table,
                                   .main_type = "application/vnd.ms-word."
                                                "document.macroEnabled.main+"
                                                "xml"}))
                .reason(),
            "WORKBOOK_MACROS");
  EXPECT_EQ(ReadWorkbook(MakeDocx({.body = table,
                                   .parts = {{"word/vbaProject.bin", "x"}}}))
                .reason(),
            "WORKBOOK_MACROS");
}

TEST(DocxTest, ADocumentIsToldByItsContent) {
  const std::string bytes = DocxOfCell("a");
  MemorySource source(bytes);
  EXPECT_EQ(DetectWorkbook(source), WorkbookKind::kDocx);
  const std::string cut = MakeZip({{"word/document.xml", "x"}}).substr(0, 60);
  MemorySource damaged(cut);
  EXPECT_EQ(DetectWorkbook(damaged), WorkbookKind::kDocx);
}

TEST(DocxTest, AMainPartThatIsNoDocumentIsRefused) {
  std::vector<ZipPart> parts = DocxParts({.body = ""});
  parts.back().data = "<html/>";
  const WorkbookRead read = ReadWorkbook(MakeZip(parts));
  ASSERT_EQ(read.reason(), "WORKBOOK_BAD_STRUCTURE");
  EXPECT_THAT(read.error().message, HasSubstr("not a document"));
}

TEST(DocxTest, BadSpansAreRefusedWithTheirPlace) {
  for (const char* span : {"0", "-1", "x", "99999999999"}) {
    const WorkbookRead read = ReadWorkbook(MakeDocx(
        {.body = WordTable(
             {WordRow({"a", WordCell("b", std::string("<w:gridSpan w:val=\"") +
                                              span + "\"/>")})})}));
    EXPECT_EQ(read.reason(), "WORKBOOK_BAD_STRUCTURE") << span;
    EXPECT_EQ(read.error().sheet, "Table 1");
    EXPECT_EQ(read.error().locator.column, 2u);
  }
  EXPECT_EQ(ReadWorkbook(MakeDocx({.body = WordTable({WordRow(
                                       {"a", WordCell("b",
                                                      "<w:gridSpan w:val="
                                                      "\"16384\"/>")})})}))
                .reason(),
            "COLUMN_LIMIT");
}

TEST(DocxTest, EverythingCountsAgainstTheBudget) {
  const std::string bytes = MakeDocx(
      {.body = WordTable({WordRow({"abcdef", "b"}), WordRow({"c", "d"})}) +
               WordTable({WordRow({"e"})})});
  const WorkbookRead read = ReadWorkbook(bytes);
  EXPECT_EQ(read.rows, 3u);
  EXPECT_EQ(read.cells, 5u);
  EXPECT_EQ(ReadWorkbook(bytes, {.rows = 2}).reason(), "ROW_LIMIT");
  EXPECT_EQ(ReadWorkbook(bytes, {.cells = 4}).reason(), "CELL_COUNT_LIMIT");
  EXPECT_EQ(ReadWorkbook(bytes, {.sheets = 1}).reason(), "SHEET_LIMIT");
  EXPECT_EQ(ReadWorkbook(bytes, {.cell_characters = 5}).reason(),
            "CELL_LENGTH_LIMIT");
  EXPECT_EQ(ReadWorkbook(bytes, {.held_bytes = 100}).reason(),
            "TABLE_BYTES_LIMIT");
}

}  // namespace
}  // namespace collate::tabular
