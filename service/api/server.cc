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
#include "service/api/flood_guard.h"
#include "service/api/grpc_services.h"
#include "service/base/error.h"
#include "service/transport/listener.h"

namespace collate::api {
namespace {

constexpr int kReflectionThreads = 16;

// Asked at the start of every call, to tell Calls of those that may never come
// to a handler of ours: others' methods, and those whose messages gRPC reads
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
      calls_.CountOther(PeerOf(*call->server_context()));
    } else if (one_message && !IsReceivedInBytes(method)) {
      calls_.Expect(PeerOf(*call->server_context()));
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
  listener.reserved_descriptors = options.reserved_descriptors;
  listener.refused = [log = options.log](int64_t count) {
    log->Warning("connections refused", {{"count", count}});
  };
  return listener;
}

class GrpcServer final : public Server {
 public:
  explicit GrpcServer(const Options& options)
      : calls_(*options.calls),
        guard_(options.flood_guard != nullptr
                   ? options.flood_guard
                   : std::make_shared<FloodGuard>(
                         calls_.options().max_calls_per_second)),
        services_(MakeServices(calls_, options.handlers)) {}

  ~GrpcServer() override { Drain(absl::InfinitePast()); }

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
        options.credentials == nullptr ? MakePlaintextCredentials(guard_)
                                       : options.credentials);
    for (const auto& service : services_)
      builder.RegisterService(service.get());
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
                               calls_.options().admission.max_calls);
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
                                   calls_.options().max_ingestion_duration)));
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return base::Error(absl::StatusCode::kInternal, "CANNOT_SERVE",
                         "gRPC does not start a server with these settings");
    }
    SetServing(false);
    listener_ = *std::move(listener);
    calls_.AddTransport([this](absl::string_view peer) {
      if (!guard_->Refuse(peer, absl::Now())) listener_->Disconnect(peer);
    });
    listener_->Serve([this](int listener_fd, int fd, absl::string_view) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
          connection;
      connection.listener_fd = listener_fd;
      connection.fd = fd;
      acceptor_->HandleNewConnection(&connection);
    });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }

  int connection_count() const override { return listener_->live_count(); }

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

  void Drain(absl::Time end) override {
    std::call_once(drained_, [this, end] {
      if (server_ == nullptr) return;
      SetServing(false);
      listener_->Stop();
      server_->Shutdown(absl::ToChronoTime(std::max(end, absl::Now())));
      // Calls that were cancelled poll their flag and end; a reactor must be
      // gone before what it borrows.
      calls_.admission().WaitUntilEmpty(absl::InfiniteDuration());
      server_->Wait();
      server_.reset();
    });
  }

 private:
  Calls& calls_;
  const std::shared_ptr<FloodGuard> guard_;
  const std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<transport::Listener> listener_;
  std::once_flag drained_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  const absl::Status views =
      CheckViews(options.handlers, options.calls->options().disclosure_profile);
  if (!views.ok()) return views;
  auto server = std::make_unique<GrpcServer>(options);
  const absl::Status status = server->Listen(options);
  if (!status.ok()) return status;
  return server;
}

}  // namespace collate::api
