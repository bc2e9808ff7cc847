#include "service/worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace collate::worker {
namespace {

// The kernel's structure as of version 6; older kernels take the beginning.
struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

constexpr uint64_t Bits(int count) { return (uint64_t{1} << count) - 1; }

// Rights on files that a version of the interface knows: 13 in the first, then
// moving between folders, truncating, and ioctl on devices.
uint64_t FileRights(long version) {
  if (version >= 5) return Bits(16);
  if (version >= 3) return Bits(15);
  return version >= 2 ? Bits(14) : Bits(13);
}

size_t AttributesSize(long version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? offsetof(RulesetAttributes, scoped)
                      : offsetof(RulesetAttributes, handled_access_net);
}

// Where the dynamic loader looks. Nothing in them may be executed; mapping a
// library is reading it.
constexpr const char* kReadable[] = {
    "/lib",       "/lib64",         "/usr/lib",
    "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
#ifdef COLLATE_SANITIZED
    "/proc/self",  // a sanitizer reads its own map of memory
#endif
};

absl::Status LandlockFailed(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("Landlock: ", what, ": ", std::strerror(errno)));
}

absl::Status AllowReading(int ruleset, const char* path) {
  const int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return absl::OkStatus();
  if (fd < 0) return LandlockFailed(path);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info = {};
  if (fstat(fd, &info) != 0) return LandlockFailed(path);
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
  // The kernel refuses a right on folders for a plain file.
  if (S_ISDIR(info.st_mode)) {
    rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
  }
  rule.parent_fd = fd;
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
              0) != 0) {
    return LandlockFailed(path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ApplyLandlock() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0,
                               LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return LandlockFailed("not in this kernel");
  RulesetAttributes attributes = {};
  attributes.handled_access_fs = FileRights(version);
  if (version >= 4) attributes.handled_access_net = Bits(2);
  if (version >= 6) attributes.scoped = Bits(2);
  const int ruleset = static_cast<int>(syscall(
      SYS_landlock_create_ruleset, &attributes, AttributesSize(version), 0));
  if (ruleset < 0) return LandlockFailed("rules");
  const absl::Cleanup closer = [ruleset] { close(ruleset); };
  for (const char* path : kReadable) {
    COLLATE_RETURN_IF_ERROR(AllowReading(ruleset, path));
  }
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
    return LandlockFailed("enforcing");
  }
  return absl::StrCat("interface version ", version);
}

}  // namespace collate::worker
