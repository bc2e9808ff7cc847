// Revisions as collate.v1 messages. Pure functions.

#ifndef COLLATE_SERVICE_API_CONVERT_REVISIONS_H_
#define COLLATE_SERVICE_API_CONVERT_REVISIONS_H_

#include "absl/status/statusor.h"
#include "collate/v1/vintages.pb.h"
#include "service/query/revisions.h"
#include "service/query/snapshot.h"

namespace collate::api {

// `before` and `after` are those that the revision was found between.
// Errors of query::Snapshot::Cite.
absl::StatusOr<v1::Revision> ToProto(const query::Revision& revision,
                                     const query::Snapshot& before,
                                     const query::Snapshot& after);
v1::ReporterRevisions ToProto(vocabulary::MemberId reporter,
                              const query::ReporterRevisions& revisions,
                              const vocabulary::Dimension& reporters);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_REVISIONS_H_
