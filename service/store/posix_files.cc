#include "service/store/posix_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::store {

absl::Status FileError(const std::string& path, absl::string_view doing,
                       int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return base::Error(full ? absl::StatusCode::kResourceExhausted
                          : absl::StatusCode::kUnavailable,
                     full ? "DISK_FULL" : "STORE_IO",
                     absl::StrCat(path, ": ", doing, ": ",
                                  std::generic_category().message(error)))
      .With("file", path);
}

absl::Status SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError(path, "open", errno);
  const int error = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  return error == 0 ? absl::OkStatus() : FileError(path, "fsync", error);
}

}  // namespace collate::store
