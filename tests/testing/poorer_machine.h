// A machine that lacks a system call, for tests of what a service does there.

#ifndef COLLATE_TESTS_TESTING_POORER_MACHINE_H_
#define COLLATE_TESTS_TESTING_POORER_MACHINE_H_

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>

namespace collate::testing {

// From here on, this process, and all that it starts, is a machine that does
// not know a system call; for a forked child. Ends it with 100 when that
// cannot be done.
inline void ForbidSystemCall(long number) {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog filter = {std::size(program), const_cast<sock_filter*>(program)};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    _exit(100);
  }
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_POORER_MACHINE_H_
