#include "service/ingest/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/descriptor.h"
#include "service/base/error.h"

namespace collate::ingest {
namespace {

absl::Status NotStarted(absl::string_view what, int error) {
  return base::Error(absl::StatusCode::kInternal, "WORKER_NOT_STARTED",
                     absl::StrCat("cannot start a worker: ", what, ": ",
                                  std::strerror(error)));
}

// posix_spawn's own objects, freed at the end.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

}  // namespace

absl::StatusOr<Child> Child::Spawn(
    const std::string& path, int output, const std::vector<int>& fds,
    const std::vector<std::string>& environment) {
  // Above every number that the child's descriptors get, so that no dup2
  // overwrites one that is still needed.
  const int out_of_the_way = 3 + static_cast<int>(fds.size());
  std::vector<base::Descriptor> moved;
  const auto move_away = [&](int fd) {
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, out_of_the_way);
    if (copy >= 0) moved.emplace_back(copy);
    return copy;
  };
  SpawnSettings settings;
  int error = posix_spawn_file_actions_addopen(&settings.actions, 0,
                                               "/dev/null", O_RDONLY, 0);
  const int out = move_away(output);
  if (out < 0) return NotStarted("descriptor", errno);
  for (const int target : {1, 2}) {
    if (error == 0) {
      error = posix_spawn_file_actions_adddup2(&settings.actions, out, target);
    }
  }
  int target = 3;
  for (const int fd : fds) {
    const int copy = move_away(fd);
    if (copy < 0) return NotStarted("descriptor", errno);
    if (error == 0) {
      error =
          posix_spawn_file_actions_adddup2(&settings.actions, copy, target++);
    }
  }
  if (error == 0) {
    error = posix_spawn_file_actions_addclosefrom_np(&settings.actions, target);
  }

  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  // A process group of its own, to be killed as one. Not a session: kernels
  // that share out processors by session (autogroup) would count its priority
  // within that alone, and let it stand beside us instead of behind.
  if (error == 0) {
    error = posix_spawnattr_setflags(
        &settings.attributes,
        POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  if (error == 0) {
    error = posix_spawnattr_setsigmask(&settings.attributes, &none);
  }
  if (error == 0) {
    error = posix_spawnattr_setsigdefault(&settings.attributes, &all);
  }
  if (error != 0) return NotStarted("settings", error);

  std::string name = path;
  char* arguments[] = {name.data(), nullptr};
  std::vector<std::string> variables = environment;
  std::vector<char*> variable_pointers;
  for (std::string& variable : variables) {
    variable_pointers.push_back(variable.data());
  }
  variable_pointers.push_back(nullptr);
  pid_t pid = -1;
  error =
      posix_spawn(&pid, path.c_str(), &settings.actions, &settings.attributes,
                  arguments, variable_pointers.data());
  if (error != 0) return NotStarted(path, error);
  return Child(pid);
}

bool Child::HasEnded() const {
  siginfo_t info = {};
  return pid_ < 0 || (waitid(P_PID, static_cast<id_t>(pid_), &info,
                             WEXITED | WNOHANG | WNOWAIT) == 0 &&
                      info.si_pid == pid_);
}

ExitStatus Child::KillAndWait() {
  ExitStatus status;
  if (pid_ < 0) return status;
  // Until it is waited for, its number cannot be given to anybody else, and
  // neither can that of its group.
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  int raw = 0;
  rusage usage = {};
  while (wait4(pid_, &raw, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFEXITED(raw)) status.exit_code = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) status.signal = WTERMSIG(raw);
  status.cpu_time = absl::DurationFromTimeval(usage.ru_utime) +
                    absl::DurationFromTimeval(usage.ru_stime);
  return status;
}

}  // namespace collate::ingest
