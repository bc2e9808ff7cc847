// HTTP POST to one server, over libcurl.
//
// Thread-safe: connections are kept and reused, each by one request at a time.
// Nothing is tried twice here.

#ifndef COLLATE_SERVICE_STORE_HTTP_CLIENT_H_
#define COLLATE_SERVICE_STORE_HTTP_CLIENT_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace collate::store {

struct HttpOptions {
  std::string url;  // http://HOST:PORT or https://HOST:PORT
  std::vector<std::pair<std::string, std::string>> headers;
  absl::Duration connect_timeout = absl::Seconds(2);
  // Of a whole request, its answer included.
  absl::Duration timeout = absl::Seconds(60);
  size_t max_body_bytes = size_t{1} << 30;  // of an answer
};

struct HttpResponse {
  int status = 0;
  std::string body;
};

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient();

  // HOST:PORT, for messages.
  const std::string& host() const { return host_; }

  // UNAVAILABLE (reason STORE_IO, metadata `host`) when no whole answer comes;
  // NotSent() tells whether the server can have acted on it.
  absl::StatusOr<HttpResponse> Post(
      const std::vector<std::pair<std::string, std::string>>& parameters,
      absl::string_view body,
      absl::string_view content_type = "application/octet-stream") const;

  // Whether a failed request never reached the server.
  static bool NotSent(const absl::Status& status);

 private:
  class Connection;

  std::unique_ptr<Connection> Borrow() const;

  const HttpOptions options_;
  const std::string host_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex mutex_;  // guards the next one
  mutable std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_HTTP_CLIENT_H_
