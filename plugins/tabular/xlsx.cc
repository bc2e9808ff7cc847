// Office Open XML workbooks: finds the parts and hands them to their handlers.

#include <utility>
#include <vector>

#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/xlsx_package.h"
#include "plugins/tabular/xlsx_sheet.h"
#include "plugins/tabular/xlsx_strings.h"
#include "plugins/tabular/xlsx_styles.h"
#include "plugins/tabular/zip_directory.h"

namespace collate::tabular {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

class XlsxWorkbook : public PackageWorkbook {
 public:
  XlsxWorkbook(std::unique_ptr<Archive> archive, std::string part,
               Budget& budget)
      : PackageWorkbook(WorkbookKind::kXlsx, std::move(archive),
                        std::move(part), budget),
        styles_(budget),
        strings_(budget) {}

  Status Open() {
    for (const ZipEntry& entry : archive_->entries()) {
      const size_t slash = entry.name.rfind('/');
      const std::string_view base =
          std::string_view(entry.name)
              .substr(slash == std::string::npos ? 0 : slash + 1);
      if (SameName(base, "vbaProject.bin")) {
        return Macros(Printable(entry.name));
      }
    }
    ContentTypes types(*archive_);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ParsePart(archive_->Find("[Content_Types].xml"), types));

    Relationships package(budget_);
    COLLATE_TABULAR_RETURN_IF_ERROR(ParseNamed("_rels/.rels", package));
    size_t workbook = Archive::kNone;
    COLLATE_TABULAR_RETURN_IF_ERROR(FindPart(package.ByKind("officeDocument"),
                                             "", "the workbook", &workbook));
    const std::string type = types.TypeOf(workbook);
    if (!EndsWith(type, "spreadsheetml.sheet.main+xml") &&
        !EndsWith(type, "spreadsheetml.template.main+xml")) {
      return BadStructure("the package's main part is not a workbook",
                          "spreadsheetml.sheet.main+xml", Printable(type));
    }
    WorkbookPart listed(budget_);
    COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(workbook, listed));
    epoch_1904_ = listed.epoch_1904();

    const std::string name = archive_->entries()[workbook].name;
    Relationships parts(budget_);
    COLLATE_TABULAR_RETURN_IF_ERROR(ParseNamed(RelationshipsOf(name), parts));
    for (const ListedSheet& sheet : listed.sheets()) {
      COLLATE_TABULAR_RETURN_IF_ERROR(AddListed(sheet, parts, name));
    }
    if (sheets_.empty()) return BadStructure("the workbook has no sheet");
    if (parts.ByKind("styles") != nullptr) {
      size_t entry = Archive::kNone;
      COLLATE_TABULAR_RETURN_IF_ERROR(
          FindPart(parts.ByKind("styles"), name, "the styles", &entry));
      COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(entry, styles_));
    }
    styles_.Finish();
    if (parts.ByKind("sharedStrings") != nullptr) {
      COLLATE_TABULAR_RETURN_IF_ERROR(FindPart(parts.ByKind("sharedStrings"),
                                               name, "the shared strings",
                                               &strings_entry_));
    }
    Found("EXTERNAL_LINKS_IGNORED",
          "links to other workbooks are never followed", "",
          parts.Count("externalLink"));
    uint64_t comments = 0, drawings = 0;
    for (size_t i = 0; i < archive_->entries().size(); ++i) {
      const std::string one = types.TypeOf(i);
      comments += EndsWith(one, "spreadsheetml.comments+xml") ||
                  EndsWith(one, "threadedcomments+xml");
      drawings += EndsWith(one, "officedocument.drawing+xml");
    }
    Found("COMMENTS_IGNORED", "parts with comments on cells are not read", "",
          comments);
    Found("SHAPES_IGNORED",
          "parts with drawings are not read: shapes, pictures, charts", "",
          drawings);
    return OkStatus();
  }

 protected:
  Status Read(uint32_t index, RowBuilder* rows,
              std::vector<Merge>* merges) override {
    if (parts_[index] == Archive::kNone) return OkStatus();
    if (rows != nullptr && strings_entry_ != Archive::kNone) {
      strings_.Clear();
      COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(strings_entry_, strings_));
      strings_entry_ = Archive::kNone;
      Found("SUPERSCRIPT_APART",
            "superscript runs are kept apart from the text of cells", "",
            strings_.table().superscript_runs());
    }
    const SheetContext context{budget_, styles_, strings_.table(), epoch_1904_};
    SheetPart sheet(context, rows, merges);
    COLLATE_TABULAR_RETURN_IF_ERROR(
        sheet.Placed(ParsePart(parts_[index], sheet)));
    if (rows != nullptr && FirstReading(index)) {
      Found("SUPERSCRIPT_APART",
            "superscript runs are kept apart from the text of cells", "",
            sheet.superscript_runs());
    }
    return OkStatus();
  }

 private:
  Status Missing(const std::string& what, const std::string& name) const {
    return Status(Error{.reason = "WORKBOOK_PART_MISSING",
                        .message = what + " is not in the package",
                        .expected = "a part " + Printable(name)});
  }

  Status ParseNamed(const std::string& name, XmlHandler& handler) {
    const size_t entry = archive_->Find(name);
    if (entry == Archive::kNone) return Missing("a list of parts", name);
    return ParsePart(entry, handler);
  }

  Status FindPart(const Relationship* relationship, const std::string& from,
                  const std::string& what, size_t* entry) const {
    if (relationship == nullptr) return Missing(what, "with a relationship");
    if (relationship->external) {
      return BadStructure(what + " is outside the package",
                          "a part of this package",
                          Printable(relationship->target));
    }
    std::string name;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        ResolveTarget(from, relationship->target, &name));
    *entry = archive_->Find(name);
    return *entry == Archive::kNone ? Missing(what, name) : OkStatus();
  }

  Status AddListed(const ListedSheet& sheet, const Relationships& parts,
                   const std::string& from) {
    const Relationship* relationship = parts.ById(sheet.relationship);
    const std::string what = "sheet " + Printable(sheet.info.name);
    size_t entry = Archive::kNone;
    COLLATE_TABULAR_RETURN_IF_ERROR(FindPart(relationship, from, what, &entry));
    if (relationship->kind == "chartsheet" ||
        relationship->kind == "dialogsheet") {
      Found("CHART_SHEET_WITHOUT_CELLS", "a sheet that holds no cells",
            sheet.info.name, 1);
      entry = Archive::kNone;
    } else if (relationship->kind != "worksheet") {
      return BadStructure(what + " is of a kind that is not known",
                          "a worksheet", Printable(relationship->kind));
    }
    parts_.push_back(entry);
    return AddSheet(sheet.info);
  }

  Styles styles_;
  SharedStrings strings_;
  size_t strings_entry_ = Archive::kNone;
  bool epoch_1904_ = false;
  std::vector<size_t> parts_;  // of each sheet, kNone without cells
};

}  // namespace

Status OpenXlsx(std::unique_ptr<Archive> archive, const std::string& part,
                Budget& budget, std::unique_ptr<Workbook>* workbook) {
  auto opened =
      std::make_unique<XlsxWorkbook>(std::move(archive), part, budget);
  COLLATE_TABULAR_RETURN_IF_ERROR(opened->Open());
  *workbook = std::move(opened);
  return OkStatus();
}

}  // namespace collate::tabular
