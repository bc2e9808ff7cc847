#include "plugins/tabular/workbook.h"

#include <algorithm>
#include <utility>

#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/zip.h"

namespace collate::tabular {
namespace {

constexpr std::string_view kZipMagic = "PK\x03\x04";
constexpr std::string_view kEmptyZipMagic = "PK\x05\x06";
constexpr std::string_view kCompoundMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
constexpr std::string_view kContentTypes = "[Content_Types].xml";
constexpr std::string_view kMimetype = "mimetype";
constexpr std::string_view kOdsType =
    "application/vnd.oasis.opendocument.spreadsheet";

// The beginning of the document, empty when it is.
Status Head(ByteSource& source, size_t n, std::string* head) {
  head->resize(n);
  const int64_t got = source.ReadAt(0, head->data(), n);
  if (got < 0) {
    return Status(Error{.code = Code::kDataLoss,
                        .reason = "DOCUMENT_UNREADABLE",
                        .message = "the document's bytes could not be read"});
  }
  head->resize(static_cast<size_t>(got));
  return OkStatus();
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// The beginning of an entry.
Status Peek(Archive& archive, size_t entry, size_t limit, std::string* out) {
  std::unique_ptr<EntryStream> stream;
  COLLATE_TABULAR_RETURN_IF_ERROR(archive.OpenEntry(entry, &stream));
  out->resize(limit);
  size_t have = 0, got = 1;
  while (have < limit && got > 0) {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        stream->Read(out->data() + have, limit - have, &got));
    have += got;
  }
  out->resize(have);
  return OkStatus();
}

bool IsOds(std::string_view mimetype) {
  return mimetype == kOdsType ||
         mimetype == std::string(kOdsType) + "-template";
}

Status KindOf(Archive& archive, WorkbookKind* kind) {
  *kind = WorkbookKind::kNone;
  std::string text;
  const size_t mimetype = archive.Find(kMimetype);
  if (mimetype != Archive::kNone) {
    COLLATE_TABULAR_RETURN_IF_ERROR(Peek(archive, mimetype, 256, &text));
    if (IsOds(text)) *kind = WorkbookKind::kOds;
    return OkStatus();
  }
  const size_t types = archive.Find(kContentTypes);
  if (types == Archive::kNone) return OkStatus();
  COLLATE_TABULAR_RETURN_IF_ERROR(Peek(archive, types, size_t{1} << 20, &text));
  if (text.find("ms-excel.sheet.binary") != std::string::npos) {
    *kind = WorkbookKind::kXlsb;
    return OkStatus();
  }
  for (const char* type :
       {"spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml",
        "ms-excel.sheet.macroEnabled.main+xml",
        "ms-excel.template.macroEnabled.main+xml",
        "ms-excel.addin.macroEnabled.main+xml"}) {
    if (text.find(type) != std::string::npos) *kind = WorkbookKind::kXlsx;
  }
  for (const char* type : {"wordprocessingml.document.main+xml",
                           "wordprocessingml.template.main+xml",
                           "ms-word.document.macroEnabled.main+xml",
                           "ms-word.template.macroEnabledTemplate.main+xml"}) {
    if (text.find(type) != std::string::npos) *kind = WorkbookKind::kDocx;
  }
  return OkStatus();
}

// What a package that cannot be opened wants to be, by its first entry.
WorkbookKind KindOfDamaged(std::string_view head) {
  if (head.size() <= 30) return WorkbookKind::kNone;
  const std::string_view name = head.substr(30);
  if (StartsWith(name, kMimetype)) {
    return name.find(kOdsType) != std::string_view::npos ? WorkbookKind::kOds
                                                         : WorkbookKind::kNone;
  }
  if (StartsWith(name, "word/")) return WorkbookKind::kDocx;
  return StartsWith(name, kContentTypes) || StartsWith(name, "xl/") ||
                 StartsWith(name, "_rels/.rels")
             ? WorkbookKind::kXlsx
             : WorkbookKind::kNone;
}

// Excel's records outside any container, as versions 2 to 4 wrote them: the
// beginning of a sheet, in 4 bytes or a few more.
bool IsBareBiff(std::string_view head) {
  if (head.size() < 4 || head[0] != 0x09 || head[3] != 0) return false;
  const char version = head[1];
  return (version == 0 || version == 2 || version == 4) && head[2] >= 4 &&
         head[2] <= 16;
}

Status OpenAny(ByteSource& source, const std::string& part, Budget& budget,
               std::unique_ptr<Workbook>* workbook) {
  std::string head;
  COLLATE_TABULAR_RETURN_IF_ERROR(Head(source, 16, &head));
  if (StartsWith(head, kCompoundMagic)) {
    return OpenXls(source, part, budget, workbook);
  }
  if (IsBareBiff(head)) return OldWorkbook();
  if (!StartsWith(head, kZipMagic) && !StartsWith(head, kEmptyZipMagic)) {
    return UnknownWorkbook(head.empty() ? "nothing" : Printable(head, 16));
  }
  std::unique_ptr<Archive> archive;
  COLLATE_TABULAR_RETURN_IF_ERROR(Archive::Open(source, budget, &archive));
  WorkbookKind kind;
  COLLATE_TABULAR_RETURN_IF_ERROR(KindOf(*archive, &kind));
  switch (kind) {
    case WorkbookKind::kXlsx:
      return OpenXlsx(std::move(archive), part, budget, workbook);
    case WorkbookKind::kOds:
      return OpenOds(std::move(archive), part, budget, workbook);
    case WorkbookKind::kDocx:
      return OpenDocx(std::move(archive), part, budget, workbook);
    case WorkbookKind::kXlsb:
      return Status(Error{.code = Code::kUnimplemented,
                          .reason = "WORKBOOK_XLSB_NOT_READ",
                          .message = "a workbook in binary parts (.xlsb)",
                          .expected = "the same workbook saved as .xlsx",
                          .found = "an .xlsb package"});
    default:
      return UnknownWorkbook("a zip archive that is no workbook");
  }
}

}  // namespace

WorkbookKind DetectWorkbook(ByteSource& source) {
  std::string head;
  if (!Head(source, 512, &head).ok()) return WorkbookKind::kNone;
  Budget budget;
  if (StartsWith(head, kCompoundMagic)) {
    return IsXls(source, budget) ? WorkbookKind::kXls : WorkbookKind::kCompound;
  }
  if (!StartsWith(head, kZipMagic)) return WorkbookKind::kNone;
  std::unique_ptr<Archive> archive;
  WorkbookKind kind;
  if (Archive::Open(source, budget, &archive).ok() &&
      KindOf(*archive, &kind).ok()) {
    return kind;
  }
  return KindOfDamaged(head);
}

Status Workbook::Open(ByteSource& source, const WorkbookOptions& options,
                      Budget& budget, std::unique_ptr<Workbook>* workbook) {
  Status status = OpenAny(source, options.part, budget, workbook);
  if (!status.ok() && status.error().part.empty()) {
    status.error().part = options.part;
  }
  return status;
}

}  // namespace collate::tabular
