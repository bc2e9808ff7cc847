#include "service/worker/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/worker/landlock.h"
#include "service/worker/limits.h"
#include "service/worker/seccomp.h"

namespace collate::worker {
namespace {

// Owner of nothing, on every Linux.
constexpr uid_t kNobody = 65534;
// Tasks of that user, or of the worker's user namespace: threads of all
// workers together.
constexpr rlim_t kMaxTasks = 512;

absl::Status Failed(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, ": ", std::strerror(errno)));
}

absl::Status LimitTasks() {
  const rlimit limit = {kMaxTasks, kMaxTasks};
  if (setrlimit(RLIMIT_NPROC, &limit) != 0) return Failed("RLIMIT_NPROC");
  return absl::OkStatus();
}

// A network without any interface, and no sight of others' shared memory. No
// PID namespace: it would forbid threads, and there are no processes to hide
// from that could be reached.
absl::StatusOr<std::string> EnterNamespaces() {
  constexpr int kSpaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  if (geteuid() == 0) {
    if (unshare(kSpaces) != 0) return Failed("unshare");
    return std::string("network, ipc, uts");
  }
  if (unshare(CLONE_NEWUSER | kSpaces) != 0) {
    return Failed("unshare with a user namespace");
  }
  // Counted in the new namespace; outside of one the limit would count every
  // process of the service's user.
  COLLATE_RETURN_IF_ERROR(LimitTasks());
  return std::string("user, network, ipc, uts");
}

// No user that owns anything, and no capability, here or in a namespace.
absl::StatusOr<std::string> DropPrivileges() {
  // Needs a capability: not for a service that is unprivileged anyway.
  for (int i = 0; prctl(PR_CAPBSET_READ, i) == 1; ++i) {
    prctl(PR_CAPBSET_DROP, i);
  }
  const bool root = geteuid() == 0;
  if (root) {
    COLLATE_RETURN_IF_ERROR(LimitTasks());
    if (setgroups(0, nullptr) != 0) return Failed("setgroups");
    if (setresgid(kNobody, kNobody, kNobody) != 0) return Failed("setresgid");
    if (setresuid(kNobody, kNobody, kNobody) != 0) return Failed("setresuid");
  }
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) return Failed("capset");
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return Failed("PR_SET_DUMPABLE");
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  getresuid(&real, &effective, &saved);
  if (real == 0 || effective == 0 || saved == 0) {
    return absl::FailedPreconditionError("still root");
  }
  return absl::StrCat(root ? "dropped to user " : "unprivileged user ",
                      effective);
}

// After the change of user, which undoes it.
absl::Status DieWithParent(const v1::Job& job) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return Failed("PR_SET_PDEATHSIG");
  // The parent may have gone before the line above took effect.
  if (job.parent_pid() != 0 && getppid() != job.parent_pid()) {
    return absl::FailedPreconditionError("the service is gone");
  }
  return absl::OkStatus();
}

absl::Status ForbidNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Failed("PR_SET_NO_NEW_PRIVS");
  }
  return absl::OkStatus();
}

class Layers {
 public:
  void Add(const char* name, const absl::StatusOr<std::string>& result) {
    v1::SandboxLayer& layer = layers_.emplace_back();
    layer.set_name(name);
    layer.set_state(result.ok() ? v1::SandboxLayer::STATE_APPLIED
                                : v1::SandboxLayer::STATE_MISSING);
    layer.set_reason(result.ok() ? *result
                                 : std::string(result.status().message()));
  }
  void Add(const char* name, const absl::Status& status) {
    Add(name, status.ok() ? absl::StatusOr<std::string>("") : status);
  }
  std::vector<v1::SandboxLayer> take() { return std::move(layers_); }

 private:
  std::vector<v1::SandboxLayer> layers_;
};

}  // namespace

absl::StatusOr<std::vector<v1::SandboxLayer>> ApplySandbox(const v1::Job& job) {
  Layers layers;
  COLLATE_RETURN_IF_ERROR(ApplyLimits(job));
#ifdef COLLATE_SANITIZED
  layers.Add("limits", absl::StatusOr<std::string>(
                           "address space unlimited: built with a sanitizer"));
#else
  layers.Add("limits", absl::OkStatus());
#endif
  layers.Add("namespaces", EnterNamespaces());
  layers.Add("credentials", DropPrivileges());
  COLLATE_RETURN_IF_ERROR(DieWithParent(job));
  layers.Add("parent_death", absl::OkStatus());
  layers.Add("no_new_privs", ForbidNewPrivileges());
  layers.Add("landlock", ApplyLandlock());
  layers.Add("seccomp", ApplySeccomp());
  return layers.take();
}

absl::Status CheckSandbox(const std::vector<v1::SandboxLayer>& layers,
                          const v1::Adapter& adapter) {
  std::vector<std::string> missing;
  for (const v1::SandboxLayer& layer : layers) {
    if (layer.state() == v1::SandboxLayer::STATE_APPLIED) continue;
    missing.push_back(absl::StrCat(layer.name(), " (", layer.reason(), ")"));
  }
  if (missing.empty() || adapter.installed()) return absl::OkStatus();
  return base::Error(
      absl::StatusCode::kFailedPrecondition, "SANDBOX_INCOMPLETE",
      absl::StrCat(adapter.path(),
                   ": this machine lacks a part of the worker's sandbox, and "
                   "only adapters of the installation are read without: ",
                   absl::StrJoin(missing, ", ")));
}

}  // namespace collate::worker
