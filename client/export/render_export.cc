#include "client/export/render_export.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/export/gss_csv.h"
#include "client/export/json_stat.h"
#include "client/export/sdmx_csv.h"

namespace collate::client {
namespace {

std::vector<std::string> ColumnsOf(const v1::StatisticsQuery& query) {
  std::vector<std::string> dimensions(query.group_by().begin(),
                                      query.group_by().end());
  const bool kept = std::any_of(
      query.filters().begin(), query.filters().end(),
      [](const v1::Filter& one) { return one.dimension() == "reporter"; });
  if (kept && std::find(dimensions.begin(), dimensions.end(), "reporter") ==
                  dimensions.end()) {
    dimensions.push_back("reporter");
  }
  return dimensions;
}

}  // namespace

absl::StatusOr<std::string> RenderExport(
    const v1::QueryStatisticsResponse& answer, const ExportMetadata& metadata,
    const v1::StatisticsQuery& query, ExportForm form) {
  std::vector<ExportRow> rows;
  for (const v1::Cell& cell : answer.cells()) {
    rows.push_back(RowOf(
        cell, query, metadata.name.empty() ? metadata.query : metadata.name));
  }
  switch (form) {
    case ExportForm::kGssCsv: {
      const std::vector<std::string> dimensions = ColumnsOf(query);
      return absl::StrCat(GssCsvHead(metadata, dimensions),
                          GssCsvRows(rows, dimensions));
    }
    case ExportForm::kSdmxCsv:
      return absl::StrCat(SdmxCsvHead(SdmxStructure::kAnswers),
                          SdmxCsvRows(rows, SdmxStructure::kAnswers));
    case ExportForm::kJsonStat:
      return JsonStat(metadata, rows);
    case ExportForm::kNdjson:
      break;
  }
  return absl::InternalError("an answer as ndjson is written elsewhere");
}

}  // namespace collate::client
