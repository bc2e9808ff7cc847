#include "service/api/convert_provenance.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/base/status_macros.h"
#include "service/ingest/report.h"

namespace collate::api {

absl::StatusOr<v1::ReleaseProvenance> ProvenanceOf(
    const store::Release& release) {
  v1::ReleaseProvenance result;
  result.set_release(release.name);
  if (release.publish_time.has_value()) {
    *result.mutable_publish_time() = ToProto(*release.publish_time);
  }
  *result.mutable_load_time() = ToProto(release.load_time);
  result.set_adapter(
      absl::StrCat("adapters/", EncodeSegment(View(release.adapter_id))));
  result.set_adapter_version(release.adapter_version);
  result.set_adapter_sha256(release.adapter_sha256);
  result.set_vocabulary_sha256(release.vocabulary_sha256);
  result.set_synthetic(release.synthetic);
  if (release.report.empty()) return result;
  ingest::Report report;
  COLLATE_RETURN_IF_ERROR(ingest::ParseReport(View(release.report), &report));
  for (ingest::DocumentReport& document : report.documents) {
    for (ingest::TableReport& table : document.tables) {
      if (!table.recipe.empty() && !table.refused) {
        result.add_recipes(std::move(table.recipe));
      }
    }
  }
  SortOnce(result.mutable_recipes());
  return result;
}

}  // namespace collate::api
