// Client's questions about numbers.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/calls.h"
#include "client/client.h"
#include "client/rpc_status.h"
#include "client/unpack.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

using absl::StatusCode;

constexpr int kCellPage = 10000;
constexpr int kCitedCellPage = 500;
constexpr int kObservationPage = 5000;
constexpr int kAnswerAttempts = 3;

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

}  // namespace

absl::StatusOr<v1::QueryStatisticsResponse> Client::Query(
    const v1::StatisticsQuery& query, v1::View view, Handles handles) {
  absl::Status changed;
  for (int attempt = 0; attempt < kAnswerAttempts; ++attempt) {
    v1::QueryStatisticsRequest request;
    *request.mutable_query() = query;
    request.set_view(view);
    request.set_page_size(view == v1::VIEW_CITED ? kCitedCellPage : kCellPage);
    if (handles == Handles::kLeftOut) {
      request.set_form(v1::ANSWER_FORM_PACKED);
    }
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
      COLLATE_RETURN_IF_ERROR(Unpack(&*page));
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

absl::StatusOr<v1::CheckClaimsResponse> Client::CheckClaims(
    const v1::ClaimSet& set) {
  v1::CheckClaimsRequest request;
  *request.mutable_claims() = set;
  return Call(*stubs_->statistics, &v1::StatisticsService::Stub::CheckClaims,
              request, options_);
}

absl::StatusOr<std::string> Client::ReadDocument(const std::string& release,
                                                 const std::string& document) {
  grpc::ClientContext context;
  Begin(context, options_, options_.ingestion_timeout);
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

absl::StatusOr<std::string> Client::ReadDocumentCells(
    const std::string& release, const std::string& document) {
  grpc::ClientContext context;
  Begin(context, options_, options_.ingestion_timeout);
  v1::ReadDocumentCellsRequest request;
  request.set_release(release);
  request.set_document(document);
  const auto stream = stubs_->statistics->ReadDocumentCells(&context, request);
  std::string cells;
  v1::ReadDocumentCellsResponse part;
  while (stream->Read(&part)) cells += part.chunk();
  const absl::Status status = FromRpc(stream->Finish());
  if (!status.ok()) return Explained(status, options_.server);
  return cells;
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
  Begin(context, options_, options_.ingestion_timeout);
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

absl::StatusOr<std::vector<v1::FigureConflict>> Client::ListConflicts(
    const v1::ListConflictsRequest& request) {
  return ListAll(*stubs_->statistics,
                 &v1::StatisticsService::Stub::ListConflicts, request,
                 &v1::ListConflictsResponse::mutable_conflicts, options_);
}

}  // namespace collate::client
