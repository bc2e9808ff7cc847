// Shuts the worker in, layer by layer, before a byte of an adapter's code has
// run; README.md says what each layer is there for.
//
// Called once, from main, before there is a second thread.

#ifndef COLLATE_SERVICE_WORKER_SANDBOX_H_
#define COLLATE_SERVICE_WORKER_SANDBOX_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collate/worker/v1/worker.pb.h"

namespace collate::worker {

// Applies every layer, in order, and reports each: a layer that this machine
// does not allow is missing, with the reason, and the next are applied all the
// same. FAILED_PRECONDITION when the worker must not go on at all: a resource
// limit was refused or the service has gone.
absl::StatusOr<std::vector<v1::SandboxLayer>> ApplySandbox(const v1::Job& job);

// SANDBOX_INCOMPLETE, naming the missing layers, unless all are applied. Only
// adapters of the installation itself are read without a whole sandbox.
absl::Status CheckSandbox(const std::vector<v1::SandboxLayer>& layers,
                          const v1::Adapter& adapter);

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_SANDBOX_H_
