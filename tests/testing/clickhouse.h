// ClickHouse servers of a test's own, one a shard, in a temporary directory.
//
//   COLLATE_NEEDS_CLICKHOUSE();
//   COLLATE_ASSERT_OK_AND_ASSIGN(auto servers, ClickHouseServers::Start(2));
//   servers->Kill(1);
//
// They listen on free ports of 127.0.0.1 and end with the thread that started
// them. For one thread at a time.

#ifndef COLLATE_TESTS_TESTING_CLICKHOUSE_H_
#define COLLATE_TESTS_TESTING_CLICKHOUSE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/testing/daemon.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing {

class ClickHouseServers {
 public:
  // Whether the program is there.
  static bool Installed();

  // Returns once all of them answer.
  static absl::StatusOr<std::unique_ptr<ClickHouseServers>> Start(int shards);

  // http://127.0.0.1:PORT of each.
  const std::vector<std::string>& urls() const { return urls_; }

  // Processor time of all that run, in seconds.
  double ProcessorSeconds() const;

  bool Runs(size_t shard) const { return processes_[shard] != nullptr; }
  void Kill(size_t shard);
  // Starts a server that was killed, on the same port and data.
  absl::Status Restart(size_t shard);
  // Stops it where it is, so that it answers no more, and lets it go on.
  void Freeze(size_t shard);
  void Thaw(size_t shard);

 private:
  ClickHouseServers() = default;

  TempDir directory_;
  std::vector<std::string> urls_;
  std::vector<int> http_ports_;
  std::vector<int> tcp_ports_;
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace collate::testing

#define COLLATE_NEEDS_CLICKHOUSE()                             \
  if (!::collate::testing::ClickHouseServers::Installed()) {   \
    GTEST_SKIP() << "clickhouse-server is not installed (see " \
                    "deploy/packages-all)";                    \
  }                                                            \
  static_assert(true, "a semicolon follows")

#endif  // COLLATE_TESTS_TESTING_CLICKHOUSE_H_
