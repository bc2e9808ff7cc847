// Workbooks from lines of text: "#name" begins a sheet, every other line is a
// row of cells parted by tabs, where '=' begins a stored number.

#ifndef COLLATE_TESTS_FUZZ_GRID_WORKBOOK_H_
#define COLLATE_TESTS_FUZZ_GRID_WORKBOOK_H_

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/plugins/tabular/workbook_testing.h"
#include "tests/plugins/transparency_report/sheet_testing.h"

namespace collate::fuzz {

inline std::string AttributeText(const std::string& text) {
  std::string out;
  for (const char each : text) {
    if (each != '"' && each != '<' && each != '&') out += each;
  }
  return out;
}

inline std::string WorkbookOfLines(const std::string& lines) {
  using Rows = std::vector<std::vector<std::string>>;
  std::vector<std::pair<std::string, Rows>> grids = {{"Sheet", {}}};
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] == '#') {
      grids.emplace_back(AttributeText(line.substr(1)), Rows());
      continue;
    }
    std::istringstream cells(line);
    std::vector<std::string>& row = grids.back().second.emplace_back();
    for (std::string cell; std::getline(cells, cell, '\t');) {
      row.push_back(cell);
    }
  }
  if (grids.size() > 1 && grids.front().second.empty()) {
    grids.erase(grids.begin());
  }
  tabular::XlsxSpec spec;
  spec.sheets.clear();
  for (const auto& [name, rows] : grids) {
    spec.sheets.emplace_back(name, testing::SheetOf(rows));
  }
  std::vector<tabular::ZipPart> parts = XlsxParts(spec);
  for (tabular::ZipPart& part : parts) part.stored = true;
  return tabular::MakeZip(parts);
}

}  // namespace collate::fuzz

#endif  // COLLATE_TESTS_FUZZ_GRID_WORKBOOK_H_
