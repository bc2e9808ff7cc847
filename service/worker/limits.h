// What a worker may use up.
//
// Called once, from ApplySandbox(), before there is a second thread.

#ifndef COLLATE_SERVICE_WORKER_LIMITS_H_
#define COLLATE_SERVICE_WORKER_LIMITS_H_

#include "absl/status/status.h"
#include "collate/worker/v1/worker.pb.h"

namespace collate::worker {

// Address space, processor time, descriptors; no core file, no file may grow.
// FAILED_PRECONDITION when one cannot be set: the worker must not run without
// it.
absl::Status ApplyLimits(const v1::Job& job);

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_LIMITS_H_
