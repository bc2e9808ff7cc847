// The adapter: chooses the family of a document by its content.

#include <memory>
#include <string>
#include <string_view>

#include "plugins/police_returns/families.h"
#include "plugins/police_returns/pfa_tables_adapter.h"
#include "plugins/police_returns/text_family.h"
#include "plugins/tabular/sdk_bridge.h"

namespace collate::police_returns {
namespace {

using sdk::Document;
using sdk::Host;
using sdk::Status;

sdk::Description Describe() {
  return {
      .id = "police_returns",
      .version = "1.1.0",
      .title = "Police recorded crime, Home Office and ONS tables",
      .families = {
          {"prc_long",
           "Police recorded crime by quarter, force and offence code, "
           "long CSV"},
          {"prc_long_workbook",
           "Police recorded crime by quarter, force and offence code, "
           "workbook with a sheet a year"},
          {"pfa_tables",
           "ONS police force area tables: offences, changes and rates by "
           "area, workbook"},
          {"rolling_year", "Rolling-year series by force and offence group"},
          {"row_level",
           "Street-level records, one row per offence: always refused"}}};
}

// The signatures that Workbook::Open has a typed reason for. A damaged
// package is one of them, too.
bool IsContainer(tabular::ByteSource& source) {
  char head[4] = {};
  const int64_t got = source.ReadAt(0, head, sizeof head);
  const std::string_view bytes(head, got < 0 ? 0 : static_cast<size_t>(got));
  return bytes == "PK\x03\x04" || bytes == "PK\x05\x06" ||
         bytes == "\xD0\xCF\x11\xE0";
}

Status IngestWorkbook(Host& host, const Document& document,
                      tabular::ByteSource& source, const ReadOptions& options) {
  // None of these tables was ever published as one.
  if (tabular::DetectWorkbook(source) == tabular::WorkbookKind::kXls) {
    return tabular::Refuse(
        host, {.code = tabular::Code::kUnimplemented,
               .reason = "WORKBOOK_XLS_NOT_READ",
               .message = "an old binary .xls workbook",
               .expected = "the same workbook saved as .xlsx or .ods",
               .found = "a compound file, signature D0 CF 11 E0",
               .part = options.part});
  }
  tabular::Budget budget(options.limits);
  std::unique_ptr<tabular::Workbook> workbook;
  if (tabular::Status status = tabular::Workbook::Open(
          source, {.part = options.part}, budget, &workbook);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  if (IsPfaTables(*workbook)) return ReadPfaTables(host, document, *workbook);
  return IngestPrcWorkbook(host, *workbook, options);
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
  if (tabular::Status status = tabular::ParseEncoding(
          document.Option("encoding").value_or(""), &options.encoding);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }

  tabular::FileSource source(file);
  if (IsContainer(source))
    return IngestWorkbook(host, document, source, options);
  bool rolling_year = false;
  if (tabular::Status status = ChooseTextFamily(source, options, &rolling_year);
      !status.ok()) {
    return tabular::Refuse(host, status.error());
  }
  return rolling_year ? IngestRollingYear(host, source, options)
                      : IngestPrcLong(host, source, options);
}

}  // namespace
}  // namespace collate::police_returns

COLLATE_ADAPTER(collate::police_returns::Describe,
                collate::police_returns::Read);
