#include "client/client.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "client/file_digest.h"
#include "client/rpc_status.h"
#include "collate/v1/catalogue_service.grpc.pb.h"
#include "collate/v1/ingestion_service.grpc.pb.h"
#include "collate/v1/operations_service.grpc.pb.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "service/answer/manifest.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

// A page warns of its own cells only; the whole answer warns of all.
void AddNew(const google::protobuf::RepeatedPtrField<v1::Caveat>& caveats,
            google::protobuf::RepeatedPtrField<v1::Caveat>* known) {
  for (const v1::Caveat& caveat : caveats) {
    const bool said =
        std::any_of(known->begin(), known->end(), [&](const v1::Caveat& old) {
          return old.code() == caveat.code() &&
                 old.message() == caveat.message();
        });
    if (!said) *known->Add() = caveat;
  }
}

// Adds a page to those before it.
void AddPage(v1::QueryStatisticsResponse page,
             v1::QueryStatisticsResponse* answer) {
  if (answer->cells().empty()) {
    *answer = std::move(page);
    return;
  }
  answer->mutable_cells()->MergeFrom(page.cells());
  AddNew(page.caveats(), answer->mutable_caveats());
  for (const std::string& release : page.releases()) {
    auto& known = *answer->mutable_releases();
    if (std::find(known.begin(), known.end(), release) == known.end()) {
      known.Add(std::string(release));
    }
  }
}

using absl::StatusCode;

constexpr size_t kChunkBytes = size_t{1} << 20;
constexpr int kListPage = 1000;
constexpr int kCellPage = 10000;
constexpr int kCitedCellPage = 500;
constexpr int kObservationPage = 5000;
// Cited cells carry every line they came from.
constexpr int kMaxMessageBytes = 256 << 20;
constexpr int kAnswerAttempts = 3;

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

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // A web proxy of the environment has no part in this.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(),
                                   arguments);
}

void SetTimeout(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
}

absl::StatusOr<v1::DocumentHeader> DescribeFile(const std::string& path) {
  COLLATE_ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(path));
  v1::DocumentHeader header;
  const std::filesystem::path file(path);
  header.set_name(file.filename().string());
  if (absl::EndsWith(header.name(), answer::kManifestSuffix)) {
    header.set_media_type(std::string(answer::kManifestMediaType));
  } else if (file.extension() == ".csv") {
    header.set_media_type("text/csv");
  }
  header.set_byte_count(digest.byte_count);
  header.set_sha256(digest.sha256);
  return header;
}

// Sends the bytes of the open document; false when the service wants no more.
template <typename Request>
absl::StatusOr<bool> SendChunks(
    std::istream& in, const std::string& name,
    const std::function<bool(const Request&)>& write) {
  Request request;
  std::string* chunk = request.mutable_chunk();
  while (true) {
    chunk->resize(kChunkBytes);
    in.read(chunk->data(), static_cast<std::streamsize>(chunk->size()));
    if (in.gcount() == 0) break;
    chunk->resize(static_cast<size_t>(in.gcount()));
    if (!write(request)) return false;
  }
  // A file that changed since it was measured is the service's to refuse.
  if (!in.eof()) {
    return base::Error(StatusCode::kPermissionDenied, "FILE_NOT_READABLE",
                       absl::StrCat("cannot read ", name))
        .With("path", name);
  }
  return true;
}

// Sends a submission's parts; false from `write` means that the service has
// already answered and wants no more.
template <typename Request>
absl::Status SendParts(const Submission& submission,
                       const std::vector<v1::DocumentHeader>& headers,
                       const std::function<bool(const Request&)>& write) {
  Request request;
  *request.mutable_release() = submission.release;
  if constexpr (std::is_same_v<Request, v1::PreviewReleaseRequest>) {
    request.set_suggest(submission.suggest);
  }
  if (!write(request)) return absl::OkStatus();
  request.Clear();
  for (size_t i = 0; i < headers.size(); ++i) {
    *request.mutable_document() = headers[i];
    if (!write(request)) return absl::OkStatus();
    bool wanted = false;
    if (i < submission.paths.size()) {
      std::ifstream in(submission.paths[i], std::ios::binary);
      COLLATE_ASSIGN_OR_RETURN(wanted,
                               SendChunks(in, submission.paths[i], write));
    } else {
      std::istringstream in(submission.answer);
      COLLATE_ASSIGN_OR_RETURN(wanted, SendChunks(in, kMadeAnswerName, write));
    }
    if (!wanted) return absl::OkStatus();
  }
  request.mutable_end();
  write(request);
  return absl::OkStatus();
}

// `Stream` is one of the two bidirectional calls, which differ in name only.
template <typename Request, typename Response, typename Stream>
absl::StatusOr<v1::IngestionReport> Converse(
    grpc::ClientContext& context, Stream& stream, const Submission& submission,
    const std::vector<v1::DocumentHeader>& headers,
    const std::function<void(const v1::Progress&)>& progress,
    const std::function<void(const v1::Attachment&)>& attachment) {
  v1::IngestionReport report;
  bool reported = false;
  // Progress comes back while bytes go out: unread, it would stop them.
  std::thread reader([&] {
    Response response;
    while (stream.Read(&response)) {
      if (response.has_progress()) {
        if (progress) progress(response.progress());
        continue;
      }
      if constexpr (std::is_same_v<Response, v1::PreviewReleaseResponse>) {
        if (response.has_attachment() && attachment) {
          attachment(response.attachment());
        }
      }
      if (response.has_report()) {
        report.Swap(response.mutable_report());
        reported = true;
      }
    }
  });
  const absl::Status sent = SendParts<Request>(
      submission, headers,
      [&](const Request& request) { return stream.Write(request); });
  if (!sent.ok()) context.TryCancel();
  stream.WritesDone();
  reader.join();
  const grpc::Status status = stream.Finish();
  COLLATE_RETURN_IF_ERROR(sent);
  COLLATE_RETURN_IF_ERROR(FromRpc(status));
  if (!reported) {
    return base::Error(StatusCode::kInternal, "NO_REPORT",
                       "the service ended the ingestion without a report");
  }
  return report;
}

}  // namespace

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

namespace {

// Says where the service was looked for, which gRPC's own words do not.
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

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*),
                              const Request& request,
                              const ClientOptions& options) {
  grpc::ClientContext context;
  SetTimeout(context, options.timeout);
  Response response;
  const absl::Status status =
      FromRpc((stub.*method)(&context, request, &response));
  if (!status.ok()) return Explained(status, options.server);
  return response;
}

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

// Follows an export and holds it to its footer.
class ExportProof {
 public:
  absl::Status Add(const v1::ExportObservationsResponse& part) {
    if (ended_ || part.has_header() == begun_) {
      return Broken("its parts are out of order");
    }
    begun_ = true;
    if (part.has_header()) {
      announced_ = part.header().observation_count();
    } else if (part.has_batch()) {
      const std::string bytes = part.batch().SerializeAsString();
      std::string size(8, '\0');
      for (size_t i = 0; i < size.size(); ++i) {
        size[i] = static_cast<char>(bytes.size() >> (8 * i) & 0xFF);
      }
      digest_.Update(size).Update(bytes);
      count_ += part.batch().observations_size();
    } else if (part.has_footer()) {
      ended_ = true;
      if (part.footer().observation_count() != count_ || announced_ != count_) {
        return Broken(absl::StrCat(count_, " observations came, and ",
                                   announced_, " were announced"));
      }
      if (part.footer().sha256() != digest_.FinishHex()) {
        return Broken("its checksum does not hold");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Whole() const {
    return ended_ ? absl::OkStatus() : Broken("it ended without a footer");
  }

 private:
  static absl::Status Broken(absl::string_view why) {
    return base::Error(
        StatusCode::kDataLoss, "TRUNCATED_EXPORT",
        absl::StrCat("the export is not whole (", why, "); export again"));
  }

  bool begun_ = false;
  bool ended_ = false;
  int64_t announced_ = 0;
  int64_t count_ = 0;
  base::Sha256 digest_;
};

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(ClientOptions options) {
  COLLATE_RETURN_IF_ERROR(CheckServer(options.server));
  auto stubs = std::make_unique<Stubs>(OpenChannel(options.server));
  return std::unique_ptr<Client>(
      new Client(std::move(options), std::move(stubs)));
}

Client::Client(ClientOptions options, std::unique_ptr<Stubs> stubs)
    : options_(std::move(options)), stubs_(std::move(stubs)) {}

Client::~Client() = default;

absl::StatusOr<v1::QueryStatisticsResponse> Client::Query(
    const v1::StatisticsQuery& query, v1::View view) {
  absl::Status changed;
  for (int attempt = 0; attempt < kAnswerAttempts; ++attempt) {
    v1::QueryStatisticsRequest request;
    *request.mutable_query() = query;
    request.set_view(view);
    request.set_page_size(view == v1::VIEW_CITED ? kCitedCellPage : kCellPage);
    v1::QueryStatisticsResponse answer;
    changed = absl::OkStatus();
    while (true) {
      auto page = Call(*stubs_->statistics,
                       &v1::StatisticsService::Stub::QueryStatistics, request,
                       options_);
      if (page.status().code() == StatusCode::kAborted) {
        changed = page.status();
        break;
      }
      if (!page.ok()) return page.status();
      request.set_page_token(page->next_page_token());
      AddPage(*std::move(page), &answer);
      if (request.page_token().empty()) break;
    }
    if (!changed.ok()) continue;
    answer.clear_next_page_token();
    return answer;
  }
  return changed;
}

absl::StatusOr<Client::NamedAnswer> Client::GetAnswer(const std::string& name,
                                                      v1::View view) {
  v1::GetAnswerRequest request;
  request.set_name(name);
  request.set_view(view);
  request.set_page_size(view == v1::VIEW_CITED ? kCitedCellPage : kCellPage);
  NamedAnswer result;
  do {
    COLLATE_ASSIGN_OR_RETURN(
        v1::GetAnswerResponse response,
        Call(*stubs_->statistics, &v1::StatisticsService::Stub::GetAnswer,
             request, options_));
    v1::QueryStatisticsResponse page;
    if (!page.ParseFromString(response.answer())) {
      return base::Error(
          StatusCode::kInternal, "NO_ANSWER",
          absl::StrCat("what the service sent as ", name, " is no answer"));
    }
    AddPage(std::move(page), &result.answer);
    result.query = std::move(*response.mutable_query());
    result.first_given =
        absl::FromUnixSeconds(response.first_given_time().seconds()) +
        absl::Nanoseconds(response.first_given_time().nanos());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  result.answer.clear_next_page_token();
  return result;
}

absl::StatusOr<v1::ListRevisionsResponse> Client::ListRevisions(
    v1::ListRevisionsRequest request) {
  request.set_page_size(kListPage);
  request.clear_page_token();
  v1::ListRevisionsResponse all;
  do {
    COLLATE_ASSIGN_OR_RETURN(
        v1::ListRevisionsResponse page,
        Call(*stubs_->statistics, &v1::StatisticsService::Stub::ListRevisions,
             request, options_));
    request.set_page_token(page.next_page_token());
    if (all.revisions().empty()) {
      all = std::move(page);
    } else {
      all.mutable_revisions()->MergeFrom(page.revisions());
    }
  } while (!request.page_token().empty());
  all.clear_next_page_token();
  return all;
}

absl::StatusOr<v1::ExplainCellResponse> Client::Explain(
    const std::string& handle) {
  v1::ExplainCellRequest request;
  request.set_handle(handle);
  return Call(*stubs_->statistics, &v1::StatisticsService::Stub::ExplainCell,
              request, options_);
}

absl::StatusOr<v1::CheckQueryResponse> Client::CheckQuery(
    const v1::StatisticsQuery& query) {
  v1::CheckQueryRequest request;
  *request.mutable_query() = query;
  return Call(*stubs_->statistics, &v1::StatisticsService::Stub::CheckQuery,
              request, options_);
}

absl::StatusOr<v1::CompareMeasuresResponse> Client::CompareMeasures(
    const v1::CompareMeasuresRequest& request) {
  return Call(*stubs_->statistics,
              &v1::StatisticsService::Stub::CompareMeasures, request, options_);
}

absl::StatusOr<std::string> Client::ReadDocument(const std::string& release,
                                                 const std::string& document) {
  grpc::ClientContext context;
  SetTimeout(context, options_.ingestion_timeout);
  v1::ReadDocumentRequest request;
  request.set_release(release);
  request.set_document(document);
  const auto stream = stubs_->statistics->ReadDocument(&context, request);
  std::string bytes;
  std::string sha256;
  v1::ReadDocumentResponse part;
  while (stream->Read(&part)) {
    if (sha256.empty()) sha256 = part.sha256();
    bytes += part.chunk();
  }
  const absl::Status status = FromRpc(stream->Finish());
  if (!status.ok()) return Explained(status, options_.server);
  if (base::Sha256Hex(bytes) != sha256) {
    return base::Error(
               StatusCode::kDataLoss, "DOCUMENT_MISMATCH",
               absl::StrCat("the service sent other bytes of '", document,
                            "' than those of sha256 ", sha256))
        .With("document", document);
  }
  return bytes;
}

absl::Status Client::ListObservations(
    v1::ListObservationsRequest request,
    const std::function<absl::Status(const v1::ListObservationsResponse&)>&
        page) {
  request.set_page_size(kObservationPage);
  do {
    COLLATE_ASSIGN_OR_RETURN(
        const v1::ListObservationsResponse response,
        Call(*stubs_->statistics,
             &v1::StatisticsService::Stub::ListObservations, request,
             options_));
    COLLATE_RETURN_IF_ERROR(page(response));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status Client::ExportObservations(
    const v1::ExportObservationsRequest& request,
    const std::function<absl::Status(const v1::ExportObservationsResponse&)>&
        part) {
  grpc::ClientContext context;
  SetTimeout(context, options_.ingestion_timeout);
  const auto stream = stubs_->statistics->ExportObservations(&context, request);
  ExportProof proof;
  absl::Status status;
  v1::ExportObservationsResponse response;
  while (status.ok() && stream->Read(&response)) {
    status = proof.Add(response);
    if (status.ok()) status = part(response);
  }
  if (!status.ok()) {
    context.TryCancel();
    while (stream->Read(&response)) {
    }
    stream->Finish();
    return status;
  }
  const absl::Status ended = FromRpc(stream->Finish());
  if (!ended.ok()) return Explained(ended, options_.server);
  return proof.Whole();
}

absl::StatusOr<v1::IngestionReport> Client::Ingest(
    const Submission& submission,
    const std::function<void(const v1::Progress&)>& progress,
    const std::function<void(const v1::Attachment&)>& attachment) {
  std::vector<v1::DocumentHeader> headers;
  for (const std::string& path : submission.paths) {
    COLLATE_ASSIGN_OR_RETURN(v1::DocumentHeader header, DescribeFile(path));
    if (header.media_type() != answer::kManifestMediaType) {
      header.mutable_manifest()->Assign(submission.manifest.begin(),
                                        submission.manifest.end());
    }
    headers.push_back(std::move(header));
  }
  if (!submission.answer.empty()) {
    v1::DocumentHeader& header = headers.emplace_back();
    header.set_name(kMadeAnswerName);
    header.set_media_type(std::string(answer::kManifestMediaType));
    header.set_byte_count(static_cast<int64_t>(submission.answer.size()));
    header.set_sha256(base::Sha256Hex(submission.answer));
  }
  grpc::ClientContext context;
  SetTimeout(context, options_.ingestion_timeout);
  absl::StatusOr<v1::IngestionReport> report;
  if (submission.dry_run) {
    const auto stream = stubs_->ingestion->PreviewRelease(&context);
    report = Converse<v1::PreviewReleaseRequest, v1::PreviewReleaseResponse>(
        context, *stream, submission, headers, progress, attachment);
  } else {
    const auto stream = stubs_->ingestion->IngestRelease(&context);
    report = Converse<v1::IngestReleaseRequest, v1::IngestReleaseResponse>(
        context, *stream, submission, headers, progress, attachment);
  }
  if (!report.ok()) return Explained(report.status(), options_.server);
  return report;
}

absl::StatusOr<v1::Release> Client::Withdraw(const std::string& release,
                                             const std::string& reason) {
  v1::WithdrawReleaseRequest request;
  request.set_name(release);
  request.set_reason(reason);
  COLLATE_ASSIGN_OR_RETURN(
      v1::WithdrawReleaseResponse response,
      Call(*stubs_->ingestion, &v1::IngestionService::Stub::WithdrawRelease,
           request, options_));
  return std::move(*response.mutable_release());
}

absl::StatusOr<v1::CheckClaimsResponse> Client::CheckClaims(
    const v1::ClaimSet& set) {
  v1::CheckClaimsRequest request;
  *request.mutable_claims() = set;
  return Call(*stubs_->statistics, &v1::StatisticsService::Stub::CheckClaims,
              request, options_);
}

absl::StatusOr<std::vector<v1::Source>> Client::ListSources() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListSources,
                 v1::ListSourcesRequest(),
                 &v1::ListSourcesResponse::mutable_sources, options_);
}

absl::StatusOr<std::vector<v1::Release>> Client::ListReleases(
    const std::string& parent) {
  v1::ListReleasesRequest request;
  request.set_parent(parent);
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListReleases,
                 std::move(request),
                 &v1::ListReleasesResponse::mutable_releases, options_);
}

absl::StatusOr<std::vector<v1::Measure>> Client::ListMeasures() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListMeasures,
                 v1::ListMeasuresRequest(),
                 &v1::ListMeasuresResponse::mutable_measures, options_);
}

absl::StatusOr<std::vector<v1::Dimension>> Client::ListDimensions() {
  return ListAll(*stubs_->catalogue,
                 &v1::CatalogueService::Stub::ListDimensions,
                 v1::ListDimensionsRequest(),
                 &v1::ListDimensionsResponse::mutable_dimensions, options_);
}

absl::StatusOr<std::vector<v1::Member>> Client::ListMembers(
    const std::string& parent, const std::string& level) {
  v1::ListMembersRequest request;
  request.set_parent(parent);
  request.set_level(level);
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListMembers,
                 std::move(request), &v1::ListMembersResponse::mutable_members,
                 options_);
}

absl::StatusOr<std::vector<v1::Panel>> Client::ListPanels() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListPanels,
                 v1::ListPanelsRequest(),
                 &v1::ListPanelsResponse::mutable_panels, options_);
}

absl::StatusOr<std::vector<v1::Adapter>> Client::ListAdapters() {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListAdapters,
                 v1::ListAdaptersRequest(),
                 &v1::ListAdaptersResponse::mutable_adapters, options_);
}

absl::StatusOr<v1::Source> Client::GetSource(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetSourceResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetSource,
           Named<v1::GetSourceRequest>(name), options_));
  return std::move(*response.mutable_source());
}

absl::StatusOr<v1::Release> Client::GetRelease(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetReleaseResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetRelease,
           Named<v1::GetReleaseRequest>(name), options_));
  return std::move(*response.mutable_release());
}

absl::StatusOr<v1::Measure> Client::GetMeasure(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetMeasureResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetMeasure,
           Named<v1::GetMeasureRequest>(name), options_));
  return std::move(*response.mutable_measure());
}

absl::StatusOr<v1::Dimension> Client::GetDimension(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetDimensionResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetDimension,
           Named<v1::GetDimensionRequest>(name), options_));
  return std::move(*response.mutable_dimension());
}

absl::StatusOr<v1::Member> Client::GetMember(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetMemberResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetMember,
           Named<v1::GetMemberRequest>(name), options_));
  return std::move(*response.mutable_member());
}

absl::StatusOr<v1::Panel> Client::GetPanel(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetPanelResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetPanel,
           Named<v1::GetPanelRequest>(name), options_));
  return std::move(*response.mutable_panel());
}

absl::StatusOr<v1::Adapter> Client::GetAdapter(const std::string& name) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetAdapterResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetAdapter,
           Named<v1::GetAdapterRequest>(name), options_));
  return std::move(*response.mutable_adapter());
}

absl::StatusOr<v1::IngestionReport> Client::GetReleaseReport(
    const std::string& release) {
  COLLATE_ASSIGN_OR_RETURN(
      v1::GetReleaseReportResponse response,
      Call(*stubs_->catalogue, &v1::CatalogueService::Stub::GetReleaseReport,
           Named<v1::GetReleaseReportRequest>(release + "/report"), options_));
  return std::move(*response.mutable_report());
}

absl::StatusOr<std::vector<v1::Finding>> Client::ListFindings(
    const v1::ListFindingsRequest& request) {
  return ListAll(*stubs_->catalogue, &v1::CatalogueService::Stub::ListFindings,
                 request, &v1::ListFindingsResponse::mutable_findings,
                 options_);
}

absl::StatusOr<std::vector<v1::FigureConflict>> Client::ListConflicts(
    const v1::ListConflictsRequest& request) {
  return ListAll(*stubs_->statistics,
                 &v1::StatisticsService::Stub::ListConflicts, request,
                 &v1::ListConflictsResponse::mutable_conflicts, options_);
}

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

absl::Status Client::CheckHealth() {
  using grpc::health::v1::HealthCheckRequest;
  using grpc::health::v1::HealthCheckResponse;
  grpc::TemplatedGenericStub<HealthCheckRequest, HealthCheckResponse> stub(
      stubs_->channel);
  grpc::ClientContext context;
  SetTimeout(context, options_.timeout);
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
