#include "service/api/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "collate/v1/catalogue_service.grpc.pb.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/operations_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "service/api/answer_call.h"
#include "service/api/flood_guard.h"
#include "service/api/rpc.h"
#include "service/api/wire_bytes.h"
#include "service/base/error.h"
#include "service/transport/listener.h"

namespace collate::api {
namespace {

constexpr int kReflectionThreads = 16;
// Methods that are served in bytes.
constexpr char kQueryStatistics[] =
    "/collate.v1.StatisticsService/QueryStatistics";
constexpr char kExportObservations[] =
    "/collate.v1.StatisticsService/ExportObservations";

// One unary method of a class of handlers.
template <typename Handlers, typename Request, typename Response>
grpc::ServerUnaryReactor* Unary(
    Rpc& rpc, grpc::CallbackServerContext* context, absl::string_view method,
    const Request* request, Response* response,
    const ByProfile<Handlers>& handlers,
    absl::StatusOr<Response> (Handlers::*handle)(CallContext&, const Request&)
        const) {
  return UnaryCall<Request, Response>::Start(
      rpc, context, method, request, response,
      [&handlers, handle](CallContext& call, const Request& message) {
        return (handlers.Of(call).*handle)(call, message);
      });
}

// One method of a class of handlers that streams its answer.
template <typename Handlers, typename Request, typename Response>
grpc::ServerWriteReactor<Sent<Response>>* Download(
    Rpc& rpc, grpc::CallbackServerContext* context, absl::string_view method,
    const Received<Request, Response>* request,
    const ByProfile<Handlers>& handlers,
    absl::Status (Handlers::*handle)(CallContext&, const Request&,
                                     Writer<Response>&) const) {
  return DownloadCall<Request, Response>::Start(
      rpc, context, method, request,
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
  StatisticsService(Rpc& rpc, const ByProfile<StatisticsHandlers>& handlers,
                    const ByProfile<ExportHandlers>& exports)
      : rpc_(rpc), handlers_(handlers), exports_(exports) {}

  grpc::ServerUnaryReactor* QueryStatistics(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response) override {
    return AnswerCall<v1::QueryStatisticsRequest>::Start(
        rpc_, context, kQueryStatistics, request, response,
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
    return Unary(rpc_, context, "/collate.v1.StatisticsService/ExplainCell",
                 request, response, handlers_,
                 &StatisticsHandlers::ExplainCell);
  }

  grpc::ServerUnaryReactor* ListObservations(
      grpc::CallbackServerContext* context,
      const v1::ListObservationsRequest* request,
      v1::ListObservationsResponse* response) override {
    return Unary(rpc_, context,
                 "/collate.v1.StatisticsService/ListObservations", request,
                 response, handlers_, &StatisticsHandlers::ListObservations);
  }

  grpc::ServerUnaryReactor* ListConflicts(
      grpc::CallbackServerContext* context,
      const v1::ListConflictsRequest* request,
      v1::ListConflictsResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.StatisticsService/ListConflicts",
                 request, response, handlers_,
                 &StatisticsHandlers::ListConflicts);
  }

  grpc::ServerUnaryReactor* GetAnswer(
      grpc::CallbackServerContext* context, const v1::GetAnswerRequest* request,
      v1::GetAnswerResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.StatisticsService/GetAnswer",
                 request, response, handlers_, &StatisticsHandlers::GetAnswer);
  }

  grpc::ServerUnaryReactor* ListRevisions(
      grpc::CallbackServerContext* context,
      const v1::ListRevisionsRequest* request,
      v1::ListRevisionsResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.StatisticsService/ListRevisions",
                 request, response, handlers_,
                 &StatisticsHandlers::ListRevisions);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportObservations(
      grpc::CallbackServerContext* context,
      const grpc::ByteBuffer* request) override {
    return Download(rpc_, context, kExportObservations, request, exports_,
                    &ExportHandlers::ExportObservations);
  }

  grpc::ServerUnaryReactor* CheckQuery(
      grpc::CallbackServerContext* context,
      const v1::CheckQueryRequest* request,
      v1::CheckQueryResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.StatisticsService/CheckQuery",
                 request, response, handlers_, &StatisticsHandlers::CheckQuery);
  }

  grpc::ServerUnaryReactor* CompareMeasures(
      grpc::CallbackServerContext* context,
      const v1::CompareMeasuresRequest* request,
      v1::CompareMeasuresResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.StatisticsService/CompareMeasures",
                 request, response, handlers_,
                 &StatisticsHandlers::CompareMeasures);
  }

  grpc::ServerWriteReactor<v1::ReadDocumentResponse>* ReadDocument(
      grpc::CallbackServerContext* context,
      const v1::ReadDocumentRequest* request) override {
    return Download(rpc_, context, "/collate.v1.StatisticsService/ReadDocument",
                    request, handlers_, &StatisticsHandlers::ReadDocument);
  }

  grpc::ServerUnaryReactor* CheckClaims(
      grpc::CallbackServerContext* context,
      const v1::CheckClaimsRequest* request,
      v1::CheckClaimsResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.StatisticsService/CheckClaims",
                 request, response, handlers_,
                 &StatisticsHandlers::CheckClaims);
  }

 private:
  Rpc& rpc_;
  const ByProfile<StatisticsHandlers> handlers_;
  const ByProfile<ExportHandlers> exports_;
};

class CatalogueService final : public v1::CatalogueService::CallbackService {
 public:
  CatalogueService(Rpc& rpc, const ByProfile<CatalogueHandlers>& handlers)
      : rpc_(rpc), handlers_(handlers) {}

  grpc::ServerUnaryReactor* ListSources(
      grpc::CallbackServerContext* context,
      const v1::ListSourcesRequest* request,
      v1::ListSourcesResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListSources",
                 request, response, handlers_, &CatalogueHandlers::ListSources);
  }

  grpc::ServerUnaryReactor* GetSource(
      grpc::CallbackServerContext* context, const v1::GetSourceRequest* request,
      v1::GetSourceResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetSource",
                 request, response, handlers_, &CatalogueHandlers::GetSource);
  }

  grpc::ServerUnaryReactor* ListReleases(
      grpc::CallbackServerContext* context,
      const v1::ListReleasesRequest* request,
      v1::ListReleasesResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListReleases",
                 request, response, handlers_,
                 &CatalogueHandlers::ListReleases);
  }

  grpc::ServerUnaryReactor* GetRelease(
      grpc::CallbackServerContext* context,
      const v1::GetReleaseRequest* request,
      v1::GetReleaseResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetRelease",
                 request, response, handlers_, &CatalogueHandlers::GetRelease);
  }

  grpc::ServerUnaryReactor* GetReleaseReport(
      grpc::CallbackServerContext* context,
      const v1::GetReleaseReportRequest* request,
      v1::GetReleaseReportResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetReleaseReport",
                 request, response, handlers_,
                 &CatalogueHandlers::GetReleaseReport);
  }

  grpc::ServerUnaryReactor* ListMeasures(
      grpc::CallbackServerContext* context,
      const v1::ListMeasuresRequest* request,
      v1::ListMeasuresResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListMeasures",
                 request, response, handlers_,
                 &CatalogueHandlers::ListMeasures);
  }

  grpc::ServerUnaryReactor* GetMeasure(
      grpc::CallbackServerContext* context,
      const v1::GetMeasureRequest* request,
      v1::GetMeasureResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetMeasure",
                 request, response, handlers_, &CatalogueHandlers::GetMeasure);
  }

  grpc::ServerUnaryReactor* ListDimensions(
      grpc::CallbackServerContext* context,
      const v1::ListDimensionsRequest* request,
      v1::ListDimensionsResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListDimensions",
                 request, response, handlers_,
                 &CatalogueHandlers::ListDimensions);
  }

  grpc::ServerUnaryReactor* GetDimension(
      grpc::CallbackServerContext* context,
      const v1::GetDimensionRequest* request,
      v1::GetDimensionResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetDimension",
                 request, response, handlers_,
                 &CatalogueHandlers::GetDimension);
  }

  grpc::ServerUnaryReactor* ListMembers(
      grpc::CallbackServerContext* context,
      const v1::ListMembersRequest* request,
      v1::ListMembersResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListMembers",
                 request, response, handlers_, &CatalogueHandlers::ListMembers);
  }

  grpc::ServerUnaryReactor* GetMember(
      grpc::CallbackServerContext* context, const v1::GetMemberRequest* request,
      v1::GetMemberResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetMember",
                 request, response, handlers_, &CatalogueHandlers::GetMember);
  }

  grpc::ServerUnaryReactor* ListPanels(
      grpc::CallbackServerContext* context,
      const v1::ListPanelsRequest* request,
      v1::ListPanelsResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListPanels",
                 request, response, handlers_, &CatalogueHandlers::ListPanels);
  }

  grpc::ServerUnaryReactor* GetPanel(grpc::CallbackServerContext* context,
                                     const v1::GetPanelRequest* request,
                                     v1::GetPanelResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetPanel",
                 request, response, handlers_, &CatalogueHandlers::GetPanel);
  }

  grpc::ServerUnaryReactor* ListAdapters(
      grpc::CallbackServerContext* context,
      const v1::ListAdaptersRequest* request,
      v1::ListAdaptersResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListAdapters",
                 request, response, handlers_,
                 &CatalogueHandlers::ListAdapters);
  }

  grpc::ServerUnaryReactor* GetAdapter(
      grpc::CallbackServerContext* context,
      const v1::GetAdapterRequest* request,
      v1::GetAdapterResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/GetAdapter",
                 request, response, handlers_, &CatalogueHandlers::GetAdapter);
  }

  grpc::ServerUnaryReactor* ListFindings(
      grpc::CallbackServerContext* context,
      const v1::ListFindingsRequest* request,
      v1::ListFindingsResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.CatalogueService/ListFindings",
                 request, response, handlers_,
                 &CatalogueHandlers::ListFindings);
  }

 private:
  Rpc& rpc_;
  const ByProfile<CatalogueHandlers> handlers_;
};

class OperationsService final : public v1::OperationsService::CallbackService {
 public:
  OperationsService(Rpc& rpc, const OperationsHandlers& handlers)
      // They are of what is stored, whoever asks.
      : rpc_(rpc), handlers_{&handlers, &handlers} {}

  grpc::ServerUnaryReactor* GetServiceStatus(
      grpc::CallbackServerContext* context,
      const v1::GetServiceStatusRequest* request,
      v1::GetServiceStatusResponse* response) override {
    return Unary(rpc_, context,
                 "/collate.v1.OperationsService/GetServiceStatus", request,
                 response, handlers_, &OperationsHandlers::GetServiceStatus);
  }

  grpc::ServerUnaryReactor* ReloadAdapters(
      grpc::CallbackServerContext* context,
      const v1::ReloadAdaptersRequest* request,
      v1::ReloadAdaptersResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.OperationsService/ReloadAdapters",
                 request, response, handlers_,
                 &OperationsHandlers::ReloadAdapters);
  }

  grpc::ServerWriteReactor<v1::CheckStoreResponse>* CheckStore(
      grpc::CallbackServerContext* context,
      const v1::CheckStoreRequest* request) override {
    return Download(rpc_, context, "/collate.v1.OperationsService/CheckStore",
                    request, handlers_, &OperationsHandlers::CheckStore);
  }

  grpc::ServerWriteReactor<v1::BackUpStoreResponse>* BackUpStore(
      grpc::CallbackServerContext* context,
      const v1::BackUpStoreRequest* request) override {
    return Download(rpc_, context, "/collate.v1.OperationsService/BackUpStore",
                    request, handlers_, &OperationsHandlers::BackUpStore);
  }

  grpc::ServerWriteReactor<v1::AuditDisclosureResponse>* AuditDisclosure(
      grpc::CallbackServerContext* context,
      const v1::AuditDisclosureRequest* request) override {
    return Download(rpc_, context,
                    "/collate.v1.OperationsService/AuditDisclosure", request,
                    handlers_, &OperationsHandlers::AuditDisclosure);
  }

 private:
  Rpc& rpc_;
  const ByProfile<OperationsHandlers> handlers_;
};

class IngestionService final : public v1::IngestionService::CallbackService {
 public:
  IngestionService(Rpc& rpc, const IngestionHandlers& handlers)
      : rpc_(rpc), handlers_(handlers), by_profile_{&handlers, &handlers} {}

  grpc::ServerUnaryReactor* WithdrawRelease(
      grpc::CallbackServerContext* context,
      const v1::WithdrawReleaseRequest* request,
      v1::WithdrawReleaseResponse* response) override {
    return Unary(rpc_, context, "/collate.v1.IngestionService/WithdrawRelease",
                 request, response, by_profile_,
                 &IngestionHandlers::WithdrawRelease);
  }

  grpc::ServerBidiReactor<v1::IngestReleaseRequest, v1::IngestReleaseResponse>*
  IngestRelease(grpc::CallbackServerContext* context) override {
    return StreamCall<v1::IngestReleaseRequest, v1::IngestReleaseResponse>::
        Start(
            rpc_, context, "/collate.v1.IngestionService/IngestRelease",
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
            rpc_, context, "/collate.v1.IngestionService/PreviewRelease",
            [this](CallContext& call, Reader<v1::PreviewReleaseRequest>& reader,
                   Writer<v1::PreviewReleaseResponse>& writer) {
              return handlers_.PreviewRelease(call, reader, writer);
            });
  }

 private:
  Rpc& rpc_;
  const IngestionHandlers& handlers_;
  // The same, whoever asks.
  const ByProfile<IngestionHandlers> by_profile_;
};

// Asked at the start of every call, to tell Rpc of those that may never come to
// a handler of ours: others' methods, and those whose messages gRPC reads
// itself. What is received in bytes always comes to its handler.
class Announcer final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Announcer(Rpc& rpc) : rpc_(rpc) {}

  // None has an interceptor.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* call) override {
    using Type = grpc::experimental::ServerRpcInfo::Type;
    const absl::string_view method = call->method();
    const bool one_message =
        call->type() == Type::UNARY || call->type() == Type::SERVER_STREAMING;
    if (!absl::StartsWith(method, "/collate.v1.")) {
      rpc_.CountOther(call->server_context()->peer());
    } else if (one_message && method != kQueryStatistics &&
               method != kExportObservations) {
      rpc_.Expect(call->server_context()->peer());
    }
    return nullptr;
  }

 private:
  Rpc& rpc_;
};

transport::Listener::Options ListenerOptions(const Server::Options& options) {
  transport::Listener::Options listener;
  listener.address = options.listen_address;
  listener.max_connections = options.max_connections;
  listener.max_connections_per_address = options.max_connections_per_address;
  listener.refused = [log = options.log](int64_t count) {
    log->Warning("connections refused", {{"count", count}});
  };
  return listener;
}

Rpc::Options RpcOptions(const Server::Options& options,
                        std::function<void(absl::string_view)> disconnect) {
  Rpc::Options rpc;
  rpc.disconnect = std::move(disconnect);
  rpc.audit = options.audit;
  rpc.max_calls_per_second = options.max_calls_per_second;
  rpc.clock = options.clock;
  rpc.log = options.log;
  rpc.authorizer = options.authorizer;
  rpc.disclosure_profile = options.disclosure_profile;
  rpc.executor.thread_count = options.thread_count;
  rpc.executor.queue_capacity = static_cast<size_t>(options.queue_capacity);
  rpc.admission.max_calls = options.max_calls;
  rpc.admission.max_calls_per_address = options.max_calls_per_address;
  rpc.max_ingestions = options.max_ingestions;
  rpc.max_downloads = options.max_downloads;
  rpc.max_downloads_per_address = options.max_downloads_per_address;
  rpc.max_duration = options.max_duration;
  rpc.max_ingestion_duration = options.max_ingestion_duration;
  rpc.max_silence = options.max_silence;
  return rpc;
}

class GrpcServer final : public Server {
 public:
  explicit GrpcServer(const Options& options)
      : rpc_(RpcOptions(options,
                        [this](absl::string_view peer) {
                          std::lock_guard lock(listener_mutex_);
                          if (listener_ != nullptr) listener_->Disconnect(peer);
                        })),
        statistics_(rpc_, options.statistics, options.exports),
        catalogue_(rpc_, options.catalogue),
        ingestion_(rpc_, *options.ingestion),
        operations_(rpc_, *options.operations),
        lame_duck_(options.lame_duck) {}

  ~GrpcServer() override { Drain(absl::ZeroDuration()); }

  absl::Status Listen(const Options& options) {
    // Both act on the builders made afterwards; gRPC has no other way.
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // Reflection describes what is linked; the built-in health service is
    // not generated code, so its messages have to be named somewhere.
    grpc::health::v1::HealthCheckRequest::descriptor();

    auto listener = transport::Listener::Bind(ListenerOptions(options));
    if (!listener.ok()) return listener.status();
    if ((*listener)->max_connections() < options.max_connections) {
      options.log->Warning("fewer connections than asked for",
                           {{"asked_for", options.max_connections},
                            {"allowed", (*listener)->max_connections()},
                            {"limit", "descriptors of the process"}});
    }
    grpc::ServerBuilder builder;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        options.credentials == nullptr
            ? MakePlaintextCredentials(options.max_calls_per_second)
            : options.credentials);
    builder.RegisterService(&statistics_);
    builder.RegisterService(&catalogue_);
    builder.RegisterService(&ingestion_);
    builder.RegisterService(&operations_);
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        announcing;
    announcing.push_back(std::make_unique<Announcer>(rpc_));
    builder.experimental().SetInterceptorCreators(std::move(announcing));
    // Reflection takes a thread for each of its calls, as many as it may.
    grpc::ResourceQuota quota;
    quota.SetMaxThreads(kReflectionThreads);
    builder.SetResourceQuota(quota);
    // All that is read at once is looked at before any of it is let go of: in
    // the 4 MiB of the default there is room for 140,000 calls that are reset.
    builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, 16384);
    builder.SetMaxReceiveMessageSize(options.max_message_bytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                               options.max_calls);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
    // A peer that vanished is noticed within two minutes; clients may ping
    // every ten seconds, with or without a call.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 90000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(
        GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10000);
    // One that nobody uses leaves its place to others.
    builder.AddChannelArgument(
        GRPC_ARG_MAX_CONNECTION_IDLE_MS,
        static_cast<int>(absl::ToInt64Milliseconds(options.max_idle)));
    builder.AddChannelArgument(
        GRPC_ARG_MAX_CONNECTION_AGE_MS,
        static_cast<int>(absl::ToInt64Milliseconds(options.max_age)));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               static_cast<int>(absl::ToInt64Milliseconds(
                                   options.max_ingestion_duration)));
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return base::Error(absl::StatusCode::kInternal, "CANNOT_SERVE",
                         "gRPC does not start a server with these settings");
    }
    SetServing(false);
    {
      std::lock_guard lock(listener_mutex_);
      listener_ = *std::move(listener);
    }
    listener_->Serve([this](int listener_fd, int fd) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
          connection;
      connection.listener_fd = listener_fd;
      connection.fd = fd;
      acceptor_->HandleNewConnection(&connection);
    });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }

  void SetServing(bool serving) override {
    grpc::HealthCheckServiceInterface* health =
        server_->GetHealthCheckService();
    health->SetServingStatus(serving);
    for (const char* service : {v1::StatisticsService::service_full_name(),
                                v1::CatalogueService::service_full_name(),
                                v1::IngestionService::service_full_name(),
                                v1::OperationsService::service_full_name()}) {
      health->SetServingStatus(service, serving);
    }
  }

  void Drain(absl::Duration grace) override {
    std::call_once(drained_, [this, grace] {
      if (server_ != nullptr) {
        const absl::Time end = absl::Now() + grace;
        SetServing(false);
        rpc_.StopAdmitting();
        absl::SleepFor(std::min(lame_duck_, grace));
        listener_->Stop();
        server_->Shutdown(absl::ToChronoTime(end));
      }
      // Calls that were cancelled poll their flag and end; a reactor must be
      // gone before what it borrows.
      rpc_.admission().WaitUntilEmpty(absl::InfiniteDuration());
      if (server_ != nullptr) server_->Wait();
      rpc_.Shutdown();
      server_.reset();
    });
  }

 private:
  Rpc rpc_;
  StatisticsService statistics_;
  CatalogueService catalogue_;
  IngestionService ingestion_;
  OperationsService operations_;
  const absl::Duration lame_duck_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::mutex listener_mutex_;  // guards the pointer while Listen sets it
  std::unique_ptr<transport::Listener> listener_;
  std::once_flag drained_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  if (options.disclosure_profile != disclosure::kNoProfile &&
      (options.statistics.shown == nullptr ||
       options.exports.shown == nullptr ||
       options.catalogue.shown == nullptr)) {
    return base::Error(absl::StatusCode::kInternal, "NO_VIEW",
                       "callers have a disclosure profile, and nothing is "
                       "shown by it")
        .With("profile", options.disclosure_profile);
  }
  auto server = std::make_unique<GrpcServer>(options);
  const absl::Status status = server->Listen(options);
  if (!status.ok()) return status;
  return server;
}

}  // namespace collate::api
