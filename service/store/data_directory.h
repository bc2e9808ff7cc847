// One process per data directory.
//
// The lock is the kernel's (flock on DIR/LOCK), so that it ends with its
// process however that ends; the file stays. Programs started from this one
// do not inherit it.

#ifndef COLLATE_SERVICE_STORE_DATA_DIRECTORY_H_
#define COLLATE_SERVICE_STORE_DATA_DIRECTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace collate::store {

class DirectoryLock {
 public:
  // Makes the directory when absent, for its owner only.
  // FAILED_PRECONDITION (reason DATA_DIRECTORY_LOCKED) while another lock is
  // held, in this process or another, naming that one's id if it left one;
  // UNAVAILABLE (reason STORE_IO) when the file system refuses.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Acquire(
      const std::string& directory);

  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}

  const int fd_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_DATA_DIRECTORY_H_
