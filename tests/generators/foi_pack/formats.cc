#include "tests/generators/foi_pack/formats.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/plugins/tabular/docx_testing.h"
#include "tests/plugins/tabular/pdf_testing.h"
#include "tests/plugins/tabular/workbook_testing.h"
#include "tests/plugins/tabular/xls_testing.h"

namespace collate::foi_pack {
namespace {

constexpr char kMade[] = "SYNTHETIC: made-up figures";

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '&'   ? "&amp;"
           : c == '<' ? "&lt;"
           : c == '>' ? "&gt;"
                      : std::string(1, c);
  }
  return out;
}

std::string Printed(const Cell& cell) {
  return cell.number.has_value() ? std::to_string(*cell.number) : cell.text;
}

// Calls `use(cell, row, column)`, both from 0, for each cell that is not blank.
template <typename Use>
void ForEachCell(const Sheet& sheet, Use use) {
  for (size_t r = 0; r < sheet.rows.size(); ++r) {
    size_t column = 0;
    for (const Cell& cell : sheet.rows[r]) {
      if (!Printed(cell).empty()) use(cell, r, column);
      column += cell.span;
    }
  }
}

std::string At(size_t row, size_t column) {
  return tabular::CellName(static_cast<uint32_t>(row + 1),
                           static_cast<uint32_t>(column + 1));
}

std::string WriteXlsx(const std::vector<Sheet>& sheets) {
  tabular::XlsxSpec spec;
  spec.sheets.clear();
  for (const Sheet& sheet : sheets) {
    std::vector<std::string> rows(sheet.rows.size());
    std::string merges;
    ForEachCell(sheet, [&](const Cell& cell, size_t r, size_t c) {
      const std::string at = At(r, c);
      if (cell.number.has_value()) {
        rows[r] += "<c r=\"" + at + "\">" +
                   (cell.formula.empty() ? "" : "<f>" + cell.formula + "</f>") +
                   "<v>" + Printed(cell) + "</v></c>";
      } else {
        rows[r] += "<c r=\"" + at + "\" t=\"inlineStr\"><is><t>" +
                   Escaped(cell.text) + "</t></is></c>";
      }
      if (cell.span == 1) return;
      merges +=
          "<mergeCell ref=\"" + at + ":" + At(r, c + cell.span - 1) + "\"/>";
    });
    std::string data = "<sheetData>";
    for (size_t r = 0; r < rows.size(); ++r) {
      data += "<row r=\"" + std::to_string(r + 1) + "\">" + rows[r] + "</row>";
    }
    data += "</sheetData>";
    if (!merges.empty()) data += "<mergeCells>" + merges + "</mergeCells>";
    spec.sheets.emplace_back(sheet.name, data);
  }
  return tabular::MakeXlsx(spec);
}

std::string OdsCell(const Cell& cell) {
  const std::string text = Printed(cell);
  if (text.empty()) return "<table:table-cell/>";
  std::string attributes =
      cell.number.has_value()
          ? " office:value-type=\"float\" office:value=\"" + text + "\""
          : " office:value-type=\"string\"";
  std::string covered;
  if (cell.span > 1) {
    attributes += " table:number-columns-spanned=\"" +
                  std::to_string(cell.span) +
                  "\" table:number-rows-spanned=\"1\"";
    covered = "<table:covered-table-cell table:number-columns-repeated=\"" +
              std::to_string(cell.span - 1) + "\"/>";
  }
  return "<table:table-cell" + attributes + "><text:p>" + Escaped(text) +
         "</text:p></table:table-cell>" + covered;
}

std::string WriteOds(const std::vector<Sheet>& sheets) {
  std::string tables;
  for (const Sheet& sheet : sheets) {
    tables += "<table:table table:name=\"" + sheet.name + "\">";
    for (const Row& row : sheet.rows) {
      tables += "<table:table-row>";
      for (const Cell& cell : row) tables += OdsCell(cell);
      tables += row.empty() ? "<table:table-cell/></table:table-row>"
                            : "</table:table-row>";
    }
    tables += "</table:table>";
  }
  return tabular::MakeOds({.tables = tables});
}

std::string WriteXls(const std::vector<Sheet>& sheets) {
  tabular::XlsSpec spec;
  for (const Sheet& sheet : sheets) {
    std::string records, merges;
    uint64_t count = 0;
    ForEachCell(sheet, [&](const Cell& cell, size_t r, size_t c) {
      records +=
          cell.number.has_value()
              ? tabular::XlsNumber(r, c, static_cast<double>(*cell.number))
              : tabular::XlsLabel(r, c, tabular::XlsText(cell.text));
      if (cell.span == 1) return;
      merges += tabular::Words({r, r, c, c + cell.span - 1});
      ++count;
    });
    if (count > 0) {
      records += tabular::XlsRecordOf(0x00E5, tabular::Words({count}) + merges);
    }
    spec.sheets.push_back({sheet.name, records});
  }
  return tabular::MakeXls(spec);
}

std::string WriteDocx(const std::vector<Sheet>& sheets) {
  std::string body = tabular::WordParagraph(tabular::WordRun(kMade));
  for (const Sheet& sheet : sheets) {
    size_t width = 0;
    for (const Row& row : sheet.rows) width = std::max(width, row.size());
    std::vector<std::string> rows;
    for (const Row& row : sheet.rows) {
      std::vector<std::string> cells(width);
      for (size_t i = 0; i < row.size(); ++i) {
        cells[i] = Escaped(Printed(row[i]));
      }
      rows.push_back(tabular::WordRow(cells));
    }
    body += tabular::WordTable(rows) +
            tabular::WordParagraph(tabular::WordRun(sheet.name));
  }
  return tabular::MakeDocx({.body = body});
}

std::string WritePages(const std::vector<std::string>& contents) {
  tabular::PdfSpec spec{.packed = true,
                        .trailer = "/Info 10000 0 R",
                        .objects = {std::string("<</Title(") + kMade + ")>>"}};
  for (const std::string& content : contents) spec.pages.push_back({content});
  return tabular::MakePdf(spec);
}

std::string WritePdf(const std::vector<Sheet>& sheets) {
  std::vector<std::string> pages;
  for (const Sheet& sheet : sheets) {
    std::vector<std::vector<std::string>> rows;
    for (size_t r = 1; r < sheet.rows.size(); ++r) {
      auto& row = rows.emplace_back();
      for (const Cell& cell : sheet.rows[r]) row.push_back(Printed(cell));
    }
    pages.push_back(tabular::PdfText(50, 60, Printed(sheet.rows[0][0])) +
                    tabular::PdfRows(rows, 110));
  }
  return WritePages(pages);
}

std::string WriteCsv(const Sheet& sheet) {
  std::string out;
  for (const Row& row : sheet.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ",";
      out += row[i].number.has_value() || row[i].text.empty()
                 ? Printed(row[i])
                 : "\"" + row[i].text + "\"";
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace

std::string WriteFile(const std::string& format,
                      const std::vector<Sheet>& sheets) {
  if (format == "xlsx") return WriteXlsx(sheets);
  if (format == "ods") return WriteOds(sheets);
  if (format == "xls") return WriteXls(sheets);
  if (format == "docx") return WriteDocx(sheets);
  if (format == "pdf") return WritePdf(sheets);
  if (format == "csv" && sheets.size() == 1) return WriteCsv(sheets[0]);
  std::fprintf(stderr, "foi_pack: %zu sheets cannot be a %s\n", sheets.size(),
               format.c_str());
  std::exit(1);
}

std::string WriteLetter(const std::vector<std::string>& lines) {
  std::string content;
  double y = 60;
  for (const std::string& line : lines) {
    content += tabular::PdfText(50, y, line);
    y += 16;
  }
  return WritePages({content});
}

}  // namespace collate::foi_pack
