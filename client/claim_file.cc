#include "client/claim_file.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

namespace fs = std::filesystem;
using google::protobuf::TextFormat;

// Far more than 200 claims take.
constexpr size_t kMaxBytes = size_t{1} << 20;

absl::Status NotReadable(const std::string& path, absl::string_view why) {
  return base::Error(absl::StatusCode::kNotFound, "FILE_NOT_READABLE",
                     absl::StrCat("cannot read ", path, ": ", why))
      .With("path", path);
}

absl::Status Invalid(const std::string& place, absl::string_view what) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_CLAIM_FILE",
                     absl::StrCat(place, ": ", what));
}

// Keeps the first error: what follows it is often its consequence.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(std::string path) : path_(std::move(path)) {}

  void AddError(int line, int column, const std::string& message) override {
    if (!status_.ok()) return;
    // Both count from 0.
    status_ =
        Invalid(absl::StrCat(path_, ":", line + 1, ":", column + 1), message);
  }
  const absl::Status& status() const { return status_; }

 private:
  const std::string path_;
  absl::Status status_;
};

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
  if (absl::StrContains(name, "/") || absl::StrContains(name, ".") ||
      fs::is_regular_file(name, ignored)) {
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
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return NotReadable(path, "it is a folder");
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream read;
  read << in.rdbuf();
  if (!in || !read)
    return NotReadable(path, "it is not there, or not readable");
  const std::string text = std::move(read).str();
  if (text.size() > kMaxBytes) {
    return Invalid(path, absl::StrCat("has ", text.size(),
                                      " bytes and the limit is ", kMaxBytes));
  }
  v1::ClaimSet set;
  FirstError errors(path);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  google::protobuf::io::ArrayInputStream stream(text.data(),
                                                static_cast<int>(text.size()));
  if (!parser.Parse(&stream, &set)) {
    return errors.status().ok() ? Invalid(path, "cannot be parsed")
                                : errors.status();
  }
  return set;
}

}  // namespace collate::client
