// Unknown input is refused, not ignored: a filter that an older service does
// not know would otherwise be dropped, and the answer would be to another
// question.

#ifndef COLLATE_SERVICE_API_UNKNOWN_FIELDS_H_
#define COLLATE_SERVICE_API_UNKNOWN_FIELDS_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace collate::api {

// INVALID_ARGUMENT (reason UNKNOWN_FIELD) naming message and field number of
// the first field of `request` that this version does not have.
absl::Status CheckNoUnknownFields(const google::protobuf::Message& request);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_UNKNOWN_FIELDS_H_
