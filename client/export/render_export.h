// An answer in a format that other programs read.
//
// A pure function.

#ifndef COLLATE_CLIENT_EXPORT_RENDER_EXPORT_H_
#define COLLATE_CLIENT_EXPORT_RENDER_EXPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/export/observation_writer.h"
#include "client/export/row.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// All pages of an answer in the cited view. `query` is its question, which
// says what the numbers count; the dimensions that it breaks down by, and the
// reporter where it keeps some, have a column of their own in the CSV. Not for
// kNdjson, which RenderAnswer writes.
absl::StatusOr<std::string> RenderExport(
    const v1::QueryStatisticsResponse& answer, const ExportMetadata& metadata,
    const v1::StatisticsQuery& query, ExportForm form);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_EXPORT_RENDER_EXPORT_H_
