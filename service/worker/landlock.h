// What a worker may open by name: the system's shared libraries, to read.
//
// Called once, from ApplySandbox(), by the only thread.

#ifndef COLLATE_SERVICE_WORKER_LANDLOCK_H_
#define COLLATE_SERVICE_WORKER_LANDLOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace collate::worker {

// Everything else that the kernel's Landlock knows is forbidden: other files,
// writing, executing, TCP, signals and abstract sockets to the outside. Open
// descriptors stay as they are, among them the adapter's library.
//
// Gives the version of the interface that was found. Needs no_new_privs.
// FAILED_PRECONDITION when the kernel has no Landlock or it is switched off.
absl::StatusOr<std::string> ApplyLandlock();

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_LANDLOCK_H_
