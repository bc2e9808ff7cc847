// Makes a write-ahead log that was found what it looks like.
//
// When fsync fails, Linux keeps the pages in memory and calls them clean: the
// log then reads as whole, a later fsync succeeds, and the disk still lacks
// it. So what is found in a log is written once more before it is believed.

#ifndef COLLATE_SERVICE_STORE_LOG_RENEWAL_H_
#define COLLATE_SERVICE_STORE_LOG_RENEWAL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace collate::store {

// Writes the log of the database `path`, if there is one, over itself and
// syncs it. Nobody may have the database open. `vfs` is one that is
// registered with SQLite, "" = the default. A database whose file does not
// bear `application_id` may be another program's: then nothing is done, and
// the result is false. RESOURCE_EXHAUSTED (reason DISK_FULL), UNAVAILABLE
// (reason STORE_IO).
absl::StatusOr<bool> RenewLog(const std::string& path, const std::string& vfs,
                              int64_t application_id);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_LOG_RENEWAL_H_
