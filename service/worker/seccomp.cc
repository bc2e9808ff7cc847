#include "service/worker/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

namespace collate::worker {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
// x32 calls carry this bit in the same architecture.
constexpr uint32_t kForeignNumbers = 0x40000000;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr uint32_t kForeignNumbers = 0x80000000;
#else
#error "name this machine's architecture and check the lists below"
#endif

// (argument & mask) == value.
struct Condition {
  int argument;
  uint64_t mask;
  uint64_t value;
};

// The kernel reads an int from the lower half of a register only.
constexpr uint64_t kInt = 0xffffffff;

class Filter {
 public:
  Filter() {
    Load(offsetof(seccomp_data, arch));
    Jump(BPF_JEQ, kArchitecture, 1, 0);
    Return(SECCOMP_RET_KILL_PROCESS);
    Load(offsetof(seccomp_data, nr));
    Jump(BPF_JGE, kForeignNumbers, 0, 1);
    Return(SECCOMP_RET_KILL_PROCESS);
  }

  void Allow(long number) {
    Jump(BPF_JEQ, static_cast<uint32_t>(number), 0, 1);
    Return(SECCOMP_RET_ALLOW);
  }

  void Fail(long number, int error) {
    Jump(BPF_JEQ, static_cast<uint32_t>(number), 0, 1);
    Return(SECCOMP_RET_ERRNO | static_cast<uint32_t>(error));
  }

  // May be said several times of one call: any of them lets it pass.
  void AllowIf(long number, const std::vector<Condition>& conditions) {
    // Per half: load, and, compare. Then the return and the reload.
    constexpr size_t kPerHalf = 3;
    std::vector<std::pair<size_t, Condition>> halves;
    for (const Condition& condition : conditions) {
      for (const int shift : {0, 32}) {
        const Condition half = {condition.argument,
                                (condition.mask >> shift) & kInt,
                                (condition.value >> shift) & kInt};
        if (half.mask == 0) continue;
        halves.emplace_back(
            offsetof(seccomp_data, args) +
                static_cast<size_t>(condition.argument) * sizeof(uint64_t) +
                (shift == 32 ? sizeof(uint32_t) : 0),
            half);
      }
    }
    const size_t length = halves.size() * kPerHalf + 2;
    Jump(BPF_JEQ, static_cast<uint32_t>(number), 0,
         static_cast<uint8_t>(length));
    for (size_t i = 0; i < halves.size(); ++i) {
      const auto& [offset, half] = halves[i];
      Load(static_cast<uint32_t>(offset));
      program_.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K,
                                  static_cast<uint32_t>(half.mask)));
      const size_t to_reload = (halves.size() - 1 - i) * kPerHalf + 1;
      Jump(BPF_JEQ, static_cast<uint32_t>(half.value), 0,
           static_cast<uint8_t>(to_reload));
    }
    Return(SECCOMP_RET_ALLOW);
    Load(offsetof(seccomp_data, nr));
  }

  absl::Status Install() {
    Return(SECCOMP_RET_ERRNO | EPERM);
    const sock_fprog program = {static_cast<unsigned short>(program_.size()),
                                program_.data()};
    // With TSYNC a failure is -1 or the number of a thread that resisted.
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
                &program) != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("seccomp: ", std::strerror(errno)));
    }
    return absl::OkStatus();
  }

 private:
  void Load(uint32_t offset) {
    program_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
  }
  void Jump(uint16_t test, uint32_t value, uint8_t yes, uint8_t no) {
    program_.push_back(sock_filter{
        static_cast<uint16_t>(BPF_JMP | test | BPF_K), yes, no, value});
  }
  void Return(uint32_t action) {
    program_.push_back(BPF_STMT(BPF_RET | BPF_K, action));
  }

  std::vector<sock_filter> program_;
};

// Without conditions: they reach nothing that is not open already, or what
// Landlock decides on.
constexpr long kAllowed[] = {
    // Files. Names of files may be probed, their contents are Landlock's.
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_preadv,
    SYS_lseek,
    SYS_close,
    SYS_openat,
    SYS_newfstatat,
    SYS_fstat,
    SYS_getdents64,
    SYS_dup,
    SYS_ppoll,
    SYS_getcwd,
    // Memory, but for mmap and mprotect.
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    // Threads and time.
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_membarrier,
    SYS_restart_syscall,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    // Signals of its own.
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    // About itself.
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getrusage,
    SYS_times,
    SYS_uname,
    SYS_sysinfo,
    SYS_getrandom,
    // The end.
    SYS_exit,
    SYS_exit_group,
#ifdef __x86_64__
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_poll,
    SYS_time,
    SYS_getdents,
    SYS_arch_prctl,
#endif
#ifdef COLLATE_SANITIZED
    // A sanitizer finds its own program, tries addresses by writing them to a
    // pipe, and asks for limits.
    SYS_readlinkat,
    SYS_pipe2,
    SYS_getrlimit,
#ifdef __x86_64__
    SYS_readlink,
    SYS_pipe,
#endif
#endif
};

}  // namespace

absl::Status ApplySeccomp() {
  Filter filter;
  for (const long number : kAllowed) filter.Allow(number);

  // Code comes out of files that Landlock lets it open, never out of memory
  // that it wrote.
  filter.AllowIf(SYS_mmap, {{2, PROT_EXEC, 0}});
  filter.AllowIf(SYS_mmap, {{2, PROT_EXEC | PROT_WRITE, PROT_EXEC},
                            {3, MAP_ANONYMOUS, 0}});
  filter.AllowIf(SYS_mprotect, {{2, PROT_EXEC, 0}});

  // Threads, not processes. libc tries clone3 first, whose flags lie in
  // memory where no filter can see them.
  constexpr uint64_t kNewNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
      CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  constexpr uint64_t kThread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
  filter.AllowIf(SYS_clone, {{0, kThread | kNewNamespaces, kThread}});
  filter.Fail(SYS_clone3, ENOSYS);
  filter.Fail(SYS_statx, ENOSYS);

  // abort() and raise(), on nobody else.
  filter.AllowIf(SYS_tgkill, {{0, kInt, static_cast<uint64_t>(getpid())}});
  // Without F_SETOWN and F_SETSIG, by which a pipe sends signals.
  for (const int command :
       {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC, F_GET_SEALS}) {
    filter.AllowIf(SYS_fcntl, {{1, kInt, static_cast<uint64_t>(command)}});
  }
  // isatty().
  filter.AllowIf(SYS_ioctl, {{1, kInt, TCGETS}});
  for (const uint64_t option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA}) {
    filter.AllowIf(SYS_prctl, {{0, kInt, option}});
  }
  // Reads limits, sets none.
  filter.AllowIf(SYS_prlimit64, {{0, kInt, 0}, {2, ~uint64_t{0}, 0}});
  return filter.Install();
}

}  // namespace collate::worker
