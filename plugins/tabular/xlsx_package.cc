#include "plugins/tabular/xlsx_package.h"

#include <algorithm>

#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/sheet_value.h"
#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {
namespace {

constexpr std::string_view kTransitional =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
constexpr std::string_view kStrict =
    "http://purl.oclc.org/ooxml/officeDocument/relationships/";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Status Missing(const std::string& what, const std::string& name) {
  return Status(Error{.reason = "WORKBOOK_PART_MISSING",
                      .message = what + " is not in the package",
                      .expected = "a part " + Printable(name)});
}

enum { kTypes = 1 };                 // of [Content_Types].xml
enum { kRelationshipList = 1 };      // of a list of relationships
enum { kWorkbook = 1, kSheetList };  // of the workbook

}  // namespace

bool XmlFlag(const XmlElement& element, std::string_view name) {
  std::string_view value;
  return element.Get(Xmlns::kNone, name, &value) &&
         (value == "1" || value == "true");
}

std::string ContentTypes::TypeOf(size_t entry) const {
  const auto own = overrides_.find(entry);
  if (own != overrides_.end()) return own->second;
  const std::string& name = archive_.entries()[entry].name;
  for (const auto& [extension, type] : defaults_) {
    if (name.size() > extension.size() &&
        name[name.size() - extension.size() - 1] == '.' &&
        SameName(std::string_view(name).substr(name.size() - extension.size()),
                 extension)) {
      return type;
    }
  }
  return "";
}

Status ContentTypes::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    if (!element.Is(Xmlns::kContentTypes, "Types")) {
      return BadStructure("[Content_Types].xml is not a list of types");
    }
    *state = kTypes;
    return OkStatus();
  }
  std::string_view type, name;
  element.Get(Xmlns::kNone, "ContentType", &type);
  if (Contains(type, "vbaProject") || Contains(type, "macroEnabled") ||
      Contains(type, "macrosheet")) {
    return Macros(Printable(std::string(type)));
  }
  // Only what can match an entry is kept, so there are few.
  if (element.Is(Xmlns::kContentTypes, "Override") &&
      element.Get(Xmlns::kNone, "PartName", &name) && !name.empty()) {
    const size_t entry = archive_.Find(name.substr(name[0] == '/' ? 1 : 0));
    if (entry != Archive::kNone) overrides_[entry] = type;
  } else if (element.Is(Xmlns::kContentTypes, "Default") &&
             element.Get(Xmlns::kNone, "Extension", &name) &&
             defaults_.size() < archive_.entries().size()) {
    defaults_.emplace_back(name, type);
  }
  return OkStatus();
}

const Relationship* Relationships::ById(std::string_view id) const {
  for (const Relationship& one : all_) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

const Relationship* Relationships::ByKind(std::string_view kind) const {
  for (const Relationship& one : all_) {
    if (one.kind == kind) return &one;
  }
  return nullptr;
}

uint64_t Relationships::Count(std::string_view kind) const {
  return static_cast<uint64_t>(
      std::count_if(all_.begin(), all_.end(),
                    [&](const Relationship& one) { return one.kind == kind; }));
}

uint64_t Relationships::CountExternal() const {
  return static_cast<uint64_t>(
      std::count_if(all_.begin(), all_.end(), [](const Relationship& one) {
        return one.external && one.kind != "hyperlink";
      }));
}

Status Relationships::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    *state = kRelationshipList;
    return OkStatus();
  }
  if (parent != kRelationshipList ||
      !element.Is(Xmlns::kPackageRelationships, "Relationship")) {
    return OkStatus();
  }
  std::string_view id, type, target, mode;
  element.Get(Xmlns::kNone, "Id", &id);
  element.Get(Xmlns::kNone, "Type", &type);
  element.Get(Xmlns::kNone, "Target", &target);
  element.Get(Xmlns::kNone, "TargetMode", &mode);
  if (EndsWith(type, "/vbaProject") || EndsWith(type, "/xlMacrosheet") ||
      EndsWith(type, "/xlIntlMacrosheet")) {
    return Macros(Printable(std::string(type)));
  }
  for (const std::string_view prefix : {kTransitional, kStrict}) {
    if (type.substr(0, prefix.size()) != prefix) continue;
    if (ById(id) != nullptr) {
      return BadStructure("two relationships have one id", "",
                          Printable(std::string(id)));
    }
    all_.push_back({std::string(id), std::string(type.substr(prefix.size())),
                    std::string(target), mode == "External"});
    COLLATE_TABULAR_RETURN_IF_ERROR(budget_.CheckEntries(all_.size()));
  }
  return OkStatus();
}

// The name of the part that `target` means as seen from part `from`.
Status ResolveTarget(std::string_view from, std::string_view target,
                     std::string* name) {
  std::vector<std::string_view> segments;
  const auto add = [&](std::string_view path) {
    while (!path.empty()) {
      const size_t slash = path.find('/');
      const std::string_view segment = path.substr(0, slash);
      path.remove_prefix(slash == std::string_view::npos ? path.size()
                                                         : slash + 1);
      if (segment.empty() || segment == ".") continue;
      if (segment != "..") {
        segments.push_back(segment);
      } else if (segments.empty()) {
        return false;
      } else {
        segments.pop_back();
      }
    }
    return true;
  };
  const size_t folder = from.rfind('/');
  bool inside = true;
  if (target.substr(0, 1) != "/" && folder != std::string_view::npos) {
    inside = add(from.substr(0, folder));
  }
  if (!inside || !add(target) || segments.empty()) {
    return BadStructure("a relationship leads out of the package",
                        "a part of this package",
                        Printable(std::string(target)));
  }
  name->clear();
  for (const std::string_view segment : segments) {
    if (!name->empty()) *name += '/';
    name->append(segment);
  }
  return OkStatus();
}

std::string RelationshipsOf(const std::string& part) {
  const size_t slash = part.rfind('/');
  const size_t folder = slash == std::string::npos ? 0 : slash + 1;
  return part.substr(0, folder) + "_rels/" + part.substr(folder) + ".rels";
}

Status OfficePackage::Open(const MainTypes& types) {
  for (const ZipEntry& entry : archive_.entries()) {
    const size_t slash = entry.name.rfind('/');
    const std::string_view base =
        std::string_view(entry.name)
            .substr(slash == std::string::npos ? 0 : slash + 1);
    if (SameName(base, "vbaProject.bin")) return Macros(Printable(entry.name));
  }
  COLLATE_TABULAR_RETURN_IF_ERROR(ParseXml(
      archive_, archive_.Find("[Content_Types].xml"), budget_, types_));
  Relationships package(budget_);
  COLLATE_TABULAR_RETURN_IF_ERROR(ParseNamed("_rels/.rels", package));
  COLLATE_TABULAR_RETURN_IF_ERROR(Find(package.ByKind("officeDocument"), "",
                                       std::string(types.what), &main_));
  const std::string type = types_.TypeOf(main_);
  if (!EndsWith(type, types.type) && !EndsWith(type, types.template_type)) {
    return BadStructure(
        "the package's main part is not " + std::string(types.what),
        std::string(types.type), Printable(type));
  }
  return ParseNamed(RelationshipsOf(archive_.entries()[main_].name), parts_);
}

Status OfficePackage::FindPart(const Relationship* relationship,
                               const std::string& what, size_t* entry) const {
  return Find(relationship, archive_.entries()[main_].name, what, entry);
}

uint64_t OfficePackage::CountParts(std::string_view type) const {
  uint64_t count = 0;
  for (size_t i = 0; i < archive_.entries().size(); ++i) {
    count += EndsWith(types_.TypeOf(i), type);
  }
  return count;
}

Status OfficePackage::ParseNamed(const std::string& name, XmlHandler& handler) {
  const size_t entry = archive_.Find(name);
  if (entry == Archive::kNone) return Missing("a list of parts", name);
  return ParseXml(archive_, entry, budget_, handler);
}

Status OfficePackage::Find(const Relationship* relationship,
                           std::string_view from, const std::string& what,
                           size_t* entry) const {
  if (relationship == nullptr) return Missing(what, "with a relationship");
  if (relationship->external) {
    return BadStructure(what + " is outside the package",
                        "a part of this package",
                        Printable(relationship->target));
  }
  std::string name;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      ResolveTarget(from, relationship->target, &name));
  *entry = archive_.Find(name);
  return *entry == Archive::kNone ? Missing(what, name) : OkStatus();
}

Status WorkbookPart::Enter(int parent, const XmlElement& element, int* state) {
  if (parent == kDocument) {
    if (!element.Is(Xmlns::kSheet, "workbook")) {
      return BadStructure("the workbook's part is not a workbook", "workbook",
                          Printable(std::string(element.name().local)));
    }
    *state = kWorkbook;
  } else if (parent == kWorkbook) {
    if (element.Is(Xmlns::kSheet, "workbookPr")) {
      epoch_1904_ = XmlFlag(element, "date1904");
    } else if (element.Is(Xmlns::kSheet, "sheets")) {
      *state = kSheetList;
    }
  } else if (parent == kSheetList) {
    if (!element.Is(Xmlns::kSheet, "sheet")) {
      return BadStructure("the list of sheets holds something else", "sheet",
                          Printable(std::string(element.name().local)));
    }
    ListedSheet sheet;
    std::string_view name, id, visibility;
    if (!element.Get(Xmlns::kNone, "name", &name) ||
        !element.Get(Xmlns::kRelationship, "id", &id)) {
      return BadStructure("a sheet has no name or no relationship");
    }
    element.Get(Xmlns::kNone, "state", &visibility);
    sheet.info.name = name;
    sheet.info.very_hidden = visibility == "veryHidden";
    sheet.info.hidden = sheet.info.very_hidden || visibility == "hidden";
    sheet.relationship = id;
    sheets_.push_back(std::move(sheet));
    return budget_.CheckSheets(sheets_.size());
  }
  return OkStatus();
}

}  // namespace collate::tabular
