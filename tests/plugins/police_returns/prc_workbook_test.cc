// The open data tables as workbooks, through the adapter's exported table. The
// workbooks are synthetic; the published form of 2017/18 is held as CSV and is
// put into one here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "plugins/sdk/adapter.h"
#include "plugins/tabular/csv.h"
#include "tests/plugins/tabular/xls_testing.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate {
namespace {

using ingest::RawDiagnostic;
using ingest::RawObservation;
using tabular::CellName;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDocument;
using ::testing::Pair;
using testing::RecordingHost;
using ::testing::SizeIs;
using vocabulary::State;

enum class Format { kXlsx, kOds };

// A cell as a test writes it: text, or a number when `number` is set. `shown`
// is what ODS prints of a number.
struct Written {
  std::string text;
  bool number = false;
  std::string shown = "";
  std::string style = "";   // XLSX: attributes; ODS: attributes
  std::string above = "";   // superscript
  std::string stored = "";  // the whole element, verbatim
};

Written Number(const std::string& value, const std::string& shown = "") {
  return {.text = value, .number = true, .shown = shown};
}

using WrittenRow = std::vector<Written>;

struct WrittenSheet {
  std::string name;
  std::vector<WrittenRow> rows;
  bool hidden = false;
  uint32_t first_row = 1;
};

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string XlsxCell(const Written& cell, const std::string& name) {
  if (!cell.stored.empty()) return cell.stored;
  if (cell.text.empty()) return "";
  if (cell.number) {
    return "<c r=\"" + name + "\"" + cell.style + "><v>" + cell.text +
           "</v></c>";
  }
  const std::string space = "<t xml:space=\"preserve\">";
  std::string inside = space + Escaped(cell.text) + "</t>";
  if (!cell.above.empty()) {
    inside = "<r>" + inside + "</r><r><rPr><vertAlign val=\"superscript\"/>" +
             "</rPr><t>" + cell.above + "</t></r>";
  }
  return "<c r=\"" + name + "\" t=\"inlineStr\"" + cell.style + "><is>" +
         inside + "</is></c>";
}

std::string Xlsx(const std::vector<WrittenSheet>& sheets,
                 const std::string& styles = "") {
  tabular::XlsxSpec spec;
  spec.styles = styles;
  spec.sheets.clear();
  for (const WrittenSheet& sheet : sheets) {
    std::string data = "<sheetData>";
    uint32_t row = sheet.first_row;
    for (const WrittenRow& cells : sheet.rows) {
      const std::string number = std::to_string(row);
      data += "<row r=\"" + number + "\">";
      for (uint32_t c = 0; c < cells.size(); ++c) {
        data += XlsxCell(cells[c], CellName(row, c + 1));
      }
      data += "</row>";
      ++row;
    }
    spec.sheets.emplace_back(sheet.name, data + "</sheetData>");
    // Only the first sheet's state can be set there.
    if (sheet.hidden) spec.states = "state=\"hidden\"";
  }
  return tabular::MakeXlsx(spec);
}

std::string OdsCell(const Written& cell) {
  if (!cell.stored.empty()) return cell.stored;
  if (cell.text.empty()) return "<table:table-cell/>";
  if (cell.number) {
    return "<table:table-cell office:value-type=\"float\" office:value=\"" +
           cell.text + "\"" + cell.style + "><text:p>" +
           (cell.shown.empty() ? cell.text : cell.shown) +
           "</text:p></table:table-cell>";
  }
  std::string text;
  for (const char c : cell.text) {
    if (c == ' ') {
      text += "<text:s/>";
    } else {
      text += Escaped(std::string(1, c));
    }
  }
  return "<table:table-cell office:value-type=\"string\"" + cell.style +
         "><text:p>" + text + "</text:p></table:table-cell>";
}

std::string Ods(const std::vector<WrittenSheet>& sheets) {
  std::string tables;
  for (const WrittenSheet& sheet : sheets) {
    tables += "<table:table table:name=\"" + sheet.name + "\"" +
              (sheet.hidden ? " table:style-name=\"off\"" : "") + ">";
    if (sheet.first_row > 1) {
      tables += "<table:table-row table:number-rows-repeated=\"" +
                std::to_string(sheet.first_row - 1) +
                "\"><table:table-cell/></table:table-row>";
    }
    for (const WrittenRow& cells : sheet.rows) {
      tables += "<table:table-row>";
      for (const Written& cell : cells) tables += OdsCell(cell);
      tables += "</table:table-row>";
    }
    tables += "</table:table>";
  }
  return tabular::MakeOds(
      {.tables = tables,
       .automatic_styles =
           "<style:style style:name=\"off\" style:family=\"table\">"
           "<style:table-properties table:display=\"false\"/></style:style>"});
}

std::string Book(Format format, const std::vector<WrittenSheet>& sheets) {
  return format == Format::kXlsx ? Xlsx(sheets) : Ods(sheets);
}

const WrittenRow kHeader = {{"Financial Year"}, {"Financial Quarter"},
                            {"Force Name"},     {"Offence Description"},
                            {"Offence Group"},  {"Offence Subgroup"},
                            {"Offence Code"},   {"Number of Offences"}};

// One data row with its quarter and its count stored as numbers.
WrittenRow Row(const std::string& year, const std::string& quarter,
               const std::string& force, Written code, Written count) {
  return {{year}, Number(quarter), {force},         {"d"},
          {"g"},  {"s"},           std::move(code), std::move(count)};
}

const WrittenSheet kCover = {"Cover_sheet",
                             {{{"Police recorded crime"}}, {{"Contents"}}}};
const WrittenSheet kNotes = {"Notes", {{{"Note 1"}, {"Figures are net"}}}};

WrittenSheet Year(const std::string& name, std::vector<WrittenRow> rows) {
  rows.insert(rows.begin(), kHeader);
  return {name, std::move(rows)};
}

RecordingHost ReadBook(const std::string& bytes,
                       const std::string& name = "prc.ods") {
  RecordingHost host;
  MemoryDocument document(name, bytes, {});
  host.Run(collate_adapter_v1(), document);
  EXPECT_THAT(host.breaches, IsEmpty());
  return host;
}

// Where a refusal stands, and that nothing was handed over before it.
struct Refusal {
  std::string reason, place, expected, found;
};

Refusal RefusalOf(const std::string& bytes) {
  const RecordingHost host = ReadBook(bytes);
  EXPECT_NE(host.code, COLLATE_CODE_OK);
  EXPECT_THAT(host.document.tables, IsEmpty());
  EXPECT_THAT(host.document.observations, IsEmpty());
  Refusal refusal{.reason = host.reason};
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    if (finding.severity != ingest::Severity::kError) continue;
    EXPECT_EQ(finding.reason, host.reason);
    refusal.place = "'" + finding.locator.sheet + "'";
    if (finding.locator.column != 0) {
      refusal.place +=
          "!" + CellName(finding.locator.row, finding.locator.column);
    }
    refusal.expected = finding.expected;
    refusal.found = finding.found;
    // The sentence alone must lead there, too.
    EXPECT_THAT(host.message, HasSubstr("prc.ods '" + finding.locator.sheet));
    break;
  }
  return refusal;
}

std::map<std::string, uint64_t> FindingsOf(const RecordingHost& host) {
  std::map<std::string, uint64_t> found;
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    found[finding.reason] += finding.repeats;
  }
  return found;
}

class PrcWorkbookTest : public ::testing::TestWithParam<Format> {};

INSTANTIATE_TEST_SUITE_P(Formats, PrcWorkbookTest,
                         ::testing::Values(Format::kXlsx, Format::kOds),
                         [](const auto& info) {
                           return info.param == Format::kXlsx ? "Xlsx" : "Ods";
                         });

TEST_P(PrcWorkbookTest, EachYearsSheetIsATableOfItsOwn) {
  // The header stands elsewhere in the second sheet.
  WrittenSheet second = Year(
      "2018_19", {Row("2018/19", "4", "London, City of", {"AF"}, Number("7"))});
  second.rows.insert(second.rows.begin(), {{"Table 2"}});
  second.first_row = 3;
  const RecordingHost host = ReadBook(Book(
      GetParam(),
      {kCover, kNotes,
       Year("2017-18", {Row("2017/18", "1", "Kent", {"88A"}, Number("12")),
                        Row("2017/18", "2", "Kent", {"4.10"}, Number("-3"))}),
       second}));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  ASSERT_THAT(host.document.tables, SizeIs(2));
  const ingest::RawTable& first = host.document.tables[0];
  EXPECT_EQ(first.id, "prc_long_force_2017/18");
  EXPECT_EQ(first.measure, "recorded offences");
  EXPECT_EQ(first.partition, ingest::Partition::kComplete);
  EXPECT_EQ(first.repeats, ingest::Repeats::kAdd);
  EXPECT_EQ(first.floor, ingest::Floor::kNone);
  EXPECT_THAT(first.extent, ElementsAre(Pair("period", "2017/18")));
  EXPECT_EQ(first.locator.sheet, "2017-18");
  EXPECT_EQ(host.document.tables[1].id, "prc_long_force_2018/19");
  EXPECT_EQ(host.document.tables[1].locator.row, 4u);

  ASSERT_THAT(host.document.observations, SizeIs(3));
  const RawObservation& row = host.document.observations[0];
  EXPECT_EQ(row.reporter, "Kent");
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("offence", "88A")));
  EXPECT_EQ(row.period_text, "2017/18 Q1");
  EXPECT_EQ(row.period_begin, 17257);
  EXPECT_EQ(row.value->mantissa, 12);
  EXPECT_EQ(row.raw, "12");
  EXPECT_EQ(row.locator.sheet, "2017-18");
  EXPECT_EQ(row.locator.row, 2u);
  EXPECT_EQ(row.locator.column, 8u);
  EXPECT_EQ(row.headers[0].sheet, "2017-18");
  EXPECT_EQ(row.headers[0].row, 1u);
  EXPECT_THAT(host.document.observations[1].dimensions,
              ElementsAre(Pair("offence", "4.10")));
  EXPECT_EQ(host.document.observations[1].value->mantissa, -3);
  EXPECT_EQ(host.document.observations[2].reporter, "London, City of");
  EXPECT_EQ(host.document.observations[2].locator.sheet, "2018_19");
  EXPECT_EQ(host.document.observations[2].locator.row, 5u);

  EXPECT_THAT(FindingsOf(host), ElementsAre(Pair("PREAMBLE_IGNORED", 1),
                                            Pair("SHEET_NOT_READ", 2)));
  std::vector<std::string> not_read;
  for (const RawDiagnostic& finding : host.document.diagnostics) {
    EXPECT_EQ(finding.severity, ingest::Severity::kInfo);
    if (finding.reason == "SHEET_NOT_READ") {
      not_read.push_back(finding.locator.sheet);
    }
  }
  EXPECT_THAT(not_read, ElementsAre("Cover_sheet", "Notes"));
  auto accounts = host.accounts;
  EXPECT_EQ(accounts["rows_read"], 3u);
  EXPECT_EQ(accounts["rows_observed"], 3u);
  EXPECT_EQ(accounts["rows_above_data"], 3u);
  EXPECT_EQ(accounts["cells_read"], 24u);
  EXPECT_EQ(accounts["cells_observed"], 24u);
  ASSERT_THAT(host.document.attachments, SizeIs(1));
  EXPECT_THAT(host.document.attachments[0].content,
              HasSubstr("\"AF\",\"d\",\"g\",\"s\",\"prc.ods '2018_19'!G5\""));
}

TEST_P(PrcWorkbookTest, PartnershipsHaveTheirColumn) {
  WrittenRow header = kHeader;
  header.insert(header.begin() + 3, {"CSP_Name"});
  header.back() = {"Offence Count"};
  WrittenRow row = Row("2024/25", "1", "Kent", {"88A"}, Number("7"));
  row.insert(row.begin() + 3, {"Ashford"});
  WrittenRow other = row;
  other[3] = {"Dover"};
  const RecordingHost host =
      ReadBook(Book(GetParam(), {{"2024_25", {header, row, other}}}));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.document.tables[0].id, "prc_long_csp_2024/25");
  ASSERT_THAT(host.document.observations, SizeIs(2));
  EXPECT_THAT(host.document.observations[1].dimensions,
              ElementsAre(Pair("csp", "Dover"), Pair("offence", "88A")));
  row[3] = {""};
  EXPECT_EQ(RefusalOf(Book(GetParam(), {{"2024_25", {header, row}}})).place,
            "'2024_25'!D2");
}

TEST_P(PrcWorkbookTest, AYearThatHasBegunClaimsTheWholeOfIt) {
  const RecordingHost host = ReadBook(Book(
      GetParam(),
      {Year("2023-24", {Row("2023/24", "1", "Kent", {"88A"}, Number("3"))})}));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  // Three quarters are neither printed nor zero: what lacks at the end of what
  // is claimed is not yet published.
  EXPECT_THAT(host.document.observations, SizeIs(1));
  EXPECT_THAT(host.document.tables[0].extent,
              ElementsAre(Pair("period", "2023/24")));
}

TEST_P(PrcWorkbookTest, RowsOfAnotherYearRefuseTheSheet) {
  const Refusal refusal = RefusalOf(Book(
      GetParam(),
      {Year("2016-17", {Row("2016/17", "1", "Kent", {"1"}, Number("3"))}),
       Year("2017-18", {Row("2017/18", "1", "Kent", {"1"}, Number("3")),
                        Row("2016/17", "1", "Kent", {"1"}, Number("3"))})}));
  EXPECT_EQ(refusal.reason, "PERIOD_OUTSIDE_SHEET");
  EXPECT_EQ(refusal.place, "'2017-18'!A3");
  EXPECT_EQ(refusal.expected, "2017/18");
  EXPECT_EQ(refusal.found, "\"2016/17\"");
}

TEST_P(PrcWorkbookTest, ARowThatStandsTwiceRefusesTheWorkbook) {
  const WrittenRow row = Row("2017/18", "1", "Kent", {"88A"}, Number("3"));
  const Refusal refusal =
      RefusalOf(Book(GetParam(), {Year("2017-18", {row, row})}));
  EXPECT_EQ(refusal.reason, "REPEATED_KEY");
  EXPECT_EQ(refusal.place, "'2017-18'!H3");
  // Homicide is printed in parts.
  const WrittenRow homicide =
      Row("2017/18", "1", "Kent", {"1/4.1/4.10/4.2"}, Number("3"));
  EXPECT_EQ(
      ReadBook(Book(GetParam(), {Year("2017-18", {homicide, homicide})})).code,
      COLLATE_CODE_OK);
}

TEST_P(PrcWorkbookTest, AYearHasOneSheetSoNoKeyStandsInTwo) {
  const WrittenRow row = Row("2017/18", "1", "Kent", {"88A"}, Number("3"));
  const Refusal refusal = RefusalOf(
      Book(GetParam(), {Year("2017-18", {row}), Year("2017_18", {row})}));
  EXPECT_EQ(refusal.reason, "REPEATED_YEAR");
  EXPECT_EQ(refusal.place, "'2017_18'");
}

TEST_P(PrcWorkbookTest, HiddenSheetsAreNeitherReadNorDropped) {
  WrittenSheet year =
      Year("2017-18", {Row("2017/18", "1", "Kent", {"88A"}, Number("3"))});
  WrittenSheet hidden =
      Year("2016-17", {Row("2016/17", "1", "Kent", {"88A"}, Number("3"))});
  hidden.hidden = true;
  const Refusal refusal = RefusalOf(Book(GetParam(), {hidden, year}));
  EXPECT_EQ(refusal.reason, "HIDDEN_SHEET");
  EXPECT_EQ(refusal.place, "'2016-17'");
  WrittenSheet cover = kCover;
  cover.hidden = true;
  const RecordingHost host = ReadBook(Book(GetParam(), {cover, year}));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_THAT(FindingsOf(host), ElementsAre(Pair("SHEET_NOT_READ", 1)));
  EXPECT_THAT(host.document.diagnostics[0].message, HasSubstr("hidden"));
}

TEST_P(PrcWorkbookTest, ATableUnderAnotherNameIsNotPassedOver) {
  const WrittenRow row = Row("2017/18", "1", "Kent", {"88A"}, Number("3"));
  for (const char* name : {"Sheet1", "2017-19", "2017-18 revised", "2017"}) {
    const Refusal refusal =
        RefusalOf(Book(GetParam(), {Year("2018-19", {}), Year(name, {row})}));
    EXPECT_EQ(refusal.reason, "SHEET_NOT_A_YEAR") << name;
    EXPECT_EQ(refusal.place, "'" + std::string(name) + "'");
  }
}

TEST_P(PrcWorkbookTest, WorkbooksOfNoFamilyAreToldWhatIsReadHere) {
  const RecordingHost host = ReadBook(Book(GetParam(), {kCover, kNotes}));
  EXPECT_EQ(host.reason, "SHEETS_NOT_KNOWN");
  EXPECT_THAT(host.message, HasSubstr("2017-18"));
  EXPECT_THAT(host.document.diagnostics[0].found,
              HasSubstr("\"Cover_sheet\", \"Notes\""));
  WrittenSheet rolling{"Data", {{{"12 months ending"}, {"PFA"}, {"Offence"}}}};
  EXPECT_EQ(RefusalOf(Book(GetParam(), {rolling})).reason, "FAMILY_NOT_READ");
  // Street level, whatever the sheet is called and before any row.
  for (const char* name : {"Sheet1", "2017-18"}) {
    const Refusal refusal = RefusalOf(
        Book(GetParam(), {{name, {{{"Crime ID"}, {"Month"}, {"Longitude"}}}}}));
    EXPECT_EQ(refusal.reason, "ROW_LEVEL_DATA") << name;
  }
}

TEST_P(PrcWorkbookTest, SheetsWithoutAHeaderOrARowAreNotASuccess) {
  const WrittenSheet good =
      Year("2017-18", {Row("2017/18", "1", "Kent", {"88A"}, Number("3"))});
  Refusal refusal = RefusalOf(Book(GetParam(), {good, Year("2018-19", {})}));
  EXPECT_EQ(refusal.reason, "NOTHING_TO_READ");
  EXPECT_EQ(refusal.place.substr(0, 9), "'2018-19'");
  refusal = RefusalOf(Book(GetParam(), {good, {"2018-19", {{{"soon"}}}}}));
  EXPECT_EQ(refusal.reason, "HEADER_NOT_FOUND");
  EXPECT_EQ(refusal.place.substr(0, 9), "'2018-19'");
}

TEST_P(PrcWorkbookTest, CodesThatMayHaveLostDigitsAreRefused) {
  const auto book = [](Written code) {
    return Book(GetParam(),
                {Year("2017-18", {Row("2017/18", "1", "Kent", std::move(code),
                                      Number("3"))})});
  };
  // 4.10 stored as a number is 4.1, however it is shown.
  for (const Written& code : {Number("4.1"), Number("4.1", "4.10"),
                              Number("37.2"), Number("-1"), Number("1E3")}) {
    const Refusal refusal = RefusalOf(book(code));
    EXPECT_EQ(refusal.reason, "LABEL_NOT_TEXT") << code.text << code.shown;
    EXPECT_EQ(refusal.place, "'2017-18'!G2");
  }
  const RecordingHost whole = ReadBook(book(Number("801")));
  ASSERT_EQ(whole.code, COLLATE_CODE_OK) << whole.message;
  EXPECT_THAT(whole.document.observations[0].dimensions,
              ElementsAre(Pair("offence", "801")));
  for (const char* code : {"4.1", "4.10", "801", "08"}) {
    const RecordingHost text = ReadBook(book({code}));
    ASSERT_EQ(text.code, COLLATE_CODE_OK) << text.message;
    EXPECT_THAT(text.document.observations[0].dimensions,
                ElementsAre(Pair("offence", code)));
  }
  EXPECT_EQ(RefusalOf(book({""})).reason, "EMPTY_LABEL");
}

TEST(PrcXlsxTest, ACodeThatIsShownOtherwiseThanStoredIsRefused) {
  const auto reason = [](const char* format) {
    Written code = Number("8");
    code.style = " s=\"1\"";
    const std::string styles =
        "<numFmts><numFmt numFmtId=\"200\" formatCode=\"" +
        std::string(format) +
        "\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"200\"/>"
        "</cellXfs>";
    return ReadBook(Xlsx({Year("2017-18", {Row("2017/18", "1", "Kent", code,
                                               Number("3"))})},
                         styles))
        .reason;
  };
  EXPECT_EQ(reason("00"), "LABEL_NOT_TEXT");
  EXPECT_EQ(reason("0.00"), "LABEL_NOT_TEXT");
  EXPECT_EQ(reason("dd/mm/yyyy"), "LABEL_NOT_TEXT");
  EXPECT_EQ(reason("0%"), "LABEL_NOT_TEXT");
  EXPECT_EQ(reason("0"), "");
  EXPECT_EQ(reason("@"), "");
}

TEST_P(PrcWorkbookTest, CountsComeFromValuesMarksFromText) {
  const auto read = [](Written count) {
    return ReadBook(
        Book(GetParam(), {Year("2017-18", {Row("2017/18", "1", "Kent", {"88A"},
                                               std::move(count))})}));
  };
  struct Case {
    Written cell;
    int64_t value;
  };
  for (const Case& c : {Case{Number("66776", "66,776"), 66776},
                        Case{Number("-45"), -45}, Case{Number("0", "-00 "), 0},
                        Case{{" 66776 "}, 66776}, Case{{"-00 "}, 0}}) {
    const RecordingHost host = read(c.cell);
    ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
    EXPECT_EQ(host.document.observations[0].state, State::kReported);
    EXPECT_EQ(host.document.observations[0].value->mantissa, c.value);
  }
  EXPECT_EQ(read({" 66776 "}).document.observations[0].raw, " 66776 ");
  EXPECT_EQ(read({"[c]"}).document.observations[0].state, State::kSuppressed);
  EXPECT_EQ(read(Number("5516.65", "5,517")).reason, "NOT_AN_INTEGER");
  EXPECT_EQ(read(Number("1E30")).reason, "NUMBER_OVERFLOW");
  EXPECT_EQ(read({"*"}).reason, "UNDECLARED_MARKER");
  EXPECT_EQ(read({""}).reason, "UNDECLARED_MARKER");
  const Refusal empty = RefusalOf(
      Book(GetParam(),
           {Year("2017-18", {Row("2017/18", "1", "Kent", {"88A"}, {""})})}));
  EXPECT_EQ(empty.place, "'2017-18'!H2");
}

TEST(PrcXlsxTest, DatesPercentagesAndErrorsAreNoCounts) {
  const auto reason = [](Written count) {
    return ReadBook(Xlsx({Year("2017-18", {Row("2017/18", "1", "Kent", {"88A"},
                                               std::move(count))})},
                         "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>"
                         "<xf numFmtId=\"9\"/></cellXfs>"))
        .reason;
  };
  Written date = Number("43190");
  date.style = " s=\"1\"";
  EXPECT_EQ(reason(date), "NOT_A_COUNT");
  Written percent = Number("12");
  percent.style = " s=\"2\"";
  EXPECT_EQ(reason(percent), "NOT_A_COUNT");
  EXPECT_EQ(reason({.stored = "<c r=\"H2\" t=\"b\"><v>1</v></c>"}),
            "NOT_A_COUNT");
  EXPECT_EQ(reason({.stored = "<c r=\"H2\" t=\"e\"><v>#REF!</v></c>"}),
            "UNDECLARED_MARKER");
  EXPECT_EQ(reason({.stored = "<c r=\"H2\"><f>1+1</f></c>"}),
            "UNDECLARED_MARKER");
}

TEST(PrcXlsxTest, MarksAboveTheLineAreNotesNotLetters) {
  Written code{"88A"};
  code.above = "1";
  WrittenRow row = Row("2017/18", "1", "Kent[Note 6]", code, {"7"});
  row[2].above = "2,3";
  row[7].above = "r";
  const RecordingHost host = ReadBook(Xlsx({Year("2017-18", {row})}));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  const RawObservation& out = host.document.observations[0];
  EXPECT_EQ(out.reporter, "Kent");
  EXPECT_THAT(out.dimensions, ElementsAre(Pair("offence", "88A")));
  EXPECT_EQ(out.value->mantissa, 7);
  EXPECT_THAT(out.notes, ElementsAre("[Note 6]", "2,3", "1", "r"));
}

TEST(PrcXlsxTest, HiddenRowsFormulasAndStrayColumnsAreReported) {
  const WrittenRow row = Row("2017/18", "1", "Kent", {"88A"}, Number("3"));
  WrittenRow second = Row("2017/18", "2", "Kent", {"88A"}, Number("4"));
  second[7] = {.stored = "<c r=\"H3\"><f>2+2</f><v>4</v></c>"};
  second.push_back({"checked"});
  std::string book = Xlsx({Year("2017-18", {row, second})});
  const RecordingHost host = ReadBook(book);
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  EXPECT_EQ(host.document.observations[1].value->mantissa, 4);
  EXPECT_THAT(FindingsOf(host), ElementsAre(Pair("COLUMN_IGNORED", 1),
                                            Pair("FORMULA_RESULTS_READ", 1)));
  auto accounts = host.accounts;
  EXPECT_EQ(accounts["cells_read"], 17u);
  EXPECT_EQ(accounts["cells_ignored"], 1u);

  tabular::XlsxSpec spec;
  std::string data = "<sheetData><row r=\"1\">";
  for (uint32_t c = 0; c < 8; ++c) {
    data += XlsxCell(kHeader[c], CellName(1, c + 1));
  }
  data += "</row><row r=\"2\" hidden=\"1\">";
  for (uint32_t c = 0; c < 8; ++c) {
    data += XlsxCell(row[c], CellName(2, c + 1));
  }
  spec.sheets = {{"2017-18", data + "</row></sheetData>"}};
  const RecordingHost hidden = ReadBook(tabular::MakeXlsx(spec));
  ASSERT_EQ(hidden.code, COLLATE_CODE_OK) << hidden.message;
  ASSERT_THAT(hidden.document.diagnostics, SizeIs(1));
  EXPECT_EQ(hidden.document.diagnostics[0].reason, "HIDDEN_CELLS_READ");
  EXPECT_EQ(hidden.document.diagnostics[0].severity,
            ingest::Severity::kWarning);
  EXPECT_EQ(hidden.document.diagnostics[0].repeats, 8u);
}

TEST(PrcXlsxTest, WhatIsNoWorkbookKeepsItsOwnReason) {
  tabular::XlsxSpec macros;
  macros.sheets = {{"2017-18", "<sheetData/>"}};
  macros.parts = {{"book/vbaProject.bin", "x"}};
  macros.main_type = "application/vnd.ms-excel.sheet.macroEnabled.main+xml";
  EXPECT_EQ(ReadBook(tabular::MakeXlsx(macros)).reason, "WORKBOOK_MACROS");
  const std::string encrypted = tabular::MakeCompound(
      {.parts = {{"EncryptedPackage", std::string(5000, 'e')}}});
  EXPECT_EQ(ReadBook(encrypted).reason, "WORKBOOK_ENCRYPTED");
  EXPECT_EQ(ReadBook(tabular::MakeZip({{"a.txt", "b"}})).reason,
            "WORKBOOK_UNKNOWN");
}

// ---- The published file ----------------------------------------------------

class Collect : public tabular::GridSink {
 public:
  tabular::Status OnRow(const tabular::Row& row) override {
    WrittenRow out;
    for (const tabular::Cell& cell : row.cells) {
      out.push_back({std::string(cell.text)});
    }
    rows.push_back(std::move(out));
    return tabular::OkStatus();
  }
  std::vector<WrittenRow> rows;
};

TEST_P(PrcWorkbookTest, ThePublishedRowsComeOutOfAWorkbookAsOutOfText) {
  COLLATE_SHARED_FILE(path, "police/prc-pfa-mar2013-onwards-tables201718.csv");
  const std::string bytes = testing::ReadFile(path);
  tabular::MemorySource source(bytes);
  tabular::Budget budget;
  Collect collect;
  ASSERT_TRUE(
      tabular::ReadCsv(source, {.part = "prc.csv"}, budget, collect).ok());
  const RecordingHost host =
      ReadBook(Book(GetParam(), {kCover, kNotes, {"2017-18", collect.rows}}));
  ASSERT_EQ(host.code, COLLATE_CODE_OK) << host.message;
  const RecordingHost text = ReadBook(bytes, "prc.csv");
  ASSERT_EQ(text.code, COLLATE_CODE_OK) << text.message;
  ASSERT_THAT(host.document.observations, SizeIs(23'068));
  ASSERT_THAT(text.document.observations, SizeIs(23'068));
  int64_t sum = 0;
  for (size_t i = 0; i < text.document.observations.size(); ++i) {
    const RawObservation& a = host.document.observations[i];
    const RawObservation& b = text.document.observations[i];
    ASSERT_EQ(a.reporter, b.reporter);
    ASSERT_EQ(a.dimensions, b.dimensions);
    ASSERT_EQ(a.period_begin, b.period_begin);
    ASSERT_EQ(a.value->mantissa, b.value->mantissa);
    ASSERT_EQ(a.raw, b.raw);
    ASSERT_EQ(a.locator.row, b.locator.row);
    ASSERT_EQ(a.locator.column, b.locator.column);
    sum += a.value->mantissa;
  }
  EXPECT_EQ(sum, 5'519'401);
  EXPECT_EQ(host.accounts.at("rows_read"), text.accounts.at("rows_read"));
}

TEST(PrcWorkbookFilesTest, OtherPublishersWorkbooksAreRefusedByWhatTheyAre) {
  COLLATE_SHARED_FILE(ods, "police/police-workforce-sep19-tables.ods");
  const RecordingHost host = ReadBook(testing::ReadFile(ods));
  EXPECT_EQ(host.reason, "SHEETS_NOT_KNOWN");
  EXPECT_THAT(host.document.observations, IsEmpty());
}

}  // namespace
}  // namespace collate
