// A service in this process that answers from what a test put into it, on a
// port of its own choosing. Thread-safe where a call may be running.

#ifndef COLLATE_TESTS_CLIENT_FAKE_SERVICE_H_
#define COLLATE_TESTS_CLIENT_FAKE_SERVICE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/client.h"
#include "collate/v1/catalogue_service.grpc.pb.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/operations_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "service/base/digest.h"

namespace collate::testing {

// A status with details, as the service makes them.
inline grpc::Status RichError(grpc::StatusCode code, const std::string& message,
                              const std::string& reason,
                              const std::string& field) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("collate");
  (*info.mutable_metadata())["near_matches"] = "88A";
  google::rpc::BadRequest request;
  auto* violation = request.add_field_violations();
  violation->set_field(field);
  violation->set_description("unknown");
  google::rpc::Status rich;
  rich.set_code(code);
  rich.set_message(message);
  rich.add_details()->PackFrom(info);
  rich.add_details()->PackFrom(request);
  return grpc::Status(code, message, rich.SerializeAsString());
}

class FakeStatistics final : public v1::StatisticsService::Service {
 public:
  // Answers of QueryStatistics, one a call; a call too many is an error.
  struct Page {
    v1::QueryStatisticsResponse response;
    grpc::Status status;
  };
  std::deque<Page> pages;
  std::vector<v1::QueryStatisticsRequest> requests;

  grpc::Status QueryStatistics(grpc::ServerContext*,
                               const v1::QueryStatisticsRequest* request,
                               v1::QueryStatisticsResponse* response) override {
    requests.push_back(*request);
    if (pages.empty()) return grpc::Status(grpc::StatusCode::INTERNAL, "empty");
    const Page page = pages.front();
    pages.pop_front();
    *response = page.response;
    return page.status;
  }

  grpc::Status ExplainCell(grpc::ServerContext*,
                           const v1::ExplainCellRequest* request,
                           v1::ExplainCellResponse* response) override {
    response->mutable_cell()->set_handle(request->handle());
    response->mutable_cell()->set_state(v1::STATE_NO_RELEASE);
    *response->mutable_derivation() = derivation;
    return grpc::Status::OK;
  }
  v1::Step derivation;  // of every cell

  grpc::Status CheckQuery(grpc::ServerContext*,
                          const v1::CheckQueryRequest* request,
                          v1::CheckQueryResponse* response) override {
    *response = check;
    response->set_cell_count(request->query().periods_size());
    return grpc::Status::OK;
  }
  v1::CheckQueryResponse check;

  // A column for each that is asked for.
  grpc::Status CompareMeasures(grpc::ServerContext*,
                               const v1::CompareMeasuresRequest* request,
                               v1::CompareMeasuresResponse* response) override {
    for (const v1::ComparedColumn& column : request->columns()) {
      response->add_columns()->set_label(column.label());
    }
    return grpc::Status::OK;
  }

  // What is kept of documents, by name, in two parts; of others the digest.
  std::map<std::string, std::string> documents;
  std::string documents_sha256;  // as the service names it, of every one
  grpc::Status ReadDocument(
      grpc::ServerContext*, const v1::ReadDocumentRequest* request,
      grpc::ServerWriter<v1::ReadDocumentResponse>* writer) override {
    const auto found = documents.find(request->document());
    if (found == documents.end()) {
      return RichError(grpc::StatusCode::FAILED_PRECONDITION,
                       "only the digest is kept: sha256 ab",
                       "DOCUMENT_NOT_RETAINED", "document");
    }
    const size_t half = found->second.size() / 2;
    v1::ReadDocumentResponse part;
    part.set_sha256(documents_sha256);
    part.set_chunk(found->second.substr(0, half));
    writer->Write(part);
    part.Clear();
    part.set_chunk(found->second.substr(half));
    writer->Write(part);
    return grpc::Status::OK;
  }

  // What an export sends, and how it ends.
  std::vector<v1::ExportObservationsResponse> export_parts;
  grpc::Status export_status;
  std::vector<v1::ExportObservationsRequest> export_requests;

  grpc::Status ExportObservations(
      grpc::ServerContext*, const v1::ExportObservationsRequest* request,
      grpc::ServerWriter<v1::ExportObservationsResponse>* writer) override {
    export_requests.push_back(*request);
    for (const auto& part : export_parts) writer->Write(part);
    return export_status;
  }

  // What CheckClaims answers.
  v1::CheckClaimsResponse claims;
  grpc::Status claims_status;
  int claim_requests = 0;
  grpc::Status CheckClaims(grpc::ServerContext*, const v1::CheckClaimsRequest*,
                           v1::CheckClaimsResponse* response) override {
    ++claim_requests;
    *response = claims;
    return claims_status;
  }

  // The pages above again, under the name that was asked for.
  grpc::Status GetAnswer(grpc::ServerContext*,
                         const v1::GetAnswerRequest* request,
                         v1::GetAnswerResponse* response) override {
    if (pages.empty()) return grpc::Status(grpc::StatusCode::NOT_FOUND, "none");
    const v1::QueryStatisticsResponse page = pages.front().response;
    pages.pop_front();
    response->set_name(request->name());
    response->set_answer(page.SerializeAsString());
    response->set_next_page_token(page.next_page_token());
    response->mutable_query()->add_group_by("reporter");
    response->mutable_first_given_time()->set_seconds(1709164800);
    return grpc::Status::OK;
  }

  // Two pages of one revision.
  grpc::Status ListRevisions(grpc::ServerContext*,
                             const v1::ListRevisionsRequest* request,
                             v1::ListRevisionsResponse* response) override {
    response->add_revisions()->set_measure(request->release());
    response->set_total_size(2);
    if (request->page_token().empty()) response->set_next_page_token("2");
    return grpc::Status::OK;
  }

  // Two pages of one observation.
  grpc::Status ListObservations(
      grpc::ServerContext*, const v1::ListObservationsRequest* request,
      v1::ListObservationsResponse* response) override {
    response->add_observations()->set_measure(request->measure());
    if (request->page_token().empty()) response->set_next_page_token("2");
    return grpc::Status::OK;
  }

  // As many conflicts as there are, one a page.
  int conflict_count = 0;
  std::vector<v1::ListConflictsRequest> conflict_requests;
  grpc::Status ListConflicts(grpc::ServerContext*,
                             const v1::ListConflictsRequest* request,
                             v1::ListConflictsResponse* response) override {
    conflict_requests.push_back(*request);
    const int page = static_cast<int>(request->page_token().size());
    if (page < conflict_count) {
      response->add_conflicts()->set_kind(v1::CONFLICT_KIND_SAME_CELL);
    }
    if (page + 1 < conflict_count) {
      response->set_next_page_token(std::string(page + 1, 'x'));
    }
    return grpc::Status::OK;
  }
};

// The parts of an export of `count` observations in batches of one, and the
// footer that proves them.
inline std::vector<v1::ExportObservationsResponse> ExportParts(int count) {
  std::vector<v1::ExportObservationsResponse> parts(1);
  parts[0].mutable_header()->set_observation_count(count);
  base::Sha256 digest;
  for (int i = 0; i < count; ++i) {
    v1::ExportBatch* batch = parts.emplace_back().mutable_batch();
    batch->add_observations()->set_measure(absl::StrCat("m", i));
    const std::string bytes = batch->SerializeAsString();
    digest.Update(std::string(1, static_cast<char>(bytes.size())))
        .Update(std::string(7, '\0'))
        .Update(bytes);
  }
  v1::ExportFooter* footer = parts.emplace_back().mutable_footer();
  footer->set_observation_count(count);
  footer->set_sha256(digest.FinishHex());
  return parts;
}

class FakeCatalogue final : public v1::CatalogueService::Service {
 public:
  // Three pages of one panel each.
  grpc::Status ListPanels(grpc::ServerContext*,
                          const v1::ListPanelsRequest* request,
                          v1::ListPanelsResponse* response) override {
    const size_t page = request->page_token().size();
    response->add_panels()->set_name(absl::StrCat("panels/p", page));
    if (page < 2) response->set_next_page_token(std::string(page + 1, 'x'));
    return grpc::Status::OK;
  }

  grpc::Status GetReleaseReport(
      grpc::ServerContext*, const v1::GetReleaseReportRequest* request,
      v1::GetReleaseReportResponse* response) override {
    response->mutable_report()->mutable_release()->set_name(request->name());
    response->mutable_report()->add_diagnostics()->set_reason("UNKNOWN_LABEL");
    return grpc::Status::OK;
  }

  grpc::Status ListSources(grpc::ServerContext*, const v1::ListSourcesRequest*,
                           v1::ListSourcesResponse* response) override {
    response->add_sources()->set_name("sources/s");
    return grpc::Status::OK;
  }

  grpc::Status ListMeasures(grpc::ServerContext*,
                            const v1::ListMeasuresRequest*,
                            v1::ListMeasuresResponse* response) override {
    response->add_measures()->set_name("measures/m0");
    return grpc::Status::OK;
  }

  grpc::Status GetSource(grpc::ServerContext*,
                         const v1::GetSourceRequest* request,
                         v1::GetSourceResponse* response) override {
    response->mutable_source()->set_name(request->name());
    response->mutable_source()->set_licence("OGL");
    return grpc::Status::OK;
  }

  grpc::Status ListReleases(grpc::ServerContext*,
                            const v1::ListReleasesRequest* request,
                            v1::ListReleasesResponse* response) override {
    response->add_releases()->set_name(request->parent() + "/releases/r");
    return grpc::Status::OK;
  }

  // As many findings as there are, one a page.
  int finding_count = 0;
  std::vector<v1::ListFindingsRequest> finding_requests;
  grpc::Status ListFindings(grpc::ServerContext*,
                            const v1::ListFindingsRequest* request,
                            v1::ListFindingsResponse* response) override {
    finding_requests.push_back(*request);
    const int page = static_cast<int>(request->page_token().size());
    if (page < finding_count) {
      response->add_findings()->set_kind(v1::FINDING_KIND_LEVEL_SHIFT);
    }
    if (page + 1 < finding_count) {
      response->set_next_page_token(std::string(page + 1, 'x'));
    }
    return grpc::Status::OK;
  }
};

class FakeOperations final : public v1::OperationsService::Service {
 public:
  grpc::Status GetServiceStatus(
      grpc::ServerContext*, const v1::GetServiceStatusRequest*,
      v1::GetServiceStatusResponse* response) override {
    response->mutable_status()->set_version("1.2.3");
    return grpc::Status::OK;
  }

  grpc::Status ReloadAdapters(grpc::ServerContext*,
                              const v1::ReloadAdaptersRequest*,
                              v1::ReloadAdaptersResponse* response) override {
    v1::AdapterChange* change = response->add_changes();
    change->set_adapter("adapters/a");
    change->set_kind(v1::ADAPTER_CHANGE_KIND_RELEASED);
    return grpc::Status::OK;
  }

  v1::StoreCheck check;
  bool check_ends_early = false;

  grpc::Status CheckStore(
      grpc::ServerContext*, const v1::CheckStoreRequest*,
      grpc::ServerWriter<v1::CheckStoreResponse>* writer) override {
    v1::CheckStoreResponse part;
    part.mutable_progress()->set_release_count(1);
    writer->Write(part);
    *part.mutable_report() = check;
    if (!check_ends_early) writer->Write(part);
    return grpc::Status::OK;
  }

  v1::DisclosureAudit audit;
  bool audit_ends_early = false;
  grpc::Status audit_refusal;  // instead, when not OK

  grpc::Status AuditDisclosure(
      grpc::ServerContext*, const v1::AuditDisclosureRequest*,
      grpc::ServerWriter<v1::AuditDisclosureResponse>* writer) override {
    if (!audit_refusal.ok()) return audit_refusal;
    writer->Write(v1::AuditDisclosureResponse());
    v1::AuditDisclosureResponse part;
    *part.mutable_audit() = audit;
    if (!audit_ends_early) writer->Write(part);
    return grpc::Status::OK;
  }
};

class FakeIngestion final : public v1::IngestionService::Service {
 public:
  std::vector<v1::IngestReleaseRequest> parts;
  grpc::Status refusal;        // sent after the first part when not OK
  v1::IngestionReport report;  // sent at the end

  grpc::Status IngestRelease(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::IngestReleaseResponse,
                               v1::IngestReleaseRequest>* stream) override {
    v1::IngestReleaseRequest part;
    while (stream->Read(&part)) {
      parts.push_back(part);
      if (!refusal.ok()) return refusal;
      v1::IngestReleaseResponse progress;
      progress.mutable_progress()->set_done(parts.size());
      stream->Write(progress);
    }
    v1::IngestReleaseResponse last;
    *last.mutable_report() = report;
    stream->Write(last);
    return grpc::Status::OK;
  }
};

class FakeService {
 public:
  FakeService() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&statistics);
    builder.RegisterService(&catalogue);
    builder.RegisterService(&ingestion);
    builder.RegisterService(&operations);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) ADD_FAILURE() << "no server";
    address_ = absl::StrCat("127.0.0.1:", port);
  }

  const std::string& address() const { return address_; }
  grpc::Server& server() { return *server_; }

  std::unique_ptr<client::Client> Connect() {
    auto made = client::Client::Create(
        {.server = address_, .timeout = absl::Seconds(30)});
    if (!made.ok()) {
      ADD_FAILURE() << made.status();
      return nullptr;
    }
    return *std::move(made);
  }

  FakeStatistics statistics;
  FakeCatalogue catalogue;
  FakeIngestion ingestion;
  FakeOperations operations;

 private:
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_CLIENT_FAKE_SERVICE_H_
