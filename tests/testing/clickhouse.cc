#include "tests/testing/clickhouse.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/base/status_macros.h"
#include "service/store/clickhouse_client.h"
#include "tests/testing/paths.h"

namespace collate::testing {
namespace {

constexpr char kProgram[] = "/usr/sbin/clickhouse-server";
constexpr absl::Duration kStartTimeout = absl::Seconds(60);

// Ports that nobody listens on now, all different.
std::vector<int> FreePorts(int count) {
  std::vector<int> ports;
  std::vector<int> sockets;
  for (int i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      ports.push_back(ntohs(address.sin_port));
    }
    sockets.push_back(fd);
  }
  for (const int fd : sockets) close(fd);
  return ports;
}

}  // namespace

bool ClickHouseServers::Installed() {
  return std::filesystem::exists(kProgram);
}

absl::StatusOr<std::unique_ptr<ClickHouseServers>> ClickHouseServers::Start(
    int shards) {
  // Not make_unique: the constructor is private.
  std::unique_ptr<ClickHouseServers> servers(new ClickHouseServers());
  const std::vector<int> ports = FreePorts(2 * shards);
  if (ports.size() != static_cast<size_t>(2 * shards)) {
    return absl::UnavailableError("no free ports");
  }
  for (int i = 0; i < shards; ++i) {
    servers->http_ports_.push_back(ports[2 * i]);
    servers->tcp_ports_.push_back(ports[2 * i + 1]);
    servers->urls_.push_back(absl::StrCat("http://127.0.0.1:", ports[2 * i]));
    servers->processes_.push_back(nullptr);
  }
  for (int i = 0; i < shards; ++i) {
    COLLATE_RETURN_IF_ERROR(servers->Restart(i));
  }
  return servers;
}

double ClickHouseServers::ProcessorSeconds() const {
  double seconds = 0;
  for (const std::unique_ptr<Process>& process : processes_) {
    clockid_t clock = {};
    timespec time = {};
    if (process == nullptr || clock_getcpuclockid(process->id(), &clock) != 0 ||
        clock_gettime(clock, &time) != 0) {
      continue;
    }
    seconds += static_cast<double>(time.tv_sec) +
               static_cast<double>(time.tv_nsec) / 1e9;
  }
  return seconds;
}

void ClickHouseServers::Kill(size_t shard) { processes_[shard] = nullptr; }

void ClickHouseServers::Freeze(size_t shard) {
  processes_[shard]->Signal(SIGSTOP);
}

void ClickHouseServers::Thaw(size_t shard) {
  processes_[shard]->Signal(SIGCONT);
}

absl::Status ClickHouseServers::Restart(size_t shard) {
  const std::string home = directory_.File(absl::StrCat("shard", shard + 1));
  std::filesystem::create_directories(home);
  absl::StatusOr<Process> process = Process::Spawn(
      // It ends with the test, however that ends.
      {"/usr/bin/setpriv", "--pdeathsig", "KILL", kProgram,
       absl::StrCat("--config-file=",
                    SourcePath("deploy/clickhouse/config.xml"))},
      {absl::StrCat("COLLATE_CLICKHOUSE_HTTP_PORT=", http_ports_[shard]),
       absl::StrCat("COLLATE_CLICKHOUSE_TCP_PORT=", tcp_ports_[shard]),
       absl::StrCat("COLLATE_CLICKHOUSE_DATA=", home, "/data/"),
       absl::StrCat("COLLATE_CLICKHOUSE_TMP=", home, "/tmp/"),
       absl::StrCat("COLLATE_CLICKHOUSE_LOG=", home, "/log"),
       absl::StrCat("COLLATE_CLICKHOUSE_USERS=",
                    SourcePath("deploy/clickhouse/users.xml"))},
      home + "/out", home + "/out");
  if (!process.ok()) return process.status();
  processes_[shard] = std::make_unique<Process>(*std::move(process));
  const store::ClickHouseClient client({.url = urls_[shard]});
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (absl::Now() < deadline) {
    if (client.Once("SELECT 1").ok()) return absl::OkStatus();
    pollfd ended = {processes_[shard]->ended(), POLLIN, 0};
    if (poll(&ended, 1, 20) > 0) {
      return absl::AbortedError(
          absl::StrCat("clickhouse-server ended: ", ReadFile(home + "/out")));
    }
  }
  return absl::DeadlineExceededError("clickhouse-server does not answer");
}

}  // namespace collate::testing
