// The calls of collate.v1.CatalogueService, without a transport.
//
// Thread-safe; each call takes the current snapshot once.

#ifndef COLLATE_SERVICE_API_CATALOGUE_HANDLERS_H_
#define COLLATE_SERVICE_API_CATALOGUE_HANDLERS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "collate/v1/catalogue_service.pb.h"
#include "service/api/call_context.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/supervisor.h"
#include "service/query/plausibility.h"
#include "service/query/publisher.h"
#include "service/query/search_cache.h"

namespace collate::api {

class CatalogueHandlers {
 public:
  struct Options {
    // All outlive the handlers.
    const query::Publisher* publisher = nullptr;
    const ingest::LiveRegistry* registry = nullptr;
    const ingest::Supervisor* supervisor = nullptr;
    int64_t page_bytes = 3 << 20;  // of findings; a page has at least one
  };

  explicit CatalogueHandlers(const Options& options) : options_(options) {}

  absl::StatusOr<v1::ListSourcesResponse> ListSources(
      CallContext& context, const v1::ListSourcesRequest& request) const;
  absl::StatusOr<v1::GetSourceResponse> GetSource(
      CallContext& context, const v1::GetSourceRequest& request) const;
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(
      CallContext& context, const v1::ListReleasesRequest& request) const;
  absl::StatusOr<v1::GetReleaseResponse> GetRelease(
      CallContext& context, const v1::GetReleaseRequest& request) const;
  absl::StatusOr<v1::GetReleaseReportResponse> GetReleaseReport(
      CallContext& context, const v1::GetReleaseReportRequest& request) const;
  absl::StatusOr<v1::ListMeasuresResponse> ListMeasures(
      CallContext& context, const v1::ListMeasuresRequest& request) const;
  absl::StatusOr<v1::GetMeasureResponse> GetMeasure(
      CallContext& context, const v1::GetMeasureRequest& request) const;
  absl::StatusOr<v1::ListDimensionsResponse> ListDimensions(
      CallContext& context, const v1::ListDimensionsRequest& request) const;
  absl::StatusOr<v1::GetDimensionResponse> GetDimension(
      CallContext& context, const v1::GetDimensionRequest& request) const;
  absl::StatusOr<v1::ListMembersResponse> ListMembers(
      CallContext& context, const v1::ListMembersRequest& request) const;
  absl::StatusOr<v1::GetMemberResponse> GetMember(
      CallContext& context, const v1::GetMemberRequest& request) const;
  absl::StatusOr<v1::ListPanelsResponse> ListPanels(
      CallContext& context, const v1::ListPanelsRequest& request) const;
  absl::StatusOr<v1::GetPanelResponse> GetPanel(
      CallContext& context, const v1::GetPanelRequest& request) const;
  absl::StatusOr<v1::ListAdaptersResponse> ListAdapters(
      CallContext& context, const v1::ListAdaptersRequest& request) const;
  absl::StatusOr<v1::GetAdapterResponse> GetAdapter(
      CallContext& context, const v1::GetAdapterRequest& request) const;
  absl::StatusOr<v1::ListFindingsResponse> ListFindings(
      CallContext& context, const v1::ListFindingsRequest& request) const;

 private:
  const Options options_;
  mutable query::SearchCache<std::vector<query::Finding>> findings_{
      {.weight = [](const auto& found) { return found.size(); }}};
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CATALOGUE_HANDLERS_H_
