// The families of this adapter. Each is known by the names in its header, never
// by where they stand, and has one function that reads a document of it and
// hands it to the host.

#ifndef COLLATE_PLUGINS_TRANSPARENCY_REPORT_FAMILIES_H_
#define COLLATE_PLUGINS_TRANSPARENCY_REPORT_FAMILIES_H_

#include <set>
#include <string>

#include "plugins/sdk/adapter.hpp"
#include "plugins/tabular/source.h"
#include "plugins/tabular/workbook.h"
#include "plugins/transparency_report/read_options.h"

namespace collate::transparency_report {

// The cells of one row, as tabular::NormaliseName gives them.
using Names = std::set<std::string>;

// Whether a row is one that only this family's documents have near their top.
// A document whose rows are named by no family, or by two, is refused.
using NamesFamily = bool (*)(const Names& row);
using IngestText = sdk::Status (*)(sdk::Host& host,
                                   const sdk::Document& document,
                                   tabular::ByteSource& source,
                                   const ReadOptions& options);
struct TextFamily {
  const char* id;
  NamesFamily names;
  IngestText ingest;
};

// Whether a workbook is one of this family, by its sheets and their headers.
using IsWorkbook = bool (*)(tabular::Workbook& workbook);
using IngestWorkbook = sdk::Status (*)(sdk::Host& host,
                                       const sdk::Document& document,
                                       tabular::Workbook& workbook,
                                       const ReadOptions& options);
struct WorkbookFamily {
  const char* id;
  IsWorkbook is;
  IngestWorkbook ingest;
};

// Each in a file of its own.
bool NamesDiscordTables(const Names& row);
sdk::Status IngestDiscordTables(sdk::Host& host, const sdk::Document& document,
                                tabular::ByteSource& source,
                                const ReadOptions& options);
bool NamesDsaTemplate(const Names& row);
sdk::Status IngestDsaTemplate(sdk::Host& host, const sdk::Document& document,
                              tabular::ByteSource& source,
                              const ReadOptions& options);
bool IsDsaTemplateWorkbook(tabular::Workbook& workbook);
sdk::Status IngestDsaTemplateWorkbook(sdk::Host& host,
                                      const sdk::Document& document,
                                      tabular::Workbook& workbook,
                                      const ReadOptions& options);

bool IsMicrosoftWorkbook(tabular::Workbook& workbook);
sdk::Status IngestMicrosoftWorkbook(sdk::Host& host,
                                    const sdk::Document& document,
                                    tabular::Workbook& workbook,
                                    const ReadOptions& options);
bool NamesNcmecTables(const Names& row);
sdk::Status IngestNcmecTables(sdk::Host& host, const sdk::Document& document,
                              tabular::ByteSource& source,
                              const ReadOptions& options);
bool NamesMetaCser(const Names& row);
sdk::Status IngestMetaCser(sdk::Host& host, const sdk::Document& document,
                           tabular::ByteSource& source,
                           const ReadOptions& options);

bool NamesSnapHalfYear(const Names& row);
sdk::Status IngestSnapHalfYear(sdk::Host& host, const sdk::Document& document,
                               tabular::ByteSource& source,
                               const ReadOptions& options);
bool IsTiktokWorkbook(tabular::Workbook& workbook);
sdk::Status IngestTiktokWorkbook(sdk::Host& host, const sdk::Document& document,
                                 tabular::Workbook& workbook,
                                 const ReadOptions& options);
bool NamesTiktokCsv(const Names& row);
sdk::Status IngestTiktokCsv(sdk::Host& host, const sdk::Document& document,
                            tabular::ByteSource& source,
                            const ReadOptions& options);

}  // namespace collate::transparency_report

#endif  // COLLATE_PLUGINS_TRANSPARENCY_REPORT_FAMILIES_H_
