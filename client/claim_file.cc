#include "client/claim_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/text_file.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

namespace fs = std::filesystem;
std::vector<std::string> IdsIn(const std::string& directory) {
  std::vector<std::string> ids;
  std::error_code code;
  fs::directory_iterator entry(directory, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (absl::EndsWith(name, kClaimFileSuffix)) {
      ids.emplace_back(absl::StripSuffix(name, kClaimFileSuffix));
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

std::string ShippedClaimsDirectory() {
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  if (code) return "";
  return (program.parent_path().parent_path() / "share/collate/claims")
      .string();
}

absl::StatusOr<std::string> FindClaimFile(const std::string& name,
                                          const std::string& directory) {
  std::error_code ignored;
  if (name == "-" || absl::StrContains(name, "/") ||
      absl::StrContains(name, ".") || fs::is_regular_file(name, ignored)) {
    return name;
  }
  std::string path =
      (fs::path(directory) / absl::StrCat(name, kClaimFileSuffix)).string();
  if (fs::is_regular_file(path, ignored)) return path;
  const std::vector<std::string> ids = IdsIn(directory);
  return base::Error(absl::StatusCode::kNotFound, "NO_SUCH_CLAIMS",
                     absl::StrCat("no claims '", name, "' are shipped",
                                  ids.empty() ? "" : "; there are ",
                                  absl::StrJoin(ids, ", "), "; or name a file"))
      .With("value", name);
}

absl::StatusOr<v1::ClaimSet> ReadClaimFile(const std::string& path) {
  v1::ClaimSet set;
  COLLATE_RETURN_IF_ERROR(ReadTextFile(path, "INVALID_CLAIM_FILE", set));
  return set;
}

}  // namespace collate::client
