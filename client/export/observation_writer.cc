#include "client/export/observation_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/export/gss_csv.h"
#include "client/export/json_stat.h"
#include "client/export/sdmx_csv.h"
#include "client/json.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

const std::vector<std::string>& Dimensions() {
  static const auto* const dimensions =
      new std::vector<std::string>{"reporter"};
  return *dimensions;
}

}  // namespace

ObservationWriter::ObservationWriter(ExportForm form,
                                     const std::vector<v1::Measure>& measures,
                                     std::vector<v1::Source> sources, Sink sink)
    : form_(form), sources_(std::move(sources)), sink_(std::move(sink)) {
  for (const v1::Measure& measure : measures) {
    units_[std::string(absl::StripPrefix(measure.name(), "measures/"))] =
        measure.unit();
  }
}

absl::Status ObservationWriter::Add(
    const v1::ExportObservationsResponse& part) {
  if (part.has_header()) return Header(part.header());
  if (part.has_batch()) return Batch(part.batch());
  return Footer(part.footer());
}

absl::Status ObservationWriter::Header(const v1::ExportHeader& header) {
  metadata_ = MetadataOf(header, sources_);
  switch (form_) {
    case ExportForm::kGssCsv:
      return sink_(GssCsvHead(metadata_, Dimensions()));
    case ExportForm::kSdmxCsv:
      return sink_(SdmxCsvHead(SdmxStructure::kObservations));
    case ExportForm::kNdjson:
      return Line("header", header);
    case ExportForm::kJsonStat:
      // No two printed cells share a place, so that none is taken in vain.
      if (header.observation_count() > kMaxJsonStatPositions) {
        return base::Error(
                   absl::StatusCode::kResourceExhausted, "JSON_STAT_TOO_LARGE",
                   absl::StrCat("the export has ", header.observation_count(),
                                " observations and JSON-stat has at most ",
                                kMaxJsonStatPositions,
                                " places; narrow it, or take another format"))
            .With("positions", absl::StrCat(header.observation_count()))
            .With("limit", absl::StrCat(kMaxJsonStatPositions));
      }
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status ObservationWriter::Batch(const v1::ExportBatch& batch) {
  if (form_ == ExportForm::kNdjson) {
    for (const v1::Observation& observation : batch.observations()) {
      COLLATE_RETURN_IF_ERROR(Line("observation", observation));
    }
    return absl::OkStatus();
  }
  std::vector<ExportRow> rows;
  for (const v1::Observation& observation : batch.observations()) {
    const auto unit = units_.find(observation.measure());
    rows.push_back(
        RowOf(observation, unit == units_.end() ? "" : unit->second));
  }
  switch (form_) {
    case ExportForm::kGssCsv:
      return sink_(GssCsvRows(rows, Dimensions()));
    case ExportForm::kSdmxCsv:
      return sink_(SdmxCsvRows(rows, SdmxStructure::kObservations));
    default:
      break;
  }
  rows_.insert(rows_.end(), std::make_move_iterator(rows.begin()),
               std::make_move_iterator(rows.end()));
  return absl::OkStatus();
}

absl::Status ObservationWriter::Footer(const v1::ExportFooter& footer) {
  if (form_ == ExportForm::kNdjson) return Line("footer", footer);
  if (form_ != ExportForm::kJsonStat) return absl::OkStatus();
  COLLATE_ASSIGN_OR_RETURN(const std::string text, JsonStat(metadata_, rows_));
  return sink_(text);
}

absl::Status ObservationWriter::Line(absl::string_view key,
                                     const google::protobuf::Message& message) {
  COLLATE_ASSIGN_OR_RETURN(const std::string json, ToJsonLine(message));
  return sink_(
      absl::StrCat("{\"", key, "\":", absl::StripSuffix(json, "\n"), "}\n"));
}

}  // namespace collate::client
