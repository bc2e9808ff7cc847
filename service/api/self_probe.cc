#include "service/api/self_probe.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <future>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "service/transport/reach.h"

namespace collate::api {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

std::shared_ptr<grpc::ChannelCredentials> Credentials(bool encrypted) {
  if (!encrypted) return grpc::InsecureChannelCredentials();
  // It is our own address: whose name the certificate has does not matter.
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

absl::Status ProbeSelf(const std::string& address, bool encrypted,
                       absl::Duration timeout) {
  grpc::ChannelArguments arguments;
  // A connection of its own, which a listener that died would not accept.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  grpc::TemplatedGenericStub<HealthCheckRequest, HealthCheckResponse> stub(
      grpc::CreateCustomChannel(address, Credentials(encrypted), arguments));
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout / 2));
  const HealthCheckRequest request;
  HealthCheckResponse response;
  std::promise<grpc::Status> answered;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                 &request, &response, [&answered](grpc::Status result) {
                   answered.set_value(result);
                 });
  const grpc::Status status = answered.get_future().get();
  if (status.ok()) {
    if (response.status() == HealthCheckResponse::SERVING) {
      return absl::OkStatus();
    }
    return absl::UnavailableError(
        absl::StrCat(address, ": it says that it does not serve"));
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return transport::Reach(address, encrypted, timeout / 2);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat(address, ": ", status.error_message()));
}

}  // namespace collate::api
