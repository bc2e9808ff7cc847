// From conflicts of the engine to collate.v1. Pure function.

#ifndef COLLATE_SERVICE_API_CONVERT_CONFLICTS_H_
#define COLLATE_SERVICE_API_CONVERT_CONFLICTS_H_

#include "absl/status/statusor.h"
#include "collate/v1/conflicts.pb.h"
#include "service/query/conflict_list.h"
#include "service/query/snapshot.h"

namespace collate::api {

// Errors of query::Snapshot::Cite.
absl::StatusOr<v1::FigureConflict> ToProto(
    const query::FigureConflict& conflict, const query::Snapshot& snapshot);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_CONFLICTS_H_
