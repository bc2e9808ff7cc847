#include "service/ingest/trusted_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/base/descriptor.h"
#include "service/base/status_macros.h"

namespace collate::ingest {
namespace {

namespace fs = std::filesystem;

absl::Status NotTrusted(absl::string_view path, absl::string_view why) {
  return absl::PermissionDeniedError(
      absl::StrCat("not trusted: ", path, " ", why));
}

absl::Status CheckOwner(const std::string& path, const struct stat& info) {
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    return NotTrusted(path, absl::StrCat("belongs to user ", info.st_uid,
                                         "; expected root or the service's "
                                         "own"));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return NotTrusted(
        path, absl::StrFormat("may be written by others (mode %04o); expected "
                              "its owner only",
                              info.st_mode & 07777));
  }
  return absl::OkStatus();
}

// Opens one name and checks what it finds.
absl::StatusOr<base::Descriptor> Open(int parent, const std::string& name,
                                      const std::string& path, int flags,
                                      struct stat* info) {
  base::Descriptor fd(
      openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags));
  if (!fd.open()) {
    const int error = errno;
    struct stat found = {};
    if ((error == ELOOP || error == ENOTDIR) &&
        fstatat(parent, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(found.st_mode)) {
      return NotTrusted(path, "is a link, and none is followed here");
    }
    return absl::NotFoundError(std::strerror(error));
  }
  if (fstat(fd.get(), info) != 0) {
    return absl::NotFoundError(std::strerror(errno));
  }
  COLLATE_RETURN_IF_ERROR(CheckOwner(path, *info));
  return fd;
}

// Components of `path` below `root`; false when it does not lie in it.
bool Below(const fs::path& root, const fs::path& path, fs::path* rest) {
  const auto [r, p] =
      std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  if (r != root.end()) return false;
  rest->clear();
  for (auto it = p; it != path.end(); ++it) *rest /= *it;
  return true;
}

}  // namespace

std::string InstallationPrefix() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? "" : program.parent_path().parent_path().string();
}

absl::StatusOr<std::string> ReadTrustedFile(
    const std::string& root, const std::string& directory,
    const std::vector<std::string>& names, uint64_t max_bytes) {
  std::error_code error;
  const fs::path real = fs::canonical(directory, error);
  if (error) return absl::NotFoundError(error.message());
  fs::path start = fs::canonical(root.empty() ? "/" : root, error);
  fs::path rest;
  if (error || !Below(start, real, &rest)) {
    start = "/";
    rest = real.relative_path();
  }

  std::vector<std::string> components;
  for (const fs::path& part : rest) components.push_back(part.string());
  components.insert(components.end(), names.begin(), names.end());
  fs::path path = start;
  struct stat info = {};
  COLLATE_ASSIGN_OR_RETURN(
      base::Descriptor fd,
      Open(AT_FDCWD, start, start.string(), O_DIRECTORY, &info));
  for (size_t i = 0; i < components.size(); ++i) {
    path /= components[i];
    // A FIFO must not hold us up before it is recognised.
    const int flags =
        i + 1 < components.size() ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY;
    COLLATE_ASSIGN_OR_RETURN(
        fd, Open(fd.get(), components[i], path.string(), flags, &info));
  }
  if (!S_ISREG(info.st_mode)) return NotTrusted(path.string(), "is no file");
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "it has ", size, " bytes; at most ", max_bytes, " are read"));
  }
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::NotFoundError("cannot be read");
    done += static_cast<size_t>(n);
  }
  return bytes;
}

}  // namespace collate::ingest
