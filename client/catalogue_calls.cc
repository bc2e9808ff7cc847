// Client's questions to the catalogue.

#include <string>
#include <utility>
#include <vector>

#include "client/calls.h"
#include "client/client.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

}  // namespace

absl::StatusOr<std::vector<v1::Source>> Client::ListSources() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListSources,
                 v1::ListSourcesRequest(),
                 &v1::ListSourcesResponse::mutable_sources, options_);
}

absl::StatusOr<std::vector<v1::Release>> Client::ListReleases(
    const std::string& parent) {
  v1::ListReleasesRequest request;
  request.set_parent(parent);
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListReleases,
                 std::move(request),
                 &v1::ListReleasesResponse::mutable_releases, options_);
}

absl::StatusOr<std::vector<v1::Measure>> Client::ListMeasures() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListMeasures,
                 v1::ListMeasuresRequest(),
                 &v1::ListMeasuresResponse::mutable_measures, options_);
}

absl::StatusOr<std::vector<v1::Dimension>> Client::ListDimensions() {
  return ListAll(*stubs_->catalogue,
                 &v1::CatalogueService::Stub::ListDimensions,
                 v1::ListDimensionsRequest(),
                 &v1::ListDimensionsResponse::mutable_dimensions, options_);
}

absl::StatusOr<std::vector<v1::Member>> Client::ListMembers(
    const std::string& parent, const std::string& level) {
  v1::ListMembersRequest request;
  request.set_parent(parent);
  request.set_level(level);
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListMembers,
                 std::move(request), &v1::ListMembersResponse::mutable_members,
                 options_);
}

absl::StatusOr<std::vector<v1::Panel>> Client::ListPanels() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListPanels,
                 v1::ListPanelsRequest(),
                 &v1::ListPanelsResponse::mutable_panels, options_);
}

absl::StatusOr<std::vector<v1::Adapter>> Client::ListAdapters() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListAdapters,
                 v1::ListAdaptersRequest(),
                 &v1::ListAdaptersResponse::mutable_adapters, options_);
}

absl::StatusOr<std::vector<v1::Finding>> Client::ListFindings(
    const v1::ListFindingsRequest& request) {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListFindings,
                 request, &v1::ListFindingsResponse::mutable_findings,
                 options_);
}

absl::StatusOr<v1::Source> Client::GetSource(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetSourceResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetSource,
           Named<v1::GetSourceRequest>(name), options_));
  return std::move(*response.mutable_source());
}

absl::StatusOr<v1::Release> Client::GetRelease(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetReleaseResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetRelease,
           Named<v1::GetReleaseRequest>(name), options_));
  return std::move(*response.mutable_release());
}

absl::StatusOr<v1::Measure> Client::GetMeasure(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetMeasureResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetMeasure,
           Named<v1::GetMeasureRequest>(name), options_));
  return std::move(*response.mutable_measure());
}

absl::StatusOr<v1::Dimension> Client::GetDimension(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetDimensionResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetDimension,
           Named<v1::GetDimensionRequest>(name), options_));
  return std::move(*response.mutable_dimension());
}

absl::StatusOr<v1::Member> Client::GetMember(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetMemberResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetMember,
           Named<v1::GetMemberRequest>(name), options_));
  return std::move(*response.mutable_member());
}

absl::StatusOr<v1::Panel> Client::GetPanel(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetPanelResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetPanel,
           Named<v1::GetPanelRequest>(name), options_));
  return std::move(*response.mutable_panel());
}

absl::StatusOr<v1::Adapter> Client::GetAdapter(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetAdapterResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetAdapter,
           Named<v1::GetAdapterRequest>(name), options_));
  return std::move(*response.mutable_adapter());
}

absl::StatusOr<v1::IngestionReport> Client::GetReleaseReport(
    const std::string& release) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetReleaseReportResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetReleaseReport,
           Named<v1::GetReleaseReportRequest>(release + "/report"), options_));
  return std::move(*response.mutable_report());
}

}  // namespace collate::client
