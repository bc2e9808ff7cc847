#include "tests/testing/daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "service/base/status_macros.h"
#include "tests/testing/paths.h"
#include "tests/testing/temp_dir.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace collate::testing {
namespace {

// Sanitizers on a busy machine take their time; nothing waits this long when
// all is well.
constexpr absl::Duration kStartTimeout = absl::Seconds(60);
constexpr absl::Duration kStopTimeout = absl::Seconds(60);
constexpr absl::Duration kCliTimeout = absl::Seconds(120);

absl::Status Errno(const std::string& what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

int MillisUntil(absl::Time deadline) {
  const absl::Duration left = deadline - absl::Now();
  return left <= absl::ZeroDuration()
             ? 0
             : static_cast<int>(absl::ToInt64Milliseconds(left)) + 1;
}

std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string MakeScratch() {
  std::string name =
      (std::filesystem::temp_directory_path() / "collate-daemon-XXXXXX")
          .string();
  return mkdtemp(name.data()) == nullptr ? "" : name;
}

void Remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

absl::StatusOr<Process> Process::Spawn(
    const std::vector<std::string>& command,
    const std::vector<std::string>& extra_environment,
    const std::string& out_path, const std::string& err_path) {
  std::vector<char*> arguments;
  for (const std::string& word : command) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  for (const std::string& entry : extra_environment) {
    environment.push_back(const_cast<char*>(entry.c_str()));
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    environment.push_back(*entry);
  }
  environment.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out_path.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (err_path == out_path) {
    posix_spawn_file_actions_adddup2(&files, 1, 2);
  } else {
    posix_spawn_file_actions_addopen(&files, 2, err_path.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  pid_t id = -1;
  const int failed = posix_spawn(&id, command[0].c_str(), &files, nullptr,
                                 arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    return absl::InternalError(
        absl::StrCat("cannot start ", command[0], ": ", std::strerror(failed)));
  }
  const int ended = static_cast<int>(syscall(SYS_pidfd_open, id, 0));
  if (ended < 0) {
    const absl::Status status = Errno("pidfd_open");
    kill(id, SIGKILL);
    waitpid(id, nullptr, 0);
    return status;
  }
  return Process(id, ended);
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      ended_(std::exchange(other.ended_, -1)) {}

Process::~Process() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  if (ended_ >= 0) close(ended_);
}

void Process::Signal(int signal) const {
  if (id_ > 0) kill(id_, signal);
}

absl::StatusOr<int> Process::Wait(absl::Duration timeout) {
  if (id_ <= 0) return absl::FailedPreconditionError("waited before");
  const absl::Time deadline = absl::Now() + timeout;
  pollfd waiting = {ended_, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, MillisUntil(deadline));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) {
    return absl::DeadlineExceededError(
        absl::StrCat("process ", id_, " still runs"));
  }
  int status = 0;
  waitpid(id_, &status, 0);
  id_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(
    const DaemonOptions& options) {
  // A channel of this process without a call looks at its socket so often;
  // the default of 5 s is how long a draining daemon would wait for it.
  setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100", 0);
  const std::string scratch = MakeScratch();
  if (scratch.empty()) return Errno("mkdtemp");
  const std::string port_file = scratch + "/port";
  const std::string log = scratch + "/log";
  std::vector<std::string> command;
  if (options.descriptors > 0) {
    command = {"/usr/bin/prlimit",
               absl::StrCat("--nofile=", options.descriptors)};
  }
  command.insert(command.end(),
                 {BuildPath("bin/collated"), "--data", options.data, "--listen",
                  options.listen, "--port-file", port_file});
  for (const std::string& directory : options.adapters) {
    command.insert(command.end(), {"--adapters", directory});
  }
  if (!options.site.empty()) {
    command.insert(command.end(), {"--site", options.site});
  }
  if (!options.config.empty()) {
    command.insert(command.end(), {"--config", options.config});
  }

  // Watched from before the start, so that the rename cannot be missed.
  const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch < 0 || inotify_add_watch(watch, scratch.c_str(), IN_MOVED_TO) < 0) {
    const absl::Status status = Errno("inotify");
    if (watch >= 0) close(watch);
    Remove(scratch);
    return status;
  }
  absl::StatusOr<Process> process = Process::Spawn(command, {}, log, log);
  absl::Status status = process.status();
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (status.ok() && !std::filesystem::exists(port_file)) {
    pollfd waiting[] = {{watch, POLLIN, 0}, {process->ended(), POLLIN, 0}};
    const int ready = poll(waiting, 2, MillisUntil(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) status = absl::DeadlineExceededError("not serving in time");
    if (ready > 0 && waiting[1].revents != 0) {
      status = absl::AbortedError("ended before it served");
    }
    char events[4096];
    while (read(watch, events, sizeof(events)) > 0) {
    }
  }
  close(watch);
  if (!status.ok()) {
    status = absl::Status(
        status.code(),
        absl::StrCat("collated ", status.message(), "\n", Slurp(log)));
    Remove(scratch);
    return status;
  }
  const std::string port(absl::StripAsciiWhitespace(Slurp(port_file)));
  return std::unique_ptr<Daemon>(
      new Daemon(*std::move(process), scratch,
                 absl::StartsWith(options.listen, "unix:")
                     ? options.listen
                     : absl::StrCat("127.0.0.1:", port)));
}

Daemon::Daemon(Process process, std::string scratch, std::string address)
    : process_(std::move(process)),
      scratch_(std::move(scratch)),
      address_(std::move(address)) {}

Daemon::~Daemon() {
  if (::testing::Test::HasFailure()) {
    constexpr size_t kLogShown = 8000;
    const std::string log = Log();
    std::cerr << "end of the log of collated:\n"
              << (log.size() > kLogShown ? log.substr(log.size() - kLogShown)
                                         : log)
              << std::endl;
  }
  Remove(scratch_);
}

std::shared_ptr<grpc::Channel> Daemon::Channel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  return grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(),
                                   arguments);
}

namespace {

// Whoever runs the tests may have a configuration file, which is not theirs.
std::vector<std::string> CliEnvironment(const std::string& address) {
  return {absl::StrCat("COLLATE_SERVER=", address), "COLLATE_CONFIG=/dev/null",
          "COLLATE_PROFILE="};
}

}  // namespace

CliResult Daemon::RunCli(const std::vector<std::string>& arguments) const {
  TempDir dir;
  std::vector<std::string> command = {BuildPath("bin/collate")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  CliResult result;
  absl::StatusOr<Process> process = Process::Spawn(
      command, CliEnvironment(address_), dir.File("out"), dir.File("err"));
  if (!process.ok()) {
    ADD_FAILURE() << process.status();
    return result;
  }
  const absl::StatusOr<int> code = process->Wait(kCliTimeout);
  if (!code.ok()) {
    ADD_FAILURE() << code.status();
    return result;
  }
  result.exit_code = *code;
  result.out = Slurp(dir.File("out"));
  result.err = Slurp(dir.File("err"));
  return result;
}

absl::StatusOr<Process> Daemon::StartCli(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {BuildPath("bin/collate")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Process::Spawn(command, CliEnvironment(address_), "/dev/null",
                        "/dev/null");
}

int Daemon::Terminate() {
  AskToStop();
  const absl::StatusOr<int> code = process_.Wait(kStopTimeout);
  if (code.ok()) return *code;
  ADD_FAILURE() << "collated does not stop: " << code.status();
  Kill();
  return -1;
}

void Daemon::Kill() {
  process_.Signal(SIGKILL);
  const absl::StatusOr<int> code = process_.Wait(kStopTimeout);
  if (!code.ok()) ADD_FAILURE() << code.status();
}

std::string Daemon::Log() const { return Slurp(scratch_ + "/log"); }

}  // namespace collate::testing
