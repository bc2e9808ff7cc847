#include "service/store/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/posix_files.h"

namespace collate::store {
namespace {

absl::Status MakeDirectory(const std::string& directory) {
  std::filesystem::path path(directory);
  if (!path.has_filename()) path = path.parent_path();  // "dir/"
  std::filesystem::path parent = path.parent_path();
  if (parent.empty()) parent = ".";
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (error) return FileError(parent.string(), "mkdir", error.value());
  if (mkdir(path.c_str(), 0700) == 0) return SyncDirectory(parent.string());
  if (errno != EEXIST) return FileError(directory, "mkdir", errno);
  return absl::OkStatus();
}

std::string Holder(int fd) {
  char text[32];
  const ssize_t size = pread(fd, text, sizeof(text), 0);
  int pid = 0;
  if (size <= 0 ||
      !absl::SimpleAtoi(absl::string_view(text, static_cast<size_t>(size)),
                        &pid)) {
    return "";
  }
  return absl::StrCat(pid);
}

absl::Status WriteHolder(const std::string& path, int fd) {
  const std::string text = absl::StrCat(getpid(), "\n");
  // Written over what is there, which takes no room on a full disk.
  const ssize_t size = pwrite(fd, text.data(), text.size(), 0);
  if (size != static_cast<ssize_t>(text.size())) {
    return FileError(path, "write", size < 0 ? errno : ENOSPC);
  }
  if (ftruncate(fd, size) != 0) return FileError(path, "truncate", errno);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Acquire(
    const std::string& directory) {
  if (directory.empty()) {
    return base::Error(absl::StatusCode::kInvalidArgument,
                       "INVALID_DATA_DIRECTORY",
                       "a data directory is expected");
  }
  COLLATE_RETURN_IF_ERROR(MakeDirectory(directory));
  const std::string path = absl::StrCat(directory, "/LOCK");
  const int fd =
      open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return FileError(path, "open", errno);
  // Not make_unique: the constructor is private.
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FileError(path, "lock", errno);
    const std::string holder = Holder(fd);
    base::Error locked(
        absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY_LOCKED",
        absl::StrCat(directory, " is in use",
                     holder.empty() ? "" : absl::StrCat(" by process ", holder),
                     "; one collated per data directory"));
    locked.With("directory", directory);
    if (!holder.empty()) locked.With("pid", holder);
    return absl::Status(locked);
  }
  COLLATE_RETURN_IF_ERROR(WriteHolder(path, fd));
  return lock;
}

DirectoryLock::~DirectoryLock() { close(fd_); }

}  // namespace collate::store
