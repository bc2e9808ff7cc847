#include "client/export/sdmx_csv.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "client/export/status_codes.h"
#include "client/grid.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr const char* kObservationColumns[] = {
    "RELEASE",    "LOCATOR",     "MEASURE",         "UNIVERSE",   "REPORTER",
    "BREAKDOWN",  "TIME_PERIOD", "OBS_VALUE",       "OBS_STATUS", "CONF_STATUS",
    "STATE",      "UNIT",        "LOWER",           "UPPER",      "FLAGS",
    "REASON",     "DOCUMENT",    "DOCUMENT_SHA256", "RAW",        "PERIOD_TEXT",
    "PRINTED_BY", "RECORDS"};

constexpr const char* kAnswerColumns[] = {
    "MEASURE",      "UNIVERSE",  "REPORTER",     "BREAKDOWN",   "ANSWER",
    "TIME_PERIOD",  "OBS_VALUE", "OBS_STATUS",   "CONF_STATUS", "STATE",
    "UNIT",         "LOWER",     "UPPER",        "PANEL_LOWER", "PANEL_UPPER",
    "COV_COMPLETE", "COV_DUE",   "COV_EXPECTED", "COV_STATED",  "BASIS",
    "FLAGS",        "REASON",    "RELEASES",     "CITATIONS",   "DOCUMENT",
    "LOCATOR",      "RAW",       "PERIOD_TEXT",  "PRINTED_BY",  "PANEL"};

constexpr char kObservations[] = "COLLATE:OBSERVATIONS(1.0.0)";
constexpr char kAnswers[] = "COLLATE:ANSWERS(2.0.0)";

// Not known is not empty where it is a part of the key.
std::string OrTotal(const std::string& text) {
  return text.empty() ? "_T" : text;
}

}  // namespace

std::string SdmxTimePeriod(const v1::Period& period) {
  absl::CivilDay begin;
  absl::CivilDay end;
  if (!absl::ParseCivilTime(period.start_date(), &begin) ||
      !absl::ParseCivilTime(period.end_date(), &end)) {
    return period.text();
  }
  const int64_t months = absl::CivilMonth(end) - absl::CivilMonth(begin);
  if (begin.day() != end.day() || months <= 0) {
    return absl::StrCat(period.start_date(), "/P", end - begin, "D");
  }
  return months % 12 == 0
             ? absl::StrCat(period.start_date(), "/P", months / 12, "Y")
             : absl::StrCat(period.start_date(), "/P", months, "M");
}

std::string SdmxCsvHead(SdmxStructure structure) {
  Grid grid;
  grid.columns = {{"STRUCTURE", ""}, {"STRUCTURE_ID", ""}, {"ACTION", ""}};
  if (structure == SdmxStructure::kObservations) {
    for (const char* name : kObservationColumns) {
      grid.columns.push_back({name, ""});
    }
  } else {
    for (const char* name : kAnswerColumns) grid.columns.push_back({name, ""});
  }
  return RenderCsv(grid);
}

std::string SdmxCsvRows(const std::vector<ExportRow>& rows,
                        SdmxStructure structure) {
  Grid grid;
  for (const ExportRow& row : rows) {
    const std::string flags = absl::StrJoin(row.flags, ";");
    if (structure == SdmxStructure::kObservations) {
      grid.rows.push_back({"datastructure",
                           kObservations,
                           "I",
                           row.citation.release(),
                           row.citation.locator(),
                           row.measure,
                           OrTotal(row.universe),
                           ReporterOf(row),
                           BreakdownOf(row),
                           SdmxTimePeriod(row.period),
                           row.value,
                           ObsStatus(row),
                           ConfStatus(row),
                           StateCode(row.state),
                           row.unit,
                           row.bounds.lower,
                           row.bounds.upper,
                           flags,
                           row.reason,
                           row.citation.document(),
                           row.citation.document_sha256(),
                           row.citation.raw(),
                           row.period.text(),
                           row.citation.printed_by(),
                           row.record_count});
      continue;
    }
    const v1::Coverage coverage = row.coverage.value_or(v1::Coverage());
    grid.rows.push_back({"datastructure",
                         kAnswers,
                         "I",
                         row.measure,
                         OrTotal(row.universe),
                         ReporterOf(row),
                         BreakdownOf(row),
                         row.answer,
                         SdmxTimePeriod(row.period),
                         row.value,
                         ObsStatus(row),
                         ConfStatus(row),
                         StateCode(row.state),
                         row.unit,
                         row.bounds.lower,
                         row.bounds.upper,
                         row.panel.lower,
                         row.panel.upper,
                         int64_t{coverage.complete()},
                         int64_t{coverage.due()},
                         int64_t{coverage.expected()},
                         StatedOf(row),
                         row.basis,
                         flags,
                         row.reason,
                         absl::StrJoin(row.releases, ";"),
                         row.citation_count,
                         row.citation.document(),
                         row.citation.locator(),
                         row.citation.raw(),
                         row.period.text(),
                         row.citation.printed_by(),
                         row.panel_code});
  }
  return RenderCsv(grid, /*with_header=*/false);
}

}  // namespace collate::client
