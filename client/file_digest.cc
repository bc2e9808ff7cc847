#include "client/file_digest.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

absl::StatusOr<std::ifstream> Open(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) {
    return base::Error(absl::StatusCode::kNotFound, "FILE_NOT_READABLE",
                       absl::StrCat("no such file: ", path))
        .With("path", path);
  }
  return std::ifstream(path, std::ios::binary);
}

absl::Status NotReadable(const std::string& path) {
  return base::Error(absl::StatusCode::kPermissionDenied, "FILE_NOT_READABLE",
                     absl::StrCat("cannot read ", path))
      .With("path", path);
}

}  // namespace

absl::StatusOr<FileDigest> DigestFile(const std::string& path) {
  COLLATE_ASSIGN_OR_RETURN(std::ifstream in, Open(path));
  base::Sha256 digest;
  FileDigest result;
  std::string buffer(kBufferBytes, '\0');
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())),
         in.gcount() > 0) {
    const auto got = static_cast<size_t>(in.gcount());
    digest.Update(absl::string_view(buffer.data(), got));
    result.byte_count += static_cast<int64_t>(got);
  }
  if (!in.eof()) return NotReadable(path);
  result.sha256 = digest.FinishHex();
  return result;
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path,
                                         size_t max_bytes) {
  COLLATE_ASSIGN_OR_RETURN(std::ifstream in, Open(path));
  std::string text(max_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (!in.eof() && in.fail())) return NotReadable(path);
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > max_bytes) {
    return base::Error(
               absl::StatusCode::kResourceExhausted, "FILE_TOO_LARGE",
               absl::StrCat(path, " has more than ", max_bytes, " bytes"))
        .With("path", path);
  }
  return text;
}

}  // namespace collate::client
