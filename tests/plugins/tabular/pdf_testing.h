// Makes small PDF documents in memory: words at places, in Helvetica.

#ifndef COLLATE_TESTS_PLUGINS_TABULAR_PDF_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TABULAR_PDF_TESTING_H_

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/pdf.h"
#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {

constexpr double kPdfWidth = 595, kPdfHeight = 842;

struct PdfPageSpec {
  std::string content;  // operators
  int rotate = 0;       // degrees
};

struct PdfSpec {
  std::vector<PdfPageSpec> pages;
  bool packed = false;                    // streams by Flate
  std::string trailer = "";               // more of the trailer's dictionary
  std::string fonts = "";                 // more of them, as /F2 10000 0 R
  std::vector<std::string> objects = {};  // more of them, from 10000 on
};

// Text that begins at x, its foot at y points from the page's top.
inline std::string PdfText(double x, double y, const std::string& text,
                           double size = 10) {
  char at[96];
  std::snprintf(at, sizeof at, "BT /F1 %.2f Tf 1 0 0 1 %.2f %.2f Tm (", size, x,
                kPdfHeight - y);
  std::string escaped;
  for (const char c : text) {
    if (c == '(' || c == ')' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return at + escaped + ") Tj ET\n";
}

// The width of digits, commas and spaces in Helvetica, enough to line up
// figures at their right.
inline double PdfWidth(const std::string& text, double size = 10) {
  double width = 0;
  for (const char c : text) width += c == ',' || c == ' ' ? 0.278 : 0.556;
  return width * size;
}

// Rows 14 points apart: the first column begins at x, the others end 60, 120
// ... points behind 150.
inline std::string PdfRows(const std::vector<std::vector<std::string>>& rows,
                           double y, double x = 50) {
  std::string content;
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (row[i].empty()) continue;
      const double right = x + 150 + 60 * static_cast<double>(i);
      content += PdfText(i == 0 ? x : right - PdfWidth(row[i]), y, row[i]);
    }
    y += 14;
  }
  return content;
}

inline std::string MakePdf(const PdfSpec& spec) {
  std::map<size_t, std::string> objects;
  std::string kids;
  for (size_t i = 0; i < spec.pages.size(); ++i) {
    const size_t page = 10 + 2 * i;
    kids += std::to_string(page) + " 0 R ";
    objects[page] = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate " +
                    std::to_string(spec.pages[i].rotate) +
                    "/Resources<</Font<</F1 3 0 R" + spec.fonts +
                    ">>>>/Contents " + std::to_string(page + 1) + " 0 R>>";
    std::string data = spec.pages[i].content;
    std::string filter;
    if (spec.packed) {
      std::string zlib(compressBound(data.size()), '\0');
      uLongf size = zlib.size();
      compress(reinterpret_cast<Bytef*>(zlib.data()), &size,
               reinterpret_cast<const Bytef*>(data.data()), data.size());
      zlib.resize(size);
      data = zlib;
      filter = "/Filter/FlateDecode";
    }
    objects[page + 1] = "<</Length " + std::to_string(data.size()) + filter +
                        ">>\nstream\n" + data + "\nendstream";
  }
  objects[1] = "<</Type/Catalog/Pages 2 0 R>>";
  objects[2] = "<</Type/Pages/Kids[" + kids + "]/Count " +
               std::to_string(spec.pages.size()) + ">>";
  objects[3] =
      "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/"
      "WinAnsiEncoding>>";
  for (size_t i = 0; i < spec.objects.size(); ++i) {
    objects[10'000 + i] = spec.objects[i];
  }
  std::string out = "%PDF-1.4\n";
  std::string table = "xref\n0 1\n0000000000 65535 f \n";
  for (const auto& [number, body] : objects) {
    char entry[64];
    std::snprintf(entry, sizeof entry, "%zu 1\n%010zu 00000 n \n", number,
                  out.size());
    table += entry;
    out += std::to_string(number) + " 0 obj\n" + body + "\nendobj\n";
  }
  const size_t start = out.size();
  out += table + "trailer\n<</Size 20000/Root 1 0 R" + spec.trailer +
         ">>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
  return out;
}

// One upright page.
inline std::string PdfOf(const std::string& content) {
  return MakePdf({.pages = {{content}}});
}

// Victims by sex and age, as a force prints them; figures are invented.
inline std::vector<std::vector<std::string>> VictimRows() {
  return {{"Sex", "0-11", "12-15", "16+", "Total"},
          {"Female", "4", "1,020", "10", "1,034"},
          {"Male", "1", "6", "2", "9"},
          {"Unknown", "0", "3", "0", "3"},
          {"Total", "5", "1,029", "12", "1,046"}};
}

// Every table up to the first error.
inline WorkbookRead ReadPdf(std::string_view bytes, Limits limits = {}) {
  WorkbookRead read;
  MemorySource source(bytes);
  Budget budget(limits);
  std::unique_ptr<Workbook> workbook;
  const auto run = [&]() -> Status {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        OpenPdf(source, {.part = "letter.pdf"}, budget, &workbook));
    for (const SheetInfo& info : workbook->sheets()) {
      read.sheets.push_back({.name = info.name});
    }
    for (const SheetInfo& info : workbook->sheets()) {
      SheetSink sink(&read.sheets[info.index]);
      COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadSheet(info.index, sink));
      COLLATE_TABULAR_RETURN_IF_ERROR(
          workbook->ReadMerges(info.index, &read.sheets[info.index].merges));
    }
    return OkStatus();
  };
  read.status = run();
  if (workbook != nullptr) read.findings = workbook->findings();
  read.rows = budget.rows();
  read.cells = budget.cells();
  read.bytes = budget.bytes();
  return read;
}

}  // namespace collate::tabular

#endif  // COLLATE_TESTS_PLUGINS_TABULAR_PDF_TESTING_H_
