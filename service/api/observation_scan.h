// Finds stored rows as they were published: whatever the measures, filters,
// releases and period of a request keep.
//
// Stateless; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_OBSERVATION_SCAN_H_
#define COLLATE_SERVICE_API_OBSERVATION_SCAN_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "collate/v1/export.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "service/query/snapshot.h"

namespace collate::api {

// Rows by release, a source's latest first, and within one as printed. A
// withdrawn release is listed only when it is named. Stops early, with what
// it has, once `cancelled` says so.
absl::StatusOr<std::vector<query::RowRef>> FindObservations(
    const query::Snapshot& snapshot, const v1::ListObservationsRequest& request,
    const std::function<bool()>& cancelled);

// The same of an export, without a measure of all. `as_of` keeps what was a
// source's current statement at that time; INVALID_ARGUMENT (reason
// INVALID_AS_OF) when it is no time.
absl::StatusOr<std::vector<query::RowRef>> FindObservations(
    const query::Snapshot& snapshot,
    const v1::ExportObservationsRequest& request,
    const std::function<bool()>& cancelled);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_OBSERVATION_SCAN_H_
