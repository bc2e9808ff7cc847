// What every file of the data directory that is not SQLite's needs.
//
// For the files of this folder only.

#ifndef COLLATE_SERVICE_STORE_POSIX_FILES_H_
#define COLLATE_SERVICE_STORE_POSIX_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace collate::store {

// RESOURCE_EXHAUSTED (reason DISK_FULL) or UNAVAILABLE (reason STORE_IO) for
// an errno.
absl::Status FileError(const std::string& path, absl::string_view doing,
                       int error);

// Makes the names in a directory durable.
absl::Status SyncDirectory(const std::string& path);

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_POSIX_FILES_H_
