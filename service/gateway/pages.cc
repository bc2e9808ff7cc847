#include "service/gateway/pages.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::gateway {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr size_t kEtagDigits = 32;

struct Type {
  absl::string_view extension;
  absl::string_view content_type;
};
constexpr Type kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

std::string ContentTypeOf(absl::string_view path) {
  for (const Type& type : kTypes) {
    if (absl::EndsWith(path, type.extension)) {
      return std::string(type.content_type);
    }
  }
  return "application/octet-stream";
}

absl::Status NotReadable(const std::string& directory, absl::string_view why) {
  return base::Error(absl::StatusCode::kNotFound, "PAGES_NOT_FOUND",
                     absl::StrCat("the web page in ", directory,
                                  " cannot be served: ", why))
      .With("path", directory);
}

}  // namespace

absl::StatusOr<Pages> Pages::Read(const std::string& directory) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return NotReadable(directory, error.message());
  absl::flat_hash_map<std::string, std::shared_ptr<const std::string>> files;
  size_t bytes = 0;
  for (auto entry = fs::recursive_directory_iterator(root, error);
       !error && entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    const fs::path path = entry->path();
    if (absl::StartsWith(path.filename().string(), ".")) {
      entry.disable_recursion_pending();
      continue;
    }
    // Of the file itself: a link could lead anywhere.
    if (!fs::is_regular_file(entry->symlink_status(error))) continue;
    std::ifstream in(path, std::ios::binary);
    auto content = std::make_shared<std::string>(
        std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    if (!in) return NotReadable(directory, "a file cannot be read");
    bytes += content->size();
    if (bytes > kMaxBytes) return NotReadable(directory, "it is over 64 MiB");
    files.emplace(absl::StrCat("/", fs::relative(path, root).string()),
                  std::move(content));
  }
  if (error) return NotReadable(directory, error.message());
  if (!files.contains("/index.html")) {
    return NotReadable(directory, "it has no index.html");
  }
  Pages pages;
  for (const auto& [path, content] : files) {
    absl::string_view plain = path;
    if (absl::ConsumeSuffix(&plain, ".gz") && files.contains(plain)) continue;
    Page page;
    page.content_type = ContentTypeOf(path);
    page.etag = absl::StrCat(
        "\"", base::Sha256Hex(*content).substr(0, kEtagDigits), "\"");
    page.immutable = absl::StartsWith(path, "/assets/");
    page.content = content;
    const auto gzip = files.find(absl::StrCat(path, ".gz"));
    if (gzip != files.end()) page.gzip = gzip->second;
    pages.pages_.emplace(path, std::move(page));
  }
  return pages;
}

const Page* Pages::Find(absl::string_view path) const {
  if (path == "/") path = "/index.html";
  const auto found = pages_.find(path);
  return found == pages_.end() ? nullptr : &found->second;
}

}  // namespace collate::gateway
