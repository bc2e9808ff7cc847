// DOCX documents: finds the parts and holds the tables of the main one.

#include <utility>

#include "plugins/tabular/docx_styles.h"
#include "plugins/tabular/docx_tables.h"
#include "plugins/tabular/held_workbook.h"
#include "plugins/tabular/package_workbook.h"
#include "plugins/tabular/xlsx_package.h"

namespace collate::tabular {
namespace {

void Report(const OfficePackage& package, const DocxCounts& counts,
            HeldWorkbook& document) {
  constexpr bool kWarning = true;
  document.Found("TEXT_OUTSIDE_TABLES",
                 "paragraphs of text outside of tables are not read",
                 counts.paragraphs_outside);
  document.Found("TRACKED_CHANGES",
                 "changes are tracked that nobody accepted: what was inserted "
                 "is read, what was deleted is not",
                 counts.tracked_changes, kWarning);
  document.Found("HIDDEN_TEXT", "runs of hidden text in cells are read",
                 counts.hidden_runs, kWarning);
  document.Found("COVERED_TEXT_IGNORED",
                 "cells under a merge hold text that is not shown",
                 counts.covered_cells, kWarning);
  document.Found("FIELDS_WITHOUT_RESULT",
                 "fields in cells have no stored result",
                 counts.fields_without_result, kWarning);
  document.Found("LIST_NUMBERS_NOT_READ",
                 "paragraphs of cells are numbered or dotted by the program "
                 "that shows them, which is not read",
                 counts.list_numbers, kWarning);
  document.Found("SYMBOLS_AS_STORED",
                 "characters whose meaning is their font's are given by their "
                 "code",
                 counts.symbols, kWarning);
  document.Found("CONTENT_NOT_READ",
                 "elements of a kind that is not read, such as formulas",
                 counts.unknown, kWarning);
  document.Found("NESTED_TABLES",
                 "tables inside of cells are tables of their own",
                 counts.nested_tables);
  document.Found("SUPERSCRIPT_APART",
                 "superscript runs are kept apart from the text of cells",
                 counts.superscript_runs);
  document.Found("NOTES_IGNORED",
                 "footnotes and endnotes are referred to; their marks are "
                 "read, their text is not",
                 counts.notes);
  document.Found("COMMENTS_IGNORED", "comments are not read", counts.comments);
  document.Found("SHAPES_IGNORED",
                 "pictures, drawings and embedded objects are not read",
                 counts.shapes);
  document.Found("TEXT_BOXES_IGNORED", "text boxes are not read",
                 counts.text_boxes, kWarning);
  document.Found("TABLES_IN_SHAPES_IGNORED",
                 "tables in text boxes are not read", counts.tables_in_shapes,
                 kWarning);
  document.Found("DOCUMENTS_INSIDE_IGNORED",
                 "documents to be taken in are not read",
                 counts.documents_inside, kWarning);
  document.Found("HEADERS_IGNORED", "page headers and footers are not read",
                 package.CountParts("wordprocessingml.header+xml") +
                     package.CountParts("wordprocessingml.footer+xml"));
  document.Found("EXTERNAL_LINKS_IGNORED",
                 "relationships to the outside are never followed",
                 package.parts().CountExternal());
}

Status Read(Archive& archive, const std::string& part, Budget& budget,
            std::unique_ptr<Workbook>* workbook) {
  OfficePackage package(archive, budget);
  COLLATE_TABULAR_RETURN_IF_ERROR(
      package.Open({.what = "the document",
                    .type = "wordprocessingml.document.main+xml",
                    .template_type = "wordprocessingml.template.main+xml"}));
  DocxStyles styles(budget);
  const Relationship* relationship = package.parts().ByKind("styles");
  if (relationship != nullptr) {
    size_t entry = Archive::kNone;
    COLLATE_TABULAR_RETURN_IF_ERROR(
        package.FindPart(relationship, "the styles", &entry));
    COLLATE_TABULAR_RETURN_IF_ERROR(ParseXml(archive, entry, budget, styles));
  }
  DocxTables tables(budget, styles);
  COLLATE_TABULAR_RETURN_IF_ERROR(
      tables.Placed(ParseXml(archive, package.main(), budget, tables)));
  COLLATE_TABULAR_RETURN_IF_ERROR(tables.Finish());
  if (tables.tables().empty()) {
    return Status(
        Error{.reason = "DOCUMENT_WITHOUT_TABLES",
              .message = "the document holds no table",
              .expected = "a document with at least one table",
              .found = std::to_string(tables.counts().paragraphs_outside) +
                       " paragraphs of text"});
  }
  auto document =
      std::make_unique<HeldWorkbook>(WorkbookKind::kDocx, part, budget);
  for (HeldTable& table : tables.tables()) {
    COLLATE_TABULAR_RETURN_IF_ERROR(document->Add(std::move(table)));
  }
  Report(package, tables.counts(), *document);
  *workbook = std::move(document);
  return OkStatus();
}

}  // namespace

Status OpenDocx(std::unique_ptr<Archive> archive, const std::string& part,
                Budget& budget, std::unique_ptr<Workbook>* workbook) {
  return Read(*archive, part, budget, workbook);
}

}  // namespace collate::tabular
