// The system calls that a worker may make once its sandbox is closed.
//
// Called once, from ApplySandbox(); the filter lasts until the process ends.

#ifndef COLLATE_SERVICE_WORKER_SECCOMP_H_
#define COLLATE_SERVICE_WORKER_SECCOMP_H_

#include "absl/status/status.h"

namespace collate::worker {

// An allow-list. What is not on it answers EPERM (clone3 and statx ENOSYS, so
// that libc takes the older way), so that an innocent library goes on without
// and a guilty one can say what it tried; calls by another architecture's
// numbers, which nothing innocent makes, end the process.
//
// Needs no_new_privs. FAILED_PRECONDITION when the kernel has no such filters.
absl::Status ApplySeccomp();

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_SECCOMP_H_
