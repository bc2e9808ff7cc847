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

Status Unknown(std::string found) {
  return Status(
      Error{.code = Code::kUnimplemented,
            .reason = "WORKBOOK_UNKNOWN",
            .message = "not a workbook of a kind that is read here",
            .expected = "an .xlsx or .ods workbook or a .docx document, by its "
                        "content",
            .found = std::move(found)});
}

// An encrypted .xlsx hides in the container that an .xls is: its directory
// names a stream EncryptedPackage.
Status RefuseCompound(ByteSource& source) {
  std::string needle;
  for (const char c : std::string_view("EncryptedPackage")) {
    needle += c;
    needle += '\0';
  }
  bool encrypted = false;
  std::string window;
  constexpr size_t kChunk = 65536;
  for (uint64_t at = 0; !encrypted && at < source.size();) {
    const size_t have = window.size();
    window.resize(have + kChunk);
    const int64_t got = source.ReadAt(at, window.data() + have, kChunk);
    if (got <= 0) break;
    window.resize(have + static_cast<size_t>(got));
    encrypted = window.find(needle) != std::string::npos;
    at += static_cast<uint64_t>(got);
    window.erase(0, window.size() - std::min(window.size(), needle.size()));
  }
  if (encrypted) {
    return Status(Error{.reason = "WORKBOOK_ENCRYPTED",
                        .message = "the workbook is encrypted",
                        .expected = "a workbook without a password",
                        .found = "an encrypted package"});
  }
  return Status(Error{.code = Code::kUnimplemented,
                      .reason = "WORKBOOK_XLS_NOT_READ",
                      .message = "an old binary .xls workbook",
                      .expected = "the same workbook saved as .xlsx or .ods",
                      .found = "a compound file, signature D0 CF 11 E0"});
}

Status OpenAny(ByteSource& source, const std::string& part, Budget& budget,
               std::unique_ptr<Workbook>* workbook) {
  std::string head;
  COLLATE_TABULAR_RETURN_IF_ERROR(Head(source, 16, &head));
  if (StartsWith(head, kCompoundMagic)) return RefuseCompound(source);
  if (!StartsWith(head, kZipMagic) && !StartsWith(head, kEmptyZipMagic)) {
    return Unknown(head.empty() ? "nothing" : Printable(head, 16));
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
      return Unknown("a zip archive that is no workbook");
  }
}

}  // namespace

WorkbookKind DetectWorkbook(ByteSource& source) {
  std::string head;
  if (!Head(source, 512, &head).ok()) return WorkbookKind::kNone;
  if (StartsWith(head, kCompoundMagic)) return WorkbookKind::kCompound;
  if (!StartsWith(head, kZipMagic)) return WorkbookKind::kNone;
  Budget budget;
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
