#include "service/api/convert_ingestion.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/api/convert_catalogue.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {
namespace {

static_assert(static_cast<int>(ingest::Stage::kReceiving) ==
              v1::INGESTION_STAGE_RECEIVING);
static_assert(static_cast<int>(ingest::Stage::kPublishing) ==
              v1::IngestionStage_MAX);
static_assert(static_cast<int>(ingest::Severity::kInfo) ==
              v1::DIAGNOSTIC_SEVERITY_INFO);
static_assert(static_cast<int>(ingest::Severity::kError) ==
              v1::DiagnosticSeverity_MAX);

absl::Status Invalid(absl::string_view reason, absl::string_view path,
                     absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, reason, message)
      .Field(path, message);
}

}  // namespace

absl::StatusOr<ingest::Pairs> FromProto(
    const google::protobuf::RepeatedPtrField<v1::KeyValue>& pairs,
    absl::string_view path) {
  ingest::Pairs result;
  for (const v1::KeyValue& pair : pairs) {
    if (!result.empty() && pair.key() < result.back().first) {
      return Invalid(
          "UNSORTED_KEYS", absl::StrCat(path, "[", result.size(), "].key"),
          absl::StrCat("key '", pair.key(), "' stands after '",
                       result.back().first, "'; sort the pairs by key"));
    }
    result.emplace_back(pair.key(), pair.value());
  }
  return result;
}

absl::StatusOr<ingest::ReleaseManifest> FromProto(
    const v1::ReleaseHeader& message) {
  ingest::ReleaseManifest manifest;
  if (!vocabulary::IsSourceId(View(message.source()))) {
    return Invalid("INVALID_SOURCE", "release.source",
                   absl::StrCat("'", message.source(),
                                "' is not a source id: 2 to 63 lower-case "
                                "letters, digits and '-'"));
  }
  manifest.source = message.source();
  switch (message.publication_case()) {
    case v1::ReleaseHeader::kPublishTime:
      manifest.publish_time = FromProto(message.publish_time());
      if (!manifest.publish_time.has_value()) {
        return Invalid("INVALID_PUBLISH_TIME", "release.publish_time",
                       "publish_time is not a time of the years 1 to 9999");
      }
      break;
    case v1::ReleaseHeader::kPublishTimeUnknown:
      break;
    case v1::ReleaseHeader::PUBLICATION_NOT_SET:
      return Invalid("PUBLISH_TIME_MISSING", "release.publish_time",
                     "say when the release was published, or that nobody "
                     "knows (publish_time_unknown)");
  }
  manifest.edition = message.edition();
  manifest.adapter = message.adapter();
  COLLATE_ASSIGN_OR_RETURN(manifest.options,
                           FromProto(message.options(), "release.options"));
  manifest.synthetic = message.synthetic();
  return manifest;
}

v1::Progress ToProto(ingest::Stage stage, uint64_t done, uint64_t total) {
  v1::Progress result;
  result.set_stage(static_cast<v1::IngestionStage>(stage));
  result.set_done(done);
  result.set_total(total);
  return result;
}

v1::IngestionReport ToProto(const ingest::Report& report) {
  v1::IngestionReport result;
  *result.mutable_release() = ToProto(report.release);
  result.set_already_loaded(report.already_loaded);
  result.set_published(report.published);
  for (const ingest::DocumentReport& document : report.documents) {
    v1::DocumentReport* entry = result.add_documents();
    entry->set_document(document.document);
    for (const ingest::TableReport& table : document.tables) {
      v1::TableReport* row = entry->add_tables();
      row->set_id(table.id);
      row->set_title(table.title);
      row->set_measure(table.measure);
      row->set_recipe(table.recipe);
      row->set_row_count(table.row_count);
      row->set_mapped_count(table.mapped_count);
      row->set_unmapped_count(table.unmapped_count);
      row->set_refused(table.refused);
      row->set_duplicate_count(table.duplicate_count);
    }
    for (const auto& [what, count] : document.accounts) {
      v1::Account* account = entry->add_accounts();
      account->set_what(what);
      account->set_count(count);
    }
  }
  for (const ingest::Diagnostic& diagnostic : report.diagnostics) {
    v1::Diagnostic* entry = result.add_diagnostics();
    entry->set_severity(
        static_cast<v1::DiagnosticSeverity>(diagnostic.severity));
    entry->set_reason(diagnostic.reason);
    entry->set_message(diagnostic.message);
    entry->set_expected(diagnostic.expected);
    entry->set_found(diagnostic.found);
    entry->set_locator(diagnostic.locator);
    entry->set_count(diagnostic.count);
  }
  return result;
}

}  // namespace collate::api
