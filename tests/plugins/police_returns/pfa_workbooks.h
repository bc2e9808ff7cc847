// Small synthetic workbooks in the form of the ONS police force area tables:
// two forces of one region, one Welsh force and British Transport Police. The
// figures are made up and add up.

#ifndef COLLATE_TESTS_PLUGINS_POLICE_RETURNS_PFA_WORKBOOKS_H_
#define COLLATE_TESTS_PLUGINS_POLICE_RETURNS_PFA_WORKBOOKS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugins/tabular/sheet_value.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::police_returns {

// One sheet by the names of its cells.
class FakeSheet {
 public:
  FakeSheet& Text(const std::string& cell, const std::string& text,
                  const std::string& superscript = "") {
    std::string runs =
        "<r><t xml:space=\"preserve\">" + Escaped(text) + "</t></r>";
    if (!superscript.empty()) {
      runs += "<r><rPr><vertAlign val=\"superscript\"/></rPr><t>" +
              superscript + "</t></r>";
    }
    return Put(cell, " t=\"inlineStr\"><is>" + runs + "</is></c>");
  }
  FakeSheet& Number(const std::string& cell, const std::string& stored,
                    int style = 0) {
    return Put(
        cell, " s=\"" + std::to_string(style) + "\"><v>" + stored + "</v></c>");
  }
  FakeSheet& Number(const std::string& cell, int64_t value) {
    return Number(cell, std::to_string(value));
  }
  FakeSheet& Erase(const std::string& cell) {
    cells_.erase(Place(cell));
    return *this;
  }
  FakeSheet& Merge(const std::string& range) {
    merges_.push_back(range);
    return *this;
  }
  FakeSheet& Unmerge(const std::string& range) {
    std::erase(merges_, range);
    return *this;
  }
  FakeSheet& HideRow(uint32_t row) {
    hidden_ = row;
    return *this;
  }

  std::string Xml() const {
    std::string rows;
    uint32_t open = 0;
    for (const auto& [place, content] : cells_) {
      const auto [row, column] = place;
      if (row != open) {
        rows += std::string(open == 0 ? "" : "</row>") + "<row r=\"" +
                std::to_string(row) + "\"" +
                (row == hidden_ ? " hidden=\"1\"" : "") + ">";
        open = row;
      }
      rows += "<c r=\"" + tabular::CellName(row, column) + "\"" + content;
    }
    if (open != 0) rows += "</row>";
    std::string xml = "<sheetData>" + rows + "</sheetData>";
    if (!merges_.empty()) {
      xml += "<mergeCells>";
      for (const std::string& range : merges_) {
        xml += "<mergeCell ref=\"" + range + "\"/>";
      }
      xml += "</mergeCells>";
    }
    return xml;
  }

 private:
  FakeSheet& Put(const std::string& cell, std::string content) {
    cells_[Place(cell)] = std::move(content);
    return *this;
  }
  static std::pair<uint32_t, uint32_t> Place(const std::string& cell) {
    std::pair<uint32_t, uint32_t> place;
    tabular::ParseCellName(cell, &place.first, &place.second);
    return place;
  }
  static std::string Escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
      c == '&' ? out += "&amp;" : c == '<' ? out += "&lt;" : out += c;
    }
    return out;
  }

  std::map<std::pair<uint32_t, uint32_t>, std::string> cells_;
  std::vector<std::string> merges_;
  uint32_t hidden_ = 0;
};

struct FakeArea {
  const char* code;
  const char* name;
  int64_t base;  // figure of the first column; each column adds one per force
  int64_t forces;
};
// Rows 7 to 14 of P1 and P2; P3 and P9 have no British Transport Police.
inline const std::vector<FakeArea>& FakeAreas() {
  static const auto* const kAreas =
      new std::vector<FakeArea>{{"K04000001", "ENGLAND AND WALES", 1000, 4},
                                {"E92000001", "ENGLAND", 700, 2},
                                {"E12000005", "West Midlands ", 700, 2},
                                {"E23000014", "West Midlands", 400, 1},
                                {"E23000015", "Staffordshire", 300, 1},
                                {"W92000004", "WALES", 200, 1},
                                {"W15000004", "Dyfed-Powys", 200, 1},
                                {"", "British Transport Police", 100, 1}};
  return *kAreas;
}
inline int64_t FakeFigure(const FakeArea& area, int64_t column) {
  return area.base + area.forces * column;
}

inline const std::vector<std::string>& FakeOffences() {
  static const auto* const kOffences =
      new std::vector<std::string>{"Total recorded crime (excluding fraud)",
                                   "Violence against the person",
                                   "Homicide",
                                   "Violence with injury",
                                   "Violence without injury",
                                   "Stalking and harassment",
                                   "Death or serious injury - unlawful driving",
                                   "Sexual offences",
                                   "Robbery",
                                   "Theft offences",
                                   "Burglary",
                                   "Residential burglary",
                                   "Non-residential  burglary",
                                   "Vehicle offences",
                                   "Theft from the person",
                                   "Bicycle theft",
                                   "Shoplifting",
                                   "Other theft offences",
                                   "Criminal damage and arson",
                                   "Drug offences",
                                   "Possession of weapons offences",
                                   "Public order offences",
                                   "Miscellaneous crimes"};
  return *kOffences;
}

// P1 and P2: total in C, a spacer in D, E4:V4, a spacer in W, X4:AA4.
inline FakeSheet FakeCounts(const std::string& title, const std::string& unit,
                            const std::string& superscript = "1") {
  FakeSheet sheet;
  sheet.Text("A1", title, superscript).Merge("A1:AA1");
  sheet.Text("A3", "England and Wales");
  sheet.Text("C4", FakeOffences()[0]).Merge("C4:C5");
  sheet.Text("E4", "Victim-based crime").Merge("E4:V4");
  sheet.Text("X4", "Other crimes against society").Merge("X4:AA4");
  sheet.Text("A5", "Area Code").Text("B5", "Area Name");
  sheet.Text("C6", unit).Merge("C6:AA6");
  const auto column = [](size_t i) -> uint32_t {
    return i == 0 ? 3u : static_cast<uint32_t>(i < 19 ? 4 + i : 5 + i);
  };
  for (size_t i = 1; i < FakeOffences().size(); ++i) {
    sheet.Text(tabular::CellName(5, column(i)), FakeOffences()[i]);
  }
  uint32_t row = 7;
  for (const FakeArea& area : FakeAreas()) {
    if (*area.code != '\0') {
      sheet.Text("A" + std::to_string(row), area.code);
    }
    sheet.Text("B" + std::to_string(row), area.name);
    for (size_t i = 0; i < FakeOffences().size(); ++i) {
      sheet.Number(tabular::CellName(row, column(i)),
                   FakeFigure(area, static_cast<int64_t>(i)));
    }
    ++row;
  }
  sheet.Text("A15", "Source: made up");
  sheet.Text("A16", "1. Not National Statistics.");
  sheet.Text("A17", "2. Includes British Transport Police.");
  sheet.Text("A18", "3. Figures of burglary are not shown.");
  return sheet;
}

inline FakeSheet FakeP1() {
  return FakeCounts(
      "Table P1:  Police recorded crime, number of offences, year ending "
      "March 18",
      "Numbers", "1");
}
inline FakeSheet FakeP2() {
  return FakeCounts(
      "Table P2:  Police recorded crime, percentage change, year ending march "
      "2017 compared with year ending March 2018",
      "Percentage change");
}

// P3: people in C, households in D, the total in F, H to Z, AB to AE.
inline FakeSheet FakeP3() {
  FakeSheet sheet;
  sheet.Text("A1",
             "Table P3:  Police recorded crime, rate of offences, year ending "
             "March 2018",
             "1");
  sheet.Text("H4", "Victim-based crime").Merge("H4:Z4");
  sheet.Text("AB4", "Other crimes against society").Merge("AB4:AE4");
  sheet.Text("A5", "Area Code").Text("B5", "Area Name");
  sheet.Text("C5", "Population figures\n (mid-2016)  rounded to 100");
  sheet.Text("D5", "Household figures\n (mid-2015)  rounded to 100 ");
  sheet.Text("F6", "Rate per 1,000 population").Merge("F6:AE6");
  std::vector<std::string> headings = FakeOffences();
  headings.insert(headings.begin() + 12, "Residential burglary\n(households)");
  const auto column = [](size_t i) -> uint32_t {
    return static_cast<uint32_t>(i == 0 ? 6 : i < 20 ? 7 + i : 8 + i);
  };
  for (size_t i = 0; i < headings.size(); ++i) {
    sheet.Text(tabular::CellName(5, column(i)), headings[i]);
  }
  uint32_t row = 7;
  for (const FakeArea& area : FakeAreas()) {
    if (*area.code == '\0') continue;
    const std::string at = std::to_string(row);
    sheet.Text("A" + at, area.code).Text("B" + at, area.name);
    sheet.Number("C" + at, area.base * 1000);
    sheet.Number("D" + at, area.base * 400);
    for (size_t i = 0; i < headings.size(); ++i) {
      sheet.Number(tabular::CellName(row, column(i)), "12.5");
    }
    ++row;
  }
  sheet.Text("A14", "Source: made up");
  sheet.Text("A15", "1. Not National Statistics.");
  sheet.Text("A16", "2. '+' Rates for London include 'City of London'.");
  return sheet;
}

inline FakeSheet FakeP9() {
  FakeSheet sheet;
  sheet.Text("A1",
             "Table P9:  Mid-year population estimates for police force areas, "
             "2015 to 2016",
             "1");
  sheet.Text("C4", "Mid-year").Merge("C4:D4");
  sheet.Text("A5", "Area Code").Text("B5", "Area Name");
  sheet.Number("C5", 2015).Text("D5", "2016");
  uint32_t row = 6;
  for (const FakeArea& area : FakeAreas()) {
    if (*area.code == '\0') continue;
    const std::string at = std::to_string(row++);
    sheet.Text("A" + at, area.code).Text("B" + at, area.name);
    sheet.Number("C" + at, area.base * 990);
    sheet.Number("D" + at, area.base * 1000);
  }
  sheet.Text("A13", "Source: Mid-year population estimates");
  sheet.Text("A14", "1. Estimates are rounded to the nearest 100.");
  return sheet;
}

using FakeBook = std::vector<std::pair<std::string, FakeSheet>>;

inline FakeBook WholeFakeBook() {
  FakeSheet notes;
  notes.Text("A1", "Read me");
  return {{"Notes", notes},         {"Table P1", FakeP1()},
          {"table  P2 ", FakeP2()}, {"Table P3", FakeP3()},
          {"Table P4 ", notes},     {"Table P9", FakeP9()},
          {"Table P10", notes}};
}

inline std::string BytesOf(const FakeBook& book) {
  tabular::XlsxSpec spec;
  spec.sheets.clear();
  for (const auto& [name, sheet] : book) {
    spec.sheets.emplace_back(name, sheet.Xml());
  }
  // Style 1 is shown as a percentage.
  spec.styles =
      "<cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"9\"/></cellXfs>";
  return tabular::MakeXlsx(spec);
}

}  // namespace collate::police_returns

#endif  // COLLATE_TESTS_PLUGINS_POLICE_RETURNS_PFA_WORKBOOKS_H_
