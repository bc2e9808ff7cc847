// Adapters that attack, each in one way; see CMakeLists.txt for the list.

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "plugins/sdk/adapter.hpp"

namespace {

using collate::sdk::Description;
using collate::sdk::Document;
using collate::sdk::Host;
using collate::sdk::Severity;
using collate::sdk::Status;

// What hostile_kind.c.in gives each of them.
extern "C" {
extern const char hostile_kind[];
}

bool Is(const char* kind) { return std::strcmp(hostile_kind, kind) == 0; }

// Where frames go, by the worker's word.
constexpr int kFrames = 4;

// 0 = the act succeeded, else errno.
int Result(bool succeeded) {
  const int error = errno;
  return succeeded ? 0 : (error == 0 ? -1 : error);
}

int Socket(int domain) {
  errno = 0;
  return Result(socket(domain, SOCK_STREAM, 0) >= 0);
}

int Fork() {
  errno = 0;
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  return Result(pid > 0);
}

// vfork() itself, which shares everything: the child may only end.
int Vfork() {
  errno = 0;
  const pid_t pid = vfork();
  if (pid == 0) _exit(0);
  return Result(pid > 0);
}

// Success does not come back; the test then misses the diagnostic.
int Execute() {
  errno = 0;
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  char* nothing[] = {nullptr};
  execve(program, arguments, nothing);
  return Result(false);
}

int OpenForReading(const std::string& path) {
  errno = 0;
  const int fd = open(path.c_str(), O_RDONLY);
  char byte = 0;
  return Result(fd >= 0 && read(fd, &byte, 1) == 1);
}

// Machine code that returns 42.
#if defined(__x86_64__)
constexpr unsigned char kCode[] = {0xb8, 42, 0, 0, 0, 0xc3};
#else
constexpr unsigned char kCode[] = {0x40, 0x05, 0x80, 0x52,
                                   0xc0, 0x03, 0x5f, 0xd6};
#endif

int RunCode(void* memory) {
  int (*code)() = nullptr;
  std::memcpy(&code, &memory, sizeof(code));
  return code() == 42 ? 0 : -1;
}

int MapWritableCode() {
  errno = 0;
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Result(false);
  std::memcpy(memory, kCode, sizeof(kCode));
  return RunCode(memory);
}

int MakeCodeExecutable() {
  errno = 0;
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -1;
  std::memcpy(memory, kCode, sizeof(kCode));
  if (mprotect(memory, 4096, PROT_READ | PROT_EXEC) != 0) return Result(false);
  return RunCode(memory);
}

// A pipe can send its owner any signal at the next byte.
int SignalByPipe() {
  errno = 0;
  return Result(fcntl(kFrames, F_SETOWN, getppid()) == 0 ||
                fcntl(kFrames, F_SETSIG, SIGKILL) == 0);
}

int RaiseLimits() {
  errno = 0;
  const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  return Result(setrlimit(RLIMIT_CPU, &none) == 0 ||
                setrlimit(RLIMIT_FSIZE, &none) == 0);
}

// What a kind tries that is over at once.
int Try(const std::string& path) {
  errno = 0;
  if (Is("obeys")) return EPERM;
  if (Is("starts_threads")) {
    int count = 0;
    for (int i = 0; i < 8; ++i) std::thread([&] { ++count; }).join();
    return count == 8 ? EPERM : 0;
  }
  if (Is("inet_socket")) return Socket(AF_INET);
  if (Is("unix_socket")) return Socket(AF_UNIX);
  if (Is("forks")) return Fork();
  if (Is("vforks")) return Vfork();
  if (Is("executes")) return Execute();
  // A signal that the parent would notice, and one that only asks.
  if (Is("kills_parent")) {
    return Result(kill(getppid(), SIGTERM) == 0 || kill(getppid(), 0) == 0);
  }
  if (Is("kills_group")) return Result(kill(0, SIGCONT) == 0);
  if (Is("traces_parent")) {
    return Result(ptrace(PTRACE_SEIZE, getppid(), nullptr, nullptr) == 0);
  }
  if (Is("signals_by_pipe")) return SignalByPipe();
  if (Is("unshares")) return Result(unshare(CLONE_NEWUSER) == 0);
  if (Is("raises_limits")) return RaiseLimits();
  if (Is("maps_writable_code")) return MapWritableCode();
  if (Is("makes_code_executable")) return MakeCodeExecutable();
  if (Is("makes_memory_file")) return Result(memfd_create("x", 0) >= 0);
  if (Is("reads_passwd")) return OpenForReading("/etc/passwd");
  if (Is("reads_parent_memory")) {
    return OpenForReading("/proc/" + std::to_string(getppid()) + "/environ");
  }
  if (Is("writes_own_memory")) {
    return Result(open("/proc/self/mem", O_RDWR) >= 0);
  }
  if (Is("lists_root")) return Result(open("/", O_RDONLY | O_DIRECTORY) >= 0);
  if (Is("writes_temporary_file")) {
    return Result(open((path + ".new").c_str(), O_WRONLY | O_CREAT, 0600) >= 0);
  }
  if (Is("removes_file")) return Result(unlink(path.c_str()) == 0);
  if (Is("truncates_document")) {
    constexpr int kDocument = 5;
    signal(SIGXFSZ, SIG_IGN);  // else RLIMIT_FSIZE would end it first
    return Result(ftruncate(kDocument, 0) == 0 ||
                  write(kDocument, "x", 1) == 1);
  }
  return -1;
}

// What the constructor came to: not tried, or a Result().
constexpr int kNotTried = -2;
int constructor_result = kNotTried;

// Before anything else of the library is initialised.
__attribute__((constructor)) void Construct() {
  if (Is("constructor_inet_socket")) constructor_result = Socket(AF_INET);
  if (Is("constructor_unix_socket")) constructor_result = Socket(AF_UNIX);
  if (Is("constructor_forks")) constructor_result = Fork();
  if (Is("constructor_executes")) constructor_result = Execute();
}

// As an error, which even a service that keeps nothing passes on.
Status Tell(Host& host, int result) {
  return host.Diagnose(
      {.severity = Severity::kError,
       .reason = result == 0 ? "ESCAPED" : "HELD",
       .message = result > 0 ? std::strerror(result) : "no error"});
}

int Overflow(int depth);

// By way of a pointer, lest a compiler makes a loop of it.
int (*volatile overflow)(int) = Overflow;

int Overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

// A frame with one field of `kind`, by hand: an adapter has no protobuf.
std::string Frame(int kind, const std::string& body) {
  std::string content(1, static_cast<char>((kind << 3) | 2));
  content += static_cast<char>(body.size());
  content += body;
  std::string bytes(1, static_cast<char>(content.size()));
  return bytes + std::string(3, '\0') + content;
}

void Send(const std::string& bytes) {
  if (write(kFrames, bytes.data(), bytes.size()) !=
      static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
}

Status Read(Host& host, const Document& document) {
  if (constructor_result != kNotTried) return Tell(host, constructor_result);
  if (Is("fork_bomb")) {
    int born = 0;
    for (int i = 0; i < 10000; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        while (true) pause();
      }
      if (pid > 0) ++born;
    }
    return Tell(host, born == 0 ? EPERM : 0);
  }
  if (Is("allocates")) {
    for (std::string hoard;;) hoard.append(16 << 20, 'x');
  }
  if (Is("ignores_cpu_signal")) signal(SIGXCPU, SIG_IGN);
  if (Is("spins") || Is("ignores_cpu_signal")) {
    for (volatile bool on = true; on;) {
    }
  }
  if (Is("sleeps")) {
    while (true) std::this_thread::sleep_for(std::chrono::hours(1));
  }
  if (Is("overflows_stack")) {
    return Tell(host,
                Overflow(static_cast<int>(document.file().size()) + 1) == 0
                    ? 0
                    : EPERM);
  }
  if (Is("exits")) _exit(0);
  if (Is("floods")) {
    const std::string line(1000, '!');
    for (int i = 0;; ++i) {
      COLLATE_SDK_RETURN_IF_ERROR(
          host.Attach("flood" + std::to_string(i), "text/plain", line));
    }
  }
  if (Is("floods_stderr")) {
    const std::string line(1000, '!');
    while (true) std::fprintf(stderr, "%s\n", line.c_str());
  }
  // Trailer {rows: 7, sha256: 32 bytes, origin: ORIGIN_ADAPTER}, and away.
  if (Is("forges_trailer")) {
    Send(Frame(9, std::string("\x08\x07\x12\x20", 4) + std::string(32, 'x') +
                      std::string("\x20\x01", 2)));
    _exit(0);
  }
  // An Account that the host never heard of; the worker's own digest tells.
  if (Is("forges_rows")) {
    Send(Frame(6, std::string("\x0a\x01r\x10\x05", 5)));
    return collate::sdk::OkStatus();
  }
  if (Is("forges_hello")) {
    Send(Frame(1, std::string("\x08\x02", 2)));
    return collate::sdk::OkStatus();
  }
  if (Is("forges_garbage")) {
    Send(std::string(4096, '\x55'));
    return collate::sdk::OkStatus();
  }
  return Tell(host, Try(std::string(document.Option("path").value_or(""))));
}

Description Describe() {
  return {.id = std::string("hostile_") + hostile_kind,
          .version = "1.0.0",
          .title = std::string("Tries: ") + hostile_kind,
          .families = {{"only", "Files that are called like the adapter"}}};
}

}  // namespace

COLLATE_ADAPTER(Describe, Read);
