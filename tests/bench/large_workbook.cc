#include "tests/bench/large_workbook.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string_view>

#include "tests/generators/dsa_dump/archive.h"

namespace collate::testing::bench {
namespace {

constexpr uint64_t kReporters = 45;
constexpr uint64_t kOffences = 120;
constexpr uint64_t kPeriods = 44;
constexpr uint64_t kNotes = 1'000;
constexpr uint64_t kTitleEvery = 2'000;
constexpr uint64_t kHiddenEvery = 97;
constexpr int kLevel = 6;  // of deflate, what writers use

uint64_t Mix(uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

// What both formats say in their own words.
struct Line {
  bool title = false;
  bool hidden = false;
  uint64_t reporter, offence, period, note;
  uint64_t count, large, hundredths, tenths_of_percent, day;
  bool own_text = false;
  uint64_t last;
};

Line LineOf(uint64_t row) {
  const uint64_t a = Mix(row), b = Mix(a);
  return {.title = row % kTitleEvery == 0,
          .hidden = row % kHiddenEvery == 1,
          .reporter = a % kReporters,
          .offence = a / kReporters % kOffences,
          .period = a / (kReporters * kOffences) % kPeriods,
          .note = b % kNotes,
          .count = a >> 40 & 1023,
          .large = b >> 20 & 0xFFFFF,
          .hundredths = b >> 40 & 0xFFFF,
          .tenths_of_percent = b % 1'001,
          .day = 40'000 + a % 5'000,
          .own_text = row % 4 == 0,
          .last = b >> 12 & 0xFFFFFF};
}

std::string Reporter(uint64_t i) {
  return "Police force " + std::to_string(i + 1);
}
std::string Offence(uint64_t i) {
  return "Offence &amp; sub-code " + std::to_string(i / 10 + 1) + "/" +
         std::to_string(i % 10);
}
std::string Period(uint64_t i) {
  return std::to_string(2014 + i / 4) + "/" + std::to_string(15 + i / 4) +
         " Q" + std::to_string(i % 4 + 1);
}
std::string Note(uint64_t i) { return "of recorded note " + std::to_string(i); }
std::string OwnText(uint64_t i) { return "see answer " + std::to_string(i); }
std::string Title(uint64_t row) {
  return "Table from row " + std::to_string(row + 1);
}

std::string Decimal(uint64_t value, int places) {
  std::string digits = std::to_string(value);
  const auto width = static_cast<size_t>(places) + 1;
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  digits.insert(digits.size() - static_cast<size_t>(places), ".");
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::string Day(uint64_t serial) {
  using std::chrono::days;
  using std::chrono::sys_days;
  const std::chrono::year_month_day date(
      sys_days(std::chrono::year(1899) / 12 / 30) + days(serial));
  char text[16];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

// A part that is a head, a piece for each row, and a foot.
bool AddRows(dsa_dump::ZipWriter& zip, const std::string& name,
             const std::string& head, uint64_t rows,
             const std::function<void(uint64_t, std::string*)>& piece,
             const std::string& foot) {
  constexpr uint64_t kAtOnce = 1'000;
  uint64_t row = 0;
  bool begun = false, ended = false;
  zip.Add(name, kLevel, [&](std::string* out) {
    if (ended) return false;
    if (!begun) *out += head;
    begun = true;
    const uint64_t end = std::min(rows, row + kAtOnce);
    for (; row < end; ++row) piece(row, out);
    if (row == rows) {
      *out += foot;
      ended = true;
    }
    return true;
  });
  return true;
}

// ---- XLSX ------------------------------------------------------------------

constexpr char kXml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr char kSheetSpace[] =
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr char kRelationshipSpace[] =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr char kPackageSpace[] =
    "http://schemas.openxmlformats.org/package/2006/";

std::string SharedStrings() {
  std::string out = kXml + std::string("<sst xmlns=\"") + kSheetSpace + "\">";
  const auto plain = [&](const std::string& text) {
    out += "<si><t>" + text + "</t></si>";
  };
  for (uint64_t i = 0; i < kReporters; ++i) plain(Reporter(i));
  for (uint64_t i = 0; i < kOffences; ++i) plain(Offence(i));
  for (uint64_t i = 0; i < kPeriods; ++i) plain(Period(i));
  for (uint64_t i = 0; i < kNotes; ++i) {
    out +=
        "<si><r><rPr><b/><sz val=\"11\"/></rPr><t>Part</t></r><r><rPr><sz "
        "val=\"11\"/></rPr><t xml:space=\"preserve\"> " +
        Note(i) + "</t></r></si>";
  }
  return out + "</sst>";
}

void AppendXlsxRow(uint64_t row, std::string* out) {
  const Line line = LineOf(row);
  const std::string number = std::to_string(row + 1);
  *out += "<row r=\"" + number + "\" spans=\"1:10\"" +
          (line.hidden ? " hidden=\"1\"" : "") + ">";
  const auto cell = [&](char column, const char* rest, const std::string& v) {
    *out += "<c r=\"";
    *out += column;
    *out += number + "\"" + rest + "><v>" + v + "</v></c>";
  };
  const auto inline_text = [&](char column, const std::string& text) {
    *out += "<c r=\"";
    *out += column;
    *out += number + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
  };
  if (line.title) {
    inline_text('A', Title(row));
    *out += "</row>";
    return;
  }
  cell('A', " t=\"s\"", std::to_string(line.reporter));
  cell('B', " t=\"s\"", std::to_string(kReporters + line.offence));
  cell('C', " t=\"s\"", std::to_string(kReporters + kOffences + line.period));
  cell('D', "", std::to_string(line.count));
  cell('E', " s=\"1\"", std::to_string(line.large));
  cell('F', " s=\"2\"", Decimal(line.hundredths, 2));
  cell('G', " s=\"3\"", Decimal(line.tenths_of_percent, 3));
  cell('H', " s=\"4\"", std::to_string(line.day));
  cell('I', " s=\"5\" t=\"s\"",
       std::to_string(kReporters + kOffences + kPeriods + line.note));
  if (line.own_text) {
    inline_text('J', OwnText(line.last));
  } else {
    cell('J', "", Decimal(line.last, 6));
  }
  *out += "</row>";
}

// ---- ODS -------------------------------------------------------------------

void AppendOdsRow(uint64_t row, std::string* out) {
  const Line line = LineOf(row);
  *out += "<table:table-row table:style-name=\"ro1\"";
  if (line.hidden) *out += " table:visibility=\"collapse\"";
  *out += ">";
  const auto text = [&](const char* style, const std::string& shown) {
    *out += "<table:table-cell";
    *out += style;
    *out +=
        " office:value-type=\"string\" calcext:value-type=\"string\">"
        "<text:p>" +
        shown + "</text:p></table:table-cell>";
  };
  const auto typed = [&](const char* style, const char* type,
                         const char* attribute, const std::string& value,
                         const std::string& shown) {
    *out += "<table:table-cell table:style-name=\"";
    *out += style;
    *out += std::string("\" office:value-type=\"") + type +
            "\" office:" + attribute + "=\"" + value +
            "\" calcext:value-type=\"" + type + "\"><text:p>" + shown +
            "</text:p></table:table-cell>";
  };
  if (line.title) {
    text(" table:number-columns-spanned=\"10\" table:number-rows-spanned=\"1\"",
         Title(row));
    *out +=
        "<table:covered-table-cell table:number-columns-repeated=\"9\"/>"
        "</table:table-row>";
    return;
  }
  text("", Reporter(line.reporter));
  text("", Offence(line.offence));
  text("", Period(line.period));
  const auto number = [&](const char* style, const std::string& value) {
    typed(style, "float", "value", value, value);
  };
  number("ce1", std::to_string(line.count));
  number("ce2", std::to_string(line.large));
  number("ce3", Decimal(line.hundredths, 2));
  typed("ce4", "percentage", "value", Decimal(line.tenths_of_percent, 3),
        Decimal(line.tenths_of_percent, 1) + "%");
  typed("ce5", "date", "date-value", Day(line.day), Day(line.day));
  text(" table:style-name=\"ce6\"",
       "<text:span text:style-name=\"T1\">Part</text:span> " + Note(line.note));
  if (line.own_text) {
    text("", OwnText(line.last));
  } else {
    number("ce1", Decimal(line.last, 6));
  }
  *out += "</table:table-row>";
}

}  // namespace

KindOfCell OwnTextsOf(uint64_t rows) {
  KindOfCell own;
  for (uint64_t row = 0; row < rows; ++row) {
    const Line line = LineOf(row);
    if (!line.title && !line.own_text) continue;
    ++own.cells;
    own.text_bytes += (line.title ? Title(row) : OwnText(line.last)).size();
  }
  return own;
}

KindOfCell PercentagesOf(uint64_t rows) {
  KindOfCell percentages;
  for (uint64_t row = 0; row < rows; ++row) {
    const Line line = LineOf(row);
    if (line.title) continue;
    ++percentages.cells;
    percentages.numbers += static_cast<double>(line.tenths_of_percent) / 1e3;
  }
  return percentages;
}

bool WriteLargeXlsx(const std::string& path, uint64_t rows) {
  std::ofstream file(path, std::ios::binary);
  dsa_dump::ZipWriter zip(
      [&](std::string_view bytes) {
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      },
      /*streamed=*/false);
  const std::string package = kPackageSpace, relationship = kRelationshipSpace;
  const std::string type =
      "application/vnd.openxmlformats-officedocument.spreadsheetml.";
  const auto override_of = [&](const char* part, const char* kind) {
    return std::string("<Override PartName=\"/xl/") + part +
           "\" ContentType=\"" + type + kind + "+xml\"/>";
  };
  const auto relation = [&](const char* id, const char* kind,
                            const char* target) {
    return std::string("<Relationship Id=\"") + id + "\" Type=\"" +
           relationship + "/" + kind + "\" Target=\"" + target + "\"/>";
  };
  zip.Add("[Content_Types].xml",
          kXml + ("<Types xmlns=\"" + package + "content-types\">") +
              "<Default Extension=\"rels\" ContentType=\"application/"
              "vnd.openxmlformats-package.relationships+xml\"/>"
              "<Default Extension=\"xml\" ContentType=\"application/xml\"/>" +
              override_of("workbook.xml", "sheet.main") +
              override_of("worksheets/sheet1.xml", "worksheet") +
              override_of("sharedStrings.xml", "sharedStrings") +
              override_of("styles.xml", "styles") + "</Types>",
          kLevel);
  zip.Add("_rels/.rels",
          kXml + ("<Relationships xmlns=\"" + package + "relationships\">") +
              relation("rId1", "officeDocument", "xl/workbook.xml") +
              "</Relationships>",
          kLevel);
  zip.Add("xl/workbook.xml",
          kXml + std::string("<workbook xmlns=\"") + kSheetSpace +
              "\" xmlns:r=\"" + relationship +
              "\"><sheets><sheet name=\"Figures\" sheetId=\"1\" "
              "r:id=\"rId1\"/></sheets></workbook>",
          kLevel);
  zip.Add("xl/_rels/workbook.xml.rels",
          kXml + ("<Relationships xmlns=\"" + package + "relationships\">") +
              relation("rId1", "worksheet", "worksheets/sheet1.xml") +
              relation("rId2", "sharedStrings", "sharedStrings.xml") +
              relation("rId3", "styles", "styles.xml") + "</Relationships>",
          kLevel);
  zip.Add("xl/styles.xml",
          kXml + std::string("<styleSheet xmlns=\"") + kSheetSpace +
              "\"><numFmts count=\"1\"><numFmt numFmtId=\"164\" "
              "formatCode=\"0.0%\"/></numFmts><fonts count=\"2\"><font><sz "
              "val=\"11\"/></font><font><b/><sz val=\"11\"/></font></fonts>"
              "<fills count=\"1\"><fill/></fills><borders count=\"1\"><border/>"
              "</borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\"/>"
              "</cellStyleXfs><cellXfs count=\"6\"><xf numFmtId=\"0\"/><xf "
              "numFmtId=\"3\"/><xf numFmtId=\"2\"/><xf numFmtId=\"164\"/><xf "
              "numFmtId=\"14\"/><xf numFmtId=\"0\" fontId=\"1\"/></cellXfs>"
              "</styleSheet>",
          kLevel);
  zip.Add("xl/sharedStrings.xml", SharedStrings(), kLevel);
  std::string merges = "</sheetData><mergeCells>";
  for (uint64_t row = 0; row < rows; row += kTitleEvery) {
    const std::string number = std::to_string(row + 1);
    merges += "<mergeCell ref=\"A" + number + ":J" + number + "\"/>";
  }
  AddRows(zip, "xl/worksheets/sheet1.xml",
          kXml + std::string("<worksheet xmlns=\"") + kSheetSpace +
              "\"><cols><col min=\"10\" max=\"10\" width=\"9\" hidden=\"1\"/>"
              "</cols><sheetData>",
          rows, AppendXlsxRow, merges + "</mergeCells></worksheet>");
  zip.Finish();
  file.close();
  return !file.fail();
}

bool WriteLargeOds(const std::string& path, uint64_t rows) {
  std::ofstream file(path, std::ios::binary);
  dsa_dump::ZipWriter zip(
      [&](std::string_view bytes) {
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      },
      /*streamed=*/false);
  const std::string mime = "application/vnd.oasis.opendocument.spreadsheet";
  const std::string open = "urn:oasis:names:tc:opendocument:xmlns:";
  zip.Add("mimetype", mime, 0);
  zip.Add("META-INF/manifest.xml",
          kXml + ("<manifest:manifest xmlns:manifest=\"" + open) +
              "manifest:1.0\" manifest:version=\"1.2\"><manifest:file-entry "
              "manifest:full-path=\"/\" manifest:media-type=\"" +
              mime +
              "\"/><manifest:file-entry manifest:full-path=\"content.xml\" "
              "manifest:media-type=\"text/xml\"/></manifest:manifest>",
          kLevel);
  std::string spaces;
  for (const auto& [prefix, space] :
       {std::pair{"office", "office:1.0"}, std::pair{"table", "table:1.0"},
        std::pair{"text", "text:1.0"}, std::pair{"style", "style:1.0"},
        std::pair{"number", "datastyle:1.0"}}) {
    spaces += std::string(" xmlns:") + prefix + "=\"" + open + space + "\"";
  }
  spaces +=
      " xmlns:fo=\"" + open +
      "xsl-fo-compatible:1.0\" xmlns:calcext=\"urn:org:documentfoundation:"
      "names:experimental:calc:xmlns:calcext:1.0\"";
  zip.Add("styles.xml",
          kXml + ("<office:document-styles" + spaces) +
              " office:version=\"1.2\"><office:styles/>"
              "</office:document-styles>",
          kLevel);
  std::string styles =
      "<office:automatic-styles><style:style style:name=\"co1\" "
      "style:family=\"table-column\"/><style:style style:name=\"ro1\" "
      "style:family=\"table-row\"/><style:style style:name=\"T1\" "
      "style:family=\"text\"><style:text-properties "
      "fo:font-weight=\"bold\"/></style:style>";
  for (int i = 1; i <= 6; ++i) {
    styles += "<style:style style:name=\"ce" + std::to_string(i) +
              "\" style:family=\"table-cell\"/>";
  }
  AddRows(zip, "content.xml",
          kXml + ("<office:document-content" + spaces) +
              " office:version=\"1.2\">" + styles +
              "</office:automatic-styles><office:body><office:spreadsheet>"
              "<table:table table:name=\"Figures\"><table:table-column "
              "table:style-name=\"co1\" table:number-columns-repeated=\"9\"/>"
              "<table:table-column table:style-name=\"co1\" "
              "table:visibility=\"collapse\"/>",
          rows, AppendOdsRow,
          "</table:table></office:spreadsheet></office:body>"
          "</office:document-content>");
  zip.Finish();
  file.close();
  return !file.fail();
}

}  // namespace collate::testing::bench
