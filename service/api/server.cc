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
#include "service/api/calls.h"
#include "service/api/flood_guard.h"
#include "service/api/grpc_services.h"
#include "service/base/error.h"
#include "service/transport/listener.h"

namespace collate::api {
namespace {

constexpr int kReflectionThreads = 16;

// Asked at the start of every call, to tell Calls of those that may never come to
// a handler of ours: others' methods, and those whose messages gRPC reads
// itself. What is received in bytes always comes to its handler.
class Announcer final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Announcer(Calls& calls) : calls_(calls) {}

  // None has an interceptor.
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* call) override {
    using Type = grpc::experimental::ServerRpcInfo::Type;
    const absl::string_view method = call->method();
    const bool one_message =
        call->type() == Type::UNARY || call->type() == Type::SERVER_STREAMING;
    if (!absl::StartsWith(method, "/collate.v1.")) {
      calls_.CountOther(call->server_context()->peer());
    } else if (one_message && !IsReceivedInBytes(method)) {
      calls_.Expect(call->server_context()->peer());
    }
    return nullptr;
  }

 private:
  Calls& calls_;
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

Calls::Options RpcOptions(const Server::Options& options,
                        std::function<void(absl::string_view)> disconnect) {
  Calls::Options rpc;
  calls.disconnect = std::move(disconnect);
  calls.audit = options.audit;
  calls.max_calls_per_second = options.max_calls_per_second;
  calls.clock = options.clock;
  calls.log = options.log;
  calls.authorizer = options.authorizer;
  calls.disclosure_profile = options.disclosure_profile;
  calls.executor.thread_count = options.thread_count;
  calls.executor.queue_capacity = static_cast<size_t>(options.queue_capacity);
  calls.admission.max_calls = options.max_calls;
  calls.admission.max_calls_per_address = options.max_calls_per_address;
  calls.max_ingestions = options.max_ingestions;
  calls.max_downloads = options.max_downloads;
  calls.max_downloads_per_address = options.max_downloads_per_address;
  calls.max_duration = options.max_duration;
  calls.max_ingestion_duration = options.max_ingestion_duration;
  calls.max_silence = options.max_silence;
  return rpc;
}

class GrpcServer final : public Server {
 public:
  explicit GrpcServer(const Options& options)
      : calls_(RpcOptions(options,
                        [this](absl::string_view peer) {
                          std::lock_guard lock(listener_mutex_);
                          if (listener_ != nullptr) listener_->Disconnect(peer);
                        })),
        statistics_(calls_, options.statistics, options.exports),
        catalogue_(calls_, options.catalogue),
        ingestion_(calls_, *options.ingestion),
        operations_(calls_, *options.operations),
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
    announcing.push_back(std::make_unique<Announcer>(calls_));
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
        calls_.StopAdmitting();
        absl::SleepFor(std::min(lame_duck_, grace));
        listener_->Stop();
        server_->Shutdown(absl::ToChronoTime(end));
      }
      // Calls that were cancelled poll their flag and end; a reactor must be
      // gone before what it borrows.
      calls_.admission().WaitUntilEmpty(absl::InfiniteDuration());
      if (server_ != nullptr) server_->Wait();
      calls_.Shutdown();
      server_.reset();
    });
  }

 private:
  Calls calls_;
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
