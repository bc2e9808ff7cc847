// The calls of collate.v1.StatisticsService, without a transport.
//
// Thread-safe; each call takes the current snapshot once and keeps it.

#ifndef COLLATE_SERVICE_API_STATISTICS_HANDLERS_H_
#define COLLATE_SERVICE_API_STATISTICS_HANDLERS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "collate/v1/statistics_service.pb.h"
#include "service/api/call_context.h"
#include "service/query/publisher.h"

namespace collate::api {

class StatisticsHandlers {
 public:
  struct Options {
    const query::Publisher* publisher = nullptr;  // outlives the handlers
    // Cells of one answer before paging; more are refused.
    int64_t max_cells = 100000;
    // A page ends early at this size, so that it fits into the 4 MiB that
    // clients receive unless told otherwise.
    int64_t page_bytes = int64_t{3} << 20;
    // A single answer of more is refused (reason ANSWER_TOO_LARGE).
    int64_t max_response_bytes = int64_t{64} << 20;
  };

  explicit StatisticsHandlers(const Options& options) : options_(options) {}

  absl::StatusOr<v1::QueryStatisticsResponse> QueryStatistics(
      CallContext& context, const v1::QueryStatisticsRequest& request) const;
  absl::StatusOr<v1::ExplainCellResponse> ExplainCell(
      CallContext& context, const v1::ExplainCellRequest& request) const;
  absl::StatusOr<v1::ListObservationsResponse> ListObservations(
      CallContext& context, const v1::ListObservationsRequest& request) const;
  absl::StatusOr<v1::CheckClaimsResponse> CheckClaims(
      CallContext& context, const v1::CheckClaimsRequest& request) const;

 private:
  absl::Status CheckSize(int64_t bytes) const;

  const Options options_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_STATISTICS_HANDLERS_H_
