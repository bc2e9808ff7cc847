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

class XlsxWorkbook : public PackageWorkbook {
 public:
  XlsxWorkbook(std::unique_ptr<Archive> archive, std::string part,
               Budget& budget)
      : PackageWorkbook(WorkbookKind::kXlsx, std::move(archive),
                        std::move(part), budget),
        package_(*archive_, budget),
        styles_(budget),
        strings_(budget) {}

  Status Open() {
    COLLATE_TABULAR_RETURN_IF_ERROR(
        package_.Open({.what = "the workbook",
                       .type = "spreadsheetml.sheet.main+xml",
                       .template_type = "spreadsheetml.template.main+xml"}));
    WorkbookPart listed(budget_);
    COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(package_.main(), listed));
    epoch_1904_ = listed.epoch_1904();
    for (const ListedSheet& sheet : listed.sheets()) {
      COLLATE_TABULAR_RETURN_IF_ERROR(AddListed(sheet));
    }
    if (sheets_.empty()) return BadStructure("the workbook has no sheet");
    const Relationships& parts = package_.parts();
    if (parts.ByKind("styles") != nullptr) {
      size_t entry = Archive::kNone;
      COLLATE_TABULAR_RETURN_IF_ERROR(
          package_.FindPart(parts.ByKind("styles"), "the styles", &entry));
      COLLATE_TABULAR_RETURN_IF_ERROR(ParsePart(entry, styles_));
    }
    styles_.Finish();
    if (parts.ByKind("sharedStrings") != nullptr) {
      COLLATE_TABULAR_RETURN_IF_ERROR(
          package_.FindPart(parts.ByKind("sharedStrings"), "the shared strings",
                            &strings_entry_));
    }
    Found("EXTERNAL_LINKS_IGNORED",
          "links to other workbooks are never followed", "",
          parts.Count("externalLink"));
    Found("COMMENTS_IGNORED", "parts with comments on cells are not read", "",
          package_.CountParts("spreadsheetml.comments+xml") +
              package_.CountParts("threadedcomments+xml"));
    Found("SHAPES_IGNORED",
          "parts with drawings are not read: shapes, pictures, charts", "",
          package_.CountParts("officedocument.drawing+xml"));
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
  Status AddListed(const ListedSheet& sheet) {
    const Relationship* relationship =
        package_.parts().ById(sheet.relationship);
    const std::string what = "sheet " + Printable(sheet.info.name);
    size_t entry = Archive::kNone;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        package_.FindPart(relationship, what, &entry));
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

  OfficePackage package_;
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
