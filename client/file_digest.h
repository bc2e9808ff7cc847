// Size and digest of a file, which go ahead of its bytes.

#ifndef COLLATE_CLIENT_FILE_DIGEST_H_
#define COLLATE_CLIENT_FILE_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace collate::client {

struct FileDigest {
  int64_t byte_count = 0;
  std::string sha256;  // 64 hex digits
};

// Reads the file through. NOT_FOUND or PERMISSION_DENIED (reason
// FILE_NOT_READABLE) names it.
absl::StatusOr<FileDigest> DigestFile(const std::string& path);

// The whole of a small text file; RESOURCE_EXHAUSTED (reason FILE_TOO_LARGE)
// above `max_bytes`, else as DigestFile().
absl::StatusOr<std::string> ReadTextFile(const std::string& path,
                                         size_t max_bytes);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_FILE_DIGEST_H_
