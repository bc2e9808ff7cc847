// Writes stored observations, as they were published. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_OBSERVATIONS_H_
#define COLLATE_CLIENT_RENDER_OBSERVATIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// Some or all pages in one response. In the row formats (CSV, NDJSON) pages
// can be written one after the other; only the first has the CSV's header.
absl::StatusOr<std::string> RenderObservations(
    const v1::ListObservationsResponse& page, bool first_page, Format format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_OBSERVATIONS_H_
