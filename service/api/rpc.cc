#include "service/api/rpc.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/access/gate.h"
#include "service/api/flood_guard.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

constexpr char kRequestIdKey[] = "x-request-id";
constexpr char kRetryKey[] = "grpc-retry-pushback-ms";

// What a caller shows of itself.
access::Credentials CredentialsOf(
    const grpc::CallbackServerContext& server_context) {
  access::Credentials credentials;
  const auto& metadata = server_context.client_metadata();
  const auto token = metadata.find("authorization");
  if (token != metadata.end()) {
    credentials.authorization.assign(token->second.data(),
                                     token->second.size());
  }
  const std::shared_ptr<const grpc::AuthContext> transport =
      server_context.auth_context();
  if (transport == nullptr || !transport->IsPeerAuthenticated()) {
    return credentials;
  }
  static constexpr std::pair<const char*, const char*> kNames[] = {
      {GRPC_PEER_URI_PROPERTY_NAME, "uri:"},
      {GRPC_PEER_DNS_PROPERTY_NAME, "dns:"},
      {GRPC_PEER_EMAIL_PROPERTY_NAME, "email:"}};
  for (const auto& [property, kind] : kNames) {
    for (const grpc::string_ref& name :
         transport->FindPropertyValues(property)) {
      credentials.certificate_names.push_back(
          absl::StrCat(kind, absl::string_view(name.data(), name.size())));
    }
  }
  return credentials;
}

}  // namespace

absl::Status Open(Calls& calls, grpc::CallbackServerContext& server_context,
                  absl::string_view method, Calls::Kind kind,
                  Calls::Call& call) {
  Arrival arrival;
  arrival.peer = PeerOf(server_context);
  arrival.credentials = CredentialsOf(server_context);
  const auto& metadata = server_context.client_metadata();
  const auto id = metadata.find(kRequestIdKey);
  if (id != metadata.end()) {
    arrival.request_id.assign(id->second.data(), id->second.size());
  }
  arrival.deadline = absl::FromChrono(server_context.deadline());
  absl::Status status = calls.Open(std::move(arrival), method, kind, call);
  server_context.AddTrailingMetadata(kRequestIdKey, call.context.request_id);
  return status;
}

grpc::Status Close(Calls& calls, grpc::CallbackServerContext& server_context,
                   Calls::Call& call, const absl::Status& outcome) {
  calls.Close(call, outcome);
  if (outcome.ok()) return grpc::Status::OK;
  const auto delay = base::DetailOf(outcome).retry_delay;
  if (delay.has_value()) {
    server_context.AddTrailingMetadata(
        kRetryKey, absl::StrCat(absl::ToInt64Milliseconds(*delay)));
  }
  return ToGrpcStatus(outcome);
}

}  // namespace collate::api
