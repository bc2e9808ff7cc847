// The real daemon and the real command line, as processes of a test's own.
//
//   TempDir dir;
//   COLLATE_ASSERT_OK_AND_ASSIGN(
//       auto daemon, Daemon::Start({.data = dir.File("data")}));
//   const CliResult result = daemon->RunCli({"sources"});
//   EXPECT_EQ(daemon->Terminate(), 0);
//
// The daemon listens on a free port of 127.0.0.1, unless it is told to on a
// unix socket. A Daemon belongs to one
// thread, RunCli and address() to any. Its destructor kills what still runs.

#ifndef COLLATE_TESTS_TESTING_DAEMON_H_
#define COLLATE_TESTS_TESTING_DAEMON_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace collate::testing {

struct DaemonOptions {
  std::string data;                        // data directory, made when absent
  std::vector<std::string> adapters = {};  // further adapter directories
  std::string site = {};                   // site directory
  std::string config = {};                 // configuration file
  std::string listen = "127.0.0.1:0";      // with a free port
  int descriptors = 0;  // that it may open; 0 = as many as we
};

struct CliResult {
  int exit_code = -1;  // 128 + the signal when one ended it
  std::string out;
  std::string err;
};

// A program that was started; its outputs go to files.
class Process {
 public:
  // Starts `command` with nothing to read, and does not wait.
  static absl::StatusOr<Process> Spawn(
      const std::vector<std::string>& command,
      const std::vector<std::string>& extra_environment,
      const std::string& out_path, const std::string& err_path);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // kills what still runs

  pid_t id() const { return id_; }
  // A descriptor that becomes readable when the process has ended.
  int ended() const { return ended_; }
  void Signal(int signal) const;
  // The exit code, 128 + the signal, or DEADLINE_EXCEEDED.
  absl::StatusOr<int> Wait(absl::Duration timeout);

 private:
  Process(pid_t id, int ended) : id_(id), ended_(ended) {}

  pid_t id_;
  int ended_;
};

class Daemon {
 public:
  // Returns once the daemon serves; its log stands in the error if it ended.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(
      const DaemonOptions& options);
  ~Daemon();

  // "127.0.0.1:PORT", or what it was told to listen on where that is a unix
  // socket.
  const std::string& address() const { return address_; }
  pid_t id() const { return process_.id(); }
  std::shared_ptr<grpc::Channel> Channel() const;

  // Runs `collate` against it, or starts it without waiting.
  CliResult RunCli(const std::vector<std::string>& arguments) const;
  absl::StatusOr<Process> StartCli(
      const std::vector<std::string>& arguments) const;

  // SIGTERM without waiting; then Terminate waits.
  void AskToStop() { process_.Signal(15); }
  // SIGHUP: it reads its adapters anew.
  void HangUp() { process_.Signal(1); }
  // SIGTERM, then the exit code; kills and fails after 60 s.
  int Terminate();
  // SIGKILL, and waits for the end.
  void Kill();
  // What it has written so far.
  std::string Log() const;

 private:
  Daemon(Process process, std::string scratch, std::string address);

  Process process_;
  const std::string scratch_;  // log and port file; removed at the end
  const std::string address_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_DAEMON_H_
