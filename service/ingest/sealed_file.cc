#include "service/ingest/sealed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"

namespace collate::ingest {
namespace {

absl::Status Failed(absl::string_view what, absl::string_view name) {
  const int error = errno;
  return base::Error(absl::StatusCode::kResourceExhausted, "NO_SEALED_FILE",
                     absl::StrCat("cannot ", what, " an anonymous file for ",
                                  name, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SealedFile>> SealedFile::Make(
    absl::string_view name, absl::string_view bytes) {
  int fd = memfd_create("collate", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return Failed("make", name);
  // Owns the descriptor from here on.
  std::unique_ptr<SealedFile> file(
      new SealedFile(fd, bytes.size(), base::Sha256Hex(bytes)));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed("fill", name);
    done += static_cast<size_t>(n);
  }
  if (fcntl(fd, F_ADD_SEALS,
            F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return Failed("seal", name);
  }
  return std::shared_ptr<const SealedFile>(std::move(file));
}

SealedFile::~SealedFile() { close(fd_); }

}  // namespace collate::ingest
