// A child process with prepared descriptors and nothing else of ours.
//
// One thread. The destructor kills the child, if it is still there, with all
// that it started in its process group, and waits for it: no zombie stays.

#ifndef COLLATE_SERVICE_INGEST_CHILD_H_
#define COLLATE_SERVICE_INGEST_CHILD_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace collate::ingest {

// How a child ended.
struct ExitStatus {
  int exit_code = -1;  // -1 = ended by `signal`
  int signal = 0;
  absl::Duration cpu_time;
};

class Child {
 public:
  // Starts `path` with the descriptors of `fds` as 3, 4, ... and /dev/null as
  // 0; `output` gets 1 and 2. Nothing else is inherited: no other descriptor,
  // no signal mask or handler, no environment but `environment`. It has the
  // scheduling of the calling thread, in a process group of its own.
  static absl::StatusOr<Child> Spawn(
      const std::string& path, int output, const std::vector<int>& fds,
      const std::vector<std::string>& environment);

  Child(Child&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Child& operator=(Child&&) = delete;
  ~Child() { KillAndWait(); }

  // Whether it has ended by itself; it stays to be waited for.
  bool HasEnded() const;

  // Ends it and its process group with SIGKILL, whatever its state, and gives
  // how it ended: by its own doing if it had ended before.
  ExitStatus KillAndWait();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  pid_t pid_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_CHILD_H_
