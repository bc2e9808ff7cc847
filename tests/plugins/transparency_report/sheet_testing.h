// Small synthetic workbooks from rows of text.

#ifndef COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_SHEET_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_SHEET_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/status.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::testing {

// A cell that begins with '=' is a stored number, one without text is absent,
// every other is text. The first stands in `row` and `column`.
inline std::string SheetOf(const std::vector<std::vector<std::string>>& rows,
                           uint32_t row = 1, uint32_t column = 1) {
  std::string xml = "<sheetData>";
  for (size_t r = 0; r < rows.size(); ++r) {
    const uint32_t at = row + static_cast<uint32_t>(r);
    xml += "<row r=\"" + std::to_string(at) + "\">";
    for (size_t c = 0; c < rows[r].size(); ++c) {
      const std::string& text = rows[r][c];
      if (text.empty()) continue;
      const std::string cell =
          "<c r=\"" + tabular::CellName(at, column + static_cast<uint32_t>(c)) +
          "\"";
      if (text[0] == '=') {
        xml += cell + "><v>" + text.substr(1) + "</v></c>";
        continue;
      }
      std::string escaped;
      for (const char each : text) {
        escaped += each == '&'   ? "&amp;"
                   : each == '<' ? "&lt;"
                                 : std::string(1, each);
      }
      xml += cell + " t=\"inlineStr\"><is><t xml:space=\"preserve\">" +
             escaped + "</t></is></c>";
    }
    xml += "</row>";
  }
  return xml + "</sheetData>";
}

// Sheets by name.
inline std::string WorkbookOf(
    std::vector<std::pair<std::string, std::string>> sheets,
    std::string state_of_first = "") {
  tabular::XlsxSpec spec;
  spec.sheets = std::move(sheets);
  spec.states = std::move(state_of_first);
  return tabular::MakeXlsx(spec);
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_PLUGINS_TRANSPARENCY_REPORT_SHEET_TESTING_H_
