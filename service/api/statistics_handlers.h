// The calls of collate.v1.StatisticsService, without a transport.
//
// Thread-safe; each call takes the current snapshot once and keeps it.

#ifndef COLLATE_SERVICE_API_STATISTICS_HANDLERS_H_
#define COLLATE_SERVICE_API_STATISTICS_HANDLERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collate/v1/statistics_service.pb.h"
#include "collate/v1/vintages.pb.h"
#include "service/api/answer_cache.h"
#include "service/api/call_context.h"
#include "service/api/convert_statistics.h"
#include "service/api/stream.h"
#include "service/base/log.h"
#include "service/query/answer_name.h"
#include "service/query/conflict_list.h"
#include "service/query/plan.h"
#include "service/query/publisher.h"
#include "service/query/query.h"
#include "service/query/revisions.h"
#include "service/query/search_cache.h"
#include "service/query/snapshot.h"
#include "service/store/answer_book.h"
#include "service/store/store.h"
#include "service/vocabulary/period.h"

namespace collate::ingest {
class Ingestor;
}  // namespace collate::ingest

namespace collate::api {

class StatisticsHandlers {
 public:
  // What is pointed to outlives the handlers.
  struct Options {
    const query::Publisher* publisher = nullptr;
    // Keeps what each name is the name of. Without one, answers have no name.
    store::AnswerBook* answers = nullptr;
    base::Log* log = nullptr;  // told of names that could not be kept
    const store::Store* store = nullptr;  // the publisher's
    // Has workers look into documents; for ReadDocumentCells alone.
    const ingest::Ingestor* ingestor = nullptr;
    // Cells of one answer before paging; more are refused.
    int64_t max_cells = 100000;
    // A page ends early at this size, so that it fits into the 4 MiB that
    // clients receive unless told otherwise.
    int64_t page_bytes = int64_t{3} << 20;
    // A single answer of more is refused (reason ANSWER_TOO_LARGE).
    int64_t max_response_bytes = int64_t{64} << 20;
    // Answers that are kept for those who ask again; 0 for none.
    int64_t cache_bytes = int64_t{64} << 20;
  };

  explicit StatisticsHandlers(const Options& options);

  // The answer as it is sent: a serialised QueryStatisticsResponse. `received`
  // is the request as it came, under which it is found again.
  absl::StatusOr<AnswerCache::Answer> QueryStatistics(
      CallContext& context, const v1::QueryStatisticsRequest& request,
      absl::string_view received) const;
  // The same where it is known already, without reading the request; null where
  // it is not. Never waits.
  AnswerCache::Answer FindAnswer(CallContext& context,
                                 absl::string_view received) const;
  absl::StatusOr<v1::ExplainCellResponse> ExplainCell(
      CallContext& context, const v1::ExplainCellRequest& request) const;
  absl::StatusOr<v1::ListObservationsResponse> ListObservations(
      CallContext& context, const v1::ListObservationsRequest& request) const;
  absl::StatusOr<v1::ListConflictsResponse> ListConflicts(
      CallContext& context, const v1::ListConflictsRequest& request) const;
  absl::StatusOr<v1::GetAnswerResponse> GetAnswer(
      CallContext& context, const v1::GetAnswerRequest& request) const;
  absl::StatusOr<v1::ListRevisionsResponse> ListRevisions(
      CallContext& context, const v1::ListRevisionsRequest& request) const;
  // check_query.cc
  absl::StatusOr<v1::CheckQueryResponse> CheckQuery(
      CallContext& context, const v1::CheckQueryRequest& request) const;
  // compare_measures.cc
  absl::StatusOr<v1::CompareMeasuresResponse> CompareMeasures(
      CallContext& context, const v1::CompareMeasuresRequest& request) const;
  // read_document.cc
  absl::Status ReadDocument(CallContext& context,
                            const v1::ReadDocumentRequest& request,
                            Writer<v1::ReadDocumentResponse>& writer) const;
  absl::Status ReadDocumentCells(
      CallContext& context, const v1::ReadDocumentCellsRequest& request,
      Writer<v1::ReadDocumentCellsResponse>& writer) const;
  absl::StatusOr<v1::CheckClaimsResponse> CheckClaims(
      CallContext& context, const v1::CheckClaimsRequest& request) const;

 private:
  // A question that can be answered, and from what.
  struct Asked {
    std::string query;  // canonical, serialised
    std::shared_ptr<const query::Snapshot> snapshot;
    query::Plan plan;
  };

  // `canonical` is what `question` was made from, which is as it was asked, so
  // that mistakes name its fields.
  absl::StatusOr<Asked> Ask(const v1::StatisticsQuery& canonical,
                            const query::Query& question,
                            std::shared_ptr<const query::Snapshot> snapshot,
                            vocabulary::Day today, bool list_rows) const;
  CellConverter Converter(const Asked& asked) const;
  // A page of an answer: its cells as they are sent, and everything else.
  struct AnswerPage {
    v1::QueryStatisticsResponse rest;
    std::string cells;  // fields of the same message
    bool cells_first = true;
  };
  // The same as one message.
  static std::string Join(AnswerPage page);

  // What of a request a page depends on, beside the question and its page
  // token: in its one form.
  struct PageRequest {
    bool cited = false;
    bool packed = false;
    int32_t page_size = 0;
  };
  template <typename Request>
  static absl::StatusOr<PageRequest> ReadPageRequest(const Request& request);

  // Without its name.
  absl::StatusOr<AnswerPage> Answer(CallContext& context, const Asked& asked,
                                    const CellConverter& converter,
                                    const PageRequest& request,
                                    const std::string& page_token) const;
  // Gives the answer its name, once that is kept.
  void Name(const CallContext& context, const Asked& asked,
            const CellConverter& converter,
            v1::QueryStatisticsResponse& response) const;
  absl::Status CheckSize(int64_t bytes) const;

  const Options options_;
  mutable AnswerCache answers_;
  mutable query::AnswerNames names_;
  mutable query::SearchCache<std::vector<query::FigureConflict>> conflicts_{
      {.weight = [](const auto& found) { return found.size(); }}};
  mutable query::SearchCache<query::Revisions> revisions_{
      {.weight = [](const auto& found) { return found.revisions.size(); }}};
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_STATISTICS_HANDLERS_H_
