// Manifests, progress and reports of ingestions as collate.v1 messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_INGESTION_H_
#define COLLATE_SERVICE_API_CONVERT_INGESTION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "collate/v1/ingestion.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/ingest/ingestor.h"

namespace collate::api {

// INVALID_ARGUMENT: INVALID_SOURCE for an id of another form,
// PUBLISH_TIME_MISSING when neither a time nor "unknown" is said,
// INVALID_PUBLISH_TIME, UNSORTED_KEYS when options are not sorted.
absl::StatusOr<ingest::ReleaseManifest> FromProto(
    const v1::ReleaseHeader& message);

// Pairs must be sorted by key, since they are part of a release's identity;
// `path` is the field they stand in.
absl::StatusOr<ingest::Pairs> FromProto(
    const google::protobuf::RepeatedPtrField<v1::KeyValue>& pairs,
    absl::string_view path);

v1::Progress ToProto(ingest::Stage stage, uint64_t done, uint64_t total);
v1::IngestionReport ToProto(const ingest::Report& report);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_INGESTION_H_
