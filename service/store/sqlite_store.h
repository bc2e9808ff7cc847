// The embedded store: DIR/collate.db, one SQLite file in WAL mode with
// synchronous = FULL, locked for one process by DIR/LOCK. FORMAT.md is
// normative for its tables.
//
//   COLLATE_ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
//                            OpenDataDirectory("/var/lib/collate"));
//
// Thread-safe, as Store says: one connection writes, a few read. No file
// descriptor is inherited by programs that this process starts.

#ifndef COLLATE_SERVICE_STORE_SQLITE_STORE_H_
#define COLLATE_SERVICE_STORE_SQLITE_STORE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/store/store.h"

namespace collate::store {

struct SqliteStoreOptions {
  // Name of a VFS registered with SQLite, through which the file is opened;
  // "" = SQLite's default. Tests inject faults here.
  std::string vfs;
  // How long a statement waits for a lock of another program, such as a
  // backup, before UNAVAILABLE (reason STORE_BUSY).
  absl::Duration busy_timeout = absl::Seconds(5);
  // The file grows no further than this; 0 = as far as the disk. Publishing
  // beyond it is RESOURCE_EXHAUSTED (reason DISK_FULL).
  int64_t max_bytes = 0;
  // Reads at one time; further ones wait.
  int max_readers = 4;
};

// Locks the directory, made when absent, and opens its store, made or brought
// up to date when need be. FAILED_PRECONDITION: DATA_DIRECTORY_LOCKED,
// STORE_FOREIGN (not our file), STORE_NEWER. The lock lasts as long as the
// Store.
absl::StatusOr<std::unique_ptr<Store>> OpenDataDirectory(
    const std::string& directory, const SqliteStoreOptions& options = {});

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_SQLITE_STORE_H_
