// OpenDocument spreadsheets. All sheets stand in one part, so opening notes
// where each begins and ends, and reading one inflates up to it but parses it
// alone; sheets that are read in order are inflated once.

#include <map>
#include <utility>
#include <vector>

#include "plugins/tabular/ods_sheet.h"
#include "plugins/tabular/ods_styles.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {
namespace {

// Where a table's element lies in the part.
struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct ListedTable {
  std::string name;
  std::string style;
  Extent extent;
  bool external = false;  // a copy of another file's sheet
};

class ManifestPart : public PathHandler {
 protected:
  enum { kInside = 1 };
  Status Enter(int, const XmlElement& element, int* state) override {
    *state = kInside;
    if (!element.Is(Xmlns::kManifest, "encryption-data")) return OkStatus();
    return EncryptedWorkbook("encryption-data in the manifest");
  }
};

// The whole content once: automatic styles, and the place of each table.
class ContentPart : public PathHandler {
 public:
  ContentPart(const Budget& budget, OdsStyles* styles)
      : budget_(budget), styles_(styles) {}

  const std::vector<ListedTable>& tables() const { return tables_; }

  // A start tag with the namespaces that a table's prefixes refer to.
  std::string Head() const {
    std::string head = "<tables";
    for (const auto& [prefix, uri] : namespaces_) {
      head += prefix.empty() ? " xmlns" : " xmlns:" + prefix;
      head += "=\"";
      for (const char c : uri) {
        if (c == '&' || c == '<' || c == '"' || c == '\n' || c == '\t') {
          head += "&#" + std::to_string(static_cast<int>(c)) + ";";
        } else {
          head += c;
        }
      }
      head += '"';
    }
    return head + ">";
  }

  void OnNamespace(std::string_view prefix, std::string_view uri) override {
    // Only an element that holds tables asks for those declared on it.
    if (declared_.size() < kMostDeclared) declared_.emplace_back(prefix, uri);
  }

 protected:
  enum { kRoot = 1, kStyles, kStyle, kBody, kSpreadsheet, kTable };

  Status Enter(int parent, const XmlElement& element, int* state) override {
    const auto declared = std::exchange(declared_, {});
    switch (parent) {
      case kDocument:
        if (!element.Is(Xmlns::kOffice, "document-content")) {
          return BadStructure("content.xml is not a document's content",
                              "document-content",
                              Printable(std::string(element.name().local)));
        }
        *state = kRoot;
        return Remember(declared);
      case kRoot:
        if (element.Is(Xmlns::kOffice, "automatic-styles")) *state = kStyles;
        if (element.Is(Xmlns::kOffice, "body")) {
          *state = kBody;
          return Remember(declared);
        }
        return OkStatus();
      case kStyles:
        if (!element.Is(Xmlns::kStyle, "style")) return OkStatus();
        *state = kStyle;
        return styles_->Begin(element);
      case kStyle:
        styles_->Property(element);
        return OkStatus();
      case kBody:
        if (!element.Is(Xmlns::kOffice, "spreadsheet")) {
          return BadStructure("the document is not a spreadsheet",
                              "spreadsheet",
                              Printable(std::string(element.name().local)));
        }
        if (std::exchange(has_spreadsheet_, true)) {
          return BadStructure("the document holds more than one spreadsheet",
                              "one");
        }
        *state = kSpreadsheet;
        return Remember(declared);
      case kSpreadsheet:
        if (!element.Is(Xmlns::kTable, "table")) return OkStatus();
        *state = kTable;
        return BeginTable(element);
      case kTable:
        if (element.Is(Xmlns::kTable, "table-source")) {
          tables_.back().external = true;
        }
        return OkStatus();
      default:
        return OkStatus();
    }
  }

  XmlName Many() const override { return {Xmlns::kTable, "table-row"}; }
  Reading ReadingOfMany() const override {
    return state() == kTable || state() == kSkip ? Reading::kPass
                                                 : Reading::kAny;
  }

  Status Leave(int state, uint64_t byte_end) override {
    if (state == kTable) tables_.back().extent.end = byte_end;
    return OkStatus();
  }

 private:
  static constexpr size_t kMostDeclared = 1'000;
  using Declared = std::vector<std::pair<std::string, std::string>>;

  Status Remember(const Declared& declared) {
    if (declared.size() == kMostDeclared) {
      return BadStructure("more namespaces are declared than are read");
    }
    for (const auto& [prefix, uri] : declared) namespaces_[prefix] = uri;
    return OkStatus();
  }

  Status BeginTable(const XmlElement& element) {
    ListedTable table;
    std::string_view name, style;
    if (!element.Get(Xmlns::kTable, "name", &name)) {
      return BadStructure("a sheet has no name");
    }
    element.Get(Xmlns::kTable, "style-name", &style);
    table.name = name;
    table.style = style;
    table.extent.begin = element.byte_begin();
    tables_.push_back(std::move(table));
    return budget_.CheckSheets(tables_.size());
  }

  const Budget& budget_;
  OdsStyles* styles_;
  bool has_spreadsheet_ = false;
  Declared declared_;
  std::map<std::string, std::string> namespaces_;
  std::vector<ListedTable> tables_;
};

class OdsWorkbook : public PackageWorkbook {
 public:
  OdsWorkbook(std::unique_ptr<Archive> archive, std::string part,
              Budget& budget)
      : PackageWorkbook(WorkbookKind::kOds, std::move(archive), std::move(part),
                        budget),
        styles_(budget) {}

  Status Open() {
    for (const ZipEntry& entry : archive_->entries()) {
      if (IsMacro(entry.name)) {
        return Macros(Printable(entry.name));
      }
    }
    const size_t manifest = archive_->Find("META-INF/manifest.xml");
    if (manifest != Archive::kNone) {
      ManifestPart handler;
      COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(manifest, handler));
    }
    const size_t styles = archive_->Find("styles.xml");
    if (styles != Archive::kNone) {
      OdsStylesPart handler(&styles_);
      COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(styles, handler));
    }
    content_entry_ = archive_->Find("content.xml");
    if (content_entry_ == Archive::kNone) {
      return Status(Error{.reason = "WORKBOOK_PART_MISSING",
                          .message = "the content is not in the package",
                          .expected = "a part \"content.xml\""});
    }
    ContentPart content(budget_, &styles_);
    std::unique_ptr<EntryStream> stream;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        archive_->OpenEntry(content_entry_, &stream));
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ParseXml(*stream, XmlInput{.utf8_only = true}, budget_, content));
    head_ = content.Head();
    uint64_t external = 0;
    for (const ListedTable& table : content.tables()) {
      if (table.external) {
        ++external;
        continue;
      }
      COLLATE_TABULAR_RETURN_IF_ERROR(AddSheet(SheetInfo{
          .name = table.name, .hidden = styles_.IsHiddenTable(table.style)}));
      extents_.push_back(table.extent);
    }
    Found("EXTERNAL_LINKS_IGNORED",
          "copies of sheets of other workbooks are not read", "", external);
    if (sheets_.empty()) return BadStructure("the workbook has no sheet");
    return OkStatus();
  }

 protected:
  Status Read(uint32_t index, RowBuilder* rows,
              std::vector<Merge>* merges) override {
    const Extent& extent = extents_[index];
    if (stream_ == nullptr || stream_->position() > extent.begin) {
      stream_.reset();
      COLLATE_TABULAR_RETURN_IF_ERROR(
          archive_->OpenEntry(content_entry_, &stream_));
    }
    COLLATE_TABULAR_RETURN_IF_ERROR(
        stream_->Skip(extent.begin - stream_->position()));
    OdsSheetPart sheet(budget_, styles_, rows, merges);
    const XmlInput input{
        .head = head_, .bytes = extent.end - extent.begin, .fragment = true};
    COLLATE_TABULAR_RETURN_IF_ERROR(
        sheet.Placed(ParseXml(*stream_, input, budget_, sheet)));
    if (rows != nullptr && FirstReading(index)) {
      const std::string& name = sheets_[index].name;
      Found("SUPERSCRIPT_APART",
            "superscript runs are kept apart from the text of cells", "",
            sheet.superscript_runs());
      Found("COMMENTS_IGNORED", "comments on cells are not read", name,
            sheet.annotations());
      Found("SHAPES_IGNORED", "shapes and pictures are not read", name,
            sheet.shapes());
    }
    return OkStatus();
  }

 private:
  // LibreOffice also writes empty libraries, which hold a list of nothing.
  static bool IsMacro(std::string_view name) {
    if (!name.empty() && name.back() == '/') return false;
    if (name.substr(0, 8) == "Scripts/") return true;
    if (name.substr(0, 6) != "Basic/") return false;
    const std::string_view base = name.substr(name.rfind('/') + 1);
    return base != "script-lc.xml" && base != "script-lb.xml";
  }

  OdsStyles styles_;
  size_t content_entry_ = Archive::kNone;
  std::string head_;
  std::vector<Extent> extents_;
  std::unique_ptr<EntryStream> stream_;  // of the content, where reading ended
};

}  // namespace

Status OpenOds(std::unique_ptr<Archive> archive, const std::string& part,
               Budget& budget, std::unique_ptr<Workbook>* workbook) {
  auto opened = std::make_unique<OdsWorkbook>(std::move(archive), part, budget);
  COLLATE_TABULAR_RETURN_IF_ERROR(opened->Open());
  *workbook = std::move(opened);
  return OkStatus();
}

}  // namespace collate::tabular
