// The adapter: chooses the family of a document by its content.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/csv.h"
#include "plugins/tabular/header.h"
#include "plugins/tabular/sdk_bridge.h"
#include "plugins/transparency_report/dsa_statements/ingest.h"
#include "plugins/transparency_report/dsa_statements/statements.h"
#include "plugins/transparency_report/families.h"

namespace collate::transparency_report {
namespace {

using sdk::Document;
using sdk::Host;
using sdk::Status;

// Rows in which a family must show itself.
constexpr uint32_t kHeaderRows = 20;

const std::vector<TextFamily>& TextFamilies() {
  static const auto* const families = new std::vector<TextFamily>{
      {"discord_tables", NamesDiscordTables, IngestDiscordTables},
      {"dsa_template", NamesDsaTemplate, IngestDsaTemplate},
      {"meta_cser", NamesMetaCser, IngestMetaCser},
      {"ncmec_tables", NamesNcmecTables, IngestNcmecTables},
      {"snap_half_year", NamesSnapHalfYear, IngestSnapHalfYear},
      {"tiktok_csv", NamesTiktokCsv, IngestTiktokCsv},
  };
  return *families;
}

const std::vector<WorkbookFamily>& WorkbookFamilies() {
  static const auto* const families = new std::vector<WorkbookFamily>{
      {"dsa_template_workbook", IsDsaTemplateWorkbook,
       IngestDsaTemplateWorkbook},
      {"microsoft_workbook", IsMicrosoftWorkbook, IngestMicrosoftWorkbook},
      {"tiktok_workbook", IsTiktokWorkbook, IngestTiktokWorkbook},
  };
  return *families;
}

sdk::Description Describe() {
  return {
      .id = "transparency_report",
      .version = "1.0.0",
      .title = "Transparency reports of platforms and of who receives theirs",
      .families = {
          {"discord_tables", "Discord, transparency report, stacked tables"},
          {"dsa_statements",
           "DSA Transparency Database, statements of reasons, CSV of a dump"},
          {"dsa_statements_archive",
           "DSA Transparency Database, statements of reasons, archive of a "
           "day"},
          {"dsa_template", "EU DSA reporting template, sections as CSV"},
          {"dsa_template_workbook",
           "EU DSA reporting template, workbook with a sheet a section"},
          {"meta_cser",
           "Meta Community Standards Enforcement Report, cumulative CSV"},
          {"microsoft_workbook",
           "Microsoft, Digital Safety Content Report, workbook"},
          {"ncmec_document",
           "NCMEC, CyberTipline lists as PDF: always refused"},
          {"ncmec_tables", "NCMEC, CyberTipline figures by year, CSV"},
          {"snap_half_year", "Snap transparency report, CSV of a half-year"},
          {"tiktok_csv",
           "TikTok, Community Guidelines Enforcement Report, CSV since the "
           "last quarter of 2022"},
          {"tiktok_workbook",
           "TikTok, Community Guidelines Enforcement Report, workbook up to "
           "the second quarter of 2022"},
      }};
}

// Who names the first rows of a text.
class FamilySink : public tabular::GridSink {
 public:
  tabular::Status OnRow(const tabular::Row& row) override {
    Names names;
    for (const tabular::Cell& cell : row.cells) {
      names.insert(tabular::NormaliseName(cell.text));
    }
    for (const TextFamily& family : TextFamilies()) {
      if (family.names(names)) found.insert(&family);
    }
    return row.locator.row >= kHeaderRows ? tabular::Status::Stop()
                                          : tabular::OkStatus();
  }

  std::set<const TextFamily*> found;
};

template <typename Family>
Status RefuseUnknown(Host& host, const ReadOptions& options,
                     const std::vector<Family>& families, const char* message) {
  std::string known;
  for (const Family& family : families) {
    known += (known.empty() ? "" : ", ") + std::string(family.id);
  }
  return tabular::Refuse(host, {.reason = "NO_FAMILY",
                                .message = message,
                                .expected = known,
                                .part = options.part});
}

Status ReadText(Host& host, const Document& document,
                tabular::ByteSource& source, const ReadOptions& options) {
  tabular::Budget budget(options.limits);
  FamilySink sink;
  if (tabular::Status status =
          tabular::ReadCsv(source, {.part = options.part}, budget, sink);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  if (sink.found.size() != 1) {
    return RefuseUnknown(host, options, TextFamilies(),
                         "a text in which no kind of transparency report is "
                         "known by its header, or in which two are");
  }
  return (*sink.found.begin())->ingest(host, document, source, options);
}

Status ReadWorkbook(Host& host, const Document& document,
                    tabular::ByteSource& source, const ReadOptions& options) {
  tabular::Budget budget(options.limits);
  std::unique_ptr<tabular::Workbook> workbook;
  if (tabular::Status status = tabular::Workbook::Open(
          source, {.part = options.part}, budget, &workbook);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  for (const WorkbookFamily& family : WorkbookFamilies()) {
    if (family.is(*workbook)) {
      return family.ingest(host, document, *workbook, options);
    }
  }
  return RefuseUnknown(host, options, WorkbookFamilies(),
                       "a workbook in which no kind of transparency report is "
                       "known by its sheets");
}

Status Read(Host& host, const Document& document) {
  const sdk::File file = document.file();
  ReadOptions options;
  options.part = std::string(file.name());
  if (document.max_cells() > 0) options.limits.cells = document.max_cells();
  if (document.max_inflated_bytes() > 0) {
    options.limits.bytes = document.max_inflated_bytes();
  }
  if (document.max_ratio() > 0) options.limits.ratio = document.max_ratio();
  if (document.max_entries() > 0) {
    options.limits.entries = document.max_entries();
  }
  tabular::FileSource source(file);
  char head[4] = {};
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  if (bytes == "%PDF") {
    return tabular::Refuse(
        host, {.code = tabular::Code::kUnimplemented,
               .reason = "UNSUPPORTED_FORMAT",
               .message = "a PDF document: transparency reports are read from "
                          "CSV files, archives of them, and workbooks",
               .expected = "a CSV file, a zip of them, or a workbook",
               .found = "%PDF",
               .part = options.part});
  }
  if (dsa::IsStatements(source)) return IngestDsaStatements(host, document);
  if (tabular::DetectWorkbook(source) != tabular::WorkbookKind::kNone) {
    return ReadWorkbook(host, document, source, options);
  }
  return ReadText(host, document, source, options);
}

}  // namespace
}  // namespace collate::transparency_report

COLLATE_ADAPTER(collate::transparency_report::Describe,
                collate::transparency_report::Read);
