#include "service/api/grpc_services.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "collate/v1/catalogue_service.grpc.pb.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/operations_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "service/api/answer_call.h"
#include "service/api/rpc.h"
#include "service/api/wire_bytes.h"

namespace collate::api {
namespace {

constexpr char kQueryStatistics[] =
    "/collate.v1.StatisticsService/QueryStatistics";
constexpr char kExportObservations[] =
    "/collate.v1.StatisticsService/ExportObservations";

// One unary method of a class of handlers.
template <typename Handlers, typename Request, typename Response>
grpc::ServerUnaryReactor* Unary(
    Calls& calls, grpc::CallbackServerContext* context,
    absl::string_view method, const Request* request, Response* response,
    const ByProfile<Handlers>& handlers,
    absl::StatusOr<Response> (Handlers::*handle)(CallContext&, const Request&)
        const,
    Calls::Kind kind = Calls::Kind::kQuestion) {
  return UnaryCall<Request, Response>::Start(
      calls, context, method, kind, request, response,
      [&handlers, handle](CallContext& call, const Request& message) {
        return (handlers.Of(call).*handle)(call, message);
      });
}

// One method of a class of handlers that streams its answer.
template <typename Handlers, typename Request, typename Response>
grpc::ServerWriteReactor<Sent<Response>>* Download(
    Calls& calls, grpc::CallbackServerContext* context,
    absl::string_view method, const Received<Request, Response>* request,
    const ByProfile<Handlers>& handlers,
    absl::Status (Handlers::*handle)(CallContext&, const Request&,
                                     Writer<Response>&) const) {
  return DownloadCall<Request, Response>::Start(
      calls, context, method, request,
      [&handlers, handle](CallContext& call, const Request& message,
                          Writer<Response>& writer) {
        return (handlers.Of(call).*handle)(call, message, writer);
      });
}

// Of no answer, none.
SharedBytes BytesOf(AnswerCache::Answer answer) {
  if (answer == nullptr) return nullptr;
  const std::string* const bytes = &answer->bytes;
  return SharedBytes(std::move(answer), bytes);
}

// What is asked often or answers much goes as bytes.
using StatisticsInBytes =
    v1::StatisticsService::WithRawCallbackMethod_QueryStatistics<
        v1::StatisticsService::WithRawCallbackMethod_ExportObservations<
            v1::StatisticsService::CallbackService>>;

class StatisticsService final : public StatisticsInBytes {
 public:
  StatisticsService(Calls& calls, const ByProfile<StatisticsHandlers>& handlers,
                    const ByProfile<ExportHandlers>& exports)
      : calls_(calls), handlers_(handlers), exports_(exports) {}

  grpc::ServerUnaryReactor* QueryStatistics(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response) override {
    return AnswerCall<v1::QueryStatisticsRequest>::Start(
        calls_, context, kQueryStatistics, request, response,
        [this](CallContext& call, absl::string_view received) {
          return BytesOf(handlers_.Of(call).FindAnswer(call, received));
        },
        [this](CallContext& call, const v1::QueryStatisticsRequest& message,
               absl::string_view received) -> absl::StatusOr<SharedBytes> {
          auto answer =
              handlers_.Of(call).QueryStatistics(call, message, received);
          if (!answer.ok()) return answer.status();
          return BytesOf(*std::move(answer));
        });
  }

  grpc::ServerUnaryReactor* ExplainCell(
      grpc::CallbackServerContext* context,
      const v1::ExplainCellRequest* request,
      v1::ExplainCellResponse* response) override {
    return Unary(calls_, context, "/collate.v1.StatisticsService/ExplainCell",
                 request, response, handlers_,
                 &StatisticsHandlers::ExplainCell);
  }

  grpc::ServerUnaryReactor* ListObservations(
      grpc::CallbackServerContext* context,
      const v1::ListObservationsRequest* request,
      v1::ListObservationsResponse* response) override {
    return Unary(calls_, context,
                 "/collate.v1.StatisticsService/ListObservations", request,
                 response, handlers_, &StatisticsHandlers::ListObservations);
  }

  grpc::ServerUnaryReactor* ListConflicts(
      grpc::CallbackServerContext* context,
      const v1::ListConflictsRequest* request,
      v1::ListConflictsResponse* response) override {
    return Unary(calls_, context, "/collate.v1.StatisticsService/ListConflicts",
                 request, response, handlers_,
                 &StatisticsHandlers::ListConflicts);
  }

  grpc::ServerUnaryReactor* GetAnswer(
      grpc::CallbackServerContext* context, const v1::GetAnswerRequest* request,
      v1::GetAnswerResponse* response) override {
    return Unary(calls_, context, "/collate.v1.StatisticsService/GetAnswer",
                 request, response, handlers_, &StatisticsHandlers::GetAnswer);
  }

  grpc::ServerUnaryReactor* ListRevisions(
      grpc::CallbackServerContext* context,
      const v1::ListRevisionsRequest* request,
      v1::ListRevisionsResponse* response) override {
    return Unary(calls_, context, "/collate.v1.StatisticsService/ListRevisions",
                 request, response, handlers_,
                 &StatisticsHandlers::ListRevisions);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportObservations(
      grpc::CallbackServerContext* context,
      const grpc::ByteBuffer* request) override {
    return Download(calls_, context, kExportObservations, request, exports_,
                    &ExportHandlers::ExportObservations);
  }

  grpc::ServerUnaryReactor* CheckQuery(
      grpc::CallbackServerContext* context,
      const v1::CheckQueryRequest* request,
      v1::CheckQueryResponse* response) override {
    return Unary(calls_, context, "/collate.v1.StatisticsService/CheckQuery",
                 request, response, handlers_, &StatisticsHandlers::CheckQuery);
  }

  grpc::ServerUnaryReactor* CompareMeasures(
      grpc::CallbackServerContext* context,
      const v1::CompareMeasuresRequest* request,
      v1::CompareMeasuresResponse* response) override {
    return Unary(calls_, context,
                 "/collate.v1.StatisticsService/CompareMeasures", request,
                 response, handlers_, &StatisticsHandlers::CompareMeasures);
  }

  grpc::ServerWriteReactor<v1::ReadDocumentResponse>* ReadDocument(
      grpc::CallbackServerContext* context,
      const v1::ReadDocumentRequest* request) override {
    return Download(calls_, context,
                    "/collate.v1.StatisticsService/ReadDocument", request,
                    handlers_, &StatisticsHandlers::ReadDocument);
  }

  grpc::ServerWriteReactor<v1::ReadDocumentCellsResponse>* ReadDocumentCells(
      grpc::CallbackServerContext* context,
      const v1::ReadDocumentCellsRequest* request) override {
    return Download(calls_, context,
                    "/collate.v1.StatisticsService/ReadDocumentCells", request,
                    handlers_, &StatisticsHandlers::ReadDocumentCells);
  }

  grpc::ServerUnaryReactor* CheckClaims(
      grpc::CallbackServerContext* context,
      const v1::CheckClaimsRequest* request,
      v1::CheckClaimsResponse* response) override {
    return Unary(calls_, context, "/collate.v1.StatisticsService/CheckClaims",
                 request, response, handlers_,
                 &StatisticsHandlers::CheckClaims);
  }

 private:
  Calls& calls_;
  const ByProfile<StatisticsHandlers> handlers_;
  const ByProfile<ExportHandlers> exports_;
};

class CatalogueService final : public v1::CatalogueService::CallbackService {
 public:
  CatalogueService(Calls& calls, const ByProfile<CatalogueHandlers>& handlers)
      : calls_(calls), handlers_(handlers) {}

  grpc::ServerUnaryReactor* ListSources(
      grpc::CallbackServerContext* context,
      const v1::ListSourcesRequest* request,
      v1::ListSourcesResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListSources",
                 request, response, handlers_, &CatalogueHandlers::ListSources);
  }

  grpc::ServerUnaryReactor* GetSource(
      grpc::CallbackServerContext* context, const v1::GetSourceRequest* request,
      v1::GetSourceResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetSource",
                 request, response, handlers_, &CatalogueHandlers::GetSource);
  }

  grpc::ServerUnaryReactor* ListReleases(
      grpc::CallbackServerContext* context,
      const v1::ListReleasesRequest* request,
      v1::ListReleasesResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListReleases",
                 request, response, handlers_,
                 &CatalogueHandlers::ListReleases);
  }

  grpc::ServerUnaryReactor* GetRelease(
      grpc::CallbackServerContext* context,
      const v1::GetReleaseRequest* request,
      v1::GetReleaseResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetRelease",
                 request, response, handlers_, &CatalogueHandlers::GetRelease);
  }

  grpc::ServerUnaryReactor* GetReleaseReport(
      grpc::CallbackServerContext* context,
      const v1::GetReleaseReportRequest* request,
      v1::GetReleaseReportResponse* response) override {
    return Unary(calls_, context,
                 "/collate.v1.CatalogueService/GetReleaseReport", request,
                 response, handlers_, &CatalogueHandlers::GetReleaseReport);
  }

  grpc::ServerUnaryReactor* ListMeasures(
      grpc::CallbackServerContext* context,
      const v1::ListMeasuresRequest* request,
      v1::ListMeasuresResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListMeasures",
                 request, response, handlers_,
                 &CatalogueHandlers::ListMeasures);
  }

  grpc::ServerUnaryReactor* GetMeasure(
      grpc::CallbackServerContext* context,
      const v1::GetMeasureRequest* request,
      v1::GetMeasureResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetMeasure",
                 request, response, handlers_, &CatalogueHandlers::GetMeasure);
  }

  grpc::ServerUnaryReactor* ListDimensions(
      grpc::CallbackServerContext* context,
      const v1::ListDimensionsRequest* request,
      v1::ListDimensionsResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListDimensions",
                 request, response, handlers_,
                 &CatalogueHandlers::ListDimensions);
  }

  grpc::ServerUnaryReactor* GetDimension(
      grpc::CallbackServerContext* context,
      const v1::GetDimensionRequest* request,
      v1::GetDimensionResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetDimension",
                 request, response, handlers_,
                 &CatalogueHandlers::GetDimension);
  }

  grpc::ServerUnaryReactor* ListMembers(
      grpc::CallbackServerContext* context,
      const v1::ListMembersRequest* request,
      v1::ListMembersResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListMembers",
                 request, response, handlers_, &CatalogueHandlers::ListMembers);
  }

  grpc::ServerUnaryReactor* GetMember(
      grpc::CallbackServerContext* context, const v1::GetMemberRequest* request,
      v1::GetMemberResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetMember",
                 request, response, handlers_, &CatalogueHandlers::GetMember);
  }

  grpc::ServerUnaryReactor* ListPanels(
      grpc::CallbackServerContext* context,
      const v1::ListPanelsRequest* request,
      v1::ListPanelsResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListPanels",
                 request, response, handlers_, &CatalogueHandlers::ListPanels);
  }

  grpc::ServerUnaryReactor* GetPanel(grpc::CallbackServerContext* context,
                                     const v1::GetPanelRequest* request,
                                     v1::GetPanelResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetPanel",
                 request, response, handlers_, &CatalogueHandlers::GetPanel);
  }

  grpc::ServerUnaryReactor* ListAdapters(
      grpc::CallbackServerContext* context,
      const v1::ListAdaptersRequest* request,
      v1::ListAdaptersResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListAdapters",
                 request, response, handlers_,
                 &CatalogueHandlers::ListAdapters);
  }

  grpc::ServerUnaryReactor* GetAdapter(
      grpc::CallbackServerContext* context,
      const v1::GetAdapterRequest* request,
      v1::GetAdapterResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/GetAdapter",
                 request, response, handlers_, &CatalogueHandlers::GetAdapter);
  }

  grpc::ServerUnaryReactor* ListFindings(
      grpc::CallbackServerContext* context,
      const v1::ListFindingsRequest* request,
      v1::ListFindingsResponse* response) override {
    return Unary(calls_, context, "/collate.v1.CatalogueService/ListFindings",
                 request, response, handlers_,
                 &CatalogueHandlers::ListFindings);
  }

 private:
  Calls& calls_;
  const ByProfile<CatalogueHandlers> handlers_;
};

class OperationsService final : public v1::OperationsService::CallbackService {
 public:
  OperationsService(Calls& calls, const OperationsHandlers& handlers)
      // They are of what is stored, whoever asks.
      : calls_(calls), handlers_{&handlers, &handlers} {}

  grpc::ServerUnaryReactor* GetServiceStatus(
      grpc::CallbackServerContext* context,
      const v1::GetServiceStatusRequest* request,
      v1::GetServiceStatusResponse* response) override {
    return Unary(calls_, context,
                 "/collate.v1.OperationsService/GetServiceStatus", request,
                 response, handlers_, &OperationsHandlers::GetServiceStatus);
  }

  grpc::ServerUnaryReactor* ReloadAdapters(
      grpc::CallbackServerContext* context,
      const v1::ReloadAdaptersRequest* request,
      v1::ReloadAdaptersResponse* response) override {
    return Unary(calls_, context,
                 "/collate.v1.OperationsService/ReloadAdapters", request,
                 response, handlers_, &OperationsHandlers::ReloadAdapters);
  }

  grpc::ServerWriteReactor<v1::CheckStoreResponse>* CheckStore(
      grpc::CallbackServerContext* context,
      const v1::CheckStoreRequest* request) override {
    return Download(calls_, context, "/collate.v1.OperationsService/CheckStore",
                    request, handlers_, &OperationsHandlers::CheckStore);
  }

  grpc::ServerWriteReactor<v1::BackUpStoreResponse>* BackUpStore(
      grpc::CallbackServerContext* context,
      const v1::BackUpStoreRequest* request) override {
    return Download(calls_, context,
                    "/collate.v1.OperationsService/BackUpStore", request,
                    handlers_, &OperationsHandlers::BackUpStore);
  }

  grpc::ServerWriteReactor<v1::AuditDisclosureResponse>* AuditDisclosure(
      grpc::CallbackServerContext* context,
      const v1::AuditDisclosureRequest* request) override {
    return Download(calls_, context,
                    "/collate.v1.OperationsService/AuditDisclosure", request,
                    handlers_, &OperationsHandlers::AuditDisclosure);
  }

 private:
  Calls& calls_;
  const ByProfile<OperationsHandlers> handlers_;
};

class IngestionService final : public v1::IngestionService::CallbackService {
 public:
  IngestionService(Calls& calls, const IngestionHandlers& handlers)
      : calls_(calls), handlers_(handlers), by_profile_{&handlers, &handlers} {}

  grpc::ServerUnaryReactor* WithdrawRelease(
      grpc::CallbackServerContext* context,
      const v1::WithdrawReleaseRequest* request,
      v1::WithdrawReleaseResponse* response) override {
    return Unary(calls_, context,
                 "/collate.v1.IngestionService/WithdrawRelease", request,
                 response, by_profile_, &IngestionHandlers::WithdrawRelease);
  }

  grpc::ServerUnaryReactor* IngestDocument(
      grpc::CallbackServerContext* context,
      const v1::IngestDocumentRequest* request,
      v1::IngestDocumentResponse* response) override {
    return Unary(calls_, context, "/collate.v1.IngestionService/IngestDocument",
                 request, response, by_profile_,
                 &IngestionHandlers::IngestDocument, Calls::Kind::kIngestion);
  }

  grpc::ServerBidiReactor<v1::IngestReleaseRequest, v1::IngestReleaseResponse>*
  IngestRelease(grpc::CallbackServerContext* context) override {
    return StreamCall<v1::IngestReleaseRequest, v1::IngestReleaseResponse>::
        Start(
            calls_, context, "/collate.v1.IngestionService/IngestRelease",
            [this](CallContext& call, Reader<v1::IngestReleaseRequest>& reader,
                   Writer<v1::IngestReleaseResponse>& writer) {
              return handlers_.IngestRelease(call, reader, writer);
            });
  }

  grpc::ServerBidiReactor<v1::PreviewReleaseRequest,
                          v1::PreviewReleaseResponse>*
  PreviewRelease(grpc::CallbackServerContext* context) override {
    return StreamCall<v1::PreviewReleaseRequest, v1::PreviewReleaseResponse>::
        Start(
            calls_, context, "/collate.v1.IngestionService/PreviewRelease",
            [this](CallContext& call, Reader<v1::PreviewReleaseRequest>& reader,
                   Writer<v1::PreviewReleaseResponse>& writer) {
              return handlers_.PreviewRelease(call, reader, writer);
            });
  }

 private:
  Calls& calls_;
  const IngestionHandlers& handlers_;
  // The same, whoever asks.
  const ByProfile<IngestionHandlers> by_profile_;
};

}  // namespace

bool IsReceivedInBytes(absl::string_view method) {
  return method == kQueryStatistics || method == kExportObservations;
}

std::vector<std::unique_ptr<grpc::Service>> MakeServices(
    Calls& calls, const Handlers& handlers) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<StatisticsService>(
      calls, handlers.statistics, handlers.exports));
  services.push_back(
      std::make_unique<CatalogueService>(calls, handlers.catalogue));
  services.push_back(
      std::make_unique<IngestionService>(calls, *handlers.ingestion));
  services.push_back(
      std::make_unique<OperationsService>(calls, *handlers.operations));
  return services;
}

}  // namespace collate::api
