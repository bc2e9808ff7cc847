#include "service/store/http_client.h"

#include <curl/curl.h>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::store {
namespace {

// Once for the process, before the first connection.
bool StartCurl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

// Of one request.
class Headers {
 public:
  Headers(const HttpOptions& options, absl::string_view content_type) {
    // A body of more than 1 MiB goes without being asked for.
    Add("Expect:");
    Add(absl::StrCat("Content-Type: ", content_type));
    for (const auto& [name, value] : options.headers) {
      Add(absl::StrCat(name, ": ", value));
    }
  }
  ~Headers() { curl_slist_free_all(list_); }
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;

  curl_slist* list() const { return list_; }

 private:
  void Add(const std::string& line) {
    list_ = curl_slist_append(list_, line.c_str());
  }

  curl_slist* list_ = nullptr;
};

struct Body {
  std::string bytes;
  size_t most = 0;
};

size_t TakeBytes(char* bytes, size_t size, size_t count, void* to) {
  Body& body = *static_cast<Body*>(to);
  if (size * count > body.most - body.bytes.size()) return 0;
  body.bytes.append(bytes, size * count);
  return size * count;
}

std::string HostOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != absl::string_view::npos) url = url.substr(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

// These come before the request has left.
bool IsNotSent(CURLcode code) {
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
         code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_SSL_CONNECT_ERROR ||
         code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT;
}

}  // namespace

class HttpClient::Connection {
 public:
  Connection() : curl_(StartCurl() ? curl_easy_init() : nullptr) {}
  ~Connection() {
    if (curl_ != nullptr) curl_easy_cleanup(curl_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  CURL* curl() const { return curl_; }

 private:
  CURL* const curl_;
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), host_(HostOf(options_.url)) {}

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Connection> HttpClient::Borrow() const {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return std::make_unique<Connection>();
}

absl::StatusOr<HttpResponse> HttpClient::Post(
    const std::vector<std::pair<std::string, std::string>>& parameters,
    absl::string_view body, absl::string_view content_type) const {
  std::unique_ptr<Connection> connection = Borrow();
  CURL* const curl = connection->curl();
  if (curl == nullptr) {
    return base::Error(absl::StatusCode::kResourceExhausted, "STORE_IO",
                       "libcurl cannot be started")
        .With("host", host_);
  }
  std::string url = absl::StrCat(options_.url, "/");
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    char* const escaped =
        curl_easy_escape(curl, value.data(), static_cast<int>(value.size()));
    absl::StrAppend(&url, std::string(1, separator), name, "=",
                    escaped == nullptr ? "" : escaped);
    curl_free(escaped);
    separator = '&';
  }
  const Headers headers(options_, content_type);
  Body received{.bytes = {}, .most = options_.max_body_bytes};
  char message[CURL_ERROR_SIZE] = "";
  // Keeps the connection, forgets the request before.
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.list());
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(
      curl, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  curl_easy_setopt(
      curl, CURLOPT_TIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) {
    // The connection is not used again.
    return base::Error(
               absl::StatusCode::kUnavailable, "STORE_IO",
               absl::StrCat(
                   host_, ": ",
                   message[0] != '\0' ? message : curl_easy_strerror(code)))
        .With("host", host_)
        .With("sent", IsNotSent(code) ? "no" : "unknown");
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(connection));
  return HttpResponse{static_cast<int>(status), std::move(received.bytes)};
}

bool HttpClient::NotSent(const absl::Status& status) {
  for (const auto& [key, value] : base::DetailOf(status).metadata) {
    if (key == "sent") return value == "no";
  }
  return false;
}

}  // namespace collate::store
