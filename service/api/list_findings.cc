// CatalogueHandlers::ListFindings.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "service/api/catalogue_handlers.h"
#include "service/api/convert.h"
#include "service/api/convert_findings.h"
#include "service/api/list_filters.h"
#include "service/api/paging.h"
#include "service/base/status_macros.h"
#include "service/query/plausibility.h"

namespace collate::api {
namespace {

absl::StatusOr<query::PlausibilityOptions> OptionsOf(
    const v1::ListFindingsRequest& request, const query::Snapshot& snapshot) {
  COLLATE_ASSIGN_OR_RETURN(
      ListFilters filters,
      ReadListFilters(snapshot, request.source(), request.measure(),
                      request.reporter()));
  query::PlausibilityOptions options;
  options.source = std::move(filters.source);
  options.measure = std::move(filters.measure);
  options.reporter = filters.reporter;
  for (int i = 0; i < request.kinds_size(); ++i) {
    const int kind = request.kinds(i);
    if (kind == v1::FINDING_KIND_UNSPECIFIED ||
        !v1::FindingKind_IsValid(kind)) {
      return UnknownKind("finding", kind, i);
    }
    options.kinds.push_back(static_cast<query::FindingKind>(kind));
  }
  return options;
}

}  // namespace

absl::StatusOr<v1::ListFindingsResponse> CatalogueHandlers::ListFindings(
    CallContext& context, const v1::ListFindingsRequest& request) const {
  const auto snapshot = options_.publisher->Current();
  context.asked.releases = snapshot;
  COLLATE_ASSIGN_OR_RETURN(query::PlausibilityOptions options,
                           OptionsOf(request, *snapshot));
  COLLATE_RETURN_IF_ERROR(
      CheckReadable(*snapshot, options.measure, options.source));
  options.check = [&context] { return context.Check(); };
  COLLATE_ASSIGN_OR_RETURN(const Page page,
                           ReadPage(request, View(snapshot->digest())));
  COLLATE_ASSIGN_OR_RETURN(
      const auto findings,
      findings_.Of(snapshot, Serialise(WithoutPage(request)), options.check,
                   [this, &snapshot,
                    &options]() -> absl::StatusOr<std::vector<query::Finding>> {
                     COLLATE_ASSIGN_OR_RETURN(
                         const auto rows,
                         options_.publisher->WithAllRows(snapshot));
                     return query::FindImplausible(*rows, options);
                   }));
  const auto count = static_cast<int64_t>(findings->size());
  const int64_t end = std::min(count, page.offset + page.size);
  v1::ListFindingsResponse response;
  int64_t next = page.offset;
  // A finding may cite a hundred cells, so that bytes may end a page early.
  for (int64_t bytes = 0; next < end; ++next) {
    COLLATE_ASSIGN_OR_RETURN(
        v1::Finding finding,
        ToProto((*findings)[static_cast<size_t>(next)], *snapshot));
    bytes += static_cast<int64_t>(finding.ByteSizeLong());
    if (next > page.offset && bytes > options_.page_bytes) break;
    *response.add_findings() = std::move(finding);
  }
  response.set_next_page_token(page.NextToken(next, count));
  response.set_total_size(static_cast<int32_t>(count));
  return response;
}

}  // namespace collate::api
