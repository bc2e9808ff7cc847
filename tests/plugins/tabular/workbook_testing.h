// Makes small workbooks in memory and reads them into plain values. The zip
// writer here says whatever it is told to, so that it can lie.

#ifndef COLLATE_TESTS_PLUGINS_TABULAR_WORKBOOK_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TABULAR_WORKBOOK_TESTING_H_

#include <zlib.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/workbook.h"

namespace collate::tabular {

inline void PutLittle(std::string* out, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) {
    *out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
}

inline std::string Deflate(std::string_view data) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, data.size()) + 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What the writer says of an entry; -1 says the truth.
struct ZipPart {
  std::string name;
  std::string data;
  bool stored = false;
  int method = -1;
  int flags = 0;
  int64_t declared = -1;        // inflated size, in both headers
  int64_t crc = -1;             // in both headers
  std::string local_name = "";  // in the entry's own header, if not empty
  uint32_t mode = 0;            // of UNIX, 0 for none
  bool at_first = false;  // its directory record points at the first entry
  bool zip64 = false;     // sizes in the directory's extra field
};

inline std::string MakeZip(const std::vector<ZipPart>& parts,
                           int claimed_entries = -1) {
  std::string out, directory;
  for (const ZipPart& part : parts) {
    const std::string packed = part.stored ? part.data : Deflate(part.data);
    const int method = part.method >= 0 ? part.method : part.stored ? 0 : 8;
    const uint64_t size = part.declared >= 0
                              ? static_cast<uint64_t>(part.declared)
                              : part.data.size();
    const uint64_t crc =
        part.crc >= 0
            ? static_cast<uint64_t>(part.crc)
            : crc32(0, reinterpret_cast<const Bytef*>(part.data.data()),
                    static_cast<uInt>(part.data.size()));
    const uint64_t offset = part.at_first ? 0 : out.size();
    if (!part.at_first) {
      const std::string& name =
          part.local_name.empty() ? part.name : part.local_name;
      out += "PK\x03\x04";
      PutLittle(&out, 20, 2);
      PutLittle(&out, static_cast<uint64_t>(part.flags), 2);
      PutLittle(&out, static_cast<uint64_t>(method), 2);
      PutLittle(&out, 0, 4);
      PutLittle(&out, crc, 4);
      PutLittle(&out, packed.size(), 4);
      PutLittle(&out, size, 4);
      PutLittle(&out, name.size(), 2);
      PutLittle(&out, 0, 2);
      out += name + packed;
    }
    std::string extra;
    if (part.zip64) {
      PutLittle(&extra, 1, 2);
      PutLittle(&extra, 24, 2);
      PutLittle(&extra, size, 8);
      PutLittle(&extra, packed.size(), 8);
      PutLittle(&extra, offset, 8);
    }
    directory += "PK\x01\x02";
    PutLittle(&directory, 20, 1);
    PutLittle(&directory, part.mode != 0 ? 3 : 0, 1);
    PutLittle(&directory, 20, 2);
    PutLittle(&directory, static_cast<uint64_t>(part.flags), 2);
    PutLittle(&directory, static_cast<uint64_t>(method), 2);
    PutLittle(&directory, 0, 4);
    PutLittle(&directory, crc, 4);
    PutLittle(&directory, part.zip64 ? 0xFFFFFFFF : packed.size(), 4);
    PutLittle(&directory, part.zip64 ? 0xFFFFFFFF : size, 4);
    PutLittle(&directory, part.name.size(), 2);
    PutLittle(&directory, extra.size(), 2);
    PutLittle(&directory, 0, 2 + 2 + 2);
    PutLittle(&directory, uint64_t{part.mode} << 16, 4);
    PutLittle(&directory, part.zip64 ? 0xFFFFFFFF : offset, 4);
    directory += part.name + extra;
  }
  const size_t entries = claimed_entries >= 0
                             ? static_cast<size_t>(claimed_entries)
                             : parts.size();
  const size_t offset = out.size();
  out += directory + "PK\x05\x06";
  PutLittle(&out, 0, 4);
  PutLittle(&out, entries, 2);
  PutLittle(&out, entries, 2);
  PutLittle(&out, directory.size(), 4);
  PutLittle(&out, offset, 4);
  PutLittle(&out, 0, 2);
  return out;
}

// An XLSX with one sheet named S, unless told otherwise. `sheets` are what
// stands inside <worksheet>.
struct XlsxSpec {
  std::vector<std::pair<std::string, std::string>> sheets = {
      {"S", "<sheetData/>"}};
  std::string states = "";         // attributes of the first sheet's entry
  std::string workbook = "";       // inside <workbook>, before the sheets
  std::string shared = "";         // inside <sst>
  std::string styles = "";         // inside <styleSheet>
  std::string types = "";          // more of [Content_Types].xml
  std::string relationships = "";  // more of the workbook's
  std::string main_type =
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main"
      "+xml";
  std::vector<ZipPart> parts = {};  // more entries
};

constexpr char kSheetNs[] =
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr char kRelNs[] =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

inline std::vector<ZipPart> XlsxParts(const XlsxSpec& spec) {
  const std::string package = "http://schemas.openxmlformats.org/package/2006/";
  const std::string rel = kRelNs;
  const auto sheet_file = [](size_t i) {
    return "sheets/s" + std::to_string(i) + ".xml";
  };
  // Not where Excel puts them: parts are found by relationship.
  std::string types = "<Types xmlns=\"" + package +
                      "content-types\"><Default Extension=\"rels\" "
                      "ContentType=\"x\"/><Override PartName=\"/book/w.xml\" "
                      "ContentType=\"" +
                      spec.main_type + "\"/>" + spec.types + "</Types>";
  std::string root = "<Relationships xmlns=\"" + package +
                     "relationships\"><Relationship Id=\"a\" Type=\"" + rel +
                     "/officeDocument\" Target=\"/book/w.xml\"/>"
                     "</Relationships>";
  std::string book = "<workbook xmlns=\"" + std::string(kSheetNs) +
                     "\" xmlns:r=\"" + rel + "\">" + spec.workbook + "<sheets>";
  std::string rels = "<Relationships xmlns=\"" + package + "relationships\">" +
                     spec.relationships;
  std::vector<ZipPart> parts;
  for (size_t i = 0; i < spec.sheets.size(); ++i) {
    const std::string id = "r" + std::to_string(i);
    book += "<sheet name=\"" + spec.sheets[i].first + "\" sheetId=\"" +
            std::to_string(i + 1) + "\" r:id=\"" + id + "\"" +
            (i == 0 ? " " + spec.states : "") + "/>";
    rels += "<Relationship Id=\"" + id + "\" Type=\"" + rel +
            "/worksheet\" Target=\"../book/./" + sheet_file(i) + "\"/>";
    parts.push_back({"book/" + sheet_file(i),
                     "<worksheet xmlns=\"" + std::string(kSheetNs) + "\">" +
                         spec.sheets[i].second + "</worksheet>"});
  }
  if (!spec.shared.empty()) {
    rels += "<Relationship Id=\"ss\" Type=\"" + rel +
            "/sharedStrings\" Target=\"strings.xml\"/>";
    parts.push_back({"book/strings.xml", "<sst xmlns=\"" +
                                             std::string(kSheetNs) + "\">" +
                                             spec.shared + "</sst>"});
  }
  if (!spec.styles.empty()) {
    rels += "<Relationship Id=\"st\" Type=\"" + rel +
            "/styles\" Target=\"styles.xml\"/>";
    parts.push_back({"book/styles.xml", "<styleSheet xmlns=\"" +
                                            std::string(kSheetNs) + "\">" +
                                            spec.styles + "</styleSheet>"});
  }
  parts.insert(parts.begin(),
               {{"[Content_Types].xml", types},
                {"_rels/.rels", root},
                {"book/w.xml", book + "</sheets></workbook>"},
                {"book/_rels/w.xml.rels", rels + "</Relationships>"}});
  parts.insert(parts.end(), spec.parts.begin(), spec.parts.end());
  return parts;
}

inline std::string MakeXlsx(const XlsxSpec& spec) {
  return MakeZip(XlsxParts(spec));
}

// One sheet of these rows.
inline std::string XlsxOf(const std::string& rows) {
  return MakeXlsx({.sheets = {{"S", "<sheetData>" + rows + "</sheetData>"}}});
}

constexpr char kOdsNamespaces[] =
    " xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\""
    " xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\""
    " xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\""
    " xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\""
    " xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\""
    " xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:"
    "xmlns:calcext:1.0\"";

struct OdsSpec {
  std::string tables;  // inside <office:spreadsheet>
  std::string automatic_styles = "";
  std::string styles = "";  // of styles.xml
  std::string mimetype = "application/vnd.oasis.opendocument.spreadsheet";
  std::string manifest = "";  // inside <manifest:manifest>
  std::string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
  std::vector<ZipPart> parts = {};
};

inline std::string MakeOds(const OdsSpec& spec) {
  const std::string ns = kOdsNamespaces;
  std::vector<ZipPart> parts = {
      {"mimetype", spec.mimetype, /*stored=*/true},
      {"content.xml",
       spec.declaration + "<office:document-content" + ns +
           "><office:automatic-styles>" + spec.automatic_styles +
           "</office:automatic-styles><office:body><office:spreadsheet>" +
           spec.tables +
           "</office:spreadsheet></office:body></office:document-content>"},
      {"styles.xml", "<office:document-styles" + ns + "><office:styles>" +
                         spec.styles +
                         "</office:styles></office:document-styles>"},
      {"META-INF/manifest.xml",
       "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:"
       "xmlns:manifest:1.0\">" +
           spec.manifest + "</manifest:manifest>"}};
  parts.insert(parts.end(), spec.parts.begin(), spec.parts.end());
  return MakeZip(parts);
}

// One sheet named T of these rows.
inline std::string OdsOf(const std::string& rows) {
  return MakeOds(
      {.tables = "<table:table table:name=\"T\">" + rows + "</table:table>"});
}

struct SheetCell {
  CellKind kind = CellKind::kEmpty;
  std::string text, raw, value, superscript, number_format;
  bool percent = false, formula = false, hidden = false;
};

struct SheetRead {
  std::string name;
  bool hidden = false, very_hidden = false;
  std::map<std::string, SheetCell> cells;  // by name, such as B12
  std::vector<uint32_t> rows;              // numbers as delivered
  std::vector<Merge> merges;
  int ended = 0;
};

struct WorkbookRead {
  Status status;
  std::vector<SheetRead> sheets;
  std::vector<Finding> findings;
  uint64_t rows = 0, cells = 0, bytes = 0;  // spent

  std::string reason() const {
    return status.ok() ? "OK" : status.error().reason;
  }
  const Error& error() const { return status.error(); }
  const SheetCell& At(const std::string& cell, size_t sheet = 0) const {
    static const SheetCell kNone;
    if (sheet >= sheets.size()) return kNone;
    const auto at = sheets[sheet].cells.find(cell);
    return at == sheets[sheet].cells.end() ? kNone : at->second;
  }
  uint64_t Found(const std::string& reason) const {
    uint64_t count = 0;
    for (const Finding& finding : findings) {
      if (finding.reason == reason) count += finding.count;
    }
    return count;
  }
};

class SheetSink : public GridSink {
 public:
  explicit SheetSink(SheetRead* sheet) : sheet_(sheet) {}

  Status OnRow(const Row& row) override {
    sheet_->rows.push_back(row.locator.row);
    for (const Cell& cell : row.cells) {
      sheet_->cells[CellName(cell.locator.row, cell.locator.column)] =
          SheetCell{.kind = cell.kind,
                    .text = std::string(cell.text),
                    .raw = std::string(cell.raw),
                    .value = std::string(cell.value),
                    .superscript = std::string(cell.superscript),
                    .number_format = std::string(cell.number_format),
                    .percent = cell.percent,
                    .formula = cell.formula,
                    .hidden = cell.hidden};
    }
    return OkStatus();
  }
  Status EndGrid(const GridInfo&) override {
    ++sheet_->ended;
    return OkStatus();
  }

 private:
  SheetRead* sheet_;
};

// Every sheet with its merges, up to the first error.
inline WorkbookRead ReadWorkbook(std::string_view bytes, Limits limits = {}) {
  WorkbookRead read;
  MemorySource source(bytes);
  Budget budget(limits);
  std::unique_ptr<Workbook> workbook;
  const auto run = [&]() -> Status {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        Workbook::Open(source, {.part = "book"}, budget, &workbook));
    for (const SheetInfo& info : workbook->sheets()) {
      read.sheets.push_back({.name = info.name,
                             .hidden = info.hidden,
                             .very_hidden = info.very_hidden});
      SheetSink sink(&read.sheets.back());
      COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadSheet(info.index, sink));
      COLLATE_TABULAR_RETURN_IF_ERROR(
          workbook->ReadMerges(info.index, &read.sheets.back().merges));
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

#endif  // COLLATE_TESTS_PLUGINS_TABULAR_WORKBOOK_TESTING_H_
