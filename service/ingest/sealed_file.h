// Bytes in an anonymous file that nobody can change any more, to be handed to
// workers by descriptor.
//
// Immutable once made; safe to share between threads. Closes the descriptor.

#ifndef COLLATE_SERVICE_INGEST_SEALED_FILE_H_
#define COLLATE_SERVICE_INGEST_SEALED_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace collate::ingest {

class SealedFile {
 public:
  // `name` is for error messages. RESOURCE_EXHAUSTED (NO_SEALED_FILE) when
  // there is no memory or no descriptor for it.
  static absl::StatusOr<std::shared_ptr<const SealedFile>> Make(
      absl::string_view name, absl::string_view bytes);

  ~SealedFile();
  SealedFile(const SealedFile&) = delete;
  SealedFile& operator=(const SealedFile&) = delete;

  int fd() const { return fd_; }  // sealed, close-on-exec
  uint64_t byte_count() const { return byte_count_; }
  const std::string& sha256() const { return sha256_; }  // hex

 private:
  SealedFile(int fd, uint64_t byte_count, std::string sha256)
      : fd_(fd), byte_count_(byte_count), sha256_(std::move(sha256)) {}

  const int fd_;
  const uint64_t byte_count_;
  const std::string sha256_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_SEALED_FILE_H_
