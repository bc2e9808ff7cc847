#include "service/api/methods.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collate/v1/catalogue_service.pb.h"
#include "collate/v1/ingestion_service.pb.h"
#include "collate/v1/operations_service.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "service/api/paging.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// What is written as bytes or as a message of its own type, as any message.
template <typename Response, typename Written>
class AnyWriter final : public Writer<Written> {
 public:
  explicit AnyWriter(Writer<AnyMessage>& writer) : writer_(writer) {}

  absl::Status Write(Written message) override {
    return writer_.Write(ToAny(std::move(message)));
  }
  void TryWrite(Written message) override {
    writer_.TryWrite(ToAny(std::move(message)));
  }

 private:
  static AnyMessage ToAny(Written message) {
    auto any = std::make_unique<Response>();
    if constexpr (std::is_same_v<Written, std::string>) {
      // Our own bytes.
      any->ParsePartialFromString(message);
    } else {
      *any = std::move(message);
    }
    return any;
  }

  Writer<AnyMessage>& writer_;
};

class Table {
 public:
  // A method is found by its request, which is of one method alone.
  template <typename Service, typename Request, typename Response>
  void Add(const ByProfile<Service>& handlers,
           absl::StatusOr<Response> (Service::*handle)(CallContext&,
                                                       const Request&) const,
           Calls::Kind kind = Calls::Kind::kQuestion) {
    Method& method = Begin(Request::default_instance(), kind);
    method.answer = [handlers, handle](
                        CallContext& context,
                        const Message& request) -> absl::StatusOr<AnyMessage> {
      auto response = (handlers.Of(context).*handle)(
          context, static_cast<const Request&>(request));
      if (!response.ok()) return std::move(response).status();
      return std::make_unique<Response>(*std::move(response));
    };
  }

  // Response: what Written is, or is the bytes of.
  template <typename Response, typename Service, typename Request,
            typename Written>
  void AddStream(const ByProfile<Service>& handlers,
                 absl::Status (Service::*handle)(CallContext&, const Request&,
                                                 Writer<Written>&) const) {
    Method& method = Begin(Request::default_instance(), Calls::Kind::kDownload);
    method.stream = [handlers, handle](CallContext& context,
                                       const Message& request,
                                       Writer<AnyMessage>& writer) {
      AnyWriter<Response, Written> typed(writer);
      return (handlers.Of(context).*handle)(
          context, static_cast<const Request&>(request), typed);
    };
  }

  Method& Begin(const Message& request, Calls::Kind kind) {
    Method& method = methods_.emplace_back();
    method.kind = kind;
    method.request = &request;
    method.descriptor = MethodOf(request);
    method.name = absl::StrCat("/", method.descriptor->service()->full_name(),
                               "/", method.descriptor->name());
    return method;
  }

  std::vector<Method> Take() {
    std::sort(methods_.begin(), methods_.end(),
              [](const Method& a, const Method& b) { return a.name < b.name; });
    return std::move(methods_);
  }

 private:
  static const MethodDescriptor* MethodOf(const Message& request) {
    const DescriptorPool& pool = *DescriptorPool::generated_pool();
    for (const char* name :
         {"collate.v1.CatalogueService", "collate.v1.IngestionService",
          "collate.v1.OperationsService", "collate.v1.StatisticsService"}) {
      const auto* service = pool.FindServiceByName(name);
      for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
        if (service->method(i)->input_type() == request.GetDescriptor()) {
          return service->method(i);
        }
      }
    }
    return nullptr;  // not of handlers that answer collate.v1
  }

  std::vector<Method> methods_;
};

void AddCatalogue(const ByProfile<CatalogueHandlers>& handlers, Table& table) {
  table.Add(handlers, &CatalogueHandlers::ListSources);
  table.Add(handlers, &CatalogueHandlers::GetSource);
  table.Add(handlers, &CatalogueHandlers::ListReleases);
  table.Add(handlers, &CatalogueHandlers::GetRelease);
  table.Add(handlers, &CatalogueHandlers::GetReleaseReport);
  table.Add(handlers, &CatalogueHandlers::ListMeasures);
  table.Add(handlers, &CatalogueHandlers::GetMeasure);
  table.Add(handlers, &CatalogueHandlers::ListDimensions);
  table.Add(handlers, &CatalogueHandlers::GetDimension);
  table.Add(handlers, &CatalogueHandlers::ListMembers);
  table.Add(handlers, &CatalogueHandlers::GetMember);
  table.Add(handlers, &CatalogueHandlers::ListPanels);
  table.Add(handlers, &CatalogueHandlers::GetPanel);
  table.Add(handlers, &CatalogueHandlers::ListAdapters);
  table.Add(handlers, &CatalogueHandlers::GetAdapter);
  table.Add(handlers, &CatalogueHandlers::ListFindings);
}

void AddStatistics(const ByProfile<StatisticsHandlers>& handlers,
                   Table& table) {
  table.Add(handlers, &StatisticsHandlers::ExplainCell);
  table.Add(handlers, &StatisticsHandlers::ListObservations);
  table.Add(handlers, &StatisticsHandlers::ListConflicts);
  table.Add(handlers, &StatisticsHandlers::GetAnswer);
  table.Add(handlers, &StatisticsHandlers::ListRevisions);
  table.Add(handlers, &StatisticsHandlers::CheckQuery);
  table.Add(handlers, &StatisticsHandlers::CompareMeasures);
  table.Add(handlers, &StatisticsHandlers::CheckClaims);
  table.AddStream<v1::ReadDocumentResponse>(handlers,
                                            &StatisticsHandlers::ReadDocument);
  table.AddStream<v1::ReadDocumentCellsResponse>(
      handlers, &StatisticsHandlers::ReadDocumentCells);
  Method& query = table.Begin(v1::QueryStatisticsRequest::default_instance(),
                              Calls::Kind::kQuestion);
  query.answer = [handlers](
                     CallContext& context,
                     const Message& message) -> absl::StatusOr<AnyMessage> {
    const auto& request =
        static_cast<const v1::QueryStatisticsRequest&>(message);
    const auto answer = handlers.Of(context).QueryStatistics(
        context, request, Serialise(request));
    if (!answer.ok()) return answer.status();
    auto response = std::make_unique<v1::QueryStatisticsResponse>();
    if (!response->ParseFromString((*answer)->bytes)) {
      return base::Error(absl::StatusCode::kInternal, "ANSWER_NOT_READABLE",
                         "the answer cannot be read back");
    }
    return response;
  };
}

}  // namespace

std::vector<Method> MethodsOf(const Handlers& handlers) {
  Table table;
  AddCatalogue(handlers.catalogue, table);
  AddStatistics(handlers.statistics, table);
  table.AddStream<v1::ExportObservationsResponse>(
      handlers.exports, &ExportHandlers::ExportObservations);
  // The same, whoever asks.
  const ByProfile<IngestionHandlers> ingestion{handlers.ingestion,
                                               handlers.ingestion};
  table.Add(ingestion, &IngestionHandlers::IngestDocument,
            Calls::Kind::kIngestion);
  table.Add(ingestion, &IngestionHandlers::WithdrawRelease);
  const ByProfile<OperationsHandlers> operations{handlers.operations,
                                                 handlers.operations};
  table.Add(operations, &OperationsHandlers::GetServiceStatus);
  table.Add(operations, &OperationsHandlers::ReloadAdapters);
  table.AddStream<v1::CheckStoreResponse>(operations,
                                          &OperationsHandlers::CheckStore);
  table.AddStream<v1::BackUpStoreResponse>(operations,
                                           &OperationsHandlers::BackUpStore);
  table.AddStream<v1::AuditDisclosureResponse>(
      operations, &OperationsHandlers::AuditDisclosure);
  return table.Take();
}

}  // namespace collate::api
