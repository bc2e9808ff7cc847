#include "client/export/render_export.h"

#include "absl/strings/str_cat.h"
#include "client/export/gss_csv.h"
#include "client/export/json_stat.h"
#include "client/export/sdmx_csv.h"

namespace collate::client {

absl::StatusOr<std::string> RenderExport(
    const v1::QueryStatisticsResponse& answer, const ExportMetadata& metadata,
    const std::vector<std::string>& group_by, ExportForm form) {
  std::vector<ExportRow> rows;
  for (const v1::Cell& cell : answer.cells()) rows.push_back(RowOf(cell));
  switch (form) {
    case ExportForm::kGssCsv:
      return absl::StrCat(GssCsvHead(metadata, group_by),
                          GssCsvRows(rows, group_by));
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
