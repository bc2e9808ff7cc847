#include "service/worker/limits.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/worker/protocol.h"

namespace collate::worker {
namespace {

// For the loader and the libraries that an adapter needs.
constexpr rlim_t kSpareDescriptors = 48;

absl::Status Set(int resource, const char* name, rlim_t soft, rlim_t hard) {
  rlimit now = {};
  // A stricter limit of the service's own environment stays.
  if (getrlimit(resource, &now) == 0 && now.rlim_max != RLIM_INFINITY) {
    hard = hard > now.rlim_max ? now.rlim_max : hard;
    soft = soft > hard ? hard : soft;
  }
  const rlimit limit = {soft, hard};
  if (setrlimit(resource, &limit) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot set ", name, " to ", soft, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyLimits(const v1::Job& job) {
  // Nobody reading is an error of a write, not the end of the process.
  signal(SIGPIPE, SIG_IGN);

  const v1::Limits& limits = job.limits();
#ifndef COLLATE_SANITIZED  // sanitizers reserve terabytes of address space
  if (limits.memory_bytes() != 0) {
    COLLATE_RETURN_IF_ERROR(Set(RLIMIT_AS, "RLIMIT_AS", limits.memory_bytes(),
                                limits.memory_bytes()));
  }
#endif
  if (limits.cpu_seconds() != 0) {
    // SIGXCPU at the limit; SIGKILL a second later for whoever ignores it.
    COLLATE_RETURN_IF_ERROR(Set(RLIMIT_CPU, "RLIMIT_CPU", limits.cpu_seconds(),
                                limits.cpu_seconds() + 1));
  }
  const rlim_t descriptors = kDocumentFd + 2 +
                             static_cast<rlim_t>(job.resources_size()) +
                             kSpareDescriptors;
  COLLATE_RETURN_IF_ERROR(
      Set(RLIMIT_NOFILE, "RLIMIT_NOFILE", descriptors, descriptors));
  COLLATE_RETURN_IF_ERROR(Set(RLIMIT_CORE, "RLIMIT_CORE", 0, 0));
  // Output goes to pipes, which this does not count.
  return Set(RLIMIT_FSIZE, "RLIMIT_FSIZE", 0, 0);
}

}  // namespace collate::worker
