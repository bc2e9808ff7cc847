#include "client/cli/new_file.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::client {

absl::Status FileExists(const std::string& path) {
  return base::Error(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                     absl::StrCat(path,
                                  " is there already and is not written "
                                  "over"))
      .With("path", path);
}

absl::Status WriteNew(const std::string& path, absl::string_view text) {
  // Exclusively, lest a file that came in between is lost.
  std::FILE* file = std::fopen(path.c_str(), "wbx");
  if (file == nullptr) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return FileExists(path);
    return base::Error(absl::StatusCode::kPermissionDenied, "FILE_NOT_WRITABLE",
                       absl::StrCat("cannot write ", path))
        .With("path", path);
  }
  const bool written =
      std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written) {
    return base::Error(absl::StatusCode::kUnavailable, "FILE_NOT_WRITABLE",
                       absl::StrCat("cannot write all of ", path))
        .With("path", path);
  }
  return absl::OkStatus();
}

}  // namespace collate::client
