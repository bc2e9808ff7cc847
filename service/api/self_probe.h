// Whether the service answers callers, seen from where they stand: a connection
// of its own to its own address, and a question to the health service.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_SELF_PROBE_H_
#define COLLATE_SERVICE_API_SELF_PROBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace collate::api {

// `address` is transport::OwnAddress(). A connection that is turned away for
// want of room, or of a certificate, is an answer, too: a flood of callers is
// no reason to be started anew. Ends within `timeout`.
absl::Status ProbeSelf(const std::string& address, bool encrypted,
                       absl::Duration timeout);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_SELF_PROBE_H_
