// How Client's methods reach the service: its stubs, and what every call does
// alike. Private to client.cc and the *_calls.cc beside it.

#ifndef COLLATE_CLIENT_CALLS_H_
#define COLLATE_CLIENT_CALLS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/rpc_status.h"
#include "collate/v1/catalogue_service.grpc.pb.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/operations_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "service/base/status_macros.h"

namespace collate::client {

struct Client::Stubs {
  explicit Stubs(std::shared_ptr<grpc::Channel> c)
      : channel(std::move(c)),
        statistics(v1::StatisticsService::NewStub(channel)),
        catalogue(v1::CatalogueService::NewStub(channel)),
        ingestion(v1::IngestionService::NewStub(channel)),
        operations(v1::OperationsService::NewStub(channel)) {}

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::StatisticsService::Stub> statistics;
  std::unique_ptr<v1::CatalogueService::Stub> catalogue;
  std::unique_ptr<v1::IngestionService::Stub> ingestion;
  std::unique_ptr<v1::OperationsService::Stub> operations;
};

// What a call begins with: it is over, answered or not, once `timeout` has
// passed, and shows the token.
void Begin(grpc::ClientContext& context, const ClientOptions& options,
           absl::Duration timeout);

// Says where the service was looked for, which gRPC's own words do not.
absl::Status Explained(const absl::Status& status, const std::string& server);

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*),
                              const Request& request,
                              const ClientOptions& options) {
  grpc::ClientContext context;
  Begin(context, options, options.timeout);
  Response response;
  const absl::Status status =
      FromRpc((stub.*method)(&context, request, &response));
  if (!status.ok()) return Explained(status, options.server);
  return response;
}

// Resources of one page.
inline constexpr int kListPage = 1000;

// Fetches every page; `items` gives the repeated field of a response.
template <typename Resource, typename Stub, typename Request, typename Response>
absl::StatusOr<std::vector<Resource>> ListAll(
    Stub& stub,
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    Request request,
    google::protobuf::RepeatedPtrField<Resource>* (Response::*items)(),
    const ClientOptions& options) {
  std::vector<Resource> all;
  request.set_page_size(kListPage);
  do {
    COLLATE_ASSIGN_OR_RETURN(Response page,
                             Call(stub, method, request, options));
    for (Resource& resource : *(page.*items)()) {
      all.push_back(std::move(resource));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CALLS_H_
