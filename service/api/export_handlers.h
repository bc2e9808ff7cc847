// ExportObservations of collate.v1.StatisticsService, without a transport.
//
// Thread-safe; a call takes the current snapshot once and keeps it, so that
// what it sends is one state whatever is published meanwhile.

#ifndef COLLATE_SERVICE_API_EXPORT_HANDLERS_H_
#define COLLATE_SERVICE_API_EXPORT_HANDLERS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "collate/v1/export.pb.h"
#include "service/api/call_context.h"
#include "service/api/stream.h"
#include "service/query/publisher.h"

namespace collate::api {

class ExportHandlers {
 public:
  struct Options {
    const query::Publisher* publisher = nullptr;  // outlives the handlers
    int64_t batch_rows = 1000;
    // A batch ends at this size, so that one message is all that a slow reader
    // makes the service hold.
    int64_t batch_bytes = int64_t{1} << 20;
  };

  explicit ExportHandlers(const Options& options) : options_(options) {}

  // Writes serialised ExportObservationsResponses.
  absl::Status ExportObservations(CallContext& context,
                                  const v1::ExportObservationsRequest& request,
                                  Writer<std::string>& writer) const;

 private:
  const Options options_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_EXPORT_HANDLERS_H_
