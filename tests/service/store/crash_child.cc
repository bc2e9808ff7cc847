// A process that publishes without end, to be killed.
//
//   service_store_crash_child DIRECTORY FIRST
//
// Publishes MakeDraft("crash", FIRST), the next one, and so on; writes the
// number of each to stdout as a line once its publication is acknowledged.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "service/store/sqlite_store.h"
#include "tests/service/store/observations_testing.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  absl::StatusOr<std::unique_ptr<collate::store::Store>> store =
      collate::store::OpenDataDirectory(argv[1]);
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    return 1;
  }
  for (uint64_t seed = std::strtoull(argv[2], nullptr, 10);; ++seed) {
    const absl::Status published = (*store)->Publish(
        collate::store::MakeDraft("crash", seed, 200, 1500000));
    if (!published.ok()) {
      std::fprintf(stderr, "%s\n", published.ToString().c_str());
      return 1;
    }
    const std::string line = std::to_string(seed) + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
  }
}
