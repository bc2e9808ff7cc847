#include "client/client.h"

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "client/calls.h"
#include "client/rpc_status.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/transport/listener.h"

namespace collate::client {
namespace {

using absl::StatusCode;

// Cited cells carry every line they came from.
constexpr int kMaxMessageBytes = 256 << 20;

#include "client/service_config.inc"

absl::Status CheckServer(const std::string& server) {
  absl::string_view rest = server;
  if (absl::ConsumePrefix(&rest, "unix:")) {
    if (!rest.empty()) return absl::OkStatus();
  } else if (const size_t colon = rest.rfind(':');
             colon != absl::string_view::npos && colon > 0) {
    uint32_t port = 0;
    if (absl::SimpleAtoi(rest.substr(colon + 1), &port) && port > 0 &&
        port <= 65535 && rest.find('/') == absl::string_view::npos) {
      return absl::OkStatus();
    }
  }
  return base::Error(StatusCode::kInvalidArgument, "INVALID_SERVER",
                     absl::StrCat("no address of a service: '", server,
                                  "'; expected HOST:PORT or unix:/path"))
      .With("value", server);
}

bool IsEncrypted(const ClientOptions::Tls& tls) {
  return tls.on || !tls.authorities.empty() || !tls.certificate.empty() ||
         !tls.key.empty();
}

absl::Status CheckToken(const ClientOptions& options) {
  if (options.token.empty() || IsEncrypted(options.tls) ||
      transport::IsLocalAddress(options.server)) {
    return absl::OkStatus();
  }
  return base::Error(StatusCode::kInvalidArgument, "TOKEN_IN_THE_CLEAR",
                     absl::StrCat("a token is not sent to ", options.server,
                                  " without encryption; give --tls"))
      .With("value", options.server);
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return "";
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (in && text && !text.str().empty()) return text.str();
  return base::Error(StatusCode::kInvalidArgument, "CREDENTIALS_UNREADABLE",
                     absl::StrCat("cannot read ", path, ", or it is empty"))
      .With("path", path);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(
    const ClientOptions::Tls& tls) {
  if (!IsEncrypted(tls)) return grpc::InsecureChannelCredentials();
  if (tls.certificate.empty() != tls.key.empty()) {
    return base::Error(StatusCode::kInvalidArgument, "CREDENTIALS_UNREADABLE",
                       "a certificate and its key go together");
  }
  grpc::SslCredentialsOptions options;
  COLLATE_ASSIGN_OR_RETURN(options.pem_root_certs, ReadPem(tls.authorities));
  COLLATE_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadPem(tls.certificate));
  COLLATE_ASSIGN_OR_RETURN(options.pem_private_key, ReadPem(tls.key));
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> OpenChannel(
    const std::string& server,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetServiceConfigJSON(kServiceConfig);
  // A web proxy of the environment has no part in this.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(server, credentials, arguments);
}

}  // namespace

void Begin(grpc::ClientContext& context, const ClientOptions& options,
           absl::Duration timeout) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  if (!options.token.empty()) {
    context.AddMetadata("authorization",
                        absl::StrCat("Bearer ", options.token));
  }
}

absl::Status Explained(const absl::Status& status, const std::string& server) {
  if (status.code() != StatusCode::kUnavailable ||
      !base::DetailOf(status).reason.empty()) {
    return status;
  }
  return base::Error(
      StatusCode::kUnavailable, "NO_SERVICE",
      absl::StrCat("no service answers at ", server, " (", status.message(),
                   "): start collated, or name another address with --server "
                   "or COLLATE_SERVER"));
}

absl::StatusOr<std::unique_ptr<Client>> Client::Create(ClientOptions options) {
  COLLATE_RETURN_IF_ERROR(CheckServer(options.server));
  COLLATE_RETURN_IF_ERROR(CheckToken(options));
  COLLATE_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options.tls));
  auto stubs =
      std::make_unique<Stubs>(OpenChannel(options.server, credentials));
  return std::unique_ptr<Client>(
      new Client(std::move(options), std::move(stubs)));
}

Client::Client(ClientOptions options, std::unique_ptr<Stubs> stubs)
    : options_(std::move(options)), stubs_(std::move(stubs)) {}

Client::~Client() = default;

absl::StatusOr<v1::ServiceStatus> Client::GetServiceStatus() {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetServiceStatusResponse response,
      Call(*stubs_->operations, &v1::OperationsService::Stub::GetServiceStatus,
           v1::GetServiceStatusRequest(), options_));
  return std::move(*response.mutable_status());
}

absl::StatusOr<v1::ReloadAdaptersResponse> Client::ReloadAdapters() {
  return Call(*stubs_->operations, &v1::OperationsService::Stub::ReloadAdapters,
              v1::ReloadAdaptersRequest(), options_);
}

absl::StatusOr<v1::StoreCheck> Client::CheckStore(
    const std::function<void(const v1::StoreCheck&)>& progress) {
  grpc::ClientContext context;
  Begin(context, options_, options_.ingestion_timeout);
  const auto stream =
      stubs_->operations->CheckStore(&context, v1::CheckStoreRequest());
  std::optional<v1::StoreCheck> report;
  v1::CheckStoreResponse part;
  while (stream->Read(&part)) {
    if (part.has_report()) {
      report = part.report();
    } else if (progress) {
      progress(part.progress());
    }
  }
  const absl::Status status = FromRpc(stream->Finish());
  if (!status.ok()) return Explained(status, options_.server);
  if (report.has_value()) return *std::move(report);
  return base::Error(StatusCode::kDataLoss, "TRUNCATED_CHECK",
                     "the service ended the check without a report");
}

absl::StatusOr<v1::Backup> Client::BackUpStore(
    const std::string& name, const std::function<void(int64_t)>& progress) {
  grpc::ClientContext context;
  Begin(context, options_, options_.ingestion_timeout);
  v1::BackUpStoreRequest request;
  request.set_name(name);
  const auto stream = stubs_->operations->BackUpStore(&context, request);
  std::optional<v1::Backup> backup;
  v1::BackUpStoreResponse part;
  while (stream->Read(&part)) {
    if (part.has_backup()) {
      backup = part.backup();
    } else if (progress) {
      progress(part.progress());
    }
  }
  const absl::Status status = FromRpc(stream->Finish());
  if (!status.ok()) return Explained(status, options_.server);
  if (backup.has_value()) return *std::move(backup);
  return base::Error(StatusCode::kDataLoss, "TRUNCATED_BACKUP",
                     "the service ended the backup without saying that it is "
                     "there");
}

absl::StatusOr<v1::DisclosureAudit> Client::AuditDisclosure(
    const std::function<void(int64_t)>& progress) {
  grpc::ClientContext context;
  Begin(context, options_, options_.ingestion_timeout);
  const auto stream = stubs_->operations->AuditDisclosure(
      &context, v1::AuditDisclosureRequest());
  std::optional<v1::DisclosureAudit> audit;
  v1::AuditDisclosureResponse part;
  while (stream->Read(&part)) {
    if (part.has_audit()) {
      audit = part.audit();
    } else if (progress) {
      progress(part.progress());
    }
  }
  const absl::Status status = FromRpc(stream->Finish());
  if (!status.ok()) return Explained(status, options_.server);
  if (audit.has_value()) return *std::move(audit);
  return base::Error(StatusCode::kDataLoss, "TRUNCATED_AUDIT",
                     "the service ended the audit without a result");
}

absl::Status Client::CheckHealth() {
  using grpc::health::v1::HealthCheckRequest;
  using grpc::health::v1::HealthCheckResponse;
  grpc::TemplatedGenericStub<HealthCheckRequest, HealthCheckResponse> stub(
      stubs_->channel);
  grpc::ClientContext context;
  Begin(context, options_, options_.timeout);
  HealthCheckRequest request;
  HealthCheckResponse response;
  grpc::Status outcome;
  absl::Notification done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                 &request, &response, [&](grpc::Status status) {
                   outcome = std::move(status);
                   done.Notify();
                 });
  done.WaitForNotification();
  const absl::Status status = FromRpc(outcome);
  if (!status.ok()) return Explained(status, options_.server);
  if (response.status() != HealthCheckResponse::SERVING) {
    return base::Error(
        StatusCode::kUnavailable, "NOT_SERVING",
        absl::StrCat("the service at ", options_.server,
                     " is up and says that it does not serve (",
                     HealthCheckResponse::ServingStatus_Name(response.status()),
                     ")"));
  }
  return absl::OkStatus();
}

}  // namespace collate::client
