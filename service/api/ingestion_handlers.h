// The calls of collate.v1.IngestionService, without a transport.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_INGESTION_HANDLERS_H_
#define COLLATE_SERVICE_API_INGESTION_HANDLERS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "collate/v1/ingestion_service.pb.h"
#include "service/api/call_context.h"
#include "service/api/stream.h"
#include "service/ingest/ingestor.h"
#include "service/query/publisher.h"

namespace collate::api {

class IngestionHandlers {
 public:
  struct Options {
    const ingest::Ingestor* ingestor = nullptr;  // outlives the handlers
    query::Publisher* publisher = nullptr;       // likewise
    int64_t max_document_bytes = int64_t{64} << 20;
    int64_t max_release_bytes = int64_t{256} << 20;
    int max_documents = 100;
    // Least time between two progress messages of one stage.
    absl::Duration progress_interval = absl::Milliseconds(200);
  };

  explicit IngestionHandlers(const Options& options) : options_(options) {}

  absl::Status IngestRelease(CallContext& context,
                             Reader<v1::IngestReleaseRequest>& reader,
                             Writer<v1::IngestReleaseResponse>& writer) const;
  absl::Status PreviewRelease(CallContext& context,
                              Reader<v1::PreviewReleaseRequest>& reader,
                              Writer<v1::PreviewReleaseResponse>& writer) const;
  absl::StatusOr<v1::IngestDocumentResponse> IngestDocument(
      CallContext& context, const v1::IngestDocumentRequest& request) const;
  absl::StatusOr<v1::WithdrawReleaseResponse> WithdrawRelease(
      CallContext& context, const v1::WithdrawReleaseRequest& request) const;

 private:
  const Options options_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_INGESTION_HANDLERS_H_
