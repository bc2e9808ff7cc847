// Who read a release, and by what, as a collate.v1 message.
//
// Pure function; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_PROVENANCE_H_
#define COLLATE_SERVICE_API_CONVERT_PROVENANCE_H_

#include "absl/status/statusor.h"
#include "collate/v1/explanation.pb.h"
#include "service/store/store.h"

namespace collate::api {

// DATA_LOSS (reason CORRUPT_REPORT) when the report kept with the release,
// which names the recipes, cannot be read.
absl::StatusOr<v1::ReleaseProvenance> ProvenanceOf(
    const store::Release& release);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_PROVENANCE_H_
