// The files of the explorer page, read once at the start and sent from memory.
//
// Immutable; safe to use from any thread.

#ifndef COLLATE_SERVICE_GATEWAY_PAGES_H_
#define COLLATE_SERVICE_GATEWAY_PAGES_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace collate::gateway {

struct Page {
  std::string content_type;
  std::string etag;  // quoted
  // Its name has a digest of its content, which therefore never changes.
  bool immutable = false;
  std::shared_ptr<const std::string> content;
  std::shared_ptr<const std::string> gzip;  // null where there is none
};

class Pages {
 public:
  // None: `/` says that there is no page here.
  Pages() = default;

  // All regular files below `directory`, at most 64 MiB; `NAME.gz` is the form
  // of NAME that is sent to those who take it. Hidden files and links that lead
  // elsewhere are left out. NOT_FOUND (reason PAGES_NOT_FOUND) without an
  // index.html.
  static absl::StatusOr<Pages> Read(const std::string& directory);

  // Of the path of a URL, "/" for index.html; null for none.
  const Page* Find(absl::string_view path) const;

  bool empty() const { return pages_.empty(); }

 private:
  absl::flat_hash_map<std::string, Page> pages_;
};

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_PAGES_H_
