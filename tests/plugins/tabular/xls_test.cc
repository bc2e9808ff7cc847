#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "plugins/tabular/workbook.h"
#include "tests/plugins/tabular/xls_testing.h"

namespace collate::tabular {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Continue(const std::string& data) {
  return XlsRecordOf(0x003C, data);
}

uint32_t RkInteger(int32_t value, bool hundredth = false) {
  return static_cast<uint32_t>(value) << 2 | 2 | (hundredth ? 1u : 0u);
}
uint32_t RkDouble(double value, bool hundredth = false) {
  return static_cast<uint32_t>(std::bit_cast<uint64_t>(value) >> 32 &
                               0xFFFFFFFC) |
         (hundredth ? 1u : 0u);
}

// ---------------------------------------------------------------- good cells

TEST(XlsTest, EachTypeOfCellIsRead) {
  const WorkbookRead read = ReadWorkbook(MakeXls(
      {.sheets = {{"S",
                   XlsNumber(1, 0, 12.5) + XlsRk(1, 1, RkInteger(-7)) +
                       XlsRk(1, 2, RkInteger(1234, true)) +
                       XlsRk(1, 3, RkDouble(0.5)) +
                       XlsRk(1, 4, RkDouble(350, true)) + XlsLabelSst(1, 5, 1) +
                       XlsLabel(1, 6, XlsText(" in line ")) +
                       XlsBoolErr(1, 7, 1, false) + XlsBoolErr(1, 8, 0, false) +
                       XlsBoolErr(1, 9, 0x2A, true) +
                       XlsMulRk(2, 1, {RkInteger(1), RkInteger(2)})}},
       .strings =
           XlsSst({XlsText("zero"), XlsWide(u"one \u2013 \U0001F600")})}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A2").kind, CellKind::kNumber);
  EXPECT_EQ(read.At("A2").value, "12.5");
  EXPECT_EQ(read.At("A2").raw, "12.5");
  EXPECT_EQ(read.At("B2").value, "-7");
  EXPECT_EQ(read.At("C2").value, "12.34");
  EXPECT_EQ(read.At("D2").value, "0.5");
  EXPECT_EQ(read.At("E2").value, "3.5");
  EXPECT_EQ(read.At("F2").kind, CellKind::kText);
  EXPECT_EQ(read.At("F2").text, "one \u2013 \U0001F600");
  EXPECT_EQ(read.At("F2").value, "");
  EXPECT_EQ(read.At("G2").text, " in line ");
  EXPECT_EQ(read.At("H2").kind, CellKind::kBoolean);
  EXPECT_EQ(read.At("H2").value, "true");
  EXPECT_EQ(read.At("H2").text, "TRUE");
  EXPECT_EQ(read.At("I2").value, "false");
  EXPECT_EQ(read.At("J2").kind, CellKind::kError);
  EXPECT_EQ(read.At("J2").value, "#N/A");
  EXPECT_EQ(read.At("B3").value, "1");
  EXPECT_EQ(read.At("C3").value, "2");
  EXPECT_EQ(read.sheets[0].ended, 1);
  EXPECT_EQ(read.cells, 12u);
}

TEST(XlsTest, ANumberIsPlainWhateverItsSize) {
  const WorkbookRead read = ReadWorkbook(XlsOf(
      XlsNumber(0, 0, 0.1) + XlsNumber(0, 1, 1e-7) + XlsNumber(0, 2, 1e21) +
      XlsNumber(0, 3, -0.0) + XlsNumber(0, 4, 150463)));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").value, "0.1");
  EXPECT_EQ(read.At("B1").value, "0.0000001");
  EXPECT_EQ(read.At("C1").value, "1000000000000000000000");
  EXPECT_EQ(read.At("D1").value, "0");
  EXPECT_EQ(read.At("E1").value, "150463");
}

TEST(XlsTest, NothingIsDeliveredForNothing) {
  const WorkbookRead read = ReadWorkbook(XlsOf(
      XlsNumber(2, 1, 1) + XlsBlank(2, 3) +
      XlsRecordOf(0x00BE, Words({3, 0, 0, 0, 1})) + XlsNumber(8, 255, 2)));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_THAT(read.sheets[0].rows, ElementsAre(3u, 9u));
  EXPECT_EQ(read.sheets[0].cells.size(), 2u);
  EXPECT_EQ(read.At("IV9").value, "2");
}

TEST(XlsTest, AnEmptyStringIsACell) {
  const WorkbookRead read =
      ReadWorkbook(MakeXls({.sheets = {{"S", XlsLabelSst(0, 0, 0)}},
                            .strings = XlsSst({XlsText("")})}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").kind, CellKind::kText);
  EXPECT_EQ(read.At("A1").text, "");
}

TEST(XlsTest, AFormulaGivesWhatItLastGave) {
  const std::string shared = XlsRecordOf(0x04BC, std::string(10, '\0'));
  const std::string text = XlsRecordOf(0x0207, XlsText("ab"));
  const WorkbookRead read = ReadWorkbook(XlsOf(
      XlsFormula(0, 0, Doubled(2.5)) + XlsFormula(0, 1, XlsResult(0)) + text +
      XlsFormula(0, 2, XlsResult(0)) + shared + text +
      XlsFormula(0, 3, XlsResult(1, 1)) + XlsFormula(0, 4, XlsResult(2, 0x07)) +
      XlsFormula(0, 5, XlsResult(3)) + XlsFormula(0, 6, XlsResult(0)) +
      XlsNumber(0, 7, 1) + XlsFormula(1, 0, XlsResult(0))));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").value, "2.5");
  EXPECT_EQ(read.At("B1").text, "ab");
  EXPECT_EQ(read.At("C1").text, "ab");
  EXPECT_EQ(read.At("D1").value, "true");
  EXPECT_EQ(read.At("E1").value, "#DIV/0!");
  EXPECT_EQ(read.At("F1").kind, CellKind::kText);
  EXPECT_EQ(read.At("F1").text, "");
  EXPECT_EQ(read.At("G1").kind, CellKind::kEmpty) << "its text is not there";
  EXPECT_EQ(read.At("H1").value, "1");
  for (const char* cell : {"A1", "B1", "C1", "D1", "E1", "F1", "G1", "A2"}) {
    EXPECT_TRUE(read.At(cell).formula) << cell;
  }
  EXPECT_FALSE(read.At("H1").formula);
}

TEST(XlsTest, FormatsSayWhatANumberIs) {
  const std::string styles =
      XlsFont() + XlsFormat(164, "yyyy\\-mm\\-dd") + XlsFormat(165, "General") +
      XlsStyle(0, 0) + XlsStyle(0, 14) + XlsStyle(0, 164) + XlsStyle(0, 10) +
      XlsStyle(0, 21) + XlsStyle(0, 165) + XlsStyle(0, 22);
  const std::string cells =
      XlsNumber(0, 0, 43190, 1) + XlsNumber(0, 1, 43190, 2) +
      XlsNumber(0, 2, 0.125, 3) + XlsNumber(0, 3, 0.5, 4) +
      XlsNumber(0, 4, 7, 5) + XlsNumber(0, 5, 43190.25, 6);
  const WorkbookRead read =
      ReadWorkbook(MakeXls({.sheets = {{"S", cells}}, .globals = styles}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").kind, CellKind::kDate);
  EXPECT_EQ(read.At("A1").value, "2018-03-31");
  EXPECT_EQ(read.At("A1").raw, "43190");
  EXPECT_EQ(read.At("B1").value, "2018-03-31");
  EXPECT_EQ(read.At("B1").number_format, "yyyy\\-mm\\-dd");
  EXPECT_TRUE(read.At("C1").percent);
  EXPECT_EQ(read.At("C1").value, "0.125");
  EXPECT_EQ(read.At("D1").value, "12:00:00");
  EXPECT_EQ(read.At("E1").kind, CellKind::kNumber);
  EXPECT_EQ(read.At("E1").number_format, "");
  EXPECT_EQ(read.At("F1").value, "2018-03-31T06:00:00");
  const WorkbookRead apple = ReadWorkbook(
      MakeXls({.sheets = {{"S", XlsNumber(0, 0, 43190 - 1462, 1)}},
               .globals = XlsRecordOf(0x0022, Words({1})) + styles}));
  EXPECT_EQ(apple.At("A1").value, "2018-03-31");
}

TEST(XlsTest, MarksAboveTheLineAreKeptApart) {
  // Font 4 is one that nobody has, so that the fifth in the file is font 5.
  const std::string fonts = XlsFont() + XlsFont() + XlsFont() + XlsFont() +
                            XlsFont(/*superscript=*/true);
  const WorkbookRead read = ReadWorkbook(MakeXls(
      {.sheets = {{"S",
                   XlsLabelSst(0, 0, 0) + XlsLabelSst(0, 1, 1) +
                       XlsLabelSst(0, 2, 2, 1) + XlsNumber(0, 3, 3, 1) +
                       XlsRecordOf(0x00D6, Words({0, 4, 0}) + XlsText("Kent2") +
                                               Words({1, 4, 5})) +
                       XlsLabel(0, 5, XlsText("R"), 1)}},
       .globals = fonts + XlsStyle(0, 0) + XlsStyle(5, 0),
       .strings = XlsSst({XlsRich("91", {{1, 5}}),
                          XlsRich("a1b2", {{1, 5}, {2, 0}, {3, 5}}),
                          XlsText("note")})}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "9");
  EXPECT_EQ(read.At("A1").superscript, "1");
  EXPECT_EQ(read.At("B1").text, "ab");
  EXPECT_EQ(read.At("B1").superscript, "1\n2");
  EXPECT_EQ(read.At("C1").text, "");
  EXPECT_EQ(read.At("C1").superscript, "note");
  EXPECT_EQ(read.At("D1").kind, CellKind::kText) << "a mark is no figure";
  EXPECT_EQ(read.At("D1").superscript, "3");
  EXPECT_EQ(read.At("D1").value, "");
  EXPECT_EQ(read.At("E1").text, "Kent");
  EXPECT_EQ(read.At("E1").superscript, "2");
  EXPECT_EQ(read.At("F1").superscript, "R");
  EXPECT_EQ(read.Found("SUPERSCRIPT_APART"), 7u);
}

TEST(XlsTest, ATextBeginsInTheFontOfItsCell) {
  // Shared, since strings are one whatever font their cells have.
  const WorkbookRead read = ReadWorkbook(MakeXls(
      {.sheets = {{"S", XlsLabelSst(0, 0, 0, 1) + XlsLabelSst(0, 1, 0, 0)}},
       .globals = XlsFont() + XlsFont(true) + XlsStyle(0, 0) + XlsStyle(1, 0),
       .strings = XlsSst({XlsRich("1Kent", {{1, 0}})})}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "Kent");
  EXPECT_EQ(read.At("A1").superscript, "1");
  EXPECT_EQ(read.At("B1").text, "1Kent");
  EXPECT_EQ(read.At("B1").superscript, "");
}

TEST(XlsTest, MergesAndWhatIsHiddenAreMarked) {
  const WorkbookRead read = ReadWorkbook(MakeXls(
      {.sheets = {
           {"Shown",
            XlsRecordOf(0x007D, Words({2, 3, 0, 0, 1})) + XlsNumber(0, 0, 1) +
                XlsNumber(0, 3, 2) + XlsNumber(1, 0, 3) +
                // Behind its cells, as some write it.
                XlsRow(0, false) + XlsRow(1, true) +
                XlsRecordOf(0x00E5, Words({2, 0, 1, 0, 0, 4, 4, 1, 3}))},
           {"Hidden", "", 1},
           {"Deep", "", 2}}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_FALSE(read.At("A1").hidden);
  EXPECT_TRUE(read.At("D1").hidden);
  EXPECT_TRUE(read.At("A2").hidden);
  EXPECT_THAT(read.sheets[0].merges,
              ElementsAre(Merge{1, 1, 2, 1}, Merge{5, 2, 5, 4}));
  EXPECT_FALSE(read.sheets[0].hidden);
  EXPECT_TRUE(read.sheets[1].hidden);
  EXPECT_FALSE(read.sheets[1].very_hidden);
  EXPECT_TRUE(read.sheets[2].hidden);
  EXPECT_TRUE(read.sheets[2].very_hidden);
}

TEST(XlsTest, WhatIsSetAsideIsReported) {
  const std::string object = Words({0x15, 0x12, 0x08, 1, 0});
  const std::string box = Words({0x15, 0x12, 0x19, 1, 0});
  const std::string filter = Words({0x15, 0x12, 0x14, 1, 0x0100});
  const std::string chart = XlsBof(0x0020) + XlsNumber(0, 0, 99) + XlsEof();
  const WorkbookRead read = ReadWorkbook(MakeXls(
      {.sheets = {{"S", XlsNumber(0, 1, 1) + XlsRecordOf(0x005D, object) +
                            chart + XlsRecordOf(0x005D, box) +
                            XlsRecordOf(0x005D, filter) +
                            XlsRecordOf(0x001C, Words({0, 0, 0, 1}))},
                  {"C", XlsNumber(0, 0, 5), 0, 2, 0x0020},
                  {"M", XlsNumber(0, 0, 5), 2, 1, 0x0040}},
       .globals = XlsFont() + XlsStyle(0, 0) +
                  XlsRecordOf(0x01AE, Words({1, 0x0401})) +
                  XlsRecordOf(0x01AE, Words({1, 5}) + '\0' + "x.xls")}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.sheets.size(), 3u);
  EXPECT_EQ(read.cells, 1u);
  EXPECT_EQ(read.At("B1").value, "1");
  EXPECT_EQ(read.Found("SHAPES_IGNORED"), 1u);
  EXPECT_EQ(read.Found("COMMENTS_IGNORED"), 1u);
  EXPECT_EQ(read.Found("CHART_SHEET_WITHOUT_CELLS"), 1u);
  EXPECT_EQ(read.Found("MACRO_SHEET_IGNORED"), 1u);
  EXPECT_EQ(read.Found("EXTERNAL_LINKS_IGNORED"), 1u);
}

TEST(XlsTest, CellsMayStandInAnyOrder) {
  const WorkbookRead read = ReadWorkbook(XlsOf(
      XlsNumber(5, 1, 1) + XlsFormula(0, 0, XlsResult(0)) +
      XlsRecordOf(0x0207, XlsText("ab")) + XlsMulRk(5, 2, {RkInteger(8)}) +
      XlsNumber(5, 0, 2) + XlsRow(5, true)));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_THAT(read.sheets[0].rows, ElementsAre(1u, 6u));
  EXPECT_EQ(read.At("A1").text, "ab");
  EXPECT_EQ(read.At("A6").value, "2");
  EXPECT_EQ(read.At("B6").value, "1");
  EXPECT_EQ(read.At("C6").value, "8");
  EXPECT_TRUE(read.At("C6").hidden);
}

TEST(XlsTest, ASheetIsReadAgainAndPaidOnce) {
  const std::string bytes = MakeXls(
      {.sheets = {{"S", XlsLabelSst(0, 0, 0)}, {"T", XlsLabelSst(4, 0, 0)}},
       .strings = XlsSst({XlsText("x")})});
  MemorySource source(bytes);
  Budget budget;
  std::unique_ptr<Workbook> workbook;
  ASSERT_TRUE(Workbook::Open(source, {.part = "b"}, budget, &workbook).ok());
  EXPECT_EQ(workbook->kind(), WorkbookKind::kXls);
  for (const uint32_t index : {1u, 0u, 1u}) {
    SheetRead sheet;
    SheetSink sink(&sheet);
    ASSERT_TRUE(workbook->ReadSheet(index, sink).ok());
    EXPECT_EQ(sheet.cells.begin()->second.text, "x");
    EXPECT_EQ(sheet.cells.begin()->first, index == 0 ? "A1" : "A5");
  }
  EXPECT_EQ(budget.rows(), 2u);
  EXPECT_LT(budget.bytes(), 2 * bytes.size());
}

// ------------------------------------------------------------------ strings

// `text` as a shared string whose records end after `cut` characters, in one
// byte or two on either side.
std::string CutSst(const std::u16string& text, size_t cut, bool wide,
                   bool wide_behind) {
  const auto units = [](std::u16string_view part, bool two) {
    std::string out;
    for (const char16_t unit : part) PutLittle(&out, unit, two ? 2 : 1);
    return out;
  };
  std::string head;
  PutLittle(&head, 2, 4);
  PutLittle(&head, 2, 4);
  PutLittle(&head, text.size(), 2);
  head += wide ? '\x01' : '\0';
  return XlsRecordOf(0x00FC, head + units(text.substr(0, cut), wide)) +
         Continue((wide_behind ? '\x01' : '\0') +
                  units(text.substr(cut), wide_behind) + XlsText("next"));
}

TEST(XlsStringTest, CharactersMayChangeTheirWidthWhereARecordEnds) {
  for (const bool wide : {false, true}) {
    for (const bool wide_behind : {false, true}) {
      for (size_t cut = 0; cut < 4; ++cut) {
        const WorkbookRead read = ReadWorkbook(MakeXls(
            {.sheets = {{"S", XlsLabelSst(0, 0, 0) + XlsLabelSst(0, 1, 1)}},
             .strings = CutSst(u"K\u00E9nt", cut, wide, wide_behind)}));
        ASSERT_EQ(read.reason(), "OK")
            << read.error().message << wide << wide_behind << cut;
        EXPECT_EQ(read.At("A1").text, "K\u00E9nt");
        EXPECT_EQ(read.At("B1").text, "next");
      }
    }
  }
}

TEST(XlsStringTest, APairOfUnitsMayBeParted) {
  const WorkbookRead read = ReadWorkbook(
      MakeXls({.sheets = {{"S", XlsLabelSst(0, 0, 0)}},
               .strings = CutSst(u"a\U0001F600b", 2, true, true)}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "a\U0001F600b");
}

TEST(XlsStringTest, RunsAndHeadsMayBePartedAnywhere) {
  // Behind the characters a CONTINUE has no byte of its own.
  const std::string rich = XlsRich("91", {{1, 1}});
  const std::string strings = rich + XlsText("tail");
  for (size_t cut = 0; cut <= strings.size(); ++cut) {
    const bool in_text =
        (cut > 5 && cut < 7) || (cut > rich.size() + 3 && cut < strings.size());
    const bool at_text = cut == 5 || cut == rich.size() + 3;
    std::string head;
    PutLittle(&head, 2, 4);
    PutLittle(&head, 2, 4);
    const std::string record =
        XlsRecordOf(0x00FC, head + strings.substr(0, cut)) + Continue("") +
        Continue((in_text || at_text ? std::string(1, '\0') : std::string()) +
                 strings.substr(cut));
    const WorkbookRead read = ReadWorkbook(
        MakeXls({.sheets = {{"S", XlsLabelSst(0, 0, 0) + XlsLabelSst(0, 1, 1)}},
                 .globals = XlsFont() + XlsFont(true) + XlsStyle(0, 0),
                 .strings = record}));
    ASSERT_EQ(read.reason(), "OK") << cut << read.error().message;
    EXPECT_EQ(read.At("A1").text, "9") << cut;
    EXPECT_EQ(read.At("A1").superscript, "1") << cut;
    EXPECT_EQ(read.At("B1").text, "tail") << cut;
  }
}

TEST(XlsStringTest, HowATextIsSpokenIsNotRead) {
  std::string text;
  PutLittle(&text, 2, 2);
  text += '\x04';
  PutLittle(&text, 3, 4);
  text +=
      "ab"
      "xyz";
  const WorkbookRead read = ReadWorkbook(
      MakeXls({.sheets = {{"S", XlsLabelSst(0, 0, 0) + XlsLabelSst(0, 1, 1)}},
               .strings = XlsSst({text, XlsText("next")})}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, "ab");
  EXPECT_EQ(read.At("B1").text, "next");
}

TEST(XlsStringTest, ALongTextGoesOnBehindItsRecord) {
  const std::string text(20000, 'x');
  const std::string whole = XlsText(text);
  const std::string cell =
      XlsRecordOf(0x0204, Words({0, 0, 0}) + whole.substr(0, 8000)) +
      Continue('\0' + whole.substr(8000, 8000)) +
      Continue('\0' + whole.substr(16000));
  const WorkbookRead read = ReadWorkbook(XlsOf(cell + XlsNumber(0, 1, 4)));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, text);
  EXPECT_EQ(read.At("B1").value, "4");
}

// ------------------------------------------------------ of Excel 5.0 and 95

std::string MakeXls5(const std::string& cells, uint64_t code_page,
                     const std::string& name = "S") {
  const std::string format =
      XlsRecordOf(0x041E, Words({164}) + XlsBytes("DD/MM/YY", 1)) +
      XlsRecordOf(0x041E, Words({165}) + XlsBytes("GENERAL", 1));
  return MakeCompound(
      {.parts = {
           {"Book",
            MakeXlsStream({.sheets = {{name, cells}},
                           .globals = XlsRecordOf(0x0042, Words({code_page})) +
                                      XlsFont() + XlsFont(true) + format +
                                      XlsStyle(0, 165) + XlsStyle(0, 164),
                           .version = 0x0500})}}});
}

TEST(Xls5Test, TextsAreThoseOfTheirCodePage) {
  const std::string cells =
      XlsLabel(0, 0, XlsBytes("Dyfed\x96Powys")) +
      XlsRecordOf(0x00D6, Words({0, 1, 0}) + XlsBytes("Kent2") + '\x01' +
                              '\x04' + '\x01') +
      XlsFormula(0, 2, XlsResult(0)) + XlsRecordOf(0x0207, XlsBytes("ab")) +
      XlsNumber(0, 3, 43190, 1) + XlsRk(0, 4, RkInteger(5)) +
      XlsRecordOf(0x001C, Words({0, 0, 9}) + "a comment") +
      XlsRecordOf(0x001C, Words({0xFFFF, 0, 9}) + " goes on.");
  for (const uint64_t code_page : {1252, 0x8001}) {
    const WorkbookRead read =
        ReadWorkbook(MakeXls5(cells, code_page, "a\x96z"));
    ASSERT_EQ(read.reason(), "OK") << read.error().message;
    EXPECT_EQ(read.sheets[0].name, "a\u2013z");
    EXPECT_EQ(read.At("A1").text, "Dyfed\u2013Powys");
    EXPECT_EQ(read.At("A1").number_format, "");
    EXPECT_EQ(read.At("B1").text, "Kent");
    EXPECT_EQ(read.At("B1").superscript, "2");
    EXPECT_EQ(read.At("C1").text, "ab");
    EXPECT_EQ(read.At("D1").value, "2018-03-31");
    EXPECT_EQ(read.At("E1").value, "5");
    EXPECT_EQ(read.Found("COMMENTS_IGNORED"), 1u);
  }
}

TEST(Xls5Test, AnotherCodePageIsReadWhereItIsAscii) {
  EXPECT_EQ(ReadWorkbook(MakeXls5(XlsLabel(0, 0, XlsBytes("Kent")), 10000))
                .At("A1")
                .text,
            "Kent");
  for (const uint64_t code_page : {10000, 437, 1251}) {
    const WorkbookRead read =
        ReadWorkbook(MakeXls5(XlsLabel(3, 1, XlsBytes("K\xE9nt")), code_page));
    EXPECT_EQ(read.reason(), "BAD_ENCODING");
    EXPECT_THAT(read.error().found, HasSubstr(std::to_string(code_page)));
    EXPECT_EQ(read.error().locator.row, 4u);
    EXPECT_EQ(read.error().locator.column, 2u);
  }
  EXPECT_EQ(
      ReadWorkbook(MakeXls5(XlsLabel(0, 0, XlsBytes("\x81")), 1252)).reason(),
      "BAD_ENCODING")
      << "windows-1252 has no such character";
}

TEST(Xls5Test, ALongTextGoesOnBehindItsRecord) {
  const std::string text(3000, 'x');
  const std::string whole = XlsBytes(text);
  const WorkbookRead read = ReadWorkbook(
      MakeXls5(XlsRecordOf(0x0204, Words({0, 0, 0}) + whole.substr(0, 2000)) +
                   Continue(whole.substr(2000)),
               1252));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("A1").text, text);
}

TEST(Xls5Test, ASheetIsOfTheVersionOfItsWorkbook) {
  std::string stream = MakeXlsStream({.sheets = {{"S", ""}}});
  const size_t sheet = stream.find(XlsBof(0x0010));
  SetLittle(&stream, sheet + 4, 0x0500, 2);
  EXPECT_EQ(
      ReadWorkbook(MakeCompound({.parts = {{"Workbook", stream}}})).reason(),
      "WORKBOOK_BAD_STRUCTURE");
}

// ------------------------------------------------------------- the container

std::string SomeCells(uint64_t rows) {
  std::string records;
  for (uint64_t row = 0; row < rows; ++row) {
    records += XlsNumber(row, 0, static_cast<double>(row));
  }
  return records;
}

TEST(CompoundTest, StreamsAreFoundWhereverTheyLie) {
  const std::string small = MakeXlsStream({.sheets = {{"S", SomeCells(3)}}});
  const std::string large = MakeXlsStream({.sheets = {{"S", SomeCells(900)}}});
  ASSERT_LT(small.size(), 4096u);
  ASSERT_GT(large.size(), 4096u);
  for (const std::string& stream : {small, large}) {
    for (const uint32_t shift : {9u, 12u}) {
      for (const bool scattered : {false, true}) {
        const WorkbookRead read = ReadWorkbook(MakeCompound(
            {.parts = {{"\x05SummaryInformation", std::string(300, 'i')},
                       {"Other", std::string(9000, 'o')},
                       {"Workbook", stream}},
             .shift = shift,
             .scattered = scattered}));
        ASSERT_EQ(read.reason(), "OK")
            << read.error().message << shift << scattered << stream.size();
        EXPECT_EQ(read.At("A3").value, "2");
        EXPECT_EQ(read.cells, stream.size() > 4096 ? 900u : 3u);
      }
    }
  }
}

TEST(CompoundTest, AnEmbeddedWorkbookIsNotTheWorkbook) {
  const std::string outer = MakeXlsStream({.sheets = {{"S", SomeCells(2)}}});
  const std::string inner = MakeXlsStream({.sheets = {{"I", SomeCells(9)}}});
  const WorkbookRead read = ReadWorkbook(
      MakeCompound({.parts = {{"MBD0001", "", 1},
                              {"Workbook", inner, 2, /*below=*/true},
                              {"Workbook", outer}}}));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.sheets[0].name, "S");
  EXPECT_EQ(read.cells, 2u);
  EXPECT_EQ(
      ReadWorkbook(MakeCompound({.parts = {{"MBD0001", "", 1},
                                           {"Workbook", inner, 2, true}}}))
          .reason(),
      "WORKBOOK_UNKNOWN");
}

TEST(CompoundTest, ALastSectorMayBeShort) {
  std::string bytes = MakeXls({.sheets = {{"S", SomeCells(900)}}});
  // The table comes last; it is needed whole.
  const std::string stream = MakeXlsStream({.sheets = {{"S", SomeCells(900)}}});
  CompoundSpec spec{.parts = {{"Workbook", stream}}};
  size_t used = 0;
  spec.edit = [&](CompoundImage& image) {
    // The stream's last sector to the end of the file.
    const size_t last = (stream.size() - 1) / 512;
    image.sectors.push_back(image.sectors[last]);
    image.fat[last - 1] = static_cast<uint32_t>(image.sectors.size() - 1);
    image.fat.push_back(kXlsEnd);
    used = (image.sectors.size()) * 512 + (stream.size() - 1) % 512 + 1;
  };
  bytes = MakeCompound(spec);
  ASSERT_LT(used, bytes.size());
  EXPECT_EQ(ReadWorkbook(bytes).reason(), "OK");
  EXPECT_EQ(ReadWorkbook(bytes.substr(0, used)).reason(), "OK");
  EXPECT_EQ(ReadWorkbook(bytes.substr(0, used - 1)).reason(),
            "COMPOUND_TRUNCATED");
}

struct SpoiledCase {
  const char* name;
  const char* reason;
  void (*edit)(CompoundImage&);
  bool small = false;
};

void PrintTo(const SpoiledCase& one, std::ostream* out) { *out << one.name; }

class SpoiledCompoundTest : public ::testing::TestWithParam<SpoiledCase> {};

TEST_P(SpoiledCompoundTest, IsRefusedByName) {
  const std::string stream =
      MakeXlsStream({.sheets = {{"S", SomeCells(GetParam().small ? 3 : 900)}}});
  const WorkbookRead read = ReadWorkbook(MakeCompound(
      {.parts = {{"Workbook", stream}, {"Other", std::string(9000, 'o')}},
       .edit = GetParam().edit}));
  EXPECT_EQ(read.reason(), GetParam().reason) << read.error().message;
  EXPECT_EQ(read.error().part, "book");
  EXPECT_FALSE(read.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, SpoiledCompoundTest,
    ::testing::Values(
        SpoiledCase{"StreamInACircle", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { i.fat[5] = 2; }},
        SpoiledCase{"StreamOfOneSectorForEver", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { i.fat[5] = 5; }},
        SpoiledCase{"StreamIntoFreeSectors", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { i.fat[5] = kXlsFree; }},
        SpoiledCase{"StreamBeyondTheFile", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { i.fat[5] = 100000; }},
        SpoiledCase{"StreamEndsEarly", "COMPOUND_TRUNCATED",
                    [](CompoundImage& i) { i.fat[5] = kXlsEnd; }},
        SpoiledCase{
            "StreamBeginsNowhere", "COMPOUND_CHAIN",
            [](CompoundImage& i) { SetLittle(&i.nodes[1], 116, 77777, 4); }},
        SpoiledCase{"SizeOverTheFile", "COMPOUND_TRUNCATED",
                    [](CompoundImage& i) {
                      SetLittle(&i.nodes[1], 120, 0xFFFFFFFF, 4);
                    }},
        SpoiledCase{"SizeOneMoreThanItsSectors", "COMPOUND_TRUNCATED",
                    [](CompoundImage& i) {
                      SetLittle(&i.nodes[1], 120, 33 * 512 + 1, 4);
                    }},
        SpoiledCase{"SmallStreamInACircle", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { i.mini_fat[2] = 0; }, true},
        SpoiledCase{"SmallStreamBeyondAll", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { i.mini_fat[2] = 4000; }, true},
        SpoiledCase{"SmallStreamsInACircle", "COMPOUND_CHAIN",
                    [](CompoundImage& i) {
                      i.fat[LittleEndianAt(i.nodes[0], 116)] =
                          LittleEndianAt(i.nodes[0], 116);
                    },
                    true},
        SpoiledCase{
            "SmallStreamsNowhere", "COMPOUND_CHAIN",
            [](CompoundImage& i) { SetLittle(&i.nodes[0], 116, 90000, 4); },
            true},
        SpoiledCase{"SmallTableInACircle", "COMPOUND_CHAIN",
                    [](CompoundImage& i) {
                      i.fat[LittleEndianAt(i.header, 60)] =
                          LittleEndianAt(i.header, 60);
                    },
                    true},
        SpoiledCase{"DirectoryInACircle", "COMPOUND_CHAIN",
                    [](CompoundImage& i) {
                      i.fat[LittleEndianAt(i.header, 48)] =
                          LittleEndianAt(i.header, 48);
                    }},
        SpoiledCase{
            "DirectoryNowhere", "COMPOUND_CORRUPT",
            [](CompoundImage& i) { SetLittle(&i.header, 48, kXlsEnd, 4); }},
        SpoiledCase{"TreeInACircle", "COMPOUND_CHAIN",
                    [](CompoundImage& i) { SetLittle(&i.nodes[2], 72, 1, 4); }},
        SpoiledCase{
            "TreeIntoNothing", "COMPOUND_CORRUPT",
            [](CompoundImage& i) { SetLittle(&i.nodes[2], 72, 500, 4); }},
        SpoiledCase{"TreeIntoTheRoot", "COMPOUND_CORRUPT",
                    [](CompoundImage& i) { SetLittle(&i.nodes[2], 68, 0, 4); }},
        SpoiledCase{"NoRoot", "COMPOUND_CORRUPT",
                    [](CompoundImage& i) { SetLittle(&i.nodes[0], 66, 2, 1); }},
        SpoiledCase{"TwoRoots", "COMPOUND_CORRUPT",
                    [](CompoundImage& i) { SetLittle(&i.nodes[2], 66, 5, 1); }},
        SpoiledCase{"OneNameTwice", "COMPOUND_DUPLICATE_ENTRY",
                    [](CompoundImage& i) {
                      i.nodes[2].replace(0, 66, i.nodes[1].substr(0, 66));
                    }},
        SpoiledCase{
            "TableBeyondTheFile", "COMPOUND_TRUNCATED",
            [](CompoundImage& i) { SetLittle(&i.header, 76, 5000, 4); }},
        SpoiledCase{
            "NoTable", "COMPOUND_CHAIN",
            [](CompoundImage& i) { SetLittle(&i.header, 76, kXlsFree, 4); }},
        SpoiledCase{"SectorsOfNoSize", "COMPOUND_CORRUPT",
                    [](CompoundImage& i) { SetLittle(&i.header, 30, 63, 2); }},
        SpoiledCase{"SmallSectorsOfAnotherSize", "COMPOUND_CORRUPT",
                    [](CompoundImage& i) { SetLittle(&i.header, 32, 9, 2); }},
        SpoiledCase{
            "SmallIsSomethingElse", "COMPOUND_CORRUPT",
            [](CompoundImage& i) { SetLittle(&i.header, 56, 0xFFFFFFFF, 4); }},
        SpoiledCase{
            "BigEndian", "COMPOUND_CORRUPT",
            [](CompoundImage& i) { SetLittle(&i.header, 28, 0xFEFF, 2); }}),
    [](const auto& info) { return info.param.name; });

TEST(CompoundTest, TheListOfTheTableMayNotLeadInACircle) {
  // So large that the header cannot list all of the table.
  const std::string filler(110 * 128 * 512, 'f');
  const std::string stream = MakeXlsStream({.sheets = {{"S", SomeCells(900)}}});
  CompoundSpec spec{.parts = {{"Filler", filler}, {"Workbook", stream}}};
  EXPECT_EQ(ReadWorkbook(MakeCompound(spec)).reason(), "OK");
  spec.edit = [](CompoundImage& image) {
    const uint32_t list = LittleEndianAt(image.header, 68);
    for (size_t i = 0; i < 127; ++i) {
      SetLittle(&image.sectors[list], i * 4, 0, 4);  // good for nothing
    }
    SetLittle(&image.sectors[list], 508, list, 4);
  };
  EXPECT_THAT(ReadWorkbook(MakeCompound(spec)).reason(),
              StartsWith("COMPOUND_"));
  spec.edit = [](CompoundImage& image) {
    SetLittle(&image.header, 68, 12345678, 4);
  };
  EXPECT_EQ(ReadWorkbook(MakeCompound(spec)).reason(), "COMPOUND_TRUNCATED");
}

TEST(CompoundTest, EntriesAreCounted) {
  CompoundSpec spec;
  for (int i = 0; i < 10; ++i) {
    spec.parts.push_back({"Part" + std::to_string(i), "x"});
  }
  spec.parts.push_back({"Workbook", MakeXlsStream({.sheets = {{"S", ""}}})});
  const std::string bytes = MakeCompound(spec);
  Limits limits;
  limits.entries = 12;  // with the root
  EXPECT_EQ(ReadWorkbook(bytes, limits).reason(), "OK");
  limits.entries = 11;
  EXPECT_EQ(ReadWorkbook(bytes, limits).reason(), "COMPOUND_ENTRY_LIMIT");
}

TEST(CompoundTest, EveryBeginningOfAFileIsRefusedByName) {
  const std::string bytes = MakeXls({.sheets = {{"S", SomeCells(900)}}});
  for (size_t size = 8; size + 512 < bytes.size(); size += 61) {
    EXPECT_THAT(ReadWorkbook(bytes.substr(0, size)).reason(),
                StartsWith("COMPOUND_"))
        << size;
  }
}

TEST(CompoundTest, AnyByteMayBeWrong) {
  const std::string bytes =
      MakeXls({.sheets = {{"S", XlsLabelSst(0, 0, 0) + XlsNumber(0, 1, 2) +
                                    XlsFormula(1, 0, XlsResult(0)) +
                                    XlsRecordOf(0x0207, XlsText("ab"))}},
               .strings = XlsSst({XlsRich("91", {{1, 0}})})});
  int refused = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      const WorkbookRead read = ReadWorkbook(damaged);
      refused += !read.status.ok();
      EXPECT_THAT(
          read.reason(),
          AnyOf("OK", StartsWith("COMPOUND_"), StartsWith("XLS_"),
                StartsWith("WORKBOOK_"), "BAD_ENCODING", "CELL_LENGTH_LIMIT"));
    }
  }
  EXPECT_GT(refused, 100);
}

// ------------------------------------------------- what is not read, by name

TEST(XlsTest, OtherVersionsSayThatTheyAreOld) {
  const std::string old =
      MakeXlsStream({.sheets = {{"S", SomeCells(3)}}, .version = 0x0400});
  EXPECT_EQ(ReadWorkbook(MakeCompound({.parts = {{"Book", old}}})).reason(),
            "WORKBOOK_BIFF_NOT_READ");
  // A file for both: the newer stream is the workbook.
  EXPECT_EQ(
      ReadWorkbook(
          MakeCompound({.parts = {{"Book", old},
                                  {"Workbook",
                                   MakeXlsStream({.sheets = {{"S", ""}}})}}}))
          .reason(),
      "OK");
  for (const char* head : {"\x09\x00\x04", "\x09\x02\x06", "\x09\x04\x06"}) {
    const WorkbookRead read =
        ReadWorkbook(std::string(head, 3) + std::string(60, '\0'));
    EXPECT_EQ(read.reason(), "WORKBOOK_BIFF_NOT_READ");
    EXPECT_EQ(read.error().part, "book");
  }
  EXPECT_EQ(ReadWorkbook("\x09"
                         "a tab-separated text")
                .reason(),
            "WORKBOOK_UNKNOWN");
}

TEST(XlsTest, AnythingEncryptedIsRefused) {
  EXPECT_EQ(
      ReadWorkbook(MakeXls({.sheets = {{"S", ""}},
                            .globals = XlsRecordOf(0x002F, Words({1, 1, 1}))}))
          .reason(),
      "WORKBOOK_ENCRYPTED");
  EXPECT_EQ(ReadWorkbook(MakeCompound({.parts = {{"EncryptionInfo", "x"},
                                                 {"EncryptedPackage",
                                                  std::string(5000, 'e')}}}))
                .reason(),
            "WORKBOOK_ENCRYPTED");
}

TEST(XlsTest, MacrosAreRefused) {
  const std::string stream = MakeXlsStream({.sheets = {{"S", ""}}});
  const WorkbookRead read =
      ReadWorkbook(MakeCompound({.parts = {{"_VBA_PROJECT_CUR", "", 1},
                                           {"PROJECT", "x", 2, true},
                                           {"Workbook", stream}}}));
  EXPECT_EQ(read.reason(), "WORKBOOK_MACROS");
  EXPECT_THAT(read.error().found, HasSubstr("_VBA_PROJECT_CUR"));
}

TEST(XlsTest, OtherCompoundFilesAreNoWorkbooks) {
  const std::string word =
      MakeCompound({.parts = {{"WordDocument", std::string(5000, 'w')}}});
  EXPECT_EQ(ReadWorkbook(word).reason(), "WORKBOOK_UNKNOWN");
  MemorySource source(word);
  EXPECT_EQ(DetectWorkbook(source), WorkbookKind::kCompound);
  const std::string workbook = XlsOf("");
  MemorySource xls(workbook);
  EXPECT_EQ(DetectWorkbook(xls), WorkbookKind::kXls);
  // Detection is not reading: a bad workbook is one.
  const std::string bad = MakeCompound({.parts = {{"Book", "x"}}});
  MemorySource book(bad);
  EXPECT_EQ(DetectWorkbook(book), WorkbookKind::kXls);
  EXPECT_EQ(ReadWorkbook(bad).reason(), "XLS_TRUNCATED");
}

TEST(XlsTest, AWorkbookWithoutSheetsIsAnError) {
  EXPECT_EQ(ReadWorkbook(MakeXls({})).reason(), "WORKBOOK_BAD_STRUCTURE");
}

// --------------------------------------------------------- records that lie

struct RefusedRecords {
  const char* name;
  std::string records;
  const char* reason;
  uint32_t row = 0;  // of the place
  uint32_t column = 0;

  friend void PrintTo(const RefusedRecords& one, std::ostream* out) {
    *out << one.name;
  }
};

class RefusedRecordsTest : public ::testing::TestWithParam<RefusedRecords> {};

TEST_P(RefusedRecordsTest, NamesReasonAndPlace) {
  const WorkbookRead read =
      ReadWorkbook(MakeXls({.sheets = {{"S", GetParam().records}},
                            .strings = XlsSst({XlsText("a"), XlsText("b")})}));
  ASSERT_EQ(read.reason(), GetParam().reason) << read.error().message;
  EXPECT_EQ(read.error().part, "book");
  EXPECT_EQ(read.error().sheet, "S");
  EXPECT_EQ(read.error().locator.row, GetParam().row);
  EXPECT_EQ(read.error().locator.column, GetParam().column);
  EXPECT_EQ(read.sheets[0].ended, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Records, RefusedRecordsTest,
    ::testing::Values(
        RefusedRecords{"ColumnTooFar", XlsNumber(0, 256, 1),
                       "WORKBOOK_BAD_ADDRESS", 1, 257},
        RefusedRecords{
            "ColumnsRunOut",
            XlsMulRk(3, 254, {RkInteger(1), RkInteger(2), RkInteger(3)}),
            "WORKBOOK_BAD_ADDRESS", 4, 257},
        RefusedRecords{"CellTwice", XlsNumber(1, 1, 1) + XlsNumber(1, 1, 2),
                       "WORKBOOK_BAD_ADDRESS", 2, 2},
        RefusedRecords{
            "CellTwiceApart",
            XlsNumber(1, 1, 1) + XlsNumber(0, 0, 2) + XlsNumber(1, 1, 3),
            "WORKBOOK_BAD_ADDRESS", 2, 2},
        RefusedRecords{"MergeTooFar",
                       XlsRecordOf(0x00E5, Words({1, 0, 0, 0, 256})),
                       "WORKBOOK_BAD_ADDRESS"},
        RefusedRecords{"MergeBackwards",
                       XlsRecordOf(0x00E5, Words({1, 2, 1, 0, 0})),
                       "WORKBOOK_BAD_ADDRESS"},
        RefusedRecords{"MergesThatAreNotThere",
                       XlsRecordOf(0x00E5, Words({9, 0, 0, 0, 1})),
                       "XLS_BAD_RECORD"},
        RefusedRecords{"HiddenColumnsTooFar",
                       XlsRecordOf(0x007D, Words({0, 300, 0, 0, 1})),
                       "WORKBOOK_BAD_ADDRESS"},
        RefusedRecords{"StyleThatIsNone", XlsNumber(0, 0, 1, 9),
                       "WORKBOOK_BAD_STRUCTURE", 1, 1},
        RefusedRecords{"StringThatIsNone", XlsLabelSst(0, 0, 2),
                       "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{"StringFarAway", XlsLabelSst(0, 0, 0xFFFFFFFF),
                       "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{"NotFinite",
                       XlsNumber(0, 0, std::numeric_limits<double>::infinity()),
                       "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{
            "NotANumber",
            XlsNumber(0, 0, std::numeric_limits<double>::quiet_NaN()),
            "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{"BooleanTwo", XlsBoolErr(0, 0, 2, false),
                       "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{"UnknownError", XlsBoolErr(0, 0, 0x33, true),
                       "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{"UnknownResult", XlsFormula(0, 0, XlsResult(9)),
                       "WORKBOOK_BAD_VALUE", 1, 1},
        RefusedRecords{"NumberCutShort",
                       XlsRecordOf(0x0203, Words({0, 0, 0, 1})),
                       "XLS_BAD_RECORD", 1, 1},
        RefusedRecords{"RkCutShort", XlsRecordOf(0x027E, Words({0, 0, 0, 1})),
                       "XLS_BAD_RECORD", 1, 1},
        RefusedRecords{"CellCutShort", XlsRecordOf(0x0203, Words({0})),
                       "XLS_BAD_RECORD"},
        RefusedRecords{"FormulaCutShort",
                       XlsRecordOf(0x0006, Words({0, 0, 0, 0, 0})),
                       "XLS_BAD_RECORD", 1, 1},
        RefusedRecords{"RowCutShort", XlsRecordOf(0x0208, Words({0, 0, 0})),
                       "XLS_BAD_RECORD"},
        RefusedRecords{"MulRkThatLies",
                       XlsRecordOf(0x00BD, Words({0, 0, 0, 2, 0, 7})),
                       "XLS_BAD_RECORD"},
        RefusedRecords{"MulRkOfHalf",
                       XlsRecordOf(0x00BD, Words({0, 0, 0, 2, 0, 0, 0})),
                       "XLS_BAD_RECORD"},
        RefusedRecords{"TextCutShort",
                       XlsLabel(0, 0, XlsText("abc").substr(0, 5)),
                       "XLS_BAD_RECORD", 1, 1},
        RefusedRecords{"TextOfHalfACharacter",
                       XlsLabel(0, 0, XlsWide(u"abc").substr(0, 8)),
                       "XLS_BAD_RECORD", 1, 1},
        RefusedRecords{"RunsCutShort",
                       XlsLabel(0, 0, XlsRich("ab", {{0, 0}}).substr(0, 9)),
                       "XLS_BAD_RECORD", 1, 1},
        RefusedRecords{"RunsOutOfOrder",
                       XlsLabel(0, 0, XlsRich("abc", {{2, 0}, {1, 0}})),
                       "WORKBOOK_BAD_STRUCTURE", 1, 1},
        RefusedRecords{"HalfASurrogatePair",
                       XlsLabel(0, 0, XlsWide(std::u16string(1, 0xD83D))),
                       "BAD_ENCODING", 1, 1},
        RefusedRecords{"Nul", XlsLabel(0, 0, XlsWide(std::u16string(1, 0))),
                       "BAD_ENCODING", 1, 1},
        RefusedRecords{"AnotherBeginning",
                       XlsBof(0x0020) + XlsBof(0x0020) + XlsEof(),
                       "XLS_TRUNCATED"}),
    [](const auto& info) { return info.param.name; });

TEST(XlsTest, ASheetWithoutAnEndIsTruncated) {
  std::string stream = MakeXlsStream({.sheets = {{"S", SomeCells(4)}}});
  for (const size_t cut : {1, 4, 5, 20}) {
    const WorkbookRead read = ReadWorkbook(MakeCompound(
        {.parts = {{"Workbook", stream.substr(0, stream.size() - cut)}}}));
    EXPECT_EQ(read.reason(), "XLS_TRUNCATED") << cut;
    EXPECT_EQ(read.error().sheet, "S");
    EXPECT_GT(read.error().locator.byte_begin, 0u);
  }
}

TEST(XlsTest, TheListOfSheetsIsHeldToTheStream) {
  const auto reason = [](const XlsSpec& spec) {
    return ReadWorkbook(MakeXls(spec)).reason();
  };
  EXPECT_EQ(reason({.sheets = {{"S", "", 0, 0, 0x0010, 9999999}}}),
            "WORKBOOK_BAD_STRUCTURE");
  EXPECT_EQ(reason({.sheets = {{"S", "", 0, 0, 0x0010, 0}}}),
            "WORKBOOK_BAD_STRUCTURE");
  EXPECT_EQ(reason({.sheets = {{"S", "", 0, 0, 0x0010, 3}}}), "XLS_TRUNCATED")
      << "into the middle of a record";
  EXPECT_EQ(reason({.sheets = {{"S", "", 0, 0, 0x0020}}}),
            "WORKBOOK_BAD_STRUCTURE")
      << "a chart that is listed as a worksheet";
  EXPECT_EQ(reason({.sheets = {{"S", "", 0, 9}}}), "WORKBOOK_BAD_STRUCTURE");
  EXPECT_EQ(reason({.sheets = {{"S", ""}, {"s", ""}}}),
            "WORKBOOK_BAD_STRUCTURE");
  const size_t at = MakeXlsStream({.sheets = {{"S", ""}, {"T", ""}}}).size() -
                    2 * (XlsBof(0x10).size() + XlsEof().size());
  EXPECT_EQ(
      reason({.sheets = {{"S", "", 0, 0, 0x0010, static_cast<int64_t>(at)},
                         {"T", "", 0, 0, 0x0010, static_cast<int64_t>(at)}}}),
      "WORKBOOK_BAD_STRUCTURE")
      << "two sheets of one place";
}

TEST(XlsTest, CountsOfSharedStringsAreNotBelieved) {
  const auto read = [](const std::string& strings, uint64_t index) {
    return ReadWorkbook(MakeXls(
        {.sheets = {{"S", XlsLabelSst(0, 0, index)}}, .strings = strings}));
  };
  const WorkbookRead many =
      read(XlsSst({XlsText("a"), XlsText("b")}, 4'000'000'000), 0);
  EXPECT_EQ(many.reason(), "XLS_BAD_RECORD");
  EXPECT_THAT(many.error().message, HasSubstr("shared string 2 of 4000000000"));
  EXPECT_EQ(read(XlsSst({XlsText("a"), XlsText("b")}, 1), 0).reason(), "OK");
  EXPECT_EQ(read(XlsSst({XlsText("a"), XlsText("b")}, 1), 1).reason(),
            "WORKBOOK_BAD_VALUE");
  EXPECT_EQ(read(XlsRecordOf(0x00FC, "abc"), 0).reason(), "XLS_BAD_RECORD");
  EXPECT_EQ(read("", 0).reason(), "WORKBOOK_BAD_VALUE");
  EXPECT_EQ(read(XlsSst({}) + XlsSst({}), 0).reason(),
            "WORKBOOK_BAD_STRUCTURE");
  EXPECT_EQ(read(XlsSst({XlsText("a") + '\0'}, 2), 0).reason(),
            "XLS_BAD_RECORD");
}

// ------------------------------------------------------------------- limits

TEST(XlsLimitTest, TheLastRowAndColumnAreRead) {
  const WorkbookRead read =
      ReadWorkbook(XlsOf(XlsNumber(65534, 0, 1) + XlsNumber(65535, 254, 2) +
                         XlsNumber(65535, 255, 3) +
                         XlsRecordOf(0x007D, Words({255, 256, 0, 0, 1}))));
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  EXPECT_EQ(read.At("IU65536").value, "2");
  EXPECT_EQ(read.At("IV65536").value, "3");
  EXPECT_TRUE(read.At("IV65536").hidden);
  EXPECT_FALSE(read.At("IU65536").hidden);
}

struct LimitCase {
  const char* name;
  std::string bytes;
  uint64_t Limits::*limit;
  uint64_t needed;
  const char* reason;

  friend void PrintTo(const LimitCase& one, std::ostream* out) {
    *out << one.name;
  }
};

class XlsLimitCaseTest : public ::testing::TestWithParam<LimitCase> {};

TEST_P(XlsLimitCaseTest, JustEnoughIsReadAndOneLessIsNot) {
  Limits limits;
  limits.*GetParam().limit = GetParam().needed;
  const WorkbookRead enough = ReadWorkbook(GetParam().bytes, limits);
  EXPECT_EQ(enough.reason(), "OK") << enough.error().message;
  limits.*GetParam().limit = GetParam().needed - 1;
  EXPECT_EQ(ReadWorkbook(GetParam().bytes, limits).reason(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Limits, XlsLimitCaseTest,
    ::testing::Values(
        LimitCase{"Rows", XlsOf(SomeCells(5)), &Limits::rows, 5, "ROW_LIMIT"},
        LimitCase{"Cells", XlsOf(XlsMulRk(0, 0, {2, 2, 2, 2})), &Limits::cells,
                  4, "CELL_COUNT_LIMIT"},
        LimitCase{"Columns", XlsOf(XlsNumber(0, 9, 1)), &Limits::columns, 10,
                  "COLUMN_LIMIT"},
        LimitCase{"Characters", XlsOf(XlsLabel(0, 0, XlsText("abcdef"))),
                  &Limits::cell_characters, 6, "CELL_LENGTH_LIMIT"},
        LimitCase{"RowBytes",
                  XlsOf(XlsLabel(0, 0, XlsText("abcdef")) +
                        XlsLabel(0, 1, XlsText("ghij"))),
                  &Limits::line_bytes, 10, "LINE_LIMIT"},
        LimitCase{"Strings",
                  MakeXls({.sheets = {{"S", ""}},
                           .strings = XlsSst({XlsText("ab"), XlsText("c")})}),
                  &Limits::shared_string_bytes, 2 * 16 + 3,
                  "SHARED_STRING_LIMIT"},
        LimitCase{"Sheets", MakeXls({.sheets = {{"S", ""}, {"T", ""}}}),
                  &Limits::sheets, 2, "SHEET_LIMIT"},
        LimitCase{
            "Merges",
            XlsOf(XlsRecordOf(0x00E5, Words({2, 0, 1, 0, 0, 4, 4, 1, 3}))),
            &Limits::merges, 2, "MERGE_LIMIT"},
        LimitCase{"Styles",
                  MakeXls({.sheets = {{"S", ""}},
                           .globals = XlsFont() + XlsStyle(0, 0) +
                                      XlsStyle(0, 1) + XlsStyle(0, 2)}),
                  &Limits::styles, 3, "STYLE_LIMIT"}),
    [](const auto& info) { return info.param.name; });

TEST(XlsLimitTest, SheetsThatShareTheirBytesArePaidForEach) {
  // One after another, each ends only where the last one does.
  XlsSpec spec;
  const auto nested = [](int count) {
    std::string records;
    for (int i = 0; i < count; ++i) records += XlsBof(0x0010);
    for (int i = 0; i < count; ++i) records += XlsEof();
    return records;
  };
  spec.sheets.push_back({"S0", nested(9) + SomeCells(3000)});
  const std::string plain = MakeXls(spec);
  for (int i = 1; i < 10; ++i) {
    spec.sheets.push_back({"S" + std::to_string(i), ""});
  }
  const std::string stream = MakeXlsStream(spec);
  const size_t body = stream.find(XlsBof(0x0010));
  for (int i = 1; i < 10; ++i) {
    spec.sheets[static_cast<size_t>(i)].offset = static_cast<int64_t>(
        body + static_cast<size_t>(i) * XlsBof(0x0010).size());
  }
  const std::string bytes = MakeXls(spec);
  const WorkbookRead read = ReadWorkbook(bytes);
  ASSERT_EQ(read.reason(), "OK") << read.error().message;
  Limits limits;
  limits.bytes = read.bytes;
  EXPECT_EQ(ReadWorkbook(bytes, limits).reason(), "OK");
  limits.bytes = read.bytes - 1;
  EXPECT_EQ(ReadWorkbook(bytes, limits).reason(), "BYTE_LIMIT");
  EXPECT_GT(read.bytes, ReadWorkbook(plain).bytes);
}

}  // namespace
}  // namespace collate::tabular
