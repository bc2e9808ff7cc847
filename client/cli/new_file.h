// Files that commands write: new ones, never over one that is there.

#ifndef COLLATE_CLIENT_CLI_NEW_FILE_H_
#define COLLATE_CLIENT_CLI_NEW_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace collate::client {

// ALREADY_EXISTS (reason FILE_EXISTS).
absl::Status FileExists(const std::string& path);

// FILE_EXISTS; FILE_NOT_WRITABLE when it cannot be made, or not written whole.
absl::Status WriteNew(const std::string& path, absl::string_view text);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_NEW_FILE_H_
