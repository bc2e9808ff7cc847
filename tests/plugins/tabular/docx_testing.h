// Makes small DOCX documents in memory.

#ifndef COLLATE_TESTS_PLUGINS_TABULAR_DOCX_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TABULAR_DOCX_TESTING_H_

#include <string>
#include <vector>

#include "tests/plugins/tabular/workbook_testing.h"

namespace collate::tabular {

struct DocxSpec {
  std::string body;                // inside <w:body>
  std::string styles = "";         // inside <w:styles>
  std::string types = "";          // more of [Content_Types].xml
  std::string relationships = "";  // more of the document's
  std::string main_type =
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document."
      "main+xml";
  std::string ns =
      "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
  std::vector<ZipPart> parts = {};  // more entries
};

inline std::vector<ZipPart> DocxParts(const DocxSpec& spec) {
  const std::string package = "http://schemas.openxmlformats.org/package/2006/";
  const std::string rel = kRelNs;
  std::vector<ZipPart> parts = {
      {"[Content_Types].xml",
       "<Types xmlns=\"" + package +
           "content-types\"><Default Extension=\"rels\" ContentType=\"x\"/>"
           "<Override PartName=\"/text/d.xml\" ContentType=\"" +
           spec.main_type + "\"/>" + spec.types + "</Types>"},
      {"_rels/.rels",
       "<Relationships xmlns=\"" + package +
           "relationships\"><Relationship Id=\"a\" Type=\"" + rel +
           "/officeDocument\" Target=\"/text/d.xml\"/></Relationships>"},
      {"text/_rels/d.xml.rels",
       "<Relationships xmlns=\"" + package + "relationships\">" +
           spec.relationships +
           (spec.styles.empty() ? ""
                                : "<Relationship Id=\"st\" Type=\"" + rel +
                                      "/styles\" Target=\"styles.xml\"/>") +
           "</Relationships>"}};
  if (!spec.styles.empty()) {
    parts.push_back({"text/styles.xml", "<w:styles xmlns:w=\"" + spec.ns +
                                            "\">" + spec.styles +
                                            "</w:styles>"});
  }
  parts.insert(parts.end(), spec.parts.begin(), spec.parts.end());
  parts.push_back(
      {"text/d.xml", "<w:document xmlns:w=\"" + spec.ns +
                         "\" xmlns:mc=\"http://schemas.openxmlformats.org/"
                         "markup-compatibility/2006\"><w:body>" +
                         spec.body + "</w:body></w:document>"});
  return parts;
}

inline std::string MakeDocx(const DocxSpec& spec) {
  return MakeZip(DocxParts(spec));
}

inline std::string WordRun(const std::string& text,
                           const std::string& properties = "") {
  return "<w:r><w:rPr>" + properties + "</w:rPr><w:t xml:space=\"preserve\">" +
         text + "</w:t></w:r>";
}
inline std::string WordParagraph(const std::string& runs) {
  return "<w:p>" + runs + "</w:p>";
}
// `content` as it is, or text when it is no element.
inline std::string WordCell(const std::string& content,
                            const std::string& properties = "") {
  return "<w:tc><w:tcPr>" + properties + "</w:tcPr>" +
         (content.rfind("<", 0) == 0 ? content
                                     : WordParagraph(WordRun(content))) +
         "</w:tc>";
}
inline std::string WordRow(const std::vector<std::string>& cells,
                           const std::string& properties = "") {
  std::string row = "<w:tr><w:trPr>" + properties + "</w:trPr>";
  for (const std::string& cell : cells) {
    row += cell.rfind("<w:tc>", 0) == 0 ? cell : WordCell(cell);
  }
  return row + "</w:tr>";
}
inline std::string WordTable(const std::vector<std::string>& rows) {
  std::string table = "<w:tbl><w:tblPr/><w:tblGrid/>";
  for (const std::string& row : rows) table += row;
  return table + "</w:tbl>";
}
// A document of one table with one cell of this content.
inline std::string DocxOfCell(const std::string& content) {
  return MakeDocx({.body = WordTable({WordRow({WordCell(content)})})});
}

}  // namespace collate::tabular

#endif  // COLLATE_TESTS_PLUGINS_TABULAR_DOCX_TESTING_H_
