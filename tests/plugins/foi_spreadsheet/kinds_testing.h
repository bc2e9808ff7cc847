// One small table as a file of every kind that is read, and the recipe that
// reads it. All figures are synthetic.

#ifndef COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_KINDS_TESTING_H_
#define COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_KINDS_TESTING_H_

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/plugins/tabular/docx_testing.h"
#include "tests/plugins/tabular/pdf_testing.h"
#include "tests/plugins/tabular/workbook_testing.h"
#include "tests/plugins/tabular/xls_testing.h"

namespace collate::foi_spreadsheet {

inline constexpr char kVictimsRecipe[] = R"(
id: "kinds_victims"
version: 1
title: "Victims by sex and age, in files of every kind"
tables {
  id: "victims"
  match { anchors { name: "corner" text: "Sex" } }
  boxes {
    anchor: "corner" dy: 1 dx: 1
    right { until_blank: true }
    down { until_blank: true }
  }
  dimensions { name: "reporter" constant { text: "Kent" } }
  dimensions {
    name: "period" constant { text: "2023/24" }
    period_forms: PERIOD_FORM_FINANCIAL_YEAR
  }
  dimensions {
    name: "sex"
    directly { direction: DIRECTION_LEFT }
    expect: "Female" expect: "Male" expect: "Unknown" expect: "Total"
    levels { regex: "^Total$" level: LEVEL_TOTAL }
  }
  dimensions {
    name: "age_band"
    directly { direction: DIRECTION_UP }
    expect: "0-11" expect: "12-15" expect: "16+" expect: "Total"
    levels { regex: "^Total$" level: LEVEL_TOTAL }
  }
  measure { name: "victims" unit: "victims" floor: FLOOR_ZERO }
  checks { name: "ages" dimension: "age_band" total: "^Total$" }
  checks { name: "sexes" dimension: "sex" total: "^Total$" }
  ignore { anchor: "corner" rows: 1 columns: 1 reason: "heading" }
}
)";

// A figure of the table, without the comma that documents print.
inline bool IsFigure(const std::string& text, std::string* plain) {
  plain->clear();
  for (const char c : text) {
    if (c == ',') continue;
    if (c < '0' || c > '9') return false;
    *plain += c;
  }
  return !plain->empty();
}

inline std::string VictimsCsv(const std::string& line_end) {
  std::string out;
  for (const auto& row : tabular::VictimRows()) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += (i == 0 ? "\"" : ",\"") + row[i] + "\"";
    }
    out += line_end;
  }
  return out;
}

inline std::string VictimsXlsx() {
  std::string rows;
  uint32_t number = 0;
  for (const auto& row : tabular::VictimRows()) {
    rows += "<row r=\"" + std::to_string(++number) + "\">";
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string at =
          tabular::CellName(number, static_cast<uint32_t>(i + 1));
      std::string plain;
      rows += IsFigure(row[i], &plain)
                  ? "<c r=\"" + at + "\"><v>" + plain + "</v></c>"
                  : "<c r=\"" + at + "\" t=\"inlineStr\"><is><t>" + row[i] +
                        "</t></is></c>";
    }
    rows += "</row>";
  }
  return tabular::XlsxOf(rows);
}

inline std::string VictimsOds() {
  std::string rows;
  for (const auto& row : tabular::VictimRows()) {
    rows += "<table:table-row>";
    for (const std::string& text : row) {
      std::string plain;
      rows += IsFigure(text, &plain)
                  ? "<table:table-cell office:value-type=\"float\" "
                    "office:value=\"" +
                        plain + "\"><text:p>" + text +
                        "</text:p></table:table-cell>"
                  : "<table:table-cell office:value-type=\"string\"><text:p>" +
                        text + "</text:p></table:table-cell>";
    }
    rows += "</table:table-row>";
  }
  return tabular::OdsOf(rows);
}

inline std::string VictimsXls() {
  std::string records;
  uint64_t r = 0;
  for (const auto& row : tabular::VictimRows()) {
    for (size_t i = 0; i < row.size(); ++i) {
      std::string plain;
      records += IsFigure(row[i], &plain)
                     ? tabular::XlsNumber(r, i, std::atof(plain.c_str()))
                     : tabular::XlsLabel(r, i, tabular::XlsText(row[i]));
    }
    ++r;
  }
  return tabular::XlsOf(records);
}

inline std::string VictimsDocx() {
  std::vector<std::string> rows;
  for (const auto& row : tabular::VictimRows()) {
    rows.push_back(tabular::WordRow(row));
  }
  return tabular::MakeDocx({.body = tabular::WordTable(rows)});
}

inline std::string VictimsPdf() {
  return tabular::MakePdf(
      {.pages = {{tabular::PdfText(50, 60, "Dear Sir")},
                 {tabular::PdfRows(tabular::VictimRows(), 100)}},
       .packed = true});
}

struct KindOfFile {
  std::string kind;
  std::string name;
  std::string (*make)();
};

inline std::vector<KindOfFile> KindsOfFiles() {
  return {{"Xlsx", "victims.xlsx", VictimsXlsx},
          {"Ods", "victims.ods", VictimsOds},
          {"Xls", "victims.xls", VictimsXls},
          {"Docx", "victims.docx", VictimsDocx},
          {"Pdf", "victims.pdf", VictimsPdf},
          {"CsvCrLf", "crlf.csv", [] { return VictimsCsv("\r\n"); }},
          {"CsvLf", "lf.csv", [] { return VictimsCsv("\n"); }},
          {"CsvCr", "cr.csv", [] { return VictimsCsv("\r"); }}};
}

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_KINDS_TESTING_H_
